//! Pseudo-random numbers that are the same for the same seed, on every machine and in every version.

/// Mixes the bits of `value`: the finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
pub fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A sequence of numbers from a seed.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The sequence of `seed` for `purpose`; sequences of different purposes are independent.
    pub(super) fn new(seed: u64, purpose: &str) -> Self {
        let start = purpose.bytes().fold(mixed(seed), |state, byte| {
            mixed(state.wrapping_add(u64::from(byte)))
        });
        Self(start)
    }

    /// A uniformly distributed number from `low` up to `high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        self.0 = mixed(self.0);
        low + (high - low) * ((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// The noise of one slice, row by row: nearly normal, of standard deviation 1, and slightly correlated between
/// neighbouring pixels, as after reconstruction.
#[derive(Debug)]
pub(super) struct Noise {
    seed: u64,
    columns: usize,
    row: u64,
    above: Vec<f32>,
    below: Vec<f32>,
    mean: Vec<f32>,
}

impl Noise {
    pub(super) fn new(seed: u64, slice: usize, columns: usize) -> Self {
        let mut noise = Self {
            seed: mixed(mixed(seed).wrapping_add(slice as u64)),
            columns,
            row: 0,
            above: vec![0.0; columns + 1],
            below: vec![0.0; columns + 1],
            mean: vec![0.0; columns],
        };
        noise.fill_below();
        noise
    }

    /// The next row, `columns` values.
    pub(super) fn row(&mut self) -> &[f32] {
        std::mem::swap(&mut self.above, &mut self.below);
        self.fill_below();
        // Four values of variance 1: half their sum has variance 1 again.
        let pairs = self.above.windows(2).zip(self.below.windows(2));
        for (mean, (above, below)) in self.mean.iter_mut().zip(pairs) {
            *mean = 0.5 * (above[0] + above[1] + below[0] + below[1]);
        }
        &self.mean
    }

    fn fill_below(&mut self) {
        let start = self.seed.wrapping_add(self.row << 32);
        self.row += 1;
        for (place, value) in self.below[..=self.columns].iter_mut().enumerate() {
            let bits = mixed(start.wrapping_add(place as u64));
            // Four uniform 16-bit numbers: mean 131,070, variance 4 · (2³² − 1) / 12.
            let sum = (0..4)
                .map(|part| (bits >> (16 * part)) & 0xffff)
                .sum::<u64>();
            *value = (sum as f32 - 131_070.0) / 37_837.2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_and_another_seed_gives_others() {
        let row = |seed| Noise::new(seed, 3, 64).row().to_vec();
        assert_eq!(row(1), row(1));
        assert_ne!(row(1), row(2));
        let first = |purpose| Random::new(1, purpose).between(0.0, 1.0);
        assert_ne!(first("vessels"), first("nodules"));
    }

    #[test]
    fn noise_has_mean_zero_and_deviation_one() {
        let mut noise = Noise::new(7, 0, 256);
        let values: Vec<f64> = (0..256)
            .flat_map(|_| noise.row().to_vec())
            .map(f64::from)
            .collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum::<f64>();
        let deviation = (variance / values.len() as f64).sqrt();
        assert!(
            mean.abs() < 0.02 && (deviation - 1.0).abs() < 0.02,
            "{mean} {deviation}"
        );
    }
}
