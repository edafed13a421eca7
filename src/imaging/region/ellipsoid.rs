//! Robust fit of an ellipsoid to points; distant points do not count.

/// Prior for the deviation from a sphere: a standard deviation of the squared inverse radius, as a share.
/// Matters only on sides without points.
const SHAPE_SHARE: f64 = 0.5;

/// Weight of the prior, in points with a residual of the tolerance. Neighbouring rays pass the same voxels, so
/// a single point has less information than an independent one.
const TRUST: f64 = 2.0;

/// Maximum number of steps of one fit; it converges in fewer.
const STEPS: usize = 12;

/// Maximum change of one step, as a share of the radius.
const MOST_LEAP: f64 = 0.2;

/// Centre, and the symmetric matrix `A` of `(p − centre)ᵀ A (p − centre) = 1`: in mm and mm⁻².
///
/// The matrix is stored as its entries (0,0), (1,1), (2,2), (0,1), (0,2), (1,2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ellipsoid {
    pub centre: [f64; 3],
    matrix: [f64; 6],
}

/// Rows and columns of the stored entries.
const ENTRIES: [(usize, usize); 6] = [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)];

impl Ellipsoid {
    pub(super) fn sphere(centre: [f64; 3], radius: f64) -> Self {
        let entry = radius.powi(-2);
        Self {
            centre,
            matrix: [entry, entry, entry, 0.0, 0.0, 0.0],
        }
    }

    fn times(&self, vector: [f64; 3]) -> [f64; 3] {
        let mut product = [0.0; 3];
        for (entry, (row, column)) in self.matrix.iter().zip(ENTRIES) {
            product[row] += entry * vector[column];
            if row != column {
                product[column] += entry * vector[row];
            }
        }
        product
    }

    /// Distance from the centre to the surface along a direction of length one.
    pub(super) fn radius(&self, direction: [f64; 3]) -> f64 {
        dot(direction, self.times(direction)).max(1e-6).powf(-0.5)
    }

    /// Distance of a point outside the surface, along the line from the centre; negative inside.
    pub(super) fn beyond(&self, point: [f64; 3]) -> f64 {
        let from_centre = minus(point, self.centre);
        let distance = length(from_centre);
        if distance == 0.0 {
            return -self.mean_radius();
        }
        distance - self.radius(from_centre.map(|part| part / distance))
    }

    /// The centre of the ellipse on the slice at `slice_mm`; `None` if the surface does not extend to it.
    pub(super) fn middle_at(&self, slice_mm: f64) -> Option<[f64; 3]> {
        let [_, rows, columns, row, column, mixed] = self.matrix;
        let height = slice_mm - self.centre[0];
        // The minimum of the level on that slice: its derivatives along rows and columns are zero.
        let [down, right] = solve([
            [rows, mixed, -row * height],
            [mixed, columns, -column * height],
        ])?;
        let middle = [slice_mm, self.centre[1] + down, self.centre[2] + right];
        (self.beyond(middle) < 0.0).then_some(middle)
    }

    /// Distance from a point inside to the surface along a direction of length one.
    pub(super) fn exit(&self, from: [f64; 3], direction: [f64; 3]) -> f64 {
        let away = minus(from, self.centre);
        let turned = self.times(direction);
        let (square, mixed) = (dot(direction, turned), dot(away, turned));
        let level = dot(away, self.times(away)) - 1.0;
        ((mixed * mixed - square * level).max(0.0).sqrt() - mixed) / square.max(1e-9)
    }

    /// Radius of the sphere whose surface has the same mean curvature matrix.
    pub(super) fn mean_radius(&self) -> f64 {
        ((self.matrix[0] + self.matrix[1] + self.matrix[2]) / 3.0)
            .max(1e-6)
            .powf(-0.5)
    }

