//! What the table is filtered by: a small form over it, and chips above it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::clinical::assessment::Classification::{self, Indeterminate, Negative, Positive};
use crate::clinical::date;
use crate::clinical::lung_rads::Category;
use crate::store::{PatientFilters, ReportStatus};
use crate::text::sentence;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::screens::{Action, Happening, Returned, Screen};
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;

const RESULT: usize = 0;
const CATEGORY: usize = 1;
const STATUS: usize = 2;
const FROM: usize = 3;
const TO: usize = 4;

const RESULTS: [Classification; 3] = [Positive, Negative, Indeterminate];
const RESULT_NAMES: &[&str] = &["any", "positive", "negative", "indeterminate"];
const CATEGORY_NAMES: &[&str] = &[
    "any",
    "0",
    "1",
    "2",
    "3",
    "4A",
    "4B",
    "4X",
    "needs a radiologist",
];
const STATUS_NAMES: &[&str] = &["any", "no exam", "preliminary", "final"];

/// What is wanted, with days as they are typed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    result: Option<Classification>,
    category: Option<Category>,
    status: Option<ReportStatus>,
    from: Option<Date>,
    /// This day too.
    to: Option<Date>,
}

impl Wanted {
    /// The same for the store: days become instants where the user is.
    pub fn filters(&self, zone: &TimeZone) -> PatientFilters {
        PatientFilters {
            result: self.result,
            category: self.category,
            status: self.status,
            since: self.from.and_then(|day| begins(day, zone)),
            before: self
                .to
                .and_then(|day| begins(day.checked_add(1.day()).ok()?, zone)),
            ..PatientFilters::default()
        }
    }

    /// A word or three for each.
    pub fn chips(&self) -> Vec<String> {
        [
            self.result.map(|result| result.label().to_owned()),
            self.category
                .map(|category| format!("category {}", category.label())),
            self.status.map(|status| status.label().to_owned()),
            self.from.map(|day| format!("from {day}")),
            self.to.map(|day| format!("to {day}")),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Without the last chip; says whether there was one.
    pub fn drop_last(&mut self) -> bool {
        self.to.take().is_some()
            || self.from.take().is_some()
            || self.status.take().is_some()
            || self.category.take().is_some()
            || self.result.take().is_some()
    }
}

fn begins(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    Some(day.to_zoned(zone.clone()).ok()?.timestamp())
}

/// The dialog.
pub struct FilterForm {
    form: Form,
}

impl FilterForm {
    pub fn new(wanted: &Wanted) -> Self {
        let choice = |label, names| Field::new(label, Kind::Choice(names), "");
        let day = |label| Field::new(label, Kind::Text, "YYYY-MM-DD");
        let mut form = Form::new(vec![
            choice("Result", RESULT_NAMES),
            choice("Category", CATEGORY_NAMES),
            choice("Status", STATUS_NAMES),
            day("Newest exam from"),
            day("Newest exam to"),
        ]);
        form.choose(RESULT, place(&RESULTS, wanted.result));
        form.choose(CATEGORY, place(&Category::ALL, wanted.category));
        form.choose(STATUS, place(&ReportStatus::ALL, wanted.status));
        for (field, day) in [(FROM, wanted.from), (TO, wanted.to)] {
            form.set(field, day.map_or_else(String::new, |day| day.to_string()));
        }
        Self { form }
    }

    /// What the form says; the first field that is wrong, and why.
    fn read(&self) -> Result<Wanted, (usize, String)> {
        let day = |field| match self.form.value(field).trim() {
            "" => Ok(None),
            typed => date::parse(typed).map(Some).map_err(|wrong| (field, wrong)),
        };
        let (from, to) = (day(FROM)?, day(TO)?);
        if from.is_some_and(|from| to.is_some_and(|to| to < from)) {
            return Err((TO, "the last day lies before the first".into()));
        }
        Ok(Wanted {
            result: chosen(&RESULTS, self.form.chosen(RESULT)),
            category: chosen(&Category::ALL, self.form.chosen(CATEGORY)),
            status: chosen(&ReportStatus::ALL, self.form.chosen(STATUS)),
            from,
            to,
        })
    }
}

/// The place of a choice behind "any".
fn place<T: PartialEq + Copy>(all: &[T], one: Option<T>) -> usize {
    let at = all.iter().position(|&each| Some(each) == one);
    at.map_or(0, |at| at + 1)
}

fn chosen<T: Copy>(all: &[T], place: usize) -> Option<T> {
    all.get(place.checked_sub(1)?).copied()
}

impl Screen for FilterForm {
    fn title(&self) -> &str {
        "Filters"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, happening: Happening<'_>, _context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Key(_, Some(Command::Back)) => vec![Action::Close],
            Happening::Key(key, command) => match self.form.take(key, command) {
                Outcome::Submitted => match self.read() {
                    Ok(wanted) => vec![Action::Return(Returned::Filters(wanted))],
                    Err((field, complaint)) => {
                        let told = sentence(&complaint);
                        self.form.complain(field, complaint);
                        vec![Action::Tell(Notice::error(told))]
                    }
                },
                Outcome::Changed | Outcome::Ignored => Vec::new(),
            },
            Happening::Paste(text) => {
                self.form.paste(text);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let height = self.form.len() as u16 + 2;
        let area = panel::centred(area, area.width.min(76), height);
        let inner = panel::raised(frame, area, "Filters", context.theme);
        self.form.view(frame, inner, context.theme);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_the_form_are_those_of_what_they_choose() {
        let labels = |names: Vec<&'static str>| [vec!["any"], names].concat();
        assert_eq!(
            RESULT_NAMES,
            labels(RESULTS.map(Classification::as_str).to_vec())
        );
        assert_eq!(
            CATEGORY_NAMES,
            labels(Category::ALL.map(Category::label).to_vec())
        );
        assert_eq!(
            STATUS_NAMES,
            labels(ReportStatus::ALL.map(ReportStatus::label).to_vec())
        );
    }

    #[test]
    fn a_form_is_read_as_it_was_filled_and_its_chips_go_one_by_one() {
        let mut wanted = Wanted {
            result: Some(Positive),
            category: Some(Category::FourA),
            status: Some(ReportStatus::Preliminary),
            from: Some(Date::constant(2024, 2, 1)),
            to: Some(Date::constant(2024, 2, 29)),
        };
        assert_eq!(FilterForm::new(&wanted).read(), Ok(wanted));
        let filters = wanted.filters(&TimeZone::UTC);
        assert_eq!(filters.before, "2024-03-01T00:00:00Z".parse().ok());
        for left in (0..5).rev() {
            assert!(wanted.drop_last());
            assert_eq!(wanted.chips().len(), left);
        }
        assert!(!wanted.drop_last());
        assert!(wanted.filters(&TimeZone::UTC).is_empty());
    }

    #[test]
    fn days_in_the_wrong_order_are_refused() {
        let wanted = Wanted {
            from: Some(Date::constant(2024, 2, 2)),
            to: Some(Date::constant(2024, 2, 1)),
            ..Wanted::default()
        };
        assert_eq!(
            FilterForm::new(&wanted).read().map_err(|wrong| wrong.0),
            Err(TO)
        );
    }
}
