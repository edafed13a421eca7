//! The lists on the screen.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::Worklist;
use crate::clinical::patient::Field;
use crate::clinical::worklist::PlannedList;
use crate::store::{PlannedRow, PlannedState};
use crate::text::{clipped, scrub};
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::widgets::paged_list::{self, cell};
use crate::tui::widgets::panel;

/// Cells of the columns: day, ID, name, accession number.
const DAY: usize = 11;
const NUMBER: usize = 12;
const NAME: usize = 22;
const ACCESSION: usize = 15;

/// Rows that a page of the list moves by.
pub(super) fn visible_rows(context: &Context<'_>) -> usize {
    usize::from(context.size.height.saturating_sub(12)).max(1)
}

impl Worklist {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let [list, detail] = panel::stacked(area, [Constraint::Min(8), Constraint::Length(5)]);
        let inner = panel::framed(frame, list, "Worklist", theme, true);
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
        let count = |list| match (list, &self.counts) {
            (PlannedList::Today, Some(counts)) => Some(counts.today),
            (PlannedList::Missed, Some(counts)) => Some(counts.missed),
            _ => None,
        };
        let titles = PlannedList::ALL.map(|list| (list.label(), count(list), list == self.list));
        paged_list::draw_tabs(frame, tabs, titles, theme);
        let hint = "type a part of a name, a patient ID or an accession number";
        self.rows.draw_search(frame, search, hint, theme);
        let chips_line = Line::styled(self.chips(), theme.style(Role::Accent));
        frame.render_widget(chips_line, chips);
        let heading = self.heading(usize::from(head.width));
        frame.render_widget(Line::styled(heading, theme.style(Role::Muted)), head);
        match (self.rows.is_read(), self.rows.rows()) {
            (false, _) => {
                panel::remark(frame, body, "Reading the worklist …", Role::Muted, theme);
            }
            (true, []) => panel::remark(frame, body, self.nothing(), Role::Muted, theme),
            (true, rows) => self.draw_rows(frame, body, rows, context),
        }
        self.rows.draw_foot(frame, foot, String::new(), theme);
        self.draw_detail(frame, detail, context);
    }

    /// Filters of the list, in words.
    fn chips(&self) -> String {
        let wanted = &self.wanted;
        let parts = [
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
            PlannedList::Done => ["Done on", "Result"],
            _ => ["Planned", "Reason"],
        };
        let columns = format!(
            "  {}{}{}{}{last}",
            cell(day, DAY),
            cell("Patient ID", NUMBER),
            cell("Name", NAME),
            cell("Accession", ACCESSION),
        );
        clipped(&columns, width).into_owned()
    }

    fn nothing(&self) -> &'static str {
        let is_narrowed = !self.rows.text().is_empty() || !self.chips().is_empty();
        match self.list {
            _ if is_narrowed => {
                "No planned exam of this list matches. Esc clears the search, Backspace in an empty one a filter."
            }
            PlannedList::Today => {
                "No exam is planned for today. Ctrl-N plans one, F7 imports a file."
            }
            PlannedList::Next => "No exam is planned for a later day.",
            PlannedList::Missed => "No planned exam is missed.",
            PlannedList::Done => "No planned exam is done or cancelled yet.",
        }
    }

    fn draw_rows(
        &self,
        frame: &mut Frame<'_>,
        body: Rect,
        rows: &[PlannedRow],
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let first = self.rows.first_visible(usize::from(body.height));
        for ((index, row), place) in rows.iter().enumerate().skip(first).zip(body.rows()) {
            let is_here = index == self.rows.selected();
            let role = match (is_here, self.list) {
                (true, _) => Role::Selection,
                (false, PlannedList::Missed) => Role::Warning,
                (false, _) => Role::Text,
            };
            frame.buffer_mut().set_style(place, theme.style(role));
            let (day, last) = match &row.state {
                PlannedState::Planned => (row.plan.on, row.plan.reason.clone()),
                PlannedState::Done { exam, on } => (*on, format!("exam E-{}", exam.0)),
                PlannedState::Cancelled { reason, on, .. } => {
                    (*on, format!("cancelled: {}", reason.label()))
                }
            };
            let text = format!(
                "  {}{}{}{}{}",
                cell(&day.to_string(), DAY),
                cell(&row.patient.number, NUMBER),
                cell(&row.patient.full_name, NAME),
                cell(&row.plan.accession, ACCESSION),
                scrub(&last),
            );
            let text = clipped(&text, usize::from(place.width)).into_owned();
            frame.render_widget(Span::raw(text), place);
        }
    }

    fn draw_detail(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let Some(row) = self.rows.row() else {
            return;
        };
        let name = scrub(&row.patient.full_name).into_owned();
        let inner = panel::framed(frame, area, &name, theme, false);
        let stated = |label: &str, value: &str| match value.is_empty() {
            true => format!("{label}: –"),
            false => format!("{label}: {}", scrub(&value.replace('\n', ", "))),
        };
        let born = match row.patient.date_of_birth {
            Some(born) => format!("born {born}"),
            None => "date of birth not stated".to_owned(),
        };
        let state = match &row.state {
            PlannedState::Planned => String::new(),
            PlannedState::Done { exam, on } => format!(" · done on {on}, exam E-{}", exam.0),
            PlannedState::Cancelled { reason, remark, on } => {
                let remark = match remark.is_empty() {
                    true => String::new(),
                    false => format!(", {}", scrub(remark)),
                };
                format!(" · cancelled on {on}: {}{remark}", reason.label())
            }
        };
        let value = |field: Field| row.patient.value(field).into_owned();
        let lines = [
            format!("{born} · W-{} planned for {}{state}", row.id.0, row.plan.on),
            format!(
                "{} · {}",
                stated("Accession", &row.plan.accession),
                stated("Reason", &row.plan.reason)
            ),
            format!(
                "{} · {}",
                stated(Field::Phone.label(), &value(Field::Phone)),
                stated(Field::Doctor.label(), &value(Field::Doctor))
            ),
        ];
        for (text, place) in lines.into_iter().zip(inner.rows()) {
            let text = clipped(&text, usize::from(place.width)).into_owned();
            frame.render_widget(Span::raw(text), place);
        }
    }
}
