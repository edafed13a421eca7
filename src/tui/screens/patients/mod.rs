//! The patient table: searched while typing, read page by page from the database. The same table picks
//! the patient that a result is saved to.

mod filters;
mod rows;
mod window;

pub use self::filters::Wanted;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::{Line, Span};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use self::filters::FilterForm;
use self::window::{Asked, PAGE, Window};
use super::deleted::Deleted;
use super::new_patient::{NewPatient, ToSave};
use super::record::Record;
use super::{Action, Happening, Returned, Screen};
use crate::store::{PatientChoice, PatientQuery};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::edit_request;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, Request};

/// What the table is for.
enum Purpose {
    Browse,
    Save {
        result: Box<ToSave>,
        /// The name of the patient that is being saved to, while it is.
        saving: Option<String>,
    },
}

/// The screen.
pub struct Patients {
    purpose: Purpose,
    search: Input,
    wanted: Wanted,
    /// The rows at hand, once there are any.
    window: Option<Window>,
    /// The newest page that was asked for; an older one's answer never comes.
    asked: Asked,
    /// In the whole result.
    selection: Selection,
}

impl Patients {
    /// To look patients up.
    pub fn browse() -> Self {
        Self::with(Purpose::Browse)
    }

    /// To choose the patient that `result` is saved to.
    pub fn save(result: ToSave) -> Self {
        Self::with(Purpose::Save {
            result: Box::new(result),
            saving: None,
        })
    }

    fn with(purpose: Purpose) -> Self {
        Self {
            purpose,
            search: Input::default(),
            wanted: Wanted::default(),
            window: None,
            asked: Asked::default(),
            selection: Selection::default(),
        }
    }

    fn ask(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let query = PatientQuery {
            text: self.search.value().to_owned(),
            filters: self.wanted.filters(context.moment.now.time_zone()),
            order: None,
            start: self.asked.start,
            skip: self.asked.skip,
            limit: PAGE,
        };
        vec![Action::Ask(Request::SearchPatients { access, query })]
    }

    /// How many rows are known of.
    fn known(&self) -> usize {
        self.window.as_ref().map_or(0, Window::known)
    }

    /// Asks for other rows when the selection comes near the end of those at hand.
    fn follow(&mut self, context: &Context<'_>) -> Vec<Action> {
        let margin = usize::from(context.size.height);
        let window = self.window.as_ref();
        match window.and_then(|window| window.around(self.selection.index, margin)) {
            Some(asked) if asked != self.asked => {
                self.asked = asked;
                self.ask(context)
            }
            _ => Vec::new(),
        }
    }

    fn open(&mut self, context: &Context<'_>) -> Vec<Action> {
        let window = self.window.as_ref();
        let row = window.and_then(|window| window.row(self.selection.index));
        let Some(row) = row.cloned() else {
            return match self.purpose {
                Purpose::Browse => Vec::new(),
                Purpose::Save { .. } => self.new_patient(),
            };
        };
        match &mut self.purpose {
            Purpose::Browse => vec![Action::Open(Box::new(Record::new(row.id)))],
            Purpose::Save {
                saving: Some(_), ..
            } => Vec::new(),
            Purpose::Save { result, saving } => {
                let Some(access) = context.access.cloned() else {
                    return Vec::new();
                };
                *saving = Some(row.patient.full_name);
                let patient = PatientChoice::Existing(row.id);
                vec![Action::Ask(result.request(access, patient))]
            }
        }
    }

    fn new_patient(&self) -> Vec<Action> {
        match &self.purpose {
            Purpose::Browse => Vec::new(),
            Purpose::Save { result, .. } => {
                let screen = NewPatient::new((**result).clone(), self.search.value());
                vec![Action::Open(Box::new(screen))]
            }
        }
    }

    fn searched(&mut self, context: &Context<'_>) -> Vec<Action> {
        self.asked = Asked::default();
        self.selection = Selection::default();
        self.ask(context)
    }

    /// What the table is filtered by, under the search.
    fn view_chips(&self, frame: &mut Frame<'_>, search: Rect, context: &Context<'_>) {
        let (theme, chips) = (context.theme, self.wanted.chips());
        let (Some(below), false) = (search.rows().nth(1), chips.is_empty()) else {
            return;
        };
        let chips = chips.into_iter().flat_map(|chip| {
            let chip = Span::styled(format!(" {chip} "), theme.style(Role::FieldFocus));
            [chip, Span::raw(" ")]
        });
        let mut line = Line::from_iter(chips);
        line.push_span(Span::styled(
            "Backspace removes the last",
            theme.style(Role::Muted),
        ));
        frame.render_widget(line, below);
    }

    fn visible_rows(context: &Context<'_>) -> usize {
        usize::from(context.size.height.saturating_sub(8))
    }
}

impl Screen for Patients {
    fn title(&self) -> &str {
        match self.purpose {
            Purpose::Browse => "Patients",
            Purpose::Save { .. } => "Save the result",
        }
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.purpose {
            Purpose::Browse => &[Scope::Patients, Scope::Browse],
            Purpose::Save { .. } => &[Scope::SaveTo, Scope::Patients],
        }
    }

