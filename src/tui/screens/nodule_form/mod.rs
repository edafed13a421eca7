//! One nodule: its fields, with its category updated while they are typed.

mod draft;
mod fields;
mod growth;

use std::time::Duration;

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span, Text};

use super::priors::{self, Priors};
use super::{Action, Screen, ScreenEvent};
use crate::clinical::measurement::Axes;
use crate::clinical::nodule::{MeasuredNodule, Measurement};
use crate::store::{ExamId, NoduleId, PriorNodule, StoredNodule};
use crate::text::sentence;
use crate::tui::context::{Context, Notice};
use crate::tui::draft::DraftKeeper;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, Request, lesions};

/// Axes that were measured on a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    pub axes: Axes,
    pub measurement: Measurement,
    /// In mm³, if region growing measured it.
    pub volume_mm3: Option<f64>,
    /// Scan date, if the file states it.
    pub scanned_on: Option<Date>,
}

/// The screen.
pub struct NoduleForm {
    form: Form,
    exam: ExamId,
    /// The nodule that is edited, and its revision.
    changing: Option<(NoduleId, u32)>,
    /// Number of the lesion that it is accepted from, from 1.
    lesion: Option<u32>,
    /// Measurement that the axes came from, while they are unchanged.
    measured: Option<Measured>,
    /// Scan date.
    day: Date,
    priors: Vec<PriorNodule>,
    earlier_on: Option<Date>,
    /// Result of the comparison with an earlier exam.
    comparison: Option<String>,
    saving: bool,
    draft: DraftKeeper,
    /// The nodule of an earlier exam that was chosen.
    chosen: Inbox<PriorNodule>,
}

impl NoduleForm {
    /// New nodule of an exam scanned on `day`, with a measurement on its picture if there is one.
    pub fn new(
        exam: ExamId,
        day: Date,
        priors: Vec<PriorNodule>,
        measured: Option<Measured>,
    ) -> Self {
        let mut form = fields::form();
        form.focus = fields::TYPE;
        if let Some(measured) = &measured {
            fields::set_axes(&mut form, measured.axes);
        }
        Self {
            form,
            exam,
            changing: None,
            lesion: None,
            measured,
            day,
            priors,
            earlier_on: None,
            comparison: None,
            saving: false,
            draft: DraftKeeper::new("exam nodule", Some(exam.0)),
            chosen: Inbox::default(),
        }
    }

    /// New nodule from a proposed lesion, by its number from 1; with the nodule that it would be accepted as if its
    /// size is known.
    pub fn of_lesion(mut self, number: u32, nodule: Option<&MeasuredNodule>) -> Self {
        if let Some(nodule) = nodule {
            fields::fill(&mut self.form, nodule);
        }
        self.lesion = Some(number);
        self
    }

    /// Form for a saved nodule.
    pub fn change(exam: ExamId, day: Date, priors: Vec<PriorNodule>, kept: &StoredNodule) -> Self {
        let nodule = &kept.nodule;
        let measured = Measured {
            axes: nodule.draft.axes,
            measurement: nodule.measurement.clone(),
            volume_mm3: nodule.volume_mm3,
            scanned_on: None,
        };
        let mut screen = Self::new(exam, day, priors, Some(measured));
        fields::fill(&mut screen.form, nodule);
        screen.changing = Some((kept.id, kept.revision));
        screen.draft = DraftKeeper::new("nodule change", Some(kept.id.0));
        screen.earlier_on = nodule.earlier_on;
        screen
    }

    /// Nodule made of the form and the measurement.
    fn nodule(&self) -> Result<MeasuredNodule, fields::Complaint> {
        let mut nodule = fields::read(&self.form)?;
        // Axes that were typed over do not belong to a picture.
        let measured = self.measured.as_ref();
        if let Some(measured) = measured.filter(|measured| measured.axes == nodule.draft.axes) {
            nodule.measurement = measured.measurement.clone();
            nodule.volume_mm3 = measured.volume_mm3;
        }
        if nodule.draft.earlier.is_some() {
            nodule.earlier_on = self.earlier_on;
        }
        Ok(nodule)
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let wrong = fields::wrong(&self.form).into_iter();
        let wrong: Vec<_> = wrong.map(|found| (found.field, found.sentence())).collect();
        if !wrong.is_empty() {
            self.form.complain_all(wrong);
            return Vec::new();
        }
        self.form.forgive();
        let nodule = match self.nodule() {
            Ok(nodule) => nodule,
            Err(complaint) => {
                self.form.complain(complaint.field, complaint.sentence());
                return Vec::new();
            }
        };
        self.saving = true;
        vec![Action::ask(match (self.changing, self.lesion) {
            (None, None) => lesions::Request::AddNodule {
                access,
                exam: self.exam,
                nodule: Box::new(nodule),
            },
            (None, Some(lesion)) => lesions::Request::Accept {
                access,
                exam: self.exam,
                lesion,
                nodule: Box::new(nodule),
            },
            (Some((id, revision)), _) => lesions::Request::ChangeNodule {
                access,
                nodule: Box::new(StoredNodule {
                    id,
                    revision,
                    nodule,
                }),
            },
        })]
    }

    fn offer_priors(&self) -> Vec<Action> {
        if self.priors.is_empty() {
            let sentence = "No other exam of this patient has a measured nodule.";
            return vec![Action::Tell(Notice::warning(sentence))];
        }
        vec![Action::Open(Box::new(Priors::new(
            self.priors.clone(),
            self.chosen.reply(|prior| prior),
        )))]
    }

