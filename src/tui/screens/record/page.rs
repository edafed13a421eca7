//! All stated fields of a record as one page: by section, labels and values side by side.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};

use super::pictures::Pictures;
use super::summary;
use crate::clinical::assessment::TrainingRange;
use crate::clinical::date::age_years;
use crate::clinical::eligibility::EligibilityInputs;
use crate::clinical::patient::{Field, Section};
use crate::store::{PatientRecord, PlannedRow, PlannedState};
use crate::text::{counted, percent, scrub, wrap};
use crate::tui::context::Context;
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// Label of what is computed of age and smoking.
const ELIGIBILITY: &str = "Screening";
/// Label of a planned exam.
const PLANNED: &str = "Planned exam";
/// Width of the labels.
const LABEL: u16 = 22;
/// Width and height of the photo in cells, with the gap before it.
const PHOTO: (u16, u16) = (22, 11);
/// Width from which a photo is shown beside the text.
const WITH_PHOTO: u16 = 60;

/// Scroll position and options of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reader {
    /// Number of lines above the pane.
    scrolled: usize,
    /// True if empty fields are shown.
    pub shows_empty: bool,
}

/// Line of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Row {
    Heading(Section),
    /// The label is on the first line of a value.
    Value {
        label: &'static str,
        text: String,
        is_stated: bool,
    },
    Remark(String),
    Blank,
}

/// Areas of the text, and of the photo if there is one.
pub(super) fn parts(area: Rect, has_photo: bool) -> [Rect; 2] {
    let inner = Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    let beside = match has_photo && inner.width >= WITH_PHOTO {
        true => PHOTO.0,
        false => 0,
    };
    let columns = [Constraint::Min(0), Constraint::Length(beside)];
    let [text, photo] = Layout::horizontal(columns).areas(inner);
    let photo = Rect {
        x: photo.x + photo.width.min(2),
        width: photo.width.saturating_sub(2),
        height: photo.height.min(PHOTO.1),
        ..photo
    };
    [text, photo]
}

impl Reader {
    /// Scrolls by a command; false if it was another command.
    pub(super) fn handle(
        &mut self,
        command: Command,
        record: &PatientRecord,
        text: Rect,
        today: Date,
    ) -> bool {
        let rows = usize::from(text.height);
        let most = self
            .rows(record, text.width, today)
            .len()
            .saturating_sub(rows);
        let page = rows.saturating_sub(1).max(1);
        self.scrolled = match command {
            Command::Up => self.scrolled.saturating_sub(1),
            Command::Down => self.scrolled.saturating_add(1),
            Command::PageUp => self.scrolled.saturating_sub(page),
            Command::PageDown => self.scrolled.saturating_add(page),
            Command::First => 0,
            Command::Last => most,
            _ => return false,
        }
        .min(most);
        true
    }

    /// Goes to a section; false if the page does not have it.
    pub(super) fn jump(
        &mut self,
        section: Section,
        record: &PatientRecord,
        text: Rect,
        today: Date,
    ) -> bool {
        let rows = self.rows(record, text.width, today);
        let Some(at) = rows.iter().position(|row| *row == Row::Heading(section)) else {
            return false;
        };
        self.scrolled = at.min(rows.len().saturating_sub(usize::from(text.height)));
        true
    }

