//! Analyses in the background: the next one is asked for when the one before ended.

use std::sync::Arc;

use super::{APPLICATION, App, Effect};
use crate::imaging::ImagingError;
use crate::model::EngineError;
use crate::text::{self, counted};
use crate::tui::analyses::{Change, Input, MOST};
use crate::tui::context::{ModelStatus, Notice};
use crate::tui::screens::analyses::AnalysesScreen;
use crate::tui::worker::{analysis, series};

impl App {
    /// Changes the list of analyses, and says what came of it.
    pub(super) fn change_analyses(&mut self, change: Change, effects: &mut Vec<Effect>) {
        match change {
            Change::Add(inputs) => {
                if let ModelStatus::Unavailable(reason) = &self.model {
                    let notice = Notice::error(reason);
                    let front = self.front();
                    return self.say(front, notice);
                }
                let asked = inputs.len();
                let left_out = self.analyses.add(inputs);
                self.tell_added(asked - left_out, left_out);
            }
            Change::Remove(id) => self.analyses.remove(id),
            Change::Retry(id) => self.analyses.retry(id),
        }
        self.feed_analyses(effects);
    }

    fn tell_added(&mut self, added: usize, left_out: usize) {
        let notice = match left_out {
            0 => Notice::good(format!(
                "{} will be analysed in the background; F12 shows the list.",
                counted(added, "scan")
            )),
            _ => Notice::warning(format!(
                "{left_out} not analysed: the list holds {MOST}. Save or remove results (F12) and choose them again."
            )),
        };
        let front = self.front();
        self.say(front, notice);
    }

    /// Opens the list of analyses.
    pub(super) fn show_analyses(&mut self, effects: &mut Vec<Effect>) {
        let front = self.front();
        if self.signed_in.is_some() && front == super::StackId::Work {
            self.push(front, Box::new(AnalysesScreen::default()), effects);
        }
    }

    /// Asks for the next analysis, where one waits and none runs.
    pub(super) fn feed_analyses(&mut self, effects: &mut Vec<Effect>) {
        let Some(access) = self.signed_in.as_ref().map(|it| it.access.clone()) else {
            return;
        };
        let engine = match &self.model {
            ModelStatus::Loading => return,
            ModelStatus::Ready(engine) => Arc::clone(engine),
            ModelStatus::Unavailable(reason) => return self.analyses.none_can_run(reason),
        };
        let Some((input, so_far, cancel)) = self.analyses.begin() else {
            return;
        };
        let request = match input {
            Input::Path(path) => series::Request::Open {
                path,
                access,
                progress: Arc::default(),
            }
            .into(),
            Input::Series(series) => analysis::Request::Any {
                engine,
                series,
                so_far,
            }
            .into(),
        };
        effects.push(self.ask(APPLICATION, request, cancel));
    }

    /// Takes in the series of a file or folder.
    pub(super) fn take_opened(&mut self, answer: series::Answer, effects: &mut Vec<Effect>) {
        match answer {
            series::Answer::Opened(Ok(found)) => {
                let left_out = self.analyses.opened(found);
                if left_out > 0 {
                    self.tell_added(0, left_out);
                }
            }
            series::Answer::Opened(Err(ImagingError::Cancelled)) => {}
            series::Answer::Opened(Err(error)) => {
                let reason = self.files.in_words(&error.to_string()).into_owned();
                self.analyses.not_opened(text::sentence(&reason));
            }
            _ => return,
        }
        self.feed_analyses(effects);
    }

    /// Takes in the result of an analysis, or the reason why there is none.
    pub(super) fn take_analysed(
        &mut self,
        analysed: Result<analysis::Analysed, EngineError>,
        effects: &mut Vec<Effect>,
    ) {
        match analysed {
            Ok(result) => self.analyses.finished(result),
            Err(EngineError::Cancelled) => {}
            Err(error) => {
                let reason = self.files.in_words(&error.to_string()).into_owned();
                self.analyses.not_finished(text::sentence(&reason));
            }
        }
        if !self.analyses.list().is_empty() && self.analyses.unfinished().0 == 0 {
            let sentence = "All background analyses are done. F12 lists the results.";
            self.tell(Notice::good(sentence));
        }
        self.feed_analyses(effects);
    }

    /// The work on an analysis ended in a fault of the program.
    pub(super) fn analysis_broke(&mut self, effects: &mut Vec<Effect>) {
        self.analyses.not_opened(super::FAULT.to_owned());
        self.analyses.not_finished(super::FAULT.to_owned());
        self.feed_analyses(effects);
    }
}
