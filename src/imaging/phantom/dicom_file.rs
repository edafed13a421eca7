//! Writing a slice as a DICOM file: CT Image Storage in explicit VR little endian.
//!
//! Only what a CT slice needs: every attribute of DICOM PS3.3 A.3 that must be there, in ascending order.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::{CT_IMAGE_STORAGE, EXPLICIT_VR_LITTLE_ENDIAN};
use sha2::{Digest, Sha256};

use super::Grid;

/// Value stored for nought HU.
const INTERCEPT: i16 = -1024;
/// Prefix of what is in an instance by its implementation; made like every other UID here.
const IMPLEMENTATION: &str = "LUNNY";

/// What the files of one series say alike. Every text says in its own words that nobody was scanned.
#[derive(Debug, Clone, PartialEq)]
pub struct Exam {
    /// (0010,0020) PatientID, at most 64 characters of ASCII.
    pub patient_id: String,
    /// YYYYMMDD.
    pub date: String,
    /// What the UIDs are made of: the same for the same phantom, exam and settings.
    pub identity: String,
    /// (0020,4000) ImageComments, ASCII.
    pub comments: String,
}

impl Exam {
    /// (0020,000D) StudyInstanceUID.
    pub fn study_uid(&self) -> String {
        uid(&format!("study {}", self.identity))
    }

    /// (0020,000E) SeriesInstanceUID.
    pub fn series_uid(&self) -> String {
        uid(&format!("series {}", self.identity))
    }

    /// (0008,0018) SOPInstanceUID of the slice at `index`, from 0.
    pub fn instance_uid(&self, index: usize) -> String {
        uid(&format!("slice {index} of {}", self.identity))
    }

    /// The file of a slice of `grid`, from 0 at the feet. `hounsfield` are its pixels, row by row.
    pub fn file(&self, grid: &Grid, index: usize, hounsfield: &[i16]) -> Vec<u8> {
        let instance = self.instance_uid(index);
        let mut file = vec![0; 128];
        file.extend_from_slice(b"DICM");
        let mut meta = Elements::default();
        meta.binary(tags::FILE_META_INFORMATION_VERSION, &[0, 1]);
        meta.uid(tags::MEDIA_STORAGE_SOP_CLASS_UID, CT_IMAGE_STORAGE);
        meta.uid(tags::MEDIA_STORAGE_SOP_INSTANCE_UID, &instance);
        meta.uid(tags::TRANSFER_SYNTAX_UID, EXPLICIT_VR_LITTLE_ENDIAN);
        meta.uid(tags::IMPLEMENTATION_CLASS_UID, &uid(IMPLEMENTATION));
        meta.text(tags::IMPLEMENTATION_VERSION_NAME, b"SH", IMPLEMENTATION);
        let mut length = Elements::default();
        let bytes = (meta.bytes.len() as u32).to_le_bytes();
        length.short(tags::FILE_META_INFORMATION_GROUP_LENGTH, b"UL", &bytes);
        file.extend_from_slice(&length.bytes);
        file.extend_from_slice(&meta.bytes);

        let mut elements = Elements::default();
        self.general(&mut elements, &instance);
        self.place(&mut elements, grid, index);
        pixels(&mut elements, grid, hounsfield);
        file.extend_from_slice(&elements.bytes);
        file
    }

    /// Groups 0008 to 0018: what the object is, of whom, made how.
    fn general(&self, elements: &mut Elements, instance: &str) {
        elements.text(tags::IMAGE_TYPE, b"CS", "DERIVED\\SECONDARY\\AXIAL");
        elements.uid(tags::SOP_CLASS_UID, CT_IMAGE_STORAGE);
        elements.uid(tags::SOP_INSTANCE_UID, instance);
        for tag in [
            tags::STUDY_DATE,
            tags::SERIES_DATE,
            tags::ACQUISITION_DATE,
            tags::CONTENT_DATE,
        ] {
            elements.text(tag, b"DA", &self.date);
        }
        for tag in [
            tags::STUDY_TIME,
            tags::SERIES_TIME,
            tags::ACQUISITION_TIME,
            tags::CONTENT_TIME,
        ] {
            elements.text(tag, b"TM", "120000");
        }
        elements.text(tags::ACCESSION_NUMBER, b"SH", "");
        elements.text(tags::MODALITY, b"CS", "CT");
        elements.text(tags::MANUFACTURER, b"LO", "LUNNY synthetic phantom");
        elements.text(tags::INSTITUTION_NAME, b"LO", "None: synthetic phantom");
        elements.text(tags::REFERRING_PHYSICIAN_NAME, b"PN", "");
        elements.text(tags::STUDY_DESCRIPTION, b"LO", "Synthetic chest CT phantom");
        elements.text(
            tags::SERIES_DESCRIPTION,
            b"LO",
            "Phantom, axial, not a person",
        );
        elements.text(tags::MANUFACTURER_MODEL_NAME, b"LO", "Phantom");
        elements.text(
            tags::DERIVATION_DESCRIPTION,
            b"ST",
            "Computed phantom, no scanner was used",
        );
        elements.text(tags::PATIENT_NAME, b"PN", "PHANTOM^LUNNY");
        elements.text(tags::PATIENT_ID, b"LO", &self.patient_id);
        elements.text(tags::PATIENT_BIRTH_DATE, b"DA", "");
        elements.text(tags::PATIENT_SEX, b"CS", "O");
        elements.text(tags::PATIENT_COMMENTS, b"LT", "Phantom, not a person");
        elements.text(tags::BODY_PART_EXAMINED, b"CS", "CHEST");
    }