    fn rows(&self, record: &PatientRecord, width: u16, today: Date) -> Vec<Row> {
        let room = usize::from(width.saturating_sub(LABEL + 1));
        let mut rows = Vec::new();
        for section in Section::ALL {
            let values = section
                .fields()
                .map(|field| (field, value(field, record, today)));
            let shown = values.filter(|(_, value)| self.shows_empty || !value.is_empty());
            let mut lines: Vec<Row> = Vec::new();
            for (field, value) in shown {
                let is_stated = !value.is_empty();
                let value = if is_stated { value } else { "–".to_owned() };
                let wrapped = value
                    .lines()
                    .flat_map(|line| wrap(&scrub(line), room))
                    .enumerate();
                lines.extend(wrapped.map(|(line, text)| Row::Value {
                    label: if line == 0 { field.label() } else { "" },
                    text,
                    is_stated,
                }));
            }
            if section == Section::FollowUp {
                for planned in &record.planned {
                    let wrapped = wrap(&planned_words(planned), room).into_iter().enumerate();
                    lines.extend(wrapped.map(|(line, text)| Row::Value {
                        label: if line == 0 { PLANNED } else { "" },
                        text,
                        is_stated: true,
                    }));
                }
            }
            if section == Section::History {
                let inputs = EligibilityInputs::of(&record.patient, today);
                if self.shows_empty || inputs.is_about_smoking() {
                    let wrapped = wrap(&inputs.words(today), room).into_iter().enumerate();
                    lines.extend(wrapped.map(|(line, text)| Row::Value {
                        label: if line == 0 { ELIGIBILITY } else { "" },
                        text,
                        is_stated: true,
                    }));
                }
            }
            if !lines.is_empty() {
                rows.push(Row::Heading(section));
                rows.append(&mut lines);
                rows.push(Row::Blank);
            }
        }
        let by = scrub(&record.changed_by);
        let files = match record.files {
            0 => String::new(),
            count => {
                let key = keymap::label(&[Scope::Record], Command::Attachments);
                let count = counted(count as usize, "attachment");
                format!(" {count}: press {key}.")
            }
        };
        let remark = format!("Revision {}, saved by {by}.{files}", record.revision);
        rows.extend(
            wrap(&remark, usize::from(width))
                .into_iter()
                .map(Row::Remark),
        );
        rows
    }

    /// Draws the pane.
    pub(super) fn draw(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        record: &PatientRecord,
        pictures: &Pictures,
        is_focused: bool,
        context: &Context<'_>,
    ) {
        if area.area() == 0 {
            return;
        }
        let theme = context.theme;
        panel::framed(frame, area, "Record", theme, is_focused);
        let [text, photo] = parts(area, pictures.has_photo());
        pictures.draw_photo(frame, photo, context);
        let rows = self.rows(record, text.width, context.moment.today());
        // A pane that grew shows as much as it can.
        let most = rows.len().saturating_sub(usize::from(text.height));
        let lines = rows.into_iter().skip(self.scrolled.min(most));
        let lines = lines
            .take(usize::from(text.height))
            .map(|row| line(row, context));
        frame.render_widget(Text::from_iter(lines), text);
        if is_focused {
            frame.set_cursor_position((text.x, text.y));
        }
    }
}

/// A planned exam: `2026-03-20, accession ACC-1, annual screening: done on 2026-03-21 by E-4`.
fn planned_words(planned: &PlannedRow) -> String {
    let plan = &planned.plan;
    let mut words = plan.on.to_string();
    if !plan.accession.is_empty() {
        words.push_str(&format!(", accession {}", plan.accession));
    }
    if !plan.reason.is_empty() {
        words.push_str(&format!(", {}", plan.reason));
    }
    match &planned.state {
        PlannedState::Planned => {}
        PlannedState::Done { exam, on } => {
            words.push_str(&format!(": done on {on} by E-{}", exam.0));
        }
        PlannedState::Cancelled { reason, on, .. } => {
            words.push_str(&format!(": cancelled on {on}, {}", reason.label()));
        }
    }
    scrub(&words).into_owned()
}

