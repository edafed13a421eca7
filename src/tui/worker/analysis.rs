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
    Slice(Box<ClassifiedSlice>),
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
            let start = Instant::now();
            let analysis = engine.classify(&scan, cancel);
            let elapsed = start.elapsed();
            let timed = analysis.map(|analysis| TimedAnalysis { analysis, elapsed });
            Answer::Classified(Box::new(timed))
        }
        Request::Series {
            engine,
            series,
            so_far,
        } => {
            let start = Instant::now();
            let analysed = analyse(engine.as_ref(), &series, cancel, &so_far, &mut |_, _| {});
            Answer::Series(analysed.map(|analysis| {
                let (place, elapsed) = (series.place(), start.elapsed());
                Box::new(analysis.examined(&series, &place, engine.as_ref(), elapsed))
            }))
        }
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
