//! Two form fields for a new password: the rules for both, and the strength meter under them.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::form::{Field, Form, Kind};
use super::panel;
use crate::store::password::{self, Strength};
use crate::tui::theme::{Role, Theme};

/// Rows of the meter: the bar, and a suggestion.
pub const METER: u16 = 2;

/// Requirement, shown in the empty field.
const EXAMPLE: &str = "15 characters or more; a sentence is fine";

/// The last two fields of a form.
pub struct NewPassword {
    first: usize,
    strength: Strength,
}

impl NewPassword {
    /// The two fields.
    pub fn fields(label: &'static str) -> [Field; 2] {
        [
            Field::new(label, Kind::Password, EXAMPLE),
            Field::new("Repeat password", Kind::Password, "the same password"),
        ]
    }

    /// For the fields `first` and the one after it.
    pub fn at(first: usize) -> Self {
        Self {
            first,
            strength: password::strength("", &[]),
        }
    }

    /// Measures the strength of the typed password; `about` are data of the user.
    pub fn measure(&mut self, form: &Form, about: &[&str]) {
        self.strength = password::strength(form.value(self.first), about);
    }

    /// Complaint at the second one if the two differ.
    pub fn difference(&self, form: &Form) -> Option<(usize, String)> {
        let again = self.first + 1;
        let differ = form.value(self.first) != form.value(again);
        differ.then(|| (again, "The two passwords differ.".to_owned()))
    }

    /// Draws the meter once something was typed.
    pub fn view(&self, frame: &mut Frame<'_>, area: Rect, form: &Form, theme: &Theme) {
        if form.value(self.first).is_empty() {
            return;
        }
        let strength = &self.strength;
        let [bar, advice] = panel::stacked(area, [Constraint::Length(1), Constraint::Length(1)]);
        let role = match (strength.acceptable, strength.score) {
            (true, _) => Role::Good,
            (false, 2..) => Role::Warning,
            (false, _) => Role::Error,
        };
        let filled = usize::from(strength.score.min(4)) + 1;
        let line = Line::from(vec![
            Span::styled("Strength   ", theme.style(Role::Muted)),
            Span::styled("━━━━".repeat(filled), theme.style(role)),
            Span::styled("────".repeat(5 - filled), theme.style(Role::Border)),
            Span::styled(format!(" {}", strength.label), theme.style(role)),
        ]);
        frame.render_widget(line, bar);
        if let Some(sentence) = &strength.advice {
            let sentence = Span::styled(sentence.as_str(), theme.style(Role::Muted));
            frame.render_widget(sentence, advice);
        }
    }
}
