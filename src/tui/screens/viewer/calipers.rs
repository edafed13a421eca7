//! Calipers: two axes over a slice, set end by end, with their lengths. Independent of keys and screen.

use super::frame::Place;
use super::slice::{Stroke, Tone};
use crate::clinical::measurement::{Axes, MeasurementError, Millimetres};
use crate::clinical::nodule::Method;
use crate::imaging::{Pixels, Scan};

/// Density at which a proposed short axis ends: between lung and soft tissue.
const EDGE_HU: i16 = -400;
/// Step of the search for the edge.
const STEP_MM: f64 = 0.1;
/// Cosine of the angle between both axes from which they are not at right angles: 85°.
const OBLIQUE: f64 = 0.087;

/// Axes being set: none of their ends, one, or all four.
#[derive(Debug, Clone, PartialEq)]
pub struct Calipers {
    /// Index of their slice.
    pub slice: usize,
    /// Both ends of the long axis, then of the short one.
    ends: Vec<Place>,
    /// The end that is moved, once all four are set.
    chosen: usize,
    /// Place of the next end, or of the chosen one.
    pub at: Place,
    /// Method that gave the ends.
    pub method: Method,
    /// Volume of the grown region's voxels in mm³, if a region was grown.
    pub volume_mm3: Option<f64>,
}

/// Effect of the next press of Space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    FirstEnd,
    SecondEnd,
    /// All ends are set and the one with this number, from 0, can be moved.
    Adjust(usize),
}

impl Calipers {
    /// Calipers without an end, at a place of a slice.
    pub fn new(slice: usize, at: Place) -> Self {
        Self {
            slice,
            ends: Vec::new(),
            chosen: 0,
            at,
            method: Method::Calipers,
            volume_mm3: None,
        }
    }

    /// Effect of the next press of Space.
    pub fn step(&self) -> Step {
        match self.ends.len() {
            0 => Step::FirstEnd,
            1 => Step::SecondEnd,
            _ => Step::Adjust(self.chosen),
        }
    }

    /// All ends, if they are set.
    pub fn ends(&self) -> Option<[Place; 4]> {
        self.ends.as_slice().try_into().ok()
    }

    /// Sets ends that were found by another method, to be corrected or accepted.
    pub fn propose(&mut self, slice: usize, ends: [Place; 4], method: Method, volume_mm3: f64) {
        self.slice = slice;
        self.ends = ends.to_vec();
        self.chosen = 0;
        self.at = ends[0];
        self.method = method;
        self.volume_mm3 = Some(volume_mm3);
    }

    /// Sets the next end. The second one proposes the short axis; then each call chooses the next end.
    pub fn mark(&mut self, scan: &Scan, spacing_mm: [f64; 2]) {
        match self.ends.as_slice() {
            [] => self.ends.push(self.at),
            [first] if length_mm(*first, self.at, spacing_mm) < STEP_MM => {}
            &[first] => {
                let long = [first, self.at];
                let short = propose_short(long, spacing_mm, scan);
                self.ends = long.into_iter().chain(short).collect();
                self.choose(2);
            }
            _ => self.choose((self.chosen + 1) % 4),
        }
    }

    fn choose(&mut self, end: usize) {
        self.chosen = end;
        if let Some(place) = self.ends.get(end) {
            self.at = *place;
        }
    }

    /// Moves by `[down, right]` pixels within a slice of `[rows, columns]`; the chosen end moves along.
    pub fn shift(&mut self, by: [f64; 2], size: [u32; 2]) {
        let last = size.map(|count| f64::from(count.saturating_sub(1)));
        self.place([0, 1].map(|axis| (self.at[axis] + by[axis]).clamp(0.0, last[axis])));
    }

    /// Moves to a place; the chosen end moves along, and then counts as set by hand.
    pub fn place(&mut self, place: Place) {
        self.at = place;
        if self.ends.len() == 4
            && let Some(end) = self.ends.get_mut(self.chosen)
            && *end != place
        {
            *end = place;
            self.method = Method::Calipers;
        }
    }

    /// Removes all ends.
    pub fn clear(&mut self) {
        *self = Self::new(self.slice, self.at);
    }

    /// Length of the long axis so far: to the place where the second end would be set.
    pub fn long_mm(&self, spacing_mm: [f64; 2]) -> Option<f64> {
        let first = *self.ends.first()?;
        let second = self.ends.get(1).copied().unwrap_or(self.at);
        Some(length_mm(first, second, spacing_mm))
    }

