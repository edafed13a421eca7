//! Analyses that run one after another while the user works on: what waits, what runs, what is done, what failed.
//!
//! State alone: [`super::app::App`] asks the worker for the next one and brings its answers here.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cancel::Cancel;
use crate::imaging::Series;
use crate::model::series::PartialAnalysis;
use crate::text::{counted, enumerated};
use crate::tui::screens::worklist::scan;
use crate::tui::worker::analysis::Analysed;

/// Most analyses in the list, results included. A result of one slice holds its pixels.
pub const MOST: usize = 40;

/// Identifies an analysis for as long as it is in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnalysisId(u64);

/// Scan to be analysed.
#[derive(Debug, Clone)]
pub enum Input {
    /// A file, or a folder with its series.
    Path(PathBuf),
    Series(Arc<Series>),
}

/// Progress of an analysis.
pub enum State {
    Waiting,
    /// The file or folder is searched for series.
    Opening,
    Running {
        so_far: Arc<PartialAnalysis>,
        slices: usize,
    },
    Done {
        series: Arc<Series>,
        result: Box<Analysed>,
        /// Set by the screen of the result when it is saved to a record.
        saved: Arc<AtomicBool>,
    },
    /// Why there is no result, in a sentence.
    Failed(String),
}

/// One analysis of the list.
pub struct Analysis {
    pub id: AnalysisId,
    pub input: Input,
    pub state: State,
    cancel: Cancel,
}

/// A change of the list that a screen asks for.
pub enum Change {
    Add(Vec<Input>),
    /// Stops an analysis, or takes its result away.
    Remove(AnalysisId),
    /// Tries one that failed again.
    Retry(AnalysisId),
}

/// The list, oldest first.
#[derive(Default)]
pub struct Analyses {
    list: Vec<Analysis>,
    made: u64,
}

impl Input {
    /// Name of the file or folder, or description of the series; not scrubbed.
    pub fn name(&self) -> String {
        let of = |path: &PathBuf| {
            let name = path.file_name().unwrap_or(path.as_os_str());
            name.to_string_lossy().into_owned()
        };
        match self {
            Self::Path(path) => of(path),
            Self::Series(series) => {
                let first = series.slices().first();
                let file = || first.map(|slice| of(&slice.path)).unwrap_or_default();
                match (&series.identity.description, series.len()) {
                    (Some(description), 2..) => description.clone(),
                    _ => file(),
                }
            }
        }
    }

    /// Patient of a series in words, scrubbed.
    pub fn whose(&self) -> Option<String> {
        match self {
            Self::Path(_) => None,
            Self::Series(series) => scan::whose(&series.identity.patient),
        }
    }
}

impl State {
    /// True for a result that is in no record.
    fn is_unsaved(&self) -> bool {
        matches!(self, Self::Done { saved, .. } if !saved.load(Ordering::Relaxed))
    }

    fn is_busy(&self) -> bool {
        matches!(self, Self::Opening | Self::Running { .. })
    }

    /// The state in words.
    pub fn words(&self) -> String {
        match self {
            Self::Waiting => "waiting".to_owned(),
            Self::Opening => "opening".to_owned(),
            Self::Running { so_far, slices } => {
                format!("running, {} of {slices}", so_far.count().min(*slices))
            }
            Self::Done { .. } if self.is_unsaved() => "done, not saved".to_owned(),
            Self::Done { .. } => "done, saved".to_owned(),
            Self::Failed(_) => "failed".to_owned(),
        }
    }
}

impl Analysis {
    /// True for a result that is in no record.
    pub fn is_unsaved(&self) -> bool {
        self.state.is_unsaved()
    }
}

impl Analyses {
    /// All of them, oldest first.
    pub fn list(&self) -> &[Analysis] {
        &self.list
    }

    /// Adds analyses to the end. Saved results make room; returns the number of inputs that found none.
    pub fn add(&mut self, inputs: Vec<Input>) -> usize {
        let mut left_out = 0;
        for input in inputs {
            if !self.makes_room() {
                left_out += 1;
                continue;
            }
            let analysis = self.make(input);
            self.list.push(analysis);
        }
        left_out
    }

