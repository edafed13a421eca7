//! The dialog in which a list is written to a file.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};

use super::follow_up;
use super::letters_form::{EXPORTS, folder};
use crate::report::follow_up::ListFormat;
use crate::store::FollowUpQuery;
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::worker::Answer;
use crate::tui::worker::follow_up::{self as work, Request};

const FORMAT: usize = 0;
const FOLDER: usize = 1;
const FORMATS: [ListFormat; 2] = [ListFormat::Csv, ListFormat::Json];

/// The dialog.
pub(super) struct ExportForm {
    form: Form,
    query: FollowUpQuery,
    is_writing: bool,
}

impl ExportForm {
    /// Of all rows that `query` finds.
    pub(super) fn new(query: FollowUpQuery, context: &Context<'_>) -> Self {
        let mut form = Form::new(vec![
            Field::new("Format", Kind::Choice(&["CSV", "JSON"]), ""),
            Field::new("Folder", Kind::Text, "a folder for the file"),
        ]);
        let folder = context.home.join(EXPORTS);
        form.set(FOLDER, folder.to_string_lossy().into_owned());
        Self {
            form,
            query,
            is_writing: false,
        }
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let (Some(access), Some(account)) = (context.access.cloned(), context.account.cloned())
        else {
            return Vec::new();
        };
        let folder = match folder(self.form.value(FOLDER)) {
            Ok(folder) => folder,
            Err(complaint) => {
                self.form.complain(FOLDER, complaint.to_owned());
                return Vec::new();
            }
        };
        let format = FORMATS.get(self.form.chosen(FORMAT)).copied();
        self.is_writing = true;
        vec![follow_up(Request::Export {
            access,
            account: Box::new(account),
            query: Box::new(self.query.clone()),
            format: format.unwrap_or(ListFormat::Csv),
            folder,
        })]
    }
}

impl Screen for ExportForm {
    fn title(&self) -> &str {
        "The list as a file"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Share, Scope::Form]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, happening: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match happening {
            ScreenEvent::Answer(Answer::FollowUp(work::Answer::Exported(written))) => {
                self.is_writing = false;
                return match written {
                    Ok(told) => vec![Action::Close, Action::Tell(Notice::good(told))],
                    Err(complaint) => vec![Action::Tell(Notice::error(complaint))],
                };
            }
            ScreenEvent::Failed => self.is_writing = false,
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(..) | ScreenEvent::Paste(_) if self.is_writing => {}
            ScreenEvent::Key(_, Some(Command::Save)) => return self.submit(context),
            ScreenEvent::Key(key, command)
                if self.form.take(key, command) == Outcome::Submitted =>
            {
                return self.submit(context);
            }
            ScreenEvent::Paste(text) => self.form.paste(text),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let inner = panel::raised(frame, panel::centred(area, 72, 11), self.title(), theme);
        let [about, _, fields, below] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(4),
                Constraint::Min(0),
            ],
        );
        let words = format!(
            "All rows of the list {} as it is searched and filtered.",
            self.query.list.label()
        );
        frame.render_widget(words.as_str(), about);
        let complaint = self.form.view(frame, fields, theme);
        let (sentence, role) = match complaint {
            _ if self.is_writing => ("Writing the list …".to_owned(), Role::Accent),
            Some(complaint) => (scrub(&complaint).into_owned(), Role::Error),
            None => (
                "Each row is entered in the log as a copy.".to_owned(),
                Role::Muted,
            ),
        };
        frame.render_widget(panel::paragraph(sentence).style(theme.style(role)), below);
    }
}
