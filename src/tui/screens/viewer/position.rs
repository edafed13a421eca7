//! View of a series: slice, window, zoom and centre.

use super::frame::{PictureFrame, Place, Shape};
use crate::imaging::Window;
use crate::tui::context::Context;
use ratatui::layout::Size;

/// Windows that radiology uses for the chest, and the one that the network gets.
pub const PRESETS: [(&str, Window); 4] = [
    ("lung", window(1500, -600)),
    ("mediastinum", window(400, 40)),
    ("bone", window(1800, 400)),
    ("model", Window::MODEL),
];

const fn window(width_hu: i32, centre_hu: i32) -> Window {
    Window {
        centre_hu,
        width_hu,
    }
}

/// Zoom factors relative to the whole slice.
const ZOOMS: [f64; 10] = [1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0];

const NARROWEST_HU: i32 = 10;
const WIDEST_HU: i32 = 10_000;
const LOWEST_HU: i32 = -2_000;
const HIGHEST_HU: i32 = 4_000;

/// View of a series on a screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// Index into the series.
    pub slice: usize,
    pub window: Window,
    /// Bright and dark are exchanged.
    pub inverted: bool,
    /// Index into [`ZOOMS`].
    zoom: usize,
    /// Place in the middle of the picture.
    pub centre: Place,
}

impl Position {
    /// A whole slice in the lung window.
    pub fn at(slice: usize, shape: Shape) -> Self {
        Self {
            slice,
            window: PRESETS[0].1,
            inverted: false,
            zoom: 0,
            centre: middle(shape),
        }
    }

    /// Magnification of the whole slice's size, at least 1.
    pub fn zoom(&self) -> f64 {
        ZOOMS[self.zoom]
    }

    /// Moves by `steps` slices and stops at both ends of `count`.
    pub fn step(&mut self, steps: isize, count: usize) {
        self.go_to(self.slice.saturating_add_signed(steps), count);
    }

    /// Goes to a slice, or to the last of `count`.
    pub fn go_to(&mut self, slice: usize, count: usize) {
        self.slice = slice.min(count.saturating_sub(1));
    }

    /// Next preset after the present one; the first if the window is no preset.
    pub fn next_preset(&mut self) {
        let on = PRESETS
            .iter()
            .position(|(_, window)| *window == self.window);
        let next = on.map_or(0, |on| (on + 1) % PRESETS.len());
        self.window = PRESETS[next].1;
    }

    /// Widens the window by a quarter, or narrows it by as much, in tens.
    pub fn widen(&mut self, wider: bool) {
        let width = f64::from(self.window.width_hu);
        let width = match wider {
            true => (width * 1.25).max(width + 10.0),
            false => (width / 1.25).min(width - 10.0),
        };
        let tens = (width / 10.0).round() as i32 * 10;
        self.window.width_hu = tens.clamp(NARROWEST_HU, WIDEST_HU);
    }

    /// Moves the window's centre by a twentieth of its width.
    pub fn shift_centre(&mut self, up: bool) {
        let step = (self.window.width_hu / 200 * 10).max(10);
        let step = if up { step } else { -step };
        self.window.centre_hu = (self.window.centre_hu + step).clamp(LOWEST_HU, HIGHEST_HU);
    }

    /// Zooms in or out around the centre.
    pub fn zoom_in(&mut self, nearer: bool) {
        self.zoom = match nearer {
            true => (self.zoom + 1).min(ZOOMS.len() - 1),
            false => self.zoom.saturating_sub(1),
        };
    }

    /// Shows the whole slice.
    pub fn zoom_out(&mut self, shape: Shape) {
        self.zoom = 0;
        self.centre = middle(shape);
    }

    /// Moves the visible part by an eighth of its size: `[down, right]`, each -1, 0 or 1.
    pub fn pan(&mut self, direction: [f64; 2], frame: &PictureFrame, shape: Shape) {
        let pixels = [shape.rows, shape.columns];
        self.centre = [0, 1].map(|axis| {
            let extent = f64::from(frame.extent[axis]);
            // Starts from the real place of the picture: at an edge the centre may lie beyond it.
            let seen = f64::from(frame.first[axis]) + (extent - 1.0) / 2.0;
            let step = (extent / 8.0).max(1.0);
            let half = (extent - 1.0) / 2.0;
            let farthest = f64::from(pixels[axis]) - 1.0 - half;
            (seen + direction[axis] * step).clamp(half, farthest.max(half))
        });
    }