    fn make(&mut self, input: Input) -> Analysis {
        self.made += 1;
        Analysis {
            id: AnalysisId(self.made),
            input,
            state: State::Waiting,
            cancel: Cancel::default(),
        }
    }

    /// True if there is room for one more, after the oldest saved result went if need be.
    fn makes_room(&mut self) -> bool {
        if self.list.len() < MOST {
            return true;
        }
        let is_saved =
            |one: &Analysis| matches!(one.state, State::Done { .. }) && !one.is_unsaved();
        let saved = self.list.iter().position(is_saved);
        saved.map(|at| self.list.remove(at)).is_some()
    }

    /// Removes an analysis, and stops its work.
    pub fn remove(&mut self, id: AnalysisId) {
        self.list.retain(|one| {
            if one.id == id {
                one.cancel.cancel();
            }
            one.id != id
        });
    }

    /// Lets one that failed wait again.
    pub fn retry(&mut self, id: AnalysisId) {
        if let Some(one) = self.list.iter_mut().find(|one| one.id == id)
            && let State::Failed(_) = one.state
        {
            one.state = State::Waiting;
            one.cancel = Cancel::default();
        }
    }

    /// Stops everything and forgets the results.
    pub fn clear(&mut self) {
        for one in self.list.drain(..) {
            one.cancel.cancel();
        }
    }

    /// Begins the next one that waits, unless one is being worked on: its input, the slices analysed so far, and the flag that
    /// stops it.
    pub fn begin(&mut self) -> Option<(Input, Arc<PartialAnalysis>, Cancel)> {
        if self.list.iter().any(|one| one.state.is_busy()) {
            return None;
        }
        let waits = |one: &&mut Analysis| matches!(one.state, State::Waiting);
        let next = self.list.iter_mut().find(waits)?;
        let so_far = Arc::default();
        next.state = match &next.input {
            Input::Path(_) => State::Opening,
            Input::Series(series) => State::Running {
                so_far: Arc::clone(&so_far),
                slices: series.len(),
            },
        };
        Some((next.input.clone(), so_far, next.cancel.clone()))
    }

    fn busy(&self) -> Option<usize> {
        self.list.iter().position(|one| one.state.is_busy())
    }

    /// The series that were found at the path that is being opened take its place. Returns the number that found no room.
    pub fn opened(&mut self, found: Vec<Arc<Series>>) -> usize {
        // An answer for one that was removed meanwhile is not meant for another one.
        let opens = |one: &Analysis| matches!(one.state, State::Opening);
        let Some(at) = self.list.iter().position(opens) else {
            return 0;
        };
        self.list.remove(at);
        let room = MOST - self.list.len().min(MOST);
        let left_out = found.len().saturating_sub(room);
        for (index, series) in found.into_iter().take(room).enumerate() {
            let analysis = self.make(Input::Series(series));
            self.list.insert(at + index, analysis);
        }
        left_out
    }

    /// The path that is being opened has no series, for a reason in a sentence.
    pub fn not_opened(&mut self, reason: String) {
        let opens = |one: &&mut Analysis| matches!(one.state, State::Opening);
        if let Some(one) = self.list.iter_mut().find(opens) {
            one.state = State::Failed(reason);
        }
    }

    /// The analysis that runs has a result.
    pub fn finished(&mut self, result: Analysed) {
        let Some(one) = self.running() else {
            return;
        };
        one.state = match &one.input {
            Input::Series(series) => {
                series.forget_pixels();
                State::Done {
                    series: Arc::clone(series),
                    result: Box::new(result),
                    saved: Arc::default(),
                }
            }
            Input::Path(_) => State::Waiting,
        };
    }

    /// The analysis that runs has no result, for a reason in a sentence.
    pub fn not_finished(&mut self, reason: String) {
        if let Some(one) = self.running() {
            one.state = State::Failed(reason);
        }
    }

