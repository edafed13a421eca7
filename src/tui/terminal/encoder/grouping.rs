//! Cells of one look together, so that colours are sent once: a border goes down the screen before the words beside it.

use std::collections::HashMap;

use ratatui::style::Color;

use super::Changed;
use crate::tui::terminal::colour::ColourDepth;
use crate::tui::terminal::pen::Pen;

/// Most looks that are told apart. A picture has hundreds, and no order makes it shorter.
const MOST_LOOKS: usize = 64;

/// The cells in the order of their looks, and within one in reading order; none where there are too many looks, or a character
/// whose width is not certain, which might cover its neighbours.
pub(super) fn by_look<'a>(cells: &[Changed<'a>], depth: ColourDepth) -> Option<Vec<Changed<'a>>> {
    let mut looks: HashMap<Pen, usize> = HashMap::new();
    // A blank has the look of the cell before it, or of the last one on its background.
    let mut on_background: HashMap<Color, usize> = HashMap::new();
    let mut before: Option<(u16, u16, usize, Color)> = None;
    let mut placed: Vec<(usize, Changed<'a>)> = Vec::with_capacity(cells.len());
    for cell in cells {
        let (x, y, content) = *cell;
        if !super::is_certain(content.symbol()) {
            return None;
        }
        let pen = Pen::of(content, depth);
        let is_blank = content.symbol() == " " && pen.leaves_blanks();
        let known = match is_blank {
            true => before
                .filter(|(column, row, ..)| *row == y && column.checked_add(1) == Some(x))
                .filter(|(.., background)| *background == pen.background)
                .map(|(_, _, look, _)| look)
                .or_else(|| on_background.get(&pen.background).copied()),
            false => None,
        };
        let count = looks.len();
        let look = known.unwrap_or_else(|| *looks.entry(pen).or_insert(count));
        if looks.len() > MOST_LOOKS {
            return None;
        }
        if !is_blank {
            on_background.insert(pen.background, look);
        }
        before = pen.leaves_blanks().then_some((x, y, look, pen.background));
        placed.push((look, *cell));
    }
    placed.sort_by_key(|(look, _)| *look);
    Some(placed.into_iter().map(|(_, cell)| cell).collect())
}
