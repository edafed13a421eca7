//! Dialog for labels and lists on paper: size, folder, and printing.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::list_dialogs::form_dialog::{FormDialog, submits};
use super::{Action, Screen, ScreenEvent};
use crate::report::pdf::{LabelSize, Paper};
use crate::store::{FollowUpQuery, PatientId, PatientQuery};
use crate::text::{counted, sentence};
use crate::tui::context::{Context, Notice};
use crate::tui::folder;
use crate::tui::keymap::{Command, Scope};
use crate::tui::widgets::form::{Field, Form, Kind};
use crate::tui::worker::Answer;
use crate::tui::worker::sheets::{Answer as Done, Request, Sheets};

const SIZE: usize = 0;
const FOLDER: usize = 1;
const PRINT: usize = 2;
/// The labels of [`LabelSize::ALL`] and [`Paper::ALL`].
const LABELS: &[&str] = &["62 × 29 mm", "89 × 36 mm", "100 × 50 mm"];
const PAPERS: &[&str] = &["A4", "Letter"];
/// Folder of files that leave, within LUNNY's own.
const EXPORTS: &str = "exports";

/// The dialog.
pub struct SheetsForm {
    form: Form,
    contents: Contents,
    is_writing: bool,
}

/// Contents of the sheets before their size is chosen.
enum Contents {
    Labels(Vec<PatientId>),
    Patients(Box<PatientQuery>),
    FollowUps(Box<FollowUpQuery>),
}

impl SheetsForm {
    /// Labels of these patients.
    pub fn labels(patients: Vec<PatientId>) -> Self {
        Self::with(Contents::Labels(patients))
    }

    /// List of the patients that `query` finds.
    pub fn patients(query: PatientQuery) -> Self {
        Self::with(Contents::Patients(Box::new(query)))
    }

    /// List of the follow-ups that `query` finds.
    pub fn follow_ups(query: FollowUpQuery) -> Self {
        Self::with(Contents::FollowUps(Box::new(query)))
    }

    fn with(contents: Contents) -> Self {
        let size = match contents {
            Contents::Labels(_) => Field::new("Label", Kind::Choice(LABELS), ""),
            _ => Field::new("Paper", Kind::Choice(PAPERS), ""),
        };
        Self {
            form: Form::new(vec![
                size,
                Field::new("Folder", Kind::Text, "a folder for the file"),
                Field::new("Print, too", Kind::Choice(&["no", "yes"]), ""),
            ]),
            contents,
            is_writing: false,
        }
    }

    fn sheets(&self) -> Sheets {
        let chosen = self.form.chosen(SIZE);
        let paper = Paper::ALL.get(chosen).copied().unwrap_or_default();
        match &self.contents {
            Contents::Labels(patients) => Sheets::Labels {
                patients: patients.clone(),
                size: LabelSize::ALL.get(chosen).copied().unwrap_or_default(),
            },
            Contents::Patients(query) => Sheets::Patients {
                query: query.clone(),
                paper,
            },
            Contents::FollowUps(query) => Sheets::FollowUps {
                query: query.clone(),
                paper,
            },
        }
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let (Some(access), Some(account)) = (context.access.cloned(), context.account.cloned())
        else {
            return Vec::new();
        };
        let folder = match folder::entered(self.form.value(FOLDER)) {
            Ok(folder) => folder,
            Err(complaint) => {
                self.form.complain(FOLDER, complaint.to_string());
                return Vec::new();
            }
        };
        self.is_writing = true;
        vec![Action::ask(Request::Write {
            access,
            account: Box::new(account),
            sheets: self.sheets(),
            folder,
            print: self.form.chosen(PRINT) == 1,
        })]
    }
}

impl Screen for SheetsForm {
    fn title(&self) -> &str {
        match self.contents {
            Contents::Labels(_) => "Labels",
            Contents::Patients(_) | Contents::FollowUps(_) => "The list on paper",
        }
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Saving, Scope::Form]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                let folder = context.home.join(EXPORTS);
                self.form.set(FOLDER, folder.to_string_lossy().into_owned());
            }
            ScreenEvent::Answer(Answer::Sheets(Done::Written(written))) => {
                self.is_writing = false;
                return match written {
                    Ok((written, printer)) => {
                        let printed =
                            printer.map_or(String::new(), |name| format!(", and sent to {name}"));
                        let notice = Notice::good(format!("{written}{printed}."));
                        vec![Action::Close, Action::Tell(notice)]
                    }
                    Err(error) => {
                        let complaint = sentence(&error.to_string());
                        vec![Action::Tell(Notice::error(complaint))]
                    }
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
        let subject = match &self.contents {
            Contents::Labels(patients) => format!(
                "{} with name, birth date and ID, one PDF file.",
                counted(patients.len(), "label")
            ),
            Contents::Patients(_) => {
                "All patients of the table as it is searched and sorted.".into()
            }
            Contents::FollowUps(query) => format!(
                "All rows of the list {} as it is searched and filtered.",
                query.list.label()
            ),
        };
        let dialog = FormDialog {
            title: self.title(),
            width: 72,
            subject: &subject,
            form: &self.form,
            form_rows: 6,
            progress: self.is_writing.then_some("Writing the sheets …"),
            help: "Each patient on them is entered in the log. Printing uses the default printer.",
        };
        dialog.draw(frame, area, context);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_offered_by_their_labels_in_their_order() {
        assert_eq!(LABELS, LabelSize::ALL.map(LabelSize::label));
        assert_eq!(PAPERS, Paper::ALL.map(Paper::label));
    }
}
