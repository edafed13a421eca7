//! The nodule made from a proposed lesion that a person accepts, and the category of all proposals.

use super::{MeasuredNodule, Measurement, Method, NoduleDraft, Place, VOLUMES_MM3};
use crate::clinical::assessment::{Assessment, Classification, Lesion};
use crate::clinical::lung_rads::{Category, Verdict, classify_exam};
use crate::clinical::measurement::{Axes, Millimetres};

impl MeasuredNodule {
    /// The nodule made from `lesion` with its measured size, seen for the first time; none for a lesion without a size.
    /// `series_uid` names its series.
    pub fn proposed(lesion: &Lesion, series_uid: Option<&str>) -> Option<Self> {
        let size = lesion.size?;
        let long = Millimetres::nearest(size.long_mm).ok()?;
        let short = Millimetres::nearest(size.short_mm).ok()?;
        let draft = NoduleDraft::new(size.nodule_type(), Axes::new(long, short));
        Some(Self {
            volume_mm3: Some(size.volume_mm3).filter(|volume| VOLUMES_MM3.contains(volume)),
            measurement: Measurement {
                method: Method::Region {
                    threshold_hu: size.threshold_hu,
                },
                place: Some(Place {
                    series_uid: series_uid.map(str::to_owned),
                    slice: u32::try_from(size.slice.saturating_sub(1)).unwrap_or(u32::MAX),
                    ends: size.ends,
                }),
            },
            ..Self::new(draft)
        })
    }
}

/// The category of an exam's lesions as proposed and measured without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedCategory {
    pub category: Category,
    /// The deciding row of the table.
    pub rule: String,
    /// Index of the deciding lesion.
    pub lesion: usize,
}

impl ProposedCategory {
    /// The category of the lesions of `assessment` without those that a person `rejected`, by their number from 1; the most
    /// severe one decides. None for a negative result, outside the training range, and if no lesion has a size.
    pub fn of(assessment: &Assessment, rejected: &[u32]) -> Option<Self> {
        let (lesions, classification) = (&assessment.lesions, assessment.classification);
        Self::of_lesions(lesions, rejected, classification, assessment.is_outside())
    }

    /// The same for an assessment in its parts.
    pub fn of_lesions(
        lesions: &[Lesion],
        rejected: &[u32],
        classification: Classification,
        is_outside: bool,
    ) -> Option<Self> {
        if is_outside || classification == Classification::Negative {
            return None;
        }
        let is_rejected =
            |index: usize| rejected.iter().any(|number| *number as usize == index + 1);
        let proposed: Vec<(usize, Verdict)> = (lesions.iter().enumerate())
            .filter(|(index, _)| !is_rejected(*index))
            .filter_map(|(index, lesion)| {
                let nodule = MeasuredNodule::proposed(lesion, None)?;
                Some((index, nodule.verdict()))
            })
            .collect();
        let verdicts: Vec<Verdict> = proposed.iter().map(|(_, it)| it.clone()).collect();
        let exam = classify_exam(&verdicts, None);
        let (lesion, _) = proposed.get(exam.nodule?)?;
        Some(Self {
            category: exam.category,
            rule: exam.rule,
            lesion: *lesion,
        })
    }

    /// `4A (proposed by the model)`.
    pub fn with_basis(&self) -> String {
        format!("{} ({})", self.category.label(), Lesion::BASIS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::assessment::{DecisionRule, LesionSize, ModelIdentity, TrainingRange};
    use crate::clinical::nodule::NoduleType;

    fn lesion(long_mm: f64, threshold_hu: i16, malignancy_probability: f64) -> Lesion {
        let size = LesionSize {
            long_mm,
            short_mm: long_mm - 1.0,
            volume_mm3: 300.0,
            threshold_hu,
            slice: 7,
            ends: [[1.0, 2.0], [1.0, 12.0], [6.0, 7.0], [-4.0, 7.0]],
        };
        Lesion {
            slice: 8,
            row: 1.0,
            column: 7.0,
            position_mm: None,
            diameter_mm: Some(long_mm),
            size: Some(size),
            malignancy_probability,
        }
    }

    fn assessment(malignancy: f64, lesions: Vec<Lesion>) -> Assessment {
        let rule = DecisionRule {
            threshold: 0.5,
            indeterminate_from: 0.3,
            indeterminate_to: 0.7,
            sensitivity: 0.9,
            specificity: 0.9,
            prevalence: 0.4,
        };
        let model = ModelIdentity {
            id: "lesions".into(),
            sha256: "00".into(),
        };
        Assessment::of_lesions(malignancy, lesions, rule, model)
    }

    #[test]
    fn a_nodule_has_the_measured_size_of_the_lesion() {
        let nodule = MeasuredNodule::proposed(&lesion(9.04, -400, 0.9), Some("1.2")).unwrap();
        assert_eq!(nodule.draft.axes.to_string(), "9.0 × 8.0 mm");
        assert_eq!(nodule.draft.nodule_type, NoduleType::Solid);
        let place = nodule.measurement.place.as_ref().unwrap();
        assert_eq!((place.slice, place.series_uid.as_deref()), (6, Some("1.2")));
        assert_eq!(nodule.fault(), None);
        let glass = MeasuredNodule::proposed(&lesion(9.0, -740, 0.9), None).unwrap();
        assert_eq!(glass.draft.nodule_type, NoduleType::NonSolid);
        let mut unmeasured = lesion(9.0, -400, 0.9);
        unmeasured.size = None;
        assert_eq!(MeasuredNodule::proposed(&unmeasured, None), None);
    }

    #[test]
    fn the_most_severe_of_the_lesions_decides() {
        let lesions = vec![lesion(5.0, -400, 0.9), lesion(9.0, -400, 0.4)];
        let category = ProposedCategory::of(&assessment(0.9, lesions.clone()), &[]).unwrap();
        assert_eq!((category.category, category.lesion), (Category::FourA, 1));
        assert_eq!(category.with_basis(), "4A (proposed by the model)");
        let category = ProposedCategory::of(&assessment(0.9, lesions), &[2]).unwrap();
        assert_eq!((category.category, category.lesion), (Category::Two, 0));
    }

    #[test]
    fn a_negative_result_outside_or_without_a_size_has_no_category() {
        let with_malignancy = |malignancy| assessment(malignancy, vec![lesion(9.0, -400, 0.9)]);
        assert!(ProposedCategory::of(&with_malignancy(0.5), &[]).is_some());
        assert_eq!(ProposedCategory::of(&with_malignancy(0.1), &[]), None);
        let outside = TrainingRange::Outside {
            reason: "thick slices".into(),
        };
        assert_eq!(
            ProposedCategory::of(&with_malignancy(0.9).within(outside), &[]),
            None
        );
        let mut unmeasured = lesion(9.0, -400, 0.9);
        unmeasured.size = None;
        assert_eq!(
            ProposedCategory::of(&assessment(0.9, vec![unmeasured]), &[]),
            None
        );
        assert_eq!(
            ProposedCategory::of(&assessment(0.9, Vec::new()), &[]),
            None
        );
    }
}
