//! DICOMDIR: the list of files on a disc (PS3.3 annex F, PS3.10).

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::MEDIA_STORAGE_DIRECTORY_STORAGE;

use super::MOST_FILES;
use crate::cancel::Cancel;
use crate::imaging::dicom::data_set;
use crate::imaging::dicom::elements::{Elements, Encoding, Event};

/// The longest (0004,1500) ReferencedFileID: eight components of up to eight letters, with room for those who write more.
const LONGEST_NAME: u32 = 1024;
/// The preamble.
const PREAMBLE: usize = 128;
/// Number of bytes of a file that are searched for its class, the third element, which is within 300 bytes.
const BEGINNING: usize = 4 << 10;

/// True if a file is a DICOMDIR: it is named so, or says so by its class. No other file is looked through for names,
/// whatever is wrong with it.
pub(in crate::imaging) fn is_one(name: &str, beginning: &[u8], cancel: &Cancel) -> bool {
    let rest = beginning.get(PREAMBLE..).unwrap_or_default();
    rest.strip_prefix(b"DICM").is_some_and(|elements| {
        let elements = elements.get(..BEGINNING).unwrap_or(elements);
        name.eq_ignore_ascii_case("DICOMDIR") || says_so(elements, cancel)
    })
}

/// True if (0002,0002) MediaStorageSOPClassUID is that of a list.
fn says_so(beginning: &[u8], cancel: &Cancel) -> bool {
    let mut elements = Elements::new(beginning, Encoding::EXPLICIT, cancel);
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

/// Every ReferencedFileID of a DICOMDIR, each once, with slashes, as far as the elements can be followed. What leads out
/// of the folder is left out.
///
/// The standard has them explicit and little endian (PS3.10, 8.6); big-endian ones are about, too.
pub(in crate::imaging) fn names(file: &[u8], cancel: &Cancel) -> Vec<String> {
    let Ok((elements, encoding)) = data_set(file, cancel) else {
        return Vec::new();
    };
    let (mut names, mut met) = (Vec::new(), HashSet::new());
    let mut elements = Elements::new(elements, encoding, cancel);
    while names.len() < MOST_FILES
        && let Ok(Some(event)) = elements.next(|_, header| {
            header.tag == tags::REFERENCED_FILE_ID
                && header.length.is_some_and(|length| length <= LONGEST_NAME)
        })
    {
        let Event::Value {
            value: Some(value), ..
        } = event
        else {
            continue;
        };
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
    }
    names
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
