//! The fields of a patient, for a new one and for one that is changed.

use jiff::civil::Date;

use crate::clinical::patient::{Field as PatientField, Patient, PatientDraft, Sex};
use crate::tui::widgets::form::{Field, Form, Kind};

pub const NUMBER: usize = 0;
pub const NAME: usize = 1;
const BORN: usize = 2;
const SEX: usize = 3;
const NOTES: usize = 4;

const SEXES: [Option<Sex>; 4] = [None, Some(Sex::Female), Some(Sex::Male), Some(Sex::Other)];

const TYPED: [(usize, PatientField); 4] = [
    (NUMBER, PatientField::Number),
    (NAME, PatientField::FullName),
    (BORN, PatientField::DateOfBirth),
    (NOTES, PatientField::Notes),
];

/// The empty form, with the name in focus.
pub fn empty() -> Form {
    let text = |label, example| Field::new(label, Kind::Text, example);
    let mut form = Form::new(vec![
        text("Patient ID", "made for you, yours to change"),
        text("Full name", "as in the patient's papers"),
        text("Date of birth", "YYYY-MM-DD, may stay empty"),
        Field::new(
            "Sex",
            Kind::Choice(&["not stated", "female", "male", "other"]),
            "",
        ),
        text("Notes", "may stay empty"),
    ]);
    form.focus = NAME;
    form
}

/// The form as it shows this patient.
pub fn of(patient: &Patient) -> Form {
    let mut form = empty();
    let draft = PatientDraft::from(patient);
    for (index, field) in TYPED {
        form.set(index, draft.get(field).to_owned());
    }
    let sex = SEXES.iter().position(|sex| *sex == patient.sex);
    form.choose(SEX, sex.unwrap_or_default());
    form
}

/// The patient as typed; nothing, and a complaint at each field that is wrong, where it cannot be one.
pub fn validated(form: &mut Form, today: Date) -> Option<Patient> {
    let mut draft = PatientDraft::default();
    for (index, field) in TYPED {
        draft.set(field, form.value(index));
    }
    let sex = SEXES.get(form.chosen(SEX)).copied().flatten();
    draft.set(PatientField::Gender, sex.map_or("", Sex::as_str));
    let errors = match draft.validate(today) {
        Ok(patient) => return Some(patient),
        Err(errors) => errors,
    };
    // The last complaint takes the focus, so the first is made last.
    for error in errors.into_iter().rev() {
        let place = TYPED.iter().find(|(_, field)| *field == error.field);
        let index = place.map_or(SEX, |(index, _)| *index);
        form.complain(index, error.message);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_comes_back_from_the_form_as_it_went_in() {
        let patient = Patient {
            number: "P-000001".into(),
            full_name: "Ana Pérez".into(),
            date_of_birth: Some(Date::constant(1961, 3, 5)),
            sex: Some(Sex::Other),
            notes: "first\nsecond".into(),
            details: Default::default(),
        };
        let read = validated(&mut of(&patient), Date::constant(2024, 6, 15));
        assert_eq!(read, Some(patient));
    }
}
