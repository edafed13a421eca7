//! A reduced copy of a picture, and the mask operations that the anatomy checks need.

/// Cells along the longer side. Fine enough for a rib, coarse enough to be fast.
const LONGEST_SIDE: usize = 128;

/// Level from which a cell is white.
const WHITE: f32 = 240.0;
/// Minimum share of non-white cells on each side of the area inside a white frame.
const LEAST_DARK: f32 = 0.2;

/// Mean grey levels of square blocks, row by row from the top left.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    pub levels: Vec<f32>,
    pub width: usize,
    pub height: usize,
}

impl Grid {
    /// Reduces `levels`, `width * height` of them and at least one, and keeps the aspect ratio. A picture that
    /// is already smaller is unchanged.
    pub(super) fn of(levels: &[u8], width: usize, height: usize) -> Self {
        let longest = width.max(height);
        let shrunk = |side: usize| match longest > LONGEST_SIDE {
            true => ((side * LONGEST_SIDE + longest / 2) / longest).max(1),
            false => side,
        };
        let (columns, rows) = (shrunk(width), shrunk(height));
        // Start of each column of the grid in the picture, and the end of the last one.
        let edges: Vec<usize> = (0..=columns)
            .map(|x| (x * width).div_ceil(columns))
            .collect();
        let mut sums = vec![0_u32; columns * rows];
        let mut counts = vec![0_u32; columns * rows];
        for (y, row) in levels.chunks_exact(width).enumerate() {
            let start = y * rows / height * columns;
            let cells = sums[start..].iter_mut().zip(&mut counts[start..]);
            for ((sum, count), edges) in cells.zip(edges.windows(2)) {
                let block = &row[edges[0]..edges[1]];
                *sum += block.iter().map(|&level| u32::from(level)).sum::<u32>();
                *count += block.len() as u32;
            }
        }
        let means = sums.iter().zip(&counts);
        Self {
            levels: means
                .map(|(&sum, &count)| sum as f32 / count.max(1) as f32)
                .collect(),
            width: columns,
            height: rows,
        }
    }

    /// The grid without a white frame, which pictures from the web often have. White at the border that
    /// continues inside is not a frame.
    pub(super) fn without_white_frame(self) -> Self {
        let inner = self.mask(|mean| mean < WHITE);
        let Some(inside) = inner.bounds() else {
            return self;
        };
        let framed = inside.left > 0
            && inside.top > 0
            && inside.right < self.width
            && inside.bottom < self.height;
        let sides = [
            Bounds {
                bottom: inside.top + 1,
                ..inside
            },
            Bounds {
                top: inside.bottom - 1,
                ..inside
            },
            Bounds {
                right: inside.left + 1,
                ..inside
            },
            Bounds {
                left: inside.right - 1,
                ..inside
            },
        ];
        let dark = sides.map(|side| inner.share_within(side));
        if !framed || dark.iter().any(|&dark| dark < LEAST_DARK) {
            return self;
        }
        let rows = self.levels.chunks_exact(self.width);
        let rows = rows.skip(inside.top).take(inside.height());
        Self {
            levels: rows
                .flat_map(|row| &row[inside.left..inside.right])
                .copied()
                .collect(),
            width: inside.width(),
            height: inside.height(),
        }
    }

    /// Mask of the cells for which `holds` is true.
    pub(super) fn mask(&self, holds: impl Fn(f32) -> bool) -> Mask {
        Mask {
            cells: self.levels.iter().map(|&level| holds(level)).collect(),
            width: self.width,
            height: self.height,
        }
    }
}

/// A set of cells of a grid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mask {
    pub cells: Vec<bool>,
    pub width: usize,
    pub height: usize,
}

/// The cells from `left` to `right` and from `top` to `bottom`; the ends are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub left: usize,
    pub right: usize,
    pub top: usize,
    pub bottom: usize,
}

impl Bounds {
    pub(super) fn width(self) -> usize {
        self.right - self.left
    }

    pub(super) fn height(self) -> usize {
        self.bottom - self.top
    }
}

impl Mask {
    /// A mask of the same size with the value `cell(place)` at every place.
    pub(super) fn like(&self, cell: impl Fn(usize) -> bool) -> Self {
        Self {
            cells: (0..self.cells.len()).map(cell).collect(),
            ..*self
        }
    }

