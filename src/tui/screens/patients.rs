//! The patient table: searched while typing, read page by page from the database. The same table picks
//! the patient that a result is saved to.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::deleted::Deleted;
use super::new_patient::{NewPatient, ToSave};
use super::record::Record;
use super::{Action, Happening, Returned, Screen};
use crate::clinical::date::age_years;
use crate::store::{PatientChoice, PatientPage, PatientQuery, PatientRow};
use crate::text::{percent, scrub};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::edit_request;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, Request};

/// Rows asked for at once: more than any terminal shows.
const PAGE: u32 = 200;

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
    /// The rows at hand and where in the whole result the first of them is.
    page: Option<PatientPage>,
    offset: u32,
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
            page: None,
            offset: 0,
            selection: Selection::default(),
        }
    }

    fn ask(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let query = PatientQuery {
            text: self.search.value().to_owned(),
            skip: self.offset,
            limit: PAGE,
            ..PatientQuery::default()
        };
        vec![Action::Ask(Request::SearchPatients { access, query })]
    }

    fn total(&self) -> usize {
        self.page
            .as_ref()
            .map_or(0, |page| page.total.known() as usize)
    }

    fn row(&self, index: usize) -> Option<&PatientRow> {
        let index = index.checked_sub(self.offset as usize)?;
        self.page.as_ref()?.rows.get(index)
    }

    /// Asks for other rows when the selection comes near the end of those at hand.
    fn follow(&mut self, context: &Context<'_>) -> Vec<Action> {
        let page = PAGE as usize;
        let margin = usize::from(context.size.height).min(page / 4);
        let first = self.offset as usize;
        let above = self.selection.index < first + margin && first > 0;
        let below = self.selection.index + margin >= first + page && first + page < self.total();
        if !above && !below {
            return Vec::new();
        }
        self.offset = self.selection.index.saturating_sub(page / 2) as u32;
        self.ask(context)
    }

    fn open(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(row) = self.row(self.selection.index).cloned() else {
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
                *saving = Some(row.full_name);
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
        self.offset = 0;
        self.selection = Selection::default();
        self.ask(context)
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
            Purpose::Browse => &[Scope::Browse, Scope::Patients],
            Purpose::Save { .. } => &[Scope::SaveTo, Scope::Patients],
        }
    }

    fn update(&mut self, happening: Happening<'_>, context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Opened => self.ask(context),
            Happening::Answer(Answer::Patients(Ok(page))) => {
                self.selection.keep_within(page.total.known() as usize);
                self.page = Some(page);
                Vec::new()
            }
            Happening::Answer(Answer::Patients(Err(error))) => {
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
            Happening::Key(key, command) => {
                let (total, rows) = (self.total(), Self::visible_rows(context));
                if command.is_some_and(|command| self.selection.obey(command, total, rows)) {
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
            true => Span::styled("type a name or a patient ID", theme.style(Role::Muted)),
            false => Span::styled(typed.clone(), theme.style(Role::Match)),
        };
        frame.render_widget(
            Line::from(vec![Span::styled("› ", theme.style(Role::Accent)), shown]),
            search,
        );
        frame.set_cursor_position((search.x + 2 + typed.width() as u16, search.y));
        let Some(page) = &self.page else {
            panel::remark(frame, rows, "Reading the records …", Role::Muted, theme);
            return;
        };
        if page.total.known() == 0 {
            let sentence = match (&self.purpose, typed.is_empty()) {
                (Purpose::Save { .. }, _) => "Enter makes a new patient for this result.",
                (Purpose::Browse, true) => {
                    "No patients yet. Analyse a scan and save its result: that makes the first record."
                }
                (Purpose::Browse, false) => "Nobody matches. Esc clears the search.",
            };
            panel::remark(frame, rows, sentence, Role::Muted, theme);
        }
        let headings = ["Patient ID", "Name", "Born", "Exams", "Last exam", "Result"];
        draw_row(frame, head, headings.map(str::to_owned), |_| {
            theme.style(Role::Muted)
        });
        let first = self
            .selection
            .first_visible(self.total(), usize::from(rows.height));
        for (place, row) in rows.rows().enumerate() {
            let index = first + place;
            let Some(patient) = self.row(index) else {
                continue;
            };
            let chosen = index == self.selection.index;
            if chosen {
                frame
                    .buffer_mut()
                    .set_style(row, theme.style(Role::Selection));
            }
            draw_row(frame, row, cells(patient, context), |column| {
                match (chosen, column, patient.last_result) {
                    (true, ..) => theme.style(Role::Selection),
                    (false, 5, Some(result)) => theme.style(Role::from(result)),
                    _ => theme.style(Role::Text),
                }
            });
        }
        let position = match page.total.known() {
            0 => String::new(),
            total => format!("{} of {total}", self.selection.index + 1),
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

fn cells(patient: &PatientRow, context: &Context<'_>) -> [String; 6] {
    let born = match patient.date_of_birth {
        Some(date) => format!("{date} ({})", age_years(date, context.moment.today())),
        None => "–".to_owned(),
    };
    let last = match patient.last_exam {
        Some(moment) => context
            .moment
            .local(moment)
            .strftime("%Y-%m-%d")
            .to_string(),
        None => "–".to_owned(),
    };
    let result = match (patient.last_result, patient.last_probability) {
        (Some(result), Some(probability)) => format!("{} {}", result.label(), percent(probability)),
        _ => "–".to_owned(),
    };
    [
        scrub(&patient.number).into_owned(),
        scrub(&patient.full_name).into_owned(),
        born,
        patient.exams.to_string(),
        last,
        result,
    ]
}

fn draw_row(
    frame: &mut Frame<'_>,
    area: Rect,
    cells: [String; 6],
    style: impl Fn(usize) -> ratatui::style::Style,
) {
    // A narrow table leaves out the age and the number of exams, never the name.
    let wide = area.width >= 90;
    let widths = [
        Constraint::Length(10),
        Constraint::Min(16),
        Constraint::Length(if wide { 15 } else { 10 }),
        Constraint::Length(if wide { 5 } else { 0 }),
        Constraint::Length(10),
        Constraint::Length(20),
    ];
    let places: [Rect; 6] = Layout::horizontal(widths).spacing(1).areas(area);
    for (column, (cell, place)) in cells.into_iter().zip(places).enumerate() {
        frame.render_widget(Span::styled(cell, style(column)), place);
    }
}
