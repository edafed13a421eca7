//! Dialog for the table's filters: exam results, doctor, date of birth, and every field of the record that offers
//! choices.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;

use super::filter_fields::{
    BORN, CATEGORY, CATEGORY_NAMES, CHOICES, DOCTOR, EXAM, OFFERED, RESULT, RESULT_NAMES, RESULTS,
    STATUS, STATUS_NAMES, chosen, place,
};
use super::filters::{Days, Filters};
use crate::clinical::lung_rads::Category;
use crate::clinical::patient::{self, Field as PatientField};
use crate::clinical::text::fold;
use crate::store::ReportStatus;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::{Inbox, Reply};
use crate::tui::screens::list_dialogs::filter_parts::{self, ANY, DoctorNames};
use crate::tui::screens::patient_form::choice::{place as place_of_word, word};
use crate::tui::screens::pick_choice::PickChoice;
use crate::tui::screens::pick_date::PickDate;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome, noted};
use crate::tui::widgets::panel;

/// The dialog.
pub(super) struct FilterForm {
    form: Form,
    doctors: DoctorNames,
    reply: Reply<Filters>,
    chosen: Inbox<Chosen>,
}

/// Answers of the dialogs over this one.
enum Chosen {
    Word(String),
    Day(Date),
}

impl FilterForm {
    pub(super) fn new(wanted: &Filters, reply: Reply<Filters>) -> Self {
        let choice = |label, names| Field::new(label, Kind::Choice(names), "");
        let day = |label| Field::new(label, Kind::Text, "YYYY-MM-DD; F4 opens a calendar");
        let mut fields = vec![
            choice("Result", RESULT_NAMES),
            choice("Category", CATEGORY_NAMES),
            choice("Status", STATUS_NAMES),
            day("Newest exam from"),
            day("Newest exam to"),
            Field::new(
                PatientField::Doctor.label(),
                Kind::Text,
                "part of the name; F4 lists them",
            ),
            day("Born from"),
            day("Born to"),
        ];
        fields.extend((OFFERED.iter()).map(|one| choice(one.field.label(), &one.names)));
        let mut form = Form::new(fields);
        form.choose(RESULT, place(&RESULTS, wanted.result));
        form.choose(CATEGORY, place(&Category::ALL, wanted.category));
        form.choose(STATUS, place(&ReportStatus::ALL, wanted.status));
        for ([from, to], days) in [(EXAM, wanted.exam), (BORN, wanted.born)] {
            for (field, day) in [(from, days.from), (to, days.to)] {
                form.set(field, day.map_or_else(String::new, |day| day.to_string()));
            }
        }
        form.set(DOCTOR, wanted.doctor.clone().unwrap_or_default());
        for (index, one) in (CHOICES..).zip(OFFERED.iter()) {
            let kept = wanted.choices.iter().find(|kept| kept.0 == one.field);
            let kept = kept.map_or("", |kept| kept.1);
            form.choose(index, place_of_word(one.choices, kept));
        }
        Self {
            form,
            doctors: DoctorNames::default(),
            reply,
            chosen: Inbox::default(),
        }
    }

    /// Filters of the form, or each wrong field and the reason.
    fn read(&self, today: Date) -> Result<Filters, Vec<(usize, String)>> {
        let mut wrong = Vec::new();
        let exam = self.days(EXAM, &mut wrong);
        let doctor = noted(self.doctor(today), DOCTOR, &mut wrong);
        let born = self.days(BORN, &mut wrong);
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let choices = (CHOICES..).zip(OFFERED.iter()).filter_map(|(index, one)| {
            let word = word(one.choices, self.form.chosen(index));
            (!word.is_empty()).then_some((one.field, word))
        });
        Ok(Filters {
            result: chosen(&RESULTS, self.form.chosen(RESULT)),
            category: chosen(&Category::ALL, self.form.chosen(CATEGORY)),
            status: chosen(&ReportStatus::ALL, self.form.chosen(STATUS)),
            exam,
            doctor,
            born,
            choices: choices.collect(),
        })
    }

    fn days(&self, [from, to]: [usize; 2], wrong: &mut Vec<(usize, String)>) -> Days {
        let days = Days {
            from: filter_parts::day(&self.form, from, wrong),
            to: filter_parts::day(&self.form, to, wrong),
        };
        if days.are_reversed() {
            wrong.push((to, "the last day is before the first".into()));
        }
        days
    }

    /// Doctor whose name contains the typed part; the typed text if no record has such a name.
    fn doctor(&self, today: Date) -> Result<Option<String>, String> {
        let typed = self.form.value(DOCTOR);
        if typed.trim().is_empty() {
            return Ok(None);
        }
        let typed = PatientField::Doctor
            .check(typed, today)
            .map_err(|wrong| wrong.to_string())?;
        let part = fold(&typed);
        let known = || self.doctors.known();
        if let Some(whole) = known().find(|name| fold(name) == part) {
            return Ok(Some(whole.clone()));
        }
        let mut meant = known().filter(|name| fold(name).contains(&part));
        match (meant.next(), meant.count()) {
            (None, _) => Ok(Some(typed)),
            (Some(one), 0) => Ok(Some(one.clone())),
            (Some(_), others) => Err(format!(
                "“{typed}” matches {} doctors; press F4 to choose.",
                others + 1
            )),
        }
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        self.form.forgive();
        match self.read(context.moment.today()) {
            Ok(wanted) => vec![self.reply.send(wanted)],
            Err(wrong) => filter_parts::refused(&mut self.form, wrong),
        }
    }