    /// Length of the short axis, if it is set.
    pub fn short_mm(&self, spacing_mm: [f64; 2]) -> Option<f64> {
        let [_, _, from, to] = self.ends()?;
        Some(length_mm(from, to, spacing_mm))
    }

    /// Both axes to a tenth of a millimetre; `None` before all ends are set.
    ///
    /// # Errors
    /// [`MeasurementError::OutOfRange`] if one is too short or too long for a nodule.
    pub fn axes(&self, spacing_mm: [f64; 2]) -> Option<Result<Axes, MeasurementError>> {
        let (long, short) = (self.long_mm(spacing_mm)?, self.short_mm(spacing_mm)?);
        let axes = Millimetres::nearest(long)
            .and_then(|long| Ok(Axes::new(long, Millimetres::nearest(short)?)));
        Some(axes)
    }

    /// Angle between both axes in whole degrees, if it is not a right angle.
    pub fn oblique_degrees(&self, spacing_mm: [f64; 2]) -> Option<u32> {
        let [a, b, c, d] = self.ends()?;
        let towards =
            |from: Place, to: Place| [0, 1].map(|axis| (to[axis] - from[axis]) * spacing_mm[axis]);
        let (long, short) = (towards(a, b), towards(c, d));
        let size = |line: [f64; 2]| line[0].hypot(line[1]);
        let cosine = (long[0] * short[0] + long[1] * short[1]) / (size(long) * size(short));
        let cosine = cosine.abs();
        (cosine > OBLIQUE).then(|| cosine.min(1.0).acos().to_degrees().round() as u32)
    }

    /// Lines to draw on a slice.
    pub fn strokes(&self, slice: usize) -> Vec<Stroke> {
        let stroke = |from, to| Stroke {
            from,
            to,
            tone: Tone::Measured,
        };
        match self.ends.as_slice() {
            _ if slice != self.slice => Vec::new(),
            [first] => vec![stroke(*first, self.at)],
            [a, b, c, d] => vec![stroke(*a, *b), stroke(*c, *d)],
            _ => Vec::new(),
        }
    }
}

/// Distance of two places in mm.
fn length_mm(from: Place, to: Place, spacing_mm: [f64; 2]) -> f64 {
    let [down, right] = [0, 1].map(|axis| (to[axis] - from[axis]) * spacing_mm[axis]);
    down.hypot(right)
}

/// Short axis at right angles through the middle of the long one: to the nearest edge on either side if the slice has
/// Hounsfield units, otherwise half as long as the long one.
fn propose_short(long: [Place; 2], spacing_mm: [f64; 2], scan: &Scan) -> [Place; 2] {
    let [from, to] = long;
    let length = length_mm(from, to, spacing_mm);
    let middle = [0, 1].map(|axis| (from[axis] + to[axis]) / 2.0);
    let along = [0, 1].map(|axis| (to[axis] - from[axis]) * spacing_mm[axis] / length);
    // A right angle in mm, in pixels for each mm.
    let across = [-along[1] / spacing_mm[0], along[0] / spacing_mm[1]];
    let at = |mm: f64| [0, 1].map(|axis| middle[axis] + across[axis] * mm);
    let is_inside = |place: Place| value(scan, place).is_some_and(|value| value >= EDGE_HU);
    let reach = |side: f64| {
        if !is_inside(middle) {
            return length / 4.0;
        }
        let steps = (length / 2.0 / STEP_MM) as usize;
        let inside = (1..=steps).take_while(|step| is_inside(at(side * *step as f64 * STEP_MM)));
        (inside.count() as f64 * STEP_MM).max(STEP_MM / 2.0)
    };
    [at(-reach(-1.0)), at(reach(1.0))]
}

