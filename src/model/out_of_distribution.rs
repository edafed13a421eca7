//! Out-of-distribution detection: distance of a slice's pooled features from those of the training slices.
//!
//! The training features are described by a principal component analysis: their mean, the directions of largest
//! variance and the variance along each. The component within these directions is measured in standard
//! deviations (Mahalanobis distance), the residual relative to the residuals in training. The sum detects both
//! extreme slices of the training distribution and slices of another kind.

use half::f16;
use safetensors::{Dtype, SafeTensors};
use serde::{Deserialize, Serialize};

use super::content_error::ContentError;
use crate::clinical::assessment::TrainingRange;

/// Number of principal components. On the features of `lunny-resnet50-1` with whole cases held out, 16, 48 and
/// 128 components and the distance to the nearest neighbours give the same result: all 685 slices of other
/// scanners and windows and all DICOM slices are beyond the limit.
///
/// No greater distance separates chest CT from other things: heads are at 0.6 to 5.2 times the limit,
/// photographs at 0.6 to 8.6, chest slices of other scanners at 1.7 to 5.2. So no picture is refused because of
/// its features.
pub const COMPONENTS: usize = 32;

/// Iterations of the power method. The single directions need not be exact: the distance depends on the space
/// that they span together.
const ROUNDS: usize = 24;

/// Distance from the limit, in limits, within which features in bfloat16 are computed again: several times the largest difference
/// that was measured.
const CLOSE: f64 = 0.1;

/// Share of slices from held-out cases within [`Limit::distance`].
const WITHIN: f64 = 0.98;

/// Names of the tensors in a weight file.
const MEAN: &str = "familiarity.mean";
const DIRECTIONS: &str = "familiarity.directions";
const VARIANCES: &str = "familiarity.variances";

/// The distribution of training features.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfDistribution {
    mean: Vec<f32>,
    /// `(directions, features)` row by row, orthonormal.
    directions: Vec<f32>,
    /// Variance along each direction, and as the last value that of the residual.
    variances: Vec<f32>,
}

/// The distance from which a slice is outside. Stored in the weight file's metadata.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// 98 % of the slices of held-out cases are nearer.
    pub distance: f64,
    /// Number of slices of held-out cases that the limit was measured on.
    pub slices: usize,
}

impl Limit {
    /// The limit from distances of held-out slices, whose cases their [`OutOfDistribution`] was not fitted to;
    /// `None` without distances.
    pub fn from_held_out(distances: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = (distances.iter().copied())
            .filter(|distance| distance.is_finite())
            .collect();
        sorted.sort_by(f64::total_cmp);
        let place = (sorted.len() as f64 * WITHIN).ceil() as usize;
        let distance = *sorted.get(place.checked_sub(1)?)?;
        Some(Self {
            distance,
            slices: sorted.len(),
        })
    }

    /// True if the limit can be compared with a distance.
    pub fn is_sound(&self) -> bool {
        self.distance.is_finite() && self.distance > 0.0
    }
}

