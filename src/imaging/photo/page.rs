//! Draws the first page of a PDF file.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::LONGEST_SIDE;

/// Maximum size of a PDF file, in bytes.
pub(super) const MOST_PDF_BYTES: usize = 32 << 20;

/// Why a page was not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum PageFault {
    #[error("the file is larger than {} MB", MOST_PDF_BYTES >> 20)]
    TooLarge,
    #[error("the file is damaged or locked by a password")]
    Unreadable,
    #[error("the file has no page")]
    NoPage,
    #[error("the page has no valid size")]
    NoSize,
    #[error("the file is damaged")]
    Damaged,
    #[error("it takes too long")]
    TooLong,
    #[error("it is damaged, or takes more memory than a page may")]
    Ended,
    #[error("no thread could be started to draw it")]
    NotStarted,
}

/// The first page, its longer side of [`LONGEST_SIDE`] pixels.
pub(super) fn draw(bytes: Vec<u8>) -> Result<RgbImage, PageFault> {
    let pdf = Pdf::new(bytes).map_err(|_| PageFault::Unreadable)?;
    let page = pdf.pages().first().ok_or(PageFault::NoPage)?;
    let (width, height) = page.render_dimensions();
    let scale = LONGEST_SIDE as f32 / width.max(height);
    let is_drawable = |side: f32| side.is_finite() && side * scale >= 1.0;
    if !is_drawable(width) || !is_drawable(height) {
        return Err(PageFault::NoSize);
    }
    let pixmap = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &PixmapSettings {
            x_scale: scale,
            y_scale: scale,
            bg_color: WHITE,
        },
    );
    let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    let levels = pixmap.data_as_u8_slice().chunks_exact(4);
    let levels = levels
        .flat_map(|pixel| pixel.iter().take(3).copied())
        .collect();
    RgbImage::from_raw(width, height, levels).ok_or(PageFault::Damaged)
}
