//! Lung-RADS: the category of a measured nodule, the category of a whole exam, and the band suggested by the network's
//! probability if nothing was measured.
//!
//! After the American College of Radiology's Lung CT Screening Reporting and Data System, ACR Lung-RADS v2022. Cases that its
//! table leaves open, or assigns to two rows at once, are not decided here: the category is then [`Category::NeedsRadiologist`]
//! with the reason.

mod bands;
mod category;
mod exam;
mod rules;
mod stable;
mod suggested;

pub use category::{Category, labelled};
pub use exam::{ExamVerdict, Incomplete, classify_exam};
pub use suggested::SuggestedCategory;

use super::nodule::{Kind, Nodule};

/// The category of one nodule and the rule that decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub category: Category,
    /// The deciding row of the table, in stable words such as `solid, baseline, 8 to <15 mm`; if there is none, the reason.
    pub rule: String,
}

impl Verdict {
    fn new(category: Category, rule: impl Into<String>) -> Self {
        Self {
            category,
            rule: rule.into(),
        }
    }

    fn open(reason: &str) -> Self {
        Self::new(Category::NeedsRadiologist, reason)
    }
}

/// The category of a measured nodule by the table of ACR Lung-RADS v2022.
///
/// The mean diameter, rounded to a tenth of a millimetre, decides; volumes are never compared with the bands. Suspicious features
/// make a 4X of a 3, 4A or 4B and change no other category.
pub fn classify(nodule: &Nodule) -> Verdict {
    let verdict = if nodule.has_benign_features() {
        rules::benign(nodule)
    } else {
        match nodule.kind {
            Kind::Solid => rules::solid(nodule, "solid"),
            Kind::PartSolid { solid_part } => rules::part_solid(nodule, solid_part.mean()),
            Kind::NonSolid => rules::non_solid(nodule),
            Kind::Juxtapleural => rules::juxtapleural(nodule),
            Kind::Airway(level) => rules::airway(nodule, level),
            Kind::Cyst { wall, multilocular } => rules::cyst(nodule, wall, multilocular),
        }
    };
    match verdict.category {
        Category::Three | Category::FourA | Category::FourB if nodule.has_suspicious_features() => {
            let rule = format!("{}, with a further suspicious feature", verdict.rule);
            Verdict::new(Category::FourX, rule)
        }
        _ => verdict,
    }
}

#[cfg(test)]
mod tests;
