//! The screens, one file each: its state, how it changes, how it looks.

pub mod accounts;
pub mod analysing;
pub mod audit_log;
pub mod change_password;
pub mod circumstances;
pub mod confirm;
pub mod conflict;
pub mod dashboard;
pub mod deleted;
pub mod draft_offer;
pub mod edit_patient;
pub mod exam;
pub mod follow_up;
pub mod help;
pub mod import;
pub mod key_image;
pub mod landing;
pub mod lock;
pub mod my_account;
pub mod new_patient;
pub mod new_token;
pub mod nodule_form;
pub mod nodules;
pub mod patient_form;
pub mod patients;
pub mod pick_choice;
pub mod pick_date;
pub mod picker;
pub mod preview;
pub mod priors;
pub mod recent;
pub mod record;
pub mod register;
pub mod reports;
pub mod reset_password;
pub mod result;
pub mod save_question;
pub mod second_factor;
pub mod secret;
pub mod series_analysing;
pub mod share;
pub mod sign_in;
pub mod sign_in_code;
pub mod sign_ins;
pub mod terms;
pub mod tokens;
pub mod viewer;
pub mod waiting;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use ratatui::Frame;
use ratatui::layout::Rect;

use super::context::{Context, Notice};
use super::keymap::{Command, Scope};
use super::widgets::list_keys::Refusal;
use super::worker::{Answer, Request};
use crate::clinical::patient::PatientDraft;
use crate::model::series::PartialAnalysis;
use crate::store::{Column, LineChoice, PatientId, PriorNodule, SavedExam, SignIn};
use audit_log::AuditFilter;
use confirm::Question;
use draft_offer::DraftChoice;
use jiff::civil::Date;
use nodule_form::Measured;
use patients::Filters;
use save_question::SaveTo;

/// One screen or dialog.
pub trait Screen: Send {
    /// Its name in the bar at the top.
    fn title(&self) -> &str;

    /// Where its keys are in the table, the nearest scope first.
    fn scopes(&self) -> &'static [Scope];

    /// Takes in what happened; says what is to be done about it. Neither blocks nor draws.
    fn update(&mut self, happening: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action>;

    /// Draws itself into `area`.
    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>);

    /// How long after the program's start it wants to be drawn again without anything happening.
    fn next_frame(&self, _context: &Context<'_>) -> Option<Duration> {
        None
    }

    /// Whether the screen below stays visible.
    fn is_dialog(&self) -> bool {
        false
    }

    /// What has to be done of its work when the program ends without asking, as when the terminal is gone.
    fn last_words(&self, _context: &Context<'_>) -> Option<Request> {
        None
    }

    /// What a key waits for, in a sentence, while one does.
    fn waits(&self) -> Option<&'static str> {
        None
    }

    /// What it asks, if it does nothing but ask.
    fn question(&self) -> Option<Question> {
        None
    }
}

/// What can happen to a screen.
pub enum ScreenEvent<'a> {
    /// It was put on top for the first time.
    Opened,
    /// A key, with what it means in the screen's scopes.
    Key(KeyEvent, Option<Command>),
    Paste(&'a str),
    /// The mouse, where it is turned on.
    Mouse(MouseEvent),
    /// Something it asked for is done.
    Answer(Answer),
    /// Something it asked for ended in a fault of the program, which the user is told of. It must not wait for it.
    Failed,
    /// A screen above it closed with a result.
    Returned(Returned),
    /// The terminal has another size or other abilities.
    Reshaped,
    /// The network is ready or is known not to be.
    ModelSettled,
    /// Another screen or dialog comes over it: work that is not kept yet should be.
    Covered,
    /// The time came that it asked for.
    Tick,
}

/// What a screen can want.
pub enum Action {
    /// Work for a background thread.
    Ask(Request),
    /// A sentence for the user.
    Tell(Notice),
    /// Text for the clipboard.
    Copy(String),
    /// Another screen on top of this one.
    Open(Box<dyn Screen>),
    /// This screen goes.
    Close,
    /// This screen goes, another takes its place.
    Replace(Box<dyn Screen>),
    /// This screen goes and leaves something to the one below.
    Return(Returned),
    /// Back to the dashboard, and from there to another screen.
    Home(Option<Box<dyn Screen>>),
    SignedIn(Box<SignIn>),
    TermsAccepted,
    /// The one who signed in is back: the cover goes.
    Unlock,
    SignOut,
    Leave,
}

/// Said while a key waits for a list that is being read.
const READING: &str = "The list is being read; the key acts on it then. Esc cancels it.";

/// Says why a key that refers to a row did nothing.
fn refused(refusal: Refusal) -> Action {
    Action::Tell(Notice::warning(refusal.sentence()))
}

/// What a screen leaves to the one below it.
#[derive(Debug, Clone)]
pub enum Returned {
    /// The user said yes.
    Confirmed(Question),
    /// The exam is in the patient's record.
    Saved {
        exam: SavedExam,
        patient: String,
    },
    /// The result is to be saved to this patient.
    SaveTo(SaveTo),
    /// The network would not or could not judge the scan; why, in a sentence.
    NotJudged(String),
    /// The analysis of a series was stopped; it can go on from these slices.
    Stopped(Arc<PartialAnalysis>),
    Folder(PathBuf),
    /// A file that was picked.
    File(PathBuf),
    /// A day that was picked.
    Date(Date),
    /// The word of a choice that was picked; "" for none.
    Choice(String),
    /// A follow-up scan as it is kept, in the place of the one of this row, or one more.
    FollowUp {
        row: Option<usize>,
        line: String,
    },
    /// A new record was made, without an exam.
    Created(PatientId),
    /// What the patient table is to be filtered by.
    Filters(Filters),
    /// Which columns the patient table shall have.
    Columns(Vec<Column>),
    /// Axes that were measured on a picture.
    Measured(Box<Measured>),
    /// A nodule of an earlier exam to compare with.
    Prior(Box<PriorNodule>),
    /// Which entries of the log are wanted.
    AuditFilter(Box<AuditFilter>),
    /// What to save of a record that two people changed.
    Merged(Box<PatientDraft>),
    /// What becomes of a row of a file that is imported.
    RowChoice(u64, LineChoice),
    /// What becomes of a form's draft.
    Draft(DraftChoice),
    /// The printer that pages go to, by name.
    Printer(String),
    /// Something that the screen below shows may be another now.
    Changed,
}