    pub(super) fn count(&self) -> usize {
        self.cells.iter().filter(|&&cell| cell).count()
    }

    /// Share of the cells within `bounds`, clipped to the mask; zero if nothing is left.
    pub(super) fn share_within(&self, bounds: Bounds) -> f32 {
        let right = bounds.right.min(self.width);
        let bottom = bounds.bottom.min(self.height);
        if bounds.left >= right || bounds.top >= bottom {
            return 0.0;
        }
        let rows = self.cells.chunks_exact(self.width);
        let rows = rows.skip(bounds.top).take(bottom - bounds.top);
        let cells = rows.flat_map(|row| &row[bounds.left..right]);
        let count = cells.filter(|&&cell| cell).count();
        count as f32 / ((right - bounds.left) * (bottom - bounds.top)) as f32
    }

    /// The smallest rectangle around the mask; `None` if it is empty.
    pub(super) fn bounds(&self) -> Option<Bounds> {
        let mut bounds: Option<Bounds> = None;
        for (y, row) in self.cells.chunks_exact(self.width).enumerate() {
            let first = row.iter().position(|&cell| cell);
            let last = row.iter().rposition(|&cell| cell);
            if let (Some(first), Some(last)) = (first, last) {
                let (left, right, top) = match bounds {
                    Some(old) => (old.left.min(first), old.right.max(last + 1), old.top),
                    None => (first, last + 1, y),
                };
                let bottom = y + 1;
                bounds = Some(Bounds {
                    left,
                    right,
                    top,
                    bottom,
                });
            }
        }
        bounds
    }

    /// The mask dilated by `reach` cells in each direction, including the diagonals.
    pub(super) fn grown(&self, reach: usize) -> Self {
        let mut wide = self.cells.clone();
        for (row, grown) in
            (self.cells.chunks_exact(self.width)).zip(wide.chunks_exact_mut(self.width))
        {
            for shift in 1..=reach.min(self.width) {
                join(&mut grown[shift..], row);
                join(grown, &row[shift..]);
            }
        }
        let mut grown = wide.clone();
        for shift in 1..=reach.min(self.height) {
            join(&mut grown[shift * self.width..], &wide);
            join(&mut grown, &wide[shift * self.width..]);
        }
        Self {
            cells: grown,
            ..*self
        }
    }

    /// The mask eroded by `reach` cells. Cells outside the picture count as inside the mask.
    pub(super) fn shrunk(&self, reach: usize) -> Self {
        let outside = self.like(|place| !self.cells[place]).grown(reach);
        self.like(|place| !outside.cells[place])
    }

    /// For each cell, the number of directions of eight, straight and diagonal, in which a line from it meets
    /// the mask before it leaves the picture. The cell itself counts.
    pub(super) fn walls_around(&self) -> Vec<u8> {
        let mut walls = vec![0; self.cells.len()];
        for upwards in [false, true] {
            // Along each direction a cell takes the result of the row before: straight, and shifted by one to
            // either side.
            let mut met = [(); 3].map(|()| vec![false; self.width]);
            for step in 0..self.height {
                let row = if upwards {
                    self.height - 1 - step
                } else {
                    step
                };
                let places = row * self.width..(row + 1) * self.width;
                let (row, walls) = (&self.cells[places.clone()], &mut walls[places]);
                let [straight, rightwards, leftwards] = &mut met;
                rightwards.rotate_right(1);
                leftwards.rotate_left(1);
                if let ([first, ..], [.., last]) = (&mut rightwards[..], &mut leftwards[..]) {
                    (*first, *last) = (false, false);
                }
                for met in [straight, rightwards, leftwards] {
                    for ((wall, met), &cell) in walls.iter_mut().zip(met).zip(row) {
                        *met |= cell;
                        *wall += u8::from(*met);
                    }
                }
            }
        }
        for (row, walls) in
            (self.cells.chunks_exact(self.width)).zip(walls.chunks_exact_mut(self.width))
        {
            let (mut from_left, mut from_right) = (false, false);
            for (&cell, wall) in row.iter().zip(walls.iter_mut()) {
                from_left |= cell;
                *wall += u8::from(from_left);
            }
            for (&cell, wall) in row.iter().zip(walls.iter_mut()).rev() {
                from_right |= cell;
                *wall += u8::from(from_right);
            }
        }
        walls
    }