/// Hounsfield units of the pixel nearest to a place; `None` outside the slice or for grey levels.
fn value(scan: &Scan, place: Place) -> Option<i16> {
    let Pixels::Hounsfield(values) = &scan.pixels else {
        return None;
    };
    let [row, column] = place.map(f64::round);
    if row < 0.0 || column < 0.0 || column >= f64::from(scan.width) {
        return None;
    }
    values
        .get(row as usize * scan.width as usize + column as usize)
        .copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::imaging::{Format, Provenance};

    const SPACING: [f64; 2] = [0.5, 0.5];

    /// Lung of 60 × 60 pixels with an ellipse of soft tissue around [30, 30]: 10 rows and 20 columns from its middle.
    fn scan(pixels: impl Fn(Vec<i16>) -> Pixels) -> Scan {
        let values = (0..3600)
            .map(|at| {
                let (row, column) = (f64::from(at / 60) - 30.0, f64::from(at % 60) - 30.0);
                match (row / 10.0).powi(2) + (column / 20.0).powi(2) <= 1.0 {
                    true => 40,
                    false => -850,
                }
            })
            .collect();
        Scan {
            pixels: pixels(values),
            width: 60,
            height: 60,
            spacing_mm: Some(SPACING),
            colourfulness: 0.0,
            provenance: Provenance {
                path: "slice.dcm".into(),
                format: Format::Dicom,
                bytes: 0,
                sha256: String::new(),
                dicom: None,
            },
        }
    }

    fn measured(scan: &Scan, from: Place, to: Place) -> Calipers {
        let mut calipers = Calipers::new(0, from);
        calipers.mark(scan, SPACING);
        calipers.at = to;
        calipers.mark(scan, SPACING);
        calipers
    }

    #[test]
    fn the_second_end_proposes_a_short_axis_from_edge_to_edge() {
        let calipers = measured(&scan(Pixels::Hounsfield), [30.0, 10.0], [30.0, 50.0]);
        assert_eq!(calipers.step(), Step::Adjust(2));
        let axes = calipers.axes(SPACING).unwrap().unwrap();
        assert_eq!(axes.long().to_string(), "20.0");
        let short = axes.short().as_f64();
        assert!((10.0..=10.6).contains(&short), "{short}");
        assert_eq!(calipers.oblique_degrees(SPACING), None);
    }

    #[test]
    fn half_the_long_axis_is_proposed_on_grey_levels() {
        let grey = scan(|values| Pixels::Grey(vec![0; values.len()]));
        let calipers = measured(&grey, [30.0, 10.0], [30.0, 50.0]);
        let axes = calipers.axes(SPACING).unwrap().unwrap();
        assert_eq!(axes.to_string(), "20.0 × 10.0 mm");
    }

    #[test]
    fn a_line_is_measured_while_it_is_drawn() {
        let slice = scan(Pixels::Hounsfield);
        let mut calipers = Calipers::new(0, [10.0, 10.0]);
        assert_eq!(calipers.long_mm(SPACING), None);
        calipers.mark(&slice, SPACING);
        calipers.shift([3.0, 4.0], [60, 60]);
        assert_eq!(calipers.long_mm(SPACING), Some(2.5));
        assert_eq!(calipers.axes(SPACING), None);
        assert_eq!(calipers.strokes(0).len(), 1);
        assert!(calipers.strokes(1).is_empty());
    }

    #[test]
    fn two_ends_at_one_place_are_refused() {
        let calipers = measured(&scan(Pixels::Hounsfield), [30.0, 30.0], [30.0, 30.0]);
        assert_eq!(calipers.step(), Step::SecondEnd);
    }

    #[test]
    fn every_end_can_be_moved_and_an_oblique_axis_is_reported() {
        let slice = scan(Pixels::Hounsfield);
        let mut calipers = measured(&slice, [30.0, 10.0], [30.0, 50.0]);
        let method = Method::Region { threshold_hu: -400 };
        let ends = calipers.ends().unwrap();
        calipers.propose(0, ends, method, 700.0);
        assert_eq!(
            (calipers.method, calipers.step()),
            (method, Step::Adjust(0))
        );
        for end in [1, 2, 3] {
            calipers.mark(&slice, SPACING);
            assert_eq!(calipers.step(), Step::Adjust(end));
        }
        assert_eq!(calipers.method, method);
        calipers.shift([0.0, 8.0], [60, 60]);
        assert_eq!(calipers.method, Method::Calipers);
        let degrees = calipers.oblique_degrees(SPACING).unwrap();
        assert!((60..80).contains(&degrees), "{degrees}");
        calipers.clear();
        assert_eq!(
            (calipers.step(), calipers.volume_mm3),
            (Step::FirstEnd, None)
        );
    }

    proptest! {
        #[test]
        fn any_ends_give_a_proposal_at_right_angles(
            from in [-5.0f64..70.0, -5.0f64..70.0], to in [-5.0f64..70.0, -5.0f64..70.0],
            spacing in [0.1f64..3.0, 0.1f64..3.0],
        ) {
            let slice = scan(Pixels::Hounsfield);
            let mut calipers = Calipers::new(0, from);
            calipers.mark(&slice, spacing);
            calipers.at = to;
            calipers.mark(&slice, spacing);
            if let Some(short) = calipers.short_mm(spacing) {
                prop_assert!(short > 0.0 && short <= calipers.long_mm(spacing).unwrap() + 1e-6);
                prop_assert_eq!(calipers.oblique_degrees(spacing), None);
            }
        }
    }
}
