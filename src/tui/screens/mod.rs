//! The screens, one file each: state, update and view.

pub mod accounts;
pub mod analyses;
pub mod analysing;
pub mod attachments;
pub mod audit_log;
pub mod change_password;
pub mod circumstances;
pub mod confirm;
pub mod conflict;
mod credential_form;
pub mod dashboard;
mod dated_lists;
pub mod deleted;
pub mod draft_offer;
pub mod drafts;
pub mod duplicates;
pub mod edit_patient;
pub mod exam;
pub mod follow_up;
pub mod follow_ups;
pub mod help;
pub mod import;
pub mod key_image;
pub mod landing;
mod leaving;
pub mod list_dialogs;
pub mod lock;
pub mod messages;
pub mod my_account;
pub mod new_patient;
pub mod new_token;
pub mod nodule_form;
pub mod nodules;
pub mod password_form;
pub mod patient_form;
pub mod patients;
pub mod pick_choice;
pub mod pick_date;
pub mod pick_theme;
pub mod picker;
pub mod preview;
pub mod priors;
pub mod recent;
pub mod record;
pub mod register;
pub mod report_words;
pub mod reports;
pub mod reset_password;
pub mod result;
pub mod save_question;
pub mod second_factor;
pub mod secret;
pub mod server;
pub mod share;
pub mod sheets_form;
pub mod sign_in;
pub mod sign_in_code;
pub mod sign_ins;
pub mod ssh_keys;
pub mod statistics;
pub mod terms;
pub mod tokens;
pub mod tour;
pub mod viewer;
pub mod waiting;
pub mod worklist;

use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::analyses::Change;
use super::context::{Context, Notice};
use super::keymap::{Command, Key, Scope};
use super::theme::Theme;
use super::widgets::list_keys::Refusal;
use super::worker::{Answer, Request};
use crate::cancel::Cancel;
use crate::store::SignIn;

/// Screen or dialog.
pub trait Screen: Send {
    /// Name in the bar at the top.
    fn title(&self) -> &str;

    /// Scopes of its keys in the key table, the nearest first.
    fn scopes(&self) -> &'static [Scope];

    /// Handles an event and returns the actions that follow. Neither blocks nor draws.
    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action>;

    /// Draws the screen into `area`.
    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>);

    /// Time since the program's start at which the screen has to be drawn again without an event.
    fn next_frame(&self, _context: &Context<'_>) -> Option<Duration> {
        None
    }

    /// True if the screen below stays visible.
    fn is_dialog(&self) -> bool {
        false
    }

    /// Request to run when the program ends without asking, for example when the terminal is gone.
    fn last_words(&self, _context: &Context<'_>) -> Option<Request> {
        None
    }

    /// Sentence about the key that waits, while one does.
    fn waits(&self) -> Option<&'static str> {
        None
    }

    /// True for the dialog that asks whether to quit.
    fn asks_to_leave(&self) -> bool {
        false
    }
}

/// Event for a screen.
#[expect(
    clippy::large_enum_variant,
    reason = "an event is handed on once and never stored"
)]
pub enum ScreenEvent<'a> {
    /// The screen was put on top for the first time.
    Opened,
    /// A key, with its command in the screen's scopes.
    Key(KeyEvent, Option<Command>),
    Paste(&'a str),
    /// The mouse, if it is turned on.
    Mouse(MouseEvent),
    /// Answer to a request of this screen.
    Answer(Answer),
    /// A request of this screen ended in a fault of the program, which the user is shown. The screen must stop waiting
    /// for it.
    Failed,
    /// A screen above it closed, and left an answer in the inbox or may have changed data that this one shows.
    Returned,
    /// The size or the abilities of the terminal changed.
    Reshaped,
    /// The network is ready, or could not be loaded.
    ModelSettled,
    /// Another screen or dialog covers it: unsaved work should be saved.
    Covered,
    /// The time that it asked for has come.
    Tick,
}

/// Action that a screen asks for.
pub enum Action {
    /// Run a request on a background thread. It is cancelled when the screen goes or asks for the same kind of work again.
    Ask(Request),
    /// The same, cancelled also when the screen sets this flag.
    AskUntil(Request, Cancel),
    /// Change the list of analyses in the background.
    ChangeAnalyses(Change),
    /// Show a message to the user.
    Tell(Notice),
    /// Copy text to the clipboard.
    Copy(String),
    /// Open another screen on top of this one.
    Open(Box<dyn Screen>),
    /// Close this screen.
    Close,
    /// Replace this screen by another.
    Replace(Box<dyn Screen>),
    /// Close this screen and send [`ScreenEvent::Returned`] to the one below. An answer is sent before, by [`Reply::send`](super::reply::Reply::send).
    Return,
    /// Close this screen, return to the dashboard if the key belongs there, and press the key.
    Press {
        key: Key,
        at_dashboard: bool,
    },
    /// Return to the dashboard, and open another screen from there.
    Home(Option<Box<dyn Screen>>),
    /// Draw in this theme until another action about themes; `None`: in the chosen one.
    PreviewTheme(Option<Box<Theme>>),
    /// The theme that is previewed becomes the chosen one.
    ChooseTheme,
    SignedIn(Box<SignIn>),
    TermsAccepted,
    /// Remove the lock screen after the user entered the password.
    Unlock,
    SignOut,
    Leave,
}

impl Action {
    /// Runs a request on a background thread, as [`Action::Ask`].
    pub fn ask(request: impl Into<Request>) -> Self {
        Self::Ask(request.into())
    }
}

/// Message while a key waits for a list that is being read.
const READING: &str = "Reading the list; then the key takes effect. Esc cancels it.";

/// Message about a key that had no row to act on.
fn refused(refusal: Refusal) -> Action {
    Action::Tell(Notice::warning(refusal.sentence()))
}
