//! Reproducible random numbers: every random choice follows from a seed and its purpose.

use rand::SeedableRng;
use rand::rngs::StdRng;
use sha2::{Digest, Sha256};

/// Purpose of a random choice. Different purposes have independent random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Split,
    View,
    Order,
    ViewOfEpoch,
    Step,
    Canvas,
    Head,
}

/// A random number generator for `purpose` at `place`, such as (fold, member, epoch). The same arguments always
/// give the same numbers, independent of earlier choices.
pub fn of(seed: u64, purpose: Purpose, place: &[usize]) -> StdRng {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update([purpose as u8]);
    for part in place {
        hash.update((*part as u64).to_le_bytes());
    }
    StdRng::from_seed(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;

    #[test]
    fn other_places_purposes_and_seeds_give_other_numbers() {
        let draw = |seed, purpose, place: &[usize]| of(seed, purpose, place).random::<u64>();
        let first = draw(1, Purpose::View, &[2, 3]);
        assert_eq!(first, draw(1, Purpose::View, &[2, 3]));
        let others = [
            draw(2, Purpose::View, &[2, 3]),
            draw(1, Purpose::Step, &[2, 3]),
            draw(1, Purpose::View, &[3, 2]),
        ];
        assert!(!others.contains(&first));
    }
}
