//! Actions on one account. Each asks for confirmation.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::words;
use crate::store::{Account, AccountId};
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::screens::confirm::Confirm;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{choice, panel};
use crate::tui::worker::accounts::AccountAction;

/// The dialog.
pub(super) struct AccountActions {
    account: Account,
    possible: Vec<AccountAction>,
    selection: Selection,
    /// Inbox of the list of accounts, which does what the user said yes to.
    chosen: Inbox<(AccountId, AccountAction)>,
}

impl AccountActions {
    /// Actions that `viewer` may perform on `account`.
    pub(super) fn new(
        account: Account,
        viewer: &Account,
        chosen: Inbox<(AccountId, AccountAction)>,
    ) -> Self {
        Self {
            possible: words::possible(&account, viewer),
            account,
            selection: Selection::default(),
            chosen,
        }
    }

    fn choose(&self) -> Vec<Action> {
        let Some(&account_action) = self.possible.get(self.selection.index) else {
            return Vec::new();
        };
        let (sentence, yes) = words::question(&self.account, account_action);
        let (title, _) = words::entry(account_action);
        let chosen = (self.account.id, account_action);
        let reply = self.chosen.reply(move |()| chosen);
        let confirm = Confirm::new(title, &sentence, yes, reply);
        vec![Action::Replace(Box::new(confirm))]
    }
}

impl Screen for AccountActions {
    fn title(&self) -> &str {
        "Account"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Choose]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(_, Some(command)) = event else {
            return Vec::new();
        };
        if self.selection.handle(command, self.possible.len(), 1) {
            return Vec::new();
        }
        match command {
            Command::Open => self.choose(),
            Command::Back => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let account = &self.account;
        let entries: Vec<(&str, &str)> = self
            .possible
            .iter()
            .map(|&account_action| words::entry(account_action))
            .collect();
        let height = entries.len() as u16 + 7;
        let area = panel::centred(area, 64, height);
        let inner = panel::raised(frame, area, &scrub(&account.full_name), theme);
        let [email, id, since, _, menu] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Min(0),
            ],
        );
        let made = context.moment.local(account.created_at);
        let facts = [
            (email, "Email", scrub(&account.email).into_owned()),
            (id, "Admin ID", scrub(&account.admin_id).into_owned()),
            (
                since,
                "Registered",
                made.strftime("%Y-%m-%d %H:%M").to_string(),
            ),
        ];
        for (row, label, value) in facts {
            let line = Line::from(vec![
                Span::styled(format!("{label:12}"), theme.style(Role::Muted)),
                Span::styled(value, theme.style(Role::Text)),
            ]);
            frame.render_widget(line, row);
        }
        choice::menu(frame, menu, &entries, 0, self.selection.index, context);
    }
}
