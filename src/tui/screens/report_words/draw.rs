//! Drawing of the text areas, with a hint below them.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use super::{Purpose, WordsForm};
use crate::clinical::report::ReportWords;
use crate::clinical::report::template::PLACEHOLDERS;
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::widgets::{panel, text_area};

impl WordsForm {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let [text, below] = panel::stacked(area, [Constraint::Min(6), Constraint::Length(2)]);
        // The findings are the longest part.
        let shares = match self.areas.len() {
            1 => vec![Constraint::Fill(1)],
            _ => vec![
                Constraint::Fill(2),
                Constraint::Fill(1),
                Constraint::Fill(1),
            ],
        };
        let rows = Layout::vertical(shares).split(text);
        let headings: Vec<String> = match &self.purpose {
            Purpose::Addendum(_) => vec!["Addendum to the signed report".to_owned()],
            Purpose::Exam { .. } => ReportWords::HEADINGS.map(str::to_owned).into(),
            Purpose::Template(category) => ReportWords::HEADINGS
                .map(|heading| format!("{heading}, category {}", category.label()))
                .into(),
        };
        for (index, (input, row)) in self.areas.iter().zip(rows.iter()).enumerate() {
            let is_here = index == self.focus;
            let heading = headings.get(index).map_or("", String::as_str);
            let inner = panel::framed(frame, *row, heading, theme, is_here);
            match self.kept {
                None => panel::remark(frame, inner, "Reading …", Role::Muted, theme),
                Some(_) => text_area::view(frame, inner, input, is_here, theme.style(Role::Text)),
            }
        }
        let words = match &self.purpose {
            _ if self.is_saving => "Saving …".to_owned(),
            Purpose::Exam { .. } => {
                "F3 fills empty parts from the template of the measured category. What is saved here is part of the next \
                 version of the report, which w writes and s signs."
                    .to_owned()
            }
            Purpose::Addendum(_) => {
                "It is added below the signed text with your name and the time, and cannot be changed. F2 adds it.".to_owned()
            }
            Purpose::Template(_) => {
                let listed = PLACEHOLDERS.map(|(name, means)| format!("{{{name}}} {means}"));
                format!("{}. Empty parts restore LUNNY's own.", listed.join(", "))
            }
        };
        let words = panel::paragraph(words).style(theme.style(Role::Muted));
        frame.render_widget(words, below);
    }
}
