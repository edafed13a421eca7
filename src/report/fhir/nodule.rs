//! The nodules of an exam: one observation each, with the measurements as components.

use super::Entries;
use super::codes;
use super::data_types::{Annotation, CodeableConcept, Quantity, Reference, Value};
use super::exam::About;
use super::resources::Component;
use crate::clinical::measurement::Axes;
use crate::clinical::nodule::MeasuredNodule;

/// Adds the nodules in their order.
pub(super) fn add(entries: &mut Entries, about: &About<'_>) -> Vec<Reference> {
    let nodules = &about.exam.reading.nodules;
    let numbered = (1..).zip(nodules);
    numbered
        .map(|(number, nodule)| {
            let name = format!("Lung nodule {number}");
            let code = CodeableConcept::both(name, Some(codes::PULMONARY_NODULE));
            let mut observation = about.observation(code);
            observation.body_site = nodule.lobe.map(|lobe| {
                let words = match lobe.as_str() {
                    "lingula" => "lingula".to_owned(),
                    side => format!("{side} lobe"),
                };
                CodeableConcept::both(words, codes::of_lobe(lobe))
            });
            observation.method = Some(CodeableConcept::text(nodule.measurement.words()));
            if !nodule.note.is_empty() {
                let text = nodule.note.clone();
                observation.note.push(Annotation { text });
            }
            if nodule.earlier_changed {
                let text = "The earlier measurement was changed since: compare again.".to_owned();
                observation.note.push(Annotation { text });
            }
            observation.component = components(about, nodule);
            entries.observe(&about.named(&format!("nodule {number}")), observation)
        })
        .collect()
}

fn components(about: &About<'_>, nodule: &MeasuredNodule) -> Vec<Component> {
    let draft = &nodule.draft;
    let words = |text: &str, value: String| {
        let value = Value::Concept(CodeableConcept::text(value));
        Component::new(CodeableConcept::text(text), value)
    };
    let mut parts = axes(draft.axes, "");
    let (volume_mm3, counted) = nodule.volume();
    let basis = match counted {
        true => "Volume, counted voxels",
        false => "Volume of a sphere of the mean diameter",
    };
    parts.push(measured(
        CodeableConcept::both(basis, Some(codes::VOLUME)),
        codes::cubic_millimetres(volume_mm3),
    ));
    if let Some(solid_part) = draft.solid_part {
        parts.extend(axes(solid_part, " of the solid part"));
    }
    parts.push(words("Type", draft.nodule_type.as_str().into()));
    parts.push(words("Status", draft.status.as_str().into()));
    if let Some(margin) = draft.margin {
        parts.push(words("Margin", margin.as_str().into()));
    }
    parts.push(words("Calcification", draft.calcification.as_str().into()));
    let verdict = nodule.verdict();
    parts.push(Component::new(
        CodeableConcept::both("Lung-RADS category, measured", Some(codes::LUNG_RADS)),
        Value::Concept(CodeableConcept::text(verdict.category.label())),
    ));
    parts.push(words("Rule of the category", verdict.rule));
    let person = about.record.person(about.exam);
    if let Ok(estimate) = about.exam.reading.brock(nodule, person) {
        let with = estimate
            .with_spiculation
            .map(|risk| ("Brock risk, model with spiculation", risk));
        let without = (
            "Brock risk, model without spiculation",
            estimate.without_spiculation,
        );
        for (text, risk) in with.into_iter().chain([without]) {
            parts.push(measured(
                CodeableConcept::both(text, Some(codes::PROBABILITY_OF_CANCER)),
                codes::probability(risk.probability),
            ));
        }
    }
    parts
}

/// Both axes and their mean; with codes only for the nodule as a whole.
fn axes(axes: Axes, of: &str) -> Vec<Component> {
    let whole = of.is_empty();
    let lengths = [
        ("Long axis", Some(codes::LONG_AXIS), axes.long()),
        ("Short axis", Some(codes::SHORT_AXIS), axes.short()),
        ("Mean diameter", None, axes.mean()),
    ];
    lengths
        .map(|(words, code, length)| {
            let code = code.filter(|_| whole);
            let code = CodeableConcept::both(format!("{words}{of}"), code);
            measured(code, codes::millimetres(length.as_f64()))
        })
        .into()
}

fn measured(code: CodeableConcept, quantity: Quantity) -> Component {
    Component::new(code, Value::Quantity(quantity))
}
