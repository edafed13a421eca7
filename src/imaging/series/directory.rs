//! DICOMDIR: the list of files on a disc (PS3.3 annex F, PS3.10).

use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::{Component, Path, PathBuf};

use dicom_dictionary_std::tags;
use dicom_parser::dataset::LazyDataToken;
use dicom_parser::dataset::lazy_read::LazyDataSetReader;
use dicom_transfer_syntax_registry::entries;

use super::MOST_FILES;

/// The largest DICOMDIR that is read, in bytes. One for 100,000 files takes some 50 MB.
const MOST_BYTES: u64 = 128 << 20;
/// The longest (0004,1500) ReferencedFileID: eight components of up to eight letters, with room for those who write more.
const LONGEST_NAME: u32 = 1024;
/// The preamble and the letters `DICM`.
const BEFORE_ELEMENTS: usize = 132;

/// Whether a file is named as such a list is.
pub(super) fn is_named_so(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.eq_ignore_ascii_case("DICOMDIR"))
}

/// The files that a DICOMDIR lists, in its order, whether they are there or not; nothing when it is no such list.
pub(super) fn listed(path: &Path) -> Option<Vec<PathBuf>> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    (File::open(path).ok()?.take(MOST_BYTES))
        .read_to_end(&mut bytes)
        .ok()?;
    let (before, elements) = bytes.split_at_checked(BEFORE_ELEMENTS)?;
    if !before.ends_with(b"DICM") {
        return None;
    }
    let folder = path.parent()?;
    let names = names(elements);
    (!names.is_empty()).then(|| names.iter().map(|name| present(folder, name)).collect())
}

/// Every ReferencedFileID, as far as the elements can be followed. What leads out of the folder is left out.
fn names(elements: &[u8]) -> Vec<PathBuf> {
    // Both the meta information and the list itself are explicit and little endian (PS3.10, section 8.6).
    let syntax = entries::EXPLICIT_VR_LITTLE_ENDIAN.erased();
    let mut names = Vec::new();
    let Ok(mut reader) = LazyDataSetReader::new_with_ts(Cursor::new(elements), &syntax) else {
        return names;
    };
    while let Some(Ok(token)) = reader.advance() {
        if names.len() == MOST_FILES {
            break;
        }
        let LazyDataToken::LazyValue { header, .. } = &token else {
            continue;
        };
        if header.tag != tags::REFERENCED_FILE_ID || header.len.0 > LONGEST_NAME {
            if token.skip().is_err() {
                break;
            }
            continue;
        }
        let Ok(value) = token.into_value() else { break };
        let name: PathBuf = (value.to_multi_str().iter())
            .map(|part| part.trim_matches([' ', '\0']))
            .collect();
        let inside = name
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if inside && name.file_name().is_some() {
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
