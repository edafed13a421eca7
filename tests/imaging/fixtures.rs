//! What the tests write and how they read it back.

use std::io::Cursor;

use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma};
use lunny::imaging::{ImagingError, Pixels, Scan, load};
use tempfile::TempDir;
pub struct Folder(pub TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn load(&self, bytes: &[u8]) -> Result<Scan, ImagingError> {
        let path = self.0.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        load(&path)
    }

    pub fn sentence(&self, bytes: &[u8]) -> String {
        let error = self.load(bytes).unwrap_err().to_string();
        error.replace(&self.0.path().display().to_string(), "…")
    }
}

pub fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn gradient() -> ImageBuffer<Luma<u8>, Vec<u8>> {
    ImageBuffer::from_fn(40, 30, |x, y| Luma([(x * 5 + y) as u8]))
}

pub fn grey(scan: &Scan) -> &[u8] {
    match &scan.pixels {
        Pixels::Grey(levels) => levels,
        Pixels::Hounsfield(_) => panic!("Hounsfield units"),
    }
}

pub fn hounsfield(scan: &Scan) -> &[i16] {
    match &scan.pixels {
        Pixels::Hounsfield(values) => values,
        Pixels::Grey(_) => panic!("grey levels"),
    }
}

/// A CT slice to be written.
pub struct Ct {
    pub rows: u16,
    pub columns: u16,
    pub stored: Vec<u16>,
    pub bits: [u16; 3],
    pub signed: bool,
    pub slope: &'static str,
    pub intercept: &'static str,
    pub more: Vec<DataElement<InMemDicomObject>>,
}

impl Default for Ct {
    fn default() -> Self {
        Self {
            rows: 2,
            columns: 3,
            stored: vec![0, 24, 1024, 1064, 2024, 4095],
            bits: [16, 12, 11],
            signed: false,
            slope: "1",
            intercept: "-1024",
            more: Vec::new(),
        }
    }
}

impl Ct {
    pub fn object(self) -> InMemDicomObject {
        let [allocated, bits, high] = self.bits;
        let text = |tag, vr, text: &str| DataElement::new(tag, vr, PrimitiveValue::from(text));
        let number = |tag, number: u16| DataElement::new(tag, VR::US, PrimitiveValue::from(number));
        let pixels = match allocated {
            8 => {
                let bytes: Vec<u8> = self.stored.iter().map(|&value| value as u8).collect();
                PrimitiveValue::U8(bytes.into())
            }
            _ => PrimitiveValue::U16(self.stored.into()),
        };
        let mut object = InMemDicomObject::from_element_iter([
            text(tags::SOP_CLASS_UID, VR::UI, uids::CT_IMAGE_STORAGE),
            text(tags::SOP_INSTANCE_UID, VR::UI, "1.2.3"),
            text(tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\AXIAL"),
            text(tags::STUDY_DATE, VR::DA, "20200131"),
            text(tags::MODALITY, VR::CS, "CT"),
            text(tags::BODY_PART_EXAMINED, VR::CS, "CHEST"),
            text(tags::SLICE_THICKNESS, VR::DS, "1.25"),
            text(tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\1\\0"),
            number(tags::SAMPLES_PER_PIXEL, 1),
            text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2"),
            number(tags::ROWS, self.rows),
            number(tags::COLUMNS, self.columns),
            text(tags::PIXEL_SPACING, VR::DS, "0.7\\0.8 "),
            number(tags::BITS_ALLOCATED, allocated),
            number(tags::BITS_STORED, bits),
            number(tags::HIGH_BIT, high),
            number(tags::PIXEL_REPRESENTATION, self.signed.into()),
            text(tags::RESCALE_INTERCEPT, VR::DS, self.intercept),
            text(tags::RESCALE_SLOPE, VR::DS, self.slope),
            DataElement::new(tags::PIXEL_DATA, VR::OW, pixels),
        ]);
        for element in self.more {
            object.put(element);
        }
        object
    }

    pub fn file(self, syntax: &str) -> Vec<u8> {
        written(self.object(), syntax)
    }

    pub fn with(tag: Tag, vr: VR, value: &str) -> Self {
        Self {
            more: vec![DataElement::new(tag, vr, PrimitiveValue::from(value))],
            ..Self::default()
        }
    }
}

pub fn written(object: InMemDicomObject, syntax: &str) -> Vec<u8> {
    let meta = FileMetaTableBuilder::new().transfer_syntax(syntax);
    let mut bytes = Vec::new();
    object
        .with_meta(meta)
        .unwrap()
        .write_all(&mut bytes)
        .unwrap();
    bytes
}
