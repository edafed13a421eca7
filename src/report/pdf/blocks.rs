//! Conversion of the parts of a document to pieces that are laid out on pages.

use super::flow::{Cell, Content, Piece, Plate, Row};
use super::lettering::{Ink, Lettering, Look};
use super::pictures;
use crate::report::document::{Document, Figure, Part, Side, Table};
use crate::report::facts::Fact;

/// Distance of values from the start of their labels.
const VALUES: f32 = 118.0;
/// Space between columns.
const GUTTER: f32 = 8.0;
/// Width of pictures beside facts: scans at the left, a photo at the right.
const SCAN: f32 = 158.0;
const PHOTO: f32 = 92.0;

const TEXT: Look = Look {
    size: 9.0,
    is_bold: false,
    ink: Ink::Text,
};
const LABEL: Look = Look {
    ink: Ink::Muted,
    ..TEXT
};
const TITLE: Look = Look {
    size: 18.0,
    is_bold: true,
    ink: Ink::Heading,
};
const SUBJECT: Look = Look {
    size: 11.0,
    is_bold: true,
    ink: Ink::Text,
};
const HEADING: Look = Look {
    size: 12.0,
    is_bold: true,
    ink: Ink::Heading,
};
const SUBHEADING: Look = Look {
    size: 9.5,
    is_bold: true,
    ink: Ink::Text,
};
const CELL: Look = Look { size: 8.0, ..TEXT };
const CAPTION: Look = Look { size: 7.0, ..LABEL };
pub(super) const HEAD: Look = Look {
    size: 8.5,
    is_bold: true,
    ink: Ink::Muted,
};
pub(super) const FOOT: Look = Look { size: 6.8, ..LABEL };

/// Makes the pieces of a document.
pub(super) struct Blocks<'a> {
    lettering: &'a mut Lettering,
    /// Width between the margins.
    measure: f32,
    pieces: Vec<Piece>,
    part: usize,
}

/// The pieces of a document for pages of that width and height between the margins.
pub(super) fn pieces(
    document: &Document,
    lettering: &mut Lettering,
    (measure, height): (f32, f32),
) -> Vec<Piece> {
    let mut blocks = Blocks {
        lettering,
        measure,
        pieces: Vec::new(),
        part: 0,
    };
    blocks.line(document.title, TITLE, 0.0, false);
    blocks.line(&document.subject, SUBJECT, 2.0, false);
    for (index, part) in document.parts.iter().enumerate() {
        blocks.part = index;
        blocks.part(part, height);
    }
    blocks.line(&document.made, LABEL, 10.0, false);
    blocks.lacking();
    blocks.pieces
}

