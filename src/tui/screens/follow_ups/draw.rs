//! Drawing of the lists.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::FollowUps;
use crate::clinical::follow_up::List;
use crate::clinical::lung_rads::Category;
use crate::clinical::patient::Field;
use crate::store::{FollowUpFilters, FollowUpRow};
use crate::text::{counted, grouped, scrub};
use crate::tui::context::Context;
use crate::tui::screens::dated_lists::{DatedView, chips, draw_detail, stated};
use crate::tui::theme::Role;
use crate::tui::widgets::paged_list::{cell, name_cells};

/// Cells of the columns in a terminal of 80 columns: ID, name, category, day.
const NUMBER: usize = 12;
const NAME: usize = 24;
const CATEGORY: usize = 5;
const DAY: usize = 11;

impl FollowUps {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
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
        let FollowUpFilters {
            category,
            doctor,
            from,
            until,
        } = &self.wanted;
        let category = category.map(|category| format!("category {}", category.label()));
        let name = name_cells(NAME, area.width);
        let view = DatedView {
            title: "Follow-up",
            tabs: tabs.to_vec(),
            hint: "type a part of a name or a patient ID",
            chips: chips(category, doctor.as_deref(), *from, *until),
            heading: self.heading(name),
            reading: "Reading the follow-ups …",
            one: "follow-up",
            nothing: self.nothing(),
            foot: match self.marked.len() {
                0 => String::new(),
                count => format!("{} selected", grouped(count as u64)),
            },
            rows: &|index| match self.rows.rows().get(index) {
                Some(row) => self.line(row, name, context.moment.today()),
                None => (String::new(), Role::Text),
            },
        };
        let detail = view.draw(frame, area, &self.rows, context);
        if let Some(row) = self.rows.row() {
            draw_row(frame, detail, row, context);
        }
    }

    fn heading(&self, name: usize) -> String {
        let [day, last] = match self.list {
            List::Done => ["Closed on", "By"],
            List::Unread => ["Scanned on", "Model's answer"],
            List::Due | List::Overdue | List::Later => ["Due on", "Assigned doctor"],
        };
        format!(
            "  {}{}{}{}{last}",
            cell("Patient ID", NUMBER),
            cell("Name", name),
            cell("Cat.", CATEGORY),
            cell(day, DAY),
        )
    }

    fn nothing(&self) -> &'static str {
        match self.list {
            List::Due => "Nothing is due.",
            List::Overdue => "Nothing is overdue.",
            List::Later => "Nothing is due on a later day.",
            List::Unread => "Every newest exam has a category.",
            List::Done => "No follow-up is closed yet.",
        }
    }

    /// A follow-up as a row with so many cells for the name, and its style.
    fn line(&self, row: &FollowUpRow, name: usize, today: Date) -> (String, Role) {
        let is_urgent = matches!(row.category, Some(Category::FourB | Category::FourX));
        let role = match (self.list, is_urgent) {
            (List::Overdue, _) | (List::Due, true) => Role::Warning,
            _ => Role::Text,
        };
        let mark = match self.marked.contains(&row.exam) {
            true => "✓ ",
            false => "  ",
        };
        let text = format!(
            "{mark}{}{}{}{}{}",
            cell(&row.patient.number, NUMBER),
            cell(&row.patient.full_name, name),
            cell(row.category.map_or("–", Category::label), CATEGORY),
            cell(&self.day(row), DAY),
            self.last(row, today),
        );
        (text, role)
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
}

/// Draws the panel of the selected follow-up.
fn draw_row(frame: &mut Frame<'_>, area: Rect, row: &FollowUpRow, context: &Context<'_>) {
    let when = match (row.due, row.closed) {
        (_, Some((on, by))) => format!("closed on {on}: {}", by.label()),
        (Some(due), None) => format!("due {due}"),
        (None, None) => "no category, no date due".to_owned(),
    };
    let category = row.category.map_or("none", Category::label);
    let behind = format!(
        "scanned on {} · category {category} · {when}",
        row.scanned_on
    );
    let stated = |field| stated(&row.patient, field);
    let last = match row.remark.is_empty() {
        true => stated(Field::Address),
        false => format!("Remark: {}", scrub(&row.remark)),
    };
    let contact = format!("{} · {}", stated(Field::Phone), stated(Field::Doctor));
    draw_detail(frame, area, &row.patient, &behind, [contact, last], context);
}

/// Days from the date due to today.
fn past(due: Date, today: Date) -> Option<i32> {
    today.since(due).ok().map(|span| span.get_days())
}
