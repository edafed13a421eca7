//! Files attached to a patient's record: the list; adding, viewing, copying, deleting and restoring them.

mod draw;
mod shown;

use std::path::PathBuf;

use ratatui::Frame;
use ratatui::layout::Rect;

use self::shown::ShownAttachment;
use super::confirm::Confirm;
use super::picker::Picker;
use super::{Action, READING, Screen, ScreenEvent, refused};
use crate::store::{Access, AttachedFile, AttachedFileId, PatientId, StoreError};
use crate::text::{scrub, sentence};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::widgets::list_keys::{ListKeys, Pressed, Question, Refusal, Settled};
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::Answer;
use crate::tui::worker::attachments::{Answer as Done, AttachmentError, Request};

/// Folder for copies, inside LUNNY's folder.
const FOLDER: &str = "exports";

/// The screen.
pub struct Attachments {
    patient: PatientId,
    /// Number and name of the patient, for the title.
    whose: String,
    files: Option<Vec<AttachedFile>>,
    selection: Selection,
    /// State of the rows, and the key that waits for them.
    keys: ListKeys<Wish, AttachedFileId>,
    /// Work that is under way.
    busy: Option<&'static str>,
    /// Last deletion, for undoing.
    deleted: Option<AttachedFileId>,
    replies: Inbox<Reply>,
}

/// Command for the selected file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    View,
    Save,
    Delete,
}

/// Answers of the screens over the list.
enum Reply {
    Add(PathBuf),
    Delete(AttachedFileId),
}

impl Attachments {
    /// The attachments of a patient with this number and name.
    pub fn of(patient: PatientId, number: &str, name: &str) -> Self {
        Self {
            patient,
            whose: format!("{} {}", scrub(number), scrub(name)),
            files: None,
            selection: Selection::default(),
            keys: ListKeys::default(),
            busy: None,
            deleted: None,
            replies: Inbox::default(),
        }
    }

    fn files(&self) -> &[AttachedFile] {
        self.files.as_deref().unwrap_or_default()
    }

    fn selected(&self) -> Option<&AttachedFile> {
        self.files().get(self.selection.index)
    }

    fn ask(&mut self, question: Question, context: &Context<'_>) -> Vec<Action> {
        self.keys.asked(question);
        let patient = self.patient;
        work(context, |access| Request::List { access, patient })
    }

