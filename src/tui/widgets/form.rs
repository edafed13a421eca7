//! Form of input fields, one below the other, each with its error.

pub mod choice;
pub mod line;
mod values;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Span;
use tui_input::{Input, InputRequest};
use unicode_width::UnicodeWidthStr;

use crate::text::scrub;
use crate::tui::areas::Click;
use crate::tui::context::Context;
use crate::tui::keymap::Command;
use crate::tui::theme::Role;

pub use line::edit_request;
pub use values::Value;

/// Longest value in characters; a longer paste is cut.
const LONGEST_VALUE: usize = 1024;

/// Kind of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Shown as dots unless the user reveals it.
    Password,
    /// One of these, changed with ← and →.
    Choice(&'static [&'static str]),
}

/// One field of a form.
#[derive(Debug, Clone)]
pub struct Field {
    label: &'static str,
    /// Example that is shown while the field is empty.
    example: &'static str,
    kind: Kind,
    input: Input,
    chosen: usize,
    /// Error in the value, as a sentence.
    complaint: Option<String>,
    /// True if the other fields make this one unnecessary; it is neither drawn nor focused.
    hidden: bool,
}

impl Field {
    /// An empty field; `example` is shown until something is typed.
    pub fn new(label: &'static str, kind: Kind, example: &'static str) -> Self {
        Self {
            label,
            example,
            kind,
            input: Input::default(),
            chosen: 0,
            complaint: None,
            hidden: false,
        }
    }

    /// Typed text, or the name of the choice.
    fn value(&self) -> &str {
        match self.kind {
            Kind::Choice(names) => names.get(self.chosen).copied().unwrap_or(""),
            Kind::Text | Kind::Password => self.input.value(),
        }
    }
}

/// Result of a key for the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The user left the last field forwards: the form is to be submitted.
    Submitted,
    /// A value or the focus changed.
    Changed,
    /// The form does not use this key.
    Ignored,
}

/// Fields and the focused one.
#[derive(Debug, Clone)]
pub struct Form {
    fields: Vec<Field>,
    pub focus: usize,
    revealed: bool,
    /// True once the user has changed a value.
    touched: bool,
}

impl Form {
    /// Form with the first field focused.
    pub fn new(fields: Vec<Field>) -> Self {
        Self {
            fields,
            focus: 0,
            revealed: false,
            touched: false,
        }
    }

    /// Value of field `index`; empty if there is no such field.
    pub fn value(&self, index: usize) -> &str {
        self.fields.get(index).map_or("", Field::value)
    }

    /// Sets the value of field `index`.
    pub fn set(&mut self, index: usize, value: String) {
        if let Some(field) = self.fields.get_mut(index) {
            field.input = Input::new(value);
        }
    }

    /// Place of the chosen name in field `index`; 0 if there is no such field.
    pub fn chosen(&self, index: usize) -> usize {
        self.fields.get(index).map_or(0, |field| field.chosen)
    }

    /// Chooses a name in field `index`; a number that is too large chooses the last.
    pub fn choose(&mut self, index: usize, chosen: usize) {
        if let Some(field) = self.fields.get_mut(index)
            && let Kind::Choice(names) = field.kind
        {
            field.chosen = chosen.min(names.len().saturating_sub(1));
        }
    }

    /// Hides field `index`, or shows it again with its earlier value.
    pub fn hide(&mut self, index: usize, hidden: bool) {
        if let Some(field) = self.fields.get_mut(index) {
            field.hidden = hidden;
        }
    }

    /// True if field `index` is hidden or does not exist.
    pub fn is_hidden(&self, index: usize) -> bool {
        self.fields.get(index).is_none_or(|field| field.hidden)
    }

    /// True if the user has changed a value. Values that the program fills in do not count.
    pub fn is_touched(&self) -> bool {
        self.touched
    }

    /// Number of visible fields.
    pub fn len(&self) -> usize {
        self.shown().len()
    }

    /// True without visible fields.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Indices of the visible fields, in order.
    fn shown(&self) -> Vec<usize> {
        let shown = |index: &usize| !self.fields[*index].hidden;
        (0..self.fields.len()).filter(shown).collect()
    }

    /// Removes all complaints.
    pub fn forgive(&mut self) {
        for field in &mut self.fields {
            field.complaint = None;
        }
    }

    /// Shows a complaint at a field and focuses it.
    pub fn complain(&mut self, index: usize, complaint: String) {
        if let Some(field) = self.fields.get_mut(index) {
            field.complaint = Some(complaint);
            self.focus = index;
        }
    }

    /// Shows these complaints alone, each at its field, and focuses the first of the fields.
    pub fn complain_all(&mut self, complaints: impl IntoIterator<Item = (usize, String)>) {
        self.forgive();
        let mut first: Option<usize> = None;
        for (index, complaint) in complaints {
            if let Some(field) = self.fields.get_mut(index) {
                field.complaint = Some(complaint);
                first = Some(first.map_or(index, |first| first.min(index)));
            }
        }
        if let Some(first) = first {
            self.focus = first;
        }
    }

