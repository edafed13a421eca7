//! DICOMDIR: the list of files on a disc (PS3.3 annex F, PS3.10).

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::MEDIA_STORAGE_DIRECTORY_STORAGE;
use serde::{Deserialize, Serialize};

use super::MOST_FILES;
use crate::cancel::Cancel;
use crate::imaging::dicom::data_set;
use crate::imaging::dicom::elements::{Elements, Encoding, Event};

/// The longest (0004,1500) ReferencedFileID: eight components of up to eight letters, with room for those who write more.
const LONGEST_NAME: u32 = 1024;
/// The preamble.
const PREAMBLE: usize = 128;
/// Elements that state where a record begins, in bytes from the beginning of the file.
const OFFSETS: [Tag; 4] = [
    tags::OFFSET_OF_THE_FIRST_DIRECTORY_RECORD_OF_THE_ROOT_DIRECTORY_ENTITY,
    tags::OFFSET_OF_THE_LAST_DIRECTORY_RECORD_OF_THE_ROOT_DIRECTORY_ENTITY,
    tags::OFFSET_OF_THE_NEXT_DIRECTORY_RECORD,
    tags::OFFSET_OF_REFERENCED_LOWER_LEVEL_DIRECTORY_ENTITY,
];
/// Number of bytes of a file that are searched for its class, the third element, which is within 300 bytes.
const BEGINNING: usize = 4 << 10;

/// True if a file is a DICOMDIR: it is named so, or says so by its class. No other file is looked through for names,
/// whatever is wrong with it.
pub(in crate::imaging) fn is_one(name: &str, beginning: &[u8], cancel: &Cancel) -> bool {
    meta(beginning).is_some() && name.eq_ignore_ascii_case("DICOMDIR") || says_so(beginning, cancel)
}

/// The first elements of a file with a preamble.
fn meta(beginning: &[u8]) -> Option<&[u8]> {
    let elements = beginning.get(PREAMBLE..)?.strip_prefix(b"DICM")?;
    Some(elements.get(..BEGINNING).unwrap_or(elements))
}

/// True if (0002,0002) MediaStorageSOPClassUID is that of a list.
pub(in crate::imaging) fn says_so(beginning: &[u8], cancel: &Cancel) -> bool {
    let Some(elements) = meta(beginning) else {
        return false;
    };
    let mut elements = Elements::new(elements, Encoding::EXPLICIT, cancel);
    let class = tags::MEDIA_STORAGE_SOP_CLASS_UID;
    while let Ok(Some(event)) = elements.next(|_, header| header.tag == class) {
        match event {
            Event::Value {
                header,
                value: Some(value),
                ..
            } if header.tag == class => {
                let uid = value.to_str();
                return uid.trim_matches([' ', '\0']) == MEDIA_STORAGE_DIRECTORY_STORAGE;
            }
            Event::Value { header, .. } if header.tag > class => return false,
            _ => {}
        }
    }
    false
}

/// The files that a DICOMDIR lists.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(in crate::imaging) struct Listed {
    /// Every ReferencedFileID, each once, with slashes, as far as the elements can be followed. What leads out of the folder is
    /// left out.
    pub names: Vec<String>,
    /// False if records are missing: the list is cut short, damaged or longer than what is read of it.
    pub whole: bool,
}

/// The files that a DICOMDIR lists.
///
/// The standard has them explicit and little endian (PS3.10, 8.6); big-endian ones are about, too.
pub(in crate::imaging) fn listed(file: &[u8], cancel: &Cancel) -> Listed {
    let Ok((body, encoding)) = data_set(file, cancel) else {
        return Listed::default();
    };
    let (mut names, mut met) = (Vec::new(), HashSet::new());
    let mut elements = Elements::new(body, encoding, cancel);
    let (mut farthest, mut begun) = (0, false);
    let whole = loop {
        if names.len() == MOST_FILES {
            break false;
        }
        let event = elements.next(|_, header| {
            let name = header.tag == tags::REFERENCED_FILE_ID;
            let short = header.length.is_some_and(|length| length <= LONGEST_NAME);
            short && (name || OFFSETS.contains(&header.tag))
        });
        let (header, value) = match event {
            Ok(Some(Event::Value {
                header,
                value: Some(value),
                ..
            })) => (header, value),
            Ok(Some(Event::SequenceStart(tags::DIRECTORY_RECORD_SEQUENCE))) => {
                begun = true;
                continue;
            }
            Ok(Some(_)) => continue,
            Ok(None) => break begun && elements.open().is_empty(),
            Err(_) => break false,
        };
        if header.tag != tags::REFERENCED_FILE_ID {
            farthest = farthest.max(value.to_int().unwrap_or(0u32));
            continue;
        }
        let values = value.to_multi_str();
        let parts = values.iter().flat_map(|part| part.split('/'));
        let parts = parts.map(|part| part.trim_matches([' ', '\0']));
        // Some start with a dot or a separator.
        let parts: Vec<&str> = parts.filter(|part| !["", "."].contains(part)).collect();
        let name = parts.join("/");
        let mut components = Path::new(&name).components();
        let inside = components.all(|part| matches!(part, Component::Normal(_)));
        if inside && !name.is_empty() && met.insert(name.clone()) {
            names.push(name);
        }
    };
    Listed {
        names,
        // A record that others lead to lies within the file.
        whole: whole && farthest as usize <= file.len(),
    }
}

/// The files that the DICOMDIR at `path` lists, whether they are there or not.
///
/// Discs are written in capitals, and copied in any case, with or without an extension and the version of ISO 9660.
pub(super) fn files(path: &Path, names: &[String]) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut copied = Copied::default();
    let file = |name: &String| {
        let listed = folder.join(name);
        match listed.is_file() {
            true => listed,
            false => copied.find(folder, name).unwrap_or(listed),
        }
    };
    names.iter().map(file).collect()
}

/// Names in the folders of a copied disc, by their plain forms; each folder is read once.
#[derive(Default)]
struct Copied(HashMap<PathBuf, HashMap<String, OsString>>);

impl Copied {
    /// The file below `folder` with this name in another form.
    fn find(&mut self, folder: &Path, name: &str) -> Option<PathBuf> {
        let mut path = folder.to_owned();
        for part in name.split('/') {
            let names = self.names(&path);
            let plain = plain(part);
            let found = names
                .get(&plain)
                .or_else(|| names.get(&format!("{plain}.dcm")));
            let found = found?.clone();
            path.push(found);
        }
        path.is_file().then_some(path)
    }

    fn names(&mut self, folder: &Path) -> &HashMap<String, OsString> {
        let read = || {
            // A bare name has a parent without a name.
            let here = folder.as_os_str().is_empty();
            let entries = fs::read_dir(if here { Path::new(".") } else { folder });
            let entries = entries.into_iter().flatten().take(MOST_FILES).flatten();
            let names = entries.map(|entry| entry.file_name());
            names
                .map(|name| (plain(&name.to_string_lossy()), name))
                .collect()
        };
        self.0.entry(folder.to_owned()).or_insert_with(read)
    }
}

/// A name in small letters, without the version behind it.
fn plain(name: &str) -> String {
    let name = name.split(';').next().unwrap_or_default();
    name.trim_end_matches('.').to_lowercase()
}