fn line(row: Row, context: &Context<'_>) -> Line<'static> {
    let theme = context.theme;
    match row {
        Row::Blank => Line::default(),
        Row::Remark(text) => Line::styled(text, theme.style(Role::Muted)),
        Row::Heading(section) => {
            let number = Section::ALL.iter().position(|other| *other == section);
            let number = number.unwrap_or_default() + 1;
            let heading = format!("{number} {}", section.label());
            Line::styled(heading, theme.style(Role::Heading))
        }
        Row::Value {
            label,
            text,
            is_stated,
        } => {
            let value = match is_stated {
                true => Style::default(),
                false => theme.style(Role::Muted),
            };
            Line::from(vec![
                Span::styled(
                    format!("{label:<width$} ", width = usize::from(LABEL)),
                    theme.style(Role::Muted),
                ),
                Span::styled(text, value),
            ])
        }
    }
}

/// Value of a field as text; "" if it is empty.
fn value(field: Field, record: &PatientRecord, today: Date) -> String {
    let patient = &record.patient;
    match field {
        Field::DateOfBirth => match patient.date_of_birth {
            Some(date) => format!("{date}, {} years", age_years(date, today)),
            None => String::new(),
        },
        Field::AiOutput => match record.exams.first() {
            Some(exam) => {
                let assessment = &exam.slice.assessment;
                let probability = assessment.malignancy_probability();
                let said = match (probability, assessment.training_range.outside_reason()) {
                    (Some(probability), None) => format!("malignancy {}", percent(probability)),
                    (_, reason) => {
                        format!("{}: {}", TrainingRange::OUTSIDE, reason.unwrap_or_default())
                    }
                };
                let label = assessment.classification.label();
                let category = match summary::category(exam) {
                    Some(category) => format!(", Lung-RADS {category}"),
                    None => String::new(),
                };
                format!("{label}, {said}{category}")
            }
            None => String::new(),
        },
        field => field.shown(&patient.value(field)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::patient::PatientDraft;
    use crate::store::PatientId;

    const TODAY: Date = Date::constant(2026, 3, 2);

    fn record(values: &[(Field, &str)]) -> PatientRecord {
        let mut draft = PatientDraft::default();
        draft.set(Field::Number, "P-1".to_owned());
        draft.set(Field::FullName, "Ana Pérez".to_owned());
        for (field, value) in values {
            draft.set(*field, (*value).to_owned());
        }
        PatientRecord {
            id: PatientId(1),
            patient: draft.validate(TODAY).unwrap(),
            revision: 1,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            changed_by: "Dana Ruiz".into(),
            changed_at: jiff::Timestamp::UNIX_EPOCH,
            photo_changed: None,
            exams: Vec::new(),
            planned: Vec::new(),
            files: 0,
        }
    }

    fn headings(rows: &[Row]) -> usize {
        let is_heading = |row: &&Row| matches!(row, Row::Heading(_));
        rows.iter().filter(is_heading).count()
    }

    #[test]
    fn empty_sections_are_hidden_until_they_are_requested() {
        let record = record(&[(Field::Cea, "3.2")]);
        let mut reader = Reader::default();
        assert_eq!(headings(&reader.rows(&record, 70, TODAY)), 2);
        reader.shows_empty = true;
        let rows = reader.rows(&record, 70, TODAY);
        assert_eq!(headings(&rows), Section::ALL.len());
        for field in Field::all() {
            let is_it =
                |row: &Row| matches!(row, Row::Value { label, .. } if *label == field.label());
            assert!(rows.iter().any(is_it), "{}", field.label());
        }
        let unit = |row: &Row| matches!(row, Row::Value { text, .. } if text == "3.2 ng/mL");
        assert!(rows.iter().any(unit));
    }

    #[test]
    fn long_values_wrap_beside_their_label_and_keep_their_lines() {
        let record = record(&[(Field::Medications, "one two three four\nfive\u{200b}[2J")]);
        let rows = Reader::default().rows(&record, LABEL + 1 + 10, TODAY);
        let texts: Vec<&str> = rows
            .iter()
            .filter_map(|row| match row {
                Row::Value { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let medications = texts.iter().position(|text| *text == "one two").unwrap();
        assert_eq!(
            texts[medications..][..3],
            ["one two", "three four", "five[2J"]
        );
    }

    #[test]
    fn the_page_scrolls_to_its_end_and_jumps_to_sections() {
        let record = record(&[(Field::Doctor, "Dr Who"), (Field::Notes, "last")]);
        let text = Rect::new(0, 0, 60, 5);
        let mut reader = Reader::default();
        let count = reader.rows(&record, 60, TODAY).len();
        assert!(reader.handle(Command::Last, &record, text, TODAY));
        assert_eq!(reader.scrolled, count - 5);
        assert!(reader.handle(Command::Down, &record, text, TODAY));
        assert_eq!(reader.scrolled, count - 5);
        assert!(reader.jump(Section::Identity, &record, text, TODAY));
        assert_eq!(reader.scrolled, 0);
        assert!(!reader.jump(Section::Treatment, &record, text, TODAY));
        assert!(!reader.handle(Command::Open, &record, text, TODAY));
    }
}
