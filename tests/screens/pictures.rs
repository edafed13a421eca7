//! Pictures in block elements: how near they come to the picture.

use lunny::terminal::{ColourDepth, Symbols};
use lunny::tui::widgets::symbols::Style;
use ratatui::layout::Size;

#[path = "../support/pictures.rs"]
mod samples;

#[test]
fn octants_are_much_nearer_to_a_picture_than_half_blocks() {
    let cells = Size::new(40, 20);
    for (name, picture) in samples::pictures(cells) {
        let half = samples::error_of_half_blocks(&picture);
        let error = |symbols| {
            let depth = ColourDepth::TrueColour;
            let seen = samples::seen(&picture, cells, Style { symbols, depth });
            samples::error(&picture, &seen)
        };
        let all = [
            Symbols::Half,
            Symbols::Quadrants,
            Symbols::Sextants,
            Symbols::Octants,
        ];
        let errors = all.map(error);
        println!("{name}: half blocks before {half:.2}, now by symbols {errors:.2?}");
        assert!(
            errors.is_sorted_by(|coarse, fine| coarse >= fine),
            "{name} {errors:?}"
        );
        assert!(errors[3] <= 0.6 * half, "{name}: {errors:?} of {half}");
    }
}
