//! Start screen after signing in: where to go, and warnings.

use crossterm::event::{KeyCode, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::accounts::{self as account_screens, Accounts};
use super::audit_log::AuditLog;
use super::confirm::Confirm;
use super::deleted::Deleted;
use super::drafts::Drafts;
use super::duplicates::Duplicates;
use super::follow_ups::FollowUps;
use super::import::Import;
use super::my_account::MyAccount;
use super::new_patient::NewPatient;
use super::patients::Patients;
use super::picker::Picker;
use super::record::Record;
use super::sign_ins::place;
use super::statistics::Statistics;
use super::tour::Tour;
use super::worklist::Worklist;
use super::{Action, Screen, ScreenEvent};
use crate::clinical::follow_up::List;
use crate::clinical::worklist::PlannedList;
use crate::store::{self, AccountStatus, Count, Overview, PastSignIn, PatientId, SignIn};
use crate::text::scrub;
use crate::tui::areas::Click;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Key, Scope};
use crate::tui::reply::{Inbox, Reply};
use crate::tui::theme::Role;
use crate::tui::widgets::paged_list::short;
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{choice, panel};
use crate::tui::worker::{Answer, Request, accounts, follow_up};

/// Entry of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Analysis,
    NewRecord,
    Patients,
    Worklist,
    FollowUps,
    Statistics,
    Import,
    Duplicates,
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
            Self::Duplicates => (
                "Duplicates",
                "records that may be of the same person, merging them",
            ),
            Self::DeletedRecords => ("Deleted records", "view and restore deleted records"),
            Self::Accounts => ("Accounts", "users of this hospital, waiting accounts"),
            Self::AuditLog => ("Audit log", "who did what and when"),
            Self::MyAccount => ("My account", "password, second factor, tokens, sign-ins"),
            Self::SignOut => ("Sign out", "return to the first screen"),
            Self::Worklist => (
                "Worklist",
                "exams planned for today and the next days, missed, done",
            ),
            Self::FollowUps => (
                "Follow-up",
                "exams that are due and overdue, letters, closing",
            ),
            Self::Statistics => (
                "Statistics",
                "exams by month and category, cancers, adherence",
            ),
        }
    }

    fn screen(self, created: Reply<PatientId>, context: &Context<'_>) -> Box<dyn Screen> {
        match self {
            Self::Analysis => Box::new(Picker::default()),
            Self::NewRecord => Box::new(NewPatient::record(created)),
            Self::Patients => Box::new(Patients::browse()),
            Self::Worklist => Box::new(Worklist::on(PlannedList::Today)),
            Self::FollowUps => Box::new(FollowUps::on(List::Due)),
            Self::Statistics => Box::new(Statistics::default()),
            Self::Import => Box::new(Import::new()),
            Self::Duplicates => Box::new(Duplicates::default()),
            Self::DeletedRecords => Box::new(Deleted::new(context)),
            Self::Accounts => Box::new(Accounts::default()),
            Self::AuditLog => Box::new(AuditLog::default()),
            Self::MyAccount => Box::new(MyAccount::default()),
            Self::SignOut => Box::new(Confirm::to_sign_out(&context.analyses.loss())),
        }
    }
}

