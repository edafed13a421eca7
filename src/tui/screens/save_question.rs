//! Question before a result is saved to a patient: the patient of the record, and the patient of the scan.
//!
//! Enter alone never saves. A key counts once the question has been shown for [`SEEN_AFTER`] without another key, so
//! that the rest of a barcode or of text typed ahead answers nothing.

use std::time::Duration;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span, Text};
use unicode_width::UnicodeWidthStr;

use super::new_patient::ToSave;
use super::worklist::scan;
use super::{Action, Screen, ScreenEvent};
use crate::clinical::identity::{self, Comparison, Contradiction, Identity};
use crate::clinical::patient::{Patient, Sex};
use crate::clinical::text;
use crate::clinical::worklist::accession_key;
use crate::store::{PatientId, PlannedId, StoreError};
use crate::text::{enumerated, scrub, wrap};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::screens::confirm;
use crate::tui::theme::Role;
use crate::tui::widgets::list_keys::SEEN_AFTER;
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, worklist};

/// Largest width of the dialog in cells.
const WIDTH: u16 = 72;
/// Width of a label in cells.
const LABEL: usize = 11;
/// Sign for an empty value.
const NOTHING: &str = "–";

/// Patient to save a result to, and the contradictions that the user accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaveTo {
    /// `None` for a record that is created with the result.
    pub patient: Option<PatientId>,
    pub name: String,
    pub accepted: Accepted,
}

/// Contradictions that the user was shown and accepted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Accepted {
    /// Between scan and record.
    pub contradictions: Vec<Contradiction>,
    /// The exam that is planned with the scan's accession number for another patient.
    pub plan: Option<PlannedId>,
}

/// The planned exam of the scan, compared with the record.
enum Planned {
    None,
    /// It is planned for this patient.
    Same(String),
    /// The accession number of the scan is planned for another patient.
    Other(PlannedId, String),
}

/// The record that has the number of the scan's patient, where that is not the number of this record.
enum NumberOwner {
    /// It is being looked up; the question is not answered before.
    Asked,
    /// No record has it, or it is this record's number.
    None,
    /// A record that was merged into this one had it.
    Merged,
    /// Another record has it, in words.
    Other(String),
}

/// The dialog.
pub struct SaveQuestion {
    patient: Option<PatientId>,
    record: Identity,
    scan: Identity,
    comparison: Comparison,
    planned: Planned,
    owner: NumberOwner,
    yes: bool,
    /// Time of the last key that was no answer, or of the question itself.
    quiet_since: Duration,
    reply: Reply<SaveTo>,
}

impl SaveQuestion {
    /// Question whether the result of `scan` belongs to `patient`, whose record is stored as `id` or is about to be
    /// created, in `hospital`.
    pub fn new(
        id: Option<PatientId>,
        patient: &Patient,
        hospital: &str,
        result: &ToSave,
        reply: Reply<SaveTo>,
    ) -> Self {
        let record = Identity::of_record(patient, hospital);
        let scan = &result.patient;
        let key = |accession: Option<&str>| accession.and_then(accession_key);
        let planned = match result.planned.as_deref() {
            None => Planned::None,
            Some(row) if Some(row.patient_id) == id => Planned::Same(scan::sentence(row)),
            Some(row)
                if key(Some(&row.plan.accession)).is_some()
                    && key(Some(&row.plan.accession)) == key(result.order.accession.as_deref()) =>
            {
                Planned::Other(row.id, scan::sentence(row))
            }
            Some(_) => Planned::None,
        };
        Self {
            planned,
            owner: NumberOwner::None,
            patient: id,
            comparison: identity::compare(scan, &record),
            record,
            scan: scan.clone(),
            yes: false,
            quiet_since: Duration::ZERO,
            reply,
        }
    }

    /// True if every contradiction is among the `accepted` ones.
    pub fn is_covered_by(&self, accepted: &Accepted) -> bool {
        let mut contradictions = self.comparison.contradictions.iter();
        contradictions.all(|found| accepted.contradictions.contains(found))
            && (self.others_plan()).is_none_or(|plan| accepted.plan == Some(plan))
    }

    fn is_contradicted(&self) -> bool {
        !self.comparison.contradictions.is_empty() || self.others_plan().is_some()
    }

    /// Looks up the record with the number that the scan states, unless it is this one.
    fn look_up(&mut self, context: &Context<'_>) -> Vec<Action> {
        let key = |number: &Option<String>| number.as_deref().map(text::key);
        let (Some(number), Some(access)) = (self.scan.number.clone(), context.access.cloned())
        else {
            return Vec::new();
        };
        if key(&self.scan.number) == key(&self.record.number) {
            return Vec::new();
        }
        self.owner = NumberOwner::Asked;
        vec![Action::ask(worklist::Request::Patient { access, number })]
    }

