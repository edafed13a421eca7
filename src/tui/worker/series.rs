//! Scans on disk: looking for series, decoding and painting slices, growing regions, DICOM elements.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::imaging::region::{self, Region, RegionError, Seed};
use crate::imaging::{self, ImagingError, Series, TagLine, series};
use crate::store::{Access, Store, StoreError};
use crate::tui::folder;
use crate::tui::widgets::picture_error::PictureError;
use crate::tui::widgets::progress::Progress;
use crate::tui::widgets::slice::{SlicePicture, View};

/// Work on scans for a background thread.
pub enum Request {
    /// Looks through a file or a folder for series.
    Open {
        path: PathBuf,
        access: Access,
        progress: Arc<Progress>,
    },
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
    Slice(Result<Arc<SlicePicture>, PictureError>),
    /// With the threshold that the region was grown at.
    Grown(i16, Result<Box<Region>, RegionError>),
    Prefetched,
    Tags(Result<Vec<TagLine>, ImagingError>),
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
        // A folder that is not remembered is no reason not to show the slices.
        let remembered = store().and_then(|store| store.add_recent_folder(access, folder));
        if let Err(error) = remembered {
            tracing::warn!(%error, "the folder was not remembered");
        }
    }
    Ok(series.into_iter().map(Arc::new).collect())
}
