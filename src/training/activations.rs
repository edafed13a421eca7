//! Activations of the frozen stages, computed once for every view of every slice and stored on disk.
//!
//! The frozen stages never change, so neither does their output for a view. A file stores the outputs in half
//! precision, slice by slice, view by view; its name is a hash of all inputs. It is read in parts: with eight
//! views for each slice it has several gigabytes.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use half::f16;
use half::slice::HalfFloatSliceExt;
use sha2::{Digest, Sha256};

use super::augment;
use super::dataset::Dataset;
use super::frozen::FrozenStages;
use crate::imaging::{self, ImagingError};
use crate::model::input::{self, SIDE};
use crate::model::{Cancel, ContentError, EngineError};
use crate::text::hexadecimal;

/// Increases when the same slices would give other activations, because of changes in preparation or
/// augmentation.
const VERSION: u32 = 1;

/// Errors of computing and reading activations.
#[derive(Debug, thiserror::Error)]
pub enum ActivationsError {
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    #[error("the network failed on {}: {reason}", path.display())]
    Network { path: PathBuf, reason: String },
    #[error("the activations could not be stored in {}: {reason}; free some space there or name another folder with --home", path.display())]
    Write { path: PathBuf, reason: io::Error },
    #[error("the activations in {} could not be read: {reason}; remove the file and train again", path.display())]
    Read { path: PathBuf, reason: io::Error },
    #[error("another run is computing {}; wait for it to end", path.display())]
    Busy { path: PathBuf },
    #[error("training was stopped")]
    Cancelled,
}

/// All inputs that activations depend on.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub init_sha256: &'a str,
    pub data_sha256: &'a str,
    /// The last frozen stage.
    pub stage: usize,
    pub views: usize,
    pub seed: u64,
    /// Number of values of a view.
    pub image: usize,
}

impl Source<'_> {
    /// Name of the file that stores them.
    pub fn file_name(&self) -> String {
        let key = Sha256::digest(format!("{VERSION} {self:?}"));
        format!("activations-{}.f16", &hexadecimal(&key)[..16])
    }
}

/// An open file of activations.
#[derive(Debug)]
pub struct Activations {
    file: File,
    path: PathBuf,
    views: usize,
    image: usize,
}

