//! Tokens for scripts: the list, a new one, and revoking one.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Span;

use super::confirm::Confirm;
use super::my_account;
use super::new_token::NewToken;
use super::{Action, READING, Screen, ScreenEvent, refused};
use crate::store::{Token, TokenId};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::theme::Role;
use crate::tui::widgets::list_keys::{self, ListKeys, Pressed, Refusal, Settled};
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, Request, accounts};

/// The screen.
#[derive(Default)]
pub struct Tokens {
    tokens: Option<Vec<Token>>,
    selection: Selection,
    /// State of the rows, and the key that waits for them.
    keys: ListKeys<Revokes, TokenId>,
    /// The token that the user said yes to revoking.
    revoked: Inbox<TokenId>,
}

/// Waiting key: ask whether to revoke the selected token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Revokes;

impl Tokens {
    fn at_hand(&self) -> &[Token] {
        self.tokens.as_deref().unwrap_or_default()
    }

    fn selected(&self) -> Option<TokenId> {
        let token = self.at_hand().get(self.selection.index)?;
        Some(token.id)
    }

    fn ask(&mut self, question: list_keys::Question, context: &Context<'_>) -> Vec<Action> {
        self.keys.asked(question);
        my_account::ask(context)
    }

    fn press(&mut self, context: &Context<'_>) -> Vec<Action> {
        let is_sure = self.at_hand().len() <= 1;
        let now = context.moment.since_start;
        match self.keys.press(Revokes, self.selected(), is_sure, now) {
            Pressed::Acts(Revokes) => self.ask_to_revoke(),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.ask(list_keys::Question::Same, context),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    fn arrived(&mut self, tokens: Vec<Token>, context: &Context<'_>) -> Vec<Action> {
        let selected = self.selected();
        let ids: Vec<TokenId> = tokens.iter().map(|token| token.id).collect();
        self.tokens = Some(tokens);
        let now = context.moment.since_start;
        match (self.keys).settle_all(&mut self.selection, selected, &ids, now) {
            Settled::Rests => Vec::new(),
            Settled::Acts(Revokes) => self.ask_to_revoke(),
            Settled::Refused(refusal) => vec![refused(refusal)],
        }
    }

    fn ask_to_revoke(&self) -> Vec<Action> {
        let Some(token) = self.at_hand().get(self.selection.index) else {
            return Vec::new();
        };
        let sentence = format!(
            "Revoke the token {}? Scripts that use it can no longer sign in.",
            token.name
        );
        let id = token.id;
        let reply = self.revoked.reply(move |()| id);
        let confirm = Confirm::new("Revoke token", &sentence, "Revoke", reply);
        vec![Action::Open(Box::new(confirm))]
    }
}

impl Screen for Tokens {
    fn title(&self) -> &str {
        "Tokens"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Tokens, Scope::List]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.ask(list_keys::Question::Other, context),
            ScreenEvent::Covered => {
                self.keys.drop_waiting();
                Vec::new()
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::Own(Ok(own)))) => {
                self.arrived(own.tokens, context)
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::Own(Err(error)))) => {
                self.keys.failed();
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::TokenRevoked(revoked))) => {
                let notice = match revoked {
                    Ok(()) => Notice::good("The token was revoked."),
                    Err(error) => Notice::error(error.to_string()),
                };
                let message = std::iter::once(Action::Tell(notice));
                message
                    .chain(self.ask(list_keys::Question::Same, context))
                    .collect()
            }
            ScreenEvent::Returned => {
                let Some(token) = self.revoked.take() else {
                    return self.ask(list_keys::Question::Same, context);
                };
                let Some(access) = context.access.cloned() else {
                    return Vec::new();
                };
                let request = accounts::Request::RevokeToken { access, token };
                vec![Action::Ask(Request::Accounts(request))]
            }
            ScreenEvent::Key(_, Some(command)) => {
                let count = self.at_hand().len();
                let waited = self.keys.drop_waiting();
                if self.selection.handle(command, count, 1) {
                    self.keys.looked();
                    return Vec::new();
                }
                match command {
                    Command::NewToken => vec![Action::Open(Box::new(NewToken::default()))],
                    Command::Delete => self.press(context),
                    Command::Back if waited => Vec::new(),
                    // The account screen shows their number.
                    Command::Back => vec![Action::Return],
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn waits(&self) -> Option<&'static str> {
        self.keys.waiting().map(|_| READING)
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 100, area.height);
        let inner = panel::framed(frame, area, "Tokens for scripts", theme, true);
        let [head, rows] = panel::stacked(inner, [Constraint::Length(1), Constraint::Min(0)]);
        let Some(tokens) = &self.tokens else {
            panel::remark(frame, rows, "Reading …", Role::Muted, theme);
            return;
        };
        if tokens.is_empty() {
            let sentence = "No tokens yet. Press {new-token} to make one: a script signs in to this account with it, without the \
                            password and the second factor, until it expires.";
            let sentence = keymap::worded(&[Scope::Tokens], sentence);
            panel::remark(frame, rows, &sentence, Role::Muted, theme);
            return;
        }
        let headings = ["Name", "Scope", "Created", "Last used", "Expires"].map(str::to_owned);
        draw_row(frame, head, headings, theme.style(Role::Muted));
        let day = |at: Timestamp| context.moment.local(at).strftime("%Y-%m-%d").to_string();
        let first = self.selection.first_in(tokens.len(), rows, context.areas);
        for (index, row) in (first..).zip(rows.rows()) {
            let Some(token) = tokens.get(index) else {
                break;
            };
            let chosen = index == self.selection.index;
            let over = token.expires_at <= context.moment.now.timestamp();
            let role = match (chosen, over) {
                (true, _) => Role::Selection,
                (false, true) => Role::Muted,
                (false, false) => Role::Text,
            };
            if chosen {
                frame.buffer_mut().set_style(row, theme.style(role));
                frame.set_cursor_position((row.x, row.y));
            }
            let until = match over {
                true => "expired".to_owned(),
                false => day(token.expires_at),
            };
            let cells = [
                scrub(&token.name).into_owned(),
                token.scopes.to_string(),
                day(token.created_at),
                token.last_used_at.map_or("never".to_owned(), day),
                until,
            ];
            draw_row(frame, row, cells, theme.style(role));
        }
    }
}

fn draw_row(frame: &mut Frame<'_>, row: Rect, cells: [String; 5], style: ratatui::style::Style) {
    let widths = [
        Constraint::Min(10),
        Constraint::Length(19),
        Constraint::Length(10),
        Constraint::Length(10),
        Constraint::Length(11),
    ];
    let places: [Rect; 5] = Layout::horizontal(widths).spacing(1).areas(row);
    for (cell, place) in cells.into_iter().zip(places) {
        frame.render_widget(Span::styled(cell, style), place);
    }
}
