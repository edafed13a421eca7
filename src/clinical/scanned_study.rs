//! Patient and study of a scan, as its DICOM files state them.
//!
//! An object that is made of a scan joins its study in an archive only if it repeats these values.

use serde::{Deserialize, Serialize};

/// Attributes of patient and study, in DICOM notation and trimmed; none for a value that is not stated, or for a day, time or sex
/// that cannot be read. Text as stored: scrub it
/// before it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ScannedStudy {
    /// (0010,0010) PatientName.
    pub patient_name: Option<String>,
    /// (0010,0020) PatientID.
    pub patient_id: Option<String>,
    /// (0010,0021) IssuerOfPatientID.
    pub issuer: Option<String>,
    /// (0010,0030) PatientBirthDate.
    pub birth_date: Option<String>,
    /// (0010,0040) PatientSex.
    pub sex: Option<String>,
    /// (0020,000D) StudyInstanceUID.
    pub study_uid: Option<String>,
    /// (0008,0020) StudyDate.
    pub date: Option<String>,
    /// (0008,0030) StudyTime.
    pub time: Option<String>,
    /// (0020,0010) StudyID.
    pub study_id: Option<String>,
    /// (0008,0050) AccessionNumber.
    pub accession: Option<String>,
    /// (0008,0090) ReferringPhysicianName.
    pub referrer: Option<String>,
    /// (0020,000E) SeriesInstanceUID.
    pub series_uid: Option<String>,
    /// (0008,0016) SOPClassUID of the images.
    pub class_uid: Option<String>,
    /// The images in the order of the series' slices; empty if one of them has no UID.
    #[serde(default)]
    pub images: Vec<ScannedImage>,
}

/// The image of one slice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScannedImage {
    /// (0008,0018) SOPInstanceUID.
    pub instance_uid: String,
    /// Number of the frame, from 1, in an image of several; none in an image of one.
    pub frame: Option<u32>,
}

impl ScannedStudy {
    /// True if the study has a UID, without which nothing can join it.
    pub fn is_stated(&self) -> bool {
        self.study_uid.is_some()
    }

    /// The same with the images of `slices`, each by its SOPInstanceUID and the index of its frame.
    pub fn with_images<'a>(
        mut self,
        slices: impl IntoIterator<Item = (Option<&'a str>, usize)>,
    ) -> Self {
        let stated: Option<Vec<(&str, usize)>> = slices
            .into_iter()
            .map(|(uid, frame)| Some((uid?, frame)))
            .collect();
        let stated = stated.unwrap_or_default();
        let is_of_frames = stated.iter().any(|(_, frame)| *frame > 0);
        let image = |(uid, frame): (&str, usize)| ScannedImage {
            instance_uid: uid.to_owned(),
            frame: match is_of_frames {
                true => u32::try_from(frame.saturating_add(1)).ok(),
                false => None,
            },
        };
        self.images = stated.into_iter().map(image).collect();
        self
    }

    /// The image of a slice, from 0, of the series; none for another series than the scan's.
    pub fn image(&self, series_uid: Option<&str>, slice: usize) -> Option<&ScannedImage> {
        let is_same = series_uid.is_none_or(|uid| self.series_uid.as_deref() == Some(uid));
        self.images.get(slice).filter(|_| is_same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_numbered_only_in_an_image_of_several() {
        let study = ScannedStudy::default();
        let single = (study.clone()).with_images([(Some("1.1"), 0), (Some("1.2"), 0)]);
        assert!(single.images.iter().all(|image| image.frame.is_none()));
        let many = study.with_images([(Some("1.1"), 0), (Some("1.1"), 1)]);
        let frames: Vec<_> = many.images.iter().map(|image| image.frame).collect();
        assert_eq!(frames, [Some(1), Some(2)]);
    }

    #[test]
    fn a_slice_without_a_uid_leaves_no_image_to_refer_to() {
        let study = ScannedStudy::default().with_images([(Some("1.1"), 0), (None, 0)]);
        assert_eq!(study.image(None, 0), None);
    }

    #[test]
    fn a_slice_of_another_series_has_no_image_here() {
        let study = ScannedStudy {
            series_uid: Some("1.2".into()),
            ..ScannedStudy::default()
        };
        let study = study.with_images([(Some("1.2.1"), 0)]);
        assert!(study.image(Some("1.2"), 0).is_some());
        assert!(study.image(None, 0).is_some());
        assert_eq!(study.image(Some("1.3"), 0), None);
        assert_eq!(study.image(Some("1.2"), 1), None);
    }
}