/// Entries for every user.
const WORK: [Entry; 9] = [
    Entry::Analysis,
    Entry::NewRecord,
    Entry::Patients,
    Entry::Worklist,
    Entry::FollowUps,
    Entry::Statistics,
    Entry::Import,
    Entry::Duplicates,
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
    /// Work of today; none until it was read.
    overview: Option<Overview>,
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
            overview: None,
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

    /// Asks for the items that wait today, and for the waiting accounts if the user may see them.
    fn ask(&self, context: &Context<'_>) -> Vec<Action> {
        let today = context.moment.today();
        let overview = |access| {
            Action::Ask(Request::FollowUp(follow_up::Request::Overview {
                access,
                today,
            }))
        };
        let mut actions: Vec<Action> = context.access.cloned().map(overview).into_iter().collect();
        if self.administers || self.owns {
            actions.extend(account_screens::ask(context));
        }
        actions
    }

    /// Work of today, each kind with the key that opens it, and true if there is any.
    fn today(&self, is_narrow: bool) -> Vec<(String, String, bool)> {
        let Some(overview) = &self.overview else {
            return Vec::new();
        };
        let some =
            |count: Count, words: &str| (format!("{} {words}", short(count)), count.known() > 0);
        let follow_ups = overview.follow_ups;
        let drafts = Count::Exactly(overview.drafts);
        let one_or_more = |count: Count, one, more| match count {
            Count::Exactly(1) => one,
            _ => more,
        };
        [
            (Command::Worklist, some(overview.planned, "planned")),
            (Command::FollowUps, some(follow_ups.due, "due")),
            (Command::Overdue, some(follow_ups.overdue, "overdue")),
            (
                Command::Unsigned,
                some(
                    overview.unsigned,
                    if is_narrow {
                        "unsigned"
                    } else {
                        one_or_more(overview.unsigned, "unsigned report", "unsigned reports")
                    },
                ),
            ),
            (
                Command::Drafts,
                some(
                    drafts,
                    if is_narrow {
                        "unsaved"
                    } else {
                        one_or_more(drafts, "unsaved draft", "unsaved drafts")
                    },
                ),
            ),
        ]
        .map(|(command, (words, waits))| (key_of(command), words, waits))
        .into()
    }

    /// Work of today, in a line.
    fn today_line(&self, width: u16, context: &Context<'_>) -> Line<'static> {
        let theme = context.theme;
        if self.overview.is_none() {
            return Line::styled("Reading what waits today …", theme.style(Role::Muted));
        }
        let line = |is_narrow: bool| {
            let mut line = Line::default();
            for (key, words, waits) in self.today(is_narrow) {
                let role = if waits { Role::Warning } else { Role::Muted };
                line.push_span(Span::raw("  "));
                line.push_span(Span::styled(key, theme.style(Role::Accent)));
                line.push_span(Span::styled(format!(" {words}"), theme.style(role)));
            }
            line
        };
        let whole = line(false);
        match whole.width() <= usize::from(width) {
            true => whole,
            false => line(true),
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
        let waiting = (!waiting.is_empty()).then(|| format!("{waiting}: a opens the accounts"));
        failed.into_iter().chain(waiting).collect()
    }
}

/// The key of a command, as the footer shows it.
fn key_of(command: Command) -> String {
    let binding = keymap::bindings(&[Scope::Dashboard]).find(|binding| binding.command == command);
    binding
        .map(|binding| binding.key.label())
        .unwrap_or_default()
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
            ScreenEvent::Answer(Answer::FollowUp(follow_up::Answer::Overview(read))) => {
                return match read {
                    Ok(overview) => {
                        self.overview = Some(overview);
                        Vec::new()
                    }
                    Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
                };
            }
            ScreenEvent::Key(_, Some(command)) => command,
            _ => return Vec::new(),
        };
        let direct: Option<Box<dyn Screen>> = match command {
            Command::Overdue => Some(Box::new(FollowUps::on(List::Overdue))),
            Command::Drafts => Some(Box::new(Drafts::default())),
            Command::Unsigned => Some(Box::new(Patients::unsigned())),
            Command::Tour => Some(Box::new(Tour)),
            _ => None,
        };
        if let Some(screen) = direct {
            return vec![Action::Open(screen)];
        }
        let entries = self.entries();
        if self.selection.handle(command, entries.len(), 1) {
            return Vec::new();
        }
        let entry = match command {
            Command::Open => entries.get(self.selection.index).copied(),
            Command::Analyse => Some(Entry::Analysis),
            Command::NewPatient => Some(Entry::NewRecord),
            Command::Patients => Some(Entry::Patients),
            Command::Worklist => Some(Entry::Worklist),
            Command::FollowUps => Some(Entry::FollowUps),
            Command::Statistics => Some(Entry::Statistics),
            Command::Import => Some(Entry::Import),
            Command::Duplicates => Some(Entry::Duplicates),
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
        let height = |pitch: u16| 4 + warnings.len() as u16 + pitch + count * pitch;
        // Two rows per entry if all of them fit, with a row above and below.
        let pitch = if area.height >= height(2) + 2 { 2 } else { 1 };
        let (gap, menu_height, height) = (pitch, count * pitch, height(pitch));
        let [greeting, last, warned, _, today, _, menu] = panel::stacked(
            panel::centred(area, 78, height),
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(warnings.len() as u16),
                Constraint::Length(1),
                Constraint::Length(1),
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
        let line = self.today_line(today.width, context);
        note_keys(&line, today, context);
        frame.render_widget(line.alignment(Alignment::Center), today);
        if usize::from(menu.height) >= entries.len() {
            choice::menu(frame, menu, &entries, 0, self.selection.index, context);
            return;
        }
        // A low terminal has room for the names alone, in two columns.
        let half = entries.len().div_ceil(2);
        let names: Vec<_> = entries.into_iter().map(|(name, _)| (name, "")).collect();
        let [left, right] = Layout::horizontal([Constraint::Fill(1); 2]).areas(menu);
        let index = self.selection.index;
        choice::menu(
            frame,
            left,
            names.get(..half).unwrap_or_default(),
            0,
            index,
            context,
        );
        choice::menu(
            frame,
            right,
            names.get(half..).unwrap_or_default(),
            half,
            index,
            context,
        );
    }
}

/// Notes where a click presses the keys in the line of today's work: each is a gap, a key and its words.
fn note_keys(line: &Line<'_>, area: Rect, context: &Context<'_>) {
    let mut x = area.x + area.width.saturating_sub(line.width() as u16) / 2;
    for part in line.spans.chunks(3) {
        let width: u16 = part.iter().map(|span| span.width() as u16).sum();
        let key = part.get(1).and_then(|key| key.content.chars().next());
        if let Some(letter) = key {
            let key = Key(
                KeyCode::Char(letter.to_ascii_lowercase()),
                KeyModifiers::NONE,
            );
            let place = Rect { x, width, ..area }.intersection(area);
            (context.areas).note(place, Click::Key(key));
        }
        x = x.saturating_add(width);
    }
}
