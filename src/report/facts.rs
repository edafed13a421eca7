//! What there is to say of an exam, as labels with their values: one wording for text, pages and screens. Text is as
//! stored: whoever shows it scrubs it.

use crate::clinical::assessment::TrainingRange;
use crate::clinical::examined::ExaminedSeries;
use crate::clinical::reading::{MeasuredCategory, Person};
use crate::clinical::report::ReportContent;
use crate::clinical::series_assessment::CAUTION;
use crate::text::percent;

/// A label and its value.
pub type Fact = (&'static str, String);

/// A moment as every copy writes it.
pub fn moment(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// When, by whom and of what.
pub fn exam(content: &ReportContent) -> Vec<Fact> {
    let slice = &content.slice;
    let mut facts = vec![
        ("Examined", moment(content.examined_at)),
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
    ];
    facts.extend(slice.series.iter().flat_map(|series| self::series(series)));
    facts
}

fn series(series: &ExaminedSeries) -> Vec<Fact> {
    let suspects = series.suspects();
    let suspects =
        suspects.map(|(slice, probability)| format!("{slice} ({})", percent(probability)));
    let uid = series.series_uid.clone().map(|uid| ("Series", uid));
    let rest = [
        ("Slices", series.coverage()),
        (
            "Decided by",
            format!("{}, {}", series.deciders(), series.rule),
        ),
        ("Suspicious", suspects.collect::<Vec<_>>().join(", ")),
        (
            "Run by",
            format!("{}, LUNNY {}", series.runs_on, series.version),
        ),
        ("Note", CAUTION.to_owned()),
    ];
    uid.into_iter().chain(rest).collect()
}

/// What the model answered and what that is worth; with the Lung-RADS category that counts.
pub fn result(content: &ReportContent) -> Vec<Fact> {
    let assessment = &content.slice.assessment;
    let (rule, classes) = (&assessment.rule, &assessment.classes);
    let calibrated = match assessment.confidence() {
        Some(_) => "calibrated probability",
        None => "probability, not calibrated for this slice",
    };
    let mut facts = vec![
        (
            "Classification",
            assessment.classification.label().to_owned(),
        ),
        (
            "Malignancy",
            format!(
                "{}, {calibrated}; the threshold is {}",
                percent(assessment.malignancy_probability()),
                percent(rule.threshold)
            ),
        ),
    ];
    if rule.indeterminate_from < rule.indeterminate_to {
        let (from, to) = (rule.indeterminate_from, rule.indeterminate_to);
        facts.push((
            "Indeterminate",
            format!("from {} to below {}", percent(from), percent(to)),
        ));
    }
    let confidence = assessment.confidence().map(percent).unwrap_or_else(|| {
        format!(
            "none: this slice is {}: {}; the figures of the threshold do not hold for it",
            TrainingRange::OUTSIDE,
            (assessment.training_range.outside_reason()).unwrap_or_default()
        )
    });
    facts.push(("Confidence", confidence));
    facts.push((
        "Classes",
        format!(
            "normal {}, benign {}, malignant {}",
            percent(classes.normal),
            percent(classes.benign),
            percent(classes.malignant)
        ),
    ));
    facts.push((
        "Threshold",
        format!(
            "sensitivity {}, specificity {}, measured on cases held out from training; calibrated \
             where {} of the slices were malignant",
            percent(rule.sensitivity),
            percent(rule.specificity),
            percent(rule.prevalence)
        ),
    ));
    facts.push(("Lung-RADS", lung_rads(content)));
    facts
}

/// The measured category, or the suggested one with its band.
fn lung_rads(content: &ReportContent) -> String {
    match content.reading.category() {
        Some(measured) => measured.with_basis(),
        None => {
            let suggested = content.slice.assessment.suggested_category();
            format!("{suggested}: probability {}", suggested.band())
        }
    }
}

/// The measured category with its rule and what follows from it.
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

/// The day of the scan, as far as it is known.
pub fn scanned_on(content: &ReportContent) -> jiff::civil::Date {
    content.reading.scanned_on(content.examined_at)
}

/// Whose nodules they are, as far as the Brock models ask.
pub fn person(content: &ReportContent) -> Person {
    let patient = content.patient.as_ref();
    let born = patient.and_then(|patient| patient.date_of_birth);
    let sex = patient.and_then(|patient| patient.sex);
    Person::new(born, sex, scanned_on(content))
}

/// The whole answer in a line: `Positive, malignancy 92.7 %, Lung-RADS 4B/4X (suggested by the model)`.
pub fn answer(content: &ReportContent) -> String {
    let assessment = &content.slice.assessment;
    let category = match content.reading.category() {
        Some(measured) => measured.with_basis(),
        None => assessment.suggested_category().to_string(),
    };
    format!(
        "{}, malignancy {}, Lung-RADS {category}",
        assessment.classification.label(),
        percent(assessment.malignancy_probability())
    )
}
