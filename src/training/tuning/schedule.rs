//! The learning rate schedule: linear warm-up, then cosine decay.

/// Share of the steps with a rising rate.
const WARM_UP: f64 = 0.1;

/// Factor of the learning rate at `step`, counted from 0, of `all` steps, in (0, 1].
pub fn factor(step: usize, all: usize) -> f64 {
    let rising = (WARM_UP * all as f64).ceil().max(1.0);
    // The middle of the step, so that neither the first nor the last rate is zero.
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
    fn the_rate_rises_for_a_tenth_and_falls_to_nearly_zero() {
        let factors: Vec<f64> = (0..100).map(|step| factor(step, 100)).collect();
        assert!(factors[..10].is_sorted() && factors[10..].is_sorted_by(|a, b| a >= b));
        assert!(factors[0] < 0.06 && factors[10] > 0.99 && factors[99] < 0.001);
        assert!(factors.iter().all(|factor| *factor > 0.0));
    }

    #[test]
    fn a_run_of_one_step_has_a_positive_rate() {
        assert!(factor(0, 1) > 0.0);
    }
}
