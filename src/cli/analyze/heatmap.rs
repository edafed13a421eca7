//! `--heatmap`: where the heat maps are written, and what their files contain.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use image::GrayImage;

use crate::clinical::report::DISCLAIMER;
use crate::imaging::overlay::{CAPTION, caption, png_file};
use crate::imaging::{ImagingError, Scan, Window};
use crate::model::{EngineError, SliceAnalysis};
use crate::text::scrub;
use crate::whole_file::{self, Readers};

/// Reason why there is no heat map.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeatMapError {
    #[error("{} is one file, but there are {slices} slices; give a folder for their heat maps", path.display())]
    OneForMany { path: PathBuf, slices: usize },
    #[error("the heat map would replace the slice {}; choose another file", .0.display())]
    ReplacesSlice(PathBuf),
    #[error("the heat map of {} cannot be encoded: {reason}", path.display())]
    Picture { path: PathBuf, reason: String },
    #[error("the heat map could not be written to {}: {source}; free some space or choose another folder", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Slice(#[from] ImagingError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Destination of the heat maps of one call.
#[derive(Debug)]
pub(crate) struct HeatMaps {
    target: PathBuf,
    into_folder: bool,
    /// Files of the slices, which no heat map may replace.
    slices: HashSet<PathBuf>,
    /// Files written so far.
    written: HashSet<PathBuf>,
}

impl HeatMaps {
    /// Heat maps of `slices`: into the file `target` if its name ends in `.png`, else into the folder `target`.
    pub(crate) fn new(target: &Path, slices: &[PathBuf]) -> Result<Self, HeatMapError> {
        let extension = target.extension().unwrap_or_default();
        let into_folder = target.is_dir() || !extension.eq_ignore_ascii_case("png");
        if !into_folder && slices.len() > 1 {
            return Err(HeatMapError::OneForMany {
                path: target.into(),
                slices: slices.len(),
            });
        }
        let maps = Self {
            target: target.into(),
            into_folder,
            slices: slices.iter().flat_map(|path| path.canonicalize()).collect(),
            written: HashSet::new(),
        };
        if !into_folder {
            maps.spare_slices(target)?;
        }
        Ok(maps)
    }

    /// Number of heat maps that can still be written: one into a file, any number into a folder.
    pub(crate) fn room(&self) -> usize {
        match self.into_folder {
            true => usize::MAX,
            false => 1 - self.written.len().min(1),
        }
    }

    /// Writes the slice in grey with the heat map over it, at the slice's resolution, with its caption under it.
    /// Only the file's owner may read it. Returns its path.
    pub(crate) fn write(
        &mut self,
        scan: &Scan,
        analysis: &SliceAnalysis,
    ) -> Result<PathBuf, HeatMapError> {
        let path = match self.into_folder {
            true => self.free_name(&scan.provenance.path),
            false => self.target.clone(),
        };
        self.spare_slices(&path)?;
        let unfit = |reason: String| HeatMapError::Picture {
            path: scan.provenance.path.clone(),
            reason,
        };
        let levels = scan.grey(Window::MODEL).into_owned();
        let grey = GrayImage::from_raw(scan.width, scan.height, levels)
            .ok_or_else(|| unfit("its pixels do not fill its width and height".into()))?;
        let picture = caption::under(&analysis.attention.heat_map().over(&grey));
        let weak = match analysis.attention.is_weak() {
            true => ", weak everywhere on this slice",
            false => "",
        };
        let model = analysis.assessment.model.named();
        let model = scrub(&model);
        let comment = format!("{CAPTION}{weak}. Model {model}. {DISCLAIMER}");
        let words = [
            ("Software", concat!("LUNNY ", env!("CARGO_PKG_VERSION"))),
            ("Comment", &comment),
        ];
        let bytes = png_file::encode(&picture, &words).map_err(|error| unfit(error.to_string()))?;
        whole_file::write(&path, &bytes, Readers::Owner).map_err(|source| HeatMapError::Write {
            path: path.clone(),
            source,
        })?;
        self.written.insert(path.clone());
        Ok(path)
    }

    /// Slices of the same name from several folders get numbers.
    fn free_name(&self, slice: &Path) -> PathBuf {
        let stem = slice.file_stem().unwrap_or_default();
        let name = |number: usize| {
            let mut name = OsString::from(stem);
            name.push("-attention");
            if number > 1 {
                name.push(format!("-{number}"));
            }
            name.push(".png");
            self.target.join(name)
        };
        let mut number = 1;
        while self.written.contains(&name(number)) {
            number += 1;
        }
        name(number)
    }

    fn spare_slices(&self, path: &Path) -> Result<(), HeatMapError> {
        match path.canonicalize() {
            Ok(whole) if self.slices.contains(&whole) => {
                Err(HeatMapError::ReplacesSlice(path.into()))
            }
            _ => Ok(()),
        }
    }
}
