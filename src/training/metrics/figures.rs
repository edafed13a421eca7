//! All reported figures of a classifier.

use serde::{Deserialize, Serialize};

use super::selection::{self, RiskPoint};
use super::{ClassConfusion, Confusion, LabelledScore, bootstrap, ranking, reliability, share};
use crate::clinical::assessment::{Classification, DecisionRule};
use crate::model::head::{Class, PerClass};

/// Number of bootstrap samples of the cases for the intervals.
pub const DRAWS: usize = 2000;

/// Answer of a network for a slice, and the true class.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// The true class.
    pub class: Class,
    /// Number of the case, shared by its slices.
    pub case: usize,
    /// Calibrated malignancy probability; `None` for a slice outside the training range, which is answered
    /// indeterminate.
    pub malignancy: Option<f64>,
    /// Calibrated, in the order of [`Class::ALL`]; they add up to one. `None` outside the training range, and
    /// from a network without three classes.
    pub classes: Option<PerClass>,
}

impl Prediction {
    /// A prediction for a slice inside the training range.
    pub fn of_classes(class: Class, case: usize, probabilities: PerClass) -> Self {
        Self {
            class,
            case,
            malignancy: Some(probabilities[Class::Malignant.index()]),
            classes: Some(probabilities),
        }
    }

    /// The class with the highest probability; of equals the first.
    pub fn likeliest(&self) -> Option<Class> {
        let probabilities = self.classes?;
        let mut likeliest = Class::Normal;
        for class in Class::ALL {
            if probabilities[class.index()] > probabilities[likeliest.index()] {
                likeliest = class;
            }
        }
        Some(likeliest)
    }

    /// The malignancy probability and the true label; `None` outside the training range.
    pub fn labelled_score(&self) -> Option<LabelledScore> {
        Some(LabelledScore {
            probability: self.malignancy?,
            positive: self.class == Class::Malignant,
        })
    }

    /// True if the slice gets an answer under `rule`, be it right or wrong.
    fn is_answered(&self, rule: &DecisionRule) -> bool {
        (self.malignancy).is_some_and(|it| rule.classify(it) != Classification::Indeterminate)
    }
}

/// Figures of a classifier, malignant against the rest, on a set of slices. The names are those of the JSON
/// output.
///
/// All but the last group ignore the indeterminate band, and use only slices with a probability: those outside
/// the training range count only in `n`, `positives`, `indeterminate`, `outside` and `coverage`. A figure is
/// `None` if it cannot be measured, such as a specificity without negatives. `…_ci` is a 95 % bootstrap
/// interval over cases, see [`bootstrap::case_intervals`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Number of slices.
    pub n: usize,
    /// Number of cases.
    pub cases: usize,
    /// Number of malignant slices.
    pub positives: usize,

    /// Malignancy probability from which a slice counts as positive.
    pub threshold: f64,
    pub accuracy: Option<f64>,
    pub accuracy_ci: Option<[f64; 2]>,
    pub sensitivity: Option<f64>,
    pub sensitivity_ci: Option<[f64; 2]>,
    pub specificity: Option<f64>,
    pub specificity_ci: Option<[f64; 2]>,
    pub precision: Option<f64>,
    pub precision_ci: Option<[f64; 2]>,
    pub f1: Option<f64>,
    pub f1_ci: Option<[f64; 2]>,
    pub confusion: Confusion,

    /// Area under the receiver operating characteristic.
    pub auc: Option<f64>,
    pub auc_ci: Option<[f64; 2]>,
    pub average_precision: Option<f64>,
    pub average_precision_ci: Option<[f64; 2]>,
    pub sensitivity_at_90_specificity: Option<f64>,
    pub sensitivity_at_90_specificity_ci: Option<[f64; 2]>,
    pub sensitivity_at_95_specificity: Option<f64>,
    pub sensitivity_at_95_specificity_ci: Option<[f64; 2]>,

    /// Mean squared difference of probability and true label.
    pub brier: Option<f64>,
    pub brier_ci: Option<[f64; 2]>,
    /// Expected calibration error over ten bins of equal width.
    pub ece: Option<f64>,
    pub ece_ci: Option<[f64; 2]>,

    /// Share of slices whose likeliest class of the three is the true one.
    pub three_class_accuracy: Option<f64>,
    pub three_class_accuracy_ci: Option<[f64; 2]>,
    /// Mean recall of the three classes; `None` unless all three are present.
    pub balanced_accuracy: Option<f64>,
    pub balanced_accuracy_ci: Option<[f64; 2]>,
    /// True class by row, likeliest class by column: normal, benign, malignant.
    pub three_class_confusion: ClassConfusion,

    /// Slices that are answered indeterminate: in the rule's band, or outside the training range.
    pub indeterminate: usize,
    /// Slices outside the training range.
    pub outside: usize,
    /// Share of slices that get an answer.
    pub coverage: Option<f64>,
    pub coverage_ci: Option<[f64; 2]>,
    /// Share of right answers among those.
    pub selective_accuracy: Option<f64>,
    pub selective_accuracy_ci: Option<[f64; 2]>,
    /// Mean risk over all coverages.
    pub risk_coverage_area: Option<f64>,
    pub risk_coverage_area_ci: Option<[f64; 2]>,
    /// Share of wrong answers among the surest slices, from few to all.
    pub risk_coverage: Vec<RiskPoint>,
}

