//! Answers of the lesion reader: finds the lungs, reads slices, calibrates scores, applies the rule.

use std::num::NonZeroUsize;
use std::sync::Arc;

use rayon::prelude::*;

use super::exam::{self, ExamLesion, SliceProposals};
use super::maps::SliceMaps;
use super::metadata::LesionMetadata;
use super::reader::{LesionReader, Part, Proposal, Region, SliceInput, SliceReading};
use super::upright::Turn;
use super::weights::LesionWeights;
use super::{MM_PER_PIXEL, STEP, USUAL_FALSE_PROPOSALS};
use crate::clinical::assessment::{Assessment, Lesion, ModelIdentity, TrainingRange};
use crate::clinical::series_assessment::SeriesAssessment;
use crate::config::FalseFindings;
use crate::imaging::lungs::LungMask;
use crate::imaging::{Pixels, Scan, lungs};
use crate::model::engine::{SliceInContext, SlicePlace};
use crate::model::in_single_precision::{InSinglePrecision, is_close};
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
    /// The reader for answers close to a limit, if `reader` is in a lower precision.
    single: Option<InSinglePrecision<LesionReader>>,
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
            single: placement.single().map(|placement| {
                let bytes = weights.shared_bytes();
                InSinglePrecision::new(move || LesionReader::build(&bytes, &placement, threads))
            }),
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

    /// The answer for each of `slices`, which are in Hounsfield units and accepted by the gate, with its training range. An answer in
    /// a lower precision that is close to a limit is computed again.
    ///
    /// # Errors
    /// Of a slice: there are no lungs on it, the pass failed, or `cancel` was raised.
    pub fn analyse(
        &self,
        slices: &[(&SliceInContext, TrainingRange)],
        cancel: &Cancel,
    ) -> Vec<Result<SliceAnalysis, EngineError>> {
        let mut answers = self.analyse_by(&self.reader, slices, cancel);
        let limits = self.metadata.slice.rule.limits();
        self.again(slices, &mut answers, cancel, |assessment| {
            assessment
                .malignancy
                .is_some_and(|malignancy| is_close(malignancy, limits))
        });
        answers
    }

    /// As [`Self::analyse`] for a slice that is no part of a series: limited to the reported lesions, which are, as in an exam,
    /// those above the operating point.
    ///
    /// # Errors
    /// As [`Self::analyse`].
    pub fn analyse_alone(
        &self,
        slice: &SliceInContext,
        range: TrainingRange,
        cancel: &Cancel,
    ) -> Result<SliceAnalysis, EngineError> {
        let slices = [(slice, range)];
        let mut answers = self.analyse(&slices, cancel);
        let least = [self.least_probability()];
        self.again(&slices, &mut answers, cancel, |assessment| {
            let mut lesions = assessment.lesions.iter();
            lesions.any(|lesion| is_close(lesion.malignancy_probability, least))
        });
        let answer = answers.pop().unwrap_or(Err(EngineError::Cancelled))?;
        Ok(self.reported(answer))
    }

    /// As [`Self::analyse`], in single precision.
    pub fn analyse_exactly(
        &self,
        slices: &[(&SliceInContext, TrainingRange)],
        cancel: &Cancel,
    ) -> Vec<Result<SliceAnalysis, EngineError>> {
        match self.single.as_ref().map(InSinglePrecision::get) {
            None => self.analyse_by(&self.reader, slices, cancel),
            Some(Ok(reader)) => self.analyse_by(reader, slices, cancel),
            Some(Err(error)) => {
                let reason = error.to_string();
                let failed = |_| Err(EngineError::Failed(reason.clone()));
                slices.iter().map(failed).collect()
            }
        }
    }

    /// Replaces the answers that `is_close` says a lower precision could have changed.
    fn again(
        &self,
        slices: &[(&SliceInContext, TrainingRange)],
        answers: &mut [Result<SliceAnalysis, EngineError>],
        cancel: &Cancel,
        is_close: impl Fn(&Assessment) -> bool,
    ) {
        if self.single.is_none() {
            return;
        }
        let close = |answer: &Result<SliceAnalysis, EngineError>| {
            answer
                .as_ref()
                .is_ok_and(|answer| is_close(&answer.assessment))
        };
        let places: Vec<usize> = (0..answers.len())
            .filter(|place| close(&answers[*place]))
            .collect();
        let close: Vec<_> = places.iter().map(|place| slices[*place].clone()).collect();
        for (place, answer) in places.into_iter().zip(self.analyse_exactly(&close, cancel)) {
            answers[place] = answer;
        }
    }

    fn analyse_by(
        &self,
        reader: &LesionReader,
        slices: &[(&SliceInContext, TrainingRange)],
        cancel: &Cancel,
    ) -> Vec<Result<SliceAnalysis, EngineError>> {
        let turns: Vec<Turn> = (slices.iter().map(|(slice, _)| Turn::of(&slice.scan))).collect();
        if turns.iter().all(|turn| turn.is_none()) {
            return self.analyse_upright(reader, slices, cancel);
        }
        let turned = turns.iter().zip(slices);
        let turned: Vec<SliceInContext> = turned
            .map(|(turn, (slice, _))| turn.upright(slice))
            .collect();
        let upright = turned.iter().zip(slices);
        let upright: Vec<_> = upright
            .map(|(turned, (_, range))| (turned, range.clone()))
            .collect();
        let answers = self.analyse_upright(reader, &upright, cancel);
        let back = answers.into_iter().zip(turns).zip(slices);
        back.map(|((answer, turn), (slice, _))| Ok(turn.back(answer?, &slice.scan)))
            .collect()
    }

    fn analyse_upright(
        &self,
        reader: &LesionReader,
        slices: &[(&SliceInContext, TrainingRange)],
        cancel: &Cancel,
    ) -> Vec<Result<SliceAnalysis, EngineError>> {
        let masks: Vec<Result<LungMask, EngineError>> = slices
            .par_iter()
            .map(|(slice, _)| lungs_of(slice))
            .collect();
        let allowed: Vec<_> = (masks.iter().flatten())
            .map(|mask| move |row: usize, column: usize| mask.contains(row, column))
            .collect();
        let with_lungs = slices
            .iter()
            .zip(&masks)
            .filter_map(|((slice, _), mask)| Some((*slice, mask.as_ref().ok()?)));
        let parts: Vec<Part<'_>> = with_lungs
            .zip(&allowed)
            .map(|((slice, mask), allowed)| part(slice, mask, allowed))
            .collect();
        let outcome = reader.read_all(&parts, cancel);
        let (readings, failure) = match outcome {
            Ok(readings) => (readings, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let mut readings = readings.into_iter();
        let answer = |((slice, range), mask): (
            &(&SliceInContext, TrainingRange),
            &Result<LungMask, EngineError>,
        )| {
            if let Err(error) = mask {
                return Err(copied(error));
            }
            match (readings.next(), &failure) {
                (Some(reading), _) => Ok(self.answer(&reading?, &slice.scan, range.clone())),
                (None, Some(error)) => Err(copied(error)),
                (None, None) => Err(EngineError::Failed("the reader gave no answer".into())),
            }
        };
        slices.iter().zip(&masks).map(answer).collect()
    }

    fn answer(&self, reading: &SliceReading, scan: &Scan, range: TrainingRange) -> SliceAnalysis {
        let lesions = (reading.proposals.iter()).map(|proposal| self.lesion(proposal, scan));
        let score = reading.proposals.first().map_or(0.0, |first| first.score);
        let level = &self.metadata.slice;
        let assessment = Assessment::of_lesions(
            level.calibration.probability(score),
            lesions.collect(),
            level.rule,
            self.identity.clone(),
        );
        SliceAnalysis {
            assessment: assessment.within(range),
            attention: attention(reading, scan),
        }
    }

    /// Probability of the lesions at the operating point.
    fn least_probability(&self) -> f64 {
        self.metadata.lesion.probability(self.least)
    }

    fn reported(&self, mut analysis: SliceAnalysis) -> SliceAnalysis {
        let least = self.least_probability();
        let mut number = 0;
        analysis.assessment.lesions.retain(|lesion| {
            number += 1;
            number == 1 || lesion.malignancy_probability >= least
        });
        analysis
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

    /// The slices whose lower precision could have changed the answer for the exam: those of lesions that are close to the operating
    /// point, and of the most suspicious lesion if the exam's probability is close to a limit. Answers for `slices`
    /// as for [`Self::exam`].
    pub fn close_slices(&self, slices: &[Option<Assessment>], places: &[SlicePlace]) -> Vec<usize> {
        if self.single.is_none() {
            return Vec::new();
        }
        let (level, least) = (&self.metadata.exam, [self.least_probability()]);
        let mut close = vec![false; slices.len()];
        for (number, found) in self.joined(slices, places).iter().enumerate() {
            let of_lesion = self.metadata.lesion.probability(found.score);
            let of_exam = level.calibration.probability(found.score);
            if is_close(of_lesion, least) || number == 0 && is_close(of_exam, level.rule.limits()) {
                close[found.first..=found.last].fill(true);
            }
        }
        let analysed = slices.iter().zip(close).enumerate();
        let close = analysed.filter(|(_, (slice, close))| slice.is_some() && *close);
        close.map(|(number, _)| number).collect()
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

/// The lungs on a slice.
fn lungs_of(slice: &SliceInContext) -> Result<LungMask, EngineError> {
    let scan = &slice.scan;
    let own = hounsfield(scan)
        .ok_or_else(|| EngineError::Failed("the slice holds no Hounsfield units".into()))?;
    let (width, height) = (scan.width as usize, scan.height as usize);
    lungs::find(own, width, height, spacing_mm(scan))
        .map_err(|reason| EngineError::Refused(reason.to_string()))
}

fn spacing_mm(scan: &Scan) -> Option<[f32; 2]> {
    scan.spacing_mm.map(|spacing| spacing.map(|mm| mm as f32))
}

/// Input of the reader for a slice with these lungs.
fn part<'a>(
    slice: &'a SliceInContext,
    mask: &LungMask,
    allowed: &'a (dyn Fn(usize, usize) -> bool + Sync),
) -> Part<'a> {
    let scan = &slice.scan;
    let beside = |other: &'a Option<Arc<Scan>>| {
        let alike = |other: &&Arc<Scan>| (other.width, other.height) == (scan.width, scan.height);
        other
            .as_ref()
            .filter(alike)
            .and_then(|scan| hounsfield(scan))
    };
    let (rows, columns) = mask.bounding_box();
    Part {
        slice: SliceInput {
            hounsfield: hounsfield(scan).unwrap_or_default(),
            width: scan.width as usize,
            height: scan.height as usize,
            spacing_mm: spacing_mm(scan),
            before: beside(&slice.before),
            after: beside(&slice.after),
        },
        region: Region { rows, columns },
        allowed,
    }
}

/// The same error, for another slice of the pass.
fn copied(error: &EngineError) -> EngineError {
    match error {
        EngineError::Refused(reason) => EngineError::Refused(reason.clone()),
        EngineError::Cancelled => EngineError::Cancelled,
        EngineError::Failed(reason) => EngineError::Failed(reason.clone()),
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

#[cfg(test)]
mod tests;