impl Activations {
    /// Opens the file in `folder` with the activations of `source` for `dataset`, and computes the missing
    /// ones. Calls `step` for every slice that was computed or found.
    ///
    /// If stopped, the next call continues from there.
    pub fn open<'stages>(
        folder: &Path,
        source: &Source<'_>,
        dataset: &Dataset,
        stages: impl FnOnce() -> Result<Box<dyn FrozenStages + 'stages>, ContentError>,
        cancel: &Cancel,
        mut step: impl FnMut(usize),
    ) -> Result<Self, ActivationsError> {
        let path = folder.join(source.file_name());
        let record = source.views * source.image * size_of::<f16>();
        let whole = (dataset.slices.len() * record) as u64;
        let unwritten = |reason: io::Error| ActivationsError::Write {
            path: path.clone(),
            reason,
        };
        let done = fs::metadata(&path).is_ok_and(|found| found.len() == whole);
        if !done {
            fs::create_dir_all(folder).map_err(unwritten)?;
            let partial = path.with_extension("partial");
            let file = File::options()
                .create(true)
                .truncate(false)
                .write(true)
                .read(true)
                .open(&partial)
                .map_err(unwritten)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(ActivationsError::Busy { path: partial });
                }
                Err(TryLockError::Error(reason)) => return Err(unwritten(reason)),
            }
            let found = file.metadata().map_err(unwritten)?.len() as usize / record.max(1);
            let begun = found.min(dataset.slices.len());
            file.set_len((begun * record) as u64).map_err(unwritten)?;
            let stages = stages().map_err(|error| ActivationsError::Network {
                path: dataset.folder.clone(),
                reason: error.to_string(),
            })?;
            let mut writer = BufWriter::with_capacity(record, &file);
            io::Seek::seek(&mut writer, io::SeekFrom::End(0)).map_err(unwritten)?;
            for number in begun..dataset.slices.len() {
                step(number);
                let activations = compute(dataset, number, source, stages.as_ref(), cancel)?;
                let mut halves = vec![f16::ZERO; activations.len()];
                halves.convert_from_f32_slice(&activations);
                let bytes: Vec<u8> = halves.into_iter().flat_map(f16::to_le_bytes).collect();
                writer.write_all(&bytes).map_err(unwritten)?;
            }
            writer.flush().map_err(unwritten)?;
            drop(writer);
            file.sync_all()
                .and_then(|()| fs::rename(&partial, &path))
                .map_err(unwritten)?;
        }
        let file = File::open(&path).map_err(|reason| ActivationsError::Read {
            path: path.clone(),
            reason,
        })?;
        Ok(Self {
            file,
            path,
            views: source.views,
            image: source.image,
        })
    }

    /// Number of values of a view.
    pub fn image(&self) -> usize {
        self.image
    }

    /// Number of views of a slice.
    pub fn views(&self) -> usize {
        self.views
    }

    /// Reads one view of one slice into `image`, `(side, side, channels)`.
    pub fn read(
        &self,
        slice: usize,
        view: usize,
        image: &mut [f32],
    ) -> Result<(), ActivationsError> {
        let mut bytes = vec![0; self.image * size_of::<f16>()];
        let at = (slice * self.views + view) * bytes.len();
        let read = self.file.read_exact_at(&mut bytes, at as u64);
        read.map_err(|reason| ActivationsError::Read {
            path: self.path.clone(),
            reason,
        })?;
        let halves: Vec<f16> = (bytes.as_chunks::<2>().0.iter())
            .map(|half| f16::from_le_bytes(*half))
            .collect();
        halves.convert_to_f32_slice(image);
        Ok(())
    }
}

