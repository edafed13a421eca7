//! Letters as a PDF: each begins on a page of its own, with the address where an envelope has its window.

use jiff::Timestamp;

use super::draw::{self, FileFonts};
use super::flow::fitting;
use super::lettering::{Ink, Lettered, Lettering, Look};
use super::paper::{EDGE, SIDE};
use super::{Fonts, Paper, Pdf, PdfError, finished, page_settings};

/// Distance of the address from the upper edge, in points: the window of DIN 5008 form B, which begins at 45 mm and has a
/// line for the sender first.
const ADDRESS: f32 = 145.0;
/// Distance of the date, below the window.
const DATE: f32 = 265.0;
/// Distance of the text on the first page.
const BODY: f32 = 295.0;
/// White below the text.
const FOOT: f32 = 60.0;

const TEXT: Look = Look {
    size: 11.0,
    is_bold: false,
    ink: Ink::Text,
};
const SENDER: Look = Look {
    size: 13.0,
    is_bold: true,
    ink: Ink::Heading,
};

/// One letter. Text is as stored: it is scrubbed where it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub sender: String,
    /// The name, and the lines of the address.
    pub address: String,
    pub dated: String,
    pub body: String,
}

/// The letters one after the other in one file.
///
/// # Errors
/// [`PdfError::Write`] when a font cannot be embedded.
pub fn letters(
    letters: &[Letter],
    paper: Paper,
    fonts: Fonts,
    made_at: Timestamp,
) -> Result<Pdf, PdfError> {
    let mut lettering = Lettering::new(fonts);
    let (_, height) = paper.size();
    let measure = paper.measure();
    let mut file = draw::file("Letters", made_at);
    let mut fonts = FileFonts::default();
    let mut begins = Vec::new();
    for (index, letter) in letters.iter().enumerate() {
        let sender = lettering.letter(&letter.sender, SENDER, measure);
        let address = lettering.letter(&letter.address, TEXT, measure / 2.0);
        let dated = lettering.letter(&letter.dated, TEXT, measure);
        let body = lettering.letter(&letter.body, TEXT, measure);
        let mut line = 0;
        let mut is_first = true;
        while is_first || line < body.layout.len() {
            let mut sheet = file.start_page_with(page_settings(paper)?);
            let mut surface = sheet.surface();
            let mut put = |text: &Lettered, lines: std::ops::Range<usize>, y: f32| {
                draw::text(&mut surface, &mut fonts, text, lines, (SIDE, y));
            };
            put(&sender, 0..sender.layout.len(), EDGE);
            let top = match is_first {
                true => {
                    put(&address, 0..address.layout.len(), ADDRESS);
                    let below_address = ADDRESS + address.height() + TEXT.size;
                    let date = below_address.max(DATE);
                    put(&dated, 0..dated.layout.len(), date);
                    (date + dated.height() + TEXT.size).max(BODY)
                }
                false => EDGE + sender.height() + 2.0 * TEXT.size,
            };
            // At least a line, so that no text is too long for its paper.
            let end = fitting(&body, line, height - FOOT - top).max(line + 1);
            let end = end.min(body.layout.len());
            put(&body, line..end, top);
            begins.push((index, line as f32 / body.layout.len().max(1) as f32));
            line = end;
            is_first = false;
            surface.finish();
            sheet.finish();
        }
    }
    finished(file, begins, &lettering)
}