    fn press(&mut self, wish: Wish, context: &Context<'_>) -> Vec<Action> {
        let on = self.selected().map(|file| file.id);
        let now = context.moment.since_start;
        match self.keys.press(wish, on, self.files().len() <= 1, now) {
            Pressed::Acts(wish) => self.carry_out(wish, context),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.ask(Question::Same, context),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    fn carry_out(&mut self, wish: Wish, context: &Context<'_>) -> Vec<Action> {
        let Some(file) = self.selected().cloned() else {
            let sentence = "This record has no attachment; press {attach} to add one.";
            let sentence = keymap::worded(&[Scope::Attachments], sentence);
            return vec![Action::Tell(Notice::warning(sentence))];
        };
        match wish {
            Wish::View => vec![Action::Open(Box::new(ShownAttachment::new(file)))],
            Wish::Save => {
                self.busy = Some("Saving a copy …");
                save(file, context)
            }
            Wish::Delete => {
                let undo = keymap::label(&[Scope::Attachments], Command::Undo);
                let sentence = format!(
                    "Delete the attachment {}? Press {undo} to undo until you leave this list; later restore it from \
                     the deleted records.",
                    scrub(&file.name)
                );
                let reply = self.replies.reply(move |()| Reply::Delete(file.id));
                let confirm = Confirm::new("Delete attachment", &sentence, "Delete", reply);
                vec![Action::Open(Box::new(confirm))]
            }
        }
    }

    fn returned(&mut self, context: &Context<'_>) -> Vec<Action> {
        let patient = self.patient;
        match self.replies.take() {
            None => self.ask(Question::Same, context),
            Some(Reply::Add(path)) => {
                self.busy = Some("Reading the file …");
                work(context, |access| Request::Add {
                    access,
                    patient,
                    path,
                })
            }
            Some(Reply::Delete(file)) => work(context, |access| Request::Delete { access, file }),
        }
    }

    fn arrived(&mut self, files: Vec<AttachedFile>, context: &Context<'_>) -> Vec<Action> {
        let selected = self.selected().map(|file| file.id);
        let ids: Vec<AttachedFileId> = files.iter().map(|file| file.id).collect();
        self.files = Some(files);
        let now = context.moment.since_start;
        match (self.keys).settle_all(&mut self.selection, selected, &ids, now) {
            Settled::Rests => Vec::new(),
            Settled::Acts(wish) => self.carry_out(wish, context),
            Settled::Refused(refusal) => vec![refused(refusal)],
        }
    }

    /// Reads the list again after a change, and shows a message.
    fn changed(&mut self, sentence: &str, context: &Context<'_>) -> Vec<Action> {
        let mut actions = self.ask(Question::Same, context);
        actions.push(Action::Tell(Notice::good(sentence)));
        actions
    }

    fn answered(&mut self, answer: Done, context: &Context<'_>) -> Vec<Action> {
        let error = |error: StoreError| vec![Action::Tell(Notice::error(error.to_string()))];
        match answer {
            Done::Listed(Ok(files)) => self.arrived(files, context),
            Done::Listed(Err(reason)) => {
                self.keys.failed();
                error(reason)
            }
            Done::Added(added) => {
                self.busy = None;
                match added {
                    Ok(id) => {
                        let is_there = self.files().iter().any(|file| file.id == id);
                        let sentence = match is_there {
                            true => "The record already has this file.",
                            false => "The file was attached.",
                        };
                        self.changed(sentence, context)
                    }
                    Err(error) => vec![failure(&error)],
                }
            }
            Done::Saved(saved) => {
                self.busy = None;
                vec![saved_notice(saved)]
            }
            Done::Deleted(Ok(id)) => {
                self.deleted = Some(id);
                let sentence = "The attachment was deleted. Press {undo} to undo.";
                self.changed(&keymap::worded(&[Scope::Attachments], sentence), context)
            }
            Done::Restored(Ok(_)) => {
                self.deleted = None;
                self.changed("The attachment was restored.", context)
            }
            Done::Deleted(Err(reason)) | Done::Restored(Err(reason)) => error(reason),
            Done::Opened(_) | Done::Purged(_) => Vec::new(),
        }
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let waited = self.keys.drop_waiting();
        let rows = usize::from(context.size.height.saturating_sub(6));
        let count = self.files().len();
        if self.selection.handle(command, count, rows) {
            self.keys.looked();
            return Vec::new();
        }
        match command {
            Command::Back if waited => Vec::new(),
            // The record shows their number.
            Command::Back => vec![Action::Return],
            Command::Attach if self.busy.is_none() => {
                let picker = Picker::for_an_attachment(self.replies.reply(Reply::Add));
                vec![Action::Open(Box::new(picker))]
            }
            Command::Open => self.press(Wish::View, context),
            Command::Save if self.busy.is_none() => self.press(Wish::Save, context),
            Command::Delete => self.press(Wish::Delete, context),
            Command::Undo => match self.deleted {
                Some(file) => work(context, |access| Request::Restore { access, file }),
                None => vec![Action::Tell(Notice::warning("Nothing to undo."))],
            },
            _ => Vec::new(),
        }
    }
}

/// A request in the name of the signed-in user.
fn work(context: &Context<'_>, request: impl FnOnce(Access) -> Request) -> Vec<Action> {
    let access = context.access.cloned();
    let ask = |access| Action::ask(request(access));
    access.map(ask).into_iter().collect()
}

/// Saves a copy of a file.
fn save(file: AttachedFile, context: &Context<'_>) -> Vec<Action> {
    let folder = context.home.join(FOLDER);
    work(context, |access| Request::Save {
        access,
        file: Box::new(file),
        folder,
    })
}

/// Message about a copy.
fn saved_notice(saved: Result<PathBuf, AttachmentError>) -> Action {
    match saved {
        Ok(path) => {
            let written = format!("A copy was written to {}.", path.display());
            Action::Tell(Notice::good(written))
        }
        Err(error) => failure(&error),
    }
}

fn failure(error: &AttachmentError) -> Action {
    Action::Tell(Notice::error(sentence(&error.to_string())))
}

impl Screen for Attachments {
    fn title(&self) -> &str {
        "Attachments"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Attachments, Scope::List]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.ask(Question::Other, context),
            ScreenEvent::Returned => self.returned(context),
            ScreenEvent::Covered => {
                self.keys.drop_waiting();
                Vec::new()
            }
            ScreenEvent::Failed => {
                self.busy = None;
                self.keys.failed();
                Vec::new()
            }
            ScreenEvent::Key(_, Some(command)) => self.handle(command, context),
            ScreenEvent::Answer(Answer::Attachments(answer)) => self.answered(answer, context),
            _ => Vec::new(),
        }
    }

    fn waits(&self) -> Option<&'static str> {
        self.keys.waiting().map(|_| READING)
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        self.draw(frame, area, context);
    }
}
