//! Export of copies of records: choosing formats and folder, the wait, and the result.

mod draw;

use std::sync::Arc;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Action, Screen, ScreenEvent};
use crate::cancel::Cancel;
use crate::export::{ExportError, ExportOptions, Format};
use crate::report::fhir::{BundleKind, FhirOptions};
use crate::report::pdf::Paper;
use crate::store::PatientId;
use crate::tui::context::{Context, Notice};
use crate::tui::folder;
use crate::tui::keymap::{Command, Scope};
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::progress::{FRAME, Progress};
use crate::tui::worker::export::{self, Exported};
use crate::tui::worker::{Answer, Request};

/// Default folder for the files, inside LUNNY's folder.
const FOLDER: &str = "exports";
const NO_YES: &[&str] = &["no", "yes"];
/// The labels of [`Paper::ALL`].
const PAPERS: &[&str] = &["A4", "Letter"];
/// The words of [`BundleKind::ALL`].
const BUNDLES: &[&str] = &["collection", "transaction"];

/// Fields of the form: the summary, then the formats, then these.
const SUMMARY: usize = 0;
const FORMATS: usize = 1;
const DEIDENTIFIED: usize = FORMATS + Format::ALL.len();
const PAPER: usize = DEIDENTIFIED + 1;
const BUNDLE: usize = PAPER + 1;
const FOLDER_FIELD: usize = BUNDLE + 1;

/// The screen.
pub struct Share {
    patients: Vec<PatientId>,
    form: Form,
    stage: Stage,
}

enum Stage {
    /// Choosing contents and folder.
    Choosing,
    Working {
        progress: Arc<Progress>,
        /// Cancels the work when the screen closes.
        cancel: Cancel,
        found: Found,
    },
    /// Result, and the first line that is shown.
    Done(Found, usize),
}

/// Result as far as it is known.
#[derive(Default)]
struct Found {
    /// Number of answers that are still missing.
    awaited: usize,
    /// Result of copying the summary to the clipboard.
    copied: Option<Result<(), ExportError>>,
    exported: Option<Box<Exported>>,
}

impl Share {
    /// Export of these patients' records.
    pub fn of(patients: Vec<PatientId>) -> Self {
        let choice = |label| Field::new(label, Kind::Choice(NO_YES), "");
        let mut fields = vec![choice("Copy the summary")];
        fields.extend(Format::ALL.map(|format| choice(format.described().0)));
        fields.push(choice("De-identified"));
        fields.push(Field::new("Paper", Kind::Choice(PAPERS), ""));
        fields.push(Field::new("FHIR bundle", Kind::Choice(BUNDLES), ""));
        fields.push(Field::new("Folder", Kind::Text, "a folder for the files"));
        let mut share = Self {
            patients,
            form: Form::new(fields),
            stage: Stage::Choosing,
        };
        share.follow_the_formats();
        share
    }

    fn says_yes(&self, field: usize) -> bool {
        self.form.chosen(field) == 1
    }

    fn formats(&self) -> Vec<Format> {
        let wanted = (FORMATS..).zip(Format::ALL);
        let wanted = wanted.filter(|(field, _)| self.says_yes(*field));
        wanted.map(|(_, format)| format).collect()
    }

    fn paper(&self) -> Paper {
        let chosen = Paper::ALL.get(self.form.chosen(PAPER));
        chosen.copied().unwrap_or_default()
    }

    fn bundle(&self) -> BundleKind {
        let chosen = BundleKind::ALL.get(self.form.chosen(BUNDLE));
        chosen.copied().unwrap_or_default()
    }

    fn export(&mut self, context: &Context<'_>) -> Vec<Action> {
        let (Some(access), Some(account)) = (context.access.cloned(), context.account.cloned())
        else {
            return Vec::new();
        };
        let (formats, copies) = (self.formats(), self.says_yes(SUMMARY));
        let deidentified = self.says_yes(DEIDENTIFIED);
        if formats.is_empty() && !copies {
            let sentence = "Nothing is chosen: select a format or the summary.";
            return vec![Action::Tell(Notice::warning(sentence))];
        }
        let mut asks = Vec::new();
        let account = Box::new(account);
        if copies {
            asks.push(export::Request::Summary {
                access: access.clone(),
                account: account.clone(),
                patients: self.patients.clone(),
                deidentified,
            });
        }
        let progress = Arc::<Progress>::default();
        let cancel = Cancel::default();
        if !formats.is_empty() {
            let folder = match folder::entered(self.form.value(FOLDER_FIELD)) {
                Ok(folder) => folder,
                Err(error) => {
                    self.form.complain(FOLDER_FIELD, error.to_string());
                    return vec![Action::Tell(Notice::error(error.to_string()))];
                }
            };
            asks.push(export::Request::Export {
                access,
                account,
                patients: self.patients.clone(),
                wanted: Box::new(ExportOptions {
                    formats,
                    deidentified,
                    paper: self.paper(),
                    fhir: FhirOptions {
                        kind: self.bundle(),
                        // The worker takes it from the configuration.
                        base: None,
                    },
                    folder,
                }),
                progress: Arc::clone(&progress),
            });
        }
        let found = Found {
            awaited: asks.len(),
            ..Found::default()
        };
        self.stage = Stage::Working {
            progress,
            cancel: cancel.clone(),
            found,
        };
        let asks = asks.into_iter().map(Request::Export);
        asks.map(|request| Action::AskUntil(request, cancel.clone()))
            .collect()
    }