/// All views of one slice through the frozen stages.
fn compute(
    dataset: &Dataset,
    number: usize,
    source: &Source<'_>,
    stages: &dyn FrozenStages,
    cancel: &Cancel,
) -> Result<Vec<f32>, ActivationsError> {
    let Some(slice) = dataset.slices.get(number) else {
        return Ok(Vec::new());
    };
    let path = dataset.folder.join(&slice.file);
    let failed = |reason: String| ActivationsError::Network {
        path: path.clone(),
        reason,
    };
    let scan = imaging::load(&path)?;
    let input = input::prepare(&scan).map_err(|error| failed(error.to_string()))?;
    // All three planes are equal.
    let plane = &input[..SIDE * SIDE];
    let views: Vec<f32> = (0..source.views)
        .flat_map(|view| augment::view(plane, SIDE, source.seed, number, view))
        .collect();
    let activations =
        (stages.activations(&views, source.views, cancel)).map_err(|error| match error {
            EngineError::Cancelled => ActivationsError::Cancelled,
            EngineError::Failed(reason) | EngineError::Refused(reason) => failed(reason),
        })?;
    if activations.len() != source.views * source.image {
        let found = activations.len();
        return Err(failed(format!("it returned {found} values")));
    }
    if !activations
        .iter()
        .all(|value| value.abs() <= f16::MAX.to_f32())
    {
        return Err(failed("it returned a value that is not a number".into()));
    }
    Ok(activations)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Mean grey of the left and of the right half of every image, counting the images.
    struct Halves<'a>(&'a AtomicUsize);

    impl FrozenStages for Halves<'_> {
        fn activations(
            &self,
            images: &[f32],
            batch: usize,
            cancel: &Cancel,
        ) -> Result<Vec<f32>, EngineError> {
            if cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            self.0.fetch_add(batch, Ordering::Relaxed);
            let halves = images.chunks(SIDE * SIDE).flat_map(|image| {
                let half = |from: usize| -> f32 {
                    let rows = image.chunks(SIDE);
                    rows.flat_map(|row| &row[from..from + SIDE / 2]).sum()
                };
                [half(0), half(SIDE / 2)].map(|sum| sum * 2.0 / (SIDE * SIDE) as f32)
            });
            Ok(halves.collect())
        }

        fn colour_activations(
            &self,
            images: &[f32],
            _batch: usize,
            cancel: &Cancel,
        ) -> Result<Vec<f32>, EngineError> {
            let first = images.chunks(SIDE * SIDE).step_by(3);
            let grey: Vec<f32> = first.flatten().copied().collect();
            self.activations(&grey, grey.len() / (SIDE * SIDE), cancel)
        }
    }

    fn dataset(folder: &Path) -> Dataset {
        let files = ["0.png", "1.png", "2.png"];
        for (number, file) in (1..).zip(files) {
            let level = |x| if x < 32 { 60 * number } else { 0 };
            let picture = image::GrayImage::from_fn(64, 64, |x, _| [level(x)].into());
            picture.save(folder.join(file)).unwrap();
        }
        Dataset::of_files(folder, &files)
    }

    const SOURCE: Source<'static> = Source {
        init_sha256: "a",
        data_sha256: "b",
        stage: 3,
        views: 2,
        seed: 1,
        image: 2,
    };

    /// Opens the activations and cancels before the slice `stop`; returns the number of computed images.
    fn open(
        dataset: &Dataset,
        stop: Option<usize>,
    ) -> (Result<Activations, ActivationsError>, usize) {
        let images = AtomicUsize::new(0);
        let cancel = Cancel::default();
        let folder = dataset.folder.join("cache");
        let opened = Activations::open(
            &folder,
            &SOURCE,
            dataset,
            || Ok(Box::new(Halves(&images))),
            &cancel,
            |slice| {
                if Some(slice) == stop {
                    cancel.cancel();
                }
            },
        );
        (opened, images.load(Ordering::Relaxed))
    }

    #[test]
    fn every_view_is_computed_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let dataset = dataset(folder.path());
        let (opened, images) = open(&dataset, None);
        assert_eq!(images, 6);
        let opened = opened.unwrap();
        let mut halves = [0.0; 2];
        for (slice, bright) in [60.0, 120.0, 180.0].into_iter().enumerate() {
            let expected = bright / 255.0;
            opened.read(slice, 0, &mut halves).unwrap();
            assert!((halves[0] - expected).abs() < 0.01 && halves[1] < 0.01);
            opened.read(slice, 1, &mut halves).unwrap();
            assert!((halves[1] - expected).abs() < 0.01 && halves[0] < 0.01);
        }
        assert!(opened.read(3, 0, &mut halves).is_err());
        assert_eq!(open(&dataset, None).1, 0);
    }

    #[test]
    fn a_stopped_computation_continues_and_a_torn_end_is_recomputed() {
        let folder = tempfile::tempdir().unwrap();
        let dataset = dataset(folder.path());
        let (stopped, images) = open(&dataset, Some(2));
        assert!(matches!(stopped, Err(ActivationsError::Cancelled)));
        assert_eq!(images, 4);
        let partial = folder.path().join("cache").join(SOURCE.file_name());
        let partial = partial.with_extension("partial");
        let bytes = fs::read(&partial).unwrap();
        fs::write(&partial, &bytes[..bytes.len() - 1]).unwrap();
        let (opened, images) = open(&dataset, None);
        assert_eq!(images, 4);
        let mut halves = [0.0; 2];
        opened.unwrap().read(1, 0, &mut halves).unwrap();
        assert!((halves[0] - 120.0 / 255.0).abs() < 0.01);
    }

    #[test]
    fn every_input_changes_the_file_name() {
        let names = [
            SOURCE,
            Source { seed: 2, ..SOURCE },
            Source { views: 3, ..SOURCE },
            Source {
                data_sha256: "c",
                ..SOURCE
            },
        ]
        .map(|source| source.file_name());
        let unique: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len());
    }
}
