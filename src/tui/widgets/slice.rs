//! Picture of one slice, painted on a background thread.

use std::sync::Arc;

use image::GrayImage;
use image::imageops::{self, FilterType};
use ratatui::layout::Size;

use super::frame::{PictureFrame, Place, Shape};
use crate::cancel::Cancel;
use crate::imaging::{Scan, Series, Window};
use crate::tui::session::Capabilities;
use crate::tui::widgets::canvas::Canvas;
use crate::tui::widgets::lesion_mark::LesionMark;
use crate::tui::widgets::picture::Picture;
use crate::tui::widgets::picture_error::PictureError;

pub use crate::tui::widgets::canvas::Tone;

/// Straight line over a slice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    pub from: Place,
    pub to: Place,
    pub tone: Tone,
}

/// Everything that a picture depends on, apart from the series itself.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub slice: usize,
    pub window: Window,
    pub inverted: bool,
    /// `None` if no picture can be drawn; the slice is decoded all the same.
    pub frame: Option<PictureFrame>,
    pub strokes: Vec<Stroke>,
    /// Lesions that the model proposes on this slice.
    pub marks: Vec<LesionMark>,
    pub capabilities: Capabilities,
}

/// Slice, decoded and painted.
#[derive(Debug)]
pub struct SlicePicture {
    pub view: View,
    pub scan: Arc<Scan>,
    pub picture: Option<Picture>,
}

impl View {
    /// Decodes the slice unless that was done before, then paints and encodes its picture. Blocks meanwhile.
    ///
    /// # Errors
    /// Any [`PictureError`].
    pub fn paint(self, series: &Series, cancel: &Cancel) -> Result<SlicePicture, PictureError> {
        let scan = series.slice_unless(self.slice, cancel)?;
        let picture = match &self.frame {
            Some(frame) => {
                let canvas = self.canvas(&scan, frame)?;
                Some(Picture::of_canvas(&canvas, &self.capabilities)?)
            }
            None => None,
        };
        Ok(SlicePicture {
            view: self,
            scan,
            picture,
        })
    }

    fn canvas(&self, scan: &Scan, frame: &PictureFrame) -> Result<Canvas, PictureError> {
        let mut canvas = canvas(scan, frame, self.window, self.inverted)?;
        mark(&mut canvas, frame, &self.marks);
        for stroke in &self.strokes {
            canvas.line(
                frame.sample(stroke.from),
                frame.sample(stroke.to),
                stroke.tone,
            );
        }
        Ok(canvas)
    }
}

/// Part of a scan in `frame`, without lines over it.
fn canvas(
    scan: &Scan,
    frame: &PictureFrame,
    window: Window,
    inverted: bool,
) -> Result<Canvas, PictureError> {
    // Cut out first, so that hidden parts are neither windowed nor resized.
    let part = scan.part(frame.first, frame.extent);
    let part = part.ok_or(PictureError::OutsideSlice)?;
    let mut levels = part.grey(window).into_owned();
    if inverted {
        for level in &mut levels {
            *level = 255 - *level;
        }
    }
    let grey = GrayImage::from_raw(part.width, part.height, levels);
    let grey = grey.ok_or(PictureError::Incomplete)?;
    let [down, across] = frame.size_in_levels();
    let grey = match grey.dimensions() == (across, down) {
        true => grey,
        // Nothing brighter or darker than the pixels themselves, as sharper filters give beside an edge.
        false => imageops::resize(&grey, across, down, FilterType::Triangle),
    };
    Ok(Canvas::new(frame.cells, frame.samples, grey))
}

/// Circles the lesions, each with its number; the selected one last, over the others.
fn mark(canvas: &mut Canvas, frame: &PictureFrame, marks: &[LesionMark]) {
    let mut marks: Vec<&LesionMark> = marks.iter().collect();
    marks.sort_by_key(|mark| mark.is_chosen);
    let samples = frame.size_in_samples();
    for mark in marks {
        let tone = match mark.is_chosen {
            true => Tone::Chosen,
            false => Tone::Proposed,
        };
        let centre = frame.sample(mark.centre);
        let inside = (0..2).all(|axis| (0.0..f64::from(samples[axis])).contains(&centre[axis]));
        if !inside {
            continue;
        }
        let reach = [0, 1].map(|axis| {
            mark.radius[axis] * f64::from(samples[axis]) / f64::from(frame.extent[axis])
        });
        canvas.ring(centre, reach, tone);
        canvas.number(mark.number, centre, reach, tone);
    }
}

