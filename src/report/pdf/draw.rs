//! Drawing of marks on pages into the bytes of a PDF.

use std::collections::HashMap;

use krilla::Document as File;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::num::NormalizedF32;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph, Tag};

use super::flow::{Content, Mark, Page, Piece, Row};
use super::lettering::{Ink, Lettered};
use super::paper::SIDE;

/// Red, green and blue of lines and backgrounds.
const RULE: [u8; 3] = [190, 197, 204];
const GROUND: [u8; 3] = [236, 240, 245];
/// Thickness of a line in points.
const RULE_HEIGHT: f32 = 0.6;

fn colour(ink: Ink) -> rgb::Color {
    match ink {
        Ink::Text => rgb::Color::new(20, 24, 28),
        Ink::Muted => rgb::Color::new(88, 96, 104),
        Ink::Heading => rgb::Color::new(24, 66, 110),
        Ink::Preliminary => rgb::Color::new(148, 84, 0),
        Ink::Final => rgb::Color::new(22, 101, 52),
    }
}

fn fill(colour: rgb::Color) -> Fill {
    Fill {
        paint: colour.into(),
        opacity: NormalizedF32::ONE,
        ..Fill::default()
    }
}

/// Identity of a font in the file: its data, its index in the font file, and its axis settings.
type FontKey = (u64, u32, Vec<(u32, u32)>);

/// Fonts that are already in the file.
#[derive(Default)]
pub(super) struct FileFonts(HashMap<FontKey, Option<Font>>);

impl FileFonts {
    fn get(&mut self, run: &parley::layout::Run<'_, ()>) -> Option<Font> {
        let data = run.font().clone();
        let synthesis = run.synthesis();
        let axes = synthesis.variation_settings().iter();
        let axes: Vec<([u8; 4], f32)> = axes
            .map(|(tag, value)| (tag.to_be_bytes(), *value))
            .collect();
        let set = axes
            .iter()
            .map(|(tag, value)| (u32::from_be_bytes(*tag), value.to_bits()));
        let index = data.index;
        let (bytes, id) = data.data.into_raw_parts();
        let font = self.0.entry((id, index, set.collect()));
        font.or_insert_with(|| {
            let axes: Vec<(Tag, f32)> = axes
                .iter()
                .map(|(tag, value)| (Tag::new(tag), *value))
                .collect();
            Font::new_variable(bytes.into(), index, &axes)
        })
        .clone()
    }
}

/// Draws the marks of a page whose margins begin at `top`.
pub(super) fn page(
    surface: &mut Surface<'_>,
    fonts: &mut FileFonts,
    pieces: &[Piece],
    page: &Page,
    (top, measure): (f32, f32),
) {
    for mark in &page.marks {
        match mark {
            Mark::Ground { y, height } => {
                rectangle(surface, GROUND, (SIDE, top + y), (measure, *height));
            }
            Mark::Rule { y } => {
                rectangle(
                    surface,
                    RULE,
                    (SIDE, top + y - RULE_HEIGHT),
                    (measure, RULE_HEIGHT),
                );
            }
            Mark::Plate { piece, plate, x, y } => {
                draw_plate(surface, &pieces[*piece], *plate, (SIDE + x, top + y));
            }
            Mark::Lines {
                piece,
                row,
                cell,
                lines,
                y,
            } => {
                let (x, row) = row_of(&pieces[*piece], *row);
                if let Some(cell) = row.and_then(|row| row.cells.get(*cell)) {
                    let at = (SIDE + x + cell.x, top + y);
                    text(surface, fonts, &cell.text, lines.clone(), at);
                }
            }
        }
    }
}

/// A row of a piece, and its horizontal offset from the piece.
fn row_of(piece: &Piece, index: usize) -> (f32, Option<&Row>) {
    match &piece.content {
        Content::Row(row) => (0.0, Some(row)),
        Content::Beside { x, plates, rows } => match rows.get(index) {
            Some(row) => (0.0, Some(row)),
            None => (
                *x,
                plates.get(index - rows.len()).map(|plate| &plate.caption),
            ),
        },
    }
}

