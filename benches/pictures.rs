//! Pictures in block elements: mean absolute error against the scaled scan, time of a picture, and bytes of a step to the
//! next slice. A folder as argument gets the pictures, as they should be seen and as they are seen, as PNG files.

use std::path::PathBuf;
use std::time::Instant;

use image::GrayImage;
use lunny::terminal::{ColourDepth, Symbols};
use lunny::tui::widgets::symbols::{Mosaic, Style};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};

#[path = "../tests/support/pictures.rs"]
mod samples;

/// Cells of the pictures whose error is measured, and of those whose time is.
const CELLS: Size = Size::new(40, 20);
const LARGE: Size = Size::new(200, 50);
const TIMES: u32 = 20;

const ALL: [Symbols; 4] = [
    Symbols::Half,
    Symbols::Quadrants,
    Symbols::Sextants,
    Symbols::Octants,
];

fn main() {
    let folder = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    let folder = folder.map(PathBuf::from);
    for (name, picture) in samples::pictures(CELLS) {
        let half = samples::error_of_half_blocks(&picture);
        println!("{name}, {CELLS}: plain half blocks {half:.2}");
        for symbols in ALL {
            let seen = samples::seen(&picture, CELLS, style(symbols));
            let error = samples::error(&picture, &seen);
            println!("  {symbols:?}: {error:.2}, {:.2} of them", error / half);
            if let Some(folder) = &folder {
                let file = |of: &str| folder.join(format!("{name}-{of}.png"));
                picture.save(file("wanted")).expect("a file");
                seen.save(file(&format!("{symbols:?}").to_lowercase()))
                    .expect("a file");
            }
        }
    }
    let slices = [60, 61].map(samples::phantom);
    for symbols in ALL {
        let [first, next] = slices
            .each_ref()
            .map(|slice| drawn(&samples::scaled(slice, CELLS), symbols));
        let nothing = Buffer::empty(*first.area());
        let (whole, step) = (bytes(&nothing, &first), bytes(&first, &next));
        let large = samples::scaled(&slices[0], LARGE);
        let start = Instant::now();
        for _ in 0..TIMES {
            std::hint::black_box(Mosaic::of_grey(&large, LARGE, None, style(symbols)));
        }
        let time = start.elapsed() / TIMES;
        println!(
            "{symbols:?}: {whole} bytes, {step} for the next slice; {time:.1?} for {LARGE} cells"
        );
    }
}

fn style(symbols: Symbols) -> Style {
    Style {
        symbols,
        depth: ColourDepth::TrueColour,
    }
}

fn drawn(picture: &GrayImage, symbols: Symbols) -> Buffer {
    let area = Rect::new(0, 0, CELLS.width, CELLS.height);
    let mut buffer = Buffer::empty(area);
    Mosaic::of_grey(picture, CELLS, None, style(symbols)).render(&mut buffer, area);
    buffer
}

/// Bytes that change one screen to another.
fn bytes(from: &Buffer, to: &Buffer) -> usize {
    let mut sent = Vec::new();
    let mut backend = CrosstermBackend::new(&mut sent);
    backend.draw(from.diff(to).into_iter()).expect("memory");
    sent.len()
}
