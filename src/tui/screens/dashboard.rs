//! Start screen after signing in: the work of today, where to go, the patients of before, and warnings.

mod entry;
mod lines;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::Line;

use self::entry::{ADMINISTRATION, Entry, OWNERSHIP, WORK};
use super::accounts as account_screens;
use super::drafts::Drafts;
use super::follow_ups::FollowUps;
use super::patients::Patients;
use super::record::Record;
use super::sign_ins::place;
use super::tour::Tour;
use super::{Action, Screen, ScreenEvent};
use crate::clinical::follow_up::List;
use crate::store::{self, AccountStatus, Overview, PastSignIn, PatientId, RecentPatient, SignIn};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::theme::Role;
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{choice, chrome, panel};
use crate::tui::worker::{Answer, accounts, dashboard, follow_up};

/// Message for other users who open them.
const ADMINISTRATORS_ALONE: &str =
    "Accounts and the audit log are only for administrators of your hospital";

/// Message after the digit of a recent patient that there is not.
const NO_RECENT_PATIENT: &str =
    "There is no such recent patient: the digits open the patients shown under the menu";

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
    /// The records that the account opened or saved last.
    recent: Vec<RecentPatient>,
    /// Free space for LUNNY's folder in bytes.
    free_bytes: Option<u64>,
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
            recent: Vec::new(),
            free_bytes: None,
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
        let mut actions = Vec::new();
        if let Some(access) = context.access {
            actions.push(Action::ask(follow_up::Request::Overview {
                access: access.clone(),
                today,
            }));
            actions.push(Action::ask(dashboard::Request::State(access.clone())));
        }
        if self.administers || self.owns {
            actions.extend(account_screens::ask(context));
        }
        actions
    }

    /// The recent patients that the screen has room for.
    fn shown_recent(&self, columns: u16) -> &[RecentPatient] {
        let shown = lines::recent(&self.recent, columns, None).len();
        self.recent.get(..shown).unwrap_or_default()
    }

    /// Takes the recent patients; a selected one stays selected.
    fn take_recent(&mut self, recent: Vec<RecentPatient>) {
        let entries = self.entries().len();
        let selected = self.selection.index.checked_sub(entries);
        if let Some(patient) = selected.and_then(|index| self.recent.get(index)) {
            let place = recent.iter().position(|other| other.id == patient.id);
            self.selection.index = entries + place.unwrap_or(0);
        }
        self.recent = recent;
        self.selection.keep_within(entries + self.recent.len());
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
        let waiting = (!waiting.is_empty()).then(|| {
            let key = keymap::label(&[Scope::Dashboard], Command::Accounts);
            format!("{waiting}: {key} opens the accounts")
        });
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
            ScreenEvent::Answer(Answer::FollowUp(follow_up::Answer::Overview(read))) => {
                return match read {
                    Ok(overview) => {
                        self.overview = Some(overview);
                        Vec::new()
                    }
                    Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
                };
            }
            ScreenEvent::Answer(Answer::Dashboard(dashboard::Answer::State {
                recent,
                free_bytes,
            })) => {
                self.free_bytes = free_bytes;
                // A database that cannot be read is already the error of the overview.
                self.take_recent(recent.unwrap_or_default());
                return Vec::new();
            }
            ScreenEvent::Key(_, Some(command)) => command,
            _ => return Vec::new(),
        };
        let recent = self.shown_recent(columns(context));
        let open = |patient: &RecentPatient| vec![Action::Open(Box::new(Record::new(patient.id)))];
        if let Command::RecentPatient(index) = command {
            return match recent.get(index) {
                Some(patient) => open(patient),
                None => vec![Action::Tell(Notice::warning(NO_RECENT_PATIENT))],
            };
        }
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
        let selected = self.selection.index.checked_sub(entries.len());
        if command == Command::Open
            && let Some(patient) = selected.and_then(|index| recent.get(index))
        {
            return open(patient);
        }
        let count = entries.len() + recent.len();
        if self.selection.handle(command, count, 1) {
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
        let index = self.selection.index;
        let selected = index.checked_sub(entries.len());
        let recent = lines::recent(&self.recent, area.width, selected);
        let plan = Plan::of(
            area.height,
            warnings.len(),
            entries.len(),
            !recent.is_empty(),
        );
        let [
            greeting,
            last,
            warned,
            _,
            today,
            _,
            menu,
            _,
            recent_row,
            machine,
        ] = panel::stacked(
            panel::centred(area, area.width, plan.height()),
            plan.rows().map(Constraint::Length),
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
        let items = lines::today(self.overview.as_ref(), today.width);
        lines::draw(frame, today, items, None, context);
        let menu = panel::centred(menu, MENU_CELLS, menu.height);
        if usize::from(menu.height) >= entries.len() {
            choice::menu(frame, menu, &entries, 0, index, context);
        } else {
            in_two_columns(frame, menu, &entries, index, context);
        }
        lines::draw_recent(frame, recent_row, recent, selected, context);
        let items = lines::machine(self.free_bytes, machine.width, context);
        lines::draw(frame, machine, items, None, context);
    }
}

