//! Analysis of a whole series: slices are decoded together and analysed in batches, with a callback for each
//! batch.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::lesions::sizes;
use super::{Cancel, Engine, EngineError, SliceInContext, SlicePlace};
use crate::clinical::assessment::Assessment;
use crate::clinical::examined::{ExaminedSeries, ExaminedSlice};
use crate::clinical::series_assessment::SeriesAssessment;
use crate::imaging::series::{Geometry, SliceSource};
use crate::imaging::{ImagingError, Scan, Series};
use crate::text::hexadecimal;

/// Slices that are decoded and analysed together. Each runs with its mirror image, and the engine's later
/// stages process eight images at once.
pub const TOGETHER: usize = 4;

/// Range of distances of the neighbouring slices that are read with a slice, in mm: as in the training crops.
const NEAREST_MM: f64 = 1.0;
const FARTHEST_MM: f64 = 5.0;

/// Result of one slice.
#[derive(Debug, Clone, PartialEq)]
pub enum SliceOutcome {
    Analysed(Box<Assessment>),
    /// Read, but the network may not analyse it. The sentence is the reason.
    Refused(String),
    /// Not read, or the network failed. The sentence is the reason.
    Failed(String),
}

impl SliceOutcome {
    /// The answer, if there is one.
    pub fn assessment(&self) -> Option<&Assessment> {
        match self {
            Self::Analysed(assessment) => Some(assessment),
            Self::Refused(_) | Self::Failed(_) => None,
        }
    }

    /// The malignancy probability, if the slice was analysed and is inside the training range.
    pub fn malignancy_probability(&self) -> Option<f64> {
        self.assessment()?.malignancy_probability()
    }
}

/// Answer of a network for a series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesAnalysis {
    /// One for each slice, in the series' order.
    pub slices: Vec<SliceOutcome>,
    pub exam: SeriesAssessment,
    /// SHA-256 of the concatenation, in order, of each file's SHA-256 in lower-case hexadecimal, or a dash for
    /// a slice that was not read. Lower-case hexadecimal.
    pub sha256: String,
}

impl SeriesAnalysis {
    /// Number of slices that were refused, and number that failed.
    pub fn not_analysed(&self) -> (usize, usize) {
        let count = |wanted: fn(&SliceOutcome) -> bool| {
            self.slices.iter().filter(|slice| wanted(slice)).count()
        };
        (
            count(|slice| matches!(slice, SliceOutcome::Refused(_))),
            count(|slice| matches!(slice, SliceOutcome::Failed(_))),
        )
    }

    /// Slices that were not read or on which the network failed, by their index, and the reasons.
    pub fn failed(&self) -> Vec<(usize, String)> {
        let reason = |(index, slice): (usize, &SliceOutcome)| match slice {
            SliceOutcome::Failed(reason) => Some((index, reason.clone())),
            SliceOutcome::Analysed(_) | SliceOutcome::Refused(_) => None,
        };
        self.slices.iter().enumerate().filter_map(reason).collect()
    }

    /// The exam for the record: the series at `path`, analysed by `engine` within `elapsed`.
    pub fn examined(
        &self,
        series: &Series,
        path: &Path,
        engine: &dyn Engine,
        elapsed: Duration,
    ) -> ExaminedSlice {
        let (identity, geometry) = (&series.identity, &series.geometry);
        let exam = &self.exam;
        let is_told = !exam.assessment.is_outside();
        let probability = |slice: &SliceOutcome| {
            let probability = slice.malignancy_probability().filter(|_| is_told);
            probability.map(|it| it as f32)
        };
        ExaminedSlice {
            source_path: path.to_owned(),
            source_sha256: self.sha256.clone(),
            format: identity.format.label().to_owned(),
            width: geometry.columns,
            height: geometry.rows,
            assessment: exam.assessment.clone(),
            elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            series: Some(Box::new(ExaminedSeries {
                study_uid: identity.study_uid.clone(),
                series_uid: identity.series_uid.clone(),
                deciding: exam.deciding.clone(),
                rule: exam.rule.clone().into_owned(),
                suspicious: exam.suspicious.clone(),
                curve: self.slices.iter().map(probability).collect(),
                analysed: (self.slices.iter())
                    .filter(|slice| slice.assessment().is_some())
                    .count(),
                outside: exam.outside,
                runs_on: engine.runs_on().to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            })),
        }
    }
}

/// The slices of a series analysed so far, from the first one. A stopped analysis continues from here.
#[derive(Debug, Default)]
pub struct PartialAnalysis(Mutex<Analysed>);

#[derive(Debug, Clone, Default)]
struct Analysed {
    slices: Vec<SliceOutcome>,
    /// Hash of the hashes of their files.
    files: Sha256,
}

impl PartialAnalysis {
    fn analysed(&self) -> MutexGuard<'_, Analysed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of slices analysed.
    pub fn count(&self) -> usize {
        self.analysed().slices.len()
    }

