//! Versions of an exam's report: read, written from the present exam, signed by a radiologist, printed.

mod draw;

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::confirm::Confirm;
use super::preview::Preview;
use super::report_words::WordsForm;
use super::{Action, Screen, ScreenEvent, exam};
use crate::clinical::report::ReportStatus;
use crate::report::text;
use crate::store::{ExamId, PatientId, ReportVersion, Role as AccountRole, StoreError};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::widgets::chrome;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::Answer;
use crate::tui::worker::pages_subject::Subject;
use crate::tui::worker::reports::{self, REPORT_COLUMNS};

/// The screen.
pub struct Reports {
    patient: PatientId,
    exam: ExamId,
    examined_at: Timestamp,
    /// Newest first.
    versions: Option<Result<Vec<ReportVersion>, StoreError>>,
    selection: Selection,
    /// Number of lines of the text above the pane.
    scrolled: usize,
    is_under_way: bool,
    /// The version that the user said yes to.
    signed: Inbox<u32>,
}

impl Reports {
    /// Reports on an exam of this patient that was saved at that moment.
    pub fn new(patient: PatientId, exam: ExamId, examined_at: Timestamp) -> Self {
        Self {
            patient,
            exam,
            examined_at,
            versions: None,
            selection: Selection::default(),
            scrolled: 0,
            is_under_way: false,
            signed: Inbox::default(),
        }
    }

    fn ask(&self, context: &Context<'_>) -> Vec<Action> {
        let (access, exam) = (context.access.cloned(), self.exam);
        let ask = |access| Action::ask(reports::Request::List { access, exam });
        access.map(ask).into_iter().collect()
    }

    fn versions(&self) -> &[ReportVersion] {
        match &self.versions {
            Some(Ok(versions)) => versions,
            _ => &[],
        }
    }

    fn chosen(&self) -> Option<&ReportVersion> {
        self.versions().get(self.selection.index)
    }

    fn status(&self, version: &ReportVersion) -> ReportStatus {
        version.status(self.versions())
    }

    /// The selected version as it is printed or saved.
    fn page(&self) -> Option<String> {
        let version = self.chosen()?;
        let status = self.status(version);
        let page = text::stamped(&version.text, &status, REPORT_COLUMNS);
        Some(text::with_addenda(page, &version.addenda, REPORT_COLUMNS))
    }

    fn write(&mut self, context: &Context<'_>) -> Vec<Action> {
        let (Some(access), Some(account)) = (context.access.cloned(), context.account) else {
            return Vec::new();
        };
        self.is_under_way = true;
        vec![Action::ask(reports::Request::Write {
            access,
            patient: self.patient,
            exam: self.exam,
            by: [account.hospital.clone(), account.full_name.clone()],
        })]
    }

    /// Asks before signing, or says why the selected version cannot be signed.
    fn sign(&self, context: &Context<'_>) -> Vec<Action> {
        let refused = |sentence: &str| vec![Action::Tell(Notice::warning(worded(sentence)))];
        let Some(version) = self.chosen() else {
            return refused("There is no report yet; press {write} to write one.");
        };
        if context.account.map(|account| account.role) != Some(AccountRole::Radiologist) {
            return refused("Only a radiologist can sign a report; until then it is preliminary.");
        }
        if version.is_final {
            return refused("This version is already signed; press {write} to write an amendment.");
        }
        if self.selection.index > 0 {
            return refused("There is a later version; only the newest can be signed.");
        }
        if !version.is_current {
            return refused(
                "The record changed since this version was written; press {write} to write a new one to sign.",
            );
        }
        let version = version.version;
        let sentence = format!(
            "Sign version {version} as final? As a radiologist you confirm that you read the images and that \
             this text is your report. It cannot be changed or unsigned; a later version is an amendment.",
        );
        let reply = self.signed.reply(move |()| version);
        let confirm = Confirm::new("Sign report", &sentence, "Sign", reply);
        vec![Action::Open(Box::new(confirm))]
    }

    fn is_radiologist(context: &Context<'_>) -> bool {
        context.account.map(|account| account.role) == Some(AccountRole::Radiologist)
    }

    /// Opens the radiologist's words on the exam.
    fn words(&self, context: &Context<'_>) -> Vec<Action> {
        match Self::is_radiologist(context) {
            true => vec![Action::Open(Box::new(WordsForm::of_exam(self.exam)))],
            false => vec![Action::Tell(Notice::warning(
                "Only a radiologist writes findings, impression and recommendation.",
            ))],
        }
    }

