//! Templates of the radiologist's words, one for each category, with placeholders for what was measured.

use jiff::civil::Date;

use super::words::ReportWords;
use crate::clinical::lung_rads::Category;
use crate::clinical::reading::Reading;
use crate::clinical::stated_text::{self, StatedTextError};

/// Placeholders of a template for details of the exam.
pub const PLACEHOLDERS: [(&str, &str); 4] = [
    ("category", "measured Lung-RADS category"),
    ("management", "what ACR recommends for it"),
    ("nodules", "the measured nodules, one a line"),
    ("scan_date", "day of the scan"),
];

/// The template that LUNNY brings for a category; for exams without one, the one for [`Category::NeedsRadiologist`].
pub fn default_template(category: Category) -> ReportWords {
    let (findings, impression) = match category {
        Category::Zero => (
            "The examination cannot be assessed completely.\n{nodules}",
            "Incomplete, Lung-RADS {category}.",
        ),
        Category::One => (
            "No pulmonary nodules, or nodules with definitely benign features.\n{nodules}",
            "Negative, Lung-RADS {category}.",
        ),
        Category::Two => (
            "{nodules}",
            "Nodules with benign appearance or behaviour, Lung-RADS {category}.",
        ),
        Category::Three => ("{nodules}", "Probably benign, Lung-RADS {category}."),
        Category::FourA => ("{nodules}", "Suspicious, Lung-RADS {category}."),
        Category::FourB | Category::FourX => {
            ("{nodules}", "Very suspicious, Lung-RADS {category}.")
        }
        Category::NeedsRadiologist => ("{nodules}", ""),
    };
    ReportWords {
        findings: findings.to_owned(),
        impression: impression.to_owned(),
        recommendation: match category {
            Category::NeedsRadiologist => String::new(),
            _ => "{management}.".to_owned(),
        },
    }
}

/// A template, tidied.
///
/// # Errors
/// A part is too long or cannot be shown, or has a placeholder that does not exist.
pub fn check(template: &ReportWords) -> Result<ReportWords, StatedTextError> {
    let tidy = template.check()?;
    for (_, text) in tidy.parts() {
        stated_text::check_placeholders(text, &PLACEHOLDERS)?;
    }
    Ok(tidy)
}

/// The words of a template for an exam whose scan is of that day.
pub fn fill(template: &ReportWords, reading: &Reading, scanned_on: Date) -> ReportWords {
    let measured = reading.category();
    let value = |placeholder: &str| match (placeholder, &measured) {
        ("category", Some(measured)) => measured.label(),
        ("management", Some(measured)) => measured.category.management().to_owned(),
        ("nodules", _) => nodules(reading),
        ("scan_date", _) => scanned_on.to_string(),
        _ => String::new(),
    };
    let fill = |text: &str| stated_text::fill(text, value).trim().to_owned();
    ReportWords {
        findings: fill(&template.findings),
        impression: fill(&template.impression),
        recommendation: fill(&template.recommendation),
    }
}

/// The measured nodules in words, one a line.
fn nodules(reading: &Reading) -> String {
    let lines = reading.nodules.iter().enumerate().map(|(index, nodule)| {
        let draft = &nodule.draft;
        let lobe = nodule
            .lobe
            .map_or(String::new(), |lobe| format!(", {}", lobe.as_str()));
        format!(
            "Nodule {}: {}, mean diameter {} mm{lobe}.",
            index + 1,
            draft.nodule_type.as_str(),
            draft.axes.mean()
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::measurement::{Axes, Millimetres};
    use crate::clinical::nodule::{Lobe, MeasuredNodule, NoduleDraft, NoduleType};

    fn reading() -> Reading {
        let length = Millimetres::from_tenths(85).unwrap();
        let draft = NoduleDraft::new(NoduleType::Solid, Axes::new(length, length));
        let mut nodule = MeasuredNodule::new(draft);
        nodule.lobe = Some(Lobe::RightUpper);
        Reading {
            nodules: vec![nodule],
            ..Reading::default()
        }
    }

    #[test]
    fn a_template_is_filled_with_what_was_measured() {
        let template = default_template(Category::FourA);
        let words = fill(&template, &reading(), Date::constant(2026, 3, 2));
        assert_eq!(
            words.findings,
            "Nodule 1: solid, mean diameter 8.5 mm, right upper."
        );
        assert_eq!(words.impression, "Suspicious, Lung-RADS 4A.");
        assert!(words.recommendation.starts_with("Low-dose CT in 3 months"));
    }

    #[test]
    fn what_was_not_measured_is_left_out() {
        let template = default_template(Category::NeedsRadiologist);
        let words = fill(&template, &Reading::default(), Date::constant(2026, 3, 2));
        assert!(words.is_empty(), "{words:?}");
    }

    #[test]
    fn the_templates_that_lunny_brings_pass_the_check() {
        for category in Category::ALL {
            assert!(check(&default_template(category)).is_ok());
        }
        let wrong = ReportWords {
            impression: "{catgory}".into(),
            ..ReportWords::default()
        };
        assert!(
            check(&wrong)
                .unwrap_err()
                .to_string()
                .contains("{category}")
        );
    }
}
