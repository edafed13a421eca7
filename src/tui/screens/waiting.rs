//! Screen of an account that is not approved yet: the account, who can approve it, and what to do.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;

use super::{Action, Screen, ScreenEvent};
use crate::store::Account;
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// The screen.
pub struct Waiting {
    /// Account and hospital; at sign-in only the hospital is known.
    sentence: String,
    whom: Approver,
}

/// User who can approve the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approver {
    Administrator,
    /// An owner of the installation, because the hospital is new.
    Owner,
}

impl Approver {
    fn words(self) -> &'static str {
        match self {
            Self::Administrator => "an administrator",
            Self::Owner => "an owner of this installation to approve the hospital",
        }
    }

    fn next(self) -> &'static str {
        match self {
            Self::Administrator => {
                "This is not an error. An administrator of your hospital approves the account under Accounts. \
                 Then sign in with your email and password."
            }
            Self::Owner => {
                "This is not an error. The hospital is new here: the person who set up LUNNY approves the hospital under \
                 Accounts. Then sign in with your email and password."
            }
        }
    }
}

impl Waiting {
    /// Right after registering.
    pub fn new(account: &Account) -> Self {
        let whom = match account.hospital_waits {
            true => Approver::Owner,
            false => Approver::Administrator,
        };
        Self {
            sentence: format!(
                "The account of {} ({}) at {} was created and waits for {}.",
                account.full_name,
                account.email,
                account.hospital,
                whom.words()
            ),
            whom,
        }
    }

    /// At a sign-in with the right password.
    pub fn at_sign_in(email: &str, hospital: &str, whom: Approver) -> Self {
        let email = email.trim();
        Self {
            sentence: format!(
                "The account {email} at {hospital} still waits for {}.",
                whom.words()
            ),
            whom,
        }
    }
}

impl Screen for Waiting {
    fn title(&self) -> &str {
        "Waiting for approval"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Message]
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 68, 12);
        let inner = panel::framed(frame, area, "Waiting for approval", theme, true);
        let [_, who, next, back] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(4),
                Constraint::Min(0),
                Constraint::Length(1),
            ],
        );
        let sentence = scrub(&self.sentence);
        let who_waits = panel::paragraph(sentence.as_ref()).style(theme.style(Role::Heading));
        frame.render_widget(who_waits, who);
        frame.render_widget(
            panel::paragraph(self.whom.next()).style(theme.style(Role::Text)),
            next,
        );
        let line = Line::styled(
            "Press Enter to return to the first screen",
            theme.style(Role::Muted),
        );
        frame.render_widget(line.alignment(Alignment::Right), back);
        frame.set_cursor_position((back.x, back.y));
    }
}
