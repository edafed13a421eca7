//! Scans on disk: finding series, decoding and painting slices, growing regions, DICOM elements.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::clinical::identity::Identity;
use crate::imaging::region::{self, Region, RegionError, Seed};
use crate::imaging::{self, ImagingError, Series, TagLine, series};
use crate::sealed;
use crate::store::{Access, PlannedRow, Store, StoreError};
use crate::tui::folder;
use crate::tui::screens::worklist::scan;
use crate::tui::widgets::picture_error::PictureError;
use crate::tui::widgets::progress::Progress;
use crate::tui::widgets::slice::{SlicePicture, View};

/// Maximum size in bytes of a file that is read while it is only selected.
const MOST_PEEKED: u64 = 64 << 20;
/// Maximum number of entries of a folder that are searched for its first file.
const MOST_LISTED: usize = 10_000;

/// Work on scans for a background thread.
pub enum Request {
    /// Finds the series of a file or a folder.
    Open {
        path: PathBuf,
        access: Access,
        progress: Arc<Progress>,
    },
    /// Patient and planned exam of a file, or of the first file in a folder.
    Peek { path: PathBuf, access: Access },
    /// Decodes and paints one slice.
    Slice {
        series: Arc<Series>,
        view: Box<View>,
    },
    /// Grows a region from a seed and proposes a nodule's axes.
    Grow {
        series: Arc<Series>,
        seed: Seed,
        threshold_hu: i16,
    },
    /// Decodes slices that may be asked for next.
    Prefetch {
        series: Arc<Series>,
        slices: Vec<usize>,
    },
    /// The DICOM elements of a file.
    Tags(PathBuf),
}

/// Outcome of the work.
pub enum Answer {
    Opened(Result<Vec<Arc<Series>>, ImagingError>),
    /// None for a file that is no scan or states no patient.
    Peeked(Option<Box<Peeked>>),
    Slice(Result<Arc<SlicePicture>, PictureError>),
    /// With the threshold that the region was grown at.
    Grown(i16, Result<Box<Region>, RegionError>),
    Prefetched,
    Tags(Result<Vec<TagLine>, ImagingError>),
}

/// Patient and planned exam of a file.
pub struct Peeked {
    pub patient: Identity,
    pub planned: Option<PlannedRow>,
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        true
    }
}

/// Answers a request. `store` opens the database.
pub(super) fn perform(
    store: impl FnOnce() -> Result<Store, StoreError>,
    request: Request,
    cancel: &Cancel,
) -> Answer {
    match request {
        Request::Open {
            path,
            access,
            progress,
        } => Answer::Opened(open(&path, &access, store, &progress, cancel)),
        Request::Peek { path, access } => {
            Answer::Peeked(peek(&path, &access, store, cancel).map(Box::new))
        }
        Request::Slice { series, view } => Answer::Slice(view.paint(&series, cancel).map(Arc::new)),
        Request::Grow {
            series,
            seed,
            threshold_hu,
        } => {
            let region = region::grow(&series, seed, threshold_hu, cancel);
            Answer::Grown(threshold_hu, region.map(Box::new))
        }
        Request::Prefetch { series, slices } => {
            series.prefetch(&slices, cancel);
            Answer::Prefetched
        }
        Request::Tags(path) => Answer::Tags(imaging::tags(&path)),
    }
}

fn open(
    path: &Path,
    access: &Access,
    store: impl FnOnce() -> Result<Store, StoreError>,
    progress: &Progress,
    cancel: &Cancel,
) -> Result<Vec<Arc<Series>>, ImagingError> {
    let path = folder::expanded(path);
    let series = series::open(&path, cancel, &|state| progress.set(state.done, state.of))?;
    if let Some(folder) = path.parent() {
        // Failing to store the folder must not prevent showing the slices.
        let remembered = store().and_then(|store| store.add_recent_folder(access, folder));
        if let Err(error) = remembered {
            tracing::warn!(%error, "the folder was not remembered");
        }
    }
    Ok(series.into_iter().map(Arc::new).collect())
}

fn peek(
    path: &Path,
    access: &Access,
    store: impl FnOnce() -> Result<Store, StoreError>,
    cancel: &Cancel,
) -> Option<Peeked> {
    let file = match path.is_dir() {
        true => first_file(path)?,
        false => path.to_path_buf(),
    };
    let is_small =
        std::fs::metadata(&file).is_ok_and(|found| sealed::length(&file, &found) <= MOST_PEEKED);
    let series = series::open(is_small.then_some(&file)?, cancel, &|_| {}).ok()?;
    let identity = &series.first()?.identity;
    let order = scan::order_of(identity);
    let planned = store().and_then(|it| it.planned_for_scan(access, &order, &identity.patient));
    let peeked = Peeked {
        patient: identity.patient.clone(),
        planned: planned.ok().flatten(),
    };
    (peeked.patient.is_stated() || peeked.planned.is_some()).then_some(peeked)
}

/// The first of the visible files in a folder, by name.
fn first_file(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.take(MOST_LISTED);
    let files = entries.filter_map(|entry| {
        let entry = entry.ok()?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        (!is_hidden && entry.file_type().ok()?.is_file()).then(|| entry.path())
    });
    files.min()
}
