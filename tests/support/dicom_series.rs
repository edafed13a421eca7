//! Small CT series as DICOM files.

use std::path::{Path, PathBuf};

use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

/// A slice to be written.
#[derive(Debug, Clone)]
pub struct CtSlice {
    pub series: String,
    pub number: u32,
    /// Centre of the first pixel, in mm.
    pub position: [f64; 3],
    /// Direction cosines, as DICOM writes them.
    pub orientation: &'static str,
    pub image_type: &'static str,
    pub side: u16,
    pub frame_of_reference: &'static str,
    /// Patient elements, added to or replacing PHANTOM^TEST, T-1.
    pub patient: Vec<(Tag, VR, String)>,
    /// Stored values, `side * side` of them; HU + 1024.
    pub stored: Vec<u16>,
}

pub const AXIAL: &str = "1\\0\\0\\0\\1\\0";
pub const CORONAL: &str = "1\\0\\0\\0\\0\\-1";

impl CtSlice {
    /// Slice `number` of a series, 2 mm lower for each number, as scanners count from the head. All values are its number, except
    /// one corner of -1024 HU.
    pub fn new(series: &str, number: u32, side: u16) -> Self {
        let mut stored = vec![1024 + number as u16; usize::from(side) * usize::from(side)];
        stored[0] = 0;
        Self {
            series: series.into(),
            number,
            position: [-10.0, -10.0, -2.0 * f64::from(number)],
            orientation: AXIAL,
            image_type: "ORIGINAL\\PRIMARY\\AXIAL",
            side,
            frame_of_reference: "1.9",
            patient: Vec::new(),
            stored,
        }
    }

    /// The file's bytes, in explicit VR little endian.
    pub fn bytes(&self) -> Vec<u8> {
        let text = |tag, vr, text: &str| DataElement::new(tag, vr, PrimitiveValue::from(text));
        let number = |tag, number: u16| DataElement::new(tag, VR::US, PrimitiveValue::from(number));
        let [x, y, z] = self.position;
        let uid = format!("{}.{}", self.series, self.number);
        let mut object = InMemDicomObject::from_element_iter([
            text(tags::IMAGE_TYPE, VR::CS, self.image_type),
            text(tags::SOP_CLASS_UID, VR::UI, uids::CT_IMAGE_STORAGE),
            text(tags::SOP_INSTANCE_UID, VR::UI, &uid),
            text(tags::STUDY_DATE, VR::DA, "20200131"),
            text(tags::MODALITY, VR::CS, "CT"),
            text(tags::SERIES_DESCRIPTION, VR::LO, "test series"),
            text(tags::PATIENT_NAME, VR::PN, "PHANTOM^TEST"),
            text(tags::PATIENT_ID, VR::LO, "T-1"),
            // Not the distance between slices, whatever its value.
            text(tags::SLICE_THICKNESS, VR::DS, "5"),
            text(tags::STUDY_INSTANCE_UID, VR::UI, "1.2"),
            text(tags::SERIES_INSTANCE_UID, VR::UI, &self.series),
            text(tags::INSTANCE_NUMBER, VR::IS, &self.number.to_string()),
            text(
                tags::IMAGE_POSITION_PATIENT,
                VR::DS,
                &format!("{x}\\{y}\\{z}"),
            ),
            text(tags::IMAGE_ORIENTATION_PATIENT, VR::DS, self.orientation),
            text(
                tags::FRAME_OF_REFERENCE_UID,
                VR::UI,
                self.frame_of_reference,
            ),
            number(tags::SAMPLES_PER_PIXEL, 1),
            text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2"),
            number(tags::ROWS, self.side),
            number(tags::COLUMNS, self.side),
            text(tags::PIXEL_SPACING, VR::DS, "0.7\\0.8"),
            number(tags::BITS_ALLOCATED, 16),
            number(tags::BITS_STORED, 16),
            number(tags::HIGH_BIT, 15),
            number(tags::PIXEL_REPRESENTATION, 0),
            text(tags::RESCALE_INTERCEPT, VR::DS, "-1024"),
            text(tags::RESCALE_SLOPE, VR::DS, "1"),
            DataElement::new(
                tags::PIXEL_DATA,
                VR::OW,
                PrimitiveValue::U16(self.stored.clone().into()),
            ),
        ]);
        for (tag, vr, value) in &self.patient {
            object.put(text(*tag, *vr, value));
        }
        written(object, uids::CT_IMAGE_STORAGE, &uid)
    }

    pub fn write(&self, path: impl AsRef<Path>) {
        let path = path.as_ref();
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, self.bytes()).unwrap();
    }
}

/// Writes slices 1 to `count` of a series into `folder`, under names that do not show their order.
pub fn write_series(folder: &Path, series: &str, count: u32, side: u16) -> Vec<PathBuf> {
    let write = |number: u32| {
        // An odd factor gives a different number for each.
        let path = folder.join(format!("{:04X}", (number * 0x1357) & 0xffff));
        CtSlice::new(series, number, side).write(&path);
        path
    };
    (1..=count).map(write).collect()
}

/// Writes a DICOMDIR that lists `files`, each by the parts of its path.
pub fn write_directory(path: &Path, files: &[&[&str]]) {
    write_directory_in(uids::EXPLICIT_VR_LITTLE_ENDIAN, path, files);
}

/// The same in another transfer syntax.
pub fn write_directory_in(syntax: &str, path: &Path, files: &[&[&str]]) {
    let record = |file: &&[&str]| {
        let name = PrimitiveValue::Strs(file.iter().map(|part| (*part).to_owned()).collect());
        InMemDicomObject::from_element_iter([
            DataElement::new(Tag(0x0004, 0x1430), VR::CS, PrimitiveValue::from("IMAGE")),
            DataElement::new(tags::REFERENCED_FILE_ID, VR::CS, name),
        ])
    };
    let records = DataSetSequence::from(files.iter().map(record).collect::<Vec<_>>());
    let class = uids::MEDIA_STORAGE_DIRECTORY_STORAGE;
    let object = InMemDicomObject::from_element_iter([
        DataElement::new(tags::SOP_CLASS_UID, VR::UI, PrimitiveValue::from(class)),
        DataElement::new(tags::DIRECTORY_RECORD_SEQUENCE, VR::SQ, records),
    ]);
    std::fs::write(path, written_in(syntax, object, class, "1.2.9")).unwrap();
}

fn written(object: InMemDicomObject, class: &str, uid: &str) -> Vec<u8> {
    written_in(uids::EXPLICIT_VR_LITTLE_ENDIAN, object, class, uid)
}

fn written_in(syntax: &str, object: InMemDicomObject, class: &str, uid: &str) -> Vec<u8> {
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(syntax)
        .media_storage_sop_class_uid(class)
        .media_storage_sop_instance_uid(uid);
    let mut bytes = Vec::new();
    object
        .with_exact_meta(meta.build().unwrap())
        .write_all(&mut bytes)
        .unwrap();
    bytes
}
