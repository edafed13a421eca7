//! Accounts of the hospital, for its administrators: waiting accounts, active ones, and actions on them. For owners of
//! the installation also the accounts that ask for a new hospital, and the other owners.

mod actions;
mod words;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;
use zeroize::Zeroizing;

use super::secret::Secret;
use super::{Action, READING, Screen, ScreenEvent, refused};
use crate::clinical::text;
use crate::store::{Account, AccountId, AccountStatus, Role as AccountRole, StoreError};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::theme::Role;
use crate::tui::widgets::form::edit_request;
use crate::tui::widgets::list_keys::{self, ListKeys, Pressed, Refusal, Settled};
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::accounts::AccountAction;
use crate::tui::worker::{Answer, Request, accounts};
pub use words::waiting;

use actions::AccountActions;

/// The screen.
#[derive(Default)]
pub struct Accounts {
    accounts: Option<Vec<Account>>,
    search: Input,
    selection: Selection,
    /// Key that opens an account and waits while the accounts are read.
    keys: ListKeys<Opens, AccountId>,
    /// Running action, and the name of its account.
    doing: Option<(String, AccountAction)>,
    /// The action that the user confirmed.
    chosen: Inbox<(AccountId, AccountAction)>,
}

/// Waiting key: open the actions of the selected account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Opens;

/// Asks for the accounts that the signed-in user administers.
pub(super) fn ask(context: &Context<'_>) -> Vec<Action> {
    let (Some(access), Some(account)) = (context.access.cloned(), context.account) else {
        return Vec::new();
    };
    let request = accounts::Request::List {
        access,
        administrator: account.role == AccountRole::Administrator,
        owner: account.owner,
    };
    vec![Action::Ask(Request::Accounts(request))]
}

impl Accounts {
    /// Accounts that match the typed text, in the store's order: waiting ones first.
    fn matching(&self) -> Vec<&Account> {
        let wanted = text::key(self.search.value());
        let words: Vec<&str> = wanted.split_whitespace().collect();
        let matches = |account: &&Account| {
            let known = text::key(&format!(
                "{} {} {} {} {} {}",
                account.full_name,
                account.hospital,
                account.email,
                account.admin_id,
                account.role.label(),
                words::standing(account)
            ));
            words.iter().all(|word| known.contains(word))
        };
        self.accounts.iter().flatten().filter(matches).collect()
    }

    fn selected(&self) -> Option<AccountId> {
        let matching = self.matching();
        let account = matching.get(self.selection.index)?;
        Some(account.id)
    }

    fn ask(&mut self, question: list_keys::Question, context: &Context<'_>) -> Vec<Action> {
        self.keys.asked(question);
        ask(context)
    }

