//! A drawing as a list of marks, in painting order.
//!
//! Lengths are in points, from the upper left corner; PNG uses several pixels for a point.

/// Red, green, blue, and opacity in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Colour {
    pub rgb: [u8; 3],
    pub opacity: f32,
}

impl Colour {
    /// Background.
    pub const WHITE: Self = Self::solid(0xff, 0xff, 0xff);
    /// Text and axes.
    pub const INK: Self = Self::solid(0x24, 0x29, 0x2f);
    /// Labels and notes.
    pub const MUTED: Self = Self::solid(0x5f, 0x68, 0x72);
    /// Lines of the grid.
    pub const GRID: Self = Self::solid(0xe3, 0xe6, 0xea);
    /// Frame around a chart.
    pub const FRAME: Self = Self::solid(0x9a, 0xa3, 0xad);
    /// For measured data.
    pub const BLUE: Self = Self::solid(0x00, 0x72, 0xb2);
    /// For decisions.
    pub const VERMILION: Self = Self::solid(0xd5, 0x5e, 0x00);
    /// For a second measured series.
    pub const GREEN: Self = Self::solid(0x00, 0x9e, 0x73);

    const fn solid(red: u8, green: u8, blue: u8) -> Self {
        Self {
            rgb: [red, green, blue],
            opacity: 1.0,
        }
    }

    /// The same colour with another opacity.
    pub const fn with_opacity(self, opacity: f32) -> Self {
        Self { opacity, ..self }
    }

    /// Interpolates from this colour to `other` by `share`.
    pub fn towards(self, other: Self, share: f64) -> Self {
        let share = share.clamp(0.0, 1.0);
        let mix = |from: u8, to: u8| {
            (f64::from(from) + share * (f64::from(to) - f64::from(from))).round() as u8
        };
        let [red, green, blue] = [0, 1, 2].map(|at| mix(self.rgb[at], other.rgb[at]));
        Self::solid(red, green, blue)
    }
}

/// A position: to the right, down.
pub type Point = (f32, f32);

/// Style of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    pub colour: Colour,
    pub width: f32,
    pub dashed: bool,
}

impl Stroke {
    /// A solid line; `width` in points.
    pub const fn solid(colour: Colour, width: f32) -> Self {
        Self {
            colour,
            width,
            dashed: false,
        }
    }

    /// A dashed line; `width` in points.
    pub const fn dashed(colour: Colour, width: f32) -> Self {
        Self {
            colour,
            width,
            dashed: true,
        }
    }
}

/// The part of a text at its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text; `at` is on its baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    pub at: Point,
    pub text: String,
    pub size: f32,
    pub bold: bool,
    pub colour: Colour,
    pub anchor: Anchor,
    /// Rotated, read from bottom to top.
    pub upright: bool,
    /// With a white outline that separates it from lines below.
    pub rimmed: bool,
}

impl Text {
    /// The outline of a text that has one.
    pub const RIM: Stroke = Stroke::solid(Colour::WHITE, 3.0);

    /// Text of 11 points that begins at `at`.
    pub fn new(at: Point, text: impl Into<String>) -> Self {
        Self {
            at,
            text: text.into(),
            size: 11.0,
            bold: false,
            colour: Colour::INK,
            anchor: Anchor::Start,
            upright: false,
            rimmed: false,
        }
    }

    /// The same text with letters of `size` points.
    pub fn size(self, size: f32) -> Self {
        Self { size, ..self }
    }

    /// The same text in bold.
    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// The same text in another colour.
    pub fn colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    /// The same text with another part of it at its position.
    pub fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// The same text, read from bottom to top.
    pub fn upright(self) -> Self {
        Self {
            upright: true,
            ..self
        }
    }

    /// The same text with [`Text::RIM`] around its letters.
    pub fn rimmed(self) -> Self {
        Self {
            rimmed: true,
            ..self
        }
    }
}

/// One element of a drawing.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    Line {
        points: Vec<Point>,
        stroke: Stroke,
    },
    /// A closed shape.
    Area {
        points: Vec<Point>,
        fill: Colour,
    },
    Circle {
        centre: Point,
        radius: f32,
        fill: Colour,
        edge: Stroke,
    },
    Text(Text),
}

/// A drawing on white.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawing {
    pub width: f32,
    pub height: f32,
    /// Alternative text for readers who do not see the picture.
    pub title: String,
    pub marks: Vec<Mark>,
}

impl Drawing {
    /// An empty drawing; width and height in points.
    pub fn new(width: f32, height: f32, title: impl Into<String>) -> Self {
        Self {
            width,
            height,
            title: title.into(),
            marks: Vec::new(),
        }
    }

    /// Adds a line through points.
    pub fn line(&mut self, points: Vec<Point>, stroke: Stroke) {
        self.marks.push(Mark::Line { points, stroke });
    }

    /// Adds a filled polygon.
    pub fn area(&mut self, points: Vec<Point>, fill: Colour) {
        self.marks.push(Mark::Area { points, fill });
    }

    /// A filled box between two corners.
    pub fn rectangle(&mut self, (left, top): Point, (right, bottom): Point, fill: Colour) {
        let points = vec![(left, top), (right, top), (right, bottom), (left, bottom)];
        self.area(points, fill);
    }

    /// A dot with a white edge, so that it stands out from lines.
    pub fn dot(&mut self, centre: Point, radius: f32, fill: Colour) {
        self.marks.push(Mark::Circle {
            centre,
            radius,
            fill,
            edge: Stroke::solid(Colour::WHITE, 1.2),
        });
    }

    /// Adds a text.
    pub fn text(&mut self, text: Text) {
        self.marks.push(Mark::Text(text));
    }
}