impl OutOfDistribution {
    /// Fits at most `components` directions to `features`, one row for each slice. `None` if there are fewer
    /// than two rows, rows of different lengths, values that are not finite, or no variation.
    ///
    /// The result is deterministic.
    pub fn fit(features: &[&[f32]], components: usize) -> Option<Self> {
        let (rows, dimension) = (features.len(), features.first()?.len());
        let alike = |row: &&[f32]| row.len() == dimension && row.iter().all(|x| x.is_finite());
        if rows < 2 || dimension == 0 || !features.iter().all(alike) {
            return None;
        }
        let mut mean = vec![0.0; dimension];
        for row in features {
            add(
                &mut mean,
                1.0 / rows as f64,
                row.iter().map(|&x| f64::from(x)),
            );
        }
        let centred: Vec<Vec<f64>> = (features.iter())
            .map(|row| {
                row.iter()
                    .zip(&mean)
                    .map(|(&x, mean)| f64::from(x) - mean)
                    .collect()
            })
            .collect();
        let total: f64 = centred.iter().map(|row| dot(row, row)).sum::<f64>() / rows as f64;
        // The largest number of directions that leaves a residual.
        let count = components.min(rows - 2).min(dimension - 1);
        let mut directions = first_guess(count, dimension);
        for _ in 0..ROUNDS {
            for direction in &mut directions {
                let mut image = vec![0.0; dimension];
                for row in &centred {
                    add(&mut image, dot(row, direction), row.iter().copied());
                }
                *direction = image;
            }
            orthonormalise(&mut directions);
        }
        let variance = |direction: &Vec<f64>| {
            centred
                .iter()
                .map(|row| dot(row, direction).powi(2))
                .sum::<f64>()
                / rows as f64
        };
        let along: Vec<f64> = directions.iter().map(variance).collect();
        // A residual variance of zero would make every other slice infinitely far.
        let least = total * 1e-6;
        let rest = (total - along.iter().sum::<f64>()).max(least);
        if least <= 0.0 {
            return None;
        }
        let variances = along.into_iter().map(|variance| variance.max(least));
        Some(Self {
            mean: mean.into_iter().map(|x| x as f32).collect(),
            // Rounded to the precision of the weight file, so that a distance is the same before and after
            // saving.
            directions: directions
                .concat()
                .into_iter()
                .map(|x| f16::from_f64(x).to_f32())
                .collect(),
            variances: variances.chain([rest]).map(|x| x as f32).collect(),
        })
    }

    /// Number of features of a slice.
    pub fn features(&self) -> usize {
        self.mean.len()
    }

    /// Distance of pooled features from the training features: about 1.4 for a usual slice, and infinite if
    /// their number is wrong or one is not finite.
    pub fn distance(&self, pooled: &[f32]) -> f64 {
        if pooled.len() != self.mean.len() {
            return f64::INFINITY;
        }
        let centred: Vec<f64> = (pooled.iter().zip(&self.mean))
            .map(|(&x, &mean)| f64::from(x) - f64::from(mean))
            .collect();
        let Some((&rest_variance, along)) = self.variances.split_last() else {
            return f64::INFINITY;
        };
        let mut rest = dot(&centred, &centred);
        let mut explained = 0.0;
        for (direction, &variance) in self.directions.chunks_exact(self.mean.len()).zip(along) {
            let square = (centred.iter().zip(direction))
                .map(|(a, &b)| a * f64::from(b))
                .sum::<f64>()
                .powi(2);
            rest -= square;
            explained += square / f64::from(variance) / along.len() as f64;
        }
        let distance = (explained + rest.max(0.0) / f64::from(rest_variance)).sqrt();
        if distance.is_nan() {
            f64::INFINITY
        } else {
            distance
        }
    }

    /// True if an error of bfloat16 could move pooled features across `limit`.
    pub fn is_close(&self, limit: Limit, pooled: &[f32]) -> bool {
        (self.distance(pooled) / limit.distance - 1.0).abs() <= CLOSE
    }

    /// Compares pooled features with `limit`.
    pub fn range(&self, limit: Limit, pooled: &[f32]) -> TrainingRange {
        let times = self.distance(pooled) / limit.distance;
        if times <= 1.0 {
            return TrainingRange::Inside;
        }
        let reason = format!(
            "to the network it is unlike the training slices ({times:.1} times as far from them as 98 % of \
             slices of new patients)"
        );
        TrainingRange::Outside { reason }
    }

    /// The parts as tensors of a weight file: name, type, shape and little-endian bytes.
    pub fn tensors(&self) -> Vec<(String, Dtype, Vec<usize>, Vec<u8>)> {
        let features = self.mean.len();
        let single = |values: &[f32]| values.iter().flat_map(|x| x.to_le_bytes()).collect();
        let halves = self.directions.iter().map(|&x| f16::from_f32(x));
        let directions = halves.flat_map(f16::to_le_bytes).collect();
        let count = self.directions.len() / features;
        vec![
            (MEAN.into(), Dtype::F32, vec![features], single(&self.mean)),
            (
                DIRECTIONS.into(),
                Dtype::F16,
                vec![count, features],
                directions,
            ),
            (
                VARIANCES.into(),
                Dtype::F32,
                vec![count + 1],
                single(&self.variances),
            ),
        ]
    }

