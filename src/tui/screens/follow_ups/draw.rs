//! The lists on the screen.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::FollowUps;
use crate::clinical::follow_up::List;
use crate::clinical::lung_rads::Category;
use crate::clinical::patient::Field;
use crate::store::FollowUpRow;
use crate::text::{clipped, counted, grouped, scrub};
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::widgets::paged_list::{self, cell};
use crate::tui::widgets::panel;

/// Cells of the columns: ID, name, category, day.
const NUMBER: usize = 12;
const NAME: usize = 24;
const CATEGORY: usize = 5;
const DAY: usize = 11;

/// Rows that a page of the list moves by.
pub(super) fn visible_rows(context: &Context<'_>) -> usize {
    usize::from(context.size.height.saturating_sub(12)).max(1)
}

impl FollowUps {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let [list, detail] = panel::stacked(area, [Constraint::Min(8), Constraint::Length(5)]);
        let inner = panel::framed(frame, list, "Follow-up", theme, true);
        let [tabs, search, chips, head, body, foot] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Min(0),
                Constraint::Length(1),
            ],
        );
        self.draw_tabs(frame, tabs, context);
        let hint = "type a part of a name or a patient ID";
        self.rows.draw_search(frame, search, hint, theme);
        let chips_line = Line::styled(self.chips(), theme.style(Role::Accent));
        frame.render_widget(chips_line, chips);
        let heading = self.heading(usize::from(head.width));
        frame.render_widget(Line::styled(heading, theme.style(Role::Muted)), head);
        match (self.rows.is_read(), self.rows.rows()) {
            (false, _) => {
                panel::remark(frame, body, "Reading the follow-ups …", Role::Muted, theme);
            }
            (true, []) => panel::remark(frame, body, self.nothing(), Role::Muted, theme),
            (true, rows) => self.draw_rows(frame, body, rows, context),
        }
        let marked = match self.marked.len() {
            0 => String::new(),
            count => format!("{} selected", grouped(count as u64)),
        };
        self.rows.draw_foot(frame, foot, marked, theme);
        self.draw_detail(frame, detail, context);
    }

    fn draw_tabs(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let count = |list| {
            let counts = self.counts.as_ref()?;
            match list {
                List::Due => Some(counts.due),
                List::Overdue => Some(counts.overdue),
                List::Unread => Some(counts.unread),
                List::Later | List::Done => None,
            }
        };
        let tabs = List::ALL.map(|list| (list.label(), count(list), list == self.list));
        paged_list::draw_tabs(frame, area, tabs, context.theme);
    }

    /// Filters of the list, in words.
    fn chips(&self) -> String {
        let wanted = &self.wanted;
        let parts = [
            (wanted.category).map(|category| format!("category {}", category.label())),
            (wanted.doctor.as_deref()).map(|doctor| scrub(doctor).into_owned()),
            wanted.from.map(|day| format!("from {day}")),
            wanted.until.map(|day| format!("to {day}")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        match parts.is_empty() {
            true => String::new(),
            false => format!("{} · Backspace removes the last", parts.join(" · ")),
        }
    }

    fn heading(&self, width: usize) -> String {
        let [day, last] = match self.list {
            List::Done => ["Closed on", "By"],
            List::Unread => ["Scanned on", "Model's answer"],
            List::Due | List::Overdue | List::Later => ["Due on", "Assigned doctor"],
        };
        let columns = format!(
            "  {}{}{}{}{last}",
            cell("Patient ID", NUMBER),
            cell("Name", NAME),
            cell("Cat.", CATEGORY),
            cell(day, DAY),
        );
        clipped(&columns, width).into_owned()
    }

    fn nothing(&self) -> &'static str {
        let is_narrowed = !self.rows.text().is_empty() || !self.chips().is_empty();
        match self.list {
            _ if is_narrowed => {
                "No follow-up of this list matches. Esc clears the search, Backspace in an empty one a filter."
            }
            List::Due => "Nothing is due.",
            List::Overdue => "Nothing is overdue.",
            List::Later => "Nothing is due on a later day.",
            List::Unread => "Every newest exam has a category.",
            List::Done => "No follow-up is closed yet.",
        }
    }

    fn draw_rows(
        &self,
        frame: &mut Frame<'_>,
        body: Rect,
        rows: &[FollowUpRow],
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let today = context.moment.today();
        let first = self.rows.first_visible(usize::from(body.height));
        for ((index, row), place) in rows.iter().enumerate().skip(first).zip(body.rows()) {
            let is_here = index == self.rows.selected();
            let is_urgent = matches!(row.category, Some(Category::FourB | Category::FourX));
            let role = match (is_here, self.list, is_urgent) {
                (true, ..) => Role::Selection,
                (false, List::Overdue, _) | (false, List::Due, true) => Role::Warning,
                (false, ..) => Role::Text,
            };
            frame.buffer_mut().set_style(place, theme.style(role));
            let mark = match self.marked.contains(&row.exam) {
                true => "✓ ",
                false => "  ",
            };
            let text = format!(
                "{mark}{}{}{}{}{}",
                cell(&row.patient.number, NUMBER),
                cell(&row.patient.full_name, NAME),
                cell(row.category.map_or("–", Category::label), CATEGORY),
                cell(&self.day(row), DAY),
                self.last(row, today),
            );
            let text = clipped(&text, usize::from(place.width)).into_owned();
            frame.render_widget(Span::raw(text), place);
        }
    }

    fn day(&self, row: &FollowUpRow) -> String {
        match (self.list, row.closed, row.due) {
            (List::Done, Some((on, _)), _) => on.to_string(),
            (List::Unread, ..) => row.scanned_on.to_string(),
            (_, _, Some(due)) => due.to_string(),
            (_, _, None) => String::new(),
        }
    }

    fn last(&self, row: &FollowUpRow, today: Date) -> String {
        match (self.list, row.closed) {
            (List::Done, Some((_, by))) => by.label().to_owned(),
            (List::Unread, _) => row.result.label().to_owned(),
            _ => {
                let doctor = scrub(&row.patient.value(Field::Doctor)).into_owned();
                match row.due.and_then(|due| past(due, today)) {
                    Some(days) if days > 0 => {
                        format!(
                            "{} past  {doctor}",
                            counted(days.unsigned_abs() as usize, "day")
                        )
                    }
                    _ => doctor,
                }
            }
        }
    }

    fn draw_detail(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let Some(row) = self.rows.row() else {
            return;
        };
        let name = scrub(&row.patient.full_name).into_owned();
        let inner = panel::framed(frame, area, &name, theme, false);
        let stated = |field: Field| {
            let value = row.patient.value(field);
            match value.is_empty() {
                true => format!("{}: –", field.label()),
                false => format!("{}: {}", field.label(), scrub(&value.replace('\n', ", "))),
            }
        };
        let born = match row.patient.date_of_birth {
            Some(born) => format!("born {born}"),
            None => "date of birth not stated".to_owned(),
        };
        let when = match (row.due, row.closed) {
            (_, Some((on, by))) => format!("closed on {on}: {}", by.label()),
            (Some(due), None) => format!("due {due}"),
            (None, None) => "no category, no date due".to_owned(),
        };
        let category = row.category.map_or("none", Category::label);
        let mut third = stated(Field::Address);
        if !row.remark.is_empty() {
            third = format!("Remark: {}", scrub(&row.remark));
        }
        let lines = [
            format!(
                "{born} · scanned on {} · category {category} · {when}",
                row.scanned_on
            ),
            format!("{} · {}", stated(Field::Phone), stated(Field::Doctor)),
            third,
        ];
        for (text, place) in lines.into_iter().zip(inner.rows()) {
            let text = clipped(&text, usize::from(place.width)).into_owned();
            frame.render_widget(Span::raw(text), place);
        }
    }
}

/// Days from the date due to today.
fn past(due: Date, today: Date) -> Option<i32> {
    today.since(due).ok().map(|span| span.get_days())
}
