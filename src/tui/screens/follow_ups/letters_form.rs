//! Dialog for writing letters: text, paper and folder.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::follow_up;
use crate::clinical::follow_up::List;
use crate::clinical::follow_up::letter::LetterKind;
use crate::report::pdf::Paper;
use crate::report::printing::Printers;
use crate::store::ExamId;
use crate::text::counted;
use crate::tui::context::{Context, Notice};
use crate::tui::folder;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::screens::list_dialogs::EXPORTS;
use crate::tui::screens::list_dialogs::form_dialog::{FormDialog, submits};
use crate::tui::screens::preview::printers::ChoosePrinter;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::widgets::form::{Field, Form, Kind};
use crate::tui::worker::follow_up::{self as work, Request};
use crate::tui::worker::{Answer, pages};

const KIND: usize = 0;
const PAPER: usize = 1;
const FOLDER: usize = 2;
const PRINT: usize = 3;
/// The labels of [`LetterKind::ALL`] and [`Paper::ALL`].
const KINDS: &[&str] = &["Recall", "Overdue"];
const PAPERS: &[&str] = &["A4", "Letter"];

/// The dialog.
pub(super) struct LettersForm {
    form: Form,
    exams: Vec<ExamId>,
    is_writing: bool,
    /// The printer that was chosen.
    printer: Inbox<String>,
}

impl LettersForm {
    /// About the follow-ups of these exams, on the list `list`.
    pub(super) fn new(exams: Vec<ExamId>, list: List) -> Self {
        let mut form = Form::new(vec![
            Field::new("Letter", Kind::Choice(KINDS), ""),
            Field::new("Paper", Kind::Choice(PAPERS), ""),
            Field::new("Folder", Kind::Text, "a folder for the file"),
            Field::new("Print, too", Kind::Choice(&["no", "yes"]), ""),
        ]);
        form.choose(KIND, usize::from(list == List::Overdue));
        Self {
            form,
            exams,
            is_writing: false,
            printer: Inbox::default(),
        }
    }

    /// Writes the letters; asks before for the printers if they are to be printed, too.
    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        if let Err(error) = folder::entered(self.form.value(FOLDER)) {
            self.form.complain(FOLDER, error.to_string());
            return Vec::new();
        }
        if self.form.chosen(PRINT) == 1 {
            self.is_writing = true;
            return vec![Action::Ask(pages::Request::Printers(access).into())];
        }
        self.write(None, context)
    }

    /// Takes the printers of this computer: with several of them the user chooses.
    fn choose(
        &mut self,
        printers: Printers,
        proposed: usize,
        context: &Context<'_>,
    ) -> Vec<Action> {
        self.is_writing = false;
        match printers.names.as_slice() {
            [] => {
                let sentence = "No printer is set up: choose no printing, or set one up.";
                self.form.complain(PRINT, sentence.to_owned());
                Vec::new()
            }
            [only] => self.write(Some(only.clone()), context),
            _ => {
                let reply = self.printer.reply(|name| name);
                let choose = ChoosePrinter::new(printers, proposed, reply);
                vec![Action::Open(Box::new(choose))]
            }
        }
    }

    fn write(&mut self, printer: Option<String>, context: &Context<'_>) -> Vec<Action> {
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
        let kind = LetterKind::ALL.get(self.form.chosen(KIND)).copied();
        let paper = Paper::ALL.get(self.form.chosen(PAPER)).copied();
        self.is_writing = true;
        vec![follow_up(Request::Letters {
            access,
            account: Box::new(account),
            exams: self.exams.clone(),
            kind: kind.unwrap_or(LetterKind::Recall),
            paper: paper.unwrap_or_default(),
            today: context.moment.today(),
            folder,
            printer,
        })]
    }
}

impl Screen for LettersForm {
    fn title(&self) -> &str {
        "Letters"
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
            ScreenEvent::Answer(Answer::FollowUp(work::Answer::Letters(written))) => {
                self.is_writing = false;
                return match written {
                    Ok(outcome) => vec![Action::Return, Action::Tell(Notice::good(outcome))],
                    Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
                };
            }
            ScreenEvent::Answer(Answer::Pages(pages::Answer::Printers(known))) => {
                self.is_writing = false;
                return match known {
                    Ok((printers, proposed)) => self.choose(printers, proposed, context),
                    Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
                };
            }
            ScreenEvent::Returned => {
                if let Some(printer) = self.printer.take() {
                    return self.write(Some(printer), context);
                }
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
        let subject = format!("To {}, one PDF file.", counted(self.exams.len(), "patient"));
        let dialog = FormDialog {
            title: self.title(),
            width: 72,
            subject: &subject,
            form: &self.form,
            form_rows: 8,
            progress: self.is_writing.then_some("Writing the letters …"),
            help: "Each letter is entered in the log. Closed follow-ups and those without a date due get none.",
        };
        dialog.draw(frame, area, context);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_papers_are_offered_by_their_labels_in_their_order() {
        assert_eq!(KINDS, LetterKind::ALL.map(LetterKind::label));
        assert_eq!(PAPERS, Paper::ALL.map(Paper::label));
    }
}
