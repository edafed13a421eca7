//! Dialog for writing a list to a file.

use std::path::PathBuf;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::EXPORTS;
use super::form_dialog::{FormDialog, submits};
use crate::report::list::ListFormat;
use crate::store::{Access, Account};
use crate::tui::context::{Context, Notice};
use crate::tui::folder;
use crate::tui::keymap::{Command, Scope};
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::widgets::form::{Field, Form, Kind};
use crate::tui::worker::{Answer, Request, follow_up, worklist};

const FORMAT: usize = 0;
const FOLDER: usize = 1;

/// Request that writes the list in a format into a folder.
type Write = Box<dyn Fn(Access, Box<Account>, ListFormat, PathBuf) -> Request + Send>;

/// The dialog.
pub struct ExportForm {
    form: Form,
    /// Name of the list.
    list: &'static str,
    write: Write,
    is_writing: bool,
}

impl ExportForm {
    /// Of all rows of a list, which `write` asks for.
    pub fn new(
        list: &'static str,
        write: impl Fn(Access, Box<Account>, ListFormat, PathBuf) -> Request + Send + 'static,
        context: &Context<'_>,
    ) -> Self {
        let mut form = Form::new(vec![
            Field::new(
                "Format",
                Kind::Choice(&["CSV", "JSON", "CSV for Excel"]),
                "",
            ),
            Field::new("Folder", Kind::Text, "a folder for the file"),
        ]);
        let folder = context.home.join(EXPORTS);
        form.set(FOLDER, folder.to_string_lossy().into_owned());
        Self {
            form,
            list,
            write: Box::new(write),
            is_writing: false,
        }
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let (Some(access), Some(account)) = (context.access.cloned(), context.account.cloned())
        else {
            return Vec::new();
        };
        let folder = match folder::entered(self.form.value(FOLDER)) {
            Ok(folder) => folder,
            Err(error) => {
                self.form.complain(FOLDER, error.to_string());
                return Vec::new();
            }
        };
        let format = ListFormat::ALL.get(self.form.chosen(FORMAT)).copied();
        let format = format.unwrap_or(ListFormat::Csv);
        self.is_writing = true;
        let request = (self.write)(access, Box::new(account), format, folder);
        vec![Action::Ask(request)]
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

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Answer(
                Answer::FollowUp(follow_up::Answer::Exported(written))
                | Answer::Worklist(worklist::Answer::Exported(written)),
            ) => {
                self.is_writing = false;
                return match written {
                    Ok(outcome) => vec![Action::Close, Action::Tell(Notice::good(outcome))],
                    Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
                };
            }
            ScreenEvent::Failed => self.is_writing = false,
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(..) | ScreenEvent::Paste(_) if self.is_writing => {}
            event if submits(&mut self.form, &event) => return self.submit(context),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let subject = format!(
            "All rows of the list {} as it is searched and filtered.",
            self.list
        );
        let dialog = FormDialog {
            title: self.title(),
            width: 72,
            subject: &subject,
            form: &self.form,
            form_rows: 4,
            progress: self.is_writing.then_some("Writing the list …"),
            help: "Each row is entered in the log as a copy.",
        };
        dialog.draw(frame, area, context);
    }
}
