//! The facts of an exam as labels with values: one wording for text, pages and screens. Text is as stored: it is scrubbed where
//! it is shown.

use crate::clinical::assessment::TrainingRange;
use crate::clinical::examined::{ExaminedSeries, ExaminedSlice};
use crate::clinical::nodule::ProposedCategory;
use crate::clinical::reading::{MeasuredCategory, Person, Reading};
use crate::clinical::report::ReportContent;
use crate::text::percent;

/// A label and its value.
pub type Fact = (&'static str, String);

/// A time in the notation of all copies.
pub fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Date of the scan if it is stated, time and person of the analysis, and the file.
pub fn exam(content: &ReportContent) -> Vec<Fact> {
    let slice = &content.slice;
    let scanned_on = content.reading.circumstances.scanned_on;
    let mut facts: Vec<Fact> = scanned_on
        .map(|day| ("Scanned", day.to_string()))
        .into_iter()
        .collect();
    facts.extend([
        ("Analysed", moment(content.examined_at)),
        ("By", content.examiner.clone()),
        (
            "Source",
            format!(
                "{} ({}, {} × {} pixels)",
                slice.source_name(),
                slice.format,
                slice.width,
                slice.height
            ),
        ),
        ("SHA-256", slice.source_sha256.clone()),
        (
            "Time taken",
            format!("{:.1} s", slice.elapsed_ms as f64 / 1000.0),
        ),
    ]);
    facts.extend(slice.series.iter().flat_map(|series| self::series(series)));
    let caution = slice.series_caution();
    facts.extend(caution.map(|caution| ("Note", caution.to_owned())));
    facts
}

fn series(series: &ExaminedSeries) -> Vec<Fact> {
    let suspects: Vec<String> = series
        .suspects()
        .map(|(slice, probability)| format!("{slice} ({})", percent(probability)))
        .collect();
    let facts = [
        ("Series", series.series_uid.clone()),
        ("Slices", Some(series.coverage())),
        (
            "Decided by",
            Some(format!("{}, {}", series.deciders(), series.rule)),
        ),
        (
            "Suspicious",
            (!suspects.is_empty()).then(|| suspects.join(", ")),
        ),
        (
            "Run by",
            Some(format!("{}, LUNNY {}", series.runs_on, series.version)),
        ),
    ];
    let stated = facts.into_iter();
    stated
        .filter_map(|(label, value)| Some((label, value?)))
        .collect()
}

/// The model's result with its figures, and the Lung-RADS category if anything supports one. If out of distribution: the reason,
/// without figures.
pub fn result(content: &ReportContent) -> Vec<Fact> {
    let slice = &content.slice;
    let assessment = &slice.assessment;
    let label = assessment.classification.label().to_owned();
    let mut facts = vec![("Classification", label)];
    match (assessment.malignancy_probability(), outside(slice)) {
        (_, Some(sentence)) => facts.push(("No result", sentence)),
        (Some(probability), None) => facts.extend(figures(slice, probability)),
        (None, None) => {}
    }
    facts.push(("Answered by", assessment.reader.label().to_lowercase()));
    facts.extend(category_with_band(content).map(|category| ("Lung-RADS", category)));
    facts
}

/// Reason why there is no result: `this slice is outside what the model has seen: …`; none if the slice is in distribution.
pub fn outside(slice: &ExaminedSlice) -> Option<String> {
    let reason = slice.assessment.training_range.outside_reason()?;
    let what = if slice.series.is_some() {
        "series"
    } else {
        "slice"
    };
    Some(format!(
        "this {what} is {}: {reason}",
        TrainingRange::OUTSIDE
    ))
}

/// The caution that follows every model score.
pub const NO_CERTAINTY: &str = "not clinical certainty";

/// The sensitivity and specificity of the rule, and the data that they were measured on.
pub fn measured(slice: &ExaminedSlice) -> String {
    let rule = &slice.assessment.rule;
    format!(
        "sensitivity {}, specificity {}, measured on {} held out from training",
        percent(rule.sensitivity),
        percent(rule.specificity),
        slice.measured_on().label()
    )
}

/// The probability of a result in distribution, the rule, and the figures of both.
fn figures(slice: &ExaminedSlice, probability: f64) -> Vec<Fact> {
    let assessment = &slice.assessment;
    let rule = &assessment.rule;
    let mut facts = vec![(
        "Malignancy",
        format!(
            "{}, calibrated probability; the threshold is {}",
            percent(probability),
            percent(rule.threshold)
        ),
    )];
    if rule.indeterminate_from < rule.indeterminate_to {
        let (from, to) = (rule.indeterminate_from, rule.indeterminate_to);
        facts.push((
            "Indeterminate",
            format!("from {} to below {}", percent(from), percent(to)),
        ));
    }
    let score = assessment.confidence();
    facts.extend(score.map(|score| ("Model score", format!("{}, {NO_CERTAINTY}", percent(score)))));
    facts.extend(assessment.classes.map(|classes| {
        (
            "Classes",
            format!(
                "normal {}, benign {}, malignant {}",
                percent(classes.normal),
                percent(classes.benign),
                percent(classes.malignant)
            ),
        )
    }));
    facts.push((
        "Threshold",
        format!(
            "{}; calibrated where {} of the {} were malignant",
            measured(slice),
            percent(rule.prevalence),
            slice.measured_on().noun()
        ),
    ));
    facts
}

/// The measured category, or the suggested one with its band; none if nothing supports one.
fn category_with_band(content: &ReportContent) -> Option<String> {
    if let Some(measured) = content.reading.category() {
        return Some(measured.with_basis());
    }
    if let Some(suggested) = content.slice.assessment.suggested_category() {
        return Some(format!("{suggested}: probability {}", suggested.band()));
    }
    let proposed = ProposedCategory::of(&content.slice.assessment, &content.reading.rejected)?;
    let (number, rule) = (proposed.lesion + 1, &proposed.rule);
    Some(format!(
        "{}: lesion {number}, {rule}",
        proposed.with_basis()
    ))
}

/// The Lung-RADS category with its basis: `4A (measured)`, or else the one that the model suggests or that its lesions lead to;
/// none if nothing supports one.
pub fn category_with_basis(slice: &ExaminedSlice, reading: &Reading) -> Option<String> {
    match reading.category() {
        Some(measured) => Some(measured.with_basis()),
        None => {
            let suggested = slice.assessment.suggested_category();
            let proposed = || ProposedCategory::of(&slice.assessment, &reading.rejected);
            (suggested.map(|it| it.to_string())).or_else(|| proposed().map(|it| it.with_basis()))
        }
    }
}

/// The measured category with its rule and its management.
pub fn category(content: &ReportContent, measured: &MeasuredCategory) -> Vec<Fact> {
    let reading = &content.reading;
    let by = match measured.nodule {
        Some(index) => format!(", by nodule {}", index + 1),
        None => String::new(),
    };
    let mut facts = vec![
        ("Lung-RADS", format!("v2022: {}{by}", measured.with_basis())),
        ("Rule", measured.rule.clone()),
        ("Management", measured.category.management().to_owned()),
    ];
    if measured.modifier_s {
        let words = "a significant finding other than lung cancer";
        facts.push(("Modifier S", words.to_owned()));
    }
    facts.push(("Scan of", scanned_on(content).to_string()));
    facts.push(("Seen", reading.nodule_count().to_string()));
    facts
}

/// The date of the scan, as far as it is known.
pub fn scanned_on(content: &ReportContent) -> jiff::civil::Date {
    content.reading.scanned_on(content.examined_at)
}

/// Facts about the patient that the Brock models use.
pub fn person(content: &ReportContent) -> Person {
    let patient = content.patient.as_ref();
    let born = patient.and_then(|patient| patient.date_of_birth);
    let sex = patient.and_then(|patient| patient.sex);
    Person::new(born, sex, scanned_on(content))
}

/// The whole result in a line: `Positive, malignancy 92.7 %, Lung-RADS 4B/4X (suggested by the model)`.
pub fn answer(content: &ReportContent) -> String {
    let slice = &content.slice;
    let mut parts = vec![slice.assessment.classification.label().to_owned()];
    let probability = slice.assessment.malignancy_probability();
    parts.extend(probability.map(|it| format!("malignancy {}", percent(it))));
    parts.extend(outside(slice));
    let category = category_with_basis(slice, &content.reading);
    parts.extend(category.map(|category| format!("Lung-RADS {category}")));
    parts.join(", ")
}
