//! Answers of the lesion reader: finds the lungs, reads slices, calibrates scores, applies the rule.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::exam::{self, ExamLesion, SliceProposals};
use super::maps::SliceMaps;
use super::metadata::LesionMetadata;
use super::reader::{LesionReader, Proposal, Region, SliceInput, SliceReading};
use super::weights::LesionWeights;
use super::{MM_PER_PIXEL, STEP, USUAL_FALSE_PROPOSALS};
use crate::clinical::assessment::{Assessment, Lesion, ModelIdentity, TrainingRange};
use crate::clinical::series_assessment::SeriesAssessment;
use crate::config::FalseFindings;
use crate::imaging::{Pixels, Scan, lungs};
use crate::model::engine::{SliceInContext, SlicePlace};
use crate::model::placement::Placement;
use crate::model::{Attention, Cancel, EngineError, SliceAnalysis, WeightsError};

/// Height and width of the map that is drawn over the slice.
const DRAWN: usize = 64;
/// Number of slices listed as the most suspicious of an exam.
const MOST_SUSPICIOUS: usize = 5;

/// The lesion reader with its calibration.
#[derive(Debug)]
pub struct LesionEngine {
    reader: LesionReader,
    metadata: LesionMetadata,
    identity: ModelIdentity,
    /// Lowest score of a reported lesion; the most suspicious lesion is always reported.
    least: f32,
}

impl LesionEngine {
    /// The reader in `weights`, to run as `placement` says on up to `threads` threads. Reports lesions at the
    /// operating point with up to `false_findings` false proposals (default: [`super::USUAL_FALSE_PROPOSALS`]).
    ///
    /// # Errors
    /// A tensor is missing or has another shape.
    pub fn new(
        weights: &LesionWeights,
        placement: &Placement,
        threads: NonZeroUsize,
        false_findings: Option<FalseFindings>,
    ) -> Result<Self, WeightsError> {
        let most = false_findings.map_or(USUAL_FALSE_PROPOSALS, FalseFindings::count);
        let point = weights.metadata().operating_point(most);
        Ok(Self {
            least: point.map_or(0.0, |point| point.score),
            reader: weights.build(placement, threads)?,
            metadata: weights.metadata().clone(),
            identity: weights.identity().clone(),
        })
    }

    /// Name and hash of the weights that answer.
    pub fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    /// The description in the weight file.
    pub fn metadata(&self) -> &LesionMetadata {
        &self.metadata
    }

    /// The answer for one slice in Hounsfield units that the gate accepted.
    ///
    /// # Errors
    /// There are no lungs on the slice, the pass failed, or `cancel` was raised.
    pub fn analyse(
        &self,
        slice: &SliceInContext,
        range: TrainingRange,
        cancel: &Cancel,
    ) -> Result<SliceAnalysis, EngineError> {
        let reading = self.read(slice, cancel)?;
        let lesions = (reading.proposals.iter()).map(|proposal| self.lesion(proposal, &slice.scan));
        let score = reading.proposals.first().map_or(0.0, |first| first.score);
        let level = &self.metadata.slice;
        let assessment = Assessment::of_lesions(
            level.calibration.probability(score),
            lesions.collect(),
            level.rule,
            self.identity.clone(),
        );
        Ok(SliceAnalysis {
            assessment: assessment.within(range),
            attention: attention(&reading, &slice.scan),
        })
    }

    /// The answer for a single slice, limited to the reported lesions: as in an exam, those above the operating
    /// point.
    pub fn reported(&self, mut analysis: SliceAnalysis) -> SliceAnalysis {
        let least = self.metadata.lesion.probability(self.least);
        let mut number = 0;
        analysis.assessment.lesions.retain(|lesion| {
            number += 1;
            number == 1 || lesion.malignancy_probability >= least
        });
        analysis
    }

    fn read(&self, slice: &SliceInContext, cancel: &Cancel) -> Result<SliceReading, EngineError> {
        let scan = &slice.scan;
        let own = hounsfield(scan)
            .ok_or_else(|| EngineError::Failed("the slice holds no Hounsfield units".into()))?;
        let (width, height) = (scan.width as usize, scan.height as usize);
        let spacing_mm = scan.spacing_mm.map(|spacing| spacing.map(|mm| mm as f32));
        let mask = lungs::find(own, width, height, spacing_mm)
            .map_err(|reason| EngineError::Refused(reason.to_string()))?;
        let beside = |other: &Option<Arc<Scan>>| -> Option<Arc<Scan>> {
            let alike =
                |other: &&Arc<Scan>| (other.width, other.height) == (scan.width, scan.height);
            other.as_ref().filter(alike).cloned()
        };
        let (before, after) = (beside(&slice.before), beside(&slice.after));
        let input = SliceInput {
            hounsfield: own,
            width,
            height,
            spacing_mm,
            before: before.as_deref().and_then(hounsfield),
            after: after.as_deref().and_then(hounsfield),
        };
        let (rows, columns) = mask.bounding_box();
        let allowed = |row, column| mask.contains(row, column);
        self.reader
            .read(&input, &Region { rows, columns }, allowed, cancel)
    }