/// Number of figures with an interval.
const WITH_INTERVAL: usize = 16;

impl Figures {
    /// Measures `predictions` by `rule`.
    pub fn measure(predictions: &[Prediction], rule: &DecisionRule) -> Self {
        // Sorted by probability, bootstrap samples come out sorted too, which makes sorting them again cheap.
        let mut sorted = predictions.to_vec();
        let height = |prediction: &Prediction| prediction.malignancy.unwrap_or(f64::NEG_INFINITY);
        sorted.sort_by(|a, b| height(a).total_cmp(&height(b)));
        let cases: Vec<usize> = sorted.iter().map(|prediction| prediction.case).collect();
        let intervals = bootstrap::case_intervals(&sorted, &cases, DRAWS, |drawn| {
            figures_with_interval(drawn, rule)
        });
        let mut figures = (figures_with_interval(&sorted, rule).into_iter()).zip(intervals);
        let mut next = || figures.next().unwrap_or_default();

        let (accuracy, accuracy_ci) = next();
        let (sensitivity, sensitivity_ci) = next();
        let (specificity, specificity_ci) = next();
        let (precision, precision_ci) = next();
        let (f1, f1_ci) = next();
        let (auc, auc_ci) = next();
        let (average_precision, average_precision_ci) = next();
        let (sensitivity_at_90_specificity, sensitivity_at_90_specificity_ci) = next();
        let (sensitivity_at_95_specificity, sensitivity_at_95_specificity_ci) = next();
        let (brier, brier_ci) = next();
        let (ece, ece_ci) = next();
        let (three_class_accuracy, three_class_accuracy_ci) = next();
        let (balanced_accuracy, balanced_accuracy_ci) = next();
        let (coverage, coverage_ci) = next();
        let (selective_accuracy, selective_accuracy_ci) = next();
        let (risk_coverage_area, risk_coverage_area_ci) = next();

        let labelled_scores: Vec<LabelledScore> = sorted
            .iter()
            .filter_map(Prediction::labelled_score)
            .collect();
        let confusion = Confusion::of(&labelled_scores, rule.threshold);
        let count = |holds: &dyn Fn(&Prediction) -> bool| {
            (sorted.iter())
                .filter(|prediction| holds(prediction))
                .count()
        };
        Self {
            n: sorted.len(),
            cases: count_distinct(cases),
            positives: count(&|prediction| prediction.class == Class::Malignant),
            threshold: rule.threshold,
            accuracy,
            accuracy_ci,
            sensitivity,
            sensitivity_ci,
            specificity,
            specificity_ci,
            precision,
            precision_ci,
            f1,
            f1_ci,
            confusion,
            auc,
            auc_ci,
            average_precision,
            average_precision_ci,
            sensitivity_at_90_specificity,
            sensitivity_at_90_specificity_ci,
            sensitivity_at_95_specificity,
            sensitivity_at_95_specificity_ci,
            brier,
            brier_ci,
            ece,
            ece_ci,
            three_class_accuracy,
            three_class_accuracy_ci,
            balanced_accuracy,
            balanced_accuracy_ci,
            three_class_confusion: three_classes(&sorted),
            indeterminate: count(&|prediction| !prediction.is_answered(rule)),
            outside: count(&|prediction| prediction.malignancy.is_none()),
            coverage,
            coverage_ci,
            selective_accuracy,
            selective_accuracy_ci,
            risk_coverage_area,
            risk_coverage_area_ci,
            risk_coverage: selection::risk_coverage(&labelled_scores, rule.threshold),
        }
    }
}

