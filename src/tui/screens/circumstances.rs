//! Data about a whole exam: scan date, inputs of the Brock models, modifier S.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};

use super::leaving::Leaving;
use super::{Action, Screen, ScreenEvent};
use crate::clinical::brock::MAX_NODULES;
use crate::clinical::date;
use crate::clinical::lung_rads::Incomplete;
use crate::clinical::reading::Circumstances;
use crate::clinical::text::shown;
use crate::store::ExamId;
use crate::text::{scrub, sentence};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome, noted};
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, lesions};

const SCANNED_ON: usize = 0;
const NODULES_SEEN: usize = 1;
const FAMILY_HISTORY: usize = 2;
const EMPHYSEMA: usize = 3;
const INCOMPLETE: usize = 4;
const MODIFIER_S: usize = 5;

const STATED: &[&str] = &["not stated", "no", "yes"];
const INCOMPLETES: &[&str] = &[
    "no",
    "prior awaited",
    "lungs not evaluable",
    "suspected infection",
];

/// The screen.
pub struct CircumstancesForm {
    form: Form,
    exam: ExamId,
    /// Revision of the exam when the form was opened.
    revision: u32,
    saving: bool,
    leaving: Leaving,
}

impl CircumstancesForm {
    /// Form filled with what is stated at `revision` of the exam.
    pub fn new(exam: ExamId, revision: u32, circumstances: &Circumstances) -> Self {
        let choice = |label, names| Field::new(label, Kind::Choice(names), "");
        let mut form = Form::new(vec![
            Field::new("Scan date", Kind::Text, "YYYY-MM-DD; empty: date of saving"),
            Field::new(
                "Nodules seen",
                Kind::Text,
                "0 for none; empty: the measured ones",
            ),
            choice("Family history", STATED),
            choice("Emphysema", STATED),
            choice("Incomplete", INCOMPLETES),
            choice("Modifier S", &["no", "yes"]),
        ]);
        let day = circumstances.scanned_on.map(|day| day.to_string());
        form.set(SCANNED_ON, day.unwrap_or_default());
        let seen = circumstances.nodules_seen.map(|seen| seen.to_string());
        form.set(NODULES_SEEN, seen.unwrap_or_default());
        let stated = |holds: Option<bool>| holds.map_or(0, |holds| 1 + usize::from(holds));
        form.choose(FAMILY_HISTORY, stated(circumstances.family_history));
        form.choose(EMPHYSEMA, stated(circumstances.emphysema));
        let incomplete = circumstances.incomplete;
        let incomplete = Incomplete::ALL
            .iter()
            .position(|one| Some(*one) == incomplete);
        form.choose(INCOMPLETE, incomplete.map_or(0, |place| place + 1));
        form.choose(MODIFIER_S, usize::from(circumstances.modifier_s));
        Self {
            form,
            exam,
            revision,
            saving: false,
            leaving: Leaving::default(),
        }
    }

    fn scanned_on(&self, today: Date) -> Result<Option<Date>, String> {
        match self.form.value(SCANNED_ON).trim() {
            "" => Ok(None),
            typed => match date::parse(typed) {
                Ok(day) if day > today => Err("the scan date is in the future".into()),
                Ok(day) => Ok(Some(day)),
                Err(error) => Err(error.to_string()),
            },
        }
    }

    fn nodules_seen(&self) -> Result<Option<u16>, String> {
        match self.form.value(NODULES_SEEN).trim() {
            "" => Ok(None),
            typed => match typed.parse() {
                Ok(seen) if seen <= MAX_NODULES => Ok(Some(seen)),
                _ => {
                    let typed = shown(&scrub(typed));
                    Err(format!("“{typed}” is not a number from 0 to {MAX_NODULES}"))
                }
            },
        }
    }