/// A whole scan in the model's window with the lesions circled, encoded for the terminal.
///
/// # Errors
/// Any [`PictureError`] but of decoding.
pub fn marked(
    scan: &Scan,
    marks: &[LesionMark],
    space: Size,
    capabilities: &Capabilities,
) -> Result<Picture, PictureError> {
    let Capabilities { graphics, cell, .. } = *capabilities;
    let shape = Shape {
        rows: scan.height,
        columns: scan.width,
        pixel: scan.spacing_mm.unwrap_or([1.0, 1.0]),
    };
    let middle = [shape.rows, shape.columns].map(|count| (f64::from(count) - 1.0) / 2.0);
    let Some(frame) = PictureFrame::fit(shape, 1.0, middle, space, graphics, cell) else {
        return Picture::encode(scan, None, capabilities, space);
    };
    let mut canvas = canvas(scan, &frame, Window::MODEL, false)?;
    mark(&mut canvas, &frame, marks);
    Picture::of_canvas(&canvas, capabilities)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{Format, Pixels, Provenance};
    use crate::tui::terminal::colour::ColourDepth;
    use crate::tui::widgets::picture::Graphics;

    /// Air, with a bright square of water in rows 2 and 3, columns 4 and 5.
    fn series() -> Series {
        let value = |at: u32| match ((2..4).contains(&(at / 8)), (4..6).contains(&(at % 8))) {
            (true, true) => 0,
            _ => -1024,
        };
        Series::of_scan(Scan {
            pixels: Pixels::Hounsfield((0..64).map(value).collect()),
            width: 8,
            height: 8,
            spacing_mm: None,
            colourfulness: 0.0,
            provenance: Provenance {
                path: "slice.dcm".into(),
                format: Format::Dicom,
                bytes: 0,
                sha256: String::new(),
                dicom: None,
            },
        })
    }

    fn view(first: [u32; 2], extent: [u32; 2], cells: (u16, u16)) -> View {
        View {
            slice: 0,
            window: Window {
                centre_hu: -600,
                width_hu: 400,
            },
            inverted: false,
            frame: Some(PictureFrame {
                first,
                extent,
                cells: Size::new(cells.0, cells.1),
                samples: [1, 1],
                levels: [1, 1],
            }),
            strokes: Vec::new(),
            marks: Vec::new(),
            capabilities: Capabilities {
                colour: ColourDepth::Monochrome,
                shortcuts: Default::default(),
                graphics: Graphics::Shades,
                cell: None,
                reduced_motion: false,
                plain: false,
            },
        }
    }

    fn letters(view: &View) -> Vec<String> {
        let series = series();
        let scan = series.slice(0).unwrap();
        let canvas = view.canvas(&scan, view.frame.as_ref().unwrap()).unwrap();
        canvas.letters([' ', '#'])
    }

    #[test]
    fn a_part_is_cut_out_where_the_frame_says() {
        let drawn = letters(&view([1, 3], [4, 4], (4, 4)));
        assert_eq!(drawn, ["    ", " ## ", " ## ", "    "]);
    }

    #[test]
    fn inverting_changes_bright_and_dark() {
        let mut view = view([1, 3], [2, 4], (4, 2));
        view.inverted = true;
        assert_eq!(letters(&view), ["####", "#  #"]);
    }

    #[test]
    fn strokes_lie_over_their_pixels() {
        let mut view = view([0, 0], [8, 8], (8, 8));
        view.strokes.push(Stroke {
            from: [2.0, 4.0],
            to: [2.0, 5.0],
            tone: Tone::Measured,
        });
        let drawn = letters(&view);
        assert_eq!(
            (drawn[2].as_str(), drawn[3].as_str()),
            ("    ××  ", "    ##  ")
        );
    }

    #[test]
    fn a_lesion_is_ringed_with_its_number_and_one_out_of_sight_is_not() {
        let mut view = view([0, 0], [8, 8], (8, 8));
        let seen = LesionMark {
            number: 2,
            centre: [4.0, 3.0],
            radius: [1.0, 2.0],
            is_chosen: false,
        };
        let unseen = LesionMark {
            number: 5,
            centre: [40.0, 3.0],
            ..seen
        };
        view.marks = vec![seen, unseen];
        let drawn = letters(&view).concat();
        assert!(drawn.contains('o') && drawn.contains('2') && !drawn.contains('5'));
        view.marks[0].is_chosen = true;
        let drawn = letters(&view).concat();
        assert!(drawn.contains('@') && !drawn.contains('o'), "{drawn}");
    }

    #[test]
    fn a_frame_beyond_the_slice_is_an_error_and_no_panic() {
        let error = view([6, 6], [4, 4], (4, 4))
            .paint(&series(), &Cancel::default())
            .unwrap_err();
        assert!(matches!(error, PictureError::OutsideSlice), "{error}");
    }
}
