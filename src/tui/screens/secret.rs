//! Secret that is shown once: a reset code, a token, recovery codes. It can be copied, and saved to a file that no
//! other user may read; it is not kept after closing.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;
use zeroize::Zeroizing;

use super::{Action, Screen, ScreenEvent};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, Request, accounts};

/// The dialog.
pub struct Secret {
    title: &'static str,
    /// Use of the secret, and its lifetime.
    about: String,
    /// One line each.
    lines: Vec<Zeroizing<String>>,
    /// Name of its file without extension.
    stem: &'static str,
}

impl Secret {
    /// Secret of `lines`; `about` states its use and lifetime, `stem` names the file without extension.
    pub fn new(
        title: &'static str,
        about: String,
        lines: Vec<Zeroizing<String>>,
        stem: &'static str,
    ) -> Self {
        Self {
            title,
            about,
            lines,
            stem,
        }
    }

    fn text(&self) -> Zeroizing<String> {
        let lines: Vec<&str> = self.lines.iter().map(|line| line.as_str()).collect();
        Zeroizing::new(lines.join("\n"))
    }

    /// The lines in as few rows as the width allows, in columns.
    fn columns(&self, width: u16) -> Vec<String> {
        let widest = self.lines.iter().map(|line| line.len()).max().unwrap_or(0);
        let columns = match self.lines.len() {
            0..=2 => 1,
            _ => (usize::from(width) / (widest + 4)).clamp(1, 2),
        };
        let rows = self.lines.chunks(columns);
        rows.map(|row| {
            let cells: Vec<&str> = row.iter().map(|line| line.as_str()).collect();
            cells.join("    ")
        })
        .collect()
    }
}

impl Screen for Secret {
    fn title(&self) -> &str {
        self.title
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::ShownOnce]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => vec![Action::Close],
            ScreenEvent::Key(_, Some(Command::Share)) => vec![
                Action::Copy(self.text().to_string()),
                Action::Tell(Notice::good(
                    "Sent to the clipboard. Some terminals do not support this.",
                )),
            ],
            ScreenEvent::Key(_, Some(Command::Save)) => {
                let mut text = self.text();
                text.push('\n');
                vec![Action::Ask(Request::Accounts(
                    accounts::Request::SaveSecret {
                        folder: context.home.join("secrets"),
                        stem: self.stem,
                        text,
                    },
                ))]
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::SecretSaved(saved))) => {
                vec![Action::Tell(match saved {
                    Ok(path) => Notice::good(format!(
                        "Saved to {}, which only you can read. Move it to a safe place.",
                        path.display()
                    )),
                    Err(error) => Notice::error(error.to_string()),
                })]
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        // A token stays on one row if the terminal is wide enough.
        let widest = self.lines.iter().map(|line| line.len()).max();
        let wanted = widest.unwrap_or(0).clamp(66, 90) as u16 + 4;
        let width = area.width.min(wanted);
        let about = panel::paragraph(self.about.as_str()).style(theme.style(Role::Text));
        let about_height = about.line_count(width.saturating_sub(4)) as u16;
        let rows = self.columns(width.saturating_sub(4));
        // A token may be longer than a row.
        let lines: Vec<Line<'_>> = rows
            .iter()
            .map(|row| Line::styled(row.as_str(), theme.style(Role::Accent)))
            .collect();
        let lines = panel::paragraph(lines).alignment(Alignment::Center);
        let lines_height = lines.line_count(width.saturating_sub(4)) as u16;
        let height = about_height + lines_height + 5;
        let area = panel::centred(area, width, height);
        let inner = panel::raised(frame, area, self.title, theme);
        let [above, _, secret, _, keys] = panel::stacked(
            inner,
            [
                Constraint::Length(about_height),
                Constraint::Max(1),
                Constraint::Length(lines_height),
                Constraint::Max(1),
                Constraint::Length(1),
            ],
        );
        frame.render_widget(about, above);
        frame.render_widget(lines, secret);
        let sentence = "Shown only once: c copy, s save, Enter close.";
        let line = Line::styled(sentence, theme.style(Role::Muted));
        frame.render_widget(line.alignment(Alignment::Center), keys);
        frame.set_cursor_position((keys.x, keys.y));
    }
}
