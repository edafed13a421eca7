//! Pictures without Hounsfield units and without a stated plane: checked by their layout.
//!
//! A picture in a window like those of the training slices, with black lungs, must pass the
//! [`chest_ct_classifier`] and the limits of [`chest`]. A picture in a lung window or an unknown window that
//! the classifier rejects still passes if its layout alone is that of a chest, normal or inverted, and is
//! marked as outside the training range.

use super::grid::Grid;
use super::layout::Layout;
use super::{chest, chest_ct_classifier, measures};
use crate::clinical::assessment::TrainingRange;

/// Maximum mean level of the lungs (0 to 255) in a picture whose window is like those of the training slices.
/// Measured: up to 21.2 on IQ-OTH/NCCD, up to 14 through [`super::WINDOW`]; lung windows: 30 and more.
const MOST_LUNG_LEVEL: f32 = 25.0;
/// Maximum share of white pixels in such a picture. Measured: up to 0.015; lung windows: 0.4.
const MOST_PURE_WHITE: f32 = 0.05;

/// Width over height of the two lungs together; below this they are taller than in an axial slice.
const LEAST_LUNG_SHAPE: f32 = 1.1;

/// Distance of the tissue level for dense lungs below the mean level of tissue, as a share of the contrast
/// between tissue and lungs: fat, at -100 Hounsfield units, is above it.
const DENSE: f32 = 0.3;

/// Part of the reason for every picture that is marked because of its window.
const NO_RESULT: &str = "no result is given for such pictures; use the DICOM file";

/// Reasons why a picture is not an axial chest CT slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "no lungs were found: tissue encloses no dark region in the picture; only axial chest CT slices are \
         analysed"
    )]
    NothingEnclosed,
    #[error(
        "no lungs were found in the positions of an axial slice: the dark regions are as tall as wide, as in \
         radiographs, coronal and sagittal slices; only axial chest CT slices are analysed"
    )]
    Tall,
    #[error(
        "the picture does not have the layout of an axial chest CT slice, with two lungs in a chest; choose another \
         file"
    )]
    Unlike,
    #[error(transparent)]
    Reason(#[from] chest::Reason),
}

/// Checks `width * height` grey levels, at least one, in any window.
pub(super) fn check(levels: &[u8], width: usize, height: usize) -> Result<TrainingRange, Refusal> {
    let measured = measures::measure(levels, width, height);
    match alike(&measured, levels, width, height) {
        Ok(range) => Ok(range),
        Err(refusal) => chest_alone(levels, width, height).ok_or(refusal),
    }
}

/// Checks grey levels that were computed from Hounsfield units, so that the window is known.
pub(super) fn check_hounsfield(levels: &[u8], width: usize, height: usize) -> Result<(), Refusal> {
    let measured = measures::measure(levels, width, height);
    alike(&measured, levels, width, height).map(|_| ())
}

/// Reason outside the training range for an inverted picture, if it has the layout of a chest.
pub(super) fn inverted(levels: &[u8], width: usize, height: usize) -> Option<TrainingRange> {
    let inverted: Vec<u8> = levels.iter().map(|level| 255 - level).collect();
    chest_in(&Grid::of(&inverted, width, height).without_white_frame())?;
    Some(outside(
        "an inverted picture (black and white exchanged) in a lung or unknown window",
    ))
}

fn outside(what: &str) -> TrainingRange {
    TrainingRange::Outside {
        reason: format!("{what}; {NO_RESULT}"),
    }
}

/// Checks a picture with the chest CT classifier and the limits that go with it.
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
            None => Err(chest::Reason::TooLittleAir),
        },
    };
    fits?;
    Ok(range)
}

/// The training range of a picture that has the layout of a chest in any window, normal or inverted; `None` if
/// it has not.
fn chest_alone(levels: &[u8], width: usize, height: usize) -> Option<TrainingRange> {
    let grid = Grid::of(levels, width, height).without_white_frame();
    match chest_in(&grid) {
        Some(chest) => Some(of_lungs(chest.lung_level)),
        None => inverted(levels, width, height),
    }
}

/// The layout of a chest by the limits alone. Inflamed lungs are only slightly darker than tissue, so a level
/// just below the mean of tissue is tried as well.
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

/// Compares the grey levels of a raster picture with the windows of the training slices.
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
