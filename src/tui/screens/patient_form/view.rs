//! Drawing of the form: the sections with their progress, the fields of the focused section, and a hint line.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::rows::{Places, Seen};
use super::{PatientForm, choice as choices};
use crate::clinical::date;
use crate::clinical::patient::{Days, Field, Kind, Section};
use crate::text::scrub;
use crate::tui::areas::Click;
use crate::tui::context::Context;
use crate::tui::keymap::Command;
use crate::tui::theme::Role;
use crate::tui::widgets::form::{choice, line};
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{calendar, panel, text_area};

impl PatientForm {
    /// Draws the form under a title; `status` replaces the hint while a request runs.
    pub fn view(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        title: &str,
        status: Option<&str>,
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let places = Places::of(area);
        match places.sections.height > 1 {
            true => self.view_side(frame, places.sections, context),
            false => self.view_line(frame, places.sections, context),
        }
        let title = format!("{} · {}", scrub(title), self.focus.section().label());
        panel::framed(frame, places.section, &title, theme, true);
        let (seen, gap) = self.seen(&places);
        let mut y = places.fields.y;
        let focused = seen.iter().position(|seen| seen.field == self.focus);
        for (index, seen) in seen.iter().enumerate() {
            let rows = Rect {
                y,
                height: seen.height,
                ..places.fields
            }
            .intersection(places.fields);
            if rows.is_empty() {
                break;
            }
            let further = index as isize - focused.unwrap_or_default() as isize;
            context.areas.note(rows, Click::Field { further, turns: 0 });
            self.view_field(frame, rows, places.label, (seen, further), context);
            y += seen.height;
            let x = places.fields.x + places.label.min(places.fields.width);
            for sentence in &seen.complaint {
                let row = Rect {
                    x,
                    y,
                    height: 1,
                    ..places.fields
                }
                .intersection(places.fields);
                let said = Span::styled(sentence.as_str(), theme.style(Role::Error));
                frame.render_widget(said, row);
                y += 1;
            }
            y += gap;
        }
        let hint = status.map_or_else(|| self.hint(), str::to_owned);
        frame.render_widget(Line::styled(hint, theme.style(Role::Muted)), places.hint);
    }

    /// Sections in one line: the focused one by name, the others by number and mark.
    fn view_line(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let mut line = Line::default();
        for (number, section) in (1..).zip(Section::ALL) {
            let progress = self.progress(section);
            let mark = progress.mark();
            let in_focus = section == self.focus.section();
            let (said, role) = match (in_focus, progress.wrong) {
                (true, _) => {
                    let (filled, total) = (progress.filled, progress.total);
                    let said = format!(" {number} {} {filled}/{total} {mark} ", section.label());
                    (said, Role::Selection)
                }
                (false, 0) => (format!(" {number}{mark} "), Role::Muted),
                (false, _) => (format!(" {number}{mark} "), Role::Error),
            };
            let x = area.x.saturating_add(line.width() as u16);
            let width = said.width() as u16;
            let place = Rect { x, width, ..area }.intersection(area);
            let click = Click::Command(Command::Section(number - 1), 1);
            context.areas.note(place, click);
            line.push_span(Span::styled(said, theme.style(role)));
        }
        frame.render_widget(line, area);
        let whole = self.whole_progress();
        let whole = format!("{} of {} ", whole.filled, whole.total);
        // A style of the line would be that of the whole row.
        let whole = Line::from(Span::styled(whole, theme.style(Role::Muted)));
        frame.render_widget(whole.right_aligned(), area);
    }

    /// Sections below each other.
    fn view_side(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let inner = panel::framed(frame, area, "Sections", theme, false);
        let mut rows = inner.rows();
        for (number, section) in (1..).zip(Section::ALL) {
            let Some(row) = rows.next() else { return };
            let progress = self.progress(section);
            let role = match (section == self.focus.section(), progress.wrong) {
                (true, _) => Role::Selection,
                (false, 0) => Role::Text,
                (false, _) => Role::Error,
            };
            let click = Click::Command(Command::Section(number - 1), 1);
            context.areas.note(row, click);
            frame.buffer_mut().set_style(row, theme.style(role));
            frame.render_widget(Line::raw(format!(" {number} {}", section.label())), row);
            let share = format!(
                "{}/{} {} ",
                progress.filled,
                progress.total,
                progress.mark()
            );
            frame.render_widget(Line::raw(share).right_aligned(), row);
        }
        let whole = self.whole_progress();
        if let Some(row) = rows.nth(1) {
            let said = format!(" {} of {} filled in", whole.filled, whole.total);
            frame.render_widget(Line::styled(said, theme.style(Role::Muted)), row);
        }
        if let Some(row) = rows.next().filter(|_| whole.wrong > 0) {
            let said = format!(" {} to be corrected", whole.wrong);
            frame.render_widget(Line::styled(said, theme.style(Role::Error)), row);
        }
    }

