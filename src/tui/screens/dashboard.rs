//! Start screen after signing in: where to go, and warnings.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;

use super::accounts::{self as account_screens, Accounts};
use super::audit_log::AuditLog;
use super::confirm::Confirm;
use super::deleted::Deleted;
use super::import::Import;
use super::my_account::MyAccount;
use super::new_patient::NewPatient;
use super::patients::Patients;
use super::picker::Picker;
use super::record::Record;
use super::sign_ins::place;
use super::{Action, Screen, ScreenEvent};
use crate::store::{self, AccountStatus, PastSignIn, PatientId, SignIn};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::{Inbox, Reply};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{choice, panel};
use crate::tui::worker::{Answer, accounts};

/// Entry of the menu.
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
    SignOut,
}

impl Entry {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Analysis => ("New analysis", "choose a chest CT scan and analyse it"),
            Self::NewRecord => ("New record", "enter a new patient"),
            Self::Patients => ("Patients", "search and open records"),
            Self::Import => ("Import", "import patients from a CSV file, with a dry run"),
            Self::DeletedRecords => ("Deleted records", "view and restore deleted records"),
            Self::Accounts => ("Accounts", "users of this hospital, waiting accounts"),
            Self::AuditLog => ("Audit log", "who did what and when"),
            Self::MyAccount => ("My account", "password, second factor, tokens, sign-ins"),
            Self::SignOut => ("Sign out", "return to the first screen"),
        }
    }

    fn screen(self, created: Reply<PatientId>, context: &Context<'_>) -> Box<dyn Screen> {
        match self {
            Self::Analysis => Box::new(Picker::default()),
            Self::NewRecord => Box::new(NewPatient::record(created)),
            Self::Patients => Box::new(Patients::browse()),
            Self::Import => Box::new(Import::new()),
            Self::DeletedRecords => Box::new(Deleted::new(context)),
            Self::Accounts => Box::new(Accounts::default()),
            Self::AuditLog => Box::new(AuditLog::default()),
            Self::MyAccount => Box::new(MyAccount::default()),
            Self::SignOut => Box::new(Confirm::to_sign_out()),
        }
    }
}

/// Entries for every user.
const WORK: [Entry; 5] = [
    Entry::Analysis,
    Entry::NewRecord,
    Entry::Patients,
    Entry::Import,
    Entry::DeletedRecords,
];

/// Entries for administrators only.
const ADMINISTRATION: [Entry; 2] = [Entry::Accounts, Entry::AuditLog];

/// Entries for owners of the installation who administer no hospital.
const OWNERSHIP: [Entry; 1] = [Entry::Accounts];

/// Message for other users who open them.
const ADMINISTRATORS_ALONE: &str =
    "Accounts and the audit log are only for administrators of your hospital";

/// The screen.
pub struct Dashboard {
    selection: Selection,
    last: Option<PastSignIn>,
    failed_since: u32,
    administers: bool,
    /// True if the account is an owner of the installation.
    owns: bool,
    /// Number of accounts that wait for an administrator or an owner.
    waiting: usize,
    /// The record that was made by the form of a new one.
    created: Inbox<PatientId>,
}

impl Dashboard {
    /// Dashboard of a user who just signed in.
    pub fn new(signed_in: &SignIn) -> Self {
        Self {
            selection: Selection::default(),
            last: signed_in.last.clone(),
            failed_since: signed_in.failed_since,
            administers: signed_in.account.role == store::Role::Administrator,
            owns: signed_in.account.owner,
            waiting: 0,
            created: Inbox::default(),
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
            .chain([Entry::MyAccount, Entry::SignOut])
            .collect()
    }

    /// Asks for the waiting accounts if the user may see them.
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
            None => "this is your first sign-in".to_owned(),
        }
    }

    /// Warnings to show.
    fn warnings(&self) -> Vec<String> {
        let failed = match self.failed_since {
            0 => None,
            1 => Some("1 failed sign-in to this account since then".to_owned()),
            count => Some(format!(
                "{count} failed sign-ins to this account since then"
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

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let command = match event {
            ScreenEvent::Opened => return self.ask(context),
            ScreenEvent::Returned => {
                return match self.created.take() {
                    Some(patient) => vec![Action::Open(Box::new(Record::new(patient)))],
                    None => self.ask(context),
                };
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::Listed(listed))) => {
                // A user who lost the administrator role gets that error on the screens that need it.
                let waits = |account: &store::Account| account.standing == AccountStatus::Pending;
                self.waiting = listed.map_or(0, |all| all.iter().filter(|one| waits(one)).count());
                return Vec::new();
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
            Command::SignOut => Some(Entry::SignOut),
            _ => None,
        };
        match entry {
            Some(entry) if entries.contains(&entry) => vec![Action::Open(
                entry.screen(self.created.reply(|patient| patient), context),
            )],
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
        // Two rows per entry if all of them fit, with a row above and below.
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
