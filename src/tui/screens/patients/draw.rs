//! Drawing of the table.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::row_commands::RowCommand;
use super::window::Window;
use super::{Patients, Purpose, columns, detail, highlight, rows};
use crate::store::{Column, Count};
use crate::text::{clipped, counted, grouped, scrub};
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// Sign before a selected row.
const MARK: &str = "✓";
/// Sign before a row with a similar name.
const SIMILAR: &str = "~";
/// Hint after the filter chips.
const REMOVES: &str = "Backspace removes the last";
/// Width from which the details of a row are shown beside the table.
const WITH_DETAIL: u16 = 118;

/// Rows that a page of the table moves by.
pub(super) fn visible_rows(context: &Context<'_>) -> usize {
    usize::from(context.size.height.saturating_sub(8))
}

impl Patients {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let beside = match area.width >= WITH_DETAIL {
            true => (area.width * 3 / 8).clamp(44, 64),
            false => 0,
        };
        let [table, beside] =
            Layout::horizontal([Constraint::Min(0), Constraint::Length(beside)]).areas(area);
        if beside.width > 0 {
            detail::draw(frame, beside, self.row(), context);
        }
        let title = match self.purpose {
            Purpose::Browse => "Patients",
            Purpose::Save { .. } => "Which patient does this result belong to?",
        };
        let inner = panel::framed(frame, table, title, theme, true);
        let [search, head, body, foot] = panel::stacked(
            inner,
            [
                Constraint::Length(2),
                Constraint::Length(1),
                Constraint::Min(0),
                Constraint::Length(1),
            ],
        );
        self.draw_search(frame, search, context);
        let placed = columns::placed(
            self.arrangement.columns(),
            inner.width.saturating_sub(rows::GUTTER),
        );
        let Some(window) = &self.window else {
            let message = match self.keys.is_asked() {
                true => "Reading the records …",
                false => "The records could not be read. Press Enter to try again.",
            };
            return panel::remark(frame, body, message, Role::Muted, theme);
        };
        if window.known() == 0 {
            panel::remark(frame, body, self.empty_text(), Role::Muted, theme);
        }
        let order = self.arrangement.order;
        rows::draw(frame, head, &placed, |column, width| {
            let is_sorted = order.is_some_and(|order| order.by == column);
            let role = if is_sorted {
                Role::Heading
            } else {
                Role::Muted
            };
            let text = rows::heading(column, order, width, context);
            Line::styled(text, theme.style(role))
        });
        self.draw_rows(frame, body, window, &placed, context);
        self.draw_foot(frame, foot, window, &placed, context);
    }

    fn draw_search(&self, frame: &mut Frame<'_>, search: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let typed = scrub(self.search.value()).into_owned();
        let shown = match typed.is_empty() {
            true => Span::styled(
                "type part of a name, a patient ID, a birth date or a note",
                theme.style(Role::Muted),
            ),
            false => Span::styled(typed.clone(), theme.style(Role::Match)),
        };
        let line = vec![Span::styled("› ", theme.style(Role::Accent)), shown];
        frame.render_widget(Line::from(line), search);
        let behind = search.x.saturating_add(2 + typed.width() as u16);
        frame.set_cursor_position((behind.min(search.right().saturating_sub(1)), search.y));
        let (Some(below), chips) = (search.rows().nth(1), self.wanted.chips()) else {
            return;
        };
        if chips.is_empty() {
            return;
        }
        let muted = theme.style(Role::Muted);
        let (hidden, chips) = fitting(&chips, usize::from(below.width));
        let before = match hidden {
            0 => String::new(),
            _ => format!("+{hidden} "),
        };
        let mut line = Line::from(Span::styled(before, muted));
        for chip in chips {
            line.push_span(Span::styled(
                format!(" {chip} "),
                theme.style(Role::FieldFocus),
            ));
            line.push_span(Span::raw(" "));
        }
        line.push_span(Span::styled(REMOVES, muted));
        frame.render_widget(line, below);
    }

    /// Reason why the table is empty, and what to do.
    fn empty_text(&self) -> &'static str {
        let is_filtered = !self.wanted.chips().is_empty();
        match (&self.purpose, self.search.value().is_empty()) {
            (Purpose::Browse, _) if is_filtered => {
                "No patient matches. Backspace in an empty search removes the last filter."
            }
            (Purpose::Save { .. }, _) => "Press Enter to create a new patient for this result.",
            (Purpose::Browse, true) => {
                "No patients yet. Press Ctrl-N for a new record or F7 to import a file. The result of an \
                 analysed scan can also be saved to a new record."
            }
            (Purpose::Browse, false) => "No patient matches. Esc clears the search.",
        }
    }

    fn draw_rows(
        &self,
        frame: &mut Frame<'_>,
        body: Rect,
        window: &Window,
        placed: &[(Column, u16)],
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let words = highlight::words(self.search.value());
        let first = self.selection.first_in(window.known(), body, context.areas);
        for (index, row) in (first..).zip(body.rows()) {
            let Some(patient) = window.row(index) else {
                continue;
            };
            let is_here = index == self.selection.index;
            if is_here {
                frame
                    .buffer_mut()
                    .set_style(row, theme.style(Role::Selection));
            }
            let is_marked = self.marks.contains(patient.id);
            if is_marked || window.is_similar() {
                let sign = if is_marked { MARK } else { SIMILAR };
                let role = if is_here {
                    Role::Selection
                } else {
                    Role::Accent
                };
                frame.render_widget(Span::styled(sign, theme.style(role)), row);
            }
            let style = |column| match (is_here, column, patient.last_result) {
                (true, ..) => theme.style(Role::Selection),
                (false, Column::LastResult, Some(result)) => theme.style(Role::from(result)),
                _ => theme.style(Role::Text),
            };
            rows::draw(frame, row, placed, |column, width| {
                let text = rows::cell(patient, column, width, context);
                let found = (!is_here).then(|| theme.style(Role::Match));
                highlight::marked(&text, &words, style(column), found)
            });
        }
    }

    fn draw_foot(
        &self,
        frame: &mut Frame<'_>,
        foot: Rect,
        window: &Window,
        placed: &[(Column, u16)],
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let position = match window.known() {
            0 => String::new(),
            _ => format!(
                "{} of {}",
                grouped(self.selection.index as u64 + 1),
                total(window.total())
            ),
        };
        let room = usize::from(foot.width).saturating_sub(position.width() + 2);
        let words = match (&self.purpose, &self.deletion.busy) {
            _ if self.keys.waiting().is_some() => {
                self.keys.waiting().map_or("", RowCommand::waits).to_owned()
            }
            (_, Some(busy)) => busy.clone(),
            _ if window.is_similar() && !self.is_saving() => {
                "No exact match: similar names (~)".to_owned()
            }
            (
                Purpose::Save {
                    saving: Some(name), ..
                },
                _,
            ) => format!("Saving to {} …", scrub(name)),
            (Purpose::Save { .. }, _) => {
                "Enter to save to this patient, Ctrl-N for a new patient".to_owned()
            }
            (Purpose::Browse, None) => self.state(placed, context),
        };
        let words = clipped(&words, room).into_owned();
        frame.render_widget(Line::styled(words, theme.style(Role::Accent)), foot);
        let position = Line::from(Span::styled(position, theme.style(Role::Muted)));
        frame.render_widget(position.alignment(Alignment::Right), foot);
    }

    /// Number of selected rows, sort order, and number of hidden columns.
    fn state(&self, placed: &[(Column, u16)], context: &Context<'_>) -> String {
        let marked = match self.marks.len() {
            0 => None,
            count => Some(format!("{} selected", grouped(count as u64))),
        };
        let sorted = self.arrangement.order.map(|order| {
            let sign = rows::direction(order, context);
            format!("by {} {sign}", columns::label(order.by))
        });
        let hidden = self
            .arrangement
            .columns()
            .len()
            .saturating_sub(placed.len());
        let hidden = match hidden {
            0 => None,
            count => Some(format!("{} hidden", counted(count, "column"))),
        };
        let parts = [marked, sorted, hidden].into_iter().flatten();
        parts.collect::<Vec<_>>().join(" · ")
    }
}