    fn lesion(&self, proposal: &Proposal, scan: &Scan) -> Lesion {
        let (row, column) = (f64::from(proposal.row), f64::from(proposal.column));
        Lesion {
            slice: 1,
            row,
            column,
            position_mm: scan.position_of(row, column),
            diameter_mm: scan.spacing_mm.map(|_| f64::from(proposal.diameter_mm)),
            size: None,
            malignancy_probability: self.metadata.lesion.probability(proposal.score),
        }
    }

    /// The answer for an exam from its `slices` in order, with `None` where a slice was not analysed; `None` if
    /// no slice was. The lesions of neighbouring slices are joined.
    pub fn exam(
        &self,
        slices: &[Option<Assessment>],
        places: &[SlicePlace],
    ) -> Option<SeriesAssessment> {
        let analysed = slices.iter().flatten().count();
        if analysed == 0 {
            return None;
        }
        let outside = slices
            .iter()
            .flatten()
            .filter(|slice| slice.is_outside())
            .count();
        let found = self.joined(slices, places);
        let calibration = &self.metadata.lesion;
        let reported =
            |(number, found): &(usize, &ExamLesion)| *number == 0 || found.score >= self.least;
        let lesions: Vec<Lesion> = (found.iter().enumerate().filter(reported))
            .filter_map(|(_, found)| {
                let on_slice = slices.get(found.slice)?.as_ref()?;
                let nearest = on_slice.lesions.iter().min_by(|a, b| {
                    let apart = |lesion: &Lesion| {
                        (lesion.row - f64::from(found.row))
                            .hypot(lesion.column - f64::from(found.column))
                    };
                    apart(a).total_cmp(&apart(b))
                })?;
                Some(Lesion {
                    slice: found.slice + 1,
                    malignancy_probability: calibration.probability(found.score),
                    ..*nearest
                })
            })
            .collect();
        let level = &self.metadata.exam;
        let score = found.first().map_or(0.0, |first| first.score);
        let assessment = Assessment::of_lesions(
            level.calibration.probability(score),
            lesions,
            level.rule,
            self.identity.clone(),
        );
        let range = match 2 * outside > analysed {
            true => (slices.iter().flatten())
                .find(|slice| slice.is_outside())
                .map_or(TrainingRange::Inside, |slice| slice.training_range.clone()),
            false => TrainingRange::Inside,
        };
        let deciding = found
            .first()
            .map_or(0..1, |first| first.first..first.last + 1);
        let mut suspicious: Vec<usize> = Vec::new();
        for lesion in &found {
            if !suspicious.contains(&lesion.slice) && suspicious.len() < MOST_SUSPICIOUS {
                suspicious.push(lesion.slice);
            }
        }
        Some(SeriesAssessment::of_exam(
            assessment.within(range),
            deciding,
            suspicious,
            outside,
        ))
    }

    fn joined(&self, slices: &[Option<Assessment>], places: &[SlicePlace]) -> Vec<ExamLesion> {
        let calibration = &self.metadata.lesion;
        let proposals = |slice: &Assessment| -> Vec<Proposal> {
            let proposal = |lesion: &Lesion| {
                let score = calibration.score(lesion.malignancy_probability);
                Proposal {
                    row: lesion.row as f32,
                    column: lesion.column as f32,
                    diameter_mm: lesion.diameter_mm.unwrap_or(10.0) as f32,
                    score,
                    lesion: score,
                }
            };
            slice.lesions.iter().map(proposal).collect()
        };
        let all: Vec<SliceProposals> = (slices.iter().enumerate())
            .map(|(number, slice)| {
                let place = places.get(number).copied().unwrap_or_default();
                SliceProposals {
                    // Without positions slices are not joined.
                    position_mm: place
                        .position_mm
                        .map_or(number as f32 * 1000.0, |mm| mm as f32),
                    spacing_mm: place
                        .spacing_mm
                        .map_or([MM_PER_PIXEL; 2], |it| it.map(|mm| mm as f32)),
                    proposals: slice.as_ref().map(proposals).unwrap_or_default(),
                }
            })
            .collect();
        exam::join(&all)
    }
}

fn hounsfield(scan: &Scan) -> Option<&[i16]> {
    match &scan.pixels {
        Pixels::Hounsfield(values) => Some(values),
        Pixels::Grey(_) => None,
    }
}

/// The reader's map of the whole slice.
fn attention(reading: &SliceReading, scan: &Scan) -> Attention {
    let SliceMaps { rows, columns, .. } = reading.maps;
    let [down, across] = reading.scale;
    let at = |place: usize, length: u32, scale: f32, most: usize| {
        let pixel = (place as f32 + 0.5) / DRAWN as f32 * length as f32;
        ((pixel / scale / STEP as f32) as usize).min(most.saturating_sub(1))
    };
    let suspicion = (0..DRAWN * DRAWN).map(|place| {
        let row = at(place / DRAWN, scan.height, down, rows);
        let column = at(place % DRAWN, scan.width, across, columns);
        reading
            .maps
            .at(row, column)
            .map_or(0.0, |cell| cell.suspicion())
    });
    let plain = || Attention::new(1, vec![0.0]);
    Attention::new(DRAWN, suspicion.collect())
        .or_else(plain)
        .unwrap_or_default()
}