    /// The ellipsoid with the best fit to points; those further than `tolerance` mm away have no weight
    /// (Tukey's weights).
    ///
    /// Along an axis without information (the first, for points of one slice) centre and shape are unchanged.
    pub(super) fn fitted(&self, points: &[[f64; 3]], tolerance: f64) -> Self {
        let mut ellipsoid = *self;
        for _ in 0..STEPS {
            let Some(change) = ellipsoid.step(points, tolerance) else {
                break;
            };
            let radius = ellipsoid.mean_radius();
            let scale = radius.powi(-2);
            // A few points on one side would move it too far in one step.
            let leap = (change.iter().enumerate())
                .map(|(index, change)| change.abs() / if index < 3 { radius } else { 1.0 })
                .fold(0.0, f64::max);
            let change = change.map(|change| change * (MOST_LEAP / leap.max(MOST_LEAP)));
            for (centre, change) in ellipsoid.centre.iter_mut().zip(change) {
                *centre += change;
            }
            for (entry, change) in ellipsoid.matrix.iter_mut().zip(&change[3..]) {
                *entry += change * scale;
            }
            // A radius beyond four times the mean one is not a nodule, but an unstable step.
            for entry in &mut ellipsoid.matrix[..3] {
                *entry = entry.max(scale / 16.0);
            }
            if change.iter().all(|change| change.abs() < 1e-4) {
                break;
            }
        }
        ellipsoid
    }

    /// One Gauss-Newton step: three values of the centre in mm, six of the matrix as shares of its mean
    /// diagonal.
    fn step(&self, points: &[[f64; 3]], tolerance: f64) -> Option<[f64; 9]> {
        let scale = self.mean_radius().powi(-2);
        let mut normal = [[0.0; 10]; 9];
        for point in points {
            let away = minus(*point, self.centre);
            let distance = length(away);
            let turned = self.times(away);
            let level = dot(away, turned).max(1e-12).sqrt();
            let miss = distance - distance / level;
            let share = miss / tolerance;
            if share.abs() >= 1.0 || distance == 0.0 {
                continue;
            }
            let weight = (1.0 - share * share).powi(2);
            let slope = distance / level.powi(3);
            let mut gradient = [0.0; 9];
            for axis in 0..3 {
                gradient[axis] =
                    -(away[axis] / distance * (1.0 - 1.0 / level) + slope * turned[axis]);
            }
            for (index, (row, column)) in ENTRIES.into_iter().enumerate() {
                let twice = if row == column { 1.0 } else { 2.0 };
                gradient[3 + index] = 0.5 * slope * scale * twice * away[row] * away[column];
            }
            for row in 0..9 {
                for column in 0..9 {
                    normal[row][column] += weight * gradient[row] * gradient[column];
                }
                normal[row][9] -= weight * gradient[row] * miss;
            }
        }
        // The prior: the centre stays near, the shape is near to a sphere.
        let trust = tolerance.powi(2) * TRUST;
        for (axis, row) in normal.iter_mut().enumerate().take(3) {
            row[axis] += 1e-3;
        }
        let mean = scale;
        for index in 0..6 {
            let pull = trust / SHAPE_SHARE.powi(2);
            let (row, aim) = (3 + index, if index < 3 { mean } else { 0.0 });
            normal[row][row] += pull;
            normal[row][9] += pull * (aim - self.matrix[index]) / scale;
        }
        solve(normal)
    }
}

/// Solves `N` equations whose last column is the right side; `None` if the system is singular.
pub(super) fn solve<const N: usize, const M: usize>(mut rows: [[f64; M]; N]) -> Option<[f64; N]> {
    for pivot in 0..N {
        let best =
            (pivot..N).max_by(|a, b| rows[*a][pivot].abs().total_cmp(&rows[*b][pivot].abs()))?;
        rows.swap(pivot, best);
        if rows[pivot][pivot].abs() < 1e-12 {
            return None;
        }
        let leading = rows[pivot];
        for (row, values) in rows.iter_mut().enumerate() {
            if row != pivot {
                let factor = values[pivot] / leading[pivot];
                for (value, above) in values.iter_mut().zip(leading).skip(pivot) {
                    *value -= factor * above;
                }
            }
        }
    }
    let mut result = [0.0; N];
    for (index, value) in result.iter_mut().enumerate() {
        *value = rows[index][N] / rows[index][index];
    }
    result
        .iter()
        .all(|value| value.is_finite())
        .then_some(result)
}

pub(super) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(super) fn along(from: [f64; 3], direction: [f64; 3], distance: f64) -> [f64; 3] {
    [0, 1, 2].map(|axis| from[axis] + distance * direction[axis])
}

pub(super) fn length(vector: [f64; 3]) -> f64 {
    dot(vector, vector).sqrt()
}
