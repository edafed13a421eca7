//! The networks: loading them, and what they answer on a slice, on a series, on one slice of a series.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cancel::Cancel;
use crate::clinical::examined::ExaminedSlice;
use crate::imaging::{ImagingError, Scan, Series};
use crate::model::series::{PartialAnalysis, analyse};
use crate::model::{Attention, Engine, EngineError, Loaded, SliceAnalysis, WeightsError};

/// Work of the networks for a background thread.
pub enum Request {
    LoadModel,
    Classify {
        engine: Arc<dyn Engine>,
        scan: Arc<Scan>,
    },
    /// Every slice through the network, one answer for all.
    Series {
        engine: Arc<dyn Engine>,
        series: Arc<Series>,
        /// Slices that are analysed; the analysis continues after them.
        so_far: Arc<PartialAnalysis>,
    },
    /// A file of one slice, or every slice of a series.
    Any {
        engine: Arc<dyn Engine>,
        series: Arc<Series>,
        so_far: Arc<PartialAnalysis>,
    },
    /// One slice of a series, and what the network attends to on it where an engine is given.
    Slice {
        series: Arc<Series>,
        slice: usize,
        engine: Option<Arc<dyn Engine>>,
    },
}

/// Outcome of the work.
pub enum Answer {
    Model(Result<Loaded, WeightsError>),
    Classified(Box<Result<TimedAnalysis, EngineError>>),
    Series(Result<Box<ExaminedSlice>, EngineError>),
    Any(Box<Result<Analysed, EngineError>>),
    Slice(Box<ClassifiedSlice>),
}

/// Result for a file of one slice, or for a series.
#[derive(Debug, Clone)]
pub enum Analysed {
    Slice(Arc<Scan>, Box<TimedAnalysis>),
    Series(Box<ExaminedSlice>),
}

/// A slice of a series, with its attention if that was asked for and there is one.
#[derive(Debug)]
pub struct ClassifiedSlice {
    pub scan: Result<Arc<Scan>, ImagingError>,
    pub attention: Option<Attention>,
}

/// The analysis of a slice and how long it took.
#[derive(Debug, Clone, PartialEq)]
pub struct TimedAnalysis {
    pub analysis: SliceAnalysis,
    pub elapsed: Duration,
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        true
    }
}

/// Answers a request. `networks` loads them.
pub(super) fn perform(
    networks: impl FnOnce() -> Result<Loaded, WeightsError>,
    request: Request,
    cancel: &Cancel,
) -> Answer {
    match request {
        Request::LoadModel => Answer::Model(networks()),
        Request::Classify { engine, scan } => {
            Answer::Classified(Box::new(timed(engine.as_ref(), &scan, cancel)))
        }
        Request::Series {
            engine,
            series,
            so_far,
        } => Answer::Series(whole(engine.as_ref(), &series, &so_far, cancel)),
        Request::Any {
            engine,
            series,
            so_far,
        } => Answer::Any(Box::new(any(engine.as_ref(), &series, &so_far, cancel))),
        Request::Slice {
            series,
            slice,
            engine,
        } => {
            let scan = series.slice_unless(slice, cancel);
            let analysed =
                engine.and_then(|engine| engine.classify(scan.as_ref().ok()?, cancel).ok());
            let attention = analysed.map(|analysis| analysis.attention);
            Answer::Slice(Box::new(ClassifiedSlice { scan, attention }))
        }
    }
}

fn timed(engine: &dyn Engine, scan: &Scan, cancel: &Cancel) -> Result<TimedAnalysis, EngineError> {
    let start = Instant::now();
    let analysis = engine.classify(scan, cancel)?;
    let elapsed = start.elapsed();
    Ok(TimedAnalysis { analysis, elapsed })
}

fn whole(
    engine: &dyn Engine,
    series: &Series,
    so_far: &PartialAnalysis,
    cancel: &Cancel,
) -> Result<Box<ExaminedSlice>, EngineError> {
    let start = Instant::now();
    let analysis = analyse(engine, series, cancel, so_far, &mut |_, _| {})?;
    let exam = analysis.examined(series, &series.place(), engine, start.elapsed());
    Ok(Box::new(exam))
}

fn any(
    engine: &dyn Engine,
    series: &Series,
    so_far: &PartialAnalysis,
    cancel: &Cancel,
) -> Result<Analysed, EngineError> {
    if series.len() > 1 {
        return whole(engine, series, so_far, cancel).map(Analysed::Series);
    }
    let scan = match series.slice_unless(0, cancel) {
        Ok(scan) => scan,
        Err(ImagingError::Cancelled) => return Err(EngineError::Cancelled),
        Err(error) => return Err(EngineError::Failed(error.to_string())),
    };
    let timed = timed(engine, &scan, cancel)?;
    Ok(Analysed::Slice(scan, Box::new(timed)))
}