    /// Handles a key, with its command if it has one.
    pub fn take(&mut self, key: KeyEvent, command: Option<Command>) -> Outcome {
        let shown = self.shown();
        let last = shown.len().saturating_sub(1);
        let at = shown.iter().position(|index| *index >= self.focus);
        let at = at.unwrap_or(last);
        let go = |place: usize| shown.get(place).copied().unwrap_or_default();
        match command {
            Some(Command::Submit) if at >= last => return Outcome::Submitted,
            Some(Command::Submit) => self.focus = go(at + 1),
            Some(Command::Next) => self.focus = go((at + 1) % (last + 1)),
            Some(Command::Previous) => self.focus = go((at + last) % (last + 1)),
            Some(Command::Reveal) => self.revealed = !self.revealed,
            _ => return self.edit(key),
        }
        Outcome::Changed
    }

    /// Inserts pasted text into the focused field; line ends become spaces.
    pub fn paste(&mut self, text: &str) {
        let Some(field) = self.fields.get_mut(self.focus) else {
            return;
        };
        if matches!(field.kind, Kind::Choice(_)) {
            return;
        }
        let line = text.trim_end_matches(['\r', '\n']);
        let room = LONGEST_VALUE.saturating_sub(field.input.value().chars().count());
        for character in line.chars().take(room) {
            let character = if character.is_control() {
                ' '
            } else {
                character
            };
            field.input.handle(InputRequest::InsertChar(character));
        }
        field.complaint = None;
        self.touched = true;
    }

    fn edit(&mut self, key: KeyEvent) -> Outcome {
        let Some(field) = self.fields.get_mut(self.focus) else {
            return Outcome::Ignored;
        };
        if let Kind::Choice(names) = field.kind {
            let count = names.len().max(1);
            field.chosen = match key.code {
                KeyCode::Left => (field.chosen + count - 1) % count,
                KeyCode::Right | KeyCode::Char(' ') => (field.chosen + 1) % count,
                _ => return Outcome::Ignored,
            };
            field.complaint = None;
            self.touched = true;
            return Outcome::Changed;
        }
        let Some(request) = edit_request(key) else {
            return Outcome::Ignored;
        };
        let grows = matches!(request, InputRequest::InsertChar(_));
        if grows && field.input.value().chars().count() >= LONGEST_VALUE {
            return Outcome::Changed;
        }
        let before = field.input.value().to_owned();
        field.input.handle(request);
        field.complaint = None;
        self.touched |= field.input.value() != before;
        Outcome::Changed
    }

    /// Draws the fields, two rows each if there is room, with complaints in the second; puts the cursor at the
    /// insertion point, and notes the fields for clicks. Returns the complaint of the focused field if there was no room for all of it.
    pub fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) -> Option<String> {
        let theme = context.theme;
        let asked = self.shown();
        let place = asked.iter().position(|index| *index >= self.focus);
        let label_width = asked
            .iter()
            .filter_map(|index| self.fields.get(*index))
            .map(|field| field.label.chars().count())
            .max();
        let label_width = label_width.unwrap_or(0) as u16 + 2;
        // A form that is taller than its area shows the part around the focus.
        let pitch: usize = if usize::from(area.height) >= asked.len() * 2 {
            2
        } else {
            1
        };
        let shown = (usize::from(area.height) / pitch).max(1);
        let mut overlong = None;
        let index = place.unwrap_or_default();
        let first = super::rows::Selection { index }.first_visible(asked.len(), shown);
        let asked = asked.into_iter().skip(first).take(shown).enumerate();
        for (row, index) in asked {
            let field = &self.fields[index];
            let y = area.y + (row * pitch) as u16;
            let focused = index == self.focus;
            let label = Rect {
                y,
                height: 1,
                ..area
            }
            .intersection(area);
            let role = if focused { Role::Accent } else { Role::Muted };
            frame.render_widget(Span::styled(field.label, theme.style(role)), label);
            let value = Rect {
                x: label.x + label_width.min(label.width),
                width: label.width.saturating_sub(label_width),
                ..label
            };
            self.view_value(frame, value, field, focused, context);
            let further = (first + row) as isize - place.unwrap_or_default() as isize;
            let is_choice = matches!(field.kind, Kind::Choice(_));
            let turns = usize::from(is_choice && further == 0);
            context.areas.note(label, Click::Field { further, turns });
            if let Kind::Choice(names) = field.kind {
                choice::note_clicks(value, names, field.chosen, further, context);
            }
            let Some(complaint) = &field.complaint else {
                continue;
            };
            let complaint = scrub(complaint).into_owned();
            let fits = pitch > 1 && complaint.width() <= usize::from(value.width);
            if fits || (pitch > 1 && !focused) {
                let below = Rect { y: y + 1, ..value }.intersection(area);
                frame.render_widget(Span::styled(complaint, theme.style(Role::Error)), below);
            } else if focused {
                overlong = Some(complaint);
            }
        }
        overlong
    }

    fn view_value(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        field: &Field,
        focused: bool,
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let role = if focused {
            Role::FieldFocus
        } else {
            Role::Field
        };
        let style = theme.style(role);
        frame.buffer_mut().set_style(area, style);
        if let Kind::Choice(names) = field.kind {
            choice::view(frame, area, names, field.chosen, focused, context);
            return;
        }
        let hidden = field.kind == Kind::Password && !self.revealed;
        if field.input.value().is_empty() && !focused {
            let example = Span::styled(field.example, theme.style(Role::Muted));
            frame.render_widget(example, area);
            return;
        }
        let shown = |letter| if hidden { '•' } else { line::visible(letter) };
        line::view(frame, area, &field.input, focused, style, shown);
    }
}

