//! Waiting screen while the network analyses a slice.

use std::sync::Arc;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;

use super::result::ResultScreen;
use super::{Action, Screen, ScreenEvent};
use crate::imaging::Scan;
use crate::model::{Engine, EngineError};
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::quotes;
use crate::tui::reply::Reply;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, analysis};

/// Ten frames a second, enough to show that work is running.
const FRAME: Duration = Duration::from_millis(100);

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// The screen.
pub struct Analysing {
    engine: Arc<dyn Engine>,
    scan: Arc<Scan>,
    began: Option<Duration>,
    /// Gets why the network did not analyse the scan, in a sentence.
    refused: Reply<String>,
}

impl Analysing {
    pub fn new(engine: Arc<dyn Engine>, scan: Arc<Scan>, refused: Reply<String>) -> Self {
        Self {
            engine,
            scan,
            began: None,
            refused,
        }
    }

    fn waited(&self, context: &Context<'_>) -> Duration {
        let began = self.began.unwrap_or(context.moment.since_start);
        context.moment.since_start.saturating_sub(began)
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
                vec![Action::ask(analysis::Request::Classify {
                    engine: Arc::clone(&self.engine),
                    scan: Arc::clone(&self.scan),
                })]
            }
            ScreenEvent::Answer(Answer::Analysis(analysis::Answer::Classified(Ok(judged)))) => {
                let screen = ResultScreen::new(Arc::clone(&self.scan), judged);
                vec![Action::Replace(Box::new(screen))]
            }
            ScreenEvent::Answer(Answer::Analysis(analysis::Answer::Classified(Err(
                EngineError::Cancelled,
            )))) => {
                vec![Action::Close]
            }
            ScreenEvent::Answer(Answer::Analysis(analysis::Answer::Classified(Err(error)))) => {
                vec![self.refused.send(error.to_string())]
            }
            ScreenEvent::Key(_, Some(Command::Back)) => vec![Action::Close],
            ScreenEvent::Failed => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let waited = self.waited(context);
        let sign = match context.capabilities.reduced_motion {
            true => "•",
            false => {
                let turn = waited.as_millis() / FRAME.as_millis();
                SPINNER[turn as usize % SPINNER.len()]
            }
        };
        let [working, _, quote] = panel::stacked(
            panel::centred(area, 70, 9),
            [
                Constraint::Length(1),
                Constraint::Length(2),
                Constraint::Length(6),
            ],
        );
        let line = format!("{sign}  Analysing scan …  {} s", waited.as_secs());
        let line = Line::styled(line, theme.style(Role::Accent)).alignment(Alignment::Center);
        frame.render_widget(line, working);
        let quotes::Quote { text, source } = quotes::at(waited);
        let paragraph = panel::paragraph(vec![
            Line::styled(text, theme.style(Role::Text)),
            Line::styled(source, theme.style(Role::Muted)),
        ]);
        frame.render_widget(paragraph.alignment(Alignment::Center), quote);
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<Duration> {
        // With reduced motion the seconds and the quotes still change.
        let pace = match context.capabilities.reduced_motion {
            true => Duration::from_secs(1),
            false => FRAME,
        };
        Some(context.moment.since_start + pace)
    }
}