    fn update(&mut self, happening: Happening<'_>, context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Opened => self.ask(context),
            Happening::Answer(Answer::Patients(Ok(page))) => {
                let window = Window::new(self.asked, page);
                self.selection.keep_within(window.known());
                self.window = Some(window);
                // The selection may have gone on meanwhile.
                self.follow(context)
            }
            Happening::Answer(Answer::Patients(Err(error))) => {
                self.asked = Asked::default();
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            Happening::Answer(Answer::Saved(saved)) => {
                let Purpose::Save { saving, .. } = &mut self.purpose else {
                    return Vec::new();
                };
                let patient = saving.take().unwrap_or_default();
                match saved {
                    Ok(exam) => vec![Action::Return(Returned::Saved { exam, patient })],
                    Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
                }
            }
            // The new patient's form saved the exam: the result is told, past this table.
            Happening::Returned(saved @ Returned::Saved { .. }) => vec![Action::Return(saved)],
            // A record may have changed while it was open.
            Happening::Returned(Returned::Changed) => self.ask(context),
            Happening::Returned(Returned::Filters(wanted)) => {
                self.wanted = wanted;
                self.searched(context)
            }
            Happening::Key(key, command) => {
                let (known, rows) = (self.known(), Self::visible_rows(context));
                if command.is_some_and(|command| self.selection.obey(command, known, rows)) {
                    return self.follow(context);
                }
                match command {
                    Some(Command::Back) if !self.search.value().is_empty() => {
                        self.search.reset();
                        self.searched(context)
                    }
                    Some(Command::Back) => vec![Action::Close],
                    Some(Command::Open) => self.open(context),
                    Some(Command::NewPatient) => self.new_patient(),
                    Some(Command::DeletedRecords) => {
                        vec![Action::Open(Box::new(Deleted::new(context)))]
                    }
                    Some(Command::Filters) => {
                        vec![Action::Open(Box::new(FilterForm::new(&self.wanted)))]
                    }
                    _ if key.code == KeyCode::Backspace && self.search.value().is_empty() => {
                        match self.wanted.drop_last() {
                            true => self.searched(context),
                            false => Vec::new(),
                        }
                    }
                    _ => match edit_request(key) {
                        Some(request) => {
                            let before = self.search.value().to_owned();
                            self.search.handle(request);
                            match before == self.search.value() {
                                true => Vec::new(),
                                false => self.searched(context),
                            }
                        }
                        None => Vec::new(),
                    },
                }
            }
            Happening::Paste(text) => {
                self.search = Input::new(text.trim().chars().filter(|c| !c.is_control()).collect());
                self.searched(context)
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let title = match self.purpose {
            Purpose::Browse => "Patients",
            Purpose::Save { .. } => "Which patient does this result belong to?",
        };
        let inner = panel::framed(frame, area, title, theme, true);
        let [search, head, rows, foot] = panel::stacked(
            inner,
            [
                Constraint::Length(2),
                Constraint::Length(1),
                Constraint::Min(0),
                Constraint::Length(1),
            ],
        );
        let typed = scrub(self.search.value()).into_owned();
        let shown = match typed.is_empty() {
            true => Span::styled(
                "type a part of a name, a patient ID or a note",
                theme.style(Role::Muted),
            ),
            false => Span::styled(typed.clone(), theme.style(Role::Match)),
        };
        frame.render_widget(
            Line::from(vec![Span::styled("› ", theme.style(Role::Accent)), shown]),
            search,
        );
        frame.set_cursor_position((search.x + 2 + typed.width() as u16, search.y));
        self.view_chips(frame, search, context);
        let Some(window) = &self.window else {
            panel::remark(frame, rows, "Reading the records …", Role::Muted, theme);
            return;
        };
        if window.known() == 0 {
            let unfiltered = self.wanted.chips().is_empty();
            let sentence = match (&self.purpose, typed.is_empty()) {
                (Purpose::Browse, _) if !unfiltered => {
                    "Nobody matches. Backspace in an empty search takes the last filter away."
                }
                (Purpose::Save { .. }, _) => "Enter makes a new patient for this result.",
                (Purpose::Browse, true) => {
                    "No patients yet. Analyse a scan and save its result: that makes the first record."
                }
                (Purpose::Browse, false) => "Nobody matches. Esc clears the search.",
            };
            panel::remark(frame, rows, sentence, Role::Muted, theme);
        }
        let headings = ["Patient ID", "Name", "Born", "Exams", "Last exam", "Result"];
        rows::draw(frame, head, headings.map(str::to_owned), |_| {
            theme.style(Role::Muted)
        });
        let first = self
            .selection
            .first_visible(window.known(), usize::from(rows.height));
        for (place, row) in rows.rows().enumerate() {
            let index = first + place;
            let Some(patient) = window.row(index) else {
                continue;
            };
            let chosen = index == self.selection.index;
            if chosen {
                frame
                    .buffer_mut()
                    .set_style(row, theme.style(Role::Selection));
            }
            rows::draw(frame, row, rows::cells(patient, context), |column| {
                match (chosen, column, patient.last_result) {
                    (true, ..) => theme.style(Role::Selection),
                    (false, 5, Some(result)) => theme.style(Role::from(result)),
                    _ => theme.style(Role::Text),
                }
            });
        }
        let position = match window.known() {
            0 => String::new(),
            _ => format!("{} of {}", self.selection.index + 1, window.total()),
        };
        let saving = match &self.purpose {
            Purpose::Save {
                saving: Some(name), ..
            } => format!("Saving to {} …", scrub(name)),
            Purpose::Save { .. } => {
                "Enter saves to the marked patient, Ctrl-N makes a new one".to_owned()
            }
            Purpose::Browse => String::new(),
        };
        frame.render_widget(Line::styled(saving, theme.style(Role::Accent)), foot);
        let position = Line::styled(position, theme.style(Role::Muted));
        frame.render_widget(position.alignment(Alignment::Right), foot);
    }
}
