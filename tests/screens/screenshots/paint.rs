//! A screen as a picture: each cell in a fixed grid, letters in DejaVu Sans Mono, lines and blocks drawn exactly.

use std::collections::HashMap;

use lunny::tui::terminal::colour;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use tiny_skia::{FillRule, Paint, PathBuilder, Pixmap, Transform};
use ttf_parser::{Face, OutlineBuilder};

/// Pixels of a cell.
const WIDTH: usize = 10;
const HEIGHT: usize = 20;
/// Size of the letters at which one is as wide as a cell, and the row that they stand on.
const SIZE: f32 = 16.6;
const BASELINE: f32 = 15.5;
/// Steps of a letter's edge between the two colours: few, so that the picture's palette is small.
const STEPS: u32 = 5;

type Rgb = [u8; 3];
/// Covered share of each pixel of a cell, row by row.
type Cover = Vec<u8>;

/// The screen as a PNG file. `text` and `ground` are the colours of cells that name none.
pub fn png(buffer: &Buffer, text: Rgb, ground: Rgb) -> Vec<u8> {
    let area = buffer.area;
    let (columns, rows) = (usize::from(area.width), usize::from(area.height));
    let mut fonts = Fonts::default();
    let mut pixels = vec![[0; 3]; columns * WIDTH * rows * HEIGHT];
    for y in 0..rows {
        for x in 0..columns {
            let cell = &buffer[(x as u16, y as u16)];
            let of = |colour: Color, other| colour::values(colour).unwrap_or(other);
            let (mut front, mut back) = (of(cell.fg, text), of(cell.bg, ground));
            if cell.modifier.contains(Modifier::REVERSED) {
                std::mem::swap(&mut front, &mut back);
            }
            let letter = cell.symbol().chars().next().unwrap_or(' ');
            let mut cover = fonts.cover(letter, cell.modifier.contains(Modifier::BOLD));
            if cell.modifier.contains(Modifier::UNDERLINED) {
                cover[(HEIGHT - 3) * WIDTH..(HEIGHT - 2) * WIDTH].fill(255);
            }
            for (index, covered) in cover.into_iter().enumerate() {
                let (row, column) = (y * HEIGHT + index / WIDTH, x * WIDTH + index % WIDTH);
                pixels[row * columns * WIDTH + column] = mixed(back, front, covered);
            }
        }
    }
    encoded(&pixels, columns * WIDTH, rows * HEIGHT)
}

fn mixed(back: Rgb, front: Rgb, covered: u8) -> Rgb {
    let step = (u32::from(covered) * STEPS + 127) / 255;
    let mix = |from: u8, to: u8| {
        ((u32::from(from) * (STEPS - step) + u32::from(to) * step + STEPS / 2) / STEPS) as u8
    };
    [0, 1, 2].map(|channel| mix(back[channel], front[channel]))
}

/// With a palette where there are few colours.
fn encoded(pixels: &[Rgb], width: usize, height: usize) -> Vec<u8> {
    let mut palette: Vec<Rgb> = Vec::new();
    let mut places: HashMap<Rgb, u8> = HashMap::new();
    for pixel in pixels {
        if places.contains_key(pixel) || palette.len() > 256 {
            continue;
        }
        places.insert(*pixel, palette.len().min(255) as u8);
        palette.push(*pixel);
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let data: Vec<u8> = match palette.len() <= 256 {
        true => {
            encoder.set_color(png::ColorType::Indexed);
            encoder.set_palette(palette.concat());
            pixels.iter().map(|pixel| places[pixel]).collect()
        }
        false => {
            encoder.set_color(png::ColorType::Rgb);
            pixels.concat()
        }
    };
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&data).expect("a picture");
    writer.finish().expect("a file");
    bytes
}

#[derive(Default)]
struct Fonts {
    letters: HashMap<(char, bool), Cover>,
}

impl Fonts {
    fn cover(&mut self, letter: char, bold: bool) -> Cover {
        let kept = self.letters.entry((letter, bold));
        kept.or_insert_with(|| drawn(letter).unwrap_or_else(|| written(letter, bold)))
            .clone()
    }
}

/// A letter of the font.
fn written(letter: char, bold: bool) -> Cover {
    let font = match bold {
        true => dejavu::sans_mono::bold(),
        false => dejavu::sans_mono::regular(),
    };
    let face = Face::parse(font, 0).expect("a font");
    let mut cover = vec![0; WIDTH * HEIGHT];
    let Some(glyph) = face.glyph_index(letter) else {
        return cover;
    };
    let mut outline = Outline {
        path: PathBuilder::new(),
        scale: SIZE / f32::from(face.units_per_em()),
    };
    face.outline_glyph(glyph, &mut outline);
    let Some(path) = outline.path.finish() else {
        return cover;
    };
    let mut pixmap = Pixmap::new(WIDTH as u32, HEIGHT as u32).expect("a picture");
    let mut paint = Paint::default();
    paint.set_color_rgba8(255, 255, 255, 255);
    pixmap.fill_path(
        &path,
        &paint,
        FillRule::Winding,
        Transform::identity(),
        None,
    );
    for (cover, pixel) in cover.iter_mut().zip(pixmap.pixels()) {
        *cover = pixel.alpha();
    }
    cover
}