    /// The rest of group 0018, and group 0020: where the slice lies.
    fn place(&self, elements: &mut Elements, grid: &Grid, index: usize) {
        let [x, y, _] = grid.origin_mm;
        let z = grid.z(index);
        elements.text(tags::SLICE_THICKNESS, b"DS", &decimal(grid.step_mm));
        elements.text(tags::KVP, b"DS", "");
        elements.text(tags::PATIENT_POSITION, b"CS", "HFS");
        elements.uid(tags::STUDY_INSTANCE_UID, &self.study_uid());
        elements.uid(tags::SERIES_INSTANCE_UID, &self.series_uid());
        elements.text(tags::STUDY_ID, b"SH", "PHANTOM");
        elements.text(tags::SERIES_NUMBER, b"IS", "1");
        elements.text(tags::ACQUISITION_NUMBER, b"IS", "");
        elements.text(tags::INSTANCE_NUMBER, b"IS", &(index + 1).to_string());
        let position = [x, y, z].map(decimal).join("\\");
        elements.text(tags::IMAGE_POSITION_PATIENT, b"DS", &position);
        elements.text(tags::IMAGE_ORIENTATION_PATIENT, b"DS", "1\\0\\0\\0\\1\\0");
        let frame = uid(&format!("frame of {}", self.patient_id));
        elements.uid(tags::FRAME_OF_REFERENCE_UID, &frame);
        elements.text(tags::POSITION_REFERENCE_INDICATOR, b"LO", "");
        elements.text(tags::SLICE_LOCATION, b"DS", &decimal(z));
        elements.text(tags::IMAGE_COMMENTS, b"LT", &self.comments);
    }
}

/// Groups 0028 and 7FE0.
fn pixels(elements: &mut Elements, grid: &Grid, hounsfield: &[i16]) {
    elements.number(tags::SAMPLES_PER_PIXEL, 1);
    elements.text(tags::PHOTOMETRIC_INTERPRETATION, b"CS", "MONOCHROME2");
    elements.number(tags::ROWS, u16::try_from(grid.rows).unwrap_or(u16::MAX));
    elements.number(
        tags::COLUMNS,
        u16::try_from(grid.columns).unwrap_or(u16::MAX),
    );
    let spacing = decimal(grid.spacing_mm);
    elements.text(tags::PIXEL_SPACING, b"DS", &format!("{spacing}\\{spacing}"));
    elements.number(tags::BITS_ALLOCATED, 16);
    elements.number(tags::BITS_STORED, 16);
    elements.number(tags::HIGH_BIT, 15);
    elements.number(tags::PIXEL_REPRESENTATION, 0);
    elements.text(tags::WINDOW_CENTER, b"DS", "-600\\40");
    elements.text(tags::WINDOW_WIDTH, b"DS", "1500\\400");
    elements.text(tags::RESCALE_INTERCEPT, b"DS", &INTERCEPT.to_string());
    elements.text(tags::RESCALE_SLOPE, b"DS", "1");
    elements.text(tags::RESCALE_TYPE, b"LO", "HU");
    let stored = hounsfield.iter().flat_map(|&value| {
        let above = i32::from(value) - i32::from(INTERCEPT);
        (above.clamp(0, i32::from(u16::MAX)) as u16).to_le_bytes()
    });
    let stored: Vec<u8> = stored.collect();
    elements.long(tags::PIXEL_DATA, b"OW", &stored);
}

/// A UID under the root for UUIDs (DICOM PS3.5 B.2), from the first 128 bits of a hash.
fn uid(of: &str) -> String {
    let hash = Sha256::digest(format!("LUNNY phantom: {of}"));
    let mut bits = [0; 16];
    bits.copy_from_slice(&hash[..16]);
    format!("2.25.{}", u128::from_be_bytes(bits))
}

/// A number in at most the 16 characters that a decimal string may have.
fn decimal(number: f64) -> String {
    let text = format!("{number:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    match text {
        "-0" => "0".into(),
        text => text.into(),
    }
}

/// Data elements in explicit VR little endian.
#[derive(Debug, Default)]
struct Elements {
    bytes: Vec<u8>,
}

impl Elements {
    fn start(&mut self, tag: Tag, representation: &[u8; 2]) {
        self.bytes.extend_from_slice(&tag.0.to_le_bytes());
        self.bytes.extend_from_slice(&tag.1.to_le_bytes());
        self.bytes.extend_from_slice(representation);
    }