/// Cells of the menu.
const MENU_CELLS: u16 = 78;

/// The names of a menu alone, in two columns.
fn in_two_columns(
    frame: &mut Frame<'_>,
    area: Rect,
    entries: &[(&str, &str)],
    index: usize,
    context: &Context<'_>,
) {
    let half = entries.len().div_ceil(2);
    let names: Vec<_> = entries.iter().map(|(name, _)| (*name, "")).collect();
    let [left, right] = Layout::horizontal([Constraint::Fill(1); 2]).areas(area);
    let (first, rest) = names.split_at(half.min(names.len()));
    choice::menu(frame, left, first, 0, index, context);
    choice::menu(frame, right, rest, half, index, context);
}

/// Columns of the screen between the margins of the frame.
fn columns(context: &Context<'_>) -> u16 {
    chrome::body(context.size).width
}

/// Heights of the parts of the screen. What matters less gives way first where there is little room.
struct Plan {
    warnings: u16,
    menu: u16,
    /// Blank rows above today's work, above the menu, and below it.
    gaps: [u16; 3],
    has_recent: bool,
    has_machine: bool,
}

impl Plan {
    fn of(height: u16, warnings: usize, entries: usize, wants_recent: bool) -> Self {
        let (warnings, entries) = (warnings as u16, entries as u16);
        // Greeting, last sign-in, warnings and today's work.
        let first = 3 + warnings;
        // All lines, with a blank row between the entries and around them.
        let roomy = first + 2 * entries + 6;
        if height >= roomy {
            return Self {
                warnings,
                menu: 2 * entries,
                gaps: [1, 2, 1],
                has_recent: wants_recent,
                has_machine: true,
            };
        }
        let in_two_columns = first + entries > height;
        let menu = match in_two_columns {
            true => entries.div_ceil(2),
            false => entries,
        };
        let mut spare = height.saturating_sub(first + menu);
        let mut take = |wanted: bool| {
            let taken = wanted && spare > 0;
            spare -= u16::from(taken);
            taken
        };
        let has_recent = take(wants_recent);
        let above_menu = take(true);
        let has_machine = take(true);
        let gaps = [take(true), above_menu, take(true)].map(u16::from);
        Self {
            warnings,
            menu,
            gaps,
            has_recent,
            has_machine,
        }
    }

    fn rows(&self) -> [u16; 10] {
        let [above_today, above_menu, below_menu] = self.gaps;
        let (recent, machine) = (u16::from(self.has_recent), u16::from(self.has_machine));
        let menu = self.menu;
        [
            1,
            1,
            self.warnings,
            above_today,
            1,
            above_menu,
            menu,
            below_menu,
            recent,
            machine,
        ]
    }

    fn height(&self) -> u16 {
        self.rows().iter().sum()
    }
}