    /// Reads the tensors of [`OutOfDistribution::tensors`] from a weight file.
    ///
    /// # Errors
    /// Names the tensor that is missing, has a wrong shape or is not sound.
    pub fn from_tensors(tensors: &SafeTensors<'_>) -> Result<Self, ContentError> {
        let part = |name: &str, expected: Dtype| {
            let tensor = tensors.tensor(name)?;
            match tensor.dtype() == expected {
                true => Ok((tensor.shape().to_vec(), tensor.data())),
                false => Err(ContentError::Type {
                    name: name.to_owned(),
                    expected,
                }),
            }
        };
        let single = |bytes: &[u8]| -> Vec<f32> {
            let (words, _) = bytes.as_chunks::<4>();
            words.iter().map(|word| f32::from_le_bytes(*word)).collect()
        };
        let (_, mean) = part(MEAN, Dtype::F32)?;
        let (shape, directions) = part(DIRECTIONS, Dtype::F16)?;
        let (_, variances) = part(VARIANCES, Dtype::F32)?;
        let (halves, _) = directions.as_chunks::<2>();
        let read = Self {
            mean: single(mean),
            directions: halves
                .iter()
                .map(|half| f16::from_le_bytes(*half).to_f32())
                .collect(),
            variances: single(variances),
        };
        let fits = !read.mean.is_empty()
            && shape == [read.variances.len().saturating_sub(1), read.mean.len()];
        let finite = (read.mean.iter().chain(&read.directions)).all(|x| x.is_finite());
        let positive = read.variances.iter().all(|x| x.is_finite() && *x > 0.0);
        match fits && finite && positive {
            true => Ok(read),
            false => Err(ContentError::Unsound(
                "description of the training features",
            )),
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Adds `factor` times `values` to `sum`.
fn add(sum: &mut [f64], factor: f64, values: impl Iterator<Item = f64>) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += factor * value;
    }
}

/// Initial directions that are not orthogonal to real data: waves of different lengths.
fn first_guess(count: usize, dimension: usize) -> Vec<Vec<f64>> {
    let wave = |number: usize| {
        let values = (0..dimension).map(|place| {
            ((number + 1) as f64 * (place as f64 + 0.7) * 0.618 + number as f64).sin()
        });
        values.collect()
    };
    let mut directions: Vec<Vec<f64>> = (0..count).map(wave).collect();
    orthonormalise(&mut directions);
    directions
}

/// Orthonormalises the directions (Gram-Schmidt); twice, since once leaves the rounding errors of nearly
/// parallel ones. A direction that vanishes stays zero.
fn orthonormalise(directions: &mut [Vec<f64>]) {
    for _ in 0..2 {
        for place in 0..directions.len() {
            let (before, after) = directions.split_at_mut(place);
            let Some(direction) = after.first_mut() else {
                continue;
            };
            for other in before {
                let shared = dot(direction, other);
                add(direction, -shared, other.iter().copied());
            }
            let length = dot(direction, direction).sqrt();
            let scale = if length > f64::MIN_POSITIVE {
                1.0 / length
            } else {
                0.0
            };
            direction.iter_mut().for_each(|x| *x *= scale);
        }
    }
}

#[cfg(test)]
mod tests {
    use safetensors::tensor::TensorView;

    use super::*;

    /// Rows that vary by 5 along the first feature, by 2 along the second and by 0.1 along all others.
    fn cloud(rows: usize) -> Vec<Vec<f32>> {
        let wave = |row: usize, place: usize| {
            ((row * (2 * place + 3)) as f32 * 0.754 + place as f32).sin()
        };
        let spread = |place| [5.0, 2.0].get(place).copied().unwrap_or(0.1);
        (0..rows)
            .map(|row| {
                (0..12)
                    .map(|place| 1.0 + spread(place) * wave(row, place))
                    .collect()
            })
            .collect()
    }

    fn fitted(rows: usize, components: usize) -> OutOfDistribution {
        let cloud = cloud(rows);
        let rows: Vec<&[f32]> = cloud.iter().map(Vec::as_slice).collect();
        OutOfDistribution::fit(&rows, components).unwrap()
    }

    /// The mean with some features changed.
    fn at(changes: &[(usize, f32)]) -> Vec<f32> {
        let mut row = vec![1.0; 12];
        for &(place, value) in changes {
            row[place] = value;
        }
        row
    }