struct Outline {
    path: PathBuilder,
    scale: f32,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (x * self.scale, BASELINE - y * self.scale)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2)) = (self.at(x1, y1), self.at(x2, y2));
        let (x, y) = self.at(x, y);
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

/// Lines of boxes, blocks and dots, which have to meet those of the next cell; none for a letter.
fn drawn(letter: char) -> Option<Cover> {
    /// True for the directions in which a line leaves the middle: left, right, up, down.
    fn lines(letter: char) -> Option<[bool; 4]> {
        Some(match letter {
            '─' => [true, true, false, false],
            '│' => [false, false, true, true],
            '┌' | '╭' => [false, true, false, true],
            '┐' | '╮' => [true, false, false, true],
            '└' | '╰' => [false, true, true, false],
            '┘' | '╯' => [true, false, true, false],
            '├' => [false, true, true, true],
            '┤' => [true, false, true, true],
            '┬' => [true, true, false, true],
            '┴' => [true, true, true, false],
            '┼' => [true; 4],
            _ => return None,
        })
    }
    let filled = |is_in: &dyn Fn(usize, usize) -> bool| -> Cover {
        let places = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y)));
        places.map(|(x, y)| u8::from(is_in(x, y)) * 255).collect()
    };
    if let Some([left, right, up, down]) = lines(letter) {
        let (middle_x, middle_y) = (WIDTH / 2, HEIGHT / 2);
        return Some(filled(&|x, y| {
            let across = y == middle_y && ((left && x <= middle_x) || (right && x >= middle_x));
            let along = x == middle_x && ((up && y <= middle_y) || (down && y >= middle_y));
            across || along
        }));
    }
    let code = letter as u32;
    let eighth = |value: usize, of: usize| value * 8 / of;
    match letter {
        '█' => return Some(filled(&|_, _| true)),
        '▀' => return Some(filled(&|_, y| y < HEIGHT / 2)),
        '▐' => return Some(filled(&|x, _| x >= WIDTH / 2)),
        '▁'..='▇' => {
            let height = (code - 0x2580) as usize;
            return Some(filled(&|_, y| eighth(HEIGHT - 1 - y, HEIGHT) < height));
        }
        '▉'..='▏' => {
            let width = (0x2590 - code) as usize;
            return Some(filled(&|x, _| eighth(x, WIDTH) < width));
        }
        '░'..='▓' => {
            let level = ((code - 0x2590) * 64) as u8;
            return Some(vec![level; WIDTH * HEIGHT]);
        }
        _ => {}
    }
    // Quadrants: upper left, upper right, lower left, lower right.
    let quadrants: Option<u32> = match letter {
        '▖' => Some(0b0100),
        '▗' => Some(0b1000),
        '▘' => Some(0b0001),
        '▙' => Some(0b1101),
        '▚' => Some(0b1001),
        '▛' => Some(0b0111),
        '▜' => Some(0b1011),
        '▝' => Some(0b0010),
        '▞' => Some(0b0110),
        '▟' => Some(0b1110),
        _ => None,
    };
    let grid = |pattern: u32, rows: usize| {
        filled(&|x, y| pattern >> (y * rows / HEIGHT * 2 + x * 2 / WIDTH) & 1 == 1)
    };
    if let Some(pattern) = quadrants {
        return Some(grid(pattern, 2));
    }
    if let 0x1fb00..=0x1fb3b = code {
        // The patterns of both halves are elsewhere.
        let number = code - 0x1fb00 + 1;
        let number = number + u32::from(number >= 21);
        return Some(grid(number + u32::from(number >= 42), 3));
    }
    if let 0x2800..=0x28ff = code {
        let dots = code - 0x2800;
        return Some(filled(&|x, y| {
            let (column, row) = (x * 2 / WIDTH, y * 4 / HEIGHT);
            let bit = match row {
                3 => 6 + column,
                row => column * 3 + row,
            };
            let is_dot =
                (1..=3).contains(&(x % (WIDTH / 2))) && (1..=3).contains(&(y % (HEIGHT / 4)));
            is_dot && dots >> bit & 1 == 1
        }));
    }
    None
}
