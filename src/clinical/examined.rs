//! What the network judged: which file or series it was, and what was found.

use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;

use super::assessment::{Assessment, Reader};
use super::series_assessment::{CAUTION, RULE};

/// One judged slice, or the slices of a series judged together, as it is kept, shown and reported. Text is as stored:
/// whoever shows it scrubs it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExaminedSlice {
    /// The file that it was read from, or the folder of a series; UTF-8 or not.
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
    /// How long the network took.
    pub elapsed_ms: u64,
    /// What there is to say of a series; nothing for one slice.
    pub series: Option<Box<ExaminedSeries>>,
}

/// What a series says beyond its exam's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ExaminedSeries {
    /// (0020,000D) StudyInstanceUID.
    pub study_uid: Option<String>,
    /// (0020,000E) SeriesInstanceUID.
    pub series_uid: Option<String>,
    /// The slices that decided, from 0.
    pub deciding: Range<usize>,
    /// How they decided, such as [`super::series_assessment::RULE`].
    pub rule: String,
    /// The most suspicious slices, from 0, the highest probability first; none of an exam outside.
    pub suspicious: Vec<usize>,
    /// Malignancy probability of each slice in the series' order; nothing where the network judged none, where a
    /// slice lies outside what the network has seen, and for an exam that does.
    pub curve: Vec<Option<f32>>,
    /// Slices that the network judged.
    pub judged: usize,
    /// Of those, how many lie outside what the network has seen.
    pub outside: usize,
    /// What ran the network.
    pub runs_on: String,
    /// Which version of LUNNY asked it.
    pub version: String,
}

impl ExaminedSeries {
    /// Which slices decided, counted from 1, such as `slices 36 to 38 of 120`.
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

    /// How many slices were judged, and how many of these lie outside, such as `118 judged, 2 outside`.
    pub fn coverage(&self) -> String {
        match self.outside {
            0 => format!("{} judged", self.judged),
            outside => format!("{} judged, {outside} outside", self.judged),
        }
    }

    /// The most suspicious slices with their probabilities, counted from 1.
    pub fn suspects(&self) -> impl Iterator<Item = (usize, f64)> {
        let probability = |index: &usize| Some((index + 1, f64::from((*self.curve.get(*index)?)?)));
        self.suspicious.iter().filter_map(probability)
    }
}

/// What the figures of a decision rule were measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeasuredOn {
    Slices,
    /// Whole exams: one answer for each series.
    Exams,
}

impl MeasuredOn {
    /// Behind "measured on".
    pub fn label(self) -> &'static str {
        match self {
            Self::Slices => "single slices",
            Self::Exams => "whole exams",
        }
    }

    /// By itself.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Slices => "slices",
            Self::Exams => "exams",
        }
    }
}

impl ExaminedSlice {
    /// What the sensitivity and specificity of its rule were measured on: exams for a series that the lesion reader
    /// judged by its own rule for exams, and else slices.
    pub fn measured_on(&self) -> MeasuredOn {
        match (self.assessment.reader, &self.series) {
            (Reader::Lesions, Some(series)) if series.rule != RULE => MeasuredOn::Exams,
            _ => MeasuredOn::Slices,
        }
    }

    /// What is said with the answer for a series that was judged slice by slice.
    pub fn series_caution(&self) -> Option<&'static str> {
        let is_series = self.series.is_some();
        (is_series && self.measured_on() == MeasuredOn::Slices).then_some(CAUTION)
    }

    /// The file's name without its folder, with replacement characters where it is not UTF-8.
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
            judged: 1,
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