fn count_distinct(mut cases: Vec<usize>) -> usize {
    cases.sort_unstable();
    cases.dedup();
    cases.len()
}

fn three_classes(predictions: &[Prediction]) -> ClassConfusion {
    let pairs = predictions.iter();
    let pairs = pairs.filter_map(|prediction| Some((prediction.class, prediction.likeliest()?)));
    ClassConfusion::of(pairs)
}

/// In the order in which [`Figures::measure`] uses them.
fn figures_with_interval(
    predictions: &[Prediction],
    rule: &DecisionRule,
) -> [Option<f64>; WITH_INTERVAL] {
    let labelled_scores: Vec<LabelledScore> = predictions
        .iter()
        .filter_map(Prediction::labelled_score)
        .collect();
    let confusion = Confusion::of(&labelled_scores, rule.threshold);
    let three_classes = three_classes(predictions);
    let answered: Vec<LabelledScore> = (predictions.iter())
        .filter(|prediction| prediction.is_answered(rule))
        .filter_map(Prediction::labelled_score)
        .collect();
    [
        confusion.accuracy(),
        confusion.sensitivity(),
        confusion.specificity(),
        confusion.precision(),
        confusion.f1(),
        ranking::area_under_roc(&labelled_scores),
        ranking::average_precision(&labelled_scores),
        ranking::sensitivity_at_specificity(&labelled_scores, 0.90),
        ranking::sensitivity_at_specificity(&labelled_scores, 0.95),
        reliability::brier(&labelled_scores),
        reliability::calibration_error(&labelled_scores),
        three_classes.accuracy(),
        three_classes.balanced_accuracy(),
        share(answered.len(), predictions.len()),
        Confusion::of(&answered, rule.threshold).accuracy(),
        selection::area_under_risk_coverage(&labelled_scores, rule.threshold),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: DecisionRule = DecisionRule {
        threshold: 0.5,
        indeterminate_from: 0.4,
        indeterminate_to: 0.6,
        sensitivity: 0.9,
        specificity: 0.9,
        prevalence: 0.5,
    };

    fn prediction(class: Class, case: usize, malignant: f64) -> Prediction {
        let rest = 1.0 - malignant;
        Prediction::of_classes(class, case, [0.75 * rest, 0.25 * rest, malignant])
    }

    fn mixed() -> Vec<Prediction> {
        vec![
            prediction(Class::Malignant, 0, 0.9),
            prediction(Class::Malignant, 0, 0.55),
            prediction(Class::Malignant, 1, 0.3),
            prediction(Class::Malignant, 2, 0.8),
            prediction(Class::Normal, 3, 0.1),
            prediction(Class::Normal, 3, 0.2),
            prediction(Class::Normal, 4, 0.7),
            prediction(Class::Benign, 5, 0.45),
        ]
    }

    #[test]
    fn the_figures_equal_those_computed_by_hand() {
        let figures = Figures::measure(&mixed(), &RULE);
        assert_eq!((figures.n, figures.cases, figures.positives), (8, 6, 4));
        assert_eq!(figures.accuracy, Some(0.75));
        assert_eq!(figures.sensitivity, Some(0.75));
        assert_eq!(figures.specificity, Some(0.75));
        assert_eq!(figures.precision, Some(0.75));
        assert_eq!(figures.f1, Some(0.75));
        // Of 16 pairs, 0.9 and 0.8 win four, 0.55 three, 0.3 two.
        assert_eq!(figures.auc, Some(13.0 / 16.0));
        assert_eq!(figures.sensitivity_at_90_specificity, Some(0.5));
        assert_eq!(figures.confusion.true_positives, 3);
        // Likeliest: malignant for 0.9, 0.55, 0.8, 0.7 and also 0.45, whose rest is split 41 to 14.
        assert_eq!(
            figures.three_class_confusion.0,
            [[2, 0, 1], [0, 0, 1], [1, 0, 3]]
        );
        assert_eq!(figures.three_class_accuracy, Some(5.0 / 8.0));
        let balanced = figures.balanced_accuracy.unwrap();
        assert!((balanced - (2.0 / 3.0 + 0.0 + 0.75) / 3.0).abs() < 1e-12);
        // 0.55 and 0.45 are indeterminate; of the six others 0.3 and 0.7 are wrong.
        assert_eq!(figures.indeterminate, 2);
        assert_eq!(figures.coverage, Some(0.75));
        assert_eq!(figures.selective_accuracy, Some(4.0 / 6.0));
        let distances = [0.1, 0.45, 0.7, 0.2, 0.1, 0.2, 0.7, 0.45];
        let brier = distances.iter().map(|d: &f64| d * d).sum::<f64>() / 8.0;
        assert!((figures.brier.unwrap() - brier).abs() < 1e-12);
    }

    #[test]
    fn every_interval_contains_its_figure() {
        let predictions: Vec<Prediction> = (0..120)
            .map(|slice| {
                let class = Class::ALL[slice % 3];
                let towards = if class == Class::Malignant { 0.3 } else { -0.2 };
                let wobble = ((slice * 37 % 101) as f64 / 101.0 - 0.5) * 0.8;
                prediction(
                    class,
                    slice / 6 * 3 + slice % 3,
                    0.5 + towards + 0.6 * wobble,
                )
            })
            .collect();
        let figures = Figures::measure(&predictions, &RULE);
        let written = serde_json::to_value(&figures).unwrap();
        let mut intervals = 0;
        for (name, interval) in written.as_object().unwrap() {
            let Some(name) = name.strip_suffix("_ci") else {
                continue;
            };
            let figure = written[name].as_f64().unwrap();
            let [low, high] = [&interval[0], &interval[1]].map(|end| end.as_f64().unwrap());
            assert!(
                low <= high && (0.0..=1.0).contains(&low),
                "{name}: {low} to {high}"
            );
            // The calibration error of a sample is slightly higher than that of the whole.
            let slack = if name == "ece" { 0.02 } else { 0.0 };
            assert!(low - slack <= figure && figure <= high, "{name}: {figure}");
            intervals += 1;
        }
        assert_eq!(intervals, WITH_INTERVAL);
        let back: Figures = serde_json::from_value(written).unwrap();
        assert_eq!(back.n, figures.n);
    }

    #[test]
    fn an_absent_class_leaves_its_figures_undefined() {
        let ill: Vec<Prediction> = (0..4)
            .map(|case| prediction(Class::Malignant, case, 0.2 + 0.2 * case as f64))
            .collect();
        let written = serde_json::to_value(Figures::measure(&ill, &RULE)).unwrap();
        for name in [
            "specificity",
            "auc",
            "sensitivity_at_95_specificity",
            "balanced_accuracy",
        ] {
            assert!(written[name].is_null(), "{name}");
            assert!(written[format!("{name}_ci")].is_null(), "{name}");
        }
        assert_eq!(written["sensitivity"], 0.5);
        assert!(written["sensitivity_ci"].is_array());

        let healthy = [prediction(Class::Normal, 0, 0.1)];
        let written = serde_json::to_value(Figures::measure(&healthy, &RULE)).unwrap();
        for name in ["sensitivity", "precision", "f1", "auc", "average_precision"] {
            assert!(written[name].is_null(), "{name}");
        }
        assert_eq!(written["specificity"], 1.0);
        assert!(
            written["specificity_ci"].is_null(),
            "one case has no interval"
        );
    }

    #[test]
    fn an_empty_set_gives_no_figure() {
        let written = serde_json::to_value(Figures::measure(&[], &RULE)).unwrap();
        assert_eq!((&written["n"], &written["cases"]), (&0.into(), &0.into()));
        for name in ["accuracy", "brier", "ece", "coverage", "selective_accuracy"] {
            assert!(written[name].is_null(), "{name}");
        }
        assert_eq!(written["risk_coverage"], serde_json::json!([]));
    }

    #[test]
    fn a_slice_outside_is_indeterminate_and_excluded_from_other_figures() {
        let mut predictions = mixed();
        (predictions[0].malignancy, predictions[0].classes) = (None, None);
        let figures = Figures::measure(&predictions, &RULE);
        assert_eq!((figures.outside, figures.indeterminate), (1, 3));
        assert_eq!(figures.coverage, Some(5.0 / 8.0));
        assert_eq!((figures.n, figures.positives), (8, 4));
        // Of the three others that are malignant, 0.3 is missed; of the three classes, 0.45 and 0.7 too.
        assert_eq!(figures.sensitivity, Some(2.0 / 3.0));
        assert_eq!(figures.three_class_accuracy, Some(4.0 / 7.0));
    }

    #[test]
    fn the_order_of_slices_changes_nothing() {
        let mut backwards = mixed();
        backwards.reverse();
        assert_eq!(
            Figures::measure(&backwards, &RULE),
            Figures::measure(&mixed(), &RULE)
        );
    }
}
