//! Waiting screen while the network analyses a series; the curve grows meanwhile.

use std::sync::Arc;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;

use super::result::ResultScreen;
use super::{Action, Screen, ScreenEvent};
use crate::imaging::Series;
use crate::model::series::PartialAnalysis;
use crate::model::{Engine, EngineError};
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::theme::Role;
use crate::tui::widgets::curve::Curve;
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, analysis};

/// Time between two updates of the curve.
const FRAME: Duration = Duration::from_millis(200);

/// The screen.
pub struct SeriesAnalysing {
    engine: Arc<dyn Engine>,
    series: Arc<Series>,
    so_far: Arc<PartialAnalysis>,
    /// Start time of the analysis, and the number of slices analysed before it.
    began: Option<(Duration, usize)>,
    /// True while the user is asked to stop the analysis.
    asks: bool,
    reply: Reply<Unfinished>,
}

/// Why an analysis has no result.
pub enum Unfinished {
    /// The network would not or could not analyse it; why, in a sentence.
    Refused(String),
    /// The user stopped it; it can go on from these slices.
    Stopped(Arc<PartialAnalysis>),
}

impl SeriesAnalysing {
    /// Analysis that continues from the slices in `so_far`.
    pub fn new(
        engine: Arc<dyn Engine>,
        series: Arc<Series>,
        so_far: Arc<PartialAnalysis>,
        reply: Reply<Unfinished>,
    ) -> Self {
        Self {
            engine,
            series,
            so_far,
            began: None,
            asks: false,
            reply,
        }
    }

    /// Esc asks before stopping if there is something to lose; a second Esc stops.
    fn stop(&mut self) -> Vec<Action> {
        if !self.asks && self.so_far.count() > 0 {
            self.asks = true;
            return Vec::new();
        }
        vec![match self.so_far.count() {
            0 => Action::Close,
            _ => self
                .reply
                .send(Unfinished::Stopped(Arc::clone(&self.so_far))),
        }]
    }
}

impl Screen for SeriesAnalysing {
    fn title(&self) -> &str {
        "Analysing"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Analysing]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                self.began = Some((context.moment.since_start, self.so_far.count()));
                vec![Action::ask(analysis::Request::Series {
                    engine: Arc::clone(&self.engine),
                    series: Arc::clone(&self.series),
                    so_far: Arc::clone(&self.so_far),
                })]
            }
            ScreenEvent::Answer(Answer::Analysis(analysis::Answer::Series(Ok(exam)))) => {
                let screen = ResultScreen::of_series(Arc::clone(&self.series), *exam);
                vec![Action::Replace(Box::new(screen))]
            }
            ScreenEvent::Answer(Answer::Analysis(analysis::Answer::Series(Err(
                EngineError::Cancelled,
            )))) => {
                vec![Action::Close]
            }
            ScreenEvent::Answer(Answer::Analysis(analysis::Answer::Series(Err(error)))) => {
                vec![self.reply.send(Unfinished::Refused(error.to_string()))]
            }
            ScreenEvent::Key(_, Some(Command::Back)) => self.stop(),
            ScreenEvent::Key(..) => {
                self.asks = false;
                Vec::new()
            }
            ScreenEvent::Failed => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let (mut values, of) = (self.so_far.curve(), self.series.len());
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
        let left = self.began.and_then(|(began, known)| {
            let waited = context.moment.since_start.saturating_sub(began);
            let own = done.checked_sub(known).filter(|own| *own > 0)?;
            let seconds = waited.as_secs_f64() * of.checked_sub(done)? as f64 / own as f64;
            (done < of).then(|| format!(", about {} s left", seconds.ceil()))
        });
        let (line, role) = match self.asks {
            true => (
                format!("Stop? Esc stops and keeps the {done} analysed slices, Enter continues."),
                Role::Warning,
            ),
            false => (
                format!("{done} of {of} slices analysed{}", left.unwrap_or_default()),
                Role::Accent,
            ),
        };
        let line = Line::styled(line, theme.style(role)).alignment(Alignment::Center);
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