    /// The malignancy probability of each analysed slice; `None` for one without.
    pub fn curve(&self) -> Vec<Option<f32>> {
        let analysed = self.analysed();
        let probability = |slice: &SliceOutcome| slice.malignancy_probability().map(|it| it as f32);
        analysed.slices.iter().map(probability).collect()
    }
}

/// Decodes and analyses the slices that are not in `so_far` yet. Calls `heard` after each batch with the index
/// of its first slice and the results. Blocks until all slices are done; holds at most [`TOGETHER`] slices in
/// addition to the series' cache. Checks `cancel` between batches and within the network.
///
/// # Errors
/// [`EngineError::Cancelled`]; [`EngineError::Refused`] if no slice was analysed, with the most frequent
/// reason; [`EngineError::Failed`] if none was analysed and none refused.
pub fn analyse(
    engine: &dyn Engine,
    series: &Series,
    cancel: &Cancel,
    so_far: &PartialAnalysis,
    heard: &mut dyn FnMut(usize, &[SliceOutcome]),
) -> Result<SeriesAnalysis, EngineError> {
    loop {
        let first = so_far.count();
        if first >= series.len() {
            break;
        }
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let indices = first..series.len().min(first + TOGETHER);
        let mut files = so_far.analysed().files.clone();
        let outcomes = analyse_slices(engine, series, indices, &mut files, cancel)?;
        let mut analysed = so_far.analysed();
        // A stopped analysis may still finish its batch while the next one is running.
        if analysed.slices.len() == first {
            heard(first, &outcomes);
            analysed.files = files;
            analysed.slices.extend(outcomes);
        }
    }
    let Analysed { mut slices, files } = so_far.analysed().clone();
    let places = places(series);
    let close = engine.close_slices(&assessments(&slices), &places);
    for close in close.chunks(TOGETHER) {
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        let read = read(series, close);
        let in_context = in_context(series, &places, close, &read);
        let answers = engine.assess_exactly(&in_context, cancel);
        for (index, outcome) in close.iter().zip(outcomes(read, answers)?) {
            slices[*index] = outcome;
        }
    }
    match engine.exam(&assessments(&slices), &places) {
        Some(mut exam) => {
            sizes::measure(&mut exam.assessment, series, cancel);
            match cancel.is_cancelled() {
                true => Err(EngineError::Cancelled),
                false => Ok(SeriesAnalysis {
                    slices,
                    exam,
                    sha256: hexadecimal(&files.finalize()),
                }),
            }
        }
        None => Err(none_analysed(&slices)),
    }
}

fn assessments(slices: &[SliceOutcome]) -> Vec<Option<Assessment>> {
    slices
        .iter()
        .map(|slice| slice.assessment().cloned())
        .collect()
}

fn analyse_slices(
    engine: &dyn Engine,
    series: &Series,
    indices: Range<usize>,
    files: &mut Sha256,
    cancel: &Cancel,
) -> Result<Vec<SliceOutcome>, EngineError> {
    let indices: Vec<usize> = indices.collect();
    let read = read(series, &indices);
    for slice in &read {
        let file = slice.as_ref().map(|scan| scan.provenance.sha256.as_str());
        files.update(file.unwrap_or("-"));
    }
    let slices = in_context(series, &places(series), &indices, &read);
    let answers = engine.assess_in_context(&slices, cancel);
    outcomes(read, answers)
}

/// A slice, or the reason why it was not read.
type ReadSlice = Result<Arc<Scan>, ImagingError>;

fn read(series: &Series, indices: &[usize]) -> Vec<ReadSlice> {
    indices
        .par_iter()
        .map(|index| series.slice(*index))
        .collect()
}

/// The slices that were read, with their neighbours.
fn in_context(
    series: &Series,
    places: &[SlicePlace],
    indices: &[usize],
    read: &[ReadSlice],
) -> Vec<SliceInContext> {
    let context = |(index, scan): (&usize, &ReadSlice)| {
        let beside = |towards: isize| series.slice(neighbour(places, *index, towards)?).ok();
        Some(SliceInContext {
            scan: scan.as_ref().ok()?.clone(),
            before: beside(-1),
            after: beside(1),
        })
    };
    indices.par_iter().zip(read).filter_map(context).collect()
}

/// The outcome of each slice: `answers` has one for each slice that was read.
fn outcomes(
    read: Vec<ReadSlice>,
    answers: Vec<Result<Assessment, EngineError>>,
) -> Result<Vec<SliceOutcome>, EngineError> {
    let mut answers = answers.into_iter();
    let outcome = |read: ReadSlice| {
        if let Err(error) = read {
            return Ok(SliceOutcome::Failed(error.to_string()));
        }
        match answers.next() {
            Some(Ok(assessment)) => Ok(SliceOutcome::Analysed(Box::new(assessment))),
            Some(Err(EngineError::Refused(reason))) => Ok(SliceOutcome::Refused(reason)),
            Some(Err(EngineError::Failed(reason))) => Ok(SliceOutcome::Failed(reason)),
            Some(Err(EngineError::Cancelled)) => Err(EngineError::Cancelled),
            None => Ok(SliceOutcome::Failed(
                "the network returned no answer".into(),
            )),
        }
    };
    read.into_iter().map(outcome).collect()
}