    /// Opens an addendum to the chosen version, or says why there cannot be one.
    fn addendum(&self, context: &Context<'_>) -> Vec<Action> {
        let refused = |sentence: &str| vec![Action::Tell(Notice::warning(worded(sentence)))];
        match self.chosen() {
            None => refused("There is no report yet; press {write} to write one."),
            Some(_) if !Self::is_radiologist(context) => {
                refused("Only a radiologist adds to a signed report.")
            }
            Some(version) if !version.is_final => refused(
                "This version is not signed: {words} changes the findings, {write} writes another version.",
            ),
            Some(version) => vec![Action::Open(Box::new(WordsForm::addendum(version.id)))],
        }
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        match command {
            Command::PageUp | Command::PageDown | Command::First | Command::Last => {
                self.scroll(command, context);
            }
            Command::Up | Command::Down => {
                let count = self.versions().len();
                let before = self.selection;
                self.selection.handle(command, count, 1);
                if self.selection != before {
                    self.scrolled = 0;
                }
            }
            Command::Back => return vec![Action::Return],
            _ if self.is_under_way => {}
            Command::Words => return self.words(context),
            Command::Addendum => return self.addendum(context),
            Command::Templates => {
                return vec![Action::Open(Box::new(WordsForm::template(context)))];
            }
            Command::Write => return self.write(context),
            Command::Sign => return self.sign(context),
            Command::Print | Command::Share => {
                let (Some(text), Some(version)) = (self.page(), self.chosen()) else {
                    let sentence = "There is no report yet; press {write} to write one.";
                    return vec![Action::Tell(Notice::warning(worded(sentence)))];
                };
                return match command {
                    Command::Print => {
                        let pages = Preview::about(Subject::Version {
                            patient: self.patient,
                            exam: self.exam,
                            report: version.id,
                        });
                        vec![Action::Open(Box::new(pages))]
                    }
                    _ => {
                        let about = (Some(self.patient), self.examined_at);
                        exam::save_page(text, None, about, context)
                    }
                };
            }
            _ => {}
        }
        Vec::new()
    }

    /// Scrolls the text by a pane, or to one of its ends.
    fn scroll(&mut self, command: Command, context: &Context<'_>) {
        let [_, pane] = self.parts(chrome::body(context.size));
        let (columns, rows) = (pane.width.saturating_sub(4), pane.height.saturating_sub(2));
        let lines = self.lines(usize::from(columns)).len();
        let rows = usize::from(rows);
        let most = lines.saturating_sub(rows);
        self.scrolled = match command {
            Command::PageUp => self.scrolled.saturating_sub(rows),
            Command::PageDown => self.scrolled.saturating_add(rows).min(most),
            Command::First => 0,
            _ => most,
        };
    }

    /// Reads the versions again after a change, and shows a message.
    fn changed(
        &mut self,
        outcome: Result<String, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        self.is_under_way = false;
        match outcome {
            Ok(sentence) => {
                self.selection.index = 0;
                self.scrolled = 0;
                let mut actions = self.ask(context);
                actions.push(Action::Tell(Notice::good(sentence)));
                actions
            }
            Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
        }
    }

    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        match answer {
            Answer::Reports(reports::Answer::Listed(versions)) => {
                self.versions = Some(versions);
                let count = self.versions().len();
                self.selection.keep_within(count);
                Vec::new()
            }
            Answer::Reports(reports::Answer::Written(outcome)) => {
                let message = outcome.map(|written| format!("Version {} saved.", written.version));
                self.changed(message, context)
            }
            Answer::Reports(reports::Answer::Signed(outcome)) => {
                self.changed(outcome.map(|()| "The report was signed.".into()), context)
            }
            Answer::Reports(answer) => exam::page_saved(answer),
            _ => Vec::new(),
        }
    }
}

/// A sentence with the keys of this screen.
fn worded(sentence: &str) -> String {
    keymap::worded(&[Scope::Reports], sentence)
}

impl Screen for Reports {
    fn title(&self) -> &str {
        "Reports"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Reports]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.ask(context),
            ScreenEvent::Key(_, Some(command)) => self.handle(command, context),
            ScreenEvent::Returned => {
                // The dialog of the findings or of an addendum may have changed what is shown.
                let Some(version) = self.signed.take() else {
                    return self.ask(context);
                };
                // The version that the question named, even if the selection has moved.
                let signed = self.versions().iter().find(|kept| kept.version == version);
                let (Some(report), Some(access)) =
                    (signed.map(|chosen| chosen.id), context.access.cloned())
                else {
                    return Vec::new();
                };
                self.is_under_way = true;
                let request = reports::Request::Sign { access, report };
                vec![Action::ask(request)]
            }
            ScreenEvent::Answer(answer) => self.answered(answer, context),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        self.draw(frame, area, context);
    }
}
