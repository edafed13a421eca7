//! Reasons why the gate refuses a scan.

use super::picture;

/// Reason why a scan is not an axial chest CT slice, in one sentence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error("the file states no modality; only CT is analysed")]
    NoModality,
    #[error("the file's modality is {0}; only CT is analysed")]
    Modality(String),
    #[error("the file is a localizer (an overview for planning), not a slice")]
    Localizer,
    #[error("the file shows the body part {0}; only the chest is analysed")]
    BodyPart(String),
    #[error(
        "the slice is tilted by {degrees:.0}° from the axial plane; only axial slices are analysed"
    )]
    Tilted { degrees: f64 },
    #[error("the picture is {width} × {height} pixels; each side needs at least {least}")]
    Small { width: u32, height: u32, least: u32 },
    #[error(
        "the picture is {width} × {height} pixels, which is too long or too tall for an axial chest slice"
    )]
    Shape { width: u32, height: u32 },
    #[error("the picture is coloured, like a photograph or screenshot; a CT slice is grey")]
    Coloured,
    #[error("{count} pixels are not {width} × {height}, so the picture is broken")]
    Broken {
        count: usize,
        width: usize,
        height: usize,
    },
    #[error("the picture is nearly blank, so it cannot be analysed; choose another file")]
    Blank,
    #[error(
        "the picture is nearly all white, like a document; only axial chest CT slices are analysed"
    )]
    White,
    #[error("the picture is noise; only axial chest CT slices are analysed")]
    Noise,
    #[error("no body was found in the slice; only axial chest CT slices are analysed")]
    NoBody,
    #[error(
        "no lungs were found, and the body part is {side_mm:.0} mm long, like a head or a limb; only axial chest CT \
         slices are analysed"
    )]
    ShortBody { side_mm: f64 },
    #[error("no lungs were found; only axial chest CT slices are analysed")]
    NoLungs,
    #[error(transparent)]
    Picture(#[from] picture::Refusal),
}
