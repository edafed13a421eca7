//! The folder of a training run: its request, its log, finished networks, held-out predictions, a checkpoint.
//!
//! Every file is written completely or not at all, so a run that is killed can resume from the last stored
//! state.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::LesionTrainingError;
use super::fit::Report;
use crate::model::lesions::recipe::LesionRecipe;
use crate::training::progress::Progress;
use crate::training::weight_file::write_whole;

const RUN: &str = "run.json";
const LOG: &str = "log.csv";
const CHECKPOINT: &str = "checkpoint.safetensors";
const LOCK: &str = "lock";
const LOG_HEADER: &str = "part,step,learning_rate,lesion_loss,malignancy_loss,size_loss,seconds";

/// The request of a run. A run is only resumed for the same request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRequest {
    pub recipe: LesionRecipe,
    pub init_sha256: String,
    pub data_sha256: String,
    /// True if the run is finished.
    #[serde(default)]
    pub finished: bool,
}

/// An open run folder, locked for this process.
#[derive(Debug)]
pub struct LesionRunFolder {
    path: PathBuf,
    asked: RunRequest,
    log: Vec<String>,
    _lock: File,
}

impl LesionRunFolder {
    /// Opens the folder beside the weight file `out`; creates it if it is missing. With `resume` an unfinished
    /// run of the same request continues, without it is refused; a finished run is replaced.
    ///
    /// # Errors
    /// Another process uses it, an earlier run is in the way, or the folder cannot be read or written.
    pub fn open(out: &Path, asked: RunRequest, resume: bool) -> Result<Self, LesionTrainingError> {
        let path = out.with_extension("run");
        let unwritten = |reason| LesionTrainingError::Write {
            path: path.clone(),
            reason,
        };
        fs::create_dir_all(&path).map_err(unwritten)?;
        let lock = File::create(path.join(LOCK)).map_err(unwritten)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LesionTrainingError::Busy { path }),
            Err(TryLockError::Error(reason)) => return Err(unwritten(reason)),
        }
        let earlier = read(&path.join(RUN))?;
        let earlier: Option<RunRequest> =
            earlier.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut folder = Self {
            path,
            asked,
            log: Vec::new(),
            _lock: lock,
        };
        match earlier {
            Some(earlier) if !earlier.finished => {
                let path = folder.path.clone();
                if !resume {
                    return Err(LesionTrainingError::Unfinished { path });
                }
                if earlier != folder.asked {
                    return Err(LesionTrainingError::Different { path });
                }
                if let Some(log) = read(&folder.path.join(LOG))? {
                    let log = String::from_utf8_lossy(&log);
                    folder.log = log.lines().skip(1).map(str::to_owned).collect();
                }
            }
            _ => {
                folder.clear()?;
                folder.write_asked()?;
            }
        }
        Ok(folder)
    }

    /// Path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn clear(&self) -> Result<(), LesionTrainingError> {
        let entries = fs::read_dir(&self.path).map_err(|reason| LesionTrainingError::Read {
            path: self.path.clone(),
            reason,
        })?;
        for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
            if path.is_file() && path.file_name().is_some_and(|name| name != LOCK) {
                fs::remove_file(&path)
                    .map_err(|reason| LesionTrainingError::Write { path, reason })?;
            }
        }
        Ok(())
    }

    fn write_asked(&self) -> Result<(), LesionTrainingError> {
        let text = serde_json::to_vec_pretty(&self.asked);
        self.write(
            RUN,
            &text.map_err(|error| self.unwritten(RUN, error.into()))?,
        )
    }

    /// The error for a file of the folder that could not be written.
    pub fn unwritten(&self, name: &str, reason: io::Error) -> LesionTrainingError {
        LesionTrainingError::Write {
            path: self.path.join(name),
            reason,
        }
    }

    /// Writes a file of the folder completely or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), LesionTrainingError> {
        write_whole(&self.path.join(name), bytes).map_err(|reason| self.unwritten(name, reason))
    }

    /// The content of a file of the folder; `None` if it is missing.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, LesionTrainingError> {
        read(&self.path.join(name))
    }

    /// Adds a line to the log.
    ///
    /// # Errors
    /// The log cannot be written.
    pub fn log(&mut self, report: &Report) -> Result<(), LesionTrainingError> {
        self.log.push(format!(
            "{},{},{:.3e},{:.5},{:.5},{:.5},{:.1}",
            report.part,
            report.step,
            report.learning_rate,
            report.loss.lesion,
            report.loss.malignancy,
            report.loss.size,
            report.seconds
        ));
        let text = format!("{LOG_HEADER}\n{}\n", self.log.join("\n"));
        self.write(LOG, text.as_bytes())
    }

    /// Stores a checkpoint.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn keep(&self, progress: &Progress) -> Result<(), LesionTrainingError> {
        let bytes = progress
            .to_bytes()
            .map_err(|reason| self.unwritten(CHECKPOINT, reason))?;
        self.write(CHECKPOINT, &bytes)
    }

    /// The checkpoint of network `part` with this number of `parameters`, if there is one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn checkpoint(
        &self,
        part: usize,
        parameters: usize,
    ) -> Result<Option<Progress>, LesionTrainingError> {
        let bytes = self.read(CHECKPOINT)?;
        let progress = bytes.and_then(|bytes| Progress::from_bytes(&bytes, parameters));
        Ok(progress.filter(|progress| progress.position.part == part))
    }

    /// Marks the run as finished and removes its checkpoint.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn finish(&mut self) -> Result<(), LesionTrainingError> {
        self.asked.finished = true;
        self.write_asked()?;
        match fs::remove_file(self.path.join(CHECKPOINT)) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
                Err(self.unwritten(CHECKPOINT, reason))
            }
            _ => Ok(()),
        }
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, LesionTrainingError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(reason) => Err(LesionTrainingError::Read {
            path: path.to_owned(),
            reason,
        }),
    }
}
