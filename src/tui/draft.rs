//! Drafts of forms: a form's content is saved one second after the last key, before anything covers the form and when
//! the program has to end, and is offered when the same form is opened again.

use std::time::Duration;

use jiff::Timestamp;

use super::context::{Context, Notice};
use super::reply::Inbox;
use super::screens::confirm::Confirm;
use super::screens::draft_offer::{DraftChoice, DraftOffer};
use super::screens::{Action, ScreenEvent};
use super::worker::{Answer, Request, drafts};
use crate::store::Access;

/// Time without typing after which a draft is saved.
const PAUSE: Duration = Duration::from_secs(1);

/// Saves the draft of one form. The screen that owns the form passes every event to [`DraftKeeper::on_answer`], and
/// what it returns to the application.
#[derive(Debug)]
pub struct DraftKeeper {
    form: &'static str,
    about: Option<i64>,
    /// Content of the form before the user typed.
    untouched: String,
    /// Content of the form in the database: as it was opened, or as its draft was saved last.
    known: Option<String>,
    /// True if there is a draft in the database.
    is_kept: bool,
    due: Option<Duration>,
    offered: Option<String>,
    replies: Inbox<Reply>,
}

/// Answers of the dialogs over the form.
enum Reply {
    Offered(DraftChoice),
    Discard,
}

impl DraftKeeper {
    /// For the form of this name, and for the record with this id if it is about one.
    pub fn new(form: &'static str, about: Option<i64>) -> Self {
        Self {
            form,
            about,
            untouched: String::new(),
            known: None,
            is_kept: false,
            due: None,
            offered: None,
            replies: Inbox::default(),
        }
    }

    /// Starts with the form filled in from the record, which is not a draft. Asks for an existing draft.
    pub fn begin(&mut self, content: String, context: &Context<'_>) -> Vec<Action> {
        self.untouched.clone_from(&content);
        self.known = Some(content);
        let ask = |access: &Access| {
            Action::Ask(Request::Drafts(drafts::Request::Read {
                access: access.clone(),
                form: self.form,
                about: self.about,
            }))
        };
        context.access.map(ask).into_iter().collect()
    }

    /// The form was filled in before the user typed: that is not a draft either.
    pub fn filled(&mut self, content: String) {
        if self.due.is_none() {
            self.untouched.clone_from(&content);
            self.known = Some(content);
        }
    }

    /// True if leaving now would lose typed text.
    pub fn is_touched(&self, content: &str) -> bool {
        self.untouched != content
    }

    /// Leaves the form: at once if nothing was typed, otherwise after a question.
    pub fn leave(&self, content: &str) -> Vec<Action> {
        match self.is_touched(content) {
            true => vec![Action::Open(Box::new(Confirm::new(
                "Discard changes",
                "Your changes are not saved. Leave without saving?",
                "Discard",
                self.replies.reply(|()| Reply::Discard),
            )))],
            false => vec![Action::Close],
        }
    }

    /// Handles an event; `content` is what the form holds. Returns the content to fill the form with, if the user
    /// restored the draft, and the actions.
    pub fn on_answer(
        &mut self,
        event: &ScreenEvent<'_>,
        content: &str,
        context: &Context<'_>,
    ) -> (Option<String>, Vec<Action>) {
        match event {
            ScreenEvent::Answer(Answer::Drafts(drafts::Answer::Read(Ok(Some(draft))))) => {
                self.is_kept = true;
                if draft.content == content {
                    return (None, Vec::new());
                }
                self.offered = Some(draft.content.clone());
                self.due = None;
                let offer = DraftOffer::new(draft.kept_at, self.replies.reply(Reply::Offered));
                (None, vec![Action::Open(Box::new(offer))])
            }
            ScreenEvent::Answer(Answer::Drafts(drafts::Answer::Settled(Err(error)))) => {
                // The next key tries again.
                self.known = None;
                let message = format!("The draft could not be saved: {error}");
                (None, vec![Action::Tell(Notice::warning(message))])
            }
            ScreenEvent::Returned => match self.replies.take() {
                Some(reply) => self.on_reply(reply, context),
                None => (None, Vec::new()),
            },
            ScreenEvent::Tick if self.is_due(context) => (None, self.keep_now(content, context)),
            ScreenEvent::Covered => (None, self.keep_now(content, context)),
            _ => (None, Vec::new()),
        }
    }

    fn on_reply(&mut self, reply: Reply, context: &Context<'_>) -> (Option<String>, Vec<Action>) {
        match reply {
            Reply::Offered(DraftChoice::Restore) => {
                let taken = self.offered.take();
                self.known.clone_from(&taken);
                self.due = None;
                (taken, Vec::new())
            }
            Reply::Offered(DraftChoice::Discard) => {
                self.offered = None;
                (None, self.drop(context))
            }
            Reply::Offered(DraftChoice::Leave) => (None, vec![Action::Close]),
            Reply::Discard => {
                let mut actions = self.drop(context);
                actions.push(Action::Close);
                (None, actions)
            }
        }
    }

    /// The user typed; the form holds `content` now.
    pub fn typed(&mut self, content: &str, context: &Context<'_>) {
        let differs = self.known.as_deref() != Some(content);
        self.due = differs.then(|| context.moment.since_start + PAUSE);
    }

    /// Time at which a [`ScreenEvent::Tick`] is needed.
    pub fn next_frame(&self) -> Option<Duration> {
        self.due
    }

    fn is_due(&self, context: &Context<'_>) -> bool {
        self.due
            .is_some_and(|due| due <= context.moment.since_start)
    }

    fn keep_now(&mut self, content: &str, context: &Context<'_>) -> Vec<Action> {
        let request = self.last_words(content, context.access);
        self.due = None;
        if request.is_some() {
            self.known = Some(content.to_owned());
            self.is_kept = true;
        }
        request.map(Action::Ask).into_iter().collect()
    }

    /// Request that saves the draft when the program ends; `None` if it is saved already.
    pub fn last_words(&self, content: &str, access: Option<&Access>) -> Option<Request> {
        if self.due.is_none() || self.known.as_deref() == Some(content) {
            return None;
        }
        Some(Request::Drafts(drafts::Request::Keep {
            access: access?.clone(),
            form: self.form,
            about: self.about,
            content: content.to_owned(),
        }))
    }

    /// The form was saved or discarded: deletes its draft.
    pub fn drop(&mut self, context: &Context<'_>) -> Vec<Action> {
        self.due = None;
        let is_kept = std::mem::take(&mut self.is_kept);
        let drop = |access: &Access| {
            Action::Ask(Request::Drafts(drafts::Request::Drop {
                access: access.clone(),
                form: self.form,
                about: self.about,
            }))
        };
        match is_kept {
            true => context.access.map(drop).into_iter().collect(),
            false => Vec::new(),
        }
    }
}

/// Time at which a draft was saved, as text; without the date if it was today.
pub fn kept_at(at: Timestamp, context: &Context<'_>) -> String {
    let local = context.moment.local(at);
    let form = match local.date() == context.moment.today() {
        true => "%H:%M",
        false => "%Y-%m-%d %H:%M",
    };
    local.strftime(form).to_string()
}
