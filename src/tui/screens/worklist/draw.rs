//! Drawing of the lists.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::Worklist;
use crate::clinical::patient::Field;
use crate::clinical::worklist::PlannedList;
use crate::store::{PlannedRow, PlannedState};
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::screens::dated_lists::{DatedView, chips, draw_detail, stated};
use crate::tui::theme::Role;
use crate::tui::widgets::paged_list::{cell, name_cells};

/// Cells of the columns in a terminal of 80 columns: day, ID, name, accession number.
const DAY: usize = 11;
const NUMBER: usize = 12;
const NAME: usize = 22;
const ACCESSION: usize = 15;

impl Worklist {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let count = |list| match (list, &self.counts) {
            (PlannedList::Today, Some(counts)) => Some(counts.today),
            (PlannedList::Missed, Some(counts)) => Some(counts.missed),
            _ => None,
        };
        let tabs = PlannedList::ALL.map(|list| (list.label(), count(list), list == self.list));
        let role = match self.list {
            PlannedList::Missed => Role::Warning,
            _ => Role::Text,
        };
        let wanted = &self.wanted;
        let name = name_cells(NAME, area.width);
        let view = DatedView {
            title: "Worklist",
            tabs: tabs.to_vec(),
            hint: "type a part of a name, a patient ID or an accession number",
            chips: chips(None, wanted.doctor.as_deref(), wanted.from, wanted.until),
            heading: self.heading(name),
            reading: "Reading the worklist …",
            one: "planned exam",
            nothing: self.nothing(),
            foot: String::new(),
            rows: &|index| {
                let row = self.rows.rows().get(index);
                (row.map_or_else(String::new, |row| line(row, name)), role)
            },
        };
        let detail = view.draw(frame, area, &self.rows, context);
        if let Some(row) = self.rows.row() {
            let lines = [order(row), contact(row)];
            let behind = format!(
                "W-{} planned for {}{}",
                row.id.0,
                row.plan.on,
                state(&row.state)
            );
            draw_detail(frame, detail, &row.patient, &behind, lines, context);
        }
    }

    fn heading(&self, name: usize) -> String {
        let [day, last] = match self.list {
            PlannedList::Done => ["Done on", "Result"],
            _ => ["Planned", "Reason"],
        };
        format!(
            "  {}{}{}{}{last}",
            cell(day, DAY),
            cell("Patient ID", NUMBER),
            cell("Name", name),
            cell("Accession", ACCESSION),
        )
    }

    fn nothing(&self) -> &'static str {
        match self.list {
            PlannedList::Today => {
                "No exam is planned for today. Ctrl-N plans one, F7 imports a file."
            }
            PlannedList::Next => "No exam is planned for a later day. Ctrl-N plans one.",
            PlannedList::Missed => "No planned exam is missed.",
            PlannedList::Done => "No planned exam is done or cancelled yet.",
        }
    }
}

/// A planned exam as a row with so many cells for the name.
fn line(row: &PlannedRow, name: usize) -> String {
    let (day, last) = match &row.state {
        PlannedState::Planned => (row.plan.on, row.plan.reason.clone()),
        PlannedState::Done { exam, on } => (*on, format!("exam E-{}", exam.0)),
        PlannedState::Cancelled { reason, on, .. } => {
            (*on, format!("cancelled: {}", reason.label()))
        }
    };
    format!(
        "  {}{}{}{}{}",
        cell(&day.to_string(), DAY),
        cell(&row.patient.number, NUMBER),
        cell(&row.patient.full_name, name),
        cell(&row.plan.accession, ACCESSION),
        scrub(&last),
    )
}

/// Words about an exam that is done or cancelled.
fn state(state: &PlannedState) -> String {
    match state {
        PlannedState::Planned => String::new(),
        PlannedState::Done { exam, on } => format!(" · done on {on}, exam E-{}", exam.0),
        PlannedState::Cancelled { reason, remark, on } => {
            let remark = match remark.is_empty() {
                true => String::new(),
                false => format!(", {}", scrub(remark)),
            };
            format!(" · cancelled on {on}: {}{remark}", reason.label())
        }
    }
}

fn order(row: &PlannedRow) -> String {
    let stated = |label: &str, value: &str| match value.is_empty() {
        true => format!("{label}: –"),
        false => format!("{label}: {}", scrub(value)),
    };
    format!(
        "{} · {}",
        stated("Accession", &row.plan.accession),
        stated("Reason", &row.plan.reason)
    )
}

fn contact(row: &PlannedRow) -> String {
    let [phone, doctor] = [Field::Phone, Field::Doctor].map(|field| stated(&row.patient, field));
    format!("{phone} · {doctor}")
}
