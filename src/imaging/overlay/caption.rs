//! The caption of every heat map, drawn into the picture where no text can be put beside it.

use image::{Rgb, RgbImage};

/// Text that is shown, stored and sent with every heat map.
pub const CAPTION: &str = "model attention, not lesion location";

/// Size in pixels of a letter with the gap to its right, and of a line with the gap above it.
const CELL: (u32, u32) = (6, 10);
/// Margin around the text in pixels.
const MARGIN: u32 = 4;
const INK: Rgb<u8> = Rgb([255; 3]);

/// The picture with [`CAPTION`] on a dark strip below it: in one line of the largest letters that fit, or in
/// several lines if the picture is narrow. A picture narrower than the longest word gets a dark edge to its
/// right.
pub fn under(picture: &RgbImage) -> RgbImage {
    let line = CAPTION.len() as u32 * CELL.0 + 2 * MARGIN;
    let scale = (picture.width() / line).max(1);
    let letters = (picture.width() / scale).saturating_sub(2 * MARGIN) / CELL.0;
    let lines = wrapped(letters as usize);
    let longest = lines.iter().map(String::len).max().unwrap_or_default() as u32;
    let width = picture.width().max((longest * CELL.0 + 2 * MARGIN) * scale);
    let strip = (lines.len() as u32 * CELL.1 + MARGIN) * scale;
    let mut page = RgbImage::new(width, picture.height() + strip);
    image::imageops::replace(&mut page, picture, 0, 0);
    for (row, line) in (0..).zip(&lines) {
        let left = (width - line.len() as u32 * CELL.0 * scale) / 2;
        let top = picture.height() + (row * CELL.1 + MARGIN) * scale;
        for (column, letter) in (0..).zip(line.chars()) {
            draw(
                &mut page,
                (left + column * CELL.0 * scale, top),
                letter,
                scale,
            );
        }
    }
    page
}

/// The caption in lines of at most `letters` letters, or of one word.
fn wrapped(letters: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in CAPTION.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= letters => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn draw(page: &mut RgbImage, (left, top): (u32, u32), letter: char, scale: u32) {
    for (row, dots) in (0..).zip(glyph(letter)) {
        for column in (0..5).filter(|column| dots >> (4 - column) & 1 == 1) {
            for (x, y) in (0..scale * scale).map(|dot| (dot % scale, dot / scale)) {
                let at = (left + column * scale + x, top + row * scale + y);
                if let Some(pixel) = page.get_pixel_mut_checked(at.0, at.1) {
                    *pixel = INK;
                }
            }
        }
    }
}

/// A letter of the caption as five by eight dots, the highest of five bits to the left; empty for a space.
#[rustfmt::skip]
fn glyph(letter: char) -> [u8; 8] {
    match letter {
        'a' => [0, 0, 0b01110, 0b00001, 0b01111, 0b10001, 0b01111, 0],
        'c' => [0, 0, 0b01110, 0b10001, 0b10000, 0b10001, 0b01110, 0],
        'd' => [0b00001, 0b00001, 0b01101, 0b10011, 0b10001, 0b10001, 0b01111, 0],
        'e' => [0, 0, 0b01110, 0b10001, 0b11111, 0b10000, 0b01110, 0],
        'i' => [0b00100, 0, 0b01100, 0b00100, 0b00100, 0b00100, 0b01110, 0],
        'l' => [0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110, 0],
        'm' => [0, 0, 0b11010, 0b10101, 0b10101, 0b10101, 0b10101, 0],
        'n' => [0, 0, 0b10110, 0b11001, 0b10001, 0b10001, 0b10001, 0],
        'o' => [0, 0, 0b01110, 0b10001, 0b10001, 0b10001, 0b01110, 0],
        's' => [0, 0, 0b01111, 0b10000, 0b01110, 0b00001, 0b11110, 0],
        't' => [0b01000, 0b01000, 0b11100, 0b01000, 0b01000, 0b01001, 0b00110, 0],
        ',' => [0, 0, 0, 0, 0, 0b00100, 0b00100, 0b01000],
        _ => [0; 8],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_the_caption_has_a_glyph() {
        let mut seen = std::collections::HashMap::new();
        for letter in CAPTION.chars().filter(|letter| *letter != ' ') {
            let dots = glyph(letter);
            assert_ne!(dots, [0; 8], "{letter}");
            let first = seen.insert(dots, letter).unwrap_or(letter);
            assert_eq!(first, letter);
        }
    }

    #[test]
    fn no_word_is_lost_however_narrow_the_picture() {
        for letters in [0, 5, 10, 17, 36, 100] {
            let lines = wrapped(letters);
            assert_eq!(lines.join(" "), CAPTION);
            assert!(
                lines
                    .iter()
                    .all(|line| line.len() <= letters || !line.contains(' '))
            );
        }
        for (width, lines) in [(1, 5), (80, 4), (224, 1), (512, 1)] {
            let picture = RgbImage::from_pixel(width, 10, Rgb([9; 3]));
            let page = under(&picture);
            let scale = (width / 224).max(1);
            assert_eq!(page.height(), 10 + (lines * CELL.1 + MARGIN) * scale);
            assert_eq!(page.get_pixel(0, 9), picture.get_pixel(0, 9));
            let dots: u32 = CAPTION
                .chars()
                .map(|letter| {
                    glyph(letter)
                        .iter()
                        .map(|row| row.count_ones())
                        .sum::<u32>()
                })
                .sum();
            let drawn = page.pixels().filter(|pixel| **pixel == INK).count();
            assert_eq!(drawn as u32, dots * scale * scale);
        }
    }
}
