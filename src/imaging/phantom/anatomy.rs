//! The parts of the synthetic chest.
//!
//! Lengths are in mm: x to the patient's left, y to the back, z to the head, with z = 0 at the lung bases and z
//! = 300 at the apices. Sizes are rounded values of an adult; Hounsfield units are those of a scan with
//! contrast medium.

use super::shape::{Canvas, Shape};

/// Height of the apices of the lungs.
pub(super) const TIP_MM: f64 = 300.0;

pub(super) const AIR: f64 = -1000.0;
const SKIN: f64 = 20.0;
const FAT: f64 = -100.0;
const MUSCLE: f64 = 50.0;
const LIVER: f64 = 85.0;
const SPLEEN: f64 = 100.0;
const HEART: f64 = 105.0;
const BLOOD: f64 = 190.0;
const CORTEX: f64 = 620.0;
const MARROW: f64 = 210.0;
const DISC: f64 = 90.0;
const TABLE: f64 = -150.0;
const FOAM: f64 = -940.0;

/// Half axes of the trunk and of the space within the ribs.
const TRUNK: [f64; 2] = [162.0, 110.0];
const CAVITY: [f64; 2] = [136.0, 84.0];
/// Half axes of the ellipse through the middle of the ribs.
const RIBS: [f64; 2] = [141.5, 90.0];
/// Height from which the chest narrows towards the head.
const SHOULDER_MM: f64 = 185.0;

/// Distance to the edge of a rounded rectangle about the centre, negative inside; exact near the edge only.
fn rounded([x, y]: [f64; 2], [a, b]: [f64; 2]) -> f64 {
    let (u, v) = (x.abs() / a, y.abs() / b);
    let (root_u, root_v) = (u.sqrt(), v.sqrt());
    let level = u * u * root_u + v * v * root_v;
    let slope = 2.5 * (u * root_u / a).hypot(v * root_v / b);
    (level - 1.0) / slope.max(1e-9)
}

/// Width of the space within the ribs at a height, as a share of its maximum.
fn width_at(z: f64) -> f64 {
    let above = ((z - SHOULDER_MM) / 128.0).max(0.0);
    (1.0 - above * above).max(0.0).sqrt()
}

/// Half axes of the space within the ribs at a height; zero beyond the apices of the lungs.
pub(super) fn cavity_at(z: f64) -> [f64; 2] {
    CAVITY.map(|half| half * width_at(z))
}

/// Distance from a position to the inner side of the chest wall in mm, negative inside.
pub(super) fn wall_distance(at: [f64; 2], z: f64) -> f64 {
    let half = cavity_at(z);
    if half[0] < 1.0 {
        return f64::INFINITY;
    }
    rounded(at, half)
}

/// Parts that are the same on all slices: the layers of the trunk, the air around it and the table.
pub(super) fn paint_trunk(canvas: &mut Canvas) {
    canvas.values.fill(AIR as f32);
    let everywhere = [-1e4, 1e4, -1e4, 1e4];
    // The table: a shell of 3 mm around foam, bent upwards at its sides.
    let table = |[x, y]: [f64; 2]| {
        let middle = 127.0 - 0.0011 * x * x;
        ((y - middle).abs() - 10.0).max(x.abs() - 200.0)
    };
    canvas.paint(everywhere, table, |_| TABLE);
    canvas.paint(everywhere, |at| table(at) + 3.0, |_| FOAM);
    let trunk = |at| rounded(at, TRUNK);
    canvas.paint(everywhere, trunk, |_| SKIN);
    canvas.paint(everywhere, |at| trunk(at) + 2.0, |_| FAT);
    // Fat is thicker at the sides of the chest than over the sternum.
    let thickness = |[x, _]: [f64; 2]| 6.0 + 7.0 * (x / TRUNK[0]).abs();
    canvas.paint(everywhere, |at| trunk(at) + thickness(at), |_| MUSCLE);
}

/// The lung parenchyma, denser towards the back because of gravity.
pub(super) fn paint_lungs(canvas: &mut Canvas, z: f64) {
    let [a, b] = cavity_at(z);
    if a < 1.0 {
        return;
    }
    canvas.paint(
        [-a, a, -b, b],
        |at| rounded(at, [a, b]),
        |[_, y]| -872.0 + 0.22 * (y + CAVITY[1]),
    );
}

