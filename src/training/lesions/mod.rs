//! Training of the lesion reader: crops around nodules and whole slices, folds by patient, the trained stages, and the figures
//! of their proposals on held-out patients.
//!
//! [`pictures`] reads the data, [`sampler`] and [`canvas`] make training pictures of it, [`norms`] prepares the frozen stages,
//! [`pass`], [`mixed_pass`] and [`loss`] compute gradients, [`fit`] trains one network, [`size_weight`] lets its size output count for malignancy, [`session`] is a whole run.

pub mod canvas;
pub mod figures;
pub mod fit;
pub mod folds;
pub mod layers;
pub mod loss;
pub mod mixed_frozen;
pub mod mixed_pass;
pub mod norms;
pub mod pass;
pub mod passes;
pub mod pictures;
pub mod predict;
pub mod run_folder;
pub mod sampler;
pub mod session;
pub mod size_weight;

use std::io;
use std::path::PathBuf;

use crate::model::EngineError;

/// Why a training run of the lesion reader came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum LesionTrainingError {
    #[error("{} could not be read: {reason}; name folders of crops or of whole slices with --data", path.display())]
    Manifest { path: PathBuf, reason: String },
    #[error("{0}")]
    Picture(String),
    #[error("there are no training pictures; name folders of crops or of whole slices with --data")]
    NoPictures,
    #[error("no crops around nodules were left for training; add some or use fewer --folds")]
    NoNodules,
    #[error("{} is not a ResNet-50 to start from: {reason}; name another file with --init", path.display())]
    Init { path: PathBuf, reason: String },
    #[error("the run in {} was not finished; continue with --resume, or remove that folder", path.display())]
    Unfinished { path: PathBuf },
    #[error("the run in {} has other options; train without --resume after removing that folder, or choose another --out", path.display())]
    Different { path: PathBuf },
    #[error("another process is training in {}; wait for it to end or choose another --out", path.display())]
    Busy { path: PathBuf },
    #[error("{} could not be written: {reason}; free some space or choose another place with --out, then continue with --resume", path.display())]
    Write { path: PathBuf, reason: io::Error },
    #[error("{} could not be read: {reason}; remove its folder and train again", path.display())]
    Read { path: PathBuf, reason: io::Error },
    #[error("the held-out answers in {} could not be read: {reason}; give the folder that `lunny train lesions` wrote beside its weights", path.display())]
    HeldOutAnswers { path: PathBuf, reason: io::Error },
    #[error("the run in {} has no held-out answer for {file}; give a manifest that it was trained on", folder.display())]
    NotHeldOut { folder: PathBuf, file: String },
    #[error("the frozen stages failed: {0}")]
    Frozen(EngineError),
    #[error("the loss is not a number any more at step {step}; choose a smaller --learning-rate")]
    Diverged { step: usize },
    #[error("training was stopped; continue with --resume")]
    Cancelled,
}
