//! Filter of the audit log.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};

use crate::clinical::date;
use crate::store::{AuditOutcome, AuditQuery, AuditSpan};
use crate::text::{scrub, sentence};
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome, noted};
use crate::tui::widgets::panel;

const ACCOUNT: usize = 0;
const ACTION: usize = 1;
const PATIENT: usize = 2;
const OUTCOME: usize = 3;
const FROM: usize = 4;
const TO: usize = 5;

/// Chosen filter; the default shows everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    account: String,
    action: String,
    patient: String,
    outcome: Option<AuditOutcome>,
    from: Option<Date>,
    /// Last day that is shown.
    to: Option<Date>,
}

impl AuditFilter {
    /// The filter as a query for the store. Days are those of `zone`.
    pub fn query(&self, zone: &TimeZone) -> AuditQuery {
        let AuditSpan { from, until } = self.span(zone);
        AuditQuery {
            account: self.account.clone(),
            action: self.action.clone(),
            outcome: self.outcome,
            patient: self.patient.clone(),
            from,
            until,
            ..AuditQuery::default()
        }
    }

    /// Time range of the filter.
    pub fn span(&self, zone: &TimeZone) -> AuditSpan {
        AuditSpan {
            from: self.from.and_then(|day| midnight(day, zone)),
            until: self
                .to
                .and_then(|day| midnight(day.checked_add(1.day()).ok()?, zone)),
        }
    }

    /// The filter in one line for the head of the table; empty if everything is shown.
    pub fn words(&self) -> String {
        let typed = [
            ("who", &self.account),
            ("what", &self.action),
            ("patient", &self.patient),
        ];
        let typed = typed.into_iter().filter(|(_, value)| !value.is_empty());
        let typed = typed.map(|(name, value)| format!("{name} “{}”", scrub(value)));
        let outcome = self.outcome.map(|outcome| outcome.as_str().to_owned());
        let from = self.from.map(|day| format!("from {day}"));
        let to = self.to.map(|day| format!("to {day}"));
        let parts = typed.chain(outcome).chain(from).chain(to);
        parts.collect::<Vec<_>>().join(", ")
    }
}

fn midnight(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let start = day.to_zoned(zone.clone()).ok()?;
    Some(start.timestamp())
}

/// The dialog.
pub(super) struct FilterForm {
    form: Form,
    reply: Reply<AuditFilter>,
}

impl FilterForm {
    pub(super) fn new(filter: &AuditFilter, reply: Reply<AuditFilter>) -> Self {
        let mut form = Form::new(vec![
            Field::new("Who", Kind::Text, "a part of a name or an email"),
            Field::new(
                "What",
                Kind::Text,
                "start of the action: delete, view, sign in",
            ),
            Field::new(
                "Patient ID",
                Kind::Text,
                "and its exams, nodules and reports",
            ),
            Field::new("Outcome", Kind::Choice(&["any", "done", "refused"]), ""),
            Field::new("From", Kind::Text, "YYYY-MM-DD"),
            Field::new("To", Kind::Text, "YYYY-MM-DD, this day included"),
        ]);
        form.set(ACCOUNT, filter.account.clone());
        form.set(ACTION, filter.action.clone());
        form.set(PATIENT, filter.patient.clone());
        form.choose(
            OUTCOME,
            match filter.outcome {
                None => 0,
                Some(AuditOutcome::Done) => 1,
                Some(AuditOutcome::Refused) => 2,
            },
        );
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        form.set(FROM, day(filter.from));
        form.set(TO, day(filter.to));
        Self { form, reply }
    }

    /// Filter of the form, or each wrong field and the reason.
    fn read(&self) -> Result<AuditFilter, Vec<(usize, String)>> {
        let typed = |field| self.form.value(field).trim().to_owned();
        let day = |field| match self.form.value(field).trim() {
            "" => Ok(None),
            typed => date::parse(typed)
                .map(Some)
                .map_err(|error| error.to_string()),
        };
        let mut wrong = Vec::new();
        let from = noted(day(FROM), FROM, &mut wrong);
        let to = noted(day(TO), TO, &mut wrong);
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            wrong.push((TO, "this day is before the first one".to_owned()));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(AuditFilter {
            account: typed(ACCOUNT),
            action: typed(ACTION),
            patient: typed(PATIENT),
            outcome: match self.form.chosen(OUTCOME) {
                1 => Some(AuditOutcome::Done),
                2 => Some(AuditOutcome::Refused),
                _ => None,
            },
            from,
            to,
        })
    }
}

impl Screen for FilterForm {
    fn title(&self) -> &str {
        "Audit log"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(key, command)
                if self.form.take(key, command) == Outcome::Submitted =>
            {
                match self.read() {
                    Ok(filter) => {
                        return vec![self.reply.send(filter)];
                    }
                    Err(wrong) => {
                        let wrong = wrong.into_iter();
                        let told = wrong.map(|(field, complaint)| (field, sentence(&complaint)));
                        self.form.complain_all(told);
                    }
                }
            }
            ScreenEvent::Paste(text) => self.form.paste(text),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let inner = panel::raised(frame, panel::centred(area, 66, 16), "Show only", theme);
        let [fields, remark] = panel::stacked(inner, [Constraint::Length(12), Constraint::Min(0)]);
        let (sentence, role) = match self.form.view(frame, fields, context) {
            Some(complaint) => (complaint, Role::Error),
            None => ("Empty fields filter nothing.".to_owned(), Role::Muted),
        };
        panel::remark(frame, remark, &sentence, role, theme);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_survives_the_form_unchanged() {
        let day = Date::constant(2026, 3, 2);
        let filter = AuditFilter {
            account: "ada".into(),
            action: "delete".into(),
            patient: "P-1".into(),
            outcome: Some(AuditOutcome::Refused),
            from: Some(day),
            to: Some(day),
        };
        for filter in [filter, AuditFilter::default()] {
            assert_eq!(
                FilterForm::new(&filter, Reply::ignored()).read(),
                Ok(filter)
            );
        }
    }

    #[test]
    fn the_whole_last_day_is_shown() {
        let day = Some(Date::constant(2026, 3, 2));
        let filter = AuditFilter {
            from: day,
            to: day,
            ..AuditFilter::default()
        };
        let AuditSpan { from, until } = filter.span(&TimeZone::UTC);
        let (from, until) = (from.unwrap(), until.unwrap());
        assert_eq!(until.duration_since(from).as_hours(), 24);
        assert_eq!(filter.words(), "from 2026-03-02, to 2026-03-02");
    }

    #[test]
    fn days_in_the_wrong_order_are_refused() {
        let mut form = FilterForm::new(&AuditFilter::default(), Reply::ignored());
        form.form.set(FROM, "2026-03-02".into());
        form.form.set(TO, "2026-03-01".into());
        assert_eq!(form.read().unwrap_err()[0].0, TO);
    }
}
