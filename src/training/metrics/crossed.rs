//! Held-out examples of each fold, judged by what was fitted to the other folds.

use std::collections::BTreeSet;

/// The answers for all examples, in their order, where `judge` gives those for `own` (indices) after it fitted something to `others`;
/// `fold_of` is the fold of each example. `None` if there is one fold only.
pub fn crossed<Answer: Clone>(
    fold_of: &[usize],
    judge: impl Fn(&[usize], &[usize]) -> Vec<Answer>,
) -> Option<Vec<Answer>> {
    let folds: BTreeSet<usize> = fold_of.iter().copied().collect();
    if folds.len() < 2 {
        return None;
    }
    let mut answers: Vec<Option<Answer>> = vec![None; fold_of.len()];
    for fold in folds {
        let (own, others): (Vec<usize>, Vec<usize>) =
            (0..fold_of.len()).partition(|at| fold_of[*at] == fold);
        for (at, answer) in own.iter().zip(judge(&own, &others)) {
            answers[*at] = Some(answer);
        }
    }
    answers.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_example_is_judged_by_the_other_folds() {
        let judge = |own: &[usize], others: &[usize]| -> Vec<(usize, usize)> {
            own.iter().map(|at| (*at, others.iter().sum())).collect()
        };
        let answers = crossed(&[4, 7, 4, 7], judge);
        assert_eq!(answers, Some(vec![(0, 4), (1, 2), (2, 4), (3, 2)]));
        assert_eq!(crossed(&[3, 3], judge), None);
    }
}