fn rectangle(
    surface: &mut Surface<'_>,
    [red, green, blue]: [u8; 3],
    (x, y): (f32, f32),
    (width, height): (f32, f32),
) {
    let mut path = PathBuilder::new();
    if let Some(bounds) = Rect::from_xywh(x, y, width, height) {
        path.push_rect(bounds);
    }
    if let Some(path) = path.finish() {
        surface.set_fill(Some(fill(rgb::Color::new(red, green, blue))));
        surface.draw_path(&path);
    }
}

/// Draws a black rectangle, such as a part of a code.
pub(super) fn black(surface: &mut Surface<'_>, at: (f32, f32), size: (f32, f32)) {
    rectangle(surface, [0, 0, 0], at, size);
}

fn draw_plate(surface: &mut Surface<'_>, piece: &Piece, index: usize, (x, y): (f32, f32)) {
    let Content::Beside { plates, .. } = &piece.content else {
        return;
    };
    let Some(plate) = plates.get(index) else {
        return;
    };
    if let (Some(image), Some(size)) = (&plate.image, Size::from_wh(plate.width, plate.height)) {
        surface.push_transform(&Transform::from_translate(x, y));
        surface.draw_image(image.clone(), size);
        surface.pop();
    }
}

/// Draws lines of a text at the upper left corner of the first one.
pub(super) fn text(
    surface: &mut Surface<'_>,
    fonts: &mut FileFonts,
    text: &Lettered,
    lines: std::ops::Range<usize>,
    (x, y): (f32, f32),
) {
    surface.set_fill(Some(fill(colour(text.look.ink))));
    let size = text.look.size;
    let mut shown = text.layout.lines().skip(lines.start).take(lines.len());
    let Some(top) = shown
        .clone()
        .next()
        .map(|line| line.metrics().block_min_coord)
    else {
        return;
    };
    for line in shown.by_ref() {
        let metrics = line.metrics();
        let baseline = y + metrics.baseline - top;
        let mut at = x + metrics.inline_min_coord + metrics.offset;
        for run in line.runs() {
            let start = at;
            let mut glyphs: Vec<KrillaGlyph> = Vec::new();
            for cluster in run.visual_clusters() {
                let range = cluster.text_range();
                if text.text.get(range.clone()) == Some("\n") {
                    continue;
                }
                if cluster.is_ligature_continuation() {
                    join(&mut glyphs, &range);
                    continue;
                }
                for glyph in cluster.glyphs() {
                    glyphs.push(KrillaGlyph::new(
                        GlyphId::new(glyph.id),
                        glyph.advance / size,
                        glyph.x / size,
                        glyph.y / size,
                        0.0,
                        range.clone(),
                        None,
                    ));
                    at += glyph.advance;
                }
            }
            if let Some(font) = fonts.get(&run).filter(|_| !glyphs.is_empty()) {
                let origin = Point::from_xy(start, baseline);
                surface.draw_glyphs(origin, &glyphs, font, &text.text, size, false);
            }
        }
    }
}

/// Assigns the remaining letters of a ligature to its glyphs.
fn join(glyphs: &mut [KrillaGlyph], range: &std::ops::Range<usize>) {
    let Some(last) = glyphs.last().map(|glyph| glyph.text_range.clone()) else {
        return;
    };
    for glyph in glyphs
        .iter_mut()
        .rev()
        .take_while(|glyph| glyph.text_range == last)
    {
        glyph.text_range = last.start.min(range.start)..last.end.max(range.end);
    }
}

/// A new file with its metadata.
pub(super) fn file(title: &str, made_at: jiff::Timestamp) -> File {
    use krilla::metadata::{DateTime, Metadata};
    let at = made_at.to_zoned(jiff::tz::TimeZone::UTC);
    let small = |number: i8| u8::try_from(number).unwrap_or(0);
    let made = DateTime::new(u16::try_from(at.year()).unwrap_or(0))
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    let mut file = File::new();
    file.set_metadata(
        Metadata::new()
            .title(title.to_owned())
            .creator(concat!("LUNNY ", env!("CARGO_PKG_VERSION")).to_owned())
            .producer("LUNNY".to_owned())
            .language("en".to_owned())
            .creation_date(made),
    );
    file
}
