//! One frame of one file with the attributes of its header, before its series is known.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::{SeriesIdentity, SliceSource};
use crate::imaging::header::Rescale;
use crate::imaging::{Frame, GroupingTags, Header, Marks};

/// Tolerance of direction cosines from orthonormal vectors, because of rounding to a few digits.
const MOST_SKEW: f64 = 0.01;

/// A slice before grouping.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub source: SliceSource,
    /// Attributes of its file that a series has in common; shared by the file's frames.
    pub identity: Arc<SeriesIdentity>,
    pub rows: u32,
    pub columns: u32,
    pub spacing_mm: Option<[f64; 2]>,
    pub orientation: Option<[f64; 6]>,
    /// (0020,0052) FrameOfReferenceUID: positions of different ones cannot be compared.
    pub frame_of_reference: Option<String>,
    /// Attributes of its file and of itself that separate it from other slices of the series.
    pub grouping: Arc<GroupingTags>,
    /// (0020,1041) SliceLocation of its file, in mm.
    pub slice_location: Option<f64>,
    pub time_point: Option<u32>,
    /// (0020,9241) NominalPercentageOfCardiacPhase, as bits, so that it can be compared.
    pub phase: Option<u64>,
    /// True if the file states that its values are not Hounsfield units.
    pub other_values: bool,
    pub rescale: Rescale,
    /// True if it is a localizer.
    pub localizer: bool,
    /// Number of frames of its file.
    pub frames_in_file: usize,
    /// Number of frames that its file does not state, and that its pixels suffice for.
    pub surplus_frames: usize,
}

impl Candidate {
    /// Every frame of a file.
    pub(super) fn of(path: &Path, header: Header) -> Vec<Self> {
        let stated = header.stated.as_ref();
        let identity = Arc::new(SeriesIdentity {
            format: header.format,
            modality: (stated.map(|stated| stated.modality.clone()))
                .filter(|modality| !modality.is_empty()),
            transfer_syntax: header.transfer_syntax,
            study_uid: header.study_uid,
            series_uid: header.series_uid,
            description: stated.and_then(|stated| stated.series_description.clone()),
            date: stated.and_then(|stated| stated.date.clone()),
            patient_name: header.patient_name,
            patient_id: header.patient_id,
            patient: stated
                .map(|stated| stated.patient.clone())
                .unwrap_or_default(),
            study: stated
                .map(|stated| stated.study.clone())
                .unwrap_or_default(),
        });
        let frames_in_file = header.frames.len();
        let of_file = Arc::new(header.grouping);
        let mut of_frames: HashMap<Marks, Arc<GroupingTags>> = HashMap::new();
        // A position that is stated once for all frames is not the position of any.
        let place = |frame: &Frame| frame.position_mm.map(|place| place.map(f64::to_bits));
        let placed = match header.frames.split_first() {
            Some((first, rest)) if !rest.is_empty() => {
                rest.iter().any(|frame| place(frame) != place(first))
            }
            _ => true,
        };
        let candidate = |(index, frame): (usize, &Frame)| {
            let grouping = match frame.marks.is_empty() {
                true => Arc::clone(&of_file),
                false => Arc::clone(of_frames.entry(frame.marks.clone()).or_insert_with(|| {
                    let marks = frame.marks.or(&of_file.marks);
                    let patient = of_file.patient.clone();
                    Arc::new(GroupingTags { patient, marks })
                })),
            };
            let localizer =
                stated.is_some_and(|stated| stated.localizer) || is_localizer(&grouping);
            Self {
                source: SliceSource {
                    path: path.to_owned(),
                    frame: index,
                    sop_instance_uid: stated.and_then(|stated| stated.sop_instance_uid.clone()),
                    instance_number: header.instance_number,
                    position_mm: frame.position_mm.filter(|_| placed),
                },
                identity: Arc::clone(&identity),
                rows: header.rows,
                columns: header.columns,
                spacing_mm: frame.spacing_mm,
                orientation: frame
                    .orientation
                    .filter(|&cosines| normal(cosines).is_some()),
                frame_of_reference: header.frame_of_reference.clone(),
                grouping,
                slice_location: header.slice_location,
                time_point: frame.time_point,
                phase: frame.phase_percent.map(f64::to_bits),
                other_values: frame.other_values,
                rescale: frame.rescale,
                localizer,
                frames_in_file,
                surplus_frames: header.surplus_frames,
            }
        };
        header.frames.iter().enumerate().map(candidate).collect()
    }

    /// Name for users: the file's name, and the frame if there are several.
    pub(super) fn name(&self) -> String {
        let name = (self.source.path.file_name())
            .unwrap_or(self.source.path.as_os_str())
            .to_string_lossy();
        match self.frames_in_file {
            0 | 1 => name.into_owned(),
            _ => format!("{name} frame {}", self.source.frame + 1),
        }
    }
}

/// True if the type of the frame is that of a localizer.
fn is_localizer(grouping: &GroupingTags) -> bool {
    let parts = grouping.marks.named("image type").unwrap_or_default();
    parts.split('\\').any(|part| part == "LOCALIZER")
}

/// The normal of the slices: row × column. `None` if the cosines are not two orthonormal vectors.
pub(super) fn normal(orientation: [f64; 6]) -> Option<[f64; 3]> {
    let [a, b, c, d, e, f] = orientation;
    let (row, column) = ([a, b, c], [d, e, f]);
    let sound = (dot(row, row) - 1.0).abs() <= MOST_SKEW
        && (dot(column, column) - 1.0).abs() <= MOST_SKEW
        && dot(row, column).abs() <= MOST_SKEW;
    sound.then_some([b * f - c * e, c * d - a * f, a * e - b * d])
}

pub(super) fn dot(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// Up to three names, and the number of further ones.
pub(super) fn names(frames: &[Candidate]) -> String {
    const NAMED: usize = 3;
    let named: Vec<String> = frames.iter().take(NAMED).map(Candidate::name).collect();
    let named = named.join(", ");
    match frames.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// A number with the words that follow it: `counted(2, "slice is", "slices are")`.
pub(super) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
