//! Scans on disk: finding series, decoding and painting slices, growing regions, DICOM elements.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ratatui::layout::Size;

use crate::cancel::Cancel;
use crate::clinical::identity::Identity;
use crate::imaging::region::{self, Region, RegionError, Seed};
use crate::imaging::series::SeriesIdentity;
use crate::imaging::{self, ImagingError, Series, TagLine, series};
use crate::sealed;
use crate::store::{Access, PlannedRow, Store, StoreError};
use crate::text::scrub;
use crate::tui::folder;
use crate::tui::screens::viewer::facts;
use crate::tui::screens::worklist::scan;
use crate::tui::session::Capabilities;
use crate::tui::widgets::picture::Picture;
use crate::tui::widgets::picture_error::PictureError;
use crate::tui::widgets::progress::Progress;
use crate::tui::widgets::slice::{self, SlicePicture, View};
use crate::tui::worker::sample::{self, SampleError};

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
    /// Patient, study and planned exam of a file, or of the first file in a folder, and its picture on request.
    Peek {
        path: PathBuf,
        access: Access,
        thumbnail: Option<Thumbnail>,
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
    /// Writes a synthetic CT into a folder, unless it is there.
    Sample(PathBuf),
}

/// Outcome of the work.
pub enum Answer {
    Opened(Result<Vec<Arc<Series>>, ImagingError>),
    /// None for a file that is no scan, or of which nothing is known that is shown.
    Peeked(Option<Box<Peeked>>),
    Slice(Result<Arc<SlicePicture>, PictureError>),
    /// With the threshold that the region was grown at.
    Grown(i16, Result<Box<Region>, RegionError>),
    Prefetched,
    Tags(Result<Vec<TagLine>, ImagingError>),
    Sample(Result<(), SampleError>),
}

/// A small picture that is wanted.
pub struct Thumbnail {
    /// Columns and rows of cells.
    pub space: Size,
    pub capabilities: Capabilities,
}

/// Facts about a file before it is opened.
pub struct Peeked {
    pub patient: Identity,
    /// Date and description of the study, in words.
    pub study: Option<String>,
    pub planned: Option<PlannedRow>,
    pub thumbnail: Option<Picture>,
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
        Request::Peek {
            path,
            access,
            thumbnail,
        } => {
            let peeked = peek(&path, &access, thumbnail.as_ref(), store, cancel);
            Answer::Peeked(peeked.map(Box::new))
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
        Request::Sample(folder) => Answer::Sample(sample::write(&folder, cancel)),
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
    thumbnail: Option<&Thumbnail>,
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
    let series = series.first()?;
    let identity = &series.identity;
    let order = scan::order_of(identity);
    let planned = store().and_then(|it| it.planned_for_scan(access, &order, &identity.patient));
    let peeked = Peeked {
        patient: identity.patient.clone(),
        study: study(identity),
        planned: planned.ok().flatten(),
        thumbnail: thumbnail.and_then(|wanted| picture(series, wanted, cancel)),
    };
    let is_known = peeked.patient.is_stated() || peeked.planned.is_some();
    (is_known || peeked.study.is_some() || peeked.thumbnail.is_some()).then_some(peeked)
}

/// Date and description of a series, scrubbed.
fn study(identity: &SeriesIdentity) -> Option<String> {
    let date = identity.date.as_deref().map(facts::day);
    let parts: Vec<String> = [date, identity.description.clone()]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| scrub(&parts.join(" ")).into_owned())
}

/// The middle slice as a small picture; none where it cannot be decoded or drawn.
fn picture(series: &Series, wanted: &Thumbnail, cancel: &Cancel) -> Option<Picture> {
    let scan = series.slice_unless(series.len() / 2, cancel).ok()?;
    slice::marked(&scan, &[], wanted.space, &wanted.capabilities).ok()
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
