//! What to do next, and what the one who signed in should know first.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;

use super::accounts::{self as account_screens, Accounts};
use super::audit_log::AuditLog;
use super::confirm::{Confirm, Question};
use super::deleted::Deleted;
use super::import::Import;
use super::my_account::MyAccount;
use super::new_patient::NewPatient;
use super::patients::Patients;
use super::picker::Picker;
use super::record::Record;
use super::sign_ins::place;
use super::{Action, Returned, Screen, ScreenEvent};
use crate::store::{self, AccountStatus, PastSignIn, SignIn};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{choice, panel};
use crate::tui::worker::{Answer, accounts};

/// Where the user can go from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Analysis,
    NewRecord,
    Patients,
    Import,
    DeletedRecords,
    Accounts,
    AuditLog,
    MyAccount,
    LogOut,
}

impl Entry {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Analysis => (
                "New analysis",
                "pick a chest CT scan and let the network classify it",
            ),
            Self::NewRecord => ("New record", "enter a patient who has no exam here yet"),
            Self::Patients => ("Patients", "search the records and open one"),
            Self::Import => (
                "Import",
                "take patients in from a CSV file, after a dry run",
            ),
            Self::DeletedRecords => ("Deleted records", "what was deleted, and bringing it back"),
            Self::Accounts => ("Accounts", "who works here, and who waits to be let in"),
            Self::AuditLog => ("Audit log", "who did what, and when"),
            Self::MyAccount => ("My account", "password, second factor, tokens, history"),
            Self::LogOut => ("Log out", "back to the first screen"),
        }
    }

    fn screen(self, context: &Context<'_>) -> Box<dyn Screen> {
        match self {
            Self::Analysis => Box::new(Picker::default()),
            Self::NewRecord => Box::new(NewPatient::record()),
            Self::Patients => Box::new(Patients::browse()),
            Self::Import => Box::new(Import::new()),
            Self::DeletedRecords => Box::new(Deleted::new(context)),
            Self::Accounts => Box::new(Accounts::default()),
            Self::AuditLog => Box::new(AuditLog::default()),
            Self::MyAccount => Box::new(MyAccount::default()),
            Self::LogOut => Box::new(Confirm::new(Question::SignOut)),
        }
    }
}

/// What everybody is offered first.
const WORK: [Entry; 5] = [
    Entry::Analysis,
    Entry::NewRecord,
    Entry::Patients,
    Entry::Import,
    Entry::DeletedRecords,
];

/// What administrators alone are offered.
const ADMINISTRATION: [Entry; 2] = [Entry::Accounts, Entry::AuditLog];

/// What owners of the installation are offered who administer no hospital.
const OWNERSHIP: [Entry; 1] = [Entry::Accounts];

/// Told to anybody else who asks for it.
const ADMINISTRATORS_ALONE: &str =
    "Accounts and the audit log are for the administrators of your hospital";

/// The screen.
pub struct Dashboard {
    selection: Selection,
    last: Option<PastSignIn>,
    failed_since: u32,
    administers: bool,
    /// Whether the account is an owner of the installation.
    owns: bool,
    /// How many accounts wait for an administrator or an owner.
    waiting: usize,
}

impl Dashboard {
    /// For whoever signed in.
    pub fn new(signed_in: &SignIn) -> Self {
        Self {
            selection: Selection::default(),
            last: signed_in.last.clone(),
            failed_since: signed_in.failed_since,
            administers: signed_in.account.role == store::Role::Administrator,
            owns: signed_in.account.owner,
            waiting: 0,
        }
    }

    fn entries(&self) -> Vec<Entry> {
        let administration = match (self.administers, self.owns) {
            (true, _) => &ADMINISTRATION[..],
            (false, true) => &OWNERSHIP[..],
            (false, false) => &[],
        };
        WORK.into_iter()
            .chain(administration.iter().copied())
            .chain([Entry::MyAccount, Entry::LogOut])
            .collect()
    }

    /// Asks who waits, where the one who signed in may know.
    fn ask(&self, context: &Context<'_>) -> Vec<Action> {
        match self.administers || self.owns {
            true => account_screens::ask(context),
            false => Vec::new(),
        }
    }

