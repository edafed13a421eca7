//! Renders a drawing as PNG, with an embedded font.

use tiny_skia::{
    FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, StrokeDash, Transform,
};
use ttf_parser::{Face, FaceParsingError, OutlineBuilder};

use super::drawing::{Anchor, Colour, Drawing, Mark, Point, Stroke, Text};

/// Number of pixels in a point: sharp on dense screens and in print.
const SCALE: f32 = 2.0;
/// Maximum width and height of a plot, in points.
const LARGEST: f32 = 4000.0;

/// Reasons why a drawing has no PNG file.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    #[error("the picture has no size")]
    Size,
    #[error("the picture is incomplete")]
    Incomplete,
    #[error("the built-in font cannot be read: {0}")]
    Font(#[from] FaceParsingError),
    #[error(transparent)]
    Encoding(#[from] image::ImageError),
}

/// The bytes of a PNG file.
///
/// # Errors
/// The drawing has no size, or its pixels cannot be encoded.
pub fn encode(drawing: &Drawing) -> Result<Vec<u8>, DrawError> {
    let [width, height] =
        [drawing.width, drawing.height].map(|side| (side.clamp(1.0, LARGEST) * SCALE) as u32);
    let mut pixels = Pixmap::new(width, height).ok_or(DrawError::Size)?;
    pixels.fill(paint_colour(Colour::WHITE));
    let fonts = Fonts::new()?;
    for mark in &drawing.marks {
        lay_down(mark, &mut pixels, &fonts);
    }
    // Everything is opaque on white, so colours need no division by their opacity.
    let opaque: Vec<u8> = (pixels.pixels().iter())
        .flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()])
        .collect();
    let picture = image::RgbImage::from_raw(width, height, opaque);
    let mut png = std::io::Cursor::new(Vec::new());
    (picture.ok_or(DrawError::Incomplete)?).write_to(&mut png, image::ImageFormat::Png)?;
    Ok(png.into_inner())
}

fn lay_down(mark: &Mark, pixels: &mut Pixmap, fonts: &Fonts) {
    match mark {
        Mark::Line { points, stroke } => draw_stroke(pixels, polygon(points, false), stroke),
        Mark::Area { points, fill } => draw_fill(pixels, polygon(points, true), *fill),
        Mark::Circle {
            centre: (x, y),
            radius,
            fill,
            edge,
        } => {
            let circle = || PathBuilder::from_circle(*x, *y, *radius);
            draw_fill(pixels, circle(), *fill);
            draw_stroke(pixels, circle(), edge);
        }
        Mark::Text(text) => {
            let outline = fonts.outline(text);
            if text.rimmed {
                draw_stroke(pixels, outline.clone(), &Text::RIM);
            }
            draw_fill(pixels, outline, text.colour);
        }
    }
}

fn polygon(points: &[Point], closed: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (index, &(x, y)) in points.iter().enumerate() {
        match index {
            0 => path.move_to(x, y),
            _ => path.line_to(x, y),
        }
    }
    if closed {
        path.close();
    }
    path.finish()
}

/// Shapes without an outline, such as a line of one point or a text of spaces, are not drawn.
fn draw_fill(pixels: &mut Pixmap, path: Option<Path>, colour: Colour) {
    if let Some(path) = path {
        let scale = Transform::from_scale(SCALE, SCALE);
        pixels.fill_path(&path, &paint(colour), FillRule::Winding, scale, None);
    }
}

fn draw_stroke(pixels: &mut Pixmap, path: Option<Path>, stroke: &Stroke) {
    let Some(path) = path else { return };
    let dash = stroke.dashed.then(|| StrokeDash::new(vec![5.0, 4.0], 0.0));
    let line = tiny_skia::Stroke {
        width: stroke.width,
        line_cap: LineCap::Butt,
        line_join: LineJoin::Round,
        dash: dash.flatten(),
        ..tiny_skia::Stroke::default()
    };
    let scale = Transform::from_scale(SCALE, SCALE);
    pixels.stroke_path(&path, &paint(stroke.colour), &line, scale, None);
}

fn paint_colour(colour: Colour) -> tiny_skia::Color {
    let [red, green, blue] = colour.rgb;
    let alpha = (colour.opacity.clamp(0.0, 1.0) * 255.0).round() as u8;
    tiny_skia::Color::from_rgba8(red, green, blue, alpha)
}

fn paint(colour: Colour) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(paint_colour(colour));
    paint.anti_alias = true;
    paint
}

struct Fonts {
    regular: Face<'static>,
    bold: Face<'static>,
}

impl Fonts {
    fn new() -> Result<Self, DrawError> {
        Ok(Self {
            regular: Face::parse(dejavu::sans::regular(), 0)?,
            bold: Face::parse(dejavu::sans::bold(), 0)?,
        })
    }

