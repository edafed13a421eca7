//! DICOM elements of a slice's file, filtered while typing.

use std::path::PathBuf;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use tui_input::Input;

use crate::imaging::{ImagingError, TagLine};
use crate::text::{scrub, shortened};
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::form::edit_request;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, series};

/// Width of an element's name, with its indentation.
const NAME: usize = 30;
/// Rows of the whole value under the list.
const FOOT: u16 = 2;

/// The screen.
pub(super) struct Tags {
    path: PathBuf,
    lines: Option<Result<Vec<TagLine>, ImagingError>>,
    search: Input,
    /// Indices of the lines that contain the typed text.
    matches: Vec<usize>,
    selection: Selection,
}

impl Tags {
    /// Elements of a file, read as the screen opens.
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path,
            lines: None,
            search: Input::default(),
            matches: Vec::new(),
            selection: Selection::default(),
        }
    }

    fn lines(&self) -> &[TagLine] {
        match &self.lines {
            Some(Ok(lines)) => lines,
            _ => &[],
        }
    }

    fn narrow(&mut self) {
        let typed = self.search.value().trim().to_lowercase();
        let holds = |line: &TagLine| {
            [&line.tag, &line.name, &line.value]
                .iter()
                .any(|text| text.to_lowercase().contains(&typed))
        };
        let lines = self.lines().iter().enumerate();
        self.matches = lines
            .filter(|(_, line)| holds(line))
            .map(|(index, _)| index)
            .collect();
        self.selection = Selection::default();
    }

    fn draw_lines(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let first = self
            .selection
            .first_in(self.matches.len(), area, context.areas);
        let visible = self.matches.iter().enumerate().skip(first).zip(area.rows());
        for ((place, &index), row) in visible {
            let Some(line) = self.lines().get(index) else {
                continue;
            };
            let chosen = place == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            let quiet = if chosen { Role::Selection } else { Role::Muted };
            let name = format!("{}{}", "  ".repeat(line.depth.min(6)), line.name);
            let name = shortened(&scrub(&name), NAME);
            let drawn = Line::from(vec![
                Span::styled(format!("{} {} ", line.tag, line.vr), theme.style(quiet)),
                Span::styled(format!("{name:<NAME$} "), theme.style(role)),
                Span::styled(scrub(&line.value).into_owned(), theme.style(role)),
            ]);
            frame.buffer_mut().set_style(row, theme.style(role));
            frame.render_widget(drawn, row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
    }
}

impl Screen for Tags {
    fn title(&self) -> &str {
        "DICOM tags"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Tags]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                return vec![Action::ask(series::Request::Tags(self.path.clone()))];
            }
            ScreenEvent::Answer(Answer::Series(series::Answer::Tags(lines))) => {
                self.lines = Some(lines);
                self.narrow();
            }
            ScreenEvent::Paste(text) => {
                let letters = text.trim().chars().filter(|letter| !letter.is_control());
                self.search = Input::new(letters.collect());
                self.narrow();
            }
            ScreenEvent::Key(key, command) => {
                let page = usize::from(context.size.height.saturating_sub(8));
                let count = self.matches.len();
                if command.is_some_and(|command| self.selection.handle(command, count, page)) {
                    return Vec::new();
                }
                match command {
                    Some(Command::Back) if !self.search.value().is_empty() => {
                        self.search.reset();
                        self.narrow();
                    }
                    Some(Command::Back) => return vec![Action::Close],
                    _ => {
                        if let Some(request) = edit_request(key) {
                            self.search.handle(request);
                            self.narrow();
                        }
                    }
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let title = shortened(&scrub(&name), usize::from(area.width.saturating_sub(8)));
        let inner = panel::framed(frame, area, &title, theme, true);
        let [search, rows, count, foot] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Min(0),
                Constraint::Length(1),
                Constraint::Length(FOOT),
            ],
        );
        let typed = scrub(self.search.value()).into_owned();
        let shown = match typed.is_empty() {
            true => Span::styled("type to search", theme.style(Role::Muted)),
            false => Span::styled(typed, theme.style(Role::Match)),
        };
        let prompt = Span::styled("› ", theme.style(Role::Accent));
        frame.render_widget(Line::from(vec![prompt, shown]), search);
        let sentence = match &self.lines {
            None => Some(("Reading the file …".to_owned(), Role::Muted)),
            Some(Err(error)) => Some((context.sentence(error), Role::Error)),
            Some(Ok(lines)) if lines.is_empty() => Some((
                "This is not a DICOM file, so it has no tags.".to_owned(),
                Role::Muted,
            )),
            Some(Ok(_)) if self.matches.is_empty() => Some((
                "No tag matches. Esc clears the search.".to_owned(),
                Role::Muted,
            )),
            Some(Ok(_)) => None,
        };
        if let Some((sentence, role)) = sentence {
            panel::remark(frame, rows, &sentence, role, theme);
            return;
        }
        self.draw_lines(frame, rows, context);
        let words = format!("{} of {} tags", self.matches.len(), self.lines().len());
        frame.render_widget(Line::styled(words, theme.style(Role::Muted)), count);
        let chosen = self.matches.get(self.selection.index);
        if let Some(line) = chosen.and_then(|&index| self.lines().get(index)) {
            let whole = scrub(&line.value).into_owned();
            frame.render_widget(
                panel::paragraph(whole).style(theme.style(Role::Accent)),
                foot,
            );
        }
    }
}
