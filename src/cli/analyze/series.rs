//! A folder, or a file of many slices: the network analyses every series in it, one line per series.

use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::heatmap::{HeatMapError, HeatMaps};
use super::{Answer, Outcome, analyse_file};
use crate::cancel::Cancel;
use crate::clinical::examined::ExaminedSeries;
use crate::imaging::ImagingError;
use crate::imaging::series::{self, Series};
use crate::model::series::{PartialAnalysis, SeriesAnalysis, analyse};
use crate::model::{Engine, EngineError};

/// Facts of a series beyond its answer. Scripts rely on these names.
#[derive(Debug, Serialize)]
pub(crate) struct SeriesFacts {
    study_uid: Option<String>,
    series_uid: Option<String>,
    description: Option<String>,
    slices: usize,
    analysed: usize,
    refused: usize,
    unreadable: usize,
    outside: usize,
    rule: String,
    /// Slices that the result is based on, counted from 1.
    deciding: Vec<usize>,
    suspicious: Vec<Suspect>,
    /// Malignancy probability of each slice; null where a slice was not analysed, where it lies outside what the model
    /// has seen, and for a series that does.
    curve: Vec<Option<f32>>,
    remarks: Vec<String>,
}

/// Suspicious slice.
#[derive(Debug, Serialize)]
struct Suspect {
    /// Counted from 1.
    slice: usize,
    file: String,
    probability: f64,
    heatmap: Option<String>,
}

impl SeriesFacts {
    /// The curve in one line of at most `columns` characters, each the highest of its slices; a dot where none was
    /// analysed.
    pub(crate) fn sparkline(&self, columns: usize) -> String {
        const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
        let together = self.curve.len().div_ceil(columns.max(1)).max(1);
        let height = |slices: &[Option<f32>]| {
            let highest = slices.iter().flatten().copied().reduce(f32::max);
            highest.map_or('·', |it| HEIGHTS[((it * 8.0) as usize).min(7)])
        };
        self.curve.chunks(together).map(height).collect()
    }

    /// The slices that the result is based on and the number analysed, for people.
    pub(crate) fn sentence(&self) -> String {
        let deciding = match self.deciding.as_slice() {
            [first, .., last] => format!("result from slices {first} to {last}"),
            [only] => format!("result from slice {only}"),
            [] => "no slice gives a result".to_owned(),
        };
        let mut analysed = format!("{} of {} slices analysed", self.analysed, self.slices);
        for (count, what) in [
            (self.outside, "outside"),
            (self.refused, "refused"),
            (self.unreadable, "unreadable"),
        ] {
            if count > 0 {
                analysed.push_str(&format!(", {count} {what}"));
            }
        }
        format!("{deciding}; {analysed}")
    }
}

/// Analyses every series at `path`. A series of one slice is named by its file.
pub(super) fn analyse_all(
    path: &Path,
    engine: &dyn Engine,
    mut maps: Option<&mut HeatMaps>,
    cancel: &Cancel,
) -> Vec<Answer> {
    let all = match series::open(path, cancel, &|_| {}) {
        Ok(all) => all,
        Err(error) => return vec![Answer::of(path, not_read(&error))],
    };
    let answer = |series: &Series| match series.slices() {
        [only] if only.frame == 0 => Answer {
            remarks: series.remarks.clone(),
            lost: series.lost,
            ..Answer::of(
                &only.path,
                analyse_file(&only.path, engine, maps.as_deref_mut(), cancel),
            )
        },
        _ => analyse_series(path, series, engine, maps.as_deref_mut(), cancel),
    };
    all.iter().map(answer).collect()
}

fn not_read(error: &ImagingError) -> Outcome {
    match error.is_refusal() {
        true => Outcome::Refused(error.to_string()),
        false => Outcome::Error(error.to_string()),
    }
}

fn analyse_series(
    path: &Path,
    series: &Series,
    engine: &dyn Engine,
    maps: Option<&mut HeatMaps>,
    cancel: &Cancel,
) -> Answer {
    let mut remarks = series.remarks.clone();
    let start = Instant::now();
    let bar = bar(series.len());
    let analysed = analyse(
        engine,
        series,
        cancel,
        &PartialAnalysis::default(),
        &mut |first, slices| {
            bar.set_position((first + slices.len()) as u64);
        },
    );
    bar.finish_and_clear();
    let analysis = match analysed {
        Ok(analysis) => analysis,
        Err(error) => {
            let outcome = match error {
                EngineError::Refused(reason) => Outcome::Refused(reason),
                error => Outcome::Error(error.to_string()),
            };
            return Answer {
                remarks,
                lost: series.lost,
                ..Answer::of(path, outcome)
            };
        }
    };
    let failed = analysis.failed();
    remarks.extend(series.not_read(&failed));
    let examined = analysis.examined(series, path, engine, start.elapsed());
    let (heat_map, drawn) = match maps.map(|maps| draw(series, &analysis, engine, maps, cancel)) {
        None => (None, Vec::new()),
        Some(Ok(drawn)) => (drawn.first().cloned().map(Ok), drawn),
        Some(Err(reason)) => (Some(Err(reason)), Vec::new()),
    };
    let outcome = Outcome::Analysed {
        assessment: Box::new(examined.assessment),
        elapsed_ms: examined.elapsed_ms,
        heat_map,
        series: examined
            .series
            .map(|kept| Box::new(facts(series, &analysis, *kept, &drawn, &remarks))),
    };
    Answer {
        remarks,
        lost: series.lost + failed.len(),
        ..Answer::of(path, outcome)
    }
}

fn bar(slices: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {pos} of {len} slices, {eta} left");
    let bar = ProgressBar::new(slices as u64);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Heat maps of the most suspicious slices, else of those that the result is based on, as many as `maps` allows.
fn draw(
    series: &Series,
    analysis: &SeriesAnalysis,
    engine: &dyn Engine,
    maps: &mut HeatMaps,
    cancel: &Cancel,
) -> Result<Vec<PathBuf>, HeatMapError> {
    let (room, exam) = (maps.room(), &analysis.exam);
    // A result outside the model's range names no suspicious slice.
    let deciding = exam.suspicious.is_empty().then(|| exam.deciding.clone());
    let wanted = exam.suspicious.iter().copied();
    let wanted = wanted.chain(deciding.into_iter().flatten()).take(room);
    wanted
        .map(|index| {
            let scan = series.slice(index)?;
            let analysis = engine.classify(&scan, cancel)?;
            maps.write(&scan, &analysis)
        })
        .collect()
}

fn facts(
    series: &Series,
    analysis: &SeriesAnalysis,
    kept: ExaminedSeries,
    drawn: &[PathBuf],
    remarks: &[String],
) -> SeriesFacts {
    let (refused, unreadable) = analysis.not_analysed();
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let suspects = kept
        .suspects()
        .enumerate()
        .map(|(place, (slice, probability))| Suspect {
            slice,
            file: series
                .slices()
                .get(slice - 1)
                .map(|source| path(&source.path))
                .unwrap_or_default(),
            probability,
            heatmap: drawn.get(place).map(|drawn| path(drawn)),
        });
    SeriesFacts {
        description: series.identity.description.clone(),
        slices: series.len(),
        analysed: kept.analysed,
        refused,
        unreadable,
        outside: kept.outside,
        deciding: kept.deciding.clone().map(|index| index + 1).collect(),
        suspicious: suspects.collect(),
        remarks: remarks.to_vec(),
        study_uid: kept.study_uid,
        series_uid: kept.series_uid,
        rule: kept.rule,
        curve: kept.curve,
    }
}
