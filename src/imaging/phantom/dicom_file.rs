//! Writes a slice as a DICOM file: CT Image Storage in explicit VR little endian.
//!
//! Contains only the attributes that DICOM PS3.3 A.3 requires of a CT slice, in ascending order.

use dicom_dictionary_std::tags;
use dicom_dictionary_std::uids::CT_IMAGE_STORAGE;
use sha2::{Digest, Sha256};

use super::Grid;
use crate::imaging::instance::{self, Elements, InstanceError, decimal};

/// Stored value of 0 HU.
const INTERCEPT: i16 = -1024;

/// Attributes that all files of one series share. Every text says that no person was scanned.
#[derive(Debug, Clone, PartialEq)]
pub struct Exam {
    /// (0010,0020) PatientID, at most 64 characters of ASCII.
    pub patient_id: String,
    /// YYYYMMDD.
    pub date: String,
    /// Input of the hashes for the UIDs: the same for the same phantom, exam and settings.
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

    /// The file of a slice of `grid`, from 0 at the feet. `hounsfield` contains its pixels, row by row.
    ///
    /// # Errors
    /// A text of the exam is not ASCII.
    pub fn file(
        &self,
        grid: &Grid,
        index: usize,
        hounsfield: &[i16],
    ) -> Result<Vec<u8>, InstanceError> {
        let mut elements = Elements::default();
        self.general(&mut elements, &self.instance_uid(index));
        self.place(&mut elements, grid, index);
        pixels(&mut elements, grid, hounsfield);
        elements.file()
    }

    /// Groups 0008 to 0018: kind of object, patient, equipment.
    fn general(&self, elements: &mut Elements, instance: &str) {
        elements.text(tags::IMAGE_TYPE, "DERIVED\\SECONDARY\\AXIAL");
        elements.text(tags::SOP_CLASS_UID, CT_IMAGE_STORAGE);
        elements.text(tags::SOP_INSTANCE_UID, instance);
        for tag in [
            tags::STUDY_DATE,
            tags::SERIES_DATE,
            tags::ACQUISITION_DATE,
            tags::CONTENT_DATE,
        ] {
            elements.text(tag, &self.date);
        }
        for tag in [
            tags::STUDY_TIME,
            tags::SERIES_TIME,
            tags::ACQUISITION_TIME,
            tags::CONTENT_TIME,
        ] {
            elements.text(tag, "120000");
        }
        elements.text(tags::ACCESSION_NUMBER, "");
        elements.text(tags::MODALITY, "CT");
        elements.text(tags::MANUFACTURER, "LUNNY synthetic phantom");
        elements.text(tags::INSTITUTION_NAME, "None: synthetic phantom");
        elements.text(tags::REFERRING_PHYSICIAN_NAME, "");
        elements.text(tags::STUDY_DESCRIPTION, "Synthetic chest CT phantom");
        elements.text(tags::SERIES_DESCRIPTION, "Phantom, axial, not a person");
        elements.text(tags::MANUFACTURER_MODEL_NAME, "Phantom");
        elements.text(
            tags::DERIVATION_DESCRIPTION,
            "Computed phantom, no scanner was used",
        );
        elements.text(tags::PATIENT_NAME, "PHANTOM^LUNNY");
        elements.text(tags::PATIENT_ID, &self.patient_id);
        elements.text(tags::PATIENT_BIRTH_DATE, "");
        elements.text(tags::PATIENT_SEX, "O");
        elements.text(tags::PATIENT_COMMENTS, "Phantom, not a person");
        elements.text(tags::BODY_PART_EXAMINED, "CHEST");
    }

    /// The rest of group 0018, and group 0020: the position of the slice.
    fn place(&self, elements: &mut Elements, grid: &Grid, index: usize) {
        let [x, y, _] = grid.origin_mm;
        let z = grid.z(index);
        elements.text(tags::SLICE_THICKNESS, &decimal(grid.step_mm));
        elements.text(tags::KVP, "");
        elements.text(tags::PATIENT_POSITION, "HFS");
        elements.text(tags::STUDY_INSTANCE_UID, &self.study_uid());
        elements.text(tags::SERIES_INSTANCE_UID, &self.series_uid());
        elements.text(tags::STUDY_ID, "PHANTOM");
        elements.text(tags::SERIES_NUMBER, "1");
        elements.text(tags::ACQUISITION_NUMBER, "");
        elements.text(tags::INSTANCE_NUMBER, &(index + 1).to_string());
        let position = [x, y, z].map(decimal).join("\\");
        elements.text(tags::IMAGE_POSITION_PATIENT, &position);
        elements.text(tags::IMAGE_ORIENTATION_PATIENT, "1\\0\\0\\0\\1\\0");
        let frame = uid(&format!("frame of {}", self.patient_id));
        elements.text(tags::FRAME_OF_REFERENCE_UID, &frame);
        elements.text(tags::POSITION_REFERENCE_INDICATOR, "");
        elements.text(tags::SLICE_LOCATION, &decimal(z));
        elements.text(tags::IMAGE_COMMENTS, &self.comments);
    }
}

/// Groups 0028 and 7FE0.
fn pixels(elements: &mut Elements, grid: &Grid, hounsfield: &[i16]) {
    elements.number(tags::SAMPLES_PER_PIXEL, 1);
    elements.text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2");
    elements.number(tags::ROWS, u16::try_from(grid.rows).unwrap_or(u16::MAX));
    elements.number(
        tags::COLUMNS,
        u16::try_from(grid.columns).unwrap_or(u16::MAX),
    );
    let spacing = decimal(grid.spacing_mm);
    elements.text(tags::PIXEL_SPACING, &format!("{spacing}\\{spacing}"));
    elements.number(tags::BITS_ALLOCATED, 16);
    elements.number(tags::BITS_STORED, 16);
    elements.number(tags::HIGH_BIT, 15);
    elements.number(tags::PIXEL_REPRESENTATION, 0);
    elements.text(tags::WINDOW_CENTER, "-600\\40");
    elements.text(tags::WINDOW_WIDTH, "1500\\400");
    elements.text(tags::RESCALE_INTERCEPT, &INTERCEPT.to_string());
    elements.text(tags::RESCALE_SLOPE, "1");
    elements.text(tags::RESCALE_TYPE, "HU");
    let stored = hounsfield.iter().map(|&value| {
        let above = i32::from(value) - i32::from(INTERCEPT);
        above.clamp(0, i32::from(u16::MAX)) as u16
    });
    elements.pixels_of_words(stored.collect());
}

/// A UID from the first 128 bits of a hash: the same for the same text.
fn uid(of: &str) -> String {
    let hash = Sha256::digest(format!("LUNNY phantom: {of}"));
    let mut bits = [0; 16];
    bits.copy_from_slice(&hash[..16]);
    instance::uid(u128::from_be_bytes(bits))
}

#[cfg(test)]
mod tests {
    use dicom_core::Tag;

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
        std::fs::write(&path, exam().file(&grid(), 1, &values).unwrap()).unwrap();
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
    fn another_reader_finds_the_position_and_the_word_phantom() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("IM0001.dcm");
        std::fs::write(&path, exam().file(&grid(), 1, &[0; 15]).unwrap()).unwrap();
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
        // In ascending order, as the standard requires.
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