    fn view_field(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        label: u16,
        (seen, further): (&Seen, isize),
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let field = seen.field;
        let focused = field == self.focus;
        let role = match (focused, seen.complaint.is_empty()) {
            (true, _) => Role::Accent,
            (false, true) => Role::Muted,
            (false, false) => Role::Error,
        };
        let name = Rect {
            height: 1,
            width: label.min(area.width),
            ..area
        };
        frame.render_widget(Span::styled(field.label(), theme.style(role)), name);
        let value = Rect {
            x: area.x + name.width,
            width: area.width - name.width,
            ..area
        };
        let role = if focused {
            Role::FieldFocus
        } else {
            Role::Field
        };
        let style = theme.style(role);
        if is_typed(field.kind()) {
            frame.buffer_mut().set_style(value, style);
        }
        let kept;
        let input = match focused {
            true => &self.input,
            false => {
                kept = Input::new(self.value(field).to_owned());
                &kept
            }
        };
        match field.kind() {
            Kind::Choice(all) => {
                let at = choices::place(all, self.value(field));
                let names = choices::names(all);
                choice::view(frame, value, &names, at, focused, context);
                choice::note_clicks(value, &names, at, further, context);
            }
            Kind::FollowUps => self.view_follow_ups(frame, value, focused, context),
            Kind::Photo => {
                let words = self.photo.words(self.value(field), context);
                draw_hint(frame, value, &words, field, focused, context);
            }
            Kind::Computed => draw_hint(frame, value, &self.ai_output, field, focused, context),
            _ if input.value().is_empty() => draw_hint(frame, value, "", field, focused, context),
            Kind::Paragraphs(_) => text_area::view(frame, value, input, focused, style),
            _ => {
                line::view(frame, value, input, focused, style, line::visible);
                let beside = self.beside(field, context);
                let typed: String = input.value().chars().map(line::visible).collect();
                let from = typed.width() + 2;
                if !beside.is_empty() && from + beside.width() <= usize::from(value.width) {
                    let place = Rect {
                        x: value.x + from as u16,
                        width: value.width - from as u16,
                        ..value
                    };
                    frame.render_widget(Span::styled(beside, theme.style(Role::Muted)), place);
                }
            }
        }
    }

    fn view_follow_ups(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        focused: bool,
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let mut lines = self.follow_ups();
        if !focused && lines.is_empty() {
            return draw_hint(frame, area, "", Field::FollowUps, focused, context);
        }
        let count = lines.len();
        let height = usize::from(area.height);
        if focused {
            lines.push("+ add a follow-up scan".to_owned());
        }
        let at = if focused { self.row } else { 0 };
        let first = Selection { index: at }.first_visible(lines.len(), height);
        for ((index, line), row) in lines.iter().enumerate().skip(first).zip(area.rows()) {
            let chosen = focused && index == at;
            let role = match (chosen, index < count) {
                (true, _) => Role::Selection,
                (false, true) => Role::Field,
                (false, false) => Role::Muted,
            };
            frame.buffer_mut().set_style(row, theme.style(role));
            let more = count.saturating_sub(first + height);
            let is_cut = !focused && more > 0 && row.y + 1 == area.bottom();
            let line = match is_cut {
                true => format!("{} … and {more} more", scrub(line)),
                false => scrub(line).into_owned(),
            };
            frame.render_widget(Line::raw(line), row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
    }

    /// Explanation beside a value: weekday of a date, age, unit.
    fn beside(&self, field: Field, context: &Context<'_>) -> String {
        let value = self.value(field);
        match field.kind() {
            Kind::Date(days) => match date::parse(value) {
                Ok(day) if days == Days::Birth => {
                    let age = date::age_years(day, context.moment.today());
                    format!("{}, {age} years", calendar::in_words(day))
                }
                Ok(day) => calendar::in_words(day),
                Err(_) => String::new(),
            },
            Kind::Quantity(quantity) => quantity.unit.to_owned(),
            _ => String::new(),
        }
    }

    /// Keys of the focused field.
    fn hint(&self) -> String {
        match self.focus.kind() {
            Kind::Choice(_) => "← → or a letter to choose, F4 to list all".to_owned(),
            Kind::Date(_) => "any format: 5 March 1961, 5.3.1961; F4 opens a calendar".to_owned(),
            Kind::Paragraphs(_) => {
                "Enter starts a line; Tab or Enter on an empty last line leaves it".to_owned()
            }
            Kind::FollowUps => "F4 to add or edit, Delete to remove the row".to_owned(),
            Kind::Photo => "F4 to choose a file: PNG, JPEG or PDF; Delete to remove it".to_owned(),
            _ => self.focus.describe().help.to_owned(),
        }
    }
}

/// True if letters are typed into it.
fn is_typed(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Choice(_) | Kind::FollowUps | Kind::Photo | Kind::Computed
    )
}

/// Draws a value that is not typed here, or what to enter if there is none.
fn draw_hint(
    frame: &mut Frame<'_>,
    area: Rect,
    words: &str,
    field: Field,
    focused: bool,
    context: &Context<'_>,
) {
    let (said, role) = match words.is_empty() {
        true => (field.describe().help, Role::Muted),
        false => (words, Role::Text),
    };
    let said = Span::styled(scrub(said).into_owned(), context.theme.style(role));
    frame.render_widget(said, area);
    if focused {
        frame.set_cursor_position((area.x, area.y));
    }
}