/// Complaints about the fields of a form, each with the field.
#[derive(Debug, PartialEq, Eq)]
pub struct Complaints(pub Vec<(usize, String)>);

/// The value of a field; a complaint about it is added to those of the other fields.
pub fn noted<T>(
    read: Result<Option<T>, String>,
    field: usize,
    wrong: &mut Vec<(usize, String)>,
) -> Option<T> {
    read.unwrap_or_else(|complaint| {
        wrong.push((field, complaint));
        None
    })
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyModifiers;

    use super::*;

    fn key(code: KeyCode) -> KeyEvent {
        KeyEvent::new(code, KeyModifiers::NONE)
    }

    fn form() -> Form {
        Form::new(vec![
            Field::new("Email", Kind::Text, "you@hospital.example"),
            Field::new("Password", Kind::Password, ""),
            Field::new("Sex", Kind::Choice(&["not stated", "female"]), ""),
        ])
    }

    #[test]
    fn enter_moves_forward_and_submits_at_the_end() {
        let mut form = form();
        let enter = key(KeyCode::Enter);
        assert_eq!(form.take(enter, Some(Command::Submit)), Outcome::Changed);
        assert_eq!(form.take(enter, Some(Command::Submit)), Outcome::Changed);
        assert_eq!(form.take(enter, Some(Command::Submit)), Outcome::Submitted);
    }

    #[test]
    fn shift_tab_always_goes_back() {
        let mut form = form();
        form.complain(1, "too short".to_owned());
        form.take(key(KeyCode::BackTab), Some(Command::Previous));
        assert_eq!(form.focus, 0);
        form.take(key(KeyCode::BackTab), Some(Command::Previous));
        assert_eq!(form.focus, 2);
    }

    #[test]
    fn a_paste_loses_its_line_end_and_is_cut_at_a_length() {
        let mut form = form();
        form.paste("amina@example.org\r\n");
        assert_eq!(form.value(0), "amina@example.org");
        form.paste(&"x".repeat(5000));
        assert_eq!(form.value(0).chars().count(), LONGEST_VALUE);
    }

    #[test]
    fn a_choice_starts_again_after_the_last() {
        let mut form = form();
        form.focus = 2;
        form.take(key(KeyCode::Right), None);
        assert_eq!(form.value(2), "female");
        form.take(key(KeyCode::Right), None);
        assert_eq!(form.value(2), "not stated");
        form.take(key(KeyCode::Left), None);
        assert_eq!(form.chosen(2), 1);
    }

    #[test]
    fn hidden_fields_are_skipped() {
        let mut form = form();
        form.hide(1, true);
        assert_eq!((form.len(), form.is_hidden(1)), (2, true));
        let enter = key(KeyCode::Enter);
        form.take(enter, Some(Command::Submit));
        assert_eq!(form.focus, 2);
        form.take(key(KeyCode::BackTab), Some(Command::Previous));
        assert_eq!(form.focus, 0);
        form.hide(2, true);
        assert_eq!(form.take(enter, Some(Command::Submit)), Outcome::Submitted);
    }

    #[test]
    fn all_complaints_are_shown_and_the_first_is_focused() {
        let mut form = form();
        form.complain(2, "not stated".to_owned());
        let found = [(1, "too short".to_owned()), (0, "missing".to_owned())];
        form.complain_all(found);
        let complaints: Vec<_> = form
            .fields
            .iter()
            .map(|field| field.complaint.as_deref())
            .collect();
        assert_eq!(complaints, [Some("missing"), Some("too short"), None]);
        assert_eq!(form.focus, 0);
        form.complain_all([]);
        assert!(form.fields.iter().all(|field| field.complaint.is_none()));
    }

    #[test]
    fn a_form_is_touched_once_the_user_changes_a_value() {
        let mut form = form();
        form.set(0, "amina@example.org".to_owned());
        form.take(key(KeyCode::Left), None);
        assert!(!form.is_touched());
        form.take(key(KeyCode::Backspace), None);
        assert!(form.is_touched());
    }

    #[test]
    fn typing_clears_the_complaint() {
        let mut form = form();
        form.complain(0, "missing".to_owned());
        form.take(key(KeyCode::Char('a')), None);
        assert_eq!(form.fields[0].complaint, None);
    }
}