    /// Moves `place` into the visible part, by as little as needed.
    pub fn reveal(&mut self, place: Place, frame: &PictureFrame) {
        for axis in [0, 1] {
            let first = f64::from(frame.first[axis]);
            let last = first + f64::from(frame.extent[axis]) - 1.0;
            let beyond = (place[axis] - last).max(0.0) - (first - place[axis]).max(0.0);
            if beyond != 0.0 {
                self.centre[axis] = (first + last) / 2.0 + beyond;
            }
        }
    }

    /// Frame of this view in `space` on this terminal, if a picture can be drawn there.
    pub fn frame(&self, shape: Shape, space: Size, context: &Context<'_>) -> Option<PictureFrame> {
        let capabilities = context.capabilities;
        let (graphics, cell) = (capabilities.graphics, capabilities.cell);
        PictureFrame::fit(shape, self.zoom(), self.centre, space, graphics, cell)
    }
}

/// Name of the window, if it is a preset.
pub fn preset(window: Window) -> Option<&'static str> {
    let on = PRESETS.iter().find(|(_, preset)| *preset == window);
    on.map(|(name, _)| *name)
}

fn middle(shape: Shape) -> Place {
    [shape.rows, shape.columns].map(|count| (f64::from(count) - 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::widgets::picture::Graphics;

    const SHAPE: Shape = Shape {
        rows: 100,
        columns: 100,
        pixel: [1.0, 1.0],
    };

    fn frame(position: &Position) -> PictureFrame {
        let space = Size::new(40, 20);
        let (zoom, centre) = (position.zoom(), position.centre);
        PictureFrame::fit(SHAPE, zoom, centre, space, Graphics::Shades, None).unwrap()
    }

    #[test]
    fn slices_stop_at_both_ends() {
        let mut position = Position::at(0, SHAPE);
        position.step(-1, 5);
        assert_eq!(position.slice, 0);
        position.step(10, 5);
        assert_eq!(position.slice, 4);
        position.go_to(usize::MAX, 5);
        assert_eq!(position.slice, 4);
    }

    #[test]
    fn presets_repeat_and_a_free_window_returns_to_the_first() {
        let mut position = Position::at(0, SHAPE);
        for (name, _) in PRESETS {
            assert_eq!(preset(position.window), Some(name));
            position.next_preset();
        }
        assert_eq!(preset(position.window), Some("lung"));
        position.widen(true);
        assert_eq!(
            (preset(position.window), position.window.width_hu),
            (None, 1880)
        );
        position.next_preset();
        assert_eq!(preset(position.window), Some("lung"));
    }

    #[test]
    fn width_and_centre_stay_within_reason() {
        let mut position = Position::at(0, SHAPE);
        for _ in 0..200 {
            position.widen(false);
            position.shift_centre(false);
        }
        assert_eq!(position.window, window(NARROWEST_HU, LOWEST_HU));
        for _ in 0..200 {
            position.widen(true);
            position.shift_centre(true);
        }
        assert_eq!(position.window, window(WIDEST_HU, HIGHEST_HU));
    }

    #[test]
    fn panning_past_an_edge_and_back_moves_at_once() {
        let mut position = Position::at(0, SHAPE);
        position.zoom_in(true);
        position.zoom_in(true);
        for _ in 0..30 {
            let seen = frame(&position);
            position.pan([1.0, -1.0], &seen, SHAPE);
        }
        let edge = frame(&position);
        assert_eq!(edge.first, [50, 0]);
        position.pan([-1.0, 1.0], &edge, SHAPE);
        assert!(frame(&position).first[0] < 50 && frame(&position).first[1] > 0);
        position.zoom_out(SHAPE);
        assert_eq!(position, Position::at(0, SHAPE));
    }

    #[test]
    fn a_revealed_place_becomes_visible() {
        let mut position = Position::at(0, SHAPE);
        for _ in 0..4 {
            position.zoom_in(true);
        }
        for place in [[0.0, 0.0], [99.0, 99.0], [40.0, 99.0]] {
            position.reveal(place, &frame(&position));
            assert!(frame(&position).cell(place).is_some(), "{place:?}");
        }
    }
}
