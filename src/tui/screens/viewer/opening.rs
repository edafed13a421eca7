//! Waiting screen while a file or a folder is searched for series.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;

use super::Viewer;
use super::series_list::SeriesList;
use crate::clinical::assessment::Lesion;
use crate::imaging::ImagingError;
use crate::text::{scrub, shortened};
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::screens::nodule_form::Measured;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::progress::{self, FRAME, Progress};
use crate::tui::worker::{Answer, series};

/// The screen.
pub struct Opening {
    path: PathBuf,
    progress: Arc<Progress>,
    complaint: Option<String>,
    /// Gets what is measured, where the scan is opened to measure.
    measured: Option<Reply<Measured>>,
    /// Lesion to open at.
    lesion: Option<Lesion>,
}

impl Opening {
    /// Opens a file, or a folder with its subfolders.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            progress: Arc::default(),
            complaint: None,
            measured: None,
            lesion: None,
        }
    }

    /// The same, to measure a nodule.
    pub fn to_measure(path: PathBuf, reply: Reply<Measured>) -> Self {
        let mut opening = Self::new(path);
        opening.measured = Some(reply);
        opening
    }

    /// The same, opened at a lesion if there is only one series.
    pub fn at_lesion(mut self, lesion: Lesion) -> Self {
        self.lesion = Some(lesion);
        self
    }
}

impl Screen for Opening {
    fn title(&self) -> &str {
        "Scan"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Opening]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => match context.access {
                Some(access) => vec![Action::ask(series::Request::Open {
                    path: self.path.clone(),
                    access: access.clone(),
                    progress: Arc::clone(&self.progress),
                })],
                None => vec![Action::Close],
            },
            ScreenEvent::Answer(Answer::Series(series::Answer::Opened(Ok(mut found)))) => {
                match found.len() {
                    1 => {
                        let series = found.remove(0);
                        let viewer = match self.lesion {
                            Some(lesion) => Viewer::at_lesion(series, lesion),
                            None => Viewer::new(series),
                        };
                        let viewer = viewer.measuring(self.measured.take());
                        vec![Action::Replace(Box::new(viewer))]
                    }
                    _ => {
                        let list = SeriesList::new(found).measuring(self.measured.take());
                        vec![Action::Replace(Box::new(list))]
                    }
                }
            }
            ScreenEvent::Answer(Answer::Series(series::Answer::Opened(Err(
                ImagingError::Cancelled,
            )))) => {
                vec![Action::Close]
            }
            ScreenEvent::Answer(Answer::Series(series::Answer::Opened(Err(error)))) => {
                self.complaint = Some(context.sentence(&error));
                Vec::new()
            }
            ScreenEvent::Key(_, Some(Command::Back)) => vec![Action::Close],
            ScreenEvent::Failed => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        if let Some(complaint) = &self.complaint {
            panel::remark(frame, area, complaint, Role::Error, theme);
            return;
        }
        let (done, of) = self.progress.get();
        let name = scrub(&self.path.to_string_lossy()).into_owned();
        let [path, _, bar, count] = panel::stacked(
            panel::centred(area, area.width, 4),
            [Constraint::Length(1); 4],
        );
        let name = shortened(&name, usize::from(area.width));
        let line =
            |text: String, role| Line::styled(text, theme.style(role)).alignment(Alignment::Center);
        frame.render_widget(line(name, Role::Text), path);
        progress::bar(frame, bar, (done, of), theme);
        let words = match of {
            0 => "Searching for slices …".to_owned(),
            of => format!("{done} of {of} files"),
        };
        frame.render_widget(line(words, Role::Muted), count);
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<Duration> {
        let waits = self.complaint.is_none();
        waits.then(|| context.moment.since_start + FRAME)
    }
}
