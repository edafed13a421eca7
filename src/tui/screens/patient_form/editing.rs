//! Key handling of the form: editing the focused field, moving between fields, undo and redo.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::civil::Date;
use tui_input::{Input, InputRequest};

use super::rows::Places;
use super::{FormOutcome, PatientForm, Reply, choice};
use crate::clinical::patient::{Choice, Field, Kind, Section, ValueError};
use crate::tui::context::Context;
use crate::tui::folder;
use crate::tui::keymap::Command;
use crate::tui::screens::follow_up::FollowUp;
use crate::tui::screens::pick_choice::PickChoice;
use crate::tui::screens::pick_date::PickDate;
use crate::tui::screens::picker::Picker;
use crate::tui::screens::{Action, Screen};
use crate::tui::widgets::form::edit_request;
use crate::tui::widgets::text_area;

/// Longest line in characters; a longer paste is cut.
const LONGEST_LINE: usize = 1024;

impl PatientForm {
    /// Handles a key, with its command if it has one.
    pub fn take(
        &mut self,
        key: KeyEvent,
        command: Option<Command>,
        context: &Context<'_>,
    ) -> FormOutcome {
        let today = context.moment.today();
        let columns = Places::on(context.size).value_width();
        match command {
            Some(Command::Save) => return FormOutcome::Save,
            Some(Command::Submit) if self.takes_line_end() => self.insert("\n"),
            Some(Command::Submit) => return self.go_on(today),
            Some(Command::Next) if key.code == KeyCode::Down && self.moves_within(1, columns) => {}
            Some(Command::Previous)
                if key.code == KeyCode::Up && self.moves_within(-1, columns) => {}
            Some(Command::Next) => self.leave_forwards(today, next_of(self.focus)),
            Some(Command::Previous) => self.leave_backwards(today, previous_of(self.focus)),
            Some(Command::Section(number)) => self.go_to(Section::ALL.get(number).copied(), today),
            Some(Command::NextSection) => self.go_by(1, today),
            Some(Command::PreviousSection) => self.go_by(-1, today),
            Some(Command::Undo) => {
                if let Some(change) = self.history.undo() {
                    self.put_back(change.field, change.before);
                }
            }
            Some(Command::Redo) => {
                if let Some(change) = self.history.redo() {
                    self.put_back(change.field, change.after);
                }
            }
            Some(Command::Choose) => return self.opens(),
            Some(Command::Remove) => self.clear(),
            _ => return self.edit(key, columns),
        }
        FormOutcome::Stays
    }

