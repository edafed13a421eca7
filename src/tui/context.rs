//! The state of the application that a screen may read, and the messages that it may show.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, Zoned};
use ratatui::layout::Size;

use super::analyses::Analyses;
use super::areas::Areas;
use super::files::Files;
use super::session::Capabilities;
use super::theme::{Role, Theme};
use crate::model::Engine;
use crate::store::{Access, Account};
use crate::text;

/// The present time, given to the application, which never reads a clock itself.
#[derive(Debug, Clone)]
pub struct Moment {
    /// Since the program started.
    pub since_start: Duration,
    /// Where the user is.
    pub now: Zoned,
}

impl Moment {
    /// The local date.
    pub fn today(&self) -> Date {
        self.now.date()
    }

    /// A moment of the past as the user's clock showed it.
    pub fn local(&self, timestamp: Timestamp) -> Zoned {
        timestamp.to_zoned(self.now.time_zone().clone())
    }
}

/// State of the model.
pub enum ModelStatus {
    Loading,
    Ready(Arc<dyn Engine>),
    /// Why there is none, in a sentence.
    Unavailable(String),
}

/// A sentence for the user that stays until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub sentence: String,
    pub role: Role,
}

impl Notice {
    /// It worked.
    pub fn good(text: impl AsRef<str>) -> Self {
        Self::with(text.as_ref(), Role::Good)
    }

    /// An action failed, and nothing is lost.
    pub fn warning(text: impl AsRef<str>) -> Self {
        Self::with(text.as_ref(), Role::Warning)
    }

    /// It did not work.
    pub fn error(text: impl AsRef<str>) -> Self {
        Self::with(text.as_ref(), Role::Error)
    }

    /// Something is under way.
    pub fn remark(text: impl AsRef<str>) -> Self {
        Self::with(text.as_ref(), Role::Accent)
    }

    fn with(text: &str, role: Role) -> Self {
        Self {
            sentence: text::sentence(&text::scrub(text)),
            role,
        }
    }
}

/// State of the application that every screen may read.
pub struct Context<'a> {
    pub theme: &'a Theme,
    pub capabilities: &'a Capabilities,
    pub model: &'a ModelStatus,
    /// Share of people with lung cancer among those who are scanned, if the user stated it.
    pub prevalence: Option<f64>,
    /// The account that is signed in.
    pub account: Option<&'a Account>,
    /// Access rights of that account.
    pub access: Option<&'a Access>,
    /// Columns and rows of the whole terminal.
    pub size: Size,
    pub moment: &'a Moment,
    /// Where LUNNY keeps its files.
    pub home: &'a PathBuf,
    /// The folder that the program was started in.
    pub start_folder: &'a PathBuf,
    /// The files that the user can name.
    pub files: &'a Files,
    /// Analyses in the background.
    pub analyses: &'a Analyses,
    /// Where widgets note what a click acts on.
    pub areas: &'a Areas,
}

impl Context<'_> {
    /// A sentence about an error, with paths as the user sees them.
    pub fn sentence(&self, error: &impl ToString) -> String {
        text::sentence(&text::scrub(&self.files.in_words(&error.to_string())))
    }
}
