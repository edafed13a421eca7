//! Drawing of lists of rows with a date: titles, search, filters in words, rows, and the selected row below them.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use crate::clinical::patient::{Field, Patient};
use crate::store::Count;
use crate::text::{clipped, scrub};
use crate::tui::context::Context;
use crate::tui::keymap::Command;
use crate::tui::theme::Role;
use crate::tui::widgets::paged_list::{self, ListRow, PagedList};
use crate::tui::widgets::panel;

/// Rows of the screen that the list does not have.
const AROUND: u16 = 12;
/// Rows of the panel below the list: its frame and three lines.
const DETAIL: u16 = 5;

/// Rows that a page of the list moves by.
pub(in crate::tui::screens) fn visible_rows(context: &Context<'_>) -> usize {
    usize::from(context.size.height.saturating_sub(AROUND)).max(1)
}

/// Contents of the screen around the rows.
pub(in crate::tui::screens) struct DatedView<'a> {
    pub(in crate::tui::screens) title: &'static str,
    /// Titles of the lists with their numbers of rows; true for the one in front.
    pub(in crate::tui::screens) tabs: Vec<(&'static str, Option<Count>, bool)>,
    /// Hint at the text that can be typed.
    pub(in crate::tui::screens) hint: &'static str,
    /// The filters in words; "" for none.
    pub(in crate::tui::screens) chips: String,
    /// Names of the columns.
    pub(in crate::tui::screens) heading: String,
    /// Sentence while the list is read.
    pub(in crate::tui::screens) reading: &'static str,
    /// Name of an entry.
    pub(in crate::tui::screens) one: &'static str,
    /// Sentence in the place of the rows.
    pub(in crate::tui::screens) nothing: &'static str,
    /// Words below the rows.
    pub(in crate::tui::screens) foot: String,
    /// Draws the text of a row; the style of one that is not selected.
    pub(in crate::tui::screens) rows: &'a dyn Fn(usize) -> (String, Role),
}

impl DatedView<'_> {
    /// Draws the list and returns the place below it.
    pub(in crate::tui::screens) fn draw<Row: ListRow, Wish: Copy>(
        self,
        frame: &mut Frame<'_>,
        area: Rect,
        list: &PagedList<Row, Wish>,
        context: &Context<'_>,
    ) -> Rect {
        let theme = context.theme;
        let [place, detail] =
            panel::stacked(area, [Constraint::Min(8), Constraint::Length(DETAIL)]);
        let inner = panel::framed(frame, place, self.title, theme, true);
        let one = Constraint::Length(1);
        let [tabs, search, chips, head, body, foot] =
            panel::stacked(inner, [one, one, one, one, Constraint::Min(0), one]);
        paged_list::draw_tabs(frame, tabs, self.tabs, Command::Next, context);
        list.draw_search(frame, search, self.hint, theme);
        let narrowed = !self.chips.is_empty() || !list.text().is_empty();
        frame.render_widget(Line::styled(self.chips, theme.style(Role::Accent)), chips);
        let heading = clipped(&self.heading, usize::from(head.width)).into_owned();
        frame.render_widget(Line::styled(heading, theme.style(Role::Muted)), head);
        if list.rows().is_empty() {
            let sentence = match (list.is_read(), narrowed) {
                (false, _) => self.reading.to_owned(),
                (true, true) => format!(
                    "No {} of this list matches. Esc clears the search, Backspace in an empty one a filter.",
                    self.one
                ),
                (true, false) => self.nothing.to_owned(),
            };
            panel::remark(frame, body, &sentence, Role::Muted, theme);
        }
        let first = list.first_in(body, context.areas);
        for (index, place) in (first..list.rows().len()).zip(body.rows()) {
            let (text, role) = (self.rows)(index);
            let role = match index == list.selected() {
                true => Role::Selection,
                false => role,
            };
            frame.buffer_mut().set_style(place, theme.style(role));
            let text = clipped(&text, usize::from(place.width)).into_owned();
            frame.render_widget(Span::raw(text), place);
        }
        list.draw_foot(frame, foot, self.foot, theme);
        detail
    }
}

/// Filters in words.
pub(in crate::tui::screens) fn chips(
    first: Option<String>,
    doctor: Option<&str>,
    from: Option<Date>,
    until: Option<Date>,
) -> String {
    let parts = [
        first,
        doctor.map(|doctor| scrub(doctor).into_owned()),
        from.map(|day| format!("from {day}")),
        until.map(|day| format!("to {day}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match parts.is_empty() {
        true => String::new(),
        false => format!("{} · Backspace removes the last", parts.join(" · ")),
    }
}

/// Draws the panel of the selected row's patient: the date of birth with what follows it, and further lines.
pub(in crate::tui::screens) fn draw_detail(
    frame: &mut Frame<'_>,
    area: Rect,
    patient: &Patient,
    behind_birth: &str,
    others: [String; 2],
    context: &Context<'_>,
) {
    let name = scrub(&patient.full_name).into_owned();
    let inner = panel::framed(frame, area, &name, context.theme, false);
    let born = match patient.date_of_birth {
        Some(born) => format!("born {born}"),
        None => "date of birth not stated".to_owned(),
    };
    let [second, third] = others;
    let lines = [format!("{born} · {behind_birth}"), second, third];
    for (text, place) in lines.into_iter().zip(inner.rows()) {
        let text = clipped(&text, usize::from(place.width)).into_owned();
        frame.render_widget(Span::raw(text), place);
    }
}

/// A field of the patient with its label, on one line.
pub(in crate::tui::screens) fn stated(patient: &Patient, field: Field) -> String {
    let value = patient.value(field);
    match value.is_empty() {
        true => format!("{}: –", field.label()),
        false => format!("{}: {}", field.label(), scrub(&value.replace('\n', ", "))),
    }
}
