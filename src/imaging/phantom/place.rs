//! Search for a position of a nodule in a lobe.

use super::anatomy::{self, lung_depth};
use super::random::{Random, mixed};
use super::{Grid, Kind, Nodule, Phantom};

/// Lobes of the lungs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lobe {
    RightUpper,
    RightMiddle,
    RightLower,
    LeftUpper,
    LeftLower,
}

impl Lobe {
    /// From the upper right to the lower left.
    pub const ALL: [Self; 5] = [
        Self::RightUpper,
        Self::RightMiddle,
        Self::RightLower,
        Self::LeftUpper,
        Self::LeftLower,
    ];

    /// Word of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RightUpper => "right-upper",
            Self::RightMiddle => "right-middle",
            Self::RightLower => "right-lower",
            Self::LeftUpper => "left-upper",
            Self::LeftLower => "left-lower",
        }
    }

    /// A block that is part of the lobe where it is lung: the phantom has no fissures. Minimum and maximum x, y
    /// and z in mm.
    fn block(self) -> [[f64; 2]; 3] {
        const RIGHT: [f64; 2] = [-130.0, -35.0];
        const LEFT: [f64; 2] = [35.0, 130.0];
        match self {
            Self::RightUpper => [RIGHT, [-75.0, 75.0], [175.0, 290.0]],
            Self::RightMiddle => [RIGHT, [-80.0, -10.0], [85.0, 150.0]],
            Self::RightLower => [RIGHT, [15.0, 80.0], [40.0, 150.0]],
            Self::LeftUpper => [LEFT, [-75.0, 70.0], [165.0, 290.0]],
            Self::LeftLower => [LEFT, [15.0, 80.0], [40.0, 140.0]],
        }
    }
}

/// There is no free position of that size.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "no room for a nodule of {diameter_mm} mm in the {} lobe, among vessels and other nodules within the slices; choose another lobe, a smaller one, or more slices",
    lobe.as_str()
)]
pub struct NoRoom {
    pub lobe: Lobe,
    pub diameter_mm: f64,
}

/// Maximum number of positions tried.
const TRIES: usize = 20_000;
/// Minimum distance from a nodule, in mm: to the boundary of the lung, to a vessel, to another nodule.
const CLEAR_OF_LUNG: f64 = 4.0;
const CLEAR_OF_VESSELS: f64 = 1.5;
const CLEAR_OF_NODULES: f64 = 5.0;
/// Depth of a juxtapleural nodule in the pleura, in mm.
const INTO_PLEURA: f64 = 0.3;

pub(super) fn find(
    phantom: &Phantom,
    lobe: Lobe,
    nodule: Nodule,
    grid: &Grid,
) -> Result<Nodule, NoRoom> {
    let purpose = format!("nodule {} in {}", phantom.nodules.len(), lobe.as_str());
    let mut random = Random::new(mixed(phantom.seed), &purpose);
    let radius = nodule.long_mm.max(nodule.short_mm) / 2.0;
    let [x, y, z] = lobe.block();
    let low = z[0].max(grid.z(0) + radius);
    let high = z[1].min(grid.z(grid.slices.saturating_sub(1)) - radius);
    if low <= high {
        for _ in 0..TRIES {
            let mut centre = [
                random.between(x[0], x[1]),
                random.between(y[0], y[1]),
                random.between(low, high),
            ];
            if nodule.kind == Kind::Juxtapleural {
                centre = against_the_wall(centre, radius);
            }
            let placed = Nodule {
                centre_mm: centre,
                ..nodule
            };
            if fits(phantom, &placed, radius) {
                return Ok(placed);
            }
        }
    }
    Err(NoRoom {
        lobe,
        diameter_mm: nodule.mean_mm(),
    })
}

/// Moves a position outwards at the same height until a sphere there touches the chest wall.
fn against_the_wall([x, y, z]: [f64; 3], radius: f64) -> [f64; 3] {
    let length = x.hypot(y).max(1e-9);
    let along = [x / length, y / length];
    let place = |mm: f64| [along[0] * mm, along[1] * mm];
    let (mut near, mut far) = (0.0, 200.0);
    for _ in 0..40 {
        let middle = f64::midpoint(near, far);
        match anatomy::wall_distance(place(middle), z) < INTO_PLEURA - radius {
            true => near = middle,
            false => far = middle,
        }
    }
    let [x, y] = place(near);
    [x, y, z]
}

fn fits(phantom: &Phantom, nodule: &Nodule, radius: f64) -> bool {
    let [x, y, z] = nodule.centre_mm;
    let pleural = nodule.kind == Kind::Juxtapleural;
    // The chest narrows towards the head, so a sphere may touch it above its own centre.
    let levels = [-1.0, -0.5, 0.0, 0.5, 1.0].map(|share| (share, z + share * radius));
    let deep = levels.iter().all(|&(share, z)| {
        let across = radius * (1.0_f64 - share * share).sqrt();
        match pleural {
            true => {
                let organs = anatomy::organs(z);
                let mut organs = organs.iter().map(|organ| organ.shape.distance([x, y]));
                organs.all(|apart| apart > across + CLEAR_OF_LUNG)
                    && -anatomy::wall_distance([x, y], z) > across - 1.0
            }
            false => lung_depth([x, y, z]) > across + CLEAR_OF_LUNG,
        }
    });
    deep && (phantom.vessels.iter())
        .all(|vessel| vessel.distance(nodule.centre_mm) > radius + CLEAR_OF_VESSELS)
        && phantom.nodules.iter().all(|other| {
            let apart: f64 = (0..3)
                .map(|axis| (other.centre_mm[axis] - nodule.centre_mm[axis]).powi(2))
                .sum();
            apart.sqrt() > radius + other.long_mm.max(other.short_mm) / 2.0 + CLEAR_OF_NODULES
        })
}