    /// Opens the choices of the focused field.
    fn choose(&self) -> Vec<Action> {
        let focus = self.form.focus;
        let value = self.form.value(focus);
        let (word_reply, day_reply) = (
            self.chosen.reply(Chosen::Word),
            self.chosen.reply(Chosen::Day),
        );
        let offered = focus.checked_sub(CHOICES).and_then(|at| OFFERED.get(at));
        let dialog: Box<dyn Screen> = match (focus, offered) {
            (_, Some(one)) => {
                let kept = word(one.choices, self.form.chosen(focus));
                Box::new(PickChoice::new(one.field.label(), one.choices, kept, word_reply).or(ANY))
            }
            (DOCTOR, _) => return self.doctors.choose(value, word_reply),
            _ if BORN.contains(&focus) => Box::new(PickDate::new(
                "Born",
                value,
                patient::Days::Birth,
                day_reply,
            )),
            _ if EXAM.contains(&focus) => Box::new(PickDate::new(
                "Newest exam",
                value,
                patient::Days::Past,
                day_reply,
            )),
            _ => return filter_parts::warn("Use ← and → to choose here."),
        };
        vec![Action::Open(dialog)]
    }

    /// Fills in the choice of a dialog above.
    fn take_choice(&mut self, word: String) {
        let focus = self.form.focus;
        match focus.checked_sub(CHOICES).and_then(|at| OFFERED.get(at)) {
            Some(one) => self.form.choose(focus, place_of_word(one.choices, &word)),
            None => self.form.set(focus, word),
        }
    }
}

impl Screen for FilterForm {
    fn title(&self) -> &str {
        "Filters"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Filters, Scope::Form]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, mut event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        if let Some(actions) = self.doctors.take(&mut event) {
            return actions;
        }
        match event {
            ScreenEvent::Opened => return DoctorNames::ask(context),
            ScreenEvent::Returned => match self.chosen.take() {
                Some(Chosen::Word(word)) => self.take_choice(word),
                Some(Chosen::Day(day)) => self.form.set(self.form.focus, day.to_string()),
                None => {}
            },
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(_, Some(Command::Save)) => return self.submit(context),
            ScreenEvent::Key(_, Some(Command::Choose)) => return self.choose(),
            ScreenEvent::Key(key, command) => match self.form.take(key, command) {
                Outcome::Submitted => return self.submit(context),
                Outcome::Changed | Outcome::Ignored => {}
            },
            ScreenEvent::Paste(text) => self.form.paste(text),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let count = self.form.len() as u16;
        let area = panel::centred(area, area.width.min(76), count + 2);
        let inner = panel::raised(frame, area, "Filters", theme);
        let place = u16::from(inner.height < count);
        let [fields, place] =
            panel::stacked(inner, [Constraint::Min(1), Constraint::Length(place)]);
        self.form.view(frame, fields, context);
        let position = format!("field {} of {count}", self.form.focus + 1);
        frame.render_widget(Line::styled(position, theme.style(Role::Muted)), place);
    }
}

#[cfg(test)]
mod tests {
    use super::super::filters::tests::everything;
    use super::*;

    const TODAY: Date = Date::constant(2026, 3, 9);

    #[test]
    fn filters_survive_the_form_unchanged() {
        let wanted = everything();
        assert_eq!(
            FilterForm::new(&wanted, Reply::ignored()).read(TODAY),
            Ok(wanted)
        );
        let nothing = Filters::default();
        assert_eq!(
            FilterForm::new(&nothing, Reply::ignored()).read(TODAY),
            Ok(nothing)
        );
    }

    #[test]
    fn every_choice_of_every_field_can_be_filtered_by() {
        for one in OFFERED.iter() {
            for choice in one.choices {
                let wanted = Filters {
                    choices: vec![(one.field, choice.word)],
                    ..Filters::default()
                };
                assert_eq!(
                    FilterForm::new(&wanted, Reply::ignored()).read(TODAY),
                    Ok(wanted)
                );
            }
        }
    }

    #[test]
    fn days_in_the_wrong_order_are_refused() {
        for [from, to] in [EXAM, BORN] {
            let mut filters = FilterForm::new(&Filters::default(), Reply::ignored());
            filters.form.set(from, "2024-02-02".to_owned());
            filters.form.set(to, "2024-02-01".to_owned());
            assert_eq!(filters.read(TODAY).unwrap_err()[0].0, to);
        }
    }

    #[test]
    fn part_of_a_name_selects_the_only_doctor_who_has_it() {
        let mut filters = FilterForm::new(&Filters::default(), Reply::ignored());
        filters.doctors = DoctorNames::known_as(&["Ana Pérez", "Ana Pérez Ruiz", "Noor Haddad"]);
        let mut meant = |typed: &str| {
            filters.form.set(DOCTOR, typed.to_owned());
            filters.doctor(TODAY)
        };
        let found = |name: &str| Ok(Some(name.to_owned()));
        assert_eq!(meant("HADD"), found("Noor Haddad"));
        // A whole name is selected even if another begins with it.
        assert_eq!(meant(" ana  perez "), found("Ana Pérez"));
        assert_eq!(meant("nobody"), found("nobody"));
        assert_eq!(meant("  "), Ok(None));
        let refused = meant("ana").unwrap_err();
        assert!(refused.contains("2 doctors"), "{refused}");
    }
}