/// The last chips that fit into `room` cells beside the hint, and the number hidden before them. The very last is
/// always among them: it is the one that Backspace removes.
fn fitting(chips: &[String], room: usize) -> (usize, &[String]) {
    // Space for the number of hidden chips before them.
    let mut room = room.saturating_sub("+99 ".len() + REMOVES.width());
    let mut fits = 0;
    for chip in chips.iter().rev() {
        // A space on both sides, and one before the next.
        let width = chip.width() + 3;
        if width > room && fits > 0 {
            break;
        }
        room = room.saturating_sub(width);
        fits += 1;
    }
    let hidden = chips.len().saturating_sub(fits);
    (hidden, chips.get(hidden..).unwrap_or_default())
}

fn total(count: Count) -> String {
    match count {
        Count::Exactly(count) => grouped(count),
        Count::MoreThan(count) => format!("more than {}", grouped(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_chips_are_shown_and_hidden_ones_are_counted() {
        let chips: Vec<String> = (10..20).map(|n| format!("chip {n}")).collect();
        assert_eq!(fitting(&chips, 200), (0, &chips[..]));
        assert_eq!(fitting(&chips, 30 + 20), (8, &chips[8..]));
        assert_eq!(fitting(&chips, 5), (9, &chips[9..]));
        assert_eq!(fitting(&[], 80), (0, &[][..]));
    }
}
