//! The hospital's own texts of letters; administrators change them.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use tui_input::{Input, InputRequest};

use super::follow_up;
use crate::clinical::follow_up::letter::{self, LetterKind, PLACEHOLDERS};
use crate::store::Role as AccountRole;
use crate::text::sentence;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::{panel, text_area};
use crate::tui::worker::Answer;
use crate::tui::worker::follow_up::{self as work, Request};

/// The screen.
pub(super) struct LetterText {
    kind: LetterKind,
    /// None until it was read.
    text: Option<Input>,
    /// The text as it is kept.
    kept: String,
    may_change: bool,
}

impl LetterText {
    /// For the account that is signed in.
    pub(super) fn new(context: &Context<'_>) -> Self {
        let role = context.account.map(|account| account.role);
        Self {
            kind: LetterKind::Recall,
            text: None,
            kept: String::new(),
            may_change: role == Some(AccountRole::Administrator),
        }
    }

    fn ask(&self, context: &Context<'_>) -> Vec<Action> {
        let kind = self.kind;
        let ask = |access| follow_up(Request::LetterText { access, kind });
        context.access.cloned().map(ask).into_iter().collect()
    }

    fn is_touched(&self) -> bool {
        (self.text.as_ref()).is_some_and(|text| text.value() != self.kept)
    }

    fn save(&self, context: &Context<'_>) -> Vec<Action> {
        let (Some(text), Some(access)) = (&self.text, context.access.cloned()) else {
            return Vec::new();
        };
        if !self.may_change {
            let message = "Only an administrator changes the texts of letters.";
            return vec![Action::Tell(Notice::warning(message))];
        }
        let typed = text.value().to_owned();
        if !typed.trim().is_empty()
            && let Err(complaint) = letter::check(&typed)
        {
            return vec![Action::Tell(Notice::error(complaint.to_string()))];
        }
        vec![follow_up(Request::SetLetterText {
            access,
            kind: self.kind,
            text: typed,
        })]
    }

    fn columns(context: &Context<'_>) -> usize {
        usize::from(context.size.width.saturating_sub(6)).max(1)
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        match command {
            Command::Save => self.save(context),
            Command::Back | Command::Next if self.is_touched() => {
                let message =
                    "The text was changed: F2 saves it. Press the key again to drop the change.";
                // The change is dropped with the next press, as the sentence says.
                self.kept = self.text.as_ref().map_or("", Input::value).to_owned();
                vec![Action::Tell(Notice::warning(message))]
            }
            Command::Back => vec![Action::Close],
            Command::Next => {
                self.kind = match self.kind {
                    LetterKind::Recall => LetterKind::Overdue,
                    LetterKind::Overdue => LetterKind::Recall,
                };
                self.text = None;
                self.ask(context)
            }
            _ => Vec::new(),
        }
    }
}

impl Screen for LetterText {
    fn title(&self) -> &str {
        "Texts of letters"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::LetterText]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => return self.ask(context),
            ScreenEvent::Answer(Answer::FollowUp(work::Answer::LetterText { kind, text }))
                if kind == self.kind =>
            {
                match text {
                    Ok(text) => {
                        self.text = Some(Input::new(text.clone()));
                        self.kept = text;
                    }
                    Err(error) => return vec![Action::Tell(Notice::error(error.to_string()))],
                }
            }
            ScreenEvent::Answer(Answer::FollowUp(work::Answer::LetterTextSet(outcome))) => {
                return match outcome {
                    Ok(()) => {
                        let mut actions = self.ask(context);
                        actions.push(Action::Tell(Notice::good("The text is saved.")));
                        actions
                    }
                    Err(error) => {
                        vec![Action::Tell(Notice::error(sentence(&error.to_string())))]
                    }
                };
            }
            ScreenEvent::Key(_, Some(command)) => return self.handle(command, context),
            ScreenEvent::Key(key, None) => {
                if let Some(text) = self.text.as_mut().filter(|_| self.may_change) {
                    text_area::edit(text, key, Self::columns(context));
                }
            }
            ScreenEvent::Paste(pasted) => {
                if let Some(text) = self.text.as_mut().filter(|_| self.may_change) {
                    for letter in pasted.replace("\r\n", "\n").replace('\r', "\n").chars() {
                        text.handle(InputRequest::InsertChar(letter));
                    }
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let [text, below] = panel::stacked(area, [Constraint::Min(5), Constraint::Length(7)]);
        let title = format!("{} letter", self.kind.label());
        let inner = panel::framed(frame, text, &title, theme, self.may_change);
        match &self.text {
            None => panel::remark(frame, inner, "Reading the text …", Role::Muted, theme),
            Some(text) => {
                text_area::view(frame, inner, text, self.may_change, theme.style(Role::Text));
            }
        }
        let inner = panel::framed(frame, below, "Placeholders", theme, false);
        let listed = PLACEHOLDERS.map(|(name, means)| format!("{{{name}}} {means}"));
        let mut words = listed.join(", ");
        words.push_str(match self.may_change {
            true => ". An empty text restores LUNNY's own.",
            false => ". Administrators change the texts.",
        });
        let words = panel::paragraph(words).style(theme.style(Role::Muted));
        frame.render_widget(words, inner);
    }
}
