//! Pictures without Hounsfield units and without a stated plane: judged by their layout.
//!
//! A picture in a window like those of the training slices, with black lungs, has to be like them
//! ([`chest_ct_classifier`]) and must not miss the limits of [`chest`]. In a lung window, or one that is not known, a picture that is
//! less alike still passes where its layout alone is that of a chest, as it is or with black and white exchanged, and is marked.

use super::grid::Grid;
use super::layout::Layout;
use super::{chest, chest_ct_classifier, measures};
use crate::clinical::assessment::TrainingRange;

/// Mean level of the lungs (0 to 255) in a picture whose window is like those of the training slices.
/// Measured: up to 21.2 on IQ-OTH/NCCD, up to 14 through [`super::WINDOW`]; lung windows: 30 and more.
const MOST_LUNG_LEVEL: f32 = 25.0;
/// Share of white pixels in such a picture. Measured: up to 0.015; lung windows: 0.4.
const MOST_PURE_WHITE: f32 = 0.05;

/// Width over height of the two lungs together under which they are taller than in an axial slice.
const LEAST_LUNG_SHAPE: f32 = 1.1;

/// How far below the mean level of tissue dense lungs end, as a share of its distance from the level of lungs: fat, of -100
/// Hounsfield units, lies above.
const DENSE: f32 = 0.3;

/// Said of every picture that is marked for its window.
const NO_RESULT: &str = "no result is given for such pictures, the DICOM file would help";

/// Why a picture is none of an axial chest CT slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "no lungs were found: nothing dark in the picture is enclosed by tissue; only axial chest CT slices are \
         analysed"
    )]
    NothingEnclosed,
    #[error(
        "no lungs were found as they lie in an axial slice: what is dark inside is as tall as it is wide, as in \
         radiographs, coronal and sagittal slices; only axial chest CT slices are analysed"
    )]
    Tall,
    #[error(
        "no two lungs within a chest were found: the picture is not laid out as an axial chest CT slice is; choose \
         another file"
    )]
    Unlike,
    #[error(transparent)]
    LayoutError(#[from] chest::LayoutError),
}

/// Judges `width * height` grey levels, at least one, in anybody's window.
pub fn check(levels: &[u8], width: usize, height: usize) -> Result<TrainingRange, Refusal> {
    let measured = measures::measure(levels, width, height);
    match alike(&measured, levels, width, height) {
        Ok(range) => Ok(range),
        Err(refusal) => chest_alone(levels, width, height).ok_or(refusal),
    }
}

/// Judges grey levels that were taken from Hounsfield units, whose window is known.
pub fn check_hounsfield(levels: &[u8], width: usize, height: usize) -> Result<(), Refusal> {
    let measured = measures::measure(levels, width, height);
    alike(&measured, levels, width, height).map(|_| ())
}

/// The mark of a picture with black and white exchanged, if it has the layout of a chest.
pub fn inverted(levels: &[u8], width: usize, height: usize) -> Option<TrainingRange> {
    let inverted: Vec<u8> = levels.iter().map(|level| 255 - level).collect();
    chest_in(&Grid::of(&inverted, width, height).without_white_frame())?;
    Some(outside(
        "a picture with black and white exchanged, in a lung or unknown window",
    ))
}

fn outside(what: &str) -> TrainingRange {
    TrainingRange::Outside {
        reason: format!("{what}; {NO_RESULT}"),
    }
}

/// Judges a picture by how much it is like a chest slice, and by the limits that go with it.
fn alike(
    measured: &measures::Measures,
    levels: &[u8],
    width: usize,
    height: usize,
) -> Result<TrainingRange, Refusal> {
    if !measured.has_regions {
        return Err(Refusal::NothingEnclosed);
    }
    let log_odds = chest_ct_classifier::log_odds(&measured.values);
    if log_odds < chest_ct_classifier::LEAST {
        return Err(match measured.region_shape < LEAST_LUNG_SHAPE {
            true => Refusal::Tall,
            false => Refusal::Unlike,
        });
    }
    let grid = Grid::of(levels, width, height).without_white_frame();
    let otsu = Layout::of(&grid, measures::otsu(&grid.levels));
    let range = window(measured);
    let fits = match measured.region_level <= MOST_LUNG_LEVEL {
        true => {
            let above_black = Layout::of(&grid, measures::JUST_ABOVE_BLACK);
            let layouts = [otsu.as_ref(), above_black.as_ref()];
            chest::black(layouts, measured.region_row, log_odds)
        }
        false => match &otsu {
            Some(layout) => chest::grey(layout, log_odds),
            None => Err(chest::LayoutError::TooLittleAir),
        },
    };
    fits?;
    Ok(range)
}

/// The mark of a picture that has the layout of a chest, in whatever window, as it is or inverted.
fn chest_alone(levels: &[u8], width: usize, height: usize) -> Option<TrainingRange> {
    let grid = Grid::of(levels, width, height).without_white_frame();
    match chest_in(&grid) {
        Some(chest) => Some(of_lungs(chest.lung_level)),
        None => inverted(levels, width, height),
    }
}

/// The layout of a chest by the limits alone. Inflamed lungs are little darker than tissue, so tissue is also taken to begin
/// closely below its mean level.
fn chest_in(grid: &Grid) -> Option<Layout> {
    let usual = Layout::of(grid, measures::otsu(&grid.levels))?;
    if chest::alone(&usual).is_ok() {
        return Some(usual);
    }
    let tissue = usual.lung_level + usual.contrast;
    let dense = Layout::of(grid, tissue - DENSE * usual.contrast)?;
    chest::dense(&dense).is_ok().then_some(dense)
}

fn of_lungs(level: f32) -> TrainingRange {
    outside(&match level > MOST_LUNG_LEVEL {
        true => format!(
            "a picture in a lung or unknown window, the lungs are grey (level {level:.0} of 255) and not black"
        ),
        false => "a picture in an unknown window".into(),
    })
}

/// Holds the grey levels of a raster picture against the windows of the training slices.
fn window(measured: &measures::Measures) -> TrainingRange {
    let (lungs, white) = (measured.region_level, measured.white);
    if lungs > MOST_LUNG_LEVEL {
        of_lungs(lungs)
    } else if white > MOST_PURE_WHITE {
        outside(&format!(
            "a picture in an unknown window, {:.0} % of it is white",
            white * 100.0
        ))
    } else {
        TrainingRange::Inside
    }
}
