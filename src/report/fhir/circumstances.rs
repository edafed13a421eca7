//! Circumstances of a whole exam: one observation for each statement.

use super::Entries;
use super::data_types::{CodeableConcept, Reference, Value};
use super::exam::About;

pub(super) fn add(entries: &mut Entries, about: &About<'_>) -> Vec<Reference> {
    let stated = &about.exam.reading.circumstances;
    let facts = [
        (
            "Lung cancer in the family",
            stated.family_history.map(Value::Boolean),
        ),
        (
            "Emphysema on the scan",
            stated.emphysema.map(Value::Boolean),
        ),
        (
            "Nodules on the whole scan",
            stated.nodules_seen.map(Value::Integer),
        ),
        (
            "Significant finding other than lung cancer (Lung-RADS modifier S)",
            stated.modifier_s.then_some(Value::Boolean(true)),
        ),
    ];
    let said = facts.into_iter().filter_map(|(text, value)| {
        let mut observation = about.observation(CodeableConcept::text(text));
        observation.value = Some(value?);
        Some(entries.observe(&about.named(text), observation))
    });
    said.collect()
}
