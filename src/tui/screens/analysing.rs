//! Waiting screen while the network analyses a slice or a series.

mod series;
mod slice;

use std::sync::Arc;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use self::series::SeriesWork;
use super::result::ResultScreen;
use super::{Action, Screen, ScreenEvent};
use crate::imaging::{Scan, Series};
use crate::model::series::PartialAnalysis;
use crate::model::{Engine, EngineError};
use crate::text::counted;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::worker::{Answer, analysis};

/// The screen.
pub struct Analysing {
    engine: Arc<dyn Engine>,
    work: Work,
    began: Option<Duration>,
    reply: Reply<Unfinished>,
}

/// Input of the analysis.
enum Work {
    Slice(Arc<Scan>),
    Series(SeriesWork),
}

/// Why an analysis has no result.
pub enum Unfinished {
    /// The network would not or could not analyse it; why, in a sentence.
    Refused(String),
    /// The user stopped it; it can continue from these slices.
    Stopped(Arc<PartialAnalysis>),
}

impl Analysing {
    /// Analysis of one slice.
    pub fn slice(engine: Arc<dyn Engine>, scan: Arc<Scan>, reply: Reply<Unfinished>) -> Self {
        Self::new(engine, Work::Slice(scan), reply)
    }

    /// Analysis of a series that continues from the slices in `so_far`.
    pub fn series(
        engine: Arc<dyn Engine>,
        series: Arc<Series>,
        so_far: Arc<PartialAnalysis>,
        reply: Reply<Unfinished>,
    ) -> Self {
        Self::new(engine, Work::Series(SeriesWork::new(series, so_far)), reply)
    }

    fn new(engine: Arc<dyn Engine>, work: Work, reply: Reply<Unfinished>) -> Self {
        Self {
            engine,
            work,
            began: None,
            reply,
        }
    }

    fn waited(&self, context: &Context<'_>) -> Duration {
        let began = self.began.unwrap_or(context.moment.since_start);
        context.moment.since_start.saturating_sub(began)
    }

    /// Others before this work, in words; none where it runs.
    fn before(&self) -> Option<String> {
        match self.engine.place_in_queue() {
            0 => None,
            place => Some(format!("{} before you", counted(place, "other"))),
        }
    }

    fn request(&self) -> analysis::Request {
        let engine = Arc::clone(&self.engine);
        match &self.work {
            Work::Slice(scan) => analysis::Request::Classify {
                engine,
                scan: Arc::clone(scan),
            },
            Work::Series(work) => analysis::Request::Series {
                engine,
                series: Arc::clone(&work.series),
                so_far: Arc::clone(&work.so_far),
            },
        }
    }

    fn answered(&self, answer: analysis::Answer) -> Vec<Action> {
        let result = match (answer, &self.work) {
            (analysis::Answer::Classified(analysed), Work::Slice(scan)) => {
                (*analysed).map(|analysed| ResultScreen::new(Arc::clone(scan), analysed))
            }
            (analysis::Answer::Series(exam), Work::Series(work)) => {
                exam.map(|exam| ResultScreen::of_series(Arc::clone(&work.series), *exam))
            }
            _ => return Vec::new(),
        };
        vec![match result {
            Ok(screen) => Action::Replace(Box::new(screen)),
            Err(EngineError::Cancelled) => Action::Close,
            Err(error) => self.reply.send(Unfinished::Refused(error.to_string())),
        }]
    }

    /// Esc. What a series has so far is left to the viewer.
    fn stop(&mut self) -> Vec<Action> {
        let Work::Series(work) = &mut self.work else {
            return vec![Action::Close];
        };
        match (work.stops(), work.so_far.count()) {
            (false, _) => Vec::new(),
            (true, 0) => vec![Action::Close],
            (true, _) => {
                let so_far = Arc::clone(&work.so_far);
                vec![self.reply.send(Unfinished::Stopped(so_far))]
            }
        }
    }
}

impl Screen for Analysing {
    fn title(&self) -> &str {
        "Analysing"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Analysing]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                self.began = Some(context.moment.since_start);
                vec![Action::ask(self.request())]
            }
            ScreenEvent::Answer(Answer::Analysis(answer)) => self.answered(answer),
            ScreenEvent::Key(_, Some(Command::Back)) => self.stop(),
            ScreenEvent::Key(..) => {
                if let Work::Series(work) = &mut self.work {
                    work.goes_on();
                }
                Vec::new()
            }
            ScreenEvent::Failed => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let waited = self.waited(context);
        match &self.work {
            Work::Slice(_) => slice::draw(frame, area, (waited, self.before()), context),
            Work::Series(work) => work.draw(frame, area, (waited, self.before()), context),
        }
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<Duration> {
        let pace = match self.work {
            Work::Slice(_) => slice::pace(context),
            Work::Series(_) => series::PACE,
        };
        Some(context.moment.since_start + pace)
    }
}