    /// Inserts pasted text into the focused field. Only paragraphs keep their lines.
    pub fn paste(&mut self, text: &str, context: &Context<'_>) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        match self.focus.kind() {
            Kind::Paragraphs(_) => self.insert(&text),
            Kind::Choice(_) => {
                let pasted = self.focus.check(&text, context.moment.today());
                self.paste_whole(pasted);
            }
            Kind::FollowUps => {
                let all = format!("{}\n{text}", self.value(self.focus));
                let pasted = self.focus.check(&all, context.moment.today());
                self.paste_whole(pasted);
            }
            Kind::Photo => {
                let path = folder::expanded(text.trim().as_ref());
                if path.is_absolute() {
                    let path = path.to_string_lossy().into_owned();
                    self.paste_whole(Ok(path));
                }
            }
            Kind::Computed => {}
            _ => self.insert(text.trim_end_matches('\n')),
        }
    }

    fn paste_whole(&mut self, pasted: Result<String, ValueError>) {
        match pasted {
            Ok(value) => {
                self.change(self.focus, value, false);
                self.enter(self.focus);
            }
            Err(error) => {
                self.complaints.insert(self.focus, error.to_string());
            }
        }
    }

    /// Inserts text at the cursor, as much as fits into the field.
    fn insert(&mut self, text: &str) {
        let (most, takes_lines) = match self.focus.kind() {
            // One more than allowed, so that the error is shown instead of cutting silently.
            Kind::Paragraphs(most) => (most + 1, true),
            _ => (LONGEST_LINE, false),
        };
        let there: Vec<char> = self.input.value().chars().collect();
        let (before, after) = there.split_at(self.input.cursor().min(there.len()));
        let room = most.saturating_sub(there.len());
        let keeps = |letter: char| takes_lines && matches!(letter, '\n' | '\t');
        let tame = |letter: char| match letter.is_control() && !keeps(letter) {
            true => ' ',
            false => letter,
        };
        let put: Vec<char> = text.chars().take(room).map(tame).collect();
        let cursor = before.len() + put.len();
        let whole = [before, &put, after].concat();
        self.input = Input::new(whole.into_iter().collect()).with_cursor(cursor);
        self.change(self.focus, self.input.value().to_owned(), false);
    }

    /// True if Enter starts a new line: in paragraphs, unless the cursor is on a blank last line.
    fn takes_line_end(&self) -> bool {
        matches!(self.focus.kind(), Kind::Paragraphs(_)) && !text_area::is_at_blank_end(&self.input)
    }

    /// Moves inside a field of several rows; false if there was no such row.
    fn moves_within(&mut self, down: isize, columns: usize) -> bool {
        match self.focus.kind() {
            Kind::Paragraphs(_) => text_area::move_rows(&mut self.input, down, columns),
            Kind::FollowUps => {
                let last = self.follow_ups().len();
                match self.row.checked_add_signed(down).filter(|row| *row <= last) {
                    Some(row) => self.row = row,
                    None => return false,
                }
                true
            }
            _ => false,
        }
    }

    /// Enter: moves to the next field, and saves at the last one.
    fn go_on(&mut self, today: Date) -> FormOutcome {
        let last = walked().next_back();
        if last == Some(self.focus) {
            return FormOutcome::Save;
        }
        self.leave_forwards(today, next_of(self.focus));
        FormOutcome::Stays
    }

    /// Checks the focused field and leaves it; an error is shown once before.
    fn leave_forwards(&mut self, today: Date, to: Field) {
        let was_said = self.complaints.contains_key(&self.focus);
        match self.tidied(today) {
            Ok(()) => {
                self.complaints.remove(&self.focus);
            }
            Err(error) => {
                self.complaints.insert(self.focus, error.to_string());
                if !was_said {
                    return;
                }
            }
        }
        self.enter(to);
    }

    /// Going back is always allowed, even with an error in the field.
    fn leave_backwards(&mut self, today: Date, to: Field) {
        // Errors are shown when the form is saved, or when the field is left forwards.
        let _ = self.tidied(today);
        self.enter(to);
    }

    /// Brings the focused field into its stored spelling.
    fn tidied(&mut self, today: Date) -> Result<(), ValueError> {
        let field = self.focus;
        if !field.is_entered() {
            return Ok(());
        }
        let kept = field.check(self.typed.get(field), today)?;
        if kept != self.typed.get(field) {
            self.typed.set(field, kept);
        }
        Ok(())
    }

    /// Goes to the first field of a section, or to its first wrong field.
    fn go_to(&mut self, section: Option<Section>, today: Date) {
        let Some(section) = section else { return };
        let walked = || section.fields().filter(|field| Self::is_walked(*field));
        let wrong = walked().find(|field| self.complaints.contains_key(field));
        let Some(to) = wrong.or_else(|| walked().next()) else {
            return;
        };
        if let Err(error) = self.tidied(today)
            && to > self.focus
        {
            self.complaints.insert(self.focus, error.to_string());
        }
        self.enter(to);
    }

    fn go_by(&mut self, sections: isize, today: Date) {
        let at = Section::ALL
            .iter()
            .position(|section| *section == self.focus.section());
        let to = at.and_then(|at| at.checked_add_signed(sections));
        self.go_to(to.and_then(|to| Section::ALL.get(to)).copied(), today);
    }

    fn put_back(&mut self, field: Field, value: String) {
        self.complaints.remove(&field);
        self.typed.set(field, value);
        self.enter(field);
    }

    /// Opens the choices of the focused field.
    fn opens(&self) -> FormOutcome {
        let (label, value) = (self.focus.label(), self.value(self.focus));
        let screen: Box<dyn Screen> = match self.focus.kind() {
            Kind::Choice(choices) => {
                let reply = self.replies.reply(Reply::Value);
                Box::new(PickChoice::new(label, choices, value, reply))
            }
            Kind::Date(days) => {
                let reply = self
                    .replies
                    .reply(|day: Date| Reply::Value(day.to_string()));
                Box::new(PickDate::new(label, value, days, reply))
            }
            Kind::FollowUps => match self.follow_ups().get(self.row) {
                Some(line) => {
                    let reply = self.replies.reply(Reply::FollowUp);
                    Box::new(FollowUp::change(self.row, line, reply))
                }
                None => return self.another(""),
            },
            Kind::Photo => Box::new(Picker::for_a_photo(self.replies.reply(Reply::Photo))),
            _ => return FormOutcome::Stays,
        };
        FormOutcome::Acts(vec![Action::Open(screen)])
    }

    fn edit(&mut self, key: KeyEvent, columns: usize) -> FormOutcome {
        let with = key
            .modifiers
            .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match (self.focus.kind(), key.code) {
            (Kind::Computed, _) => {}
            (Kind::Choice(_) | Kind::FollowUps | Kind::Photo, _) if with => {}
            (Kind::Choice(choices), code) => self.choose(choices, code),
            (Kind::FollowUps, KeyCode::Delete | KeyCode::Backspace) => self.remove_row(),
            (Kind::FollowUps, KeyCode::Insert) => return self.another(""),
            (Kind::FollowUps, KeyCode::Char(letter)) if letter != ' ' => {
                return self.another(letter.encode_utf8(&mut [0; 4]));
            }
            (Kind::FollowUps | Kind::Photo, KeyCode::Char(' ')) => return self.opens(),
            (Kind::Photo, KeyCode::Delete | KeyCode::Backspace) => self.clear(),
            (Kind::FollowUps | Kind::Photo, _) => {}
            (_, KeyCode::Char(letter)) if !with => self.insert_letter(letter),
            (Kind::Paragraphs(_), _) => {
                if text_area::edit(&mut self.input, key, columns) {
                    self.take_text();
                }
            }
            _ => {
                if let Some(request) = edit_request(key) {
                    self.input.handle(request);
                    self.take_text();
                }
            }
        }
        FormOutcome::Stays
    }

    fn insert_letter(&mut self, letter: char) {
        let most = match self.focus.kind() {
            Kind::Paragraphs(most) => most + 1,
            _ => LONGEST_LINE,
        };
        if self.input.value().chars().count() < most {
            self.input.handle(InputRequest::InsertChar(letter));
            let is_word = !letter.is_whitespace();
            self.change(self.focus, self.input.value().to_owned(), is_word);
        }
    }

    /// Stores the text of the focused field after an edit other than a letter.
    fn take_text(&mut self) {
        self.history.close();
        self.change(self.focus, self.input.value().to_owned(), false);
    }

    fn choose(&mut self, choices: &[Choice], code: KeyCode) {
        let count = choices.len() + 1;
        let at = choice::place(choices, self.value(self.focus));
        let to = match code {
            KeyCode::Left => (at + count - 1) % count,
            KeyCode::Right | KeyCode::Char(' ') => (at + 1) % count,
            KeyCode::Backspace | KeyCode::Delete => 0,
            KeyCode::Char(letter) => choice::jump(choices, at, letter).unwrap_or(at),
            _ => return,
        };
        self.change(self.focus, choice::word(choices, to).to_owned(), false);
    }

    /// Clears the focused field.
    fn clear(&mut self) {
        let nothing = match self.focus.kind() {
            Kind::Photo => self.photo.without(self.value(self.focus)),
            Kind::Computed => return,
            _ => "",
        };
        self.change(self.focus, nothing.to_owned(), false);
        self.enter(self.focus);
    }

    /// Opens the dialog of one more follow-up scan, its day beginning with what was typed.
    fn another(&self, typed: &str) -> FormOutcome {
        let dialog = FollowUp::another(typed, self.replies.reply(Reply::FollowUp));
        FormOutcome::Acts(vec![Action::Open(Box::new(dialog))])
    }

    fn remove_row(&mut self) {
        let mut lines = self.follow_ups();
        if self.row < lines.len() {
            lines.remove(self.row);
            self.change(Field::FollowUps, lines.join("\n"), false);
        }
    }
}

/// Fields that can be focused, in order.
fn walked() -> impl DoubleEndedIterator<Item = Field> {
    Field::all().filter(|field| PatientForm::is_walked(*field))
}

fn next_of(focus: Field) -> Field {
    let next = walked().find(|field| *field > focus);
    next.or_else(|| walked().next()).unwrap_or(focus)
}

fn previous_of(focus: Field) -> Field {
    let previous = walked().rev().find(|field| *field < focus);
    previous.or_else(|| walked().next_back()).unwrap_or(focus)
}
