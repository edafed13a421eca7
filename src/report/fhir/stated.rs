//! The stated fields of the record for which the patient resource has no element: one observation each.

use super::data_types::{CodeableConcept, Quantity, Reference, Value};
use super::resources::Observation;
use super::{Entries, codes, history, patient};
use crate::clinical::patient::{Field, Kind, Section, follow_up};
use crate::report::deidentified::Age;
use crate::report::record::RecordReport;

/// Adds the stated fields in their order; for a de-identified record the age too.
pub(super) fn add(entries: &mut Entries, record: &RecordReport, subject: &Reference) {
    let age = record.deidentified.as_ref().and_then(|copy| copy.age);
    if let Some(age) = age {
        let code = CodeableConcept::both("Age", Some(codes::AGE));
        let mut observation = Observation::new("final", code, subject.clone());
        observation.value = Some(Value::Quantity(in_years(age)));
        entries.observe("age", observation);
    }
    let elsewhere = |field: &Field| patient::tells(*field) || history::tells(*field);
    let scanned_on = record.patient.value(Field::ScanDate);
    for field in Field::entered().filter(|field| !elsewhere(field)) {
        let kept = match field {
            // Planned ones are appointments.
            Field::FollowUps => follow_up::kept(&history::follow_ups(record).0).into(),
            field => record.patient.value(field),
        };
        if kept.is_empty() {
            continue;
        }
        let code = CodeableConcept::both(field.label(), codes::of_field(field));
        let mut observation = Observation::new("final", code, subject.clone());
        observation.category = codes::category_of(field)
            .map(CodeableConcept::coded)
            .into_iter()
            .collect();
        if field.section() == Section::Imaging && !scanned_on.is_empty() {
            observation.effective_date_time = Some(scanned_on.to_string());
        }
        observation.issued = (record.deidentified.is_none()).then(|| record.changed_at.to_string());
        observation.value = Some(value(field, &kept));
        entries.observe(field.key(), observation);
    }
}

fn value(field: Field, kept: &str) -> Value {
    let in_words = || Value::String(field.shown(kept));
    match field.kind() {
        Kind::Choice(_) => Value::Concept(CodeableConcept::both(
            field.shown(kept),
            codes::of_choice(field, kept),
        )),
        Kind::Date(_) => Value::DateTime(kept.to_owned()),
        Kind::Quantity(quantity) => {
            let amount = kept.parse().ok();
            let amount = amount.and_then(|amount| codes::in_unit_of_field(amount, quantity.unit));
            amount.map_or_else(in_words, Value::Quantity)
        }
        _ => in_words(),
    }
}

/// An age as a quantity; from 90 on only as a lower limit.
pub(super) fn in_years(age: Age) -> Quantity {
    match age {
        Age::Years(years) => codes::years(f64::from(years)),
        Age::NinetyOrOver => Quantity {
            comparator: Some(">="),
            ..codes::years(90.0)
        },
    }
}