    fn press(&mut self, context: &Context<'_>) -> Vec<Action> {
        let is_sure = self.matching().len() <= 1;
        let now = context.moment.since_start;
        match self.keys.press(Opens, self.selected(), is_sure, now) {
            Pressed::Acts(Opens) => self.open(context),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.ask(list_keys::Question::Same, context),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    fn listed(&mut self, accounts: Vec<Account>, context: &Context<'_>) -> Vec<Action> {
        let selected = self.selected();
        self.accounts = Some(accounts);
        let ids: Vec<AccountId> = self.matching().iter().map(|account| account.id).collect();
        let now = context.moment.since_start;
        match (self.keys).settle_all(&mut self.selection, selected, &ids, now) {
            Settled::Rests => Vec::new(),
            Settled::Acts(Opens) => self.open(context),
            Settled::Refused(refusal) => vec![refused(refusal)],
        }
    }

    fn open(&self, context: &Context<'_>) -> Vec<Action> {
        let matching = self.matching();
        let Some(account) = matching.get(self.selection.index) else {
            return Vec::new();
        };
        let Some(own) = context.account else {
            return Vec::new();
        };
        if own.id == account.id {
            let sentence = "This is your own account: open My account on the dashboard. Another administrator can \
                            change your role.";
            return vec![Action::Tell(Notice::warning(sentence))];
        }
        if account.owner && !own.owner {
            let sentence =
                "This is the account of an owner of the installation: only an owner can change it.";
            return vec![Action::Tell(Notice::warning(sentence))];
        }
        vec![Action::Open(Box::new(AccountActions::new(
            (*account).clone(),
            own,
            self.chosen.clone(),
        )))]
    }

    fn perform(
        &mut self,
        id: AccountId,
        account_action: AccountAction,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let mut accounts = self.accounts.iter().flatten();
        let account = accounts.find(|account| account.id == id);
        let (Some(account), Some(access)) = (account, context.access.cloned()) else {
            return Vec::new();
        };
        self.doing = Some((account.full_name.clone(), account_action));
        let request = accounts::Request::Administer {
            access,
            account: id,
            email: account.email.clone(),
            account_action,
        };
        vec![Action::Ask(Request::Accounts(request))]
    }

    fn done(
        &mut self,
        answer: Result<Option<Zeroizing<String>>, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let Some((name, account_action)) = self.doing.take() else {
            return Vec::new();
        };
        let mut actions = match answer {
            Ok(Some(code)) => {
                let about = format!(
                    "Reset code of {}. It is valid for 24 hours: at Sign in press F3, then enter the email and the code to choose a \
                     new password. Give it to this person only.",
                    scrub(&name)
                );
                let shown = Secret::new("Reset code", about, vec![code], "reset-code");
                vec![Action::Open(Box::new(shown))]
            }
            Ok(None) => vec![Action::Tell(Notice::good(words::done(
                &name,
                account_action,
            )))],
            Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
        };
        actions.extend(self.ask(list_keys::Question::Same, context));
        actions
    }
}

impl Screen for Accounts {
    fn title(&self) -> &str {
        "Accounts"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Accounts, Scope::List]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.ask(list_keys::Question::Other, context),
            ScreenEvent::Covered => {
                self.keys.drop_waiting();
                Vec::new()
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::Listed(listed))) => match listed
            {
                Ok(accounts) => self.listed(accounts, context),
                Err(error) => {
                    self.keys.failed();
                    vec![Action::Tell(Notice::error(error.to_string()))]
                }
            },
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::Administered(answer))) => {
                self.done(answer, context)
            }
            ScreenEvent::Returned => match self.chosen.take() {
                Some((id, action)) => self.perform(id, action, context),
                None => Vec::new(),
            },
            ScreenEvent::Key(key, command) => {
                let rows = usize::from(context.size.height.saturating_sub(7));
                let count = self.matching().len();
                let waited = self.keys.drop_waiting();
                if command.is_some_and(|command| self.selection.handle(command, count, rows)) {
                    self.keys.looked();
                    return Vec::new();
                }
                match command {
                    Some(Command::Back) if waited => Vec::new(),
                    Some(Command::Back) if !self.search.value().is_empty() => {
                        self.search.reset();
                        self.selection = Selection::default();
                        Vec::new()
                    }
                    // The dashboard counts the waiting accounts.
                    Some(Command::Back) => vec![Action::Return],
                    Some(Command::Open) => self.press(context),
                    _ => {
                        if let Some(request) = edit_request(key) {
                            self.search.handle(request);
                            self.selection = Selection::default();
                        }
                        Vec::new()
                    }
                }
            }
            ScreenEvent::Paste(text) => {
                self.keys.drop_waiting();
                self.search = Input::new(text.trim().chars().filter(|c| !c.is_control()).collect());
                self.selection = Selection::default();
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn waits(&self) -> Option<&'static str> {
        self.keys.waiting().map(|_| READING)
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let hospital = context.account.map_or("", |account| &account.hospital);
        let title = format!("Accounts of {}", scrub(hospital));
        let inner = panel::framed(frame, area, &title, theme, true);
        let [search, head, rows, foot] = panel::stacked(
            inner,
            [
                Constraint::Length(2),
                Constraint::Length(1),
                Constraint::Min(0),
                Constraint::Length(1),
            ],
        );
        let typed = scrub(self.search.value()).into_owned();
        let shown = match typed.is_empty() {
            true => Span::styled("type to search", theme.style(Role::Muted)),
            false => Span::styled(typed.as_str(), theme.style(Role::Match)),
        };
        let prompt = Span::styled("› ", theme.style(Role::Accent));
        frame.render_widget(Line::from(vec![prompt, shown]), search);
        frame.set_cursor_position((search.x + 2 + typed.width() as u16, search.y));
        let Some(all) = &self.accounts else {
            panel::remark(frame, rows, "Reading the accounts …", Role::Muted, theme);
            return;
        };
        let headings = ["", "Name", "Email", "Role", "Factor", "Last sign-in"];
        draw_row(frame, head, headings.map(str::to_owned), |_| {
            theme.style(Role::Muted)
        });
        let matching = self.matching();
        if matching.is_empty() {
            let sentence = "No account matches. Esc clears the search.";
            panel::remark(frame, rows, sentence, Role::Muted, theme);
        }
        let first = self.selection.first_in(matching.len(), rows, context.areas);
        for (index, row) in (first..).zip(rows.rows()) {
            let Some(account) = matching.get(index) else {
                break;
            };
            let chosen = index == self.selection.index;
            if chosen {
                let style = theme.style(Role::Selection);
                frame.buffer_mut().set_style(row, style);
            }
            draw_row(frame, row, cells(account, context), |column| {
                let role = match (chosen, account.standing, column) {
                    (true, ..) => Role::Selection,
                    (false, AccountStatus::Pending, 0) => Role::Warning,
                    (false, AccountStatus::Disabled, _) => Role::Muted,
                    (false, AccountStatus::Active, 0) => Role::Good,
                    _ => Role::Text,
                };
                theme.style(role)
            });
        }
        let waiting = all
            .iter()
            .filter(|account| account.standing == AccountStatus::Pending)
            .count();
        let line = Line::styled(words::waiting(waiting), theme.style(Role::Accent));
        frame.render_widget(line, foot);
        let position = match matching.len() {
            0 => String::new(),
            count => format!("{} of {count}", self.selection.index + 1),
        };
        let line = Line::from(Span::styled(position, theme.style(Role::Muted)));
        frame.render_widget(line.alignment(Alignment::Right), foot);
    }
}

