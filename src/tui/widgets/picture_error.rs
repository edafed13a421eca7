//! Reasons why no picture can be drawn on the terminal.

use crate::imaging::ImagingError;

/// Reason why a picture was not painted or not encoded for the terminal.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The slice was not decoded.
    #[error(transparent)]
    Scan(#[from] ImagingError),
    #[error(
        "this slice is smaller than its series states; look at another one, or export the series again"
    )]
    OutsideSlice,
    #[error("the pixels of the slice do not fill its width and height; export the file again")]
    Incomplete,
    #[error(
        "the picture cannot be encoded for this terminal ({0}); set graphics = \"halfblocks\" in config.toml"
    )]
    Encoder(#[from] ratatui_image::errors::Errors),
}