    fn last_sign_in(&self, context: &Context<'_>) -> String {
        match &self.last {
            Some(last) => {
                let local = context.moment.local(last.at);
                let time = local.strftime("%Y-%m-%d %H:%M");
                format!("last sign-in {time} from {}", place(last))
            }
            None => "your first sign-in".to_owned(),
        }
    }

    /// What should not be overlooked.
    fn warnings(&self) -> Vec<String> {
        let failed = match self.failed_since {
            0 => None,
            1 => Some("1 failed attempt at this account since then".to_owned()),
            count => Some(format!(
                "{count} failed attempts at this account since then"
            )),
        };
        let waiting = account_screens::waiting(self.waiting);
        let waiting = (!waiting.is_empty()).then_some(waiting);
        failed.into_iter().chain(waiting).collect()
    }
}

impl Screen for Dashboard {
    fn title(&self) -> &str {
        "Dashboard"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dashboard]
    }

    fn update(&mut self, happening: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let command = match happening {
            ScreenEvent::Opened | ScreenEvent::Returned(Returned::Changed) => {
                return self.ask(context);
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::Listed(listed))) => {
                // Whoever is no administrator any more is told so where it matters.
                let waits = |account: &store::Account| account.standing == AccountStatus::Pending;
                self.waiting = listed.map_or(0, |all| all.iter().filter(|one| waits(one)).count());
                return Vec::new();
            }
            ScreenEvent::Returned(Returned::Created(patient)) => {
                return vec![Action::Open(Box::new(Record::new(patient)))];
            }
            ScreenEvent::Key(_, Some(command)) => command,
            _ => return Vec::new(),
        };
        let entries = self.entries();
        if self.selection.handle(command, entries.len(), 1) {
            return Vec::new();
        }
        let entry = match command {
            Command::Open => entries.get(self.selection.index).copied(),
            Command::Analyse => Some(Entry::Analysis),
            Command::NewPatient => Some(Entry::NewRecord),
            Command::Patients => Some(Entry::Patients),
            Command::Import => Some(Entry::Import),
            Command::DeletedRecords => Some(Entry::DeletedRecords),
            Command::Accounts => Some(Entry::Accounts),
            Command::AuditLog => Some(Entry::AuditLog),
            Command::MyAccount => Some(Entry::MyAccount),
            Command::SignOut => Some(Entry::LogOut),
            _ => None,
        };
        match entry {
            Some(entry) if entries.contains(&entry) => vec![Action::Open(entry.screen(context))],
            Some(_) => vec![Action::Tell(Notice::warning(ADMINISTRATORS_ALONE))],
            None => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let entries: Vec<_> = self.entries().into_iter().map(Entry::words).collect();
        let warnings = self.warnings();
        let count = entries.len() as u16;
        let height = |pitch: u16| 2 + warnings.len() as u16 + pitch + count * pitch;
        // Two rows an entry where all of them fit so, with a row above and below.
        let pitch = if area.height >= height(2) + 2 { 2 } else { 1 };
        let (gap, menu_height, height) = (pitch, count * pitch, height(pitch));
        let [greeting, last, warned, _, menu] = panel::stacked(
            panel::centred(area, 74, height),
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(warnings.len() as u16),
                Constraint::Length(gap),
                Constraint::Length(menu_height),
            ],
        );
        let name = context
            .account
            .map_or("", |account| account.full_name.as_str());
        let line = Line::styled(
            format!("Welcome, {}", scrub(name)),
            theme.style(Role::Heading),
        );
        frame.render_widget(line.alignment(Alignment::Center), greeting);
        let line = Line::styled(self.last_sign_in(context), theme.style(Role::Muted));
        frame.render_widget(line.alignment(Alignment::Center), last);
        for (warning, row) in warnings.into_iter().zip(warned.rows()) {
            let line = Line::styled(warning, theme.style(Role::Warning));
            frame.render_widget(line.alignment(Alignment::Center), row);
        }
        choice::menu(frame, menu, &entries, self.selection.index, theme);
    }
}
