//! Hounsfield units to grey levels.

/// A display window: the Hounsfield units that become black and white.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub centre_hu: i32,
    pub width_hu: i32,
}

impl Window {
    /// The window of the network's input, whatever window a file suggests.
    ///
    /// From 0 to 399 HU, since fat is black in nearly all training slices. With it, axial slices of other
    /// scanners have 1.0 to 1.4 times the out-of-distribution distance of held-out cases; with a width of 1200
    /// around 50, 2.7 to 5.5 times.
    pub const MODEL: Self = Self {
        centre_hu: 200,
        width_hu: 400,
    };

    /// Grey levels 0 to 255 by DICOM's LINEAR function (PS3.3 C.11.2.1.2.1): black up to
    /// `c - 0.5 - (w - 1) / 2`, white above `c - 0.5 + (w - 1) / 2`.
    pub fn apply(self, hounsfield: &[i16]) -> Vec<u8> {
        let centre = self.centre_hu as f32 - 0.5;
        let width = (self.width_hu.max(2) - 1) as f32;
        hounsfield
            .iter()
            .map(|&value| {
                let level = ((f32::from(value) - centre) / width + 0.5) * 255.0;
                level.round().clamp(0.0, 255.0) as u8
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_where_the_standard_requires() {
        // PS3.3 C.11.2.1.2.1, example: centre 2048, width 4096 maps 0 to black and 4095 to white.
        let window = Window {
            centre_hu: 2048,
            width_hu: 4096,
        };
        assert_eq!(window.apply(&[-1, 0, 4095, 4096]), [0, 0, 255, 255]);
        // One step of 4096 is a sixteenth of a grey level; the first that rounds up is the eighth.
        assert_eq!(window.apply(&[8, 9, 4086, 4087]), [0, 1, 254, 255]);
    }

    #[test]
    fn the_models_window_extends_from_0_to_399() {
        let levels = Window::MODEL.apply(&[-1024, 0, 1, 200, 398, 399, 3071]);
        assert_eq!(levels, [0, 0, 1, 128, 254, 255, 255]);
    }

    #[test]
    fn a_window_of_no_width_is_a_step() {
        let window = Window {
            centre_hu: 40,
            width_hu: 0,
        };
        assert_eq!(window.apply(&[38, 39, 40, 41]), [0, 0, 255, 255]);
    }
}
