//! Labels for folders, tubes and films: one on each page, as large as the label of a label printer, with the patient's name, date of
//! birth and number, and the number as a QR code for a barcode reader.

use jiff::Timestamp;
use jiff::civil::Date;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use qrcode::{Color, EcLevel, QrCode};

use super::draw::{self, FileFonts};
use super::lettering::{Ink, Lettering, Look};
use super::{Fonts, Pdf, PdfError};

/// Points in a millimetre.
const POINTS: f32 = 72.0 / 25.4;
/// Unprinted edge of a label, and space between text and code, in millimetres.
const EDGE: f32 = 2.5;
/// Largest and smallest size of the name, in points; a long name is set smaller, and below that cut.
const NAME_SIZES: [f32; 6] = [14.0, 12.0, 10.0, 9.0, 8.0, 7.0];
/// Sizes of the lines under the name relative to it, with their limits in points.
const SMALLER: f32 = 0.85;
const SMALLEST: f32 = 7.0;

/// Size of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum LabelSize {
    /// 62 × 29 mm.
    #[default]
    Small,
    /// 89 × 36 mm.
    Medium,
    /// 100 × 50 mm.
    Large,
}

impl LabelSize {
    /// In the order of the form.
    pub const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    /// The word in scripts: width and height in millimetres.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Small => "62x29",
            Self::Medium => "89x36",
            Self::Large => "100x50",
        }
    }

    /// The size as shown to the user.
    pub fn label(self) -> &'static str {
        match self {
            Self::Small => "62 × 29 mm",
            Self::Medium => "89 × 36 mm",
            Self::Large => "100 × 50 mm",
        }
    }

    /// The size in the notation of CUPS.
    pub fn media(self) -> &'static str {
        match self {
            Self::Small => "Custom.62x29mm",
            Self::Medium => "Custom.89x36mm",
            Self::Large => "Custom.100x50mm",
        }
    }

    /// Width and height in points.
    fn points(self) -> (f32, f32) {
        let (width, height) = match self {
            Self::Small => (62.0, 29.0),
            Self::Medium => (89.0, 36.0),
            Self::Large => (100.0, 50.0),
        };
        (width * POINTS, height * POINTS)
    }
}

/// Text of one label. As stored: it is scrubbed where it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub full_name: String,
    pub date_of_birth: Option<Date>,
    pub number: String,
}

/// The labels one after the other in one file.
///
/// # Errors
/// [`PdfError::Write`] when a font cannot be embedded, or a number is too long for a QR code.
pub fn labels(
    labels: &[Label],
    size: LabelSize,
    fonts: Fonts,
    made_at: Timestamp,
) -> Result<Pdf, PdfError> {
    let mut lettering = Lettering::new(fonts);
    let mut file = draw::file("Labels", made_at);
    let mut fonts = FileFonts::default();
    let (width, height) = size.points();
    for label in labels {
        let settings = PageSettings::from_wh(width, height)
            .ok_or_else(|| PdfError::Write("the label has no size".into()))?;
        let mut sheet = file.start_page_with(settings);
        let mut surface = sheet.surface();
        draw_label(
            &mut surface,
            &mut fonts,
            &mut lettering,
            label,
            (width, height),
        )?;
        surface.finish();
        sheet.finish();
    }
    let bytes = file.finish();
    Ok(Pdf {
        bytes: bytes.map_err(|error| PdfError::Write(error.to_string()))?,
        pages: (0..labels.len()).map(|index| (index, 0.0)).collect(),
        lacking: lettering.lacking_scripts(),
    })
}

fn draw_label(
    surface: &mut Surface<'_>,
    fonts: &mut FileFonts,
    lettering: &mut Lettering,
    label: &Label,
    (width, height): (f32, f32),
) -> Result<(), PdfError> {
    let edge = EDGE * POINTS;
    let room = height - 2.0 * edge;
    let measure = width - room - 3.0 * edge;
    draw_code(surface, &label.number, (width - edge - room, edge), room)?;
    let born = match label.date_of_birth {
        Some(born) => format!("born {born}"),
        None => String::new(),
    };
    // The largest size in which everything fits; in the smallest, the name is cut instead of number and date.
    for (index, size) in NAME_SIZES.into_iter().enumerate() {
        let is_last = index + 1 == NAME_SIZES.len();
        let look = |size: f32, is_bold| Look {
            size,
            is_bold,
            ink: Ink::Text,
        };
        let small = (size * SMALLER).max(SMALLEST);
        let name = lettering.letter(&label.full_name, look(size, true), measure);
        let number = lettering.letter(&label.number, look(small, true), measure);
        let born = lettering.letter(&born, look(small, false), measure);
        let left = room - number.height() - born.height();
        let fits = name.height() <= left && number.layout.len() == 1;
        if !fits && !is_last {
            continue;
        }
        let shown = name
            .lines()
            .take_while(|(_, bottom)| *bottom <= left)
            .count();
        let shown = shown.max(1).min(name.layout.len());
        let below = name
            .lines()
            .nth(shown - 1)
            .map_or(0.0, |(_, bottom)| bottom);
        let mut put = |text: &super::Lettered, lines: std::ops::Range<usize>, y: f32| {
            draw::text(surface, fonts, text, lines, (edge, y));
        };
        put(&name, 0..shown, edge);
        put(&born, 0..born.layout.len(), edge + below);
        put(
            &number,
            0..number.layout.len(),
            edge + room - number.height(),
        );
        break;
    }
    Ok(())
}

/// Draws the QR code of a text into a square. Its quiet zone is the white around it and two modules within.
fn draw_code(
    surface: &mut Surface<'_>,
    text: &str,
    (x, y): (f32, f32),
    side: f32,
) -> Result<(), PdfError> {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M);
    let code = code.map_err(|error| PdfError::Write(format!("no code of the number: {error}")))?;
    let modules = code.width();
    let module = side / (modules + 4) as f32;
    let at = |place: usize| (place + 2) as f32 * module;
    for row in 0..modules {
        let mut column = 0;
        while column < modules {
            let is_dark = |column: usize| column < modules && code[(column, row)] == Color::Dark;
            let run = (column..modules)
                .take_while(|&column| is_dark(column))
                .count();
            if run > 0 {
                let area = (run as f32 * module, module);
                draw::black(surface, (x + at(column), y + at(row)), area);
            }
            column += run.max(1);
        }
    }
    Ok(())
}
