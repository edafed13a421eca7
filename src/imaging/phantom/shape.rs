//! Shapes in a slice, painted with soft edges.

use super::Grid;

/// A shape in the plane of a slice, in mm (x to the left, y to the back).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// An ellipse; its first half axis is rotated by `angle` from x towards y.
    Ellipse {
        centre: [f64; 2],
        half: [f64; 2],
        angle: f64,
    },
    /// All points within `radius` of a line segment.
    Capsule {
        from: [f64; 2],
        to: [f64; 2],
        radius: f64,
    },
}

impl Shape {
    /// An upright ellipse; all lengths in mm.
    pub fn ellipse(centre: [f64; 2], half: [f64; 2]) -> Self {
        Self::Ellipse {
            centre,
            half,
            angle: 0.0,
        }
    }

    /// A circle; all lengths in mm.
    pub fn circle(centre: [f64; 2], radius: f64) -> Self {
        Self::ellipse(centre, [radius; 2])
    }

    /// A line with round ends; all lengths in mm.
    pub fn capsule(from: [f64; 2], to: [f64; 2], radius: f64) -> Self {
        Self::Capsule { from, to, radius }
    }

    /// The shape made smaller by `mm` on all sides.
    pub fn shrunk(self, mm: f64) -> Self {
        match self {
            Self::Ellipse {
                centre,
                half: [a, b],
                angle,
            } => Self::Ellipse {
                centre,
                half: [(a - mm).max(0.1), (b - mm).max(0.1)],
                angle,
            },
            Self::Capsule { from, to, radius } => Self::capsule(from, to, (radius - mm).max(0.1)),
        }
    }

    /// Distance to the edge in mm, negative inside; for an ellipse exact only near its edge.
    pub fn distance(&self, [x, y]: [f64; 2]) -> f64 {
        match *self {
            Self::Ellipse {
                centre,
                half: [a, b],
                angle,
            } => {
                let (sine, cosine) = angle.sin_cos();
                let (x, y) = (x - centre[0], y - centre[1]);
                let (u, v) = ((x * cosine + y * sine) / a, (y * cosine - x * sine) / b);
                let level = u.hypot(v);
                if level < 1e-6 {
                    return -a.min(b);
                }
                (level - 1.0) * level / (u / a).hypot(v / b)
            }
            Self::Capsule { from, to, radius } => {
                let along = [to[0] - from[0], to[1] - from[1]];
                let squared = along[0].powi(2) + along[1].powi(2);
                let offset = [x - from[0], y - from[1]];
                let share = (offset[0] * along[0] + offset[1] * along[1]) / squared.max(1e-9);
                let share = share.clamp(0.0, 1.0);
                (offset[0] - share * along[0]).hypot(offset[1] - share * along[1]) - radius
            }
        }
    }

    /// The bounding rectangle: minimum x, maximum x, minimum y, maximum y.
    pub fn bounds(&self) -> [f64; 4] {
        match *self {
            Self::Ellipse { centre, half, .. } => {
                let reach = half[0].max(half[1]);
                around(centre, reach)
            }
            Self::Capsule { from, to, radius } => [
                from[0].min(to[0]) - radius,
                from[0].max(to[0]) + radius,
                from[1].min(to[1]) - radius,
                from[1].max(to[1]) + radius,
            ],
        }
    }
}

/// The square around `centre`.
pub(super) fn around([x, y]: [f64; 2], reach: f64) -> [f64; 4] {
    [x - reach, x + reach, y - reach, y + reach]
}

/// The values of one slice while it is painted, in HU.
#[derive(Debug)]
pub struct Canvas<'a> {
    pub grid: &'a Grid,
    pub values: &'a mut [f32],
}

impl Canvas<'_> {
    /// Calls `blend` with the position in mm and the value of every pixel within `bounds`.
    pub fn visit(&mut self, bounds: [f64; 4], mut blend: impl FnMut([f64; 2], &mut f32)) {
        let grid = self.grid;
        let [left, top, _] = grid.origin_mm;
        let range = |low: f64, high: f64, start: f64, pixels: u32| {
            let pixel = |mm: f64| (mm - start) / grid.spacing_mm;
            let first = (pixel(low) - 1.0).floor().max(0.0) as usize;
            let end = (pixel(high) + 2.0).ceil().clamp(0.0, f64::from(pixels)) as usize;
            first.min(end)..end
        };
        let columns = range(bounds[0], bounds[1], left, grid.columns);
        let rows = range(bounds[2], bounds[3], top, grid.rows);
        for row in rows {
            let y = top + row as f64 * grid.spacing_mm;
            let start = row * grid.columns as usize;
            let values = &mut self.values[start + columns.start..start + columns.end];
            for (column, value) in columns.clone().zip(values) {
                blend([left + column as f64 * grid.spacing_mm, y], value);
            }
        }
    }

    /// Paints the area where `distance` is negative; pixels on the edge in proportion.
    pub fn paint(
        &mut self,
        bounds: [f64; 4],
        distance: impl Fn([f64; 2]) -> f64,
        hounsfield: impl Fn([f64; 2]) -> f64,
    ) {
        let pixel = self.grid.spacing_mm;
        self.visit(bounds, |at, value| {
            let covered = (0.5 - distance(at) / pixel).clamp(0.0, 1.0) as f32;
            if covered > 0.0 {
                *value += covered * (hounsfield(at) as f32 - *value);
            }
        });
    }

    /// Paints a shape in one value, in Hounsfield units.
    pub fn fill(&mut self, shape: Shape, hounsfield: f64) {
        self.paint(shape.bounds(), |at| shape.distance(at), |_| hounsfield);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_painted_circle_has_its_area() {
        let grid = Grid {
            rows: 64,
            columns: 64,
            slices: 1,
            spacing_mm: 0.7,
            step_mm: 1.0,
            origin_mm: [-20.0, -20.0, 0.0],
        };
        let mut values = vec![0.0; 64 * 64];
        let mut canvas = Canvas {
            grid: &grid,
            values: &mut values,
        };
        canvas.fill(Shape::circle([1.3, 0.4], 9.0), 1.0);
        let area = f64::from(values.iter().sum::<f32>()) * 0.49;
        let truth = std::f64::consts::PI * 81.0;
        assert!((area / truth - 1.0).abs() < 0.01, "{area} {truth}");
    }

    #[test]
    fn distances_are_those_to_the_edge() {
        let capsule = Shape::capsule([0.0, 0.0], [10.0, 0.0], 2.0);
        assert_eq!(capsule.distance([5.0, 3.0]), 1.0);
        assert_eq!(capsule.distance([12.0, 0.0]), 0.0);
        let ellipse = Shape::ellipse([0.0, 0.0], [10.0, 4.0]);
        assert!((ellipse.distance([10.5, 0.0]) - 0.5).abs() < 0.05);
        assert!((ellipse.distance([0.0, 3.8]) + 0.2).abs() < 0.02);
    }
}