    /// Shows the paper only if a chosen format has pages, and the kind of bundle only for FHIR.
    fn follow_the_formats(&mut self) {
        let formats = self.formats();
        self.form.hide(PAPER, !formats.contains(&Format::Pdf));
        self.form.hide(BUNDLE, !formats.contains(&Format::Fhir));
    }

    fn choosing(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(_, Some(Command::Save)) => return self.export(context),
            ScreenEvent::Key(key, command) => {
                if self.form.take(key, command) == Outcome::Submitted {
                    return self.export(context);
                }
                self.follow_the_formats();
            }
            ScreenEvent::Paste(text) => self.form.paste(text),
            ScreenEvent::Answer(Answer::Export(export::Answer::Folder(Ok(Some(folder))))) => {
                self.form.set(FOLDER_FIELD, folder);
            }
            _ => {}
        }
        Vec::new()
    }

    /// Stores the result of a part of the work; the last part shows everything.
    fn on_answer(&mut self, answer: export::Answer) -> Vec<Action> {
        let Stage::Working { found, .. } = &mut self.stage else {
            return Vec::new();
        };
        let mut actions = Vec::new();
        match answer {
            export::Answer::Summary(Ok(summary)) => {
                found.copied = Some(Ok(()));
                actions.push(Action::Copy(summary));
            }
            export::Answer::Summary(Err(complaint)) => found.copied = Some(Err(complaint)),
            export::Answer::Exported(exported) => found.exported = Some(exported),
            export::Answer::Folder(_) => return actions,
        }
        found.awaited = found.awaited.saturating_sub(1);
        if found.awaited == 0 {
            let found = std::mem::take(found);
            self.stage = Stage::Done(found, 0);
        }
        actions
    }

    /// Scrolls the result, or closes.
    fn done(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let furthest = self.furthest(context);
        let page = usize::from(context.size.height.saturating_sub(8)).max(1);
        let Stage::Done(_, first) = &mut self.stage else {
            return Vec::new();
        };
        *first = match command {
            Command::Back => return vec![Action::Close],
            Command::Up => first.saturating_sub(1),
            Command::Down => *first + 1,
            Command::PageUp => first.saturating_sub(page),
            Command::PageDown => *first + page,
            Command::First => 0,
            Command::Last => furthest,
            _ => *first,
        }
        .min(furthest);
        Vec::new()
    }
}

impl Screen for Share {
    fn title(&self) -> &str {
        "Share"
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.stage {
            Stage::Choosing => &[Scope::Share, Scope::Form],
            Stage::Working { .. } => &[Scope::Analysing],
            Stage::Done(..) => &[Scope::Message, Scope::Reader],
        }
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match (&self.stage, event) {
            (Stage::Choosing, ScreenEvent::Opened) => {
                let folder = context.home.join(FOLDER);
                let folder = folder.to_string_lossy().into_owned();
                self.form.set(FOLDER_FIELD, folder);
                let ask = |access| Request::Export(export::Request::Folder(access));
                let asked = context.access.cloned().map(ask);
                asked.map(Action::Ask).into_iter().collect()
            }
            (Stage::Choosing, event) => self.choosing(event, context),
            (Stage::Working { cancel, .. }, ScreenEvent::Key(_, Some(Command::Back))) => {
                // Finished parts are still reported.
                cancel.cancel();
                Vec::new()
            }
            (Stage::Working { .. }, ScreenEvent::Answer(Answer::Export(answer))) => {
                self.on_answer(answer)
            }
            (Stage::Done(..), ScreenEvent::Key(_, Some(command))) => self.done(command, context),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        self.draw(frame, area, context);
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<Duration> {
        match self.stage {
            Stage::Working { .. } => Some(context.moment.since_start + FRAME),
            Stage::Choosing | Stage::Done(..) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn papers_and_bundles_are_offered_by_their_names_in_their_order() {
        assert_eq!(PAPERS, Paper::ALL.map(Paper::label));
        assert_eq!(BUNDLES, BundleKind::ALL.map(BundleKind::as_str));
    }
}
