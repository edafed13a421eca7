//! Offer of a draft: restore it, discard it, or keep it for later.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::{Action, Screen, ScreenEvent};
use crate::tui::context::Context;
use crate::tui::draft;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::widgets::panel;

/// Choice about a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftChoice {
    /// The form is filled with the draft.
    Restore,
    /// The draft is deleted and the form starts without it.
    Discard,
    /// The form closes and the draft stays.
    Leave,
}

/// The dialog.
pub struct DraftOffer {
    kept_at: Timestamp,
    reply: Reply<DraftChoice>,
}

impl DraftOffer {
    /// Offers the draft that was saved at `kept_at`.
    pub fn new(kept_at: Timestamp, reply: Reply<DraftChoice>) -> Self {
        Self { kept_at, reply }
    }
}

impl Screen for DraftOffer {
    fn title(&self) -> &str {
        "Draft"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Draft]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(_, Some(command)) = event else {
            return Vec::new();
        };
        let choice = match command {
            Command::Open => DraftChoice::Restore,
            Command::Delete => DraftChoice::Discard,
            Command::Back => DraftChoice::Leave,
            _ => return Vec::new(),
        };
        vec![self.reply.send(choice)]
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let sentence = format!(
            "You have an unsaved draft from {}. Press Enter to restore it, d to discard it, Esc to keep it for later.",
            draft::kept_at(self.kept_at, context)
        );
        let text = panel::paragraph(sentence);
        let width = area.width.min(56);
        let height = text.line_count(width.saturating_sub(4)) as u16 + 2;
        let place = panel::centred(area, width, height);
        let inner = panel::raised(frame, place, "Draft", context.theme);
        frame.render_widget(text, inner);
        frame.set_cursor_position((inner.x, inner.y));
    }
}
