//! Account of the signed-in user: personal data, password, second factor, tokens, sign-ins, keys of SSH.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::change_password;
use super::pick_theme::PickTheme;
use super::second_factor::{Enrol, Remove};
use super::server::Server;
use super::sign_ins::SignIns;
use super::ssh_keys::SshKeys;
use super::tokens::Tokens;
use super::{Action, Screen, ScreenEvent};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::files::Files;
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{choice, panel};
use crate::tui::worker::accounts::OwnAccount;
use crate::tui::worker::{Answer, Request, accounts};

const PASSWORD: usize = 0;
const SECOND_FACTOR: usize = 1;
const TOKENS: usize = 2;
const COLOURS: usize = 4;
const SSH_KEYS: usize = 5;
const SERVER: usize = 6;

/// The entries; the last is for owners on a server.
const NAMES: [&str; 7] = [
    "Password",
    "Second factor",
    "Tokens",
    "Sign-in history",
    "Colours",
    "SSH keys",
    "Server",
];

/// The screen.
#[derive(Default)]
pub struct MyAccount {
    selection: Selection,
    own: Option<Box<OwnAccount>>,
}

/// Asks for the data that an account's user may see.
pub(super) fn ask(context: &Context<'_>) -> Vec<Action> {
    let access = context.access.cloned();
    let ask = |access| Action::Ask(Request::Accounts(accounts::Request::Own(access)));
    access.map(ask).into_iter().collect()
}

impl MyAccount {
    fn open(&self) -> Vec<Action> {
        let screen: Box<dyn Screen> = match (self.selection.index, &self.own) {
            (PASSWORD, _) => Box::new(change_password::form()),
            (COLOURS, _) => Box::new(PickTheme::default()),
            (SSH_KEYS, _) => Box::new(SshKeys::default()),
            (SERVER, _) => Box::new(Server::default()),
            // The other entries need the account's data first.
            (_, None) => return Vec::new(),
            (SECOND_FACTOR, Some(own)) if own.second_factor => Box::new(Remove::default()),
            (SECOND_FACTOR, Some(_)) => Box::new(Enrol::default()),
            (TOKENS, Some(_)) => Box::new(Tokens::default()),
            (_, Some(own)) => Box::new(SignIns::new(own.sign_ins.clone())),
        };
        vec![Action::Open(screen)]
    }

    /// Explanation of each entry.
    fn explanations(&self, context: &Context<'_>) -> [String; NAMES.len()] {
        let [factor, tokens, history, keys] = match &self.own {
            None => ["…", "…", "…", "…"].map(str::to_owned),
            Some(own) => {
                let factor = match own.second_factor {
                    true => "on: signing in also needs a code".to_owned(),
                    false => "off: signing in needs the password only".to_owned(),
                };
                let tokens = match own.tokens.len() {
                    0 => "none; scripts use them to sign in".to_owned(),
                    1 => "1 token for scripts".to_owned(),
                    count => format!("{count} tokens for scripts"),
                };
                let failed = own.sign_ins.iter().filter(|past| !past.succeeded).count();
                let history = match (own.sign_ins.first(), failed) {
                    (None, _) => "none yet".to_owned(),
                    (Some(newest), 0) => {
                        let local = context.moment.local(newest.at);
                        format!("newest {}", local.strftime("%Y-%m-%d %H:%M"))
                    }
                    (Some(_), failed) => format!("{failed} recent sign-ins failed"),
                };
                let keys = match own.ssh_keys.len() {
                    0 => "none; they sign in over SSH".to_owned(),
                    1 => "1 key that signs in over SSH".to_owned(),
                    count => format!("{count} keys that sign in over SSH"),
                };
                [factor, tokens, history, keys]
            }
        };
        let colours = format!("theme {}", scrub(context.theme.name()));
        let server = "who is on, queue, memory, disk, files".to_owned();
        let change = "change".to_owned();
        [change, factor, tokens, history, colours, keys, server]
    }

    /// Number of entries that the user has.
    fn count(context: &Context<'_>) -> usize {
        let owns = context.account.is_some_and(|account| account.owner);
        match owns && *context.files != Files::Machine {
            true => NAMES.len(),
            false => NAMES.len() - 1,
        }
    }
}

impl Screen for MyAccount {
    fn title(&self) -> &str {
        "My account"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Choose]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened | ScreenEvent::Returned => return ask(context),
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::Own(answer))) => match answer {
                Ok(own) => self.own = Some(own),
                Err(error) => return vec![Action::Tell(Notice::error(error.to_string()))],
            },
            ScreenEvent::Key(_, Some(command))
                if self.selection.handle(command, Self::count(context), 1) => {}
            ScreenEvent::Key(_, Some(Command::Open)) => return self.open(),
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        // Two rows an entry where there is room.
        let height = 8 + 2 * Self::count(context) as u16;
        let area = panel::centred(area, 78, height);
        let inner = panel::framed(frame, area, "My account", theme, true);
        let [facts, _, menu] = panel::stacked(
            inner,
            [
                Constraint::Length(5),
                Constraint::Length(1),
                Constraint::Min(0),
            ],
        );
        if let Some(account) = context.account {
            let role = match account.owner {
                true => format!("{}, owner of the installation", account.role.label()),
                false => account.role.label().to_owned(),
            };
            let lines = [
                ("Name", account.full_name.as_str()),
                ("Email", &account.email),
                ("Hospital", &account.hospital),
                ("Admin ID", &account.admin_id),
                ("Role", &role),
            ];
            for ((label, value), row) in lines.into_iter().zip(facts.rows()) {
                let line = Line::from(vec![
                    Span::styled(format!("{label:10}"), theme.style(Role::Muted)),
                    Span::styled(scrub(value), theme.style(Role::Text)),
                ]);
                frame.render_widget(line, row);
            }
        }
        let explanations = self.explanations(context);
        let entries: Vec<(&str, &str)> = NAMES
            .into_iter()
            .zip(explanations.iter().map(String::as_str))
            .take(Self::count(context))
            .collect();
        choice::menu(frame, menu, &entries, 0, self.selection.index, context);
    }
}