    /// An element of even length whose length has 16 bits.
    fn short(&mut self, tag: Tag, representation: &[u8; 2], value: &[u8]) {
        self.start(tag, representation);
        self.bytes
            .extend_from_slice(&(value.len() as u16).to_le_bytes());
        self.bytes.extend_from_slice(value);
    }

    /// An element of even length whose length has 32 bits.
    fn long(&mut self, tag: Tag, representation: &[u8; 2], value: &[u8]) {
        self.start(tag, representation);
        self.bytes.extend_from_slice(&[0; 2]);
        self.bytes
            .extend_from_slice(&(value.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(value);
    }

    fn binary(&mut self, tag: Tag, value: &[u8]) {
        self.long(tag, b"OB", value);
    }

    fn number(&mut self, tag: Tag, value: u16) {
        self.short(tag, b"US", &value.to_le_bytes());
    }

    fn text(&mut self, tag: Tag, representation: &[u8; 2], value: &str) {
        self.padded(tag, representation, value, b' ');
    }

    fn uid(&mut self, tag: Tag, value: &str) {
        self.padded(tag, b"UI", value, 0);
    }

    fn padded(&mut self, tag: Tag, representation: &[u8; 2], value: &str, with: u8) {
        let mut value = value.as_bytes().to_vec();
        if value.len() % 2 == 1 {
            value.push(with);
        }
        self.short(tag, representation, &value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{self, Pixels};

    fn exam() -> Exam {
        Exam {
            patient_id: "PHANTOM-7".into(),
            date: "20250110".into(),
            identity: "seed 7, first exam".into(),
            comments: "Synthetic phantom".into(),
        }
    }

    fn grid() -> Grid {
        Grid {
            rows: 3,
            columns: 5,
            slices: 2,
            spacing_mm: 0.703,
            step_mm: 2.5,
            origin_mm: [-1.406, -0.703, 12.25],
        }
    }

    #[test]
    fn a_written_slice_reads_back_with_its_values_and_tags() {
        let values: Vec<i16> = vec![
            -1024, -1000, -600, -1, 0, 1, 40, 100, 400, 1000, 3071, -850, 7, 8, 9,
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("IM0001.dcm");
        std::fs::write(&path, exam().file(&grid(), 1, &values)).unwrap();
        let scan = imaging::load(&path).unwrap();
        assert_eq!(scan.pixels, Pixels::Hounsfield(values));
        assert_eq!((scan.width, scan.height), (5, 3));
        assert_eq!(scan.spacing_mm, Some([0.703; 2]));
        let stated = scan.provenance.dicom.unwrap();
        assert_eq!(stated.modality, "CT");
        assert_eq!(stated.date.as_deref(), Some("20250110"));
        assert_eq!(stated.slice_thickness_mm, Some(2.5));
        assert_eq!(stated.sop_instance_uid, Some(exam().instance_uid(1)));
        assert!(stated.series_description.unwrap().contains("Phantom"));
    }

    #[test]
    fn another_reader_finds_the_place_and_the_word_phantom() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("IM0001.dcm");
        std::fs::write(&path, exam().file(&grid(), 1, &[0; 15])).unwrap();
        let object = dicom_object::open_file(&path).unwrap();
        let text = |tag| {
            let element = object.element(tag).unwrap();
            element
                .to_str()
                .unwrap()
                .trim_end_matches(['\0', ' '])
                .to_string()
        };
        assert_eq!(text(tags::IMAGE_POSITION_PATIENT), "-1.406\\-0.703\\14.75");
        assert_eq!(text(tags::INSTANCE_NUMBER), "2");
        assert_eq!(text(tags::SERIES_INSTANCE_UID), exam().series_uid());
        for tag in [
            tags::PATIENT_NAME,
            tags::PATIENT_ID,
            tags::PATIENT_COMMENTS,
            tags::MANUFACTURER,
            tags::INSTITUTION_NAME,
            tags::STUDY_DESCRIPTION,
            tags::SERIES_DESCRIPTION,
            tags::DERIVATION_DESCRIPTION,
            tags::IMAGE_COMMENTS,
            tags::STUDY_ID,
        ] {
            assert!(text(tag).to_lowercase().contains("phantom"), "{tag}");
        }
        // In ascending order, as the standard asks.
        let order: Vec<Tag> = object.iter().map(|element| element.header().tag).collect();
        assert!(order.is_sorted());
    }

    #[test]
    fn uids_are_short_enough_and_differ_by_what_they_name() {
        let exam = exam();
        let all = [
            exam.study_uid(),
            exam.series_uid(),
            exam.instance_uid(0),
            exam.instance_uid(1),
        ];
        for (index, uid) in all.iter().enumerate() {
            assert!(uid.len() <= 64 && uid.starts_with("2.25."));
            assert!(all[..index].iter().all(|other| other != uid));
        }
    }
}