fn cells(account: &Account, context: &Context<'_>) -> [String; 6] {
    let last = account.last_sign_in.map(|at| {
        let local = context.moment.local(at);
        local.strftime("%Y-%m-%d").to_string()
    });
    let own = context.account.map_or("", |own| &own.hospital);
    let name = match account.hospital == own {
        true => account.full_name.clone(),
        false => format!("{}, {}", account.full_name, account.hospital),
    };
    let role = match account.standing {
        AccountStatus::Pending => "–",
        _ => account.role.label(),
    };
    let factor = if account.second_factor { "on" } else { "off" };
    [
        words::standing(account).to_owned(),
        scrub(&name).into_owned(),
        scrub(&account.email).into_owned(),
        role.to_owned(),
        factor.to_owned(),
        last.unwrap_or_else(|| "never".to_owned()),
    ]
}

fn draw_row(frame: &mut Frame<'_>, area: Rect, cells: [String; 6], style: impl Fn(usize) -> Style) {
    // A narrow table drops the second factor and the last sign-in, never the name.
    let (factor, last) = match area.width {
        96.. => (6, 12),
        74.. => (0, 12),
        _ => (0, 0),
    };
    let widths = [
        Constraint::Length(8),
        Constraint::Fill(2),
        Constraint::Fill(3),
        Constraint::Length(13),
        Constraint::Length(factor),
        Constraint::Length(last),
    ];
    let places: [Rect; 6] = Layout::horizontal(widths).spacing(1).areas(area);
    for (column, (cell, place)) in cells.into_iter().zip(places).enumerate() {
        frame.render_widget(Span::styled(cell, style(column)), place);
    }
}