/// A part that replaces lung.
#[derive(Debug, Clone, Copy)]
pub(super) struct Organ {
    pub shape: Shape,
    pub hounsfield: f64,
}

/// All structures that bound the lungs medially and below at a height: the mediastinum and the domes of the
/// diaphragm, with their contents, in the order of painting.
pub(super) fn organs(z: f64) -> Vec<Organ> {
    let mut organs = Vec::new();
    let mut add = |shape, hounsfield| organs.push(Organ { shape, hounsfield });
    domes(z, &mut add);
    let narrow = 1.0 - 0.25 * ((z - 190.0) / 110.0).clamp(0.0, 1.0);
    // Muscle beside the spine, then the mediastinal fat.
    add(Shape::ellipse([0.0, 62.0], [31.0, 31.0]), MUSCLE);
    add(Shape::ellipse([3.0, 2.0], [31.0 * narrow, 54.0]), -85.0);
    add(Shape::capsule([0.0, -38.0], [0.0, -86.0], 8.0), -90.0);
    heart(z, &mut add);
    great_vessels(z, &mut add);
    airways(z, &mut add);
    organs
}

fn domes(z: f64, add: &mut impl FnMut(Shape, f64)) {
    let mut dome = |x: f64, y: f64, height: f64, hounsfield: f64| {
        let share = 1.0 - (z / height).max(0.0).powi(2);
        if share > 0.0 {
            let share = share.sqrt();
            add(
                Shape::ellipse([x, y], [66.0 * share, 74.0 * share]),
                hounsfield,
            );
            return share;
        }
        0.0
    };
    dome(-68.0, -6.0, 82.0, LIVER);
    let share = dome(68.0, -4.0, 66.0, SPLEEN);
    if share > 0.5 {
        // The stomach with its gas bubble.
        add(
            Shape::ellipse([58.0, -24.0], [34.0 * share, 28.0 * share]),
            30.0,
        );
        add(
            Shape::ellipse([58.0, -34.0], [26.0 * share, 14.0 * share]),
            -950.0,
        );
    }
}

fn heart(z: f64, add: &mut impl FnMut(Shape, f64)) {
    let share = 1.0 - ((z - 88.0) / 66.0).powi(2);
    if share <= 0.0 {
        return;
    }
    let share = share.sqrt();
    let turned = |centre: [f64; 2], half: [f64; 2]| Shape::Ellipse {
        centre,
        half: half.map(|half| half * share),
        angle: -0.55,
    };
    let outer = turned([20.0, -22.0], [63.0, 45.0]);
    add(outer, FAT);
    add(outer.shrunk(4.0), HEART);
    add(turned([46.0, -26.0], [26.0, 19.0]), BLOOD - 20.0);
    add(turned([10.0, -48.0], [27.0, 15.0]), BLOOD);
    add(turned([-16.0, -22.0], [17.0, 21.0]), BLOOD + 10.0);
    add(turned([8.0, 10.0], [27.0, 15.0]), BLOOD - 10.0);
}

fn great_vessels(z: f64, add: &mut impl FnMut(Shape, f64)) {
    let within = |low: f64, high: f64| (low..high).contains(&z);
    // The oesophagus.
    add(Shape::ellipse([6.0, 27.0], [7.5, 5.0]), 40.0);
    if z < 212.0 {
        add(Shape::circle([24.0, 40.0], 12.5), BLOOD);
    }
    if within(138.0, 206.0) {
        add(Shape::circle([-10.0, -19.0], 16.0), BLOOD);
    }
    if within(136.0, 250.0) {
        add(Shape::ellipse([-31.0, -13.0], [8.0, 9.5]), BLOOD + 60.0);
    }
    if within(148.0, 178.0) {
        add(
            Shape::capsule([17.0, -26.0], [31.0, 2.0], 13.0),
            BLOOD + 20.0,
        );
    }
    if within(148.0, 170.0) {
        add(
            Shape::capsule([20.0, -6.0], [-34.0, 4.0], 9.5),
            BLOOD + 20.0,
        );
    }
    let arch = 1.0 - ((z - 207.0) / 14.0).powi(2);
    if arch > 0.0 {
        let radius = 13.0 * arch.sqrt();
        add(Shape::capsule([-8.0, -20.0], [22.0, 36.0], radius), BLOOD);
    }
    if within(218.0, 400.0) {
        for ([x, y], radius) in [
            ([-15.0, -10.0], 6.0),
            ([3.0, -4.0], 4.5),
            ([15.0, 6.0], 5.0),
        ] {
            add(Shape::circle([x, y], radius), BLOOD);
        }
    }
}

