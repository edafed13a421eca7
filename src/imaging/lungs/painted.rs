//! Slices painted from ellipses, for tests.

use super::{LungMask, NoLungs, find};

/// A slice that is painted part by part; positions in mm from its centre, row first.
#[derive(Clone)]
pub(crate) struct Slice {
    pub(crate) hounsfield: Vec<i16>,
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) spacing_mm: [f32; 2],
}

/// Positions of the parts of [`Slice::chest`].
pub(crate) const RIGHT_LUNG: [f32; 2] = [0.0, -75.0];
pub(crate) const LEFT_LUNG: [f32; 2] = [0.0, 75.0];
pub(crate) const LUNG_HALF: [f32; 2] = [80.0, 55.0];
pub(crate) const TRACHEA: [f32; 2] = [10.0, 0.0];

impl Slice {
    pub(crate) fn of_air(width: usize, height: usize, spacing_mm: [f32; 2]) -> Self {
        Self {
            hounsfield: vec![-1000; width * height],
            width,
            height,
            spacing_mm,
        }
    }

    pub(crate) fn usual() -> Self {
        Self::of_air(512, 512, [0.7; 2])
    }

    /// A body with its table and trachea, without lungs.
    pub(crate) fn trunk(mut self) -> Self {
        self.ellipse([128.0, 0.0], [14.0, 170.0], 0);
        self.ellipse([128.0, 0.0], [11.0, 167.0], -930);
        self.ellipse([0.0, 0.0], [108.0, 150.0], 40);
        self.ellipse([62.0, 0.0], [15.0, 18.0], 350);
        self.ellipse(TRACHEA, [9.0, 9.0], -1000);
        self
    }

    pub(crate) fn lung(&mut self, centre: [f32; 2], hounsfield: i16) {
        self.ellipse(centre, LUNG_HALF, hounsfield);
        for number in 0..20_u8 {
            let (sine, cosine) = (f32::from(number) * 2.4).sin_cos();
            let far = f32::from(number) * 2.4;
            self.ellipse(
                [centre[0] + far * sine, centre[1] + far * cosine],
                [2.5, 2.0],
                30,
            );
        }
    }

    pub(crate) fn lungs(mut self) -> Self {
        self.lung(RIGHT_LUNG, -850);
        self.lung(LEFT_LUNG, -850);
        self
    }

    pub(crate) fn chest() -> Self {
        Self::usual().trunk().lungs()
    }

    /// Paints the positions where `is_inside` is true.
    pub(crate) fn paint(&mut self, is_inside: impl Fn([f32; 2]) -> bool, hounsfield: i16) {
        for place in 0..self.hounsfield.len() {
            let pixel = [place / self.width, place % self.width];
            let sides = [self.height, self.width];
            let mm = [0, 1].map(|axis| {
                (pixel[axis] as f32 + 0.5 - sides[axis] as f32 / 2.0) * self.spacing_mm[axis]
            });
            if is_inside(mm) {
                self.hounsfield[place] = hounsfield;
            }
        }
    }

    pub(crate) fn ellipse(&mut self, centre: [f32; 2], half: [f32; 2], hounsfield: i16) {
        self.paint(|mm| level(mm, centre, half) <= 1.0, hounsfield);
    }

    /// Adds deterministic noise with about this standard deviation.
    pub(crate) fn noise(mut self, deviation: f32) -> Self {
        let mut state = 1_u64;
        for value in &mut self.hounsfield {
            let mut sum = 0.0;
            for _ in 0..4 {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                sum += (state >> 40) as f32 / (1 << 24) as f32 - 0.5;
            }
            *value = (f32::from(*value) + sum * deviation * 1.73).max(-1024.0) as i16;
        }
        self
    }

    /// The part of the slice between two columns, from 0 to 1 over its width.
    pub(crate) fn columns(self, from: f32, to: f32) -> Self {
        let [from, to] = [from, to].map(|share| (share * self.width as f32) as usize);
        let rows = self.hounsfield.chunks_exact(self.width);
        Self {
            hounsfield: rows.flat_map(|row| &row[from..to]).copied().collect(),
            width: to - from,
            ..self
        }
    }

    pub(crate) fn find(&self) -> Result<Found<'_>, NoLungs> {
        let Self {
            hounsfield,
            width,
            height,
            spacing_mm,
        } = self;
        let mask = find(hounsfield, *width, *height, Some(*spacing_mm))?;
        Ok(Found { mask, slice: self })
    }
}

pub(crate) fn level(mm: [f32; 2], centre: [f32; 2], half: [f32; 2]) -> f32 {
    let part = |axis: usize| (mm[axis] - centre[axis]) / half[axis];
    part(0).hypot(part(1))
}

pub(crate) struct Found<'a> {
    pub(crate) mask: LungMask,
    slice: &'a Slice,
}

impl Found<'_> {
    /// Share of an ellipse, within the picture, that the mask contains.
    pub(crate) fn share(&self, centre: [f32; 2], half: [f32; 2]) -> f32 {
        let mut marked = self.slice.clone();
        marked.hounsfield.fill(0);
        marked.ellipse(centre, half, 1);
        let places = marked
            .hounsfield
            .iter()
            .enumerate()
            .filter(|(_, value)| **value == 1);
        let (mut all, mut inside) = (0, 0);
        for (place, _) in places {
            all += 1;
            inside += usize::from(
                self.mask
                    .contains(place / self.slice.width, place % self.slice.width),
            );
        }
        inside as f32 / all as f32
    }

    #[track_caller]
    pub(crate) fn expect_lungs(&self, centres: &[[f32; 2]]) {
        for &centre in centres {
            let share = self.share(centre, LUNG_HALF);
            assert!(share > 0.97, "{share} of the lung at {centre:?}");
        }
        let spine = self.share([62.0, 0.0], [12.0, 12.0]);
        assert!(spine < 0.3, "{spine} of the spine");
    }
}
