//! A synthetic CT for users who have no scan at hand. It is written once, and opened like any other.

use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::cancel::Cancel;
use crate::imaging::instance::InstanceError;
use crate::imaging::phantom::{Exam, Grid, Kind, Lobe, NoRoom, Nodule, Phantom};
use crate::whole_file::{self, Readers};

/// Number of slices, their distance and thickness, their rows and columns, and the distance of pixels.
const SLICES: usize = 30;
const STEP_MM: f64 = 5.0;
const SIDE: u32 = 300;
const SPACING_MM: f64 = 1.2;
const NODULE_MM: f64 = 12.0;
const DATE: &str = "20250115";

/// Reason why the synthetic CT cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    #[error("{} cannot be written: {source}; free some space or correct the rights of its folder", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("the synthetic CT could not be computed: {0}")]
    Instance(#[from] InstanceError),
    #[error("the synthetic CT could not be computed: {0}")]
    NoRoom(#[from] NoRoom),
    #[error("writing the synthetic CT was stopped")]
    Cancelled,
}

/// Writes the slices into `folder`, unless they are there.
///
/// # Errors
/// Any [`SampleError`].
pub fn write(folder: &Path, cancel: &Cancel) -> Result<(), SampleError> {
    let name = |slice: usize| folder.join(format!("IM{:04}.dcm", slice + 1));
    if (0..SLICES).all(|slice| name(slice).is_file()) {
        return Ok(());
    }
    let grid = Grid::chest(SIDE, SPACING_MM, SLICES, STEP_MM);
    let mut phantom = Phantom::new(1);
    let nodule = Nodule::ball(Kind::Solid, [0.0; 3], NODULE_MM);
    phantom.put_into(Lobe::RightUpper, nodule, &grid)?;
    let exam = Exam {
        patient_id: "PHANTOM-1".to_owned(),
        date: DATE.to_owned(),
        identity: format!("example, {grid:?}, {:?}", phantom.nodules()),
        comments: "Synthetic phantom with 1 nodule. No person was scanned.".to_owned(),
    };
    let trunk = Phantom::trunk(&grid);
    (0..SLICES).into_par_iter().try_for_each(|slice| {
        if cancel.is_cancelled() {
            return Err(SampleError::Cancelled);
        }
        let hounsfield = phantom.slice(&grid, &trunk, slice);
        let file = exam.file(&grid, slice, &hounsfield)?;
        let path = name(slice);
        let written = whole_file::write(&path, &file, Readers::Usual);
        written.map_err(|source| SampleError::Unwritable { path, source })
    })
}
