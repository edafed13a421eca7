//! Pooled features of a data set's slices, computed once and stored.
//!
//! The backbone is frozen, so its output for a slice never changes. A table of them, in a file named by a hash
//! of all inputs, reduces every later run to seconds.

use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};

use super::dataset::Dataset;
use super::views::View;
use super::weight_file;
use crate::imaging::{self, ImagingError};
use crate::model::backbone::Backbone;
use crate::model::recipe::HeadReads;
use crate::model::weight_file::read_within_reason;
use crate::model::{Cancel, input};
use crate::text::hexadecimal;

/// Increases when the same slices would give other features, because of changes in preparation or network.
const VERSION: u32 = 1;
/// Name of the tensor in its file.
const TABLE: &str = "features";

/// Errors of computing features.
#[derive(Debug, thiserror::Error)]
pub enum FeaturesError {
    #[error(transparent)]
    Imaging(#[from] ImagingError),
    #[error("the slice {} could not be read: {reason}; correct it or remove it from the manifest", path.display())]
    Slice { path: PathBuf, reason: String },
    #[error("the network failed on {}: {reason}", path.display())]
    Network { path: PathBuf, reason: String },
}

/// Features by slice and view.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Number of features of a view.
    pub dimension: usize,
    /// Number of views of a slice. The first is the unchanged slice.
    pub views: usize,
    /// `(slices, views, dimension)`.
    values: Vec<f32>,
}

impl Features {
    /// An empty table.
    pub fn new(dimension: usize, views: usize) -> Self {
        Self {
            dimension,
            views,
            values: Vec::new(),
        }
    }

    /// Adds the next view of the current slice, or the first of the next one.
    pub fn push_view(&mut self, features: &[f32]) {
        debug_assert_eq!(features.len(), self.dimension);
        self.values.extend_from_slice(features);
    }

    /// The features of a slice in one view; empty if there is no such slice.
    pub fn view(&self, slice: usize, view: usize) -> &[f32] {
        let start = (slice * self.views + view) * self.dimension;
        self.values
            .get(start..start + self.dimension)
            .unwrap_or_default()
    }

    /// The features of a slice for inference: of the unchanged slice, or the mean over its views.
    pub fn seen(&self, slice: usize, mirror: bool) -> Vec<f32> {
        let views = if mirror { self.views } else { 1 };
        let mut mean = vec![0.0; self.dimension];
        for view in 0..views {
            for (mean, value) in mean.iter_mut().zip(self.view(slice, view)) {
                *mean += value / views as f32;
            }
        }
        mean
    }

    /// Runs every slice of `dataset` through `backbone`, in each view, for a head that reads `reads`. Calls
    /// `step` after each slice.
    pub fn compute(
        dataset: &Dataset,
        backbone: &dyn Backbone,
        reads: HeadReads,
        mut step: impl FnMut(),
    ) -> Result<Self, FeaturesError> {
        let mut features = Self::new(0, View::ALL.len());
        for slice in &dataset.slices {
            let path = dataset.folder.join(&slice.file);
            let unreadable = |reason: String| FeaturesError::Slice {
                path: path.clone(),
                reason,
            };
            let scan = imaging::load(&path)?;
            let as_it_is = input::prepare(&scan).map_err(|error| unreadable(error.to_string()))?;
            for view in View::ALL {
                let outputs = backbone
                    .outputs(&view.of(&as_it_is), &Cancel::default())
                    .map_err(|error| FeaturesError::Network {
                        path: path.clone(),
                        reason: error.to_string(),
                    })?;
                let pooled = outputs.pooled(reads);
                features.dimension = pooled.len();
                features.push_view(&pooled);
            }
            step();
        }
        Ok(features)
    }

    /// The table stored at `path`, if it is there, complete, and of `slices` slices.
    pub fn load(path: &Path, slices: usize) -> Option<Self> {
        let bytes = std::fs::read(path).ok()?;
        let file = SafeTensors::deserialize(&bytes).ok()?;
        let table = file.tensor(TABLE).ok()?;
        let &[rows, views, dimension] = table.shape() else {
            return None;
        };
        if table.dtype() != Dtype::F32
            || rows != slices
            || views != View::ALL.len()
            || dimension == 0
        {
            return None;
        }
        let (words, _) = table.data().as_chunks::<4>();
        Some(Self {
            dimension,
            views,
            values: words.iter().map(|word| f32::from_le_bytes(*word)).collect(),
        })
    }

    /// Stores the table at `path`, completely or not at all.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let bytes: Vec<u8> = self
            .values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let rows = self.values.len() / (self.views * self.dimension).max(1);
        let shape = vec![rows, self.views, self.dimension];
        let table = TensorView::new(Dtype::F32, shape, &bytes).map_err(std::io::Error::other)?;
        let file = safetensors::serialize([(TABLE, table)], None).map_err(std::io::Error::other)?;
        weight_file::write_whole(path, &file)
    }
}

