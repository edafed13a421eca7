//! Layout of pages: parts of a document one below the other, over as many pages as they need.
//!
//! Text breaks between its lines, a table repeats its headings on the next page, and a heading is never alone at the foot of
//! one.

use std::ops::Range;

use krilla::image::Image;

use super::lettering::Lettered;

/// A text at its position in a row.
pub(super) struct Cell {
    /// From the left margin, in points.
    pub(super) x: f32,
    pub(super) text: Lettered,
}

/// Texts side by side.
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    /// True if it is drawn on a light ground.
    pub(super) is_shaded: bool,
    /// True if a line is drawn below it.
    pub(super) is_ruled: bool,
    /// Space above and below the text of each cell, in points.
    pub(super) padding: f32,
}

impl Row {
    pub(super) fn height(&self) -> f32 {
        let heights = self.cells.iter().map(|cell| cell.text.height());
        heights.fold(0.0, f32::max) + 2.0 * self.padding
    }
}

/// A picture with words below it.
pub(super) struct Plate {
    pub(super) image: Option<Image>,
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) caption: Row,
}

impl Plate {
    fn whole_height(&self) -> f32 {
        self.height + self.caption.height() + 4.0
    }
}

/// A piece that is not divided, or lines between which a page may end.
pub(super) enum Content {
    Row(Row),
    /// Not divided. The pictures begin at `x`, the rows at their own positions.
    Beside {
        x: f32,
        plates: Vec<Plate>,
        rows: Vec<Row>,
    },
}

/// A piece of a part.
pub(super) struct Piece {
    /// Space above it, in points; none at the top of a page.
    pub(super) gap: f32,
    pub(super) content: Content,
    /// True if it must be on one page with the start of the next piece.
    pub(super) keeps_next: bool,
    /// True if it starts a chapter.
    pub(super) is_heading: bool,
    /// The part of the document that it belongs to.
    pub(super) part: usize,
    /// The piece with the table headings that are repeated before it at the top of a page.
    pub(super) headings: Option<usize>,
}

impl Content {
    fn height(&self) -> f32 {
        match self {
            Self::Row(row) => row.height(),
            Self::Beside { plates, rows, .. } => {
                let pictures: f32 = plates.iter().map(Plate::whole_height).sum();
                let text: f32 = rows.iter().map(Row::height).sum();
                pictures.max(text)
            }
        }
    }
}

/// An element at its position on a page; lengths in points from the upper left corner of the area inside the margins.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    /// Lines of a cell of a row; `row` counts within the piece, plates' captions after its rows.
    Lines {
        piece: usize,
        row: usize,
        cell: usize,
        lines: Range<usize>,
        /// Upper edge of the first line.
        y: f32,
    },
    Plate {
        piece: usize,
        plate: usize,
        x: f32,
        y: f32,
    },
    Ground {
        y: f32,
        height: f32,
    },
    Rule {
        y: f32,
    },
}

/// A page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) marks: Vec<Mark>,
    /// The part that its first piece belongs to, and the share of that part on earlier pages, in [0, 1].
    pub(super) begins: (usize, f32),
}

/// Minimum number of lines at the foot of a page.
const MIN_LINES: usize = 2;
/// Maximum height, as a share of a page, of a row that is not divided.
const UNDIVIDED_SHARE: f32 = 0.25;

/// Distributes the pieces over pages of that height.
pub(super) fn paginate(pieces: &[Piece], height: f32) -> Vec<Page> {
    let mut flow = Flow {
        pieces,
        height,
        y: 0.0,
        pages: vec![Page::default()],
    };
    for index in 0..pieces.len() {
        flow.put(index);
    }
    flow.pages
}

struct Flow<'a> {
    pieces: &'a [Piece],
    height: f32,
    y: f32,
    pages: Vec<Page>,
}