    fn looked_up(&mut self, found: Result<Box<(PatientId, Patient)>, StoreError>) -> Vec<Action> {
        self.owner = NumberOwner::None;
        match found {
            Ok(found) if Some(found.0) == self.patient => {
                self.owner = NumberOwner::Merged;
                let record = Identity {
                    number: self.scan.number.clone(),
                    ..self.record.clone()
                };
                self.comparison = identity::compare(&self.scan, &record);
                Vec::new()
            }
            Ok(found) => {
                let words = format!("{}, {}", found.1.full_name, found.1.number);
                self.owner = NumberOwner::Other(scrub(&words).into_owned());
                let contradictions = &mut self.comparison.contradictions;
                identity::contradict(contradictions, Contradiction::Number);
                self.comparison.agrees = false;
                Vec::new()
            }
            Err(StoreError::NoSuchPatient) => Vec::new(),
            Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
        }
    }

    /// The planned exam of another patient.
    fn others_plan(&self) -> Option<PlannedId> {
        match self.planned {
            Planned::Other(id, _) => Some(id),
            Planned::None | Planned::Same(_) => None,
        }
    }

    fn decide(&self, yes: bool) -> Vec<Action> {
        if !yes {
            return vec![Action::Close];
        }
        vec![self.reply.send(SaveTo {
            patient: self.patient,
            name: self.record.name.clone().unwrap_or_default(),
            accepted: Accepted {
                contradictions: self.comparison.contradictions.clone(),
                plan: self.others_plan(),
            },
        })]
    }

    /// Result of the comparison, with whose number the scan states.
    fn verdict(&self) -> (String, Role) {
        let (verdict, role) = self.compared();
        match &self.owner {
            NumberOwner::Merged => {
                let merged =
                    "The scan's patient ID is that of a record that was merged into this one.";
                (format!("{verdict} {merged}"), role)
            }
            NumberOwner::None | NumberOwner::Asked | NumberOwner::Other(_) => (verdict, role),
        }
    }

    /// Result of the comparison, as a sentence.
    fn compared(&self) -> (String, Role) {
        let contradictions = self.comparison.contradictions.iter();
        let differ: Vec<String> = contradictions
            .map(|contradiction| contradiction.label().to_owned())
            .collect();
        if !differ.is_empty() {
            let planned = match &self.planned {
                Planned::Other(_, planned) => format!(" Its accession number: {planned}"),
                Planned::None | Planned::Same(_) => String::new(),
            };
            let whose = match &self.owner {
                NumberOwner::Other(other) => {
                    format!("Its patient ID is that of another record: {other}.")
                }
                _ => "It may be another person's scan.".to_owned(),
            };
            let message = format!(
                "Warning: the scan has another {} than this record. {whose}{planned} If you save it, your answer is \
                 written to the audit log.",
                enumerated(&differ)
            );
            return (message, Role::Warning);
        }
        if let Planned::Other(_, planned) = &self.planned {
            let message = format!(
                "Warning: the exam with the scan's accession number belongs to another patient: {planned} If you save it, \
                 your answer is written to the audit log."
            );
            return (message, Role::Warning);
        }
        if let Planned::Same(planned) = &self.planned {
            return (planned.clone(), Role::Good);
        }
        let message = match (self.comparison.agrees, self.scan.is_stated()) {
            (true, _) => return ("The scan and this record agree.".to_owned(), Role::Good),
            (false, true) => {
                "The scan's data do not identify the patient: compare both before you save."
            }
            (false, false) => {
                "The scan does not state the patient: compare this record with the order before you save."
            }
        };
        (message.to_owned(), Role::Accent)
    }

