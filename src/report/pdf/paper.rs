//! Sheets of paper, in points of 1/72 inch.

/// A size of paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Paper {
    /// 210 × 297 mm (ISO 216).
    #[default]
    A4,
    /// 8.5 × 11 inches (ANSI A).
    Letter,
}

/// Left and right margin.
pub(super) const SIDE: f32 = 50.0;
/// Upper and lower margin; printers cannot print nearer than 18 to the edge.
pub(super) const EDGE: f32 = 30.0;

impl Paper {
    /// In the order of the form.
    pub const ALL: [Self; 2] = [Self::A4, Self::Letter];

    /// The word in scripts and for `lp`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::Letter => "letter",
        }
    }

    /// The word shown to the user.
    pub fn label(self) -> &'static str {
        match self {
            Self::A4 => "A4",
            Self::Letter => "Letter",
        }
    }

    /// Parses the word written by [`Paper::as_str`], in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|paper| paper.as_str().eq_ignore_ascii_case(word.trim()))
    }

    /// Width and height in points.
    pub fn size(self) -> (f32, f32) {
        match self {
            Self::A4 => (595.276, 841.89),
            Self::Letter => (612.0, 792.0),
        }
    }

    /// Width between the margins, in points.
    pub(super) fn measure(self) -> f32 {
        self.size().0 - 2.0 * SIDE
    }
}
