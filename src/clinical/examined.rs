//! The examined file or series, with its assessment.

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;

use super::assessment::{Assessment, Reader};
use super::series_assessment::{CAUTION, RULE};

/// One analysed slice, or the slices of a series analysed together, as stored, shown and reported. Text is as stored: scrub it
/// before showing it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExaminedSlice {
    /// The file that it was read from, or the folder of a series; may not be UTF-8.
    pub source_path: PathBuf,
    /// SHA-256 of that file, lower-case hexadecimal; for a series over the SHA-256 of its slices' files in order, each
    /// 64 ASCII digits.
    pub source_sha256: String,
    /// Kind of that file, such as `DICOM`.
    pub format: String,
    /// Columns in pixels.
    pub width: u32,
    /// Rows in pixels.
    pub height: u32,
    pub assessment: Assessment,
    /// Running time of the network.
    pub elapsed_ms: u64,
    /// Facts of a series; none for one slice.
    pub series: Option<Box<ExaminedSeries>>,
}

/// Facts of a series besides the exam's assessment.
#[derive(Debug, Clone, PartialEq)]
pub struct ExaminedSeries {
    /// (0020,000D) StudyInstanceUID.
    pub study_uid: Option<String>,
    /// (0020,000E) SeriesInstanceUID.
    pub series_uid: Option<String>,
    /// The deciding slices, from 0.
    pub deciding: Range<usize>,
    /// The rule by which they decided, such as [`super::series_assessment::RULE`].
    pub rule: String,
    /// The most suspicious slices, from 0, highest probability first; empty if the exam is out of distribution.
    pub suspicious: Vec<usize>,
    /// Malignancy probability of each slice in the series' order; none for slices that the network did not analyse or that are
    /// out of distribution, and for all slices of an exam that is.
    pub curve: Vec<Option<f32>>,
    /// Number of slices that the network analysed.
    pub analysed: usize,
    /// Number of those that are out of distribution.
    pub outside: usize,
    /// Device that ran the network.
    pub runs_on: String,
    /// Version of LUNNY that ran it.
    pub version: String,
}

impl ExaminedSeries {
    /// The deciding slices, counted from 1, such as `slices 36 to 38 of 120`.
    pub fn deciders(&self) -> String {
        let of = self.curve.len();
        match self.deciding.len() {
            0 | 1 => format!("slice {} of {of}", self.deciding.start + 1),
            _ => format!(
                "slices {} to {} of {of}",
                self.deciding.start + 1,
                self.deciding.end
            ),
        }
    }

    /// Number of analysed slices, and of those outside, such as `118 analysed, 2 outside`.
    pub fn coverage(&self) -> String {
        match self.outside {
            0 => format!("{} analysed", self.analysed),
            outside => format!("{} analysed, {outside} outside", self.analysed),
        }
    }

    /// The most suspicious slices with their probabilities, counted from 1.
    pub fn suspects(&self) -> impl Iterator<Item = (usize, f64)> {
        let probability = |index: &usize| Some((index + 1, f64::from((*self.curve.get(*index)?)?)));
        self.suspicious.iter().filter_map(probability)
    }
}

/// Data on which the figures of a decision rule were measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasuredOn {
    Slices,
    /// Whole exams: one result per series.
    Exams,
}

impl MeasuredOn {
    /// The words after "measured on".
    pub fn label(self) -> &'static str {
        match self {
            Self::Slices => "single slices",
            Self::Exams => "whole exams",
        }
    }

    /// The noun alone.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Slices => "slices",
            Self::Exams => "exams",
        }
    }
}

impl ExaminedSlice {
    /// Data on which the sensitivity and specificity of the rule were measured: exams for a series that the lesion reader
    /// assessed by its own rule for exams, otherwise slices.
    pub fn measured_on(&self) -> MeasuredOn {
        match (self.assessment.reader, &self.series) {
            (Reader::Lesions, Some(series)) if series.rule != RULE => MeasuredOn::Exams,
            _ => MeasuredOn::Slices,
        }
    }

    /// Caution for the result of a series that was analysed slice by slice.
    pub fn series_caution(&self) -> Option<&'static str> {
        let is_series = self.series.is_some();
        (is_series && self.measured_on() == MeasuredOn::Slices).then_some(CAUTION)
    }

    /// The file's name without its folder, with replacement characters if it is not UTF-8.
    pub fn source_name(&self) -> Cow<'_, str> {
        self.source_path
            .file_name()
            .map(|name| name.to_string_lossy())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::assessment::{ClassProbabilities, DecisionRule, ModelIdentity};
    use crate::clinical::series_assessment::LESION_RULE;

    fn exam(reader: Reader, rule: Option<&str>) -> ExaminedSlice {
        let decision = DecisionRule {
            threshold: 0.5,
            indeterminate_from: 0.4,
            indeterminate_to: 0.6,
            sensitivity: 0.9,
            specificity: 0.9,
            prevalence: 0.5,
        };
        let model = ModelIdentity {
            id: "m".into(),
            sha256: "s".into(),
        };
        let classes = ClassProbabilities {
            normal: 0.2,
            benign: 0.0,
            malignant: 0.8,
        };
        let series = rule.map(|rule| ExaminedSeries {
            study_uid: None,
            series_uid: None,
            deciding: 0..1,
            rule: rule.into(),
            suspicious: Vec::new(),
            curve: vec![Some(0.8)],
            analysed: 1,
            outside: 0,
            runs_on: "the processor".into(),
            version: "0.1.0".into(),
        });
        ExaminedSlice {
            source_path: "slice.dcm".into(),
            source_sha256: "s".into(),
            format: "DICOM".into(),
            width: 1,
            height: 1,
            assessment: match reader {
                Reader::Slice => Assessment::of_classes(classes, decision, model),
                Reader::Lesions => Assessment::of_lesions(0.8, Vec::new(), decision, model),
            },
            elapsed_ms: 1,
            series: series.map(Box::new),
        }
    }

    #[test]
    fn figures_are_of_exams_only_for_a_series_by_the_lesion_readers_own_rule() {
        let of_exams = exam(Reader::Lesions, Some(LESION_RULE));
        assert_eq!(of_exams.measured_on(), MeasuredOn::Exams);
        assert_eq!(of_exams.series_caution(), None);
        for by_slices in [
            exam(Reader::Lesions, Some(RULE)),
            exam(Reader::Slice, Some(RULE)),
        ] {
            assert_eq!(by_slices.measured_on(), MeasuredOn::Slices);
            assert_eq!(by_slices.series_caution(), Some(CAUTION));
        }
        for single in [exam(Reader::Lesions, None), exam(Reader::Slice, None)] {
            assert_eq!(single.measured_on(), MeasuredOn::Slices);
            assert_eq!(single.series_caution(), None);
        }
    }
}
