//! The lesions that the model proposes: one observation each, with place, diameter and probability as components.

use super::Entries;
use super::codes;
use super::data_types::{CodeableConcept, Reference, Value};
use super::exam::About;
use super::resources::Component;
use crate::clinical::assessment::Lesion;
use crate::report::lesions::Proposed;

/// Adds the lesions in their order. If out of distribution, none has a probability.
pub(super) fn add(entries: &mut Entries, about: &About<'_>) -> Vec<Reference> {
    let slice = &about.exam.slice;
    let lines = Proposed::of(slice).decided(&about.exam.reading).lines();
    let lesions = slice.assessment.lesions.iter().zip(lines);
    lesions
        .map(|(lesion, line)| {
            let name = format!("Lesion {}, {}", line.number, Lesion::BASIS);
            let code = CodeableConcept::both(name, Some(codes::PULMONARY_NODULE));
            let mut observation = about.of_model(code);
            observation.method = Some(CodeableConcept::text(Lesion::BASIS));
            let component = |text: &str, code, value: Value| {
                Component::new(CodeableConcept::both(text, code), value)
            };
            let diameter = (lesion.mean_diameter_mm())
                .map(|mm| codes::millimetres((mm * 10.0).round() / 10.0));
            let probability = slice.assessment.lesion_probability(lesion);
            let parts = [
                Some(component("Place", None, Value::String(line.place))),
                diameter.map(|diameter| {
                    component("Diameter", Some(codes::DIAMETER), Value::Quantity(diameter))
                }),
                probability.map(|probability| {
                    let probability = codes::probability(probability);
                    let code = Some(codes::PROBABILITY_OF_CANCER);
                    component("Malignancy probability", code, Value::Quantity(probability))
                }),
                (!line.decision.is_empty())
                    .then(|| component("Decision", None, Value::String(line.decision.clone()))),
            ];
            observation.component = parts.into_iter().flatten().collect();
            entries.observe(
                &about.named(&format!("lesion {}", line.number)),
                observation,
            )
        })
        .collect()
}
