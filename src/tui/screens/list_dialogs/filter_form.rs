//! Dialog for the filters of the lists.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};

use super::filter_parts::{self, ANY, DoctorNames};
use super::form_dialog::submits;
use crate::clinical::lung_rads::Category;
use crate::clinical::patient::{Days, Field as PatientField};
use crate::clinical::text::fold;
use crate::store::FollowUpFilters;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::{Inbox, Reply};
use crate::tui::screens::pick_date::PickDate;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind};
use crate::tui::widgets::panel;

const CATEGORY: usize = 0;
const DOCTOR: usize = 1;
const FROM: usize = 2;
const UNTIL: usize = 3;
/// The labels of [`Category::ALL`] behind [`ANY`].
const CATEGORIES: &[&str] = &[
    ANY,
    "0",
    "1",
    "2",
    "3",
    "4A",
    "4B",
    "4X",
    "needs a radiologist",
];

/// The dialog.
pub struct FilterForm {
    form: Form,
    help: &'static str,
    doctors: DoctorNames,
    reply: Reply<FollowUpFilters>,
    /// Text for the field in focus, from a dialog above.
    chosen: Inbox<String>,
}

impl FilterForm {
    /// `help` says which days are meant.
    pub fn new(
        wanted: &FollowUpFilters,
        help: &'static str,
        reply: Reply<FollowUpFilters>,
    ) -> Self {
        let mut form = Form::new(vec![
            Field::new("Category", Kind::Choice(CATEGORIES), ""),
            Field::new(
                PatientField::Doctor.label(),
                Kind::Text,
                "the whole name; F4 lists them",
            ),
            Field::new("From", Kind::Text, "YYYY-MM-DD; F4 opens a calendar"),
            Field::new("To", Kind::Text, "YYYY-MM-DD; F4 opens a calendar"),
        ]);
        let category = wanted.category;
        let at = Category::ALL.iter().position(|one| Some(*one) == category);
        form.choose(CATEGORY, at.map_or(0, |at| at + 1));
        form.set(DOCTOR, wanted.doctor.clone().unwrap_or_default());
        let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
        form.set(FROM, day(wanted.from));
        form.set(UNTIL, day(wanted.until));
        Self {
            form,
            help,
            doctors: DoctorNames::default(),
            reply,
            chosen: Inbox::default(),
        }
    }

    /// The same for a list without categories.
    pub fn without_category(mut self) -> Self {
        self.form.hide(CATEGORY, true);
        self.form.focus = DOCTOR;
        self
    }

    /// Contents of the form; otherwise each field that is wrong, and the reason.
    fn read(&self) -> Result<FollowUpFilters, Vec<(usize, String)>> {
        let mut wrong = Vec::new();
        let from = filter_parts::day(&self.form, FROM, &mut wrong);
        let until = filter_parts::day(&self.form, UNTIL, &mut wrong);
        if from.is_some_and(|from| until.is_some_and(|until| until < from)) {
            wrong.push((UNTIL, "the last day is before the first".into()));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let typed = self.form.value(DOCTOR).trim();
        let mut known = self.doctors.known();
        let doctor = match typed.is_empty() {
            true => None,
            false => Some(
                known
                    .find(|name| fold(name) == fold(typed))
                    .map_or_else(|| typed.to_owned(), Clone::clone),
            ),
        };
        let category = self.form.chosen(CATEGORY).checked_sub(1);
        Ok(FollowUpFilters {
            category: category.and_then(|at| Category::ALL.get(at).copied()),
            doctor,
            from,
            until,
        })
    }

    fn submit(&mut self) -> Vec<Action> {
        self.form.forgive();
        match self.read() {
            Ok(wanted) => vec![self.reply.send(wanted)],
            Err(wrong) => filter_parts::refused(&mut self.form, wrong),
        }
    }

    /// Opens what the field in focus has to choose from.
    fn choose(&self) -> Vec<Action> {
        let focus = self.form.focus;
        let value = self.form.value(focus);
        let label = match focus {
            FROM => "From",
            UNTIL => "To",
            DOCTOR => return self.doctors.choose(value, self.chosen.reply(|name| name)),
            _ => return filter_parts::warn("Use ← and → to choose here."),
        };
        let reply = self.chosen.reply(|day: Date| day.to_string());
        let calendar = PickDate::new(label, value, Days::Any, reply);
        vec![Action::Open(Box::new(calendar))]
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
            ScreenEvent::Returned => {
                if let Some(chosen) = self.chosen.take() {
                    self.form.set(self.form.focus, chosen);
                }
            }
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(_, Some(Command::Choose)) => return self.choose(),
            event if submits(&mut self.form, &event) => return self.submit(),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let inner = panel::raised(frame, panel::centred(area, 68, 13), "Filters", theme);
        let [fields, below] = panel::stacked(inner, [Constraint::Length(8), Constraint::Min(0)]);
        self.form.view(frame, fields, context);
        let words = panel::paragraph(self.help).style(theme.style(Role::Muted));
        frame.render_widget(words, below);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_read_as_it_was_filled() {
        let wanted = FollowUpFilters {
            category: Some(Category::FourA),
            doctor: Some("Dr. Who".into()),
            from: Some(Date::constant(2026, 1, 1)),
            until: Some(Date::constant(2026, 2, 1)),
        };
        assert_eq!(
            FilterForm::new(&wanted, "", Reply::ignored()).read(),
            Ok(wanted)
        );
        let none = FollowUpFilters::default();
        assert_eq!(
            FilterForm::new(&none, "", Reply::ignored()).read(),
            Ok(none)
        );
    }

    #[test]
    fn days_in_the_wrong_order_are_refused() {
        let wanted = FollowUpFilters {
            from: Some(Date::constant(2026, 2, 2)),
            until: Some(Date::constant(2026, 2, 1)),
            ..FollowUpFilters::default()
        };
        assert_eq!(
            FilterForm::new(&wanted, "", Reply::ignored())
                .read()
                .unwrap_err()[0]
                .0,
            UNTIL
        );
    }

    #[test]
    fn the_categories_are_offered_by_their_labels_in_their_order() {
        assert_eq!(CATEGORIES[1..], Category::ALL.map(Category::label));
    }
}
