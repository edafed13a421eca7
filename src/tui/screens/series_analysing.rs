//! The wait while the network goes through a series; the curve grows as it goes.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;

use super::finding::FindingScreen;
use super::{Action, Happening, Returned, Screen};
use crate::cancel;
use crate::imaging::Series;
use crate::model::series::SliceOutcome;
use crate::model::{Engine, EngineError};
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::curve::Curve;
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, Request};

/// How often the curve is drawn again.
const FRAME: Duration = Duration::from_millis(200);

/// The slices that were judged so far; written by the worker, read by the screen.
#[derive(Debug, Default)]
pub struct Heard(Mutex<Vec<Option<f32>>>);

impl Heard {
    /// Takes in the slices from `first` on.
    pub fn take(&self, first: usize, outcomes: &[SliceOutcome]) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.truncate(first);
        heard.extend(
            outcomes
                .iter()
                .map(|slice| slice.malignancy_probability().map(|it| it as f32)),
        );
    }

    fn so_far(&self) -> Vec<Option<f32>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The screen.
pub struct SeriesAnalysing {
    engine: Arc<dyn Engine>,
    series: Arc<Series>,
    heard: Arc<Heard>,
    /// Nobody waits for the work once the screen is gone.
    cancel: cancel::Owner,
    began: Option<Duration>,
}

impl SeriesAnalysing {
    pub fn new(engine: Arc<dyn Engine>, series: Arc<Series>) -> Self {
        Self {
            engine,
            series,
            heard: Arc::default(),
            cancel: cancel::Owner::default(),
            began: None,
        }
    }
}

/// What a series is found by: its one file, or the folder of its first.
pub fn place(series: &Series) -> PathBuf {
    let mut paths = series.slices().iter().map(|slice| &slice.path);
    let Some(first) = paths.next() else {
        return PathBuf::new();
    };
    match paths.all(|path| path == first) {
        true => first.clone(),
        false => first.parent().unwrap_or(first).to_owned(),
    }
}

impl Screen for SeriesAnalysing {
    fn title(&self) -> &str {
        "Analysing"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Analysing]
    }

    fn update(&mut self, happening: Happening<'_>, context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Opened => {
                self.began = Some(context.moment.since_start);
                vec![Action::Ask(Request::AnalyseSeries {
                    engine: Arc::clone(&self.engine),
                    series: Arc::clone(&self.series),
                    heard: Arc::clone(&self.heard),
                    cancel: self.cancel.flag(),
                })]
            }
            Happening::Answer(Answer::SeriesAnalysed(Ok(exam))) => {
                let screen = FindingScreen::of_series(Arc::clone(&self.series), *exam);
                vec![Action::Replace(Box::new(screen))]
            }
            Happening::Answer(Answer::SeriesAnalysed(Err(EngineError::Cancelled))) => {
                vec![Action::Close]
            }
            Happening::Answer(Answer::SeriesAnalysed(Err(error))) => {
                vec![Action::Return(Returned::NotJudged(error.to_string()))]
            }
            Happening::Key(_, Some(Command::Back)) => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let (mut values, of) = (self.heard.so_far(), self.series.len());
        let done = values.len();
        values.resize(of.max(done), None);
        let [words, _, curve] = panel::stacked(
            panel::centred(area, area.width.saturating_sub(4), 16),
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Min(0),
            ],
        );
        let waited = self
            .began
            .map(|began| context.moment.since_start.saturating_sub(began));
        let left = waited.filter(|_| done > 0 && done < of).map(|waited| {
            let seconds = waited.as_secs_f64() * (of - done) as f64 / done as f64;
            format!(", about {} s left", seconds.ceil())
        });
        let line = format!("{done} of {of} slices judged{}", left.unwrap_or_default());
        let line = Line::styled(line, theme.style(Role::Accent)).alignment(Alignment::Center);
        frame.render_widget(line, words);
        let inner = panel::framed(frame, curve, "Malignancy along the series", theme, false);
        let drawn = Curve {
            values: &values,
            rule: None,
            deciding: 0..0,
            selected: None,
            outside: false,
        };
        drawn.draw(frame, inner, theme);
        frame.set_cursor_position((words.x, words.y));
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<Duration> {
        Some(context.moment.since_start + FRAME)
    }
}
