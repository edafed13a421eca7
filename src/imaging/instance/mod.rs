//! Writes DICOM instances: data elements, and the file made of them.
//!
//! Every object that LUNNY writes is written here, in explicit VR little endian. Texts are cut to the limits of
//! their value representation, so that no name, however long or hostile, damages a file.

mod fitted;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::uids::EXPLICIT_VR_LITTLE_ENDIAN;
use dicom_dictionary_std::{StandardDataDictionary, tags};
use dicom_object::meta::FileMetaTableBuilder;
use dicom_object::{InMemDicomObject, WriteError};

use self::fitted::fitted;
pub use self::fitted::{decimal, is_uid, person_name};

/// (0002,0012) ImplementationClassUID of the writer. The version 5 UUID of "LUNNY" in the namespace of object
/// identifiers.
const IMPLEMENTATION: &str = "2.25.281424931893340325201546531649642682017";
/// (0002,0013) ImplementationVersionName.
const IMPLEMENTATION_NAME: &str = "LUNNY";

/// Errors of writing an instance.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    /// (0008,0016) or (0008,0018) is missing.
    #[error("a DICOM object without a class or an identifier cannot be written")]
    Nameless,
    #[error("the DICOM object could not be written")]
    Write(#[source] Box<WriteError>),
}

/// The elements of an instance or of one item of a sequence, in any order.
#[derive(Debug, Clone)]
pub struct Elements(InMemDicomObject);

impl Default for Elements {
    fn default() -> Self {
        Self(InMemDicomObject::new_empty())
    }
}

impl Elements {
    /// Sets a text, cut to the limits of the element's value representation; "" for an element without a value.
    /// Codes and numbers may have several values, separated by backslashes.
    pub fn text(&mut self, tag: Tag, text: &str) {
        let representation = representation(tag);
        let value = match fitted(representation, text) {
            value if value.is_empty() => PrimitiveValue::Empty,
            value => PrimitiveValue::from(value),
        };
        self.put(tag, representation, value);
    }

    /// Sets a 16-bit unsigned integer.
    pub fn number(&mut self, tag: Tag, number: u16) {
        self.put(tag, VR::US, PrimitiveValue::from(number));
    }

    /// Sets a double-precision number.
    pub fn double(&mut self, tag: Tag, number: f64) {
        self.put(tag, VR::FD, PrimitiveValue::from(number));
    }

    /// Sets single-precision numbers.
    pub fn floats(&mut self, tag: Tag, numbers: &[f32]) {
        let value = PrimitiveValue::F32(numbers.iter().copied().collect());
        self.put(tag, VR::FL, value);
    }

    /// Sets 8-bit pixels, row by row.
    pub fn pixels_of_bytes(&mut self, pixels: Vec<u8>) {
        self.put(tags::PIXEL_DATA, VR::OB, PrimitiveValue::from(pixels));
    }

    /// Sets 16-bit pixels, row by row.
    pub fn pixels_of_words(&mut self, pixels: Vec<u16>) {
        let value = PrimitiveValue::U16(pixels.into());
        self.put(tags::PIXEL_DATA, VR::OW, value);
    }

    /// Sets a sequence of items, which may be empty.
    pub fn sequence(&mut self, tag: Tag, items: impl IntoIterator<Item = Self>) {
        let items: Vec<InMemDicomObject> = items.into_iter().map(|item| item.0).collect();
        let element = DataElement::new(tag, VR::SQ, DataSetSequence::from(items));
        self.0.put(element);
    }

    /// The whole file (DICOM PS3.10, 7): preamble, file meta information and elements.
    ///
    /// # Errors
    /// Class or identifier is missing, or a text is not in the stated character set.
    pub fn file(self) -> Result<Vec<u8>, InstanceError> {
        let meta = FileMetaTableBuilder::new()
            .transfer_syntax(EXPLICIT_VR_LITTLE_ENDIAN)
            .implementation_class_uid(IMPLEMENTATION)
            .implementation_version_name(IMPLEMENTATION_NAME);
        let is_named = |tag| self.0.get(tag).is_some();
        if !is_named(tags::SOP_CLASS_UID) || !is_named(tags::SOP_INSTANCE_UID) {
            return Err(InstanceError::Nameless);
        }
        let object = self.0.with_meta(meta);
        let object = object.map_err(|_| InstanceError::Nameless)?;
        let mut file = Vec::new();
        let written = object.write_all(&mut file);
        written.map_err(|error| InstanceError::Write(Box::new(error)))?;
        Ok(file)
    }

