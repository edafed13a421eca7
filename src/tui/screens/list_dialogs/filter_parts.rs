//! Parts that the forms of filters share: days, the names of doctors, and messages about errors.

use jiff::civil::Date;

use crate::clinical::date;
use crate::clinical::patient::Field as PatientField;
use crate::store::StoreError;
use crate::text::{scrub, sentence};
use crate::tui::context::{Context, Notice};
use crate::tui::reply::Reply;
use crate::tui::screens::pick_choice::PickChoice;
use crate::tui::screens::{Action, ScreenEvent};
use crate::tui::widgets::form::{Form, noted};
use crate::tui::worker::{Answer, Request, patients};

/// Choice of no filter.
pub const ANY: &str = "any";

/// The day in a field; a complaint about it is added to `wrong`.
pub fn day(form: &Form, field: usize, wrong: &mut Vec<(usize, String)>) -> Option<Date> {
    let day = match form.value(field).trim() {
        "" => Ok(None),
        typed => date::parse(typed)
            .map(Some)
            .map_err(|error| error.to_string()),
    };
    noted(day, field, wrong)
}

/// Shows each complaint at its field, and the first one as a message.
pub fn refused(form: &mut Form, wrong: Vec<(usize, String)>) -> Vec<Action> {
    let first = wrong.first();
    let told = first.map(|(_, complaint)| sentence(&scrub(complaint)));
    form.complain_all(wrong);
    let told = told.map(|told| Action::Tell(Notice::error(told)));
    told.into_iter().collect()
}

/// A warning.
pub fn warn(sentence: &str) -> Vec<Action> {
    vec![Action::Tell(Notice::warning(sentence))]
}

/// The doctors named in the records, once they are known.
#[derive(Default)]
pub struct DoctorNames(Option<Vec<String>>);

impl DoctorNames {
    /// Known names.
    #[cfg(test)]
    pub fn known_as(names: &[&str]) -> Self {
        Self(Some(names.iter().map(|&name| name.to_owned()).collect()))
    }

    /// The names that are known so far.
    pub fn known(&self) -> impl Iterator<Item = &String> {
        self.0.iter().flatten()
    }

    /// Asks for the names when the form opens.
    pub fn ask(context: &Context<'_>) -> Vec<Action> {
        let ask = |access| Request::PatientForm(patients::Request::Doctors(access));
        let asked = context.access.cloned().map(ask).map(Action::Ask);
        asked.into_iter().collect()
    }

    /// Stores the names. None for another event.
    pub fn take(&mut self, event: &mut ScreenEvent<'_>) -> Option<Vec<Action>> {
        let ScreenEvent::Answer(Answer::PatientForm(patients::Answer::Doctors(read))) = event
        else {
            return None;
        };
        match read {
            Ok(names) => {
                self.0 = Some(std::mem::take(names));
                Some(Vec::new())
            }
            Err(error) => Some(vec![Action::Tell(Notice::error(StoreError::to_string(
                error,
            )))]),
        }
    }

    /// Opens the names to choose from, or says why there are none.
    pub fn choose(&self, typed: &str, reply: Reply<String>) -> Vec<Action> {
        match &self.0 {
            None => warn("The names are still being read. Try again."),
            Some(names) if names.is_empty() => warn("No record names a doctor."),
            Some(names) => {
                let label = PatientField::Doctor.label();
                let choice = PickChoice::among(label, names, typed, reply).or(ANY);
                vec![Action::Open(Box::new(choice))]
            }
        }
    }
}
