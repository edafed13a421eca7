//! Waiting screen of a dry run or an import.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;

use super::dry_run::DryRun;
use super::words;
use crate::cancel::Cancel;
use crate::import::{Job, Mode, Progress, Summary};
use crate::store::Access;
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::worker::import::{Answer, Request, RunProgress};
use crate::tui::worker::{self};

/// Time between two updates of the bar.
const FRAME: Duration = Duration::from_millis(200);

/// The screen.
pub(super) struct Running {
    job: Arc<Job>,
    mode: Mode,
    shown: Arc<RunProgress>,
    /// Stops the work between two batches.
    cancel: Cancel,
    stopping: bool,
    /// File for the broken rows.
    broken: Option<PathBuf>,
    /// Result, once it has ended.
    ended: Option<Box<Summary>>,
}

impl Running {
    pub(super) fn new(job: Arc<Job>, mode: Mode) -> Self {
        Self {
            job,
            mode,
            shown: Arc::default(),
            cancel: Cancel::default(),
            stopping: false,
            broken: None,
            ended: None,
        }
    }

    /// The same, with the broken rows written to a file.
    pub(super) fn with_broken(self, file: PathBuf) -> Self {
        Self {
            broken: Some(file),
            ..self
        }
    }

    fn begin(&self, access: Access) -> Vec<Action> {
        let request = Request::Run {
            access,
            job: Arc::clone(&self.job),
            mode: self.mode,
            shown: Arc::clone(&self.shown),
            broken: self.broken.clone(),
        };
        vec![Action::AskUntil(request.into(), self.cancel.clone())]
    }

    fn ended(&mut self, summary: Box<Summary>) -> Vec<Action> {
        match self.mode {
            Mode::DryRun if summary.cancelled => vec![Action::Close],
            Mode::DryRun => {
                let mut actions = vec![Action::Replace(Box::new(DryRun::new(
                    Arc::clone(&self.job),
                    *summary,
                )))];
                actions.extend(self.broken.as_ref().map(|file| {
                    let sentence = format!("The broken rows were written to {}", file.display());
                    Action::Tell(Notice::good(sentence))
                }));
                actions
            }
            Mode::Import => {
                self.ended = Some(summary);
                Vec::new()
            }
        }
    }

    fn back(&mut self) -> Vec<Action> {
        if self.ended.is_some() {
            return vec![Action::Return];
        }
        if self.mode == Mode::DryRun {
            return vec![Action::Close];
        }
        self.stopping = true;
        self.cancel.cancel();
        Vec::new()
    }

    fn view_ended(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        summary: &Summary,
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let mut lines = words::tally(&summary.tally, theme);
        lines.extend(words::plans(summary, theme));
        let message = match (summary.cancelled, summary.tally.broken) {
            (true, _) => "Stopped. The imported rows stay; import the same file again to continue.",
            (false, 0) => "All rows were imported.",
            (false, _) => "All other rows were imported.",
        };
        lines.insert(0, Line::default());
        lines.insert(0, Line::styled(message, theme.style(Role::Heading)));
        if let Some(file) = self.broken.as_ref().filter(|_| summary.tally.broken > 0) {
            let shown = scrub(&file.to_string_lossy()).into_owned();
            lines.push(Line::default());
            lines.push(Line::raw(format!(
                "The broken rows are in {shown} with the errors: correct them there and import that file."
            )));
        }
        let area = panel::centred(area, 74, 14);
        let inner = panel::framed(frame, area, "Imported", theme, true);
        frame.render_widget(panel::paragraph(lines), inner);
        frame.set_cursor_position((inner.x, inner.y));
    }
}

impl Screen for Running {
    fn title(&self) -> &str {
        match (self.mode, &self.ended) {
            (Mode::DryRun, _) => "Dry run",
            (Mode::Import, None) => "Importing",
            (Mode::Import, Some(_)) => "Imported",
        }
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.ended {
            Some(_) => &[Scope::Message],
            None => &[Scope::Importing],
        }
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => match context.access.cloned() {
                Some(access) => self.begin(access),
                None => vec![Action::Close],
            },
            ScreenEvent::Answer(worker::Answer::Import(Answer::Ran(Ok(summary)))) => {
                self.ended(summary)
            }
            ScreenEvent::Answer(worker::Answer::Import(Answer::Ran(Err(error)))) => {
                let sentence = match self.mode {
                    Mode::DryRun => error.to_string(),
                    Mode::Import => format!(
                        "{} The rows imported before stay; import the same file again to continue.",
                        crate::text::sentence(&error.to_string())
                    ),
                };
                vec![Action::Close, Action::Tell(Notice::error(sentence))]
            }
            ScreenEvent::Key(_, Some(Command::Back)) => self.back(),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        if let Some(summary) = &self.ended {
            return self.view_ended(frame, area, summary, context);
        }
        let theme = context.theme;
        let Progress {
            done,
            of,
            is_waiting,
        } = self.shown.so_far();
        let width = area.width.min(60);
        let [words, _, bar] =
            panel::stacked(panel::centred(area, width, 3), [Constraint::Length(1); 3]);
        let message = match (self.mode, of) {
            (_, 0) => "Reading the file …".to_owned(),
            _ if self.stopping => format!("Stopping after row {done} …"),
            _ if is_waiting => {
                format!("{done} of {of}: waiting for others who change the records …")
            }
            (Mode::DryRun, of) => format!("{done} of {of} rows checked"),
            (Mode::Import, of) => format!("{done} of {of} rows imported"),
        };
        let line = Line::styled(message, theme.style(Role::Accent));
        frame.render_widget(line.alignment(Alignment::Center), words);
        let filled = (u64::from(width) * done).checked_div(of).unwrap_or(0) as usize;
        let empty = usize::from(width).saturating_sub(filled);
        let drawn = format!("{}{}", "█".repeat(filled), "░".repeat(empty));
        frame.render_widget(Line::styled(drawn, theme.style(Role::Accent)), bar);
        frame.set_cursor_position((words.x, words.y));
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<Duration> {
        let running = self.ended.is_none();
        running.then(|| context.moment.since_start + FRAME)
    }
}
