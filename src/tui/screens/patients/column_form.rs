//! Dialog for choosing and ordering the columns of the table.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::columns::{self, NAME};
use crate::store::Column;
use crate::text::counted;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;

/// Rows that a page of the list moves by.
const PAGE: usize = 10;
/// Width of the longest label.
const LABEL: usize = 22;

/// The dialog.
pub(super) struct ColumnForm {
    /// The chosen ones first, in their order, then the others.
    columns: Vec<(Column, bool)>,
    selection: Selection,
    reply: Reply<Vec<Column>>,
}

impl ColumnForm {
    /// Dialog with these columns chosen.
    pub(super) fn new(chosen: &[Column], reply: Reply<Vec<Column>>) -> Self {
        let others = columns::all().filter(|column| !chosen.contains(column));
        let chosen = chosen.iter().map(|&column| (column, true));
        Self {
            columns: chosen.chain(others.map(|column| (column, false))).collect(),
            selection: Selection::default(),
            reply,
        }
    }

    fn chosen(&self) -> Vec<Column> {
        let chosen = self.columns.iter().filter(|(_, chosen)| *chosen);
        chosen.map(|(column, _)| *column).collect()
    }

    fn toggle(&mut self) -> Vec<Action> {
        match self.columns.get_mut(self.selection.index) {
            Some((NAME, _)) => {
                let sentence = "The name column cannot be hidden: it identifies the patient.";
                return vec![Action::Tell(Notice::warning(sentence))];
            }
            Some((_, chosen)) => *chosen = !*chosen,
            None => {}
        }
        Vec::new()
    }

    /// Moves the selected column before or after its neighbour.
    fn carry(&mut self, upwards: bool) {
        let here = self.selection.index;
        let there = match upwards {
            true => here.checked_sub(1),
            false => Some(here + 1).filter(|there| *there < self.columns.len()),
        };
        if let Some(there) = there {
            self.columns.swap(here, there);
            self.selection.index = there;
        }
    }
}

impl Screen for ColumnForm {
    fn title(&self) -> &str {
        "Columns"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Columns, Scope::List]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(_, Some(command)) = event else {
            return Vec::new();
        };
        if self.selection.handle(command, self.columns.len(), PAGE) {
            return Vec::new();
        }
        match command {
            Command::Back => return vec![Action::Close],
            Command::Toggle => return self.toggle(),
            Command::CarryUp => self.carry(true),
            Command::CarryDown => self.carry(false),
            Command::Save => return vec![self.reply.send(self.chosen())],
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let height = (self.columns.len() as u16 + 4).min(area.height.saturating_sub(2));
        let area = panel::centred(area, 60, height);
        let inner = panel::raised(frame, area, "Columns of the table", theme);
        let [message, list] = panel::stacked(inner, [Constraint::Length(1), Constraint::Min(0)]);
        let words = format!(
            "{} shown, from the left.",
            counted(self.chosen().len(), "column")
        );
        frame.render_widget(Line::styled(words, theme.style(Role::Muted)), message);
        let first = self
            .selection
            .first_in(self.columns.len(), list, context.areas);
        let shown = self.columns.iter().enumerate().skip(first);
        for ((index, (column, is_chosen)), row) in shown.zip(list.rows()) {
            let is_here = index == self.selection.index;
            let role = match (is_here, is_chosen) {
                (true, _) => Role::Selection,
                (false, true) => Role::Text,
                (false, false) => Role::Muted,
            };
            frame.buffer_mut().set_style(row, theme.style(role));
            let mark = if *is_chosen { "[x]" } else { "[ ]" };
            let section = match column {
                Column::Field(field) => field.section().label(),
                _ => "Exams",
            };
            let line = Line::from(vec![
                Span::raw(format!("{mark} {:<LABEL$} ", columns::label(*column))),
                Span::raw(section),
            ]);
            frame.render_widget(line, row);
            if is_here {
                frame.set_cursor_position((row.x, row.y));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::USUAL;
    use super::*;

    #[test]
    fn every_column_is_offered_once_the_chosen_ones_first() {
        let form = ColumnForm::new(&USUAL, Reply::ignored());
        assert_eq!(form.chosen(), USUAL);
        assert_eq!(form.columns.len(), columns::all().count());
        let widest = columns::all().map(|column| columns::label(column).chars().count());
        assert_eq!(widest.max().map(|widest| widest <= LABEL), Some(true));
    }

    #[test]
    fn a_column_moves_past_its_neighbours_but_not_past_the_ends() {
        let mut form = ColumnForm::new(&USUAL, Reply::ignored());
        form.carry(true);
        assert_eq!(form.chosen(), USUAL);
        form.carry(false);
        form.carry(false);
        assert_eq!(form.selection.index, 2);
        assert_eq!(form.chosen()[2], USUAL[0]);
        assert_eq!(form.chosen()[..2], USUAL[1..3]);
        form.toggle();
        assert_eq!(form.chosen().len(), USUAL.len() - 1);
    }

    #[test]
    fn the_name_cannot_be_hidden() {
        let mut form = ColumnForm::new(&[NAME], Reply::ignored());
        assert_eq!(form.toggle().len(), 1);
        assert_eq!(form.chosen(), [NAME]);
    }
}