/// SHA-256 of a data set: names, classes, cases and the files' contents.
pub fn fingerprint(dataset: &Dataset) -> Result<String, FeaturesError> {
    let mut whole = Sha256::new();
    for slice in &dataset.slices {
        let path = dataset.folder.join(&slice.file);
        let bytes = read_within_reason(&path).map_err(|error| FeaturesError::Slice {
            path,
            reason: error.to_string(),
        })?;
        let line = format!("{},{},{}\n", slice.file, slice.class, slice.case);
        whole.update(line);
        whole.update(Sha256::digest(&bytes));
    }
    Ok(hexadecimal(&whole.finalize()))
}

/// Name of the file that stores the features of this data set from this backbone.
pub fn file_name(init_sha256: &str, data_sha256: &str, reads: HeadReads) -> String {
    let key = Sha256::digest(format!(
        "{VERSION} {:?} {reads:?} {init_sha256} {data_sha256}",
        View::ALL
    ));
    format!("features-{}.safetensors", &hexadecimal(&key)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::EngineError;
    use crate::model::backbone::{Outputs, StageOutput};
    use crate::model::head::Class;

    /// Mean grey of the left and of the right half.
    struct Halves;

    impl Backbone for Halves {
        fn outputs(&self, input: &[f32], _: &Cancel) -> Result<Outputs, EngineError> {
            let mut halves = [0.0; 2];
            for (place, level) in input.iter().enumerate() {
                halves[place % input::SIDE * 2 / input::SIDE] += level * 2.0 / input.len() as f32;
            }
            Ok(Outputs {
                last: StageOutput::new(halves.to_vec(), 2)?,
                before: StageOutput::new(vec![0.5], 1)?,
            })
        }
    }

    fn half_bright(path: &Path) {
        let picture =
            image::GrayImage::from_fn(64, 64, |x, _| [if x < 32 { 255 } else { 0 }].into());
        picture.save(path).unwrap();
    }

    #[test]
    fn a_slice_is_used_unchanged_and_mirrored() {
        let folder = tempfile::tempdir().unwrap();
        half_bright(&folder.path().join("a.png"));
        let mut steps = 0;
        let dataset = Dataset::of_files(folder.path(), &["a.png"]);
        let features =
            Features::compute(&dataset, &Halves, HeadReads::LastStage, || steps += 1).unwrap();
        assert_eq!(steps, 1);
        let rounded = |view| {
            features
                .view(0, view)
                .iter()
                .map(|half| half.round())
                .collect::<Vec<_>>()
        };
        assert_eq!(rounded(0), [1.0, 0.0]);
        assert_eq!(rounded(1), [0.0, 1.0]);
        assert!(features.view(1, 0).is_empty());
    }

    #[test]
    fn a_stored_table_is_read_back_and_a_cut_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/features.safetensors");
        let mut features = Features::new(3, View::ALL.len());
        for view in 0..View::ALL.len() {
            features.push_view(&[view as f32, 0.5, f32::MIN_POSITIVE]);
        }
        features.save(&path).unwrap();
        assert_eq!(Features::load(&path, 1).as_ref(), Some(&features));
        assert_eq!(Features::load(&path, 2), None);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 4]).unwrap();
        assert_eq!(Features::load(&path, 1), None);
        assert_eq!(Features::load(&folder.path().join("nowhere"), 1), None);
    }

    #[test]
    fn a_file_that_is_not_a_picture_or_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("text.jpg"), "no picture").unwrap();
        let text = Dataset::of_files(folder.path(), &["text.jpg"]);
        let error = Features::compute(&text, &Halves, HeadReads::LastStage, || ())
            .unwrap_err()
            .to_string();
        assert!(error.contains("text.jpg"), "{error}");
        let missing = fingerprint(&Dataset::of_files(folder.path(), &["gone.png"])).unwrap_err();
        assert!(missing.to_string().contains("gone.png"), "{missing}");
    }

    #[test]
    fn other_contents_or_labels_give_another_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        half_bright(&folder.path().join("a.png"));
        let mut dataset = Dataset::of_files(folder.path(), &["a.png"]);
        let first = fingerprint(&dataset).unwrap();
        assert_eq!(first, fingerprint(&dataset).unwrap());
        dataset.slices[0].class = Class::Benign;
        let relabelled = fingerprint(&dataset).unwrap();
        std::fs::write(folder.path().join("a.png"), "other").unwrap();
        let changed = fingerprint(&dataset).unwrap();
        assert!(first != relabelled && relabelled != changed);
        let one = file_name("a", &first, HeadReads::LastStage);
        assert_ne!(one, file_name("b", &first, HeadReads::LastStage));
        assert_ne!(one, file_name("a", &first, HeadReads::LastTwoStages));
    }
}