    /// Values of the form, or each wrong field and the reason.
    fn read(&self, today: Date) -> Result<Circumstances, Vec<(usize, String)>> {
        let mut wrong = Vec::new();
        let scanned_on = noted(self.scanned_on(today), SCANNED_ON, &mut wrong);
        let nodules_seen = noted(self.nodules_seen(), NODULES_SEEN, &mut wrong);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let stated = |field| match self.form.chosen(field) {
            0 => None,
            chosen => Some(chosen == 2),
        };
        let incomplete = self.form.chosen(INCOMPLETE).checked_sub(1);
        Ok(Circumstances {
            modifier_s: self.form.chosen(MODIFIER_S) == 1,
            incomplete: incomplete.and_then(|place| Incomplete::ALL.get(place).copied()),
            family_history: stated(FAMILY_HISTORY),
            emphysema: stated(EMPHYSEMA),
            nodules_seen,
            scanned_on,
        })
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        match self.read(context.moment.today()) {
            Ok(circumstances) => {
                self.saving = true;
                vec![Action::ask(lesions::Request::StateCircumstances {
                    access,
                    exam: self.exam,
                    revision: self.revision,
                    circumstances,
                })]
            }
            Err(wrong) => {
                let wrong = wrong.into_iter();
                let sentences = wrong.map(|(field, complaint)| (field, sentence(&complaint)));
                self.form.complain_all(sentences);
                Vec::new()
            }
        }
    }
}

impl Screen for CircumstancesForm {
    fn title(&self) -> &str {
        "Exam"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Answer(Answer::Lesions(lesions::Answer::CircumstancesStated(Ok(())))) => {
                return vec![Action::Return];
            }
            ScreenEvent::Answer(Answer::Lesions(lesions::Answer::CircumstancesStated(Err(
                error,
            )))) => {
                self.saving = false;
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
            ScreenEvent::Key(_, Some(Command::Back)) => return self.leaving.leave(&self.form),
            ScreenEvent::Returned => return self.leaving.answered(),
            ScreenEvent::Key(key, command)
                if !self.saving && self.form.take(key, command) == Outcome::Submitted =>
            {
                return self.submit(context);
            }
            ScreenEvent::Paste(text) if !self.saving => self.form.paste(text),
            ScreenEvent::Failed => self.saving = false,
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 76, 18);
        let inner = panel::framed(frame, area, "Exam data", theme, true);
        let [fields, remark] = panel::stacked(inner, [Constraint::Length(12), Constraint::Min(0)]);
        let complaint = self.form.view(frame, fields, context);
        let (sentence, role) = match complaint {
            _ if self.saving => ("Saving …".to_owned(), Role::Muted),
            Some(complaint) => (complaint, Role::Error),
            None => (
                "The Brock models need family history and emphysema; growth needs the scan date. S is a \
                 significant finding other than lung cancer."
                    .to_owned(),
                Role::Muted,
            ),
        };
        panel::remark(frame, remark, &sentence, role, theme);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 3, 2);

    #[test]
    fn exam_data_survives_the_form_unchanged() {
        for circumstances in [
            Circumstances::default(),
            Circumstances {
                modifier_s: true,
                incomplete: Some(Incomplete::SuspectedInfection),
                family_history: Some(true),
                emphysema: Some(false),
                nodules_seen: Some(0),
                scanned_on: Some(TODAY),
            },
        ] {
            let form = CircumstancesForm::new(ExamId(1), 0, &circumstances);
            assert_eq!(form.read(TODAY), Ok(circumstances));
        }
    }

    #[test]
    fn a_future_date_and_an_invalid_number_are_refused() {
        let mut form = CircumstancesForm::new(ExamId(1), 0, &Circumstances::default());
        form.form.set(NODULES_SEEN, "1001".into());
        let wrong = |form: &CircumstancesForm| -> Vec<usize> {
            let wrong = form.read(TODAY).unwrap_err().into_iter();
            wrong.map(|(field, _)| field).collect()
        };
        assert_eq!(wrong(&form), [NODULES_SEEN]);
        form.form.set(SCANNED_ON, "2026-03-03".into());
        assert_eq!(wrong(&form), [SCANNED_ON, NODULES_SEEN]);
    }

    #[test]
    fn the_choices_are_the_clinical_terms_in_their_order() {
        let words = Incomplete::ALL.map(Incomplete::as_str);
        assert_eq!(INCOMPLETES[1..], words);
    }
}
