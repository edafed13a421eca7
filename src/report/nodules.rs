//! An exam's nodules in words, for reports and screens.

use crate::clinical::nodule::MeasuredNodule;
use crate::clinical::reading::{Person, Reading};
use crate::text::{percent, scrub};

/// All facts of one nodule of a reading: labels of at most eight letters, each with its value. Scrubbed.
pub fn facts(
    reading: &Reading,
    nodule: &MeasuredNodule,
    person: Person,
) -> Vec<(&'static str, String)> {
    let verdict = nodule.verdict();
    let rule = format!("{}: {}", verdict.category.label(), verdict.rule);
    let mut facts = vec![
        ("Rule", rule),
        ("Size", size(nodule)),
        ("Measured", nodule.measurement.words()),
        ("Looks", looks(nodule)),
    ];
    if let Some(earlier) = nodule.draft.earlier {
        let on = nodule
            .earlier_on
            .map_or("before".to_owned(), |on| on.to_string());
        let solid = (earlier.sizes.solid_mean)
            .map_or(String::new(), |mean| format!(", solid part {mean} mm"));
        let category = (earlier.category).map_or(String::new(), |category| {
            format!(", category {}", category.label())
        });
        let mean = earlier.sizes.mean;
        let changed = match nodule.earlier_changed {
            true => "; that measurement was changed since: compare again",
            false => "",
        };
        facts.push((
            "Earlier",
            format!("{on}: mean {mean} mm{solid}{category}{changed}"),
        ));
    }
    facts.extend(brock(reading, nodule, person));
    if !nodule.note.is_empty() {
        facts.push(("Note", scrub(&nodule.note).into_owned()));
    }
    facts
}

/// Axes, mean, solid part and volume.
fn size(nodule: &MeasuredNodule) -> String {
    let axes = nodule.draft.axes;
    let (volume, counted) = nodule.volume();
    let basis = if counted {
        "counted"
    } else {
        "as a sphere of the mean"
    };
    let part = nodule.draft.solid_part.map_or(String::new(), |part| {
        format!(", solid part {part} (mean {})", part.mean())
    });
    format!(
        "{axes} (mean {}){part}; {volume:.0} mm³ {basis}",
        axes.mean()
    )
}

/// Type, status, lobe, margin and further description.
fn looks(nodule: &MeasuredNodule) -> String {
    let draft = &nodule.draft;
    let wall = draft
        .cyst_wall
        .map(|wall| format!("{} wall", wall.as_str()));
    let calcified = format!("calcification {}", draft.calcification.as_str());
    let lobe = nodule.lobe.map(|lobe| match lobe.as_str() {
        "lingula" => "lingula".to_owned(),
        side => format!("{side} lobe"),
    });
    let parts = [
        Some(draft.nodule_type.as_str().to_owned()),
        draft.airway_level.map(|level| level.as_str().to_owned()),
        wall,
        draft.multilocular.then(|| "multilocular".to_owned()),
        Some(draft.status.as_str().to_owned()),
        lobe,
        draft.margin.map(|margin| margin.as_str().to_owned()),
        Some(calcified),
        draft.fat.then(|| "fat inside".to_owned()),
        draft
            .suspicious
            .then(|| "a further suspicious feature".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The Brock risk by both models with their inputs, or the reason why there is none.
fn brock(
    reading: &Reading,
    nodule: &MeasuredNodule,
    person: Person,
) -> Vec<(&'static str, String)> {
    match reading.brock(nodule, person) {
        Err(reason) => vec![("Brock", format!("none: {reason}"))],
        Ok(estimate) => {
            let without = percent(estimate.without_spiculation.probability);
            let risk = match estimate.with_spiculation {
                Some(with) => format!(
                    "{} by the model with spiculation, {without} by the one without",
                    percent(with.probability)
                ),
                None => format!("{without} by the model without spiculation; no margin is stated"),
            };
            vec![("Brock", format!("{risk}; {}", estimate.words()))]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::measurement::Axes;
    use crate::clinical::nodule::{CystWall, Lobe, NoduleDraft, NoduleType};

    #[test]
    fn every_stated_part_is_shown_and_foreign_text_is_scrubbed() {
        let axes = Axes::new("8.4".parse().unwrap(), "7.9".parse().unwrap());
        let mut nodule = MeasuredNodule::new(NoduleDraft {
            cyst_wall: Some(CystWall::Thick),
            multilocular: true,
            ..NoduleDraft::new(NoduleType::Cyst, axes)
        });
        nodule.lobe = Some(Lobe::RightMiddle);
        nodule.note = "near\u{202e} the\u{7} hilum".into();
        let facts = facts(&Reading::default(), &nodule, Person::default());
        let lines: Vec<String> = facts
            .iter()
            .map(|(label, value)| format!("{label}: {value}"))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        Rule: 4A: cyst, baseline, multilocular
        Size: 8.4 × 7.9 mm (mean 8.2); 289 mm³ as a sphere of the mean
        Measured: typed in
        Looks: cyst, thick wall, multilocular, baseline, right middle lobe, calcification none
        Brock: none: the models cover only solid, part-solid and non-solid nodules
        Note: near the hilum
        ");
        assert!(facts.iter().all(|(label, _)| label.len() <= 8));
    }
}