    fn put(&mut self, tag: Tag, representation: VR, value: PrimitiveValue) {
        self.0.put(DataElement::new(tag, representation, value));
    }
}

/// A UID under the root for UUIDs (DICOM PS3.5, B.2).
pub fn uid(bits: u128) -> String {
    format!("2.25.{bits}")
}

/// The value representation of an element in the standard's dictionary.
fn representation(tag: Tag) -> VR {
    let entry = StandardDataDictionary.by_tag(tag);
    entry.map_or(VR::UN, |entry| entry.vr().relaxed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance() -> Elements {
        let mut elements = Elements::default();
        elements.text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 192");
        elements.text(tags::SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.7");
        elements.text(tags::SOP_INSTANCE_UID, &uid(7));
        elements
    }

    fn read(elements: Elements) -> dicom_object::DefaultDicomObject {
        let file = elements.file().unwrap();
        assert_eq!(&file[128..132], b"DICM");
        dicom_object::from_reader(&file[..]).unwrap()
    }

    #[test]
    fn elements_are_read_back_in_ascending_order() {
        let mut elements = instance();
        let mut item = Elements::default();
        item.text(tags::CODE_MEANING, "Rundherd der Lunge, größer");
        elements.sequence(tags::CONCEPT_NAME_CODE_SEQUENCE, [item]);
        elements.sequence(tags::REFERENCED_SERIES_SEQUENCE, []);
        elements.text(tags::PATIENT_NAME, "Ćwiąkała^Łucja");
        elements.text(tags::IMAGE_TYPE, "DERIVED\\SECONDARY");
        elements.number(tags::ROWS, 3);
        elements.pixels_of_bytes(vec![1, 2, 3]);
        let object = read(elements);
        let text = |tag| object.element(tag).unwrap().to_str().unwrap().into_owned();
        assert_eq!(text(tags::PATIENT_NAME), "Ćwiąkała^Łucja");
        assert_eq!(text(tags::IMAGE_TYPE), "DERIVED\\SECONDARY");
        assert_eq!(text(tags::ROWS), "3");
        let pixels = object.element(tags::PIXEL_DATA).unwrap();
        assert_eq!(pixels.to_bytes().unwrap()[..3], [1, 2, 3]);
        let items = |tag| object.element(tag).unwrap().items().unwrap().to_vec();
        let name = &items(tags::CONCEPT_NAME_CODE_SEQUENCE)[0];
        let meaning = name.element(tags::CODE_MEANING).unwrap();
        assert_eq!(meaning.to_str().unwrap(), "Rundherd der Lunge, größer");
        assert!(items(tags::REFERENCED_SERIES_SEQUENCE).is_empty());
        assert!(object.tags().collect::<Vec<_>>().is_sorted());
    }

    #[test]
    fn the_file_says_what_wrote_it_and_what_it_is() {
        let object = read(instance());
        let meta = object.meta();
        assert_eq!(meta.implementation_class_uid(), IMPLEMENTATION);
        assert_eq!(meta.implementation_version_name(), Some("LUNNY"));
        assert_eq!(meta.transfer_syntax(), EXPLICIT_VR_LITTLE_ENDIAN);
        assert_eq!(meta.media_storage_sop_instance_uid(), uid(7));
    }

    #[test]
    fn an_instance_without_a_class_is_refused() {
        let mut nameless = Elements::default();
        nameless.text(tags::PATIENT_ID, "P-1");
        nameless.text(tags::SOP_INSTANCE_UID, &uid(1));
        let file = nameless.file();
        assert!(matches!(file, Err(InstanceError::Nameless)), "{file:?}");
    }
}
