//! Rows with many blanks: erased first, so that their words alone are written.

use ratatui::layout::Position;
use ratatui::style::Color;

use super::{Changed, Encoder};
use crate::tui::terminal::pen::Pen;

/// Bytes of going over a gap between two words.
const GAP: usize = 4;
/// Bytes of going to a segment and erasing it.
const COST: usize = 12;

/// Neighbouring cells of a row that are erased.
pub(super) struct Segment {
    pub(super) at: Position,
    pub(super) cells: u16,
    pub(super) background: Color,
}

/// The segments to erase, those of one background together, and the cells to write then.
pub(super) fn part<'a>(
    cells: &[Changed<'a>],
    encoder: &Encoder,
) -> (Vec<Segment>, Vec<Changed<'a>>) {
    let mut erased: Vec<Segment> = Vec::new();
    let mut written = Vec::with_capacity(cells.len());
    let mut rest = cells;
    while let Some(((x, y, first), _)) = rest.split_first() {
        let background = Pen::of(first, encoder.depth).background;
        let length = on_one_background(rest, encoder).max(1);
        let (segment, others) = rest.split_at(length.min(rest.len()));
        rest = others;
        let is_blank = |cell: &Changed<'_>| cell.2.symbol() == " ";
        // Bytes that are saved by not writing the blanks: a short gap is written all the same.
        let runs = segment.chunk_by(|one, other| is_blank(one) == is_blank(other));
        let (mut saved, mut end) = (0, 0);
        let mut dropped = vec![false; segment.len()];
        for run in runs {
            let start = end;
            end += run.len();
            // Behind the last word there is nothing to go to.
            let gap = if end == segment.len() { 0 } else { GAP };
            if run.first().is_some_and(is_blank) && run.len() > gap {
                saved += run.len() - gap;
                dropped
                    .iter_mut()
                    .take(end)
                    .skip(start)
                    .for_each(|drop| *drop = true);
            }
        }
        if !encoder.may_erase(background) || saved <= COST {
            written.extend_from_slice(segment);
            continue;
        }
        erased.push(Segment {
            at: Position::new(*x, *y),
            cells: segment.len() as u16,
            background,
        });
        let kept = segment.iter().zip(dropped).filter(|(_, drop)| !drop);
        written.extend(kept.map(|(cell, _)| *cell));
    }
    // In the order in which the backgrounds come first.
    let mut backgrounds: Vec<Color> = Vec::new();
    for segment in &erased {
        if !backgrounds.contains(&segment.background) {
            backgrounds.push(segment.background);
        }
    }
    erased.sort_by_key(|segment| {
        let place = backgrounds.iter();
        place
            .take_while(|other| **other != segment.background)
            .count()
    });
    (erased, written)
}

/// Number of cells at the beginning that are neighbours in a row, on one background, without attributes that show on blanks.
fn on_one_background(cells: &[Changed<'_>], encoder: &Encoder) -> usize {
    let Some((x, y, first)) = cells.first() else {
        return 0;
    };
    let background = Pen::of(first, encoder.depth).background;
    let is_part = |(place, (column, row, cell)): &(usize, &Changed<'_>)| {
        let pen = Pen::of(cell, encoder.depth);
        row == y
            && usize::from(*column) == usize::from(*x) + place
            && super::is_certain(cell.symbol())
            && pen.background == background
            && (cell.symbol() != " " || pen.leaves_blanks())
    };
    cells.iter().enumerate().take_while(is_part).count()
}
