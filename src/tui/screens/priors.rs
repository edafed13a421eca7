//! Nodules of a patient's other exams, to choose the earlier state of a nodule.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Action, Screen, ScreenEvent};
use crate::store::PriorNodule;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;

/// Most rows of the list.
const ROWS: u16 = 12;

/// The dialog.
pub struct Priors {
    /// Newest exam first.
    priors: Vec<PriorNodule>,
    selection: Selection,
    reply: Reply<PriorNodule>,
}

impl Priors {
    /// List of `priors`, newest exam first. The chosen one goes to `reply`.
    pub fn new(priors: Vec<PriorNodule>, reply: Reply<PriorNodule>) -> Self {
        Self {
            priors,
            selection: Selection::default(),
            reply,
        }
    }
}

/// Scan date, or the date of saving if it is not known.
pub fn day(prior: &PriorNodule, context: &Context<'_>) -> Date {
    let saved_on = || context.moment.local(prior.created_at).date();
    prior.scanned_on.unwrap_or_else(saved_on)
}

impl Screen for Priors {
    fn title(&self) -> &str {
        "Earlier nodules"
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
        if self.selection.handle(command, self.priors.len(), 1) {
            return Vec::new();
        }
        match (command, self.priors.get(self.selection.index)) {
            (Command::Open, Some(prior)) => {
                vec![self.reply.send(prior.clone())]
            }
            (Command::Back, _) => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let height = (self.priors.len() as u16).clamp(1, ROWS) + 2;
        let area = panel::centred(area, 74, height);
        let inner = panel::raised(frame, area, "Choose the same nodule", theme);
        let first = self
            .selection
            .first_in(self.priors.len(), inner, context.areas);
        let rows = self.priors.iter().enumerate().skip(first).zip(inner.rows());
        for ((index, prior), row) in rows {
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            frame.buffer_mut().set_style(row, theme.style(role));
            let nodule = &prior.kept.nodule;
            let line = format!(
                "{}  {:<12} {:>15}  mean {:>5}  {:<4} {}",
                day(prior, context),
                nodule.draft.nodule_type.as_str(),
                nodule.draft.axes.to_string(),
                nodule.draft.axes.mean().to_string(),
                nodule.verdict().category.as_str(),
                nodule.lobe.map_or("", |lobe| lobe.as_str()),
            );
            frame.render_widget(Line::from(Span::raw(line)), row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
    }
}