    /// Label, record and scan of each line, and true if the two contradict each other.
    fn rows(&self) -> [(&'static str, [String; 2], bool); 4] {
        let both = |value: &dyn Fn(&Identity) -> Option<String>| {
            [&self.record, &self.scan].map(|identity| match value(identity) {
                Some(value) => scrub(&value).into_owned(),
                None => NOTHING.to_owned(),
            })
        };
        let differs = |what| self.comparison.contradictions.contains(&what);
        let name = |of: &Identity| of.name.as_deref().map(identity::shown_name);
        [
            ("Name", both(&name), differs(Contradiction::Number)),
            (
                "Born",
                both(&|of| of.birth_date.map(|date| date.to_string())),
                differs(Contradiction::BirthDate),
            ),
            (
                "Sex",
                both(&|of| of.sex.map(|sex| Sex::label(sex).to_owned())),
                differs(Contradiction::Sex),
            ),
            (
                "Patient ID",
                both(&|of| of.number.clone()),
                differs(Contradiction::Number),
            ),
        ]
    }

    /// Record and scan side by side; the record alone if the scan states nothing.
    fn lines(&self, columns: usize, context: &Context<'_>) -> Text<'static> {
        let theme = context.theme;
        let has_scan = self.scan.is_stated();
        let room = columns.saturating_sub(LABEL);
        let width = match has_scan {
            true => room.saturating_sub(1) / 2,
            false => room,
        };
        let filled = |text: &str, width: usize| {
            let gap = width.saturating_sub(text.width());
            format!("{text}{}", " ".repeat(gap))
        };
        let mut lines = Vec::new();
        if has_scan {
            let heading = format!("{}{} Scan", " ".repeat(LABEL), filled("Record", width));
            lines.push(Line::styled(heading, theme.style(Role::Heading)));
        }
        for (label, [record, scan], differs) in self.rows() {
            let record = wrap(&record, width);
            let scan = match has_scan {
                true => wrap(&scan, width),
                false => Vec::new(),
            };
            let role = if differs { Role::Warning } else { Role::Text };
            for at in 0..record.len().max(scan.len()) {
                let cell = |cells: &[String]| cells.get(at).cloned().unwrap_or_default();
                let label = if at == 0 { label } else { "" };
                let mut line = Line::from(vec![
                    Span::styled(filled(label, LABEL), theme.style(Role::Muted)),
                    Span::styled(filled(&cell(&record), width), theme.style(role)),
                ]);
                if has_scan {
                    line.push_span(Span::styled(format!(" {}", cell(&scan)), theme.style(role)));
                }
                lines.push(line);
            }
        }
        Text::from(lines)
    }

    fn words(&self) -> (&'static str, &'static str) {
        let yes = match self.is_contradicted() {
            true => "Save anyway",
            false => "Save",
        };
        match self.patient {
            Some(_) => ("Save to this patient?", yes),
            None => ("Save to this new patient?", yes),
        }
    }
}

impl Screen for SaveQuestion {
    fn title(&self) -> &str {
        self.words().0
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Confirm]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let now = context.moment.since_start;
        let (key, command) = match event {
            ScreenEvent::Opened => {
                self.quiet_since = now;
                return self.look_up(context);
            }
            ScreenEvent::Paste(_) => {
                self.quiet_since = now;
                return Vec::new();
            }
            ScreenEvent::Answer(Answer::Worklist(worklist::Answer::Patient(found))) => {
                return self.looked_up(found);
            }
            ScreenEvent::Failed => {
                self.owner = NumberOwner::None;
                return Vec::new();
            }
            ScreenEvent::Key(key, command) => (key, command),
            _ => return Vec::new(),
        };
        // No barcode contains Esc, and Esc only goes back.
        if key.code == KeyCode::Esc {
            return self.decide(false);
        }
        let is_asked = matches!(self.owner, NumberOwner::Asked);
        let is_of_a_burst = is_asked || now < self.quiet_since + SEEN_AFTER;
        let Some(command) = command.filter(|_| !is_of_a_burst) else {
            self.quiet_since = now;
            return Vec::new();
        };
        match command {
            Command::Yes => self.decide(true),
            Command::No => self.decide(false),
            Command::Open => self.decide(self.yes),
            Command::Toggle => {
                self.yes = !self.yes;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let (title, yes) = self.words();
        let width = area.width.min(WIDTH);
        let inside = width.saturating_sub(4);
        let lines = self.lines(usize::from(inside), context);
        let (verdict, role) = self.verdict();
        let verdict = panel::paragraph(verdict).style(theme.style(role));
        let heights = [lines.lines.len() as u16, verdict.line_count(inside) as u16];
        let height = heights.iter().sum::<u16>() + 5;
        let inner = panel::raised(frame, panel::centred(area, width, height), title, theme);
        let [table, _, below, _, buttons] = panel::stacked(
            inner,
            [
                Constraint::Length(heights[0]),
                Constraint::Length(1),
                Constraint::Length(heights[1]),
                Constraint::Min(0),
                Constraint::Length(1),
            ],
        );
        frame.render_widget(lines, table);
        frame.render_widget(verdict, below);
        confirm::draw_buttons(frame, buttons, yes, self.yes, context);
    }
}
