//! Objects read back.

use dicom_core::Tag;
use dicom_core::header::HasLength;
use dicom_object::{DefaultDicomObject, InMemDicomObject};

pub fn read(file: &[u8]) -> DefaultDicomObject {
    assert_eq!(file.get(128..132), Some(&b"DICM"[..]));
    dicom_object::from_reader(file).unwrap()
}

/// The text of an element without its padding; none if it is absent.
pub fn text(object: &InMemDicomObject, tag: Tag) -> Option<String> {
    let element = object.get(tag)?;
    let text = element.to_str().unwrap();
    Some(text.trim_end_matches(['\0', ' ']).to_owned())
}

/// The items of a sequence; empty if it is absent.
pub fn items(object: &InMemDicomObject, tag: Tag) -> &[InMemDicomObject] {
    let element = object.get(tag);
    element
        .and_then(|element| element.items())
        .unwrap_or_default()
}

/// Checks that every required element is present, and that those that must have a value are not empty.
pub fn has_all(object: &InMemDicomObject, filled: &[Tag], present: &[Tag]) {
    for &tag in filled {
        let element = object.element(tag).unwrap();
        assert!(!element.is_empty(), "{tag} is empty");
    }
    for &tag in present {
        assert!(object.get(tag).is_some(), "{tag} is missing");
    }
}
