//! Public keys with which the account signs in over SSH: the list, a new one by pasting, and removing one.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Span;

use super::confirm::Confirm;
use super::my_account;
use super::{Action, Screen, ScreenEvent};
use crate::store::{SshKey, SshKeyId};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, Request, accounts};

const KEY: usize = 0;

/// The list. It is as it was read: a key that was removed elsewhere is named as missing, and no other is taken in its place.
#[derive(Default)]
pub struct SshKeys {
    keys: Option<Vec<SshKey>>,
    selection: Selection,
    /// The key that the user said yes to removing.
    removed: Inbox<SshKeyId>,
}

/// The dialog for a new key.
pub struct NewSshKey {
    form: Form,
    waiting: bool,
}

impl SshKeys {
    fn at_hand(&self) -> &[SshKey] {
        self.keys.as_deref().unwrap_or_default()
    }

    fn ask_to_remove(&self) -> Vec<Action> {
        let Some(key) = self.at_hand().get(self.selection.index) else {
            return Vec::new();
        };
        let question = format!(
            "Remove the key {}, {}? It can no longer sign in to your account.",
            key.name, key.fingerprint
        );
        let id = key.id;
        let reply = self.removed.reply(move |()| id);
        let confirm = Confirm::new("Remove key", &question, "Remove", reply);
        vec![Action::Open(Box::new(confirm))]
    }

    fn act(&mut self, command: Command) -> Vec<Action> {
        if self.selection.handle(command, self.at_hand().len(), 1) {
            return Vec::new();
        }
        match command {
            Command::NewSshKey => vec![Action::Open(Box::new(NewSshKey::default()))],
            Command::Delete => self.ask_to_remove(),
            // The account screen shows their number.
            Command::Back => vec![Action::Return],
            _ => Vec::new(),
        }
    }
}

impl Screen for SshKeys {
    fn title(&self) -> &str {
        "SSH keys"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::SshKeys, Scope::List]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let answer = match event {
            ScreenEvent::Opened => return my_account::ask(context),
            ScreenEvent::Key(_, Some(command)) => return self.act(command),
            ScreenEvent::Returned => {
                let removed = self.removed.take().zip(context.access.cloned());
                let Some((key, access)) = removed else {
                    return my_account::ask(context);
                };
                let request = accounts::Request::RemoveSshKey { access, key };
                return vec![Action::Ask(Request::Accounts(request))];
            }
            ScreenEvent::Answer(Answer::Accounts(answer)) => answer,
            _ => return Vec::new(),
        };
        match answer {
            accounts::Answer::Own(Ok(own)) => {
                let last = own.ssh_keys.len().saturating_sub(1);
                self.selection.index = self.selection.index.min(last);
                self.keys = Some(own.ssh_keys);
                Vec::new()
            }
            accounts::Answer::SshKeyRemoved(removed) => {
                let notice = match removed {
                    Ok(()) => Notice::good("The key was removed."),
                    Err(error) => Notice::error(error.to_string()),
                };
                let told = std::iter::once(Action::Tell(notice));
                told.chain(my_account::ask(context)).collect()
            }
            accounts::Answer::Own(Err(error)) => {
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 100, area.height);
        let inner = panel::framed(frame, area, "SSH keys", theme, true);
        let [rows, foot] = panel::stacked(inner, [Constraint::Min(0), Constraint::Length(1)]);
        let Some(keys) = &self.keys else {
            panel::remark(frame, rows, "Reading …", Role::Muted, theme);
            return;
        };
        if keys.is_empty() {
            let words = "No keys yet. Press {new-ssh-key} to add the public key of your computer: ssh then signs in to lunny serve \
                         without the password, and with the code of the second factor where it is on.";
            let words = keymap::worded(&[Scope::SshKeys], words);
            panel::remark(frame, rows, &words, Role::Muted, theme);
            return;
        }
        let day = |at: Timestamp| context.moment.local(at).strftime("%Y-%m-%d").to_string();
        // Two rows each: the fingerprint takes most of one.
        let shown = usize::from(rows.height / 2);
        let first = self.selection.first_visible(keys.len(), shown);
        let count = keys.len().min(first + shown);
        (context.areas).rows(rows, 2, first, count, self.selection.index);
        for (place, (index, key)) in keys.iter().enumerate().skip(first).take(shown).enumerate() {
            let y = rows.y + 2 * place as u16;
            let row = Rect {
                y,
                height: 1,
                ..rows
            };
            let below = Rect { y: y + 1, ..row };
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            if chosen {
                frame.buffer_mut().set_style(row, theme.style(role));
                frame.set_cursor_position((row.x, row.y));
            }
            let [name, used] =
                Layout::horizontal([Constraint::Min(10), Constraint::Length(41)]).areas(row);
            let last = key.last_used_at.map_or("never used".to_owned(), |at| {
                format!("last used {}", day(at))
            });
            let dates = format!("added {}, {last}", day(key.added_at));
            frame.render_widget(Span::styled(scrub(&key.name), theme.style(role)), name);
            frame.render_widget(Span::styled(dates, theme.style(role)), used);
            let fingerprint = Span::styled(&key.fingerprint, theme.style(Role::Muted));
            frame.render_widget(fingerprint, below);
        }
        let words = "A new password removes all keys.";
        frame.render_widget(Span::styled(words, theme.style(Role::Muted)), foot);
    }
}

impl Default for NewSshKey {
    fn default() -> Self {
        let hint = "paste the line of id_ed25519.pub";
        Self {
            form: Form::new(vec![Field::new("Key", Kind::Text, hint)]),
            waiting: false,
        }
    }
}

impl NewSshKey {
    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        self.waiting = true;
        let text = self.form.value(KEY).to_owned();
        let request = accounts::Request::AddSshKey { access, text };
        vec![Action::Ask(Request::Accounts(request))]
    }
}

impl Screen for NewSshKey {
    fn title(&self) -> &str {
        "New key"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(key, command)
                if !self.waiting && self.form.take(key, command) == Outcome::Submitted =>
            {
                return self.submit(context);
            }
            ScreenEvent::Paste(text) if !self.waiting => self.form.paste(text.trim()),
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::SshKeyAdded(added))) => {
                self.waiting = false;
                match added {
                    Ok(fingerprint) => {
                        let words = format!("The key {fingerprint} was added.");
                        return vec![Action::Tell(Notice::good(words)), Action::Return];
                    }
                    Err(error) => self.form.complain(KEY, context.sentence(&error)),
                }
            }
            ScreenEvent::Failed => self.waiting = false,
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 76, 9);
        let inner = panel::raised(frame, area, "New key", theme);
        let [_, fields, remark] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(2),
                Constraint::Min(0),
            ],
        );
        match self.form.view(frame, fields, context) {
            Some(complaint) => panel::remark(frame, remark, &complaint, Role::Error, theme),
            None => {
                let words =
                    "Paste the public key: the line that begins with ssh-ed25519 or ecdsa-sha2-.";
                panel::remark(frame, remark, words, Role::Muted, theme);
            }
        }
    }
}
