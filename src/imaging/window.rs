//! Hounsfield units to grey levels.

/// A display window: which Hounsfield units become black, which become white.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub centre_hu: i32,
    pub width_hu: i32,
}

impl Window {
    /// What the network sees, always, whatever window a file suggests. Close to the settings that the
    /// training slices were saved with.
    pub const MODEL: Self = Self {
        centre_hu: 50,
        width_hu: 1200,
    };

    /// Grey levels 0 to 255 by DICOM's LINEAR function (PS3.3 C.11.2.1.2.1): black up to
    /// `c - 0.5 - (w - 1) / 2`, white above `c - 0.5 + (w - 1) / 2`.
    pub fn apply(self, hounsfield: &[i16]) -> Vec<u8> {
        let centre = f32::from(self.centre_hu as i16) - 0.5;
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