    #[test]
    fn the_distance_is_in_standard_deviations_of_the_training_features() {
        let distribution = fitted(400, 2);
        let far_along = distribution.distance(&at(&[(0, 1.0 + 5.0 * 4.0)]));
        let as_far = distribution.distance(&at(&[(1, 1.0 + 2.0 * 4.0)]));
        assert!(
            (far_along / as_far - 1.0).abs() < 0.1,
            "{far_along} {as_far}"
        );
        assert!((far_along - 4.0).abs() < 0.4, "{far_along}");
        let off = distribution.distance(&at(&[(7, 3.0)]));
        assert!(off > 2.0 * far_along, "a residual is far: {off}");
        assert!(distribution.distance(&at(&[])) < 0.5);
    }

    #[test]
    fn training_rows_have_a_distance_of_about_root_two() {
        let distribution = fitted(300, 2);
        let squares = cloud(300)
            .iter()
            .map(|row| distribution.distance(row).powi(2))
            .sum::<f64>();
        assert!((squares / 300.0 - 2.0).abs() < 0.05, "{}", squares / 300.0);
    }

    #[test]
    fn a_limit_leaves_two_per_cent_outside() {
        let distances: Vec<f64> = (1..=100).map(f64::from).collect();
        let limit = Limit::from_held_out(&distances).unwrap();
        assert_eq!((limit.distance, limit.slices), (98.0, 100));
        assert_eq!(Limit::from_held_out(&[]), None);
        assert_eq!(
            Limit::from_held_out(&[f64::NAN, 3.0]).unwrap().distance,
            3.0
        );
    }

    #[test]
    fn beyond_the_limit_is_outside_with_the_ratio() {
        let distribution = fitted(200, 2);
        let limit = Limit {
            distance: 2.0,
            slices: 200,
        };
        assert_eq!(distribution.range(limit, &at(&[])), TrainingRange::Inside);
        let far = distribution.range(limit, &at(&[(9, 90.0)]));
        assert!(far.outside_reason().unwrap().contains("times as far"));
        for broken in [vec![1.0; 3], vec![f32::NAN; 12], vec![f32::INFINITY; 12]] {
            assert!(
                distribution
                    .range(limit, &broken)
                    .outside_reason()
                    .is_some()
            );
        }
    }

    #[test]
    fn a_weight_file_keeps_it_whole() {
        let distribution = fitted(50, 3);
        let tensors = distribution.tensors();
        let write = |tensors: &[(String, Dtype, Vec<usize>, Vec<u8>)]| {
            let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
                (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
            });
            safetensors::serialize(views, None).unwrap()
        };
        let read = |bytes: &[u8]| {
            OutOfDistribution::from_tensors(&SafeTensors::deserialize(bytes).unwrap())
        };
        assert_eq!(read(&write(&tensors)).unwrap(), distribution);
        for missing in 0..tensors.len() {
            let mut fewer = tensors.clone();
            let (name, ..) = fewer.remove(missing);
            assert!(
                read(&write(&fewer))
                    .unwrap_err()
                    .to_string()
                    .contains(&name)
            );
        }
        let mut unsound = tensors;
        unsound[2].3[..4].copy_from_slice(&f32::NAN.to_le_bytes());
        assert!(
            read(&write(&unsound))
                .unwrap_err()
                .to_string()
                .contains("not sound")
        );
    }

    #[test]
    fn what_does_not_vary_or_does_not_fit_together_is_not_described() {
        let fit = |rows: &[&[f32]]| OutOfDistribution::fit(rows, 4);
        assert_eq!(fit(&[]), None);
        assert_eq!(fit(&[&[1.0, 2.0]]), None);
        assert_eq!(fit(&[&[1.0, 2.0], &[1.0, 2.0], &[1.0, 2.0]]), None);
        assert_eq!(fit(&[&[1.0, 2.0], &[1.0]]), None);
        assert_eq!(fit(&[&[1.0, 2.0], &[1.0, f32::NAN]]), None);
    }

    #[test]
    fn the_same_rows_give_the_same_description() {
        assert_eq!(fitted(120, 5), fitted(120, 5));
    }
}
