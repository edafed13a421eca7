//! A patient's record as a PDF: pages that look the same on every printer, with text that can be found and copied.
//!
//! The content of the pages comes from [`super::document`]; this module lays it out. Only the used parts of fonts are embedded.
//! Equal documents make equal files with the same fonts.

mod blocks;
mod draw;
mod faces;
mod flow;
mod label;
mod letter;
mod lettering;
mod paper;
mod pictures;
mod scripts;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::surface::Surface;

use self::blocks::{FOOT, HEAD};
use self::draw::FileFonts;
pub use self::faces::Fonts;
use self::flow::{Mark, Page, Piece};
pub use self::label::{Label, LabelSize, labels};
pub use self::letter::{Letter, letters};
use self::lettering::{Ink, Lettered, Lettering, Look};
pub use self::paper::Paper;
use self::paper::{EDGE, SIDE};
use super::document::{self, Document, Part, SignatureStatus};
use super::record::RecordReport;
use crate::clinical::report::DISCLAIMER;
use crate::text::scrub;

/// Space between the head or the foot of a page and the text, in points.
const MARGIN_GAP: f32 = 12.0;

/// A finished file.
#[derive(Debug, Clone, PartialEq)]
pub struct Pdf {
    pub bytes: Vec<u8>,
    /// The start of each page: a part of the document, and the share of it on earlier pages, in [0, 1].
    pub pages: Vec<(usize, f32)>,
    /// Scripts that no font could draw; the pages name them, and show their characters by number.
    pub lacking: BTreeSet<&'static str>,
}

/// Reason why no PDF could be made.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    #[error("the PDF could not be created: {0}; save the record as text instead")]
    Write(String),
}

/// The record as a PDF.
///
/// # Errors
/// [`PdfError::Write`] if a font or a picture cannot be embedded.
pub fn render(report: &RecordReport, paper: Paper, fonts: Fonts) -> Result<Pdf, PdfError> {
    draw(&document::document(report), paper, fonts)
}

/// The document as a PDF.
///
/// # Errors
/// As [`render`].
pub fn draw(document: &Document, paper: Paper, fonts: Fonts) -> Result<Pdf, PdfError> {
    let mut lettering = Lettering::new(fonts);
    let measure = paper.measure();
    let (width, height) = paper.size();
    let margin = Margin::new(document, &mut lettering, measure);
    let top = EDGE + margin.head_height() + MARGIN_GAP;
    let room = height - top - margin.foot_height() - MARGIN_GAP - EDGE;
    let pieces = blocks::pieces(document, &mut lettering, (measure, room));
    let pages = flow::paginate(&pieces, room);

    let title = scrub(&format!("{}, {}", document.title, document.subject)).into_owned();
    let mut file = draw::file(&title, document.made_at);
    let mut fonts = FileFonts::default();
    for (index, page) in pages.iter().enumerate() {
        let mut sheet = file.start_page_with(page_settings(paper)?);
        let mut surface = sheet.surface();
        draw::page(&mut surface, &mut fonts, &pieces, page, (top, measure));
        let number = format!("Page {} of {}", index + 1, pages.len());
        let number = lettering.letter(&number, FOOT, measure);
        margin.draw(&mut surface, &mut fonts, &number, (width, height));
        surface.finish();
        sheet.finish();
    }
    file.set_outline(outline(document, &pieces, &pages, top));
    let begins = pages.iter().map(|page| page.begins).collect();
    finished(file, begins, &lettering)
}

fn page_settings(paper: Paper) -> Result<PageSettings, PdfError> {
    let (width, height) = paper.size();
    PageSettings::from_wh(width, height)
        .ok_or_else(|| PdfError::Write("the paper has no size".into()))
}

/// Writes the file out. `pages` is the start of each page, as in [`Pdf::pages`].
fn finished(
    file: krilla::Document,
    pages: Vec<(usize, f32)>,
    lettering: &Lettering,
) -> Result<Pdf, PdfError> {
    let bytes = file.finish();
    Ok(Pdf {
        bytes: bytes.map_err(|error| PdfError::Write(error.to_string()))?,
        pages,
        lacking: lettering.lacking_scripts(),
    })
}

/// The head and the foot of every page.
struct Margin {
    hospital: Lettered,
    /// `PRELIMINARY` or `FINAL`.
    standing: Option<Lettered>,
    subject: Lettered,
    disclaimer: Lettered,
}

impl Margin {
    fn new(document: &Document, lettering: &mut Lettering, measure: f32) -> Self {
        let standing = Look {
            ink: match document.standing {
                SignatureStatus::Final => Ink::Final,
                SignatureStatus::Preliminary | SignatureStatus::NoExam => Ink::Preliminary,
            },
            ..HEAD
        };
        let word = document.standing.word();
        Self {
            hospital: lettering.letter(&document.hospital, HEAD, measure * 0.75),
            standing: word.map(|word| lettering.letter(word, standing, measure * 0.25)),
            subject: lettering.letter(&document.subject, FOOT, measure * 0.8),
            disclaimer: lettering.letter(DISCLAIMER, FOOT, measure),
        }
    }

    fn head_height(&self) -> f32 {
        let standing = self.standing.as_ref().map_or(0.0, Lettered::height);
        self.hospital.height().max(standing)
    }

    fn foot_height(&self) -> f32 {
        self.subject.height() + self.disclaimer.height()
    }

    fn draw(
        &self,
        surface: &mut Surface<'_>,
        fonts: &mut FileFonts,
        number: &Lettered,
        (width, height): (f32, f32),
    ) {
        let mut put = |text: &Lettered, x: f32, y: f32| {
            draw::text(surface, fonts, text, 0..text.layout.len(), (x, y));
        };
        let right = |text: &Lettered| width - SIDE - text.layout.width();
        put(&self.hospital, SIDE, EDGE);
        if let Some(standing) = &self.standing {
            put(standing, right(standing), EDGE);
        }
        let foot = height - EDGE - self.foot_height();
        put(&self.subject, SIDE, foot);
        put(number, right(number), foot);
        put(&self.disclaimer, SIDE, foot + self.subject.height());
    }
}

/// Bookmarks of the headings.
fn outline(document: &Document, pieces: &[Piece], pages: &[Page], top: f32) -> Outline {
    let mut outline = Outline::new();
    for (index, page) in pages.iter().enumerate() {
        for mark in &page.marks {
            let Mark::Lines {
                piece, lines, y, ..
            } = mark
            else {
                continue;
            };
            let heading = pieces.get(*piece).filter(|piece| piece.is_heading);
            let part = heading.and_then(|piece| document.parts.get(piece.part));
            if let (Some(Part::Heading(words)), 0) = (part, lines.start) {
                let at = XyzDestination::new(index, Point::from_xy(0.0, top + y));
                outline.push_child(OutlineNode::new(scrub(words).into_owned(), at));
            }
        }
    }
    outline
}
