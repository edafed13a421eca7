//! DICOMDIR: the list of files on a disc (PS3.3 annex F, PS3.10).

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::MEDIA_STORAGE_DIRECTORY_STORAGE;

use super::MOST_FILES;
use crate::cancel::Cancel;
use crate::imaging::dicom::elements::{Elements, Encoding, Event};
use crate::imaging::file::Cancellable;

/// The largest DICOMDIR that is read, in bytes. One for 100,000 files takes some 50 MB.
const MOST_BYTES: u64 = 128 << 20;
/// The longest (0004,1500) ReferencedFileID: eight components of up to eight letters, with room for those who write more.
const LONGEST_NAME: u32 = 1024;
/// The preamble and the letters `DICM`.
const BEFORE_ELEMENTS: u64 = 132;
/// How much of a file is looked at to see whether it is a list. The class is the third element and stands within 300 bytes.
const BEGINNING: u64 = 4 << 10;

/// Whether a file is named as such a list is.
pub(super) fn is_named_so(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.eq_ignore_ascii_case("DICOMDIR"))
}

/// The files that a DICOMDIR lists, each once, in its order, whether they are there or not; nothing when it is no such
/// list, or when it was cancelled.
///
/// A list is what is named so or says so by its class. No other file is looked through for names, whatever is wrong with
/// it.
pub(super) fn listed(path: &Path, cancel: &Cancel) -> Option<Vec<PathBuf>> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut file = Cancellable::new(File::open(path).ok()?, cancel);
    let mut before = Vec::new();
    (file.by_ref().take(BEFORE_ELEMENTS))
        .read_to_end(&mut before)
        .ok()?;
    if !before.ends_with(b"DICM") {
        return None;
    }
    let mut elements = Vec::new();
    (file.by_ref().take(BEGINNING))
        .read_to_end(&mut elements)
        .ok()?;
    if !is_named_so(path) && !says_so(&elements, cancel) {
        return None;
    }
    (file.take(MOST_BYTES)).read_to_end(&mut elements).ok()?;
    let folder = path.parent()?;
    let names = names(&elements, cancel);
    let mut files = Vec::with_capacity(names.len());
    for name in &names {
        if cancel.is_cancelled() {
            return None;
        }
        files.push(present(folder, name));
    }
    (!files.is_empty()).then_some(files)
}

/// Whether (0002,0002) MediaStorageSOPClassUID is that of a list.
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

/// Every ReferencedFileID, as far as the elements can be followed. What leads out of the folder is left out.
fn names(elements: &[u8], cancel: &Cancel) -> Vec<PathBuf> {
    // Both the meta information and the list itself are explicit and little endian (PS3.10, section 8.6).
    let (mut names, mut met) = (Vec::new(), HashSet::new());
    let mut elements = Elements::new(elements, Encoding::EXPLICIT, cancel);
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
        let name: PathBuf = (value.to_multi_str().iter())
            .map(|part| part.trim_matches([' ', '\0']))
            .collect();
        let inside = name
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if inside && name.file_name().is_some() && met.insert(name.clone()) {
            names.push(name);
        }
    }
    names
}

/// The file below `folder`; discs are written in capitals and copied in any case.
fn present(folder: &Path, name: &Path) -> PathBuf {
    let text = name.to_string_lossy();
    let spellings = [
        name.to_owned(),
        PathBuf::from(text.to_lowercase()),
        PathBuf::from(text.to_uppercase()),
    ];
    let paths = spellings.map(|name| folder.join(name));
    let present = paths.iter().find(|path| path.is_file()).cloned();
    present.unwrap_or_else(|| folder.join(name))
}