impl Blocks<'_> {
    fn part(&mut self, part: &Part, height: f32) {
        match part {
            Part::Heading(words) => {
                let row = self.row(words, HEADING);
                let row = Row {
                    is_ruled: true,
                    ..row
                };
                self.put(12.0, Content::Row(row), true);
                if let Some(piece) = self.pieces.last_mut() {
                    piece.is_heading = true;
                }
                self.space();
            }
            Part::Subheading(words) => self.line(words, SUBHEADING, 6.0, true),
            Part::Status { line, is_final } => {
                let ink = match is_final {
                    true => Ink::Final,
                    false => Ink::Preliminary,
                };
                let look = Look { ink, ..SUBHEADING };
                self.line(line, look, 4.0, true);
            }
            Part::Facts(facts) => self.facts(facts),
            Part::Lines(lines) => self.lines(lines),
            Part::Beside {
                figures,
                side,
                facts,
            } => self.beside(figures, *side, facts, height),
            Part::Table(table) => self.table(table),
        }
    }

    fn put(&mut self, gap: f32, content: Content, keeps_next: bool) {
        self.pieces.push(Piece {
            gap,
            content,
            keeps_next,
            is_heading: false,
            part: self.part,
            headings: None,
        });
    }

    /// Space below the line of a heading.
    fn space(&mut self) {
        let row = Row {
            cells: Vec::new(),
            is_shaded: false,
            is_ruled: false,
            padding: 2.0,
        };
        self.put(0.0, Content::Row(row), true);
    }

    fn row(&mut self, words: &str, look: Look) -> Row {
        let text = self.lettering.letter(words, look, self.measure);
        Row {
            cells: vec![Cell { x: 0.0, text }],
            is_shaded: false,
            is_ruled: false,
            padding: 1.0,
        }
    }

    fn line(&mut self, words: &str, look: Look, gap: f32, keeps_next: bool) {
        let row = self.row(words, look);
        self.put(gap, Content::Row(row), keeps_next);
    }

    fn facts(&mut self, facts: &[Fact]) {
        for (label, value) in facts {
            let row = self.fact((label, value), 0.0, self.measure);
            self.put(0.0, Content::Row(row), false);
        }
    }

    fn lines(&mut self, lines: &[(String, String)]) {
        for (label, value) in lines {
            match label.is_empty() {
                true => self.line(value, TEXT, 0.0, false),
                false => {
                    let row = self.fact((label, value), 0.0, self.measure);
                    self.put(0.0, Content::Row(row), false);
                }
            }
        }
    }

    fn fact(&mut self, (label, value): (&str, &str), x: f32, measure: f32) -> Row {
        let values = VALUES.min(measure * 0.4);
        let label = self.lettering.letter(label, LABEL, values - GUTTER);
        let text = self.lettering.letter(value, TEXT, measure - values);
        Row {
            cells: vec![
                Cell { x, text: label },
                Cell {
                    x: x + values,
                    text,
                },
            ],
            is_shaded: false,
            is_ruled: false,
            padding: 1.2,
        }
    }

    /// Pictures beside as many of the facts as fit; the rest follows below.
    fn beside(&mut self, figures: &[Figure], side: Side, facts: &[Fact], height: f32) {
        let width = match side {
            Side::Left => SCAN,
            Side::Right => PHOTO,
        };
        let plates: Vec<Plate> = (figures.iter())
            .map(|figure| self.plate(figure, width, height))
            .collect();
        let (x, facts_x) = match side {
            Side::Left => (0.0, width + 2.0 * GUTTER),
            Side::Right => (self.measure - width, 0.0),
        };
        let measure = self.measure - width - 2.0 * GUTTER;
        let mut rows = Vec::new();
        let mut left = height * 0.8;
        let mut below = facts.len();
        for (index, (label, value)) in facts.iter().enumerate() {
            let row = self.fact((label, value), facts_x, measure);
            left -= row.height();
            if left < 0.0 {
                below = index;
                break;
            }
            rows.push(row);
        }
        self.put(4.0, Content::Beside { x, plates, rows }, false);
        self.facts(facts.get(below..).unwrap_or_default());
    }

    fn plate(&mut self, figure: &Figure, width: f32, height: f32) -> Plate {
        let drawable = pictures::drawable(&figure.picture);
        let shape = drawable.as_ref().map_or(1.0, |drawable| drawable.shape);
        let caption = match drawable {
            Some(_) => figure.caption.clone(),
            None => format!("{} (the stored picture cannot be read)", figure.caption),
        };
        let text = self.lettering.letter(&caption, CAPTION, width);
        // Two of them with captions fit on a page, whatever their shape.
        let highest = (height * 0.36).min(width * 1.4);
        let high = match drawable {
            Some(_) => (width / shape).min(highest),
            None => 0.0,
        };
        Plate {
            image: drawable.map(|drawable| drawable.image),
            width: (high * shape).min(width),
            height: high,
            caption: Row {
                cells: vec![Cell { x: 0.0, text }],
                is_shaded: false,
                is_ruled: false,
                padding: 1.0,
            },
        }
    }

    fn table(&mut self, table: &Table) {
        let shares: f32 = table.columns.iter().map(|column| column.share).sum();
        let mut x = 0.0;
        let places: Vec<(f32, f32)> = (table.columns.iter())
            .map(|column| {
                let width = self.measure * column.share / shares.max(f32::EPSILON);
                let place = (x + 2.0, width - GUTTER);
                x += width;
                place
            })
            .collect();
        let headings = table.columns.iter().map(|column| column.heading);
        let look = Look {
            is_bold: true,
            ..CELL
        };
        let row = self.cells(headings, &places, look);
        let row = Row {
            is_shaded: true,
            ..row
        };
        let headings = self.pieces.len();
        self.put(4.0, Content::Row(row), true);
        for values in &table.rows {
            let row = self.cells(values.iter().map(String::as_str), &places, CELL);
            self.put(0.0, Content::Row(row), false);
            if let Some(piece) = self.pieces.last_mut() {
                piece.headings = Some(headings);
            }
        }
    }

    fn cells<'t>(
        &mut self,
        values: impl Iterator<Item = &'t str>,
        places: &[(f32, f32)],
        look: Look,
    ) -> Row {
        let cells = values.zip(places).map(|(value, &(x, width))| Cell {
            x,
            text: self.lettering.letter(value, look, width),
        });
        Row {
            cells: cells.collect(),
            is_shaded: false,
            is_ruled: true,
            padding: 2.5,
        }
    }

    /// Names the scripts that no font could draw; adds nothing if all text is drawn.
    fn lacking(&mut self) {
        let lacking: Vec<&str> = self.lettering.lacking_scripts().into_iter().collect();
        if lacking.is_empty() {
            return;
        }
        let words = format!(
            "No font on this computer has these scripts: {}. Their characters are shown by their Unicode numbers, like \
             [U+0041]; install a font for them and make the copy again.",
            lacking.join(", ")
        );
        self.line(&words, LABEL, 6.0, false);
    }
}