/// Positions and spacings of the slices of a series.
fn places(series: &Series) -> Vec<SlicePlace> {
    let Geometry {
        spacing_mm,
        orientation,
        step_mm,
        ..
    } = series.geometry;
    let place = |(number, slice): (usize, &SliceSource)| {
        let along = orientation
            .zip(slice.position_mm)
            .map(|(orientation, position)| {
                let [ax, ay, az, bx, by, bz] = orientation;
                let normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
                normal.iter().zip(position).map(|(a, b)| a * b).sum::<f64>()
            });
        SlicePlace {
            position_mm: along.or_else(|| Some(number as f64 * step_mm?)),
            spacing_mm,
        }
    };
    series.slices().iter().enumerate().map(place).collect()
}

/// The slice that is read as neighbour of slice `index`: the nearest one in direction `towards` that is at
/// least [`NEAREST_MM`] away, if it is no farther than [`FARTHEST_MM`].
fn neighbour(places: &[SlicePlace], index: usize, towards: isize) -> Option<usize> {
    let here = places.get(index)?.position_mm?;
    let apart = |other: usize| Some((places.get(other)?.position_mm? - here).abs());
    let mut other = index.checked_add_signed(towards)?;
    while apart(other)? < NEAREST_MM {
        other = other.checked_add_signed(towards)?;
    }
    (apart(other)? <= FARTHEST_MM).then_some(other)
}

/// The error for a series without an answer: the most frequent reason of its slices.
fn none_analysed(slices: &[SliceOutcome]) -> EngineError {
    let commonest = |reasons: Vec<&String>| {
        let count = |reason: &&&String| reasons.iter().filter(|other| *other == *reason).count();
        reasons
            .iter()
            .max_by_key(count)
            .map(|reason| (*reason).clone())
    };
    let refusals = slices.iter().filter_map(|slice| match slice {
        SliceOutcome::Refused(reason) => Some(reason),
        _ => None,
    });
    let failures = slices.iter().filter_map(|slice| match slice {
        SliceOutcome::Failed(reason) => Some(reason),
        _ => None,
    });
    match (commonest(refusals.collect()), commonest(failures.collect())) {
        (Some(reason), _) => EngineError::Refused(reason),
        (None, reason) => {
            EngineError::Failed(reason.unwrap_or_else(|| "the series is empty".into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::phantom::{Grid, Phantom};
    use crate::model::fake::FakeEngine;

    #[test]
    fn a_stopped_analysis_continues_where_it_stopped() {
        let grid = Grid {
            slices: TOGETHER + 3,
            ..Grid::chest(16, 20.0, 1, 1.0)
        };
        let (series, engine) = (Phantom::new(1).series(&grid), FakeEngine::new(0.9));
        let analyse = |cancel: &Cancel, so_far: &PartialAnalysis, heard: &mut dyn FnMut(usize)| {
            analyse(&engine, &series, cancel, so_far, &mut |first, _| {
                heard(first)
            })
        };
        let at_once =
            analyse(&Cancel::default(), &PartialAnalysis::default(), &mut |_| {}).unwrap();

        let (cancel, so_far) = (Cancel::default(), PartialAnalysis::default());
        let stopped = analyse(&cancel, &so_far, &mut |_| cancel.cancel());
        assert!(matches!(stopped, Err(EngineError::Cancelled)));
        assert_eq!((so_far.count(), so_far.curve().len()), (TOGETHER, TOGETHER));
        let mut begun = Vec::new();
        let resumed = analyse(&Cancel::default(), &so_far, &mut |first| begun.push(first));
        assert_eq!((resumed.unwrap(), begun), (at_once, vec![TOGETHER]));
    }

    fn at(positions: &[f64]) -> Vec<SlicePlace> {
        let place = |position: &f64| SlicePlace {
            position_mm: Some(*position),
            spacing_mm: None,
        };
        positions.iter().map(place).collect()
    }

    #[test]
    fn a_slice_is_read_with_those_a_few_millimetres_away() {
        let thin = at(&[0.0, 0.6, 1.2, 1.8, 2.4]);
        assert_eq!(neighbour(&thin, 2, -1), Some(0));
        assert_eq!(neighbour(&thin, 2, 1), Some(4));
        assert_eq!(neighbour(&thin, 0, -1), None);
        let usual = at(&[0.0, 2.5, 5.0]);
        assert_eq!(neighbour(&usual, 1, 1), Some(2));
        let far = at(&[0.0, 10.0]);
        assert_eq!(neighbour(&far, 0, 1), None);
        // Slices at one position have no neighbours.
        assert_eq!(neighbour(&at(&[1.0, 1.0, 1.0]), 1, 1), None);
    }
}