    /// Proposes a status from the change of the nodule; the user may choose another.
    pub fn compare(&mut self, prior: &PriorNodule, context: &Context<'_>) -> Vec<Action> {
        let on = priors::day(prior, context);
        let (axes, solid_part) = match (fields::axes(&self.form), fields::solid_part(&self.form)) {
            (Ok(axes), Ok(solid_part)) => (axes, solid_part),
            (Err(complaint), _) | (_, Err(complaint)) => {
                self.form.complain(complaint.field, complaint.sentence());
                return Vec::new();
            }
        };
        let compared = growth::compare(on, &prior.kept.nodule, self.day, (axes, solid_part));
        let compared = match compared {
            Ok(compared) => compared,
            Err(error) => return vec![Action::Tell(Notice::warning(error.to_string()))],
        };
        self.form.forgive();
        if let Some(status) = compared.status {
            fields::set_status(&mut self.form, status);
        }
        fields::set_earlier(&mut self.form, compared.earlier);
        self.earlier_on = Some(on);
        self.comparison = Some(compared.sentence);
        self.form.focus = fields::STATUS;
        Vec::new()
    }
}

impl NoduleForm {
    /// Handles an event after the draft keeper.
    fn take(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => return self.draft.begin(self.content(), context),
            ScreenEvent::Answer(Answer::Lesions(lesions::Answer::NoduleKept(Ok(())))) => {
                let mut actions = self.draft.drop(context);
                actions.push(Action::Return);
                return actions;
            }
            ScreenEvent::Answer(Answer::Lesions(lesions::Answer::NoduleKept(Err(error)))) => {
                self.saving = false;
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
            ScreenEvent::Failed => self.saving = false,
            ScreenEvent::Returned => {
                let Some(prior) = self.chosen.take() else {
                    return Vec::new();
                };
                let actions = self.compare(&prior, context);
                self.draft.typed(&self.content(), context);
                return actions;
            }
            ScreenEvent::Key(_, Some(Command::Back)) => return self.draft.leave(&self.content()),
            _ if self.saving => {}
            ScreenEvent::Key(_, Some(Command::Save)) => return self.submit(context),
            ScreenEvent::Key(_, Some(Command::Compare)) => return self.offer_priors(),
            ScreenEvent::Key(key, command) => {
                let outcome = self.form.take(key, command);
                fields::ask_what_applies(&mut self.form);
                if outcome == Outcome::Submitted {
                    return self.submit(context);
                }
                self.draft.typed(&self.content(), context);
            }
            ScreenEvent::Paste(text) => {
                self.form.paste(text);
                self.draft.typed(&self.content(), context);
            }
            _ => {}
        }
        Vec::new()
    }
}

impl Screen for NoduleForm {
    fn title(&self) -> &str {
        "Nodule"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::NoduleForm, Scope::Form]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let content = self.content();
        let (taken, mut actions) = self.draft.on_answer(&event, &content, context);
        if let Some(content) = taken {
            actions.extend(self.restore(&content));
        }
        actions.extend(self.take(event, context));
        actions
    }

    fn next_frame(&self, _context: &Context<'_>) -> Option<Duration> {
        self.draft.next_frame()
    }

    fn last_words(&self, context: &Context<'_>) -> Option<Request> {
        self.draft.last_words(&self.content(), context.access)
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let fields = self.form.len() as u16;
        let [form, verdict] = panel::stacked(
            area,
            [
                Constraint::Max(fields * if area.height >= 36 { 2 } else { 1 } + 2),
                Constraint::Min(8),
            ],
        );
        let title = match (self.changing, self.lesion) {
            (None, None) => "New nodule".to_owned(),
            (None, Some(lesion)) => format!("Nodule from lesion {lesion}"),
            (Some(_), _) => "Edit nodule".to_owned(),
        };
        let inner = panel::framed(frame, form, &title, theme, true);
        let complaint = self.form.view(frame, inner, context);
        let inner = panel::framed(frame, verdict, "Assessment", theme, false);
        if self.saving {
            return panel::remark(frame, inner, "Saving …", Role::Muted, theme);
        }
        if let Some(complaint) = complaint {
            return panel::remark(frame, inner, &complaint, Role::Error, theme);
        }
        frame.render_widget(panel::paragraph(self.verdict(context)), inner);
    }
}

impl NoduleForm {
    /// Assessment of the fields as they are.
    fn verdict(&self, context: &Context<'_>) -> Text<'static> {
        let theme = context.theme;
        let muted = theme.style(Role::Muted);
        let mut lines = match self.nodule() {
            Err(complaint) => vec![Line::styled(complaint.sentence(), muted)],
            Ok(nodule) => {
                let verdict = nodule.verdict();
                let (volume, counted) = nodule.volume();
                let basis = if counted { "measured" } else { "as a sphere" };
                vec![
                    Line::from(vec![
                        Span::raw("Lung-RADS "),
                        Span::styled(verdict.category.label(), theme.style(Role::Heading)),
                        Span::raw(format!("  mean {} mm", nodule.draft.axes.mean())),
                        Span::styled(
                            format!(" ({}), {volume:.0} mm³ {basis}", nodule.measurement.words()),
                            muted,
                        ),
                    ]),
                    Line::raw(sentence(&verdict.rule)),
                    Line::styled(sentence(verdict.category.management()), muted),
                ]
            }
        };
        match (&self.comparison, self.priors.len()) {
            (Some(comparison), _) => lines.push(Line::raw(comparison.clone())),
            (None, 0) => {}
            (None, 1) => lines.push(Line::styled(
                "An earlier exam has a nodule; press F3 to compare.",
                muted,
            )),
            (None, count) => lines.push(Line::styled(
                format!("Other exams have {count} nodules; press F3 to compare with one."),
                muted,
            )),
        }
        Text::from(lines)
    }
}