impl Flow<'_> {
    fn put(&mut self, index: usize) {
        let piece = &self.pieces[index];
        let gap = if self.y > 0.0 { piece.gap } else { 0.0 };
        let needed = self.needed(index);
        if self.y > 0.0 && self.y + gap + needed > self.height {
            self.turn(index);
        } else {
            self.y += gap;
        }
        match &piece.content {
            Content::Row(row) => self.put_row(index, row),
            Content::Beside { x, plates, rows } => self.put_beside(index, *x, plates, rows),
        }
    }

    /// The free height that a piece needs to begin on this page, with those that must follow on the same page.
    fn needed(&self, index: usize) -> f32 {
        let mut needed = 0.0;
        for (place, piece) in self.pieces.iter().enumerate().skip(index) {
            if place > index {
                needed += piece.gap;
            }
            if !piece.keeps_next {
                return needed + self.least(&piece.content);
            }
            needed += piece.content.height();
        }
        needed
    }

    /// The minimum height of a piece's first part on a page.
    fn least(&self, content: &Content) -> f32 {
        let height = content.height();
        match content {
            Content::Row(row) if height > self.height * UNDIVIDED_SHARE => {
                let first = row.cells.iter().filter_map(|cell| {
                    let mut lines = cell.text.lines();
                    lines.nth(MIN_LINES - 1).map(|(_, lower)| lower)
                });
                first.fold(0.0, f32::max) + 2.0 * row.padding
            }
            _ => height,
        }
    }

    /// Starts a page, with the headings of the table that continues there.
    fn turn(&mut self, index: usize) {
        let part = self.pieces[index].part;
        let of_part = |place: &usize| self.pieces[*place].part == part;
        let all = (0..self.pieces.len()).filter(of_part).count();
        let before = (0..index).filter(of_part).count();
        self.pages.push(Page {
            marks: Vec::new(),
            begins: (part, before as f32 / all.max(1) as f32),
        });
        self.y = 0.0;
        let headings = self.pieces[index].headings;
        if let Some(headings) = headings.filter(|headings| *headings != index)
            && let Content::Row(row) = &self.pieces[headings].content
        {
            self.put_row(headings, row);
        }
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.marks.push(mark);
        }
    }

    /// Places a row, over several pages if needed.
    fn put_row(&mut self, index: usize, row: &Row) {
        let mut placed = vec![0; row.cells.len()];
        loop {
            let room = self.height - self.y - 2.0 * row.padding;
            let fitting: Vec<Range<usize>> = (row.cells.iter().zip(&placed))
                .map(|(cell, from)| *from..fitting(&cell.text, *from, room))
                .collect();
            let gets_on = fitting.iter().any(|lines| !lines.is_empty());
            // A line that is higher than a page is placed anyway.
            let fitting: Vec<Range<usize>> = match gets_on || self.y > 0.0 {
                true => fitting,
                false => placed.iter().map(|from| *from..from + 1).collect(),
            };
            let high = (row.cells.iter().zip(&fitting))
                .map(|(cell, lines)| extent(&cell.text, lines))
                .fold(0.0, f32::max);
            let high = high + 2.0 * row.padding;
            let y = self.y;
            if row.is_shaded {
                self.mark(Mark::Ground { y, height: high });
            }
            for (cell, lines) in fitting.iter().enumerate() {
                if !lines.is_empty() {
                    self.mark(Mark::Lines {
                        piece: index,
                        row: 0,
                        cell,
                        lines: lines.clone(),
                        y: y + row.padding,
                    });
                }
            }
            self.y += high;
            if row.is_ruled {
                self.mark(Mark::Rule { y: self.y });
            }
            placed = fitting.iter().map(|lines| lines.end).collect();
            let is_whole = (row.cells.iter().zip(&placed))
                .all(|(cell, count)| *count >= cell.text.layout.len());
            if is_whole {
                return;
            }
            self.turn(index);
            let whole: usize = row
                .cells
                .iter()
                .map(|cell| cell.text.layout.len())
                .max()
                .unwrap_or(1);
            let done = placed.iter().copied().max().unwrap_or(0);
            self.begins_within(index, done as f32 / whole.max(1) as f32);
        }
    }

    /// Corrects the start of a page that begins within a piece.
    fn begins_within(&mut self, index: usize, share: f32) {
        let part = self.pieces[index].part;
        let all = self
            .pieces
            .iter()
            .filter(|piece| piece.part == part)
            .count();
        if let Some(page) = self.pages.last_mut() {
            page.begins.1 += share / all.max(1) as f32;
        }
    }

    fn put_beside(&mut self, index: usize, x: f32, plates: &[Plate], rows: &[Row]) {
        let top = self.y;
        let mut y = top;
        for (place, row) in rows.iter().enumerate() {
            self.put_whole(index, place, row, y);
            y += row.height();
        }
        let text = y;
        y = top;
        for (place, plate) in plates.iter().enumerate() {
            self.mark(Mark::Plate {
                piece: index,
                plate: place,
                x,
                y,
            });
            self.put_whole(
                index,
                rows.len() + place,
                &plate.caption,
                y + plate.height + 2.0,
            );
            y += plate.whole_height();
        }
        self.y = text.max(y);
    }

    fn put_whole(&mut self, piece: usize, row: usize, content: &Row, y: f32) {
        for (cell, text) in content.cells.iter().enumerate() {
            self.mark(Mark::Lines {
                piece,
                row,
                cell,
                lines: 0..text.text.layout.len(),
                y: y + content.padding,
            });
        }
    }
}

/// The first line from `from` on that does not fit into the height `room`.
pub(super) fn fitting(text: &Lettered, from: usize, room: f32) -> usize {
    let lines: Vec<(f32, f32)> = text.lines().collect();
    let Some((top, _)) = lines.get(from) else {
        return from;
    };
    let fits = |(_, lower): &&(f32, f32)| lower - top <= room;
    from + lines.iter().skip(from).take_while(fits).count()
}

/// The height of these lines.
fn extent(text: &Lettered, lines: &Range<usize>) -> f32 {
    let mut edges = text.lines().skip(lines.start).take(lines.len());
    let Some((top, lower)) = edges.next() else {
        return 0.0;
    };
    edges.last().map_or(lower, |(_, lower)| lower) - top
}
