//! Connected components of a mask, and flood fill.

use super::cells::Shape;

/// The connected components of a mask (4-neighbourhood), each a list of its cells.
pub(super) fn pieces(mask: &[bool], shape: Shape) -> Vec<Vec<usize>> {
    let mut rest = mask.to_vec();
    let mut pieces = Vec::new();
    for start in 0..rest.len() {
        if std::mem::take(&mut rest[start]) {
            let mut piece = vec![start];
            spread(&mut piece, shape, |cell| std::mem::take(&mut rest[cell]));
            pieces.push(piece);
        }
    }
    pieces
}

/// The cells of `mask` that are connected with the border of the picture.
pub(super) fn from_border(mask: &[bool], shape: Shape) -> Vec<bool> {
    let mut reached = vec![false; mask.len()];
    let mut enter = |cell: usize| mask[cell] && !std::mem::replace(&mut reached[cell], true);
    let mut piece: Vec<usize> = shape.border().filter(|&cell| enter(cell)).collect();
    spread(&mut piece, shape, enter);
    reached
}

/// The mask with its holes filled: regions outside the mask that are not connected with the border of the
/// picture.
pub(super) fn without_holes(mask: &[bool], shape: Shape) -> Vec<bool> {
    let outside: Vec<bool> = mask.iter().map(|cell| !cell).collect();
    let reached = from_border(&outside, shape);
    reached.into_iter().map(|cell| !cell).collect()
}

/// Adds to `piece` every cell that is connected with it through cells that `enter` accepts, once each.
fn spread(piece: &mut Vec<usize>, shape: Shape, mut enter: impl FnMut(usize) -> bool) {
    let mut next = 0;
    while let Some(&cell) = piece.get(next) {
        next += 1;
        piece.extend(shape.neighbours(cell).filter(|&neighbour| enter(neighbour)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        rows: 4,
        columns: 5,
        cell_mm: [1.0; 2],
    };

    fn mask(rows: [&str; 4]) -> Vec<bool> {
        rows.concat().chars().map(|cell| cell == '#').collect()
    }

    #[test]
    fn components_connect_over_edges_and_not_over_corners_or_row_ends() {
        let mask = mask(["##..#", "..#.#", "#....", "....."]);
        let pieces = pieces(&mask, SHAPE);
        assert_eq!(pieces, [vec![0, 1], vec![4, 9], vec![7], vec![10]]);
    }

    #[test]
    fn a_hole_is_filled_and_a_bay_at_the_border_is_not() {
        let ring = mask([".###.", ".#.#.", ".###.", "....."]);
        let disc = mask([".###.", ".###.", ".###.", "....."]);
        assert_eq!(without_holes(&ring, SHAPE), disc);
        let bay = mask([".#.#.", ".#.#.", ".###.", "....."]);
        assert_eq!(without_holes(&bay, SHAPE), bay);
    }
}