    /// The connected components (4-neighbourhood), largest first: for each the indices of its cells.
    pub(super) fn pieces(&self) -> Vec<Vec<usize>> {
        let mut seen = self.like(|place| !self.cells[place]).cells;
        let mut pieces = Vec::new();
        for start in 0..seen.len() {
            if seen[start] {
                continue;
            }
            seen[start] = true;
            let mut piece = vec![start];
            let mut next = 0;
            while let Some(&place) = piece.get(next) {
                next += 1;
                let x = place % self.width;
                let neighbours = [
                    (x > 0).then(|| place - 1),
                    (x + 1 < self.width).then_some(place + 1),
                    place.checked_sub(self.width),
                    Some(place + self.width).filter(|&below| below < seen.len()),
                ];
                for neighbour in neighbours.into_iter().flatten() {
                    if !std::mem::replace(&mut seen[neighbour], true) {
                        piece.push(neighbour);
                    }
                }
            }
            pieces.push(piece);
        }
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.len()));
        pieces
    }

    /// The mask of the cells in `places`.
    pub(super) fn of_places<'a>(&self, places: impl IntoIterator<Item = &'a usize>) -> Self {
        let mut mask = self.like(|_| false);
        for &place in places {
            mask.cells[place] = true;
        }
        mask
    }
}

/// Adds `more` to `cells`, up to the shorter length.
fn join(cells: &mut [bool], more: &[bool]) {
    for (cell, more) in cells.iter_mut().zip(more) {
        *cell |= more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(rows: &[&str]) -> Mask {
        Mask {
            cells: rows.concat().chars().map(|cell| cell == '#').collect(),
            width: rows[0].len(),
            height: rows.len(),
        }
    }

    #[test]
    fn reducing_keeps_shape_and_means() {
        let levels: Vec<u8> = (0..512 * 256)
            .map(|place| if place % 512 < 256 { 200 } else { 10 })
            .collect();
        let grid = Grid::of(&levels, 512, 256);
        assert_eq!((grid.width, grid.height), (128, 64));
        assert!(grid.levels.chunks_exact(128).all(|row| {
            row[..64].iter().all(|&level| level == 200.0)
                && row[64..].iter().all(|&level| level == 10.0)
        }));
        let small = Grid::of(&[1, 2, 3, 4, 5, 6], 3, 2);
        assert_eq!(small.levels, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let odd = Grid::of(&vec![7; 129 * 997], 129, 997);
        assert_eq!((odd.width, odd.height), (17, 128));
        assert!(odd.levels.iter().all(|&level| level == 7.0));
    }

    #[test]
    fn a_cell_is_enclosed_only_where_lines_meet_the_mask() {
        let ring = mask(&["#####", "#...#", "#...#", "#####", "....."]);
        let walls = ring.walls_around();
        assert_eq!(walls[6], 8);
        assert_eq!(walls[22], 3, "below the ring: up and both upward diagonals");
        let gap = mask(&["##.##", "#...#", "#...#", "#####"]);
        assert_eq!(gap.walls_around()[7], 7);
    }

    #[test]
    fn components_come_largest_first_and_connect_over_edges() {
        let three = mask(&["##..#", "#..#.", "....."]);
        let sizes: Vec<usize> = three.pieces().iter().map(Vec::len).collect();
        assert_eq!(sizes, [3, 1, 1]);
        assert_eq!(three.bounds().map(|bounds| bounds.height()), Some(2));
        assert_eq!(mask(&["...", "..."]).bounds(), None);
    }

    #[test]
    fn dilation_and_erosion_undo_each_other_on_a_block() {
        let block = mask(&["......", ".####.", ".####.", ".####.", "......"]);
        assert_eq!(block.shrunk(1).count(), 2);
        assert_eq!(block.shrunk(1).grown(1), block);
    }

    #[test]
    fn a_share_counts_only_cells_within_the_picture() {
        let half = mask(&["##..", "##.."]);
        let bounds = |left, right, top, bottom| Bounds {
            left,
            right,
            top,
            bottom,
        };
        assert_eq!(half.share_within(bounds(0, 4, 0, 2)), 0.5);
        assert_eq!(half.share_within(bounds(0, 2, 1, 9)), 1.0);
        assert_eq!(half.share_within(bounds(4, 9, 0, 2)), 0.0);
    }
}