    fn running(&mut self) -> Option<&mut Analysis> {
        let mut list = self.list.iter_mut();
        list.find(|one| matches!(one.state, State::Running { .. }))
    }

    /// All that wait have no result, for a reason in a sentence.
    pub fn none_can_run(&mut self, reason: &str) {
        for one in &mut self.list {
            if let State::Waiting = one.state {
                one.state = State::Failed(reason.to_owned());
            }
        }
    }

    /// True while one is being worked on.
    pub fn is_busy(&self) -> bool {
        self.busy().is_some()
    }

    /// Number of analyses that wait or run, and number of results that are in no record.
    pub fn unfinished(&self) -> (usize, usize) {
        let count = |is: fn(&Analysis) -> bool| self.list.iter().filter(|one| is(one)).count();
        (
            count(|one| matches!(one.state, State::Waiting) || one.state.is_busy()),
            count(Analysis::is_unsaved),
        )
    }

    /// Loss at a sign-out, in a sentence that begins with a space; empty where nothing is lost.
    pub fn loss(&self) -> String {
        let (open, unsaved) = self.unfinished();
        let open = (open > 0).then(|| format!("{} in the background", counted(open, "scan")));
        let unsaved = (unsaved > 0).then(|| counted(unsaved, "unsaved result"));
        let parts: Vec<String> = open.into_iter().chain(unsaved).collect();
        match parts.is_empty() {
            true => String::new(),
            false => format!(" Lost with it: {}.", enumerated(&parts)),
        }
    }

    /// Progress in a few words for the bar at the top; none where there is nothing to tell.
    pub fn progress(&self) -> Option<String> {
        let (open, unsaved) = self.unfinished();
        let busy = self.busy().and_then(|at| self.list.get(at));
        match busy.map(|one| &one.state) {
            Some(State::Running { so_far, slices }) => {
                let share = 100 * so_far.count().min(*slices) / (*slices).max(1);
                Some(format!("analysing {share} %, {open} to go"))
            }
            Some(_) => Some(format!("analysing, {open} to go")),
            None if open > 0 => Some(format!("{open} to analyse")),
            None if unsaved > 0 => Some(format!("{unsaved} analysed")),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(count: usize) -> Vec<Input> {
        let path = |number| Input::Path(format!("/scans/{number}").into());
        (0..count).map(path).collect()
    }

    #[test]
    fn one_runs_at_a_time_in_the_order_in_which_they_came() {
        let mut analyses = Analyses::default();
        assert_eq!(analyses.add(paths(3)), 0);
        let (first, ..) = analyses.begin().unwrap();
        assert_eq!(first.name(), "0");
        assert!(analyses.begin().is_none());
        analyses.not_opened("It is empty.".into());
        let (second, _, cancel) = analyses.begin().unwrap();
        assert_eq!(second.name(), "1");
        let id = analyses.list()[1].id;
        analyses.remove(id);
        assert!(cancel.is_cancelled());
        // The outcome of the one that was removed is not meant for the next.
        analyses.not_opened("Too late.".into());
        let (third, ..) = analyses.begin().unwrap();
        assert_eq!(third.name(), "2");
        let failed = analyses.list()[0].id;
        analyses.retry(failed);
        assert_eq!(analyses.unfinished(), (2, 0));
        assert_eq!(analyses.progress().unwrap(), "analysing, 2 to go");
        assert_eq!(analyses.loss(), " Lost with it: 2 scans in the background.");
    }

    #[test]
    fn the_list_is_bounded_and_what_finds_no_room_is_counted() {
        let mut analyses = Analyses::default();
        assert_eq!(analyses.add(paths(MOST + 2)), 2);
        assert_eq!(analyses.list().len(), MOST);
        analyses.none_can_run("There is no model.");
        assert_eq!(analyses.unfinished(), (0, 0));
        assert_eq!(analyses.progress(), None);
        assert_eq!(analyses.loss(), "");
    }
}