    /// The outlines of all letters of a text, at its position. A letter that the font lacks is drawn as the
    /// font's box.
    fn outline(&self, text: &Text) -> Option<Path> {
        let face = if text.bold { &self.bold } else { &self.regular };
        let scale = text.size / f32::from(face.units_per_em());
        let glyphs: Vec<_> = (text.text.chars())
            .map(|letter| face.glyph_index(letter).unwrap_or_default())
            .collect();
        let advance = |glyph| f32::from(face.glyph_hor_advance(glyph).unwrap_or_default()) * scale;
        let width: f32 = glyphs.iter().copied().map(advance).sum();
        let mut along = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -0.5 * width,
            Anchor::End => -width,
        };
        let mut outline = GlyphOutline {
            path: PathBuilder::new(),
            along,
            scale,
        };
        for glyph in glyphs {
            outline.along = along;
            face.outline_glyph(glyph, &mut outline);
            along += advance(glyph);
        }
        let (x, y) = text.at;
        let turn = if text.upright { -90.0 } else { 0.0 };
        let place = Transform::from_rotate(turn).post_translate(x, y);
        outline.path.finish()?.transform(place)
    }
}

/// Converts a glyph's outline, in font units upwards, to a position on the baseline.
struct GlyphOutline {
    path: PathBuilder,
    along: f32,
    scale: f32,
}

impl GlyphOutline {
    fn place(&self, x: f32, y: f32) -> Point {
        (self.along + x * self.scale, -y * self.scale)
    }
}

impl OutlineBuilder for GlyphOutline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2)) = (self.place(x1, y1), self.place(x2, y2));
        let (x, y) = self.place(x, y);
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grey levels, and the picture's width.
    fn pixels(drawing: &Drawing) -> image::GrayImage {
        image::load_from_memory(&encode(drawing).unwrap())
            .unwrap()
            .to_luma8()
    }

    /// Left, top, right and bottom of the dark area, in points.
    fn inked(picture: &image::GrayImage) -> Option<[f32; 4]> {
        let dark = (picture.enumerate_pixels()).filter(|(_, _, level)| level.0[0] < 128);
        dark.fold(None, |bounds, (x, y, _)| {
            let (x, y) = (x as f32 / SCALE, y as f32 / SCALE);
            let [left, top, right, bottom] = bounds.unwrap_or([x, y, x, y]);
            Some([left.min(x), top.min(y), right.max(x), bottom.max(y)])
        })
    }

    fn text(text: Text) -> Option<[f32; 4]> {
        let mut drawing = Drawing::new(200.0, 200.0, "text");
        drawing.text(text);
        inked(&pixels(&drawing))
    }

    #[test]
    fn letters_are_on_their_baseline_at_their_anchor() {
        let word = Text::new((100.0, 100.0), "HHHH").size(20.0);
        let [left, top, right, bottom] = text(word.clone()).unwrap();
        assert!((100.0..104.0).contains(&left) && right > 150.0);
        assert!((84.0..88.0).contains(&top) && (98.0..=100.0).contains(&bottom));

        let [left, _, right, _] = text(word.clone().anchor(Anchor::Middle)).unwrap();
        assert!((0.5 * (left + right) - 100.0).abs() < 1.0);
        let [_, _, right, _] = text(word.clone().anchor(Anchor::End)).unwrap();
        assert!((96.0..=100.0).contains(&right));

        let [left, top, right, bottom] = text(word.upright()).unwrap();
        assert!(bottom <= 100.0 && top < 50.0, "the text runs upwards");
        assert!(right <= 100.0 && left > 84.0);
    }

    #[test]
    fn every_letter_that_plots_use_is_in_the_font() {
        let fonts = Fonts::new().unwrap();
        for letter in "aZ09 %·–—≥≤±×,.:;()/".chars() {
            assert!(fonts.regular.glyph_index(letter).is_some(), "{letter}");
            assert!(fonts.bold.glyph_index(letter).is_some(), "{letter}");
        }
    }

    #[test]
    fn shapes_cover_their_area() {
        let mut drawing = Drawing::new(50.0, 40.0, "box");
        drawing.rectangle((10.0, 10.0), (20.0, 30.0), Colour::INK);
        let picture = pixels(&drawing);
        assert_eq!(picture.dimensions(), (100, 80));
        assert_eq!(inked(&picture), Some([10.0, 10.0, 19.5, 29.5]));
    }

    #[test]
    fn marks_without_extent_leave_the_picture_white() {
        let mut drawing = Drawing::new(10.0, 10.0, "nothing");
        drawing.line(vec![], Stroke::solid(Colour::INK, 1.0));
        drawing.text(Text::new((1.0, 9.0), "  "));
        drawing.area(vec![(f32::NAN, 1.0), (2.0, 2.0)], Colour::INK);
        assert_eq!(inked(&pixels(&drawing)), None);
    }
}
