//! Confusion matrices.

use serde::{Deserialize, Serialize};

use super::{LabelledScore, share};
use crate::model::head::{Class, PerClass};

/// Malignant against the rest at one threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// Not malignant, and below the threshold.
    #[serde(rename = "tn")]
    pub true_negatives: usize,
    /// Not malignant, but at or above the threshold.
    #[serde(rename = "fp")]
    pub false_positives: usize,
    /// Malignant, but below the threshold.
    #[serde(rename = "fn")]
    pub false_negatives: usize,
    /// Malignant, and at or above the threshold.
    #[serde(rename = "tp")]
    pub true_positives: usize,
}

impl Confusion {
    /// Counts the outcomes; a probability at the threshold counts as positive.
    pub fn of(labelled_scores: &[LabelledScore], threshold: f64) -> Self {
        let mut confusion = Self::default();
        for labelled_score in labelled_scores {
            let called_positive = labelled_score.probability >= threshold;
            let count = match (labelled_score.positive, called_positive) {
                (false, false) => &mut confusion.true_negatives,
                (false, true) => &mut confusion.false_positives,
                (true, false) => &mut confusion.false_negatives,
                (true, true) => &mut confusion.true_positives,
            };
            *count += 1;
        }
        confusion
    }

    /// Number of malignant slices.
    pub fn positives(&self) -> usize {
        self.true_positives + self.false_negatives
    }

    /// Number of slices that are not malignant.
    pub fn negatives(&self) -> usize {
        self.true_negatives + self.false_positives
    }

    /// Share of slices that were classified correctly. `None` without slices.
    pub fn accuracy(&self) -> Option<f64> {
        let right = self.true_negatives + self.true_positives;
        share(right, self.positives() + self.negatives())
    }

    /// Share of malignant slices that were found. `None` without malignant slices.
    pub fn sensitivity(&self) -> Option<f64> {
        share(self.true_positives, self.positives())
    }

    /// Share of other slices that were classified as negative. `None` without other slices.
    pub fn specificity(&self) -> Option<f64> {
        share(self.true_negatives, self.negatives())
    }

    /// Share of malignant slices among those classified as positive. `None` without malignant slices or without
    /// positive answers.
    pub fn precision(&self) -> Option<f64> {
        let called = self.true_positives + self.false_positives;
        share(self.true_positives, called).filter(|_| self.positives() > 0)
    }

    /// Harmonic mean of precision and sensitivity; zero if no malignant slice is found. `None` without
    /// malignant slices.
    pub fn f1(&self) -> Option<f64> {
        let wrong = self.false_positives + self.false_negatives;
        share(2 * self.true_positives, 2 * self.true_positives + wrong)
            .filter(|_| self.positives() > 0)
    }
}

/// Slices by true class (rows) and likeliest class (columns), both in the order of [`Class::ALL`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClassConfusion(pub PerClass<PerClass<usize>>);

impl ClassConfusion {
    /// Counts pairs of the true class and the answered class.
    pub fn of(pairs: impl IntoIterator<Item = (Class, Class)>) -> Self {
        let mut confusion = Self::default();
        for (truth, answer) in pairs {
            confusion.0[truth.index()][answer.index()] += 1;
        }
        confusion
    }

    /// Share of slices whose class was answered correctly. `None` without slices.
    pub fn accuracy(&self) -> Option<f64> {
        let right = Class::ALL.map(|class| self.0[class.index()][class.index()]);
        let all = self.0.iter().flatten();
        share(right.iter().sum(), all.sum())
    }

    /// Share of the slices of `class` that were answered correctly. `None` without such slices.
    pub fn recall(&self, class: Class) -> Option<f64> {
        let row = self.0[class.index()];
        share(row[class.index()], row.iter().sum())
    }

    /// Mean [`recall`](Self::recall) of the classes. `None` unless every class is present.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        let recalls = Class::ALL.map(|class| self.recall(class));
        let recalls: Option<Vec<f64>> = recalls.into_iter().collect();
        recalls.map(|recalls| recalls.iter().sum::<f64>() / recalls.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::metrics::tests::labelled_scores;

    #[test]
    fn every_figure_follows_from_the_four_counts() {
        let confusion = Confusion {
            true_negatives: 50,
            false_positives: 10,
            false_negatives: 5,
            true_positives: 35,
        };
        assert_eq!(confusion.accuracy(), Some(0.85));
        assert_eq!(confusion.sensitivity(), Some(0.875));
        assert_eq!(confusion.specificity(), Some(50.0 / 60.0));
        assert_eq!(confusion.precision(), Some(35.0 / 45.0));
        assert_eq!(confusion.f1(), Some(70.0 / 85.0));
    }

    #[test]
    fn an_absent_class_has_no_figures() {
        let healthy = Confusion::of(&labelled_scores(&[(0.1, false), (0.9, false)]), 0.5);
        assert_eq!(healthy.accuracy(), Some(0.5));
        assert_eq!(healthy.specificity(), Some(0.5));
        assert_eq!(healthy.sensitivity(), None);
        assert_eq!(healthy.precision(), None);
        assert_eq!(healthy.f1(), None);

        let ill = Confusion::of(&labelled_scores(&[(0.1, true)]), 0.5);
        assert_eq!(ill.specificity(), None);
        assert_eq!(ill.precision(), None);
        assert_eq!((ill.sensitivity(), ill.f1()), (Some(0.0), Some(0.0)));
        assert_eq!(Confusion::default().accuracy(), None);
    }

    #[test]
    fn scripts_find_the_counts_under_their_usual_names() {
        let confusion = Confusion::of(&labelled_scores(&[(0.1, true), (0.6, true)]), 0.5);
        let written = serde_json::to_string(&confusion).unwrap();
        assert_eq!(written, r#"{"tn":0,"fp":0,"fn":1,"tp":1}"#);
    }

    #[test]
    fn a_rare_class_weighs_as_much_as_a_common_one() {
        let mut pairs = vec![(Class::Normal, Class::Normal); 8];
        pairs.push((Class::Benign, Class::Malignant));
        assert_eq!(ClassConfusion::of(pairs.clone()).balanced_accuracy(), None);
        pairs.push((Class::Malignant, Class::Malignant));
        let confusion = ClassConfusion::of(pairs);
        assert_eq!(confusion.accuracy(), Some(0.9));
        assert_eq!(confusion.balanced_accuracy(), Some(2.0 / 3.0));
        assert_eq!(confusion.0[1], [0, 0, 1]);
    }
}
