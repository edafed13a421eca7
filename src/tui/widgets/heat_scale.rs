//! Colours of a heat map from weak to strong, as a scale for its caption.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::symbols;
use crate::terminal::{ColourDepth, Graphics};
use crate::tui::session::Capabilities;

/// Most and least cells of colour.
const CELLS: [u16; 2] = [16, 8];

/// Ends of the scale.
const ENDS: [&str; 2] = ["low ", " high"];

/// The scale in at most `width` cells; `None` where there is no room for it, or where heat has no colours.
pub fn line(width: u16, capabilities: &Capabilities) -> Option<Line<'static>> {
    let is_coloured = !matches!(capabilities.graphics, Graphics::Shades | Graphics::None);
    let depth = capabilities.colour;
    let ends = ENDS.map(str::len).iter().sum::<usize>() as u16;
    let cells = width.saturating_sub(ends).min(CELLS[0]);
    if !is_coloured || depth == ColourDepth::Monochrome || cells < CELLS[1] {
        return None;
    }
    let colours = (0..cells).map(|cell| {
        let strength = (f32::from(cell) + 0.5) / f32::from(cells);
        Span::styled(" ", Style::new().bg(symbols::heat(strength, depth)))
    });
    let ends = ENDS.map(Span::raw);
    let [low, high] = ends;
    Some(std::iter::once(low).chain(colours).chain([high]).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::terminal::Symbols;

    fn with(colour: ColourDepth, graphics: Graphics) -> Capabilities {
        Capabilities {
            colour,
            shortcuts: Default::default(),
            graphics,
            cell: None,
            reduced_motion: false,
            plain: false,
        }
    }

    #[test]
    fn every_depth_has_steps_from_grey_to_the_strongest_colour() {
        let graphics = Graphics::Symbols(Symbols::Half);
        for (depth, least) in [
            (ColourDepth::Sixteen, 4),
            (ColourDepth::TwoHundredFiftySix, 5),
            (ColourDepth::TrueColour, 16),
        ] {
            let scale = line(60, &with(depth, graphics)).unwrap();
            assert_eq!(scale.width(), 25);
            let colours: HashSet<_> = scale
                .spans
                .iter()
                .filter_map(|span| span.style.bg)
                .collect();
            assert!(colours.len() >= least, "{depth:?} {colours:?}");
        }
    }

    #[test]
    fn without_room_or_colours_there_is_no_scale() {
        let coloured = with(ColourDepth::TrueColour, Graphics::Kitty);
        assert!(line(16, &coloured).is_none());
        assert_eq!(line(17, &coloured).unwrap().width(), 17);
        assert!(line(60, &with(ColourDepth::Monochrome, Graphics::Shades)).is_none());
        assert!(line(60, &with(ColourDepth::TrueColour, Graphics::None)).is_none());
    }
}