fn airways(z: f64, add: &mut impl FnMut(Shape, f64)) {
    if z > 182.0 {
        add(Shape::ellipse([0.0, 12.0], [10.5, 9.5]), 40.0);
        add(Shape::ellipse([0.0, 12.0], [9.0, 8.0]), AIR + 10.0);
        return;
    }
    // Below the carina each main bronchus runs outwards.
    let down = (182.0 - z) / 46.0;
    if down < 1.0 {
        for side in [-1.0, 1.0] {
            let centre = [side * (5.0 + 30.0 * down), 13.0];
            let radius = 8.0 - 2.0 * down;
            add(Shape::circle(centre, radius + 1.5), 40.0);
            add(Shape::circle(centre, radius), AIR + 10.0);
        }
    }
}

/// The bones at a height.
pub(super) fn paint_bones(canvas: &mut Canvas, z: f64) {
    let mut bone = |shape: Shape, cortex: f64| {
        canvas.fill(shape, CORTEX);
        canvas.fill(shape.shrunk(cortex), MARROW);
    };
    ribs(z, &mut bone);
    if z < 262.0 {
        bone(Shape::capsule([-13.0, -95.0], [13.0, -95.0], 5.5), 1.6);
    }
    for side in [-1.0, 1.0] {
        if z > 274.0 {
            bone(
                Shape::capsule([side * 22.0, -82.0], [side * 104.0, -62.0], 6.0),
                1.8,
            );
        }
        if z > 120.0 {
            bone(
                Shape::capsule([side * 84.0, 92.0], [side * 122.0, 68.0], 3.6),
                1.5,
            );
        }
        if z.rem_euclid(25.0) < 13.0 {
            bone(
                Shape::capsule([side * 11.0, 78.0], [side * 32.0, 84.0], 4.0),
                1.5,
            );
        }
        bone(Shape::capsule([side * 11.0, 80.0], [0.0, 92.0], 3.2), 1.2);
    }
    bone(Shape::capsule([0.0, 92.0], [0.0, 99.0], 3.0), 1.2);
    let vertebra = Shape::ellipse([0.0, 59.0], [17.5, 14.5]);
    if z.rem_euclid(25.0) > 20.5 {
        canvas.fill(vertebra, DISC);
    } else {
        canvas.fill(vertebra, CORTEX - 150.0);
        canvas.fill(vertebra.shrunk(1.8), MARROW);
    }
    canvas.fill(Shape::ellipse([0.0, 79.5], [9.0, 7.0]), 30.0);
}

/// Twelve ribs on each side; each descends by 76 mm from the spine to the front, so that a slice cuts three or
/// four.
fn ribs(z: f64, bone: &mut impl FnMut(Shape, f64)) {
    const FALL: f64 = 76.0;
    let width = width_at(z).max(0.45);
    for number in 0..16 {
        let fallen = (308.0 - 23.5 * f64::from(number) - z) / FALL;
        if !(0.01..0.92).contains(&fallen) {
            continue;
        }
        let angle = (1.0 - 2.0 * fallen).acos();
        let (sine, cosine) = angle.sin_cos();
        // An axial cut through a steep rib is short.
        let half_length = (8.0 / sine).clamp(6.0, 17.0);
        for side in [-1.0, 1.0] {
            let at = [
                side * RIBS[0] * width * sine.powf(0.8),
                RIBS[1] * width * cosine.signum() * cosine.abs().powf(0.8),
            ];
            let along = [side * RIBS[0] * cosine, -RIBS[1] * sine];
            let length = along[0].hypot(along[1]);
            let [dx, dy] = along.map(|part| part / length * half_length);
            bone(
                Shape::capsule([at[0] - dx, at[1] - dy], [at[0] + dx, at[1] + dy], 4.2),
                1.5,
            );
        }
    }
}

/// Distance from a position to the nearest boundary of the lung, in mm: positive within the lung.
pub(super) fn lung_depth(at: [f64; 3]) -> f64 {
    let [x, y, z] = at;
    let wall = -wall_distance([x, y], z);
    let organs = organs(z);
    let nearest = organs.iter().map(|organ| organ.shape.distance([x, y]));
    nearest.fold(wall, f64::min)
}
