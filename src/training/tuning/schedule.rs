//! The learning rate over a run: up in a straight line, down along a cosine.

/// Share of the steps in which the rate rises.
const WARM_UP: f64 = 0.1;

/// What the learning rate of `step`, counted from 0, of `all` steps is multiplied by, in (0, 1].
pub fn factor(step: usize, all: usize) -> f64 {
    let rising = (WARM_UP * all as f64).ceil().max(1.0);
    // The middle of the step, so that neither the first nor the last stands still.
    let at = step as f64 + 0.5;
    if at < rising {
        at / rising
    } else {
        let fallen = (at - rising) / (all as f64 - rising).max(1.0);
        0.5 * (1.0 + (std::f64::consts::PI * fallen.min(1.0)).cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_for_a_tenth_and_falls_to_almost_nothing() {
        let factors: Vec<f64> = (0..100).map(|step| factor(step, 100)).collect();
        assert!(factors[..10].is_sorted() && factors[10..].is_sorted_by(|a, b| a >= b));
        assert!(factors[0] < 0.06 && factors[10] > 0.99 && factors[99] < 0.001);
        assert!(factors.iter().all(|factor| *factor > 0.0));
    }

    #[test]
    fn a_run_of_one_step_moves() {
        assert!(factor(0, 1) > 0.0);
    }
}
