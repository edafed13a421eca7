//! The folder of a training run: its request, its log, its held-out answers, and a checkpoint.
//!
//! Every file is written completely or not at all, so a run that is killed can continue from the last stored
//! epoch. A finished run keeps its files except the checkpoint.

mod curves;
mod request;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::dataset::LabelledSlice;
use super::evaluated::Answers;
use super::fit::Epoch;
use super::plan::Part;
use super::plots::{self, learning_curves};
use super::progress::Progress;
use super::weight_file::write_whole;
use crate::model::head::PerClass;
use curves::curves;
pub use request::RunRequest;
use request::difference;

const RUN: &str = "run.json";
const LOG: &str = "log.csv";
const PREDICTIONS: &str = "predictions.csv";
const CHECKPOINT: &str = "checkpoint.safetensors";
/// Written as SVG and as PNG.
const CURVES: &str = "learning-curves";
const LOCK: &str = "lock";
const LOG_HEADER: &str =
    "fold,member,epoch,learning_rate,training_loss,held_out_loss,held_out_auc,seconds";
const PREDICTIONS_HEADER: &str = "file,class,case,fold,part,normal,benign,malignant";
/// Values of the column `part`: held-out slices that choose the epoch and the rule, and those of the test set.
const VALIDATION: &str = "validation";
const HELD_OUT: &str = "held-out";

/// Errors of using a run folder.
#[derive(Debug, thiserror::Error)]
pub enum RunFolderError {
    #[error("the run in {} was not finished; continue with --resume, or remove that folder", path.display())]
    Unfinished { path: PathBuf },
    #[error("the run in {} cannot be resumed because {what}; train without --resume after removing that folder, or choose another --out", path.display())]
    Different { path: PathBuf, what: String },
    #[error("another process is training in {}; wait for it to end or choose another --out", path.display())]
    Busy { path: PathBuf },
    #[error("{} could not be written: {reason}; free some space or choose another place with --out, then continue with --resume", path.display())]
    Write { path: PathBuf, reason: io::Error },
    #[error("{} could not be read: {reason}; remove its folder and train again", path.display())]
    Read { path: PathBuf, reason: String },
}

/// An open run folder, locked for this process.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    asked: RunRequest,
    /// Rows of the log without its header.
    log: Vec<String>,
    /// Rows of the predictions without their header.
    predictions: Vec<String>,
    /// Minimum time between checkpoints.
    pause: Duration,
    kept: Option<Instant>,
    _lock: File,
}

impl RunFolder {
    /// Opens the folder of a run; creates it if it is missing. With `resume` an unfinished run of the same
    /// request continues, without it is refused; a finished run is replaced. Stores at most one checkpoint in
    /// `pause`.
    pub fn open(
        path: &Path,
        asked: RunRequest,
        resume: bool,
        pause: Duration,
    ) -> Result<Self, RunFolderError> {
        let unwritten = |reason| RunFolderError::Write {
            path: path.into(),
            reason,
        };
        fs::create_dir_all(path).map_err(unwritten)?;
        let lock = File::create(path.join(LOCK)).map_err(unwritten)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(RunFolderError::Busy { path: path.into() });
            }
            Err(TryLockError::Error(reason)) => return Err(unwritten(reason)),
        }
        let mut folder = Self {
            path: path.into(),
            asked,
            log: Vec::new(),
            predictions: Vec::new(),
            pause,
            kept: None,
            _lock: lock,
        };
        match folder.earlier()? {
            Some(earlier) if !earlier.finished => {
                if !resume {
                    return Err(RunFolderError::Unfinished { path: path.into() });
                }
                if let Some(what) = difference(&earlier, &folder.asked) {
                    return Err(RunFolderError::Different {
                        path: path.into(),
                        what,
                    });
                }
                folder.log = folder.rows(LOG, LOG_HEADER)?;
                folder.predictions = folder.rows(PREDICTIONS, PREDICTIONS_HEADER)?;
            }
            _ => {
                folder.clear()?;
                folder.write_asked()?;
            }
        }
        Ok(folder)
    }

    /// Path of a weight file's run folder.
    pub fn beside(out: &Path) -> PathBuf {
        out.with_extension("run")
    }

    /// Path of the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn earlier(&self) -> Result<Option<RunRequest>, RunFolderError> {
        let path = self.path.join(RUN);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(reason) => return Err(unread(&path, &reason)),
        };
        let asked = serde_json::from_slice(&text).map_err(|reason| unread(&path, &reason))?;
        Ok(Some(asked))
    }

    /// Removes the files of an earlier run, and no others.
    fn clear(&self) -> Result<(), RunFolderError> {
        for name in [RUN, LOG, PREDICTIONS, CHECKPOINT] {
            self.remove(name)?;
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), RunFolderError> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
                Err(RunFolderError::Write { path, reason })
            }
            _ => Ok(()),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunFolderError> {
        let path = self.path.join(name);
        write_whole(&path, bytes).map_err(|reason| RunFolderError::Write { path, reason })
    }

    fn write_asked(&self) -> Result<(), RunFolderError> {
        let text = serde_json::to_vec_pretty(&self.asked).map_err(io::Error::other);
        let text = text.map_err(|reason| RunFolderError::Write {
            path: self.path.join(RUN),
            reason,
        })?;
        self.write(RUN, &text)
    }

    /// The rows of a table; empty if it is missing.
    fn rows(&self, name: &str, header: &str) -> Result<Vec<String>, RunFolderError> {
        let path = self.path.join(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(reason) => return Err(unread(&path, &reason)),
        };
        let mut lines = text.lines();
        if lines.next() != Some(header) {
            return Err(unread(
                &path,
                &format!("it does not begin with \"{header}\""),
            ));
        }
        Ok(lines.map(str::to_owned).collect())
    }

    fn write_rows(&self, name: &str, header: &str, rows: &[String]) -> Result<(), RunFolderError> {
        self.write(name, format!("{header}\n{}\n", rows.join("\n")).as_bytes())
    }

    /// Adds an epoch to the log, and stores a checkpoint if the last one is old enough.
    pub fn keep(&mut self, epoch: &Epoch, progress: &Progress) -> Result<(), RunFolderError> {
        let (loss, auc) = match epoch.watched {
            Some((loss, auc)) => (format!("{loss:.5}"), format!("{auc:.5}")),
            None => (String::new(), String::new()),
        };
        self.log.push(format!(
            "{},{},{},{:.3e},{:.5},{loss},{auc},{:.1}",
            epoch.part, epoch.member, epoch.epoch, epoch.rate, epoch.training_loss, epoch.seconds
        ));
        self.write_rows(LOG, LOG_HEADER, &self.log)?;
        if self.kept.is_none_or(|kept| kept.elapsed() >= self.pause) {
            let bytes = progress
                .to_bytes()
                .map_err(|reason| RunFolderError::Write {
                    path: self.path.join(CHECKPOINT),
                    reason,
                })?;
            self.write(CHECKPOINT, &bytes)?;
            self.kept = Some(Instant::now());
        }
        Ok(())
    }

    /// The checkpoint of `part`, if one was stored. Removes later epochs from the log, and all epochs of the
    /// part if there is none.
    pub fn checkpoint(
        &mut self,
        part: usize,
        parameters: usize,
    ) -> Result<Option<Progress>, RunFolderError> {
        let path = self.path.join(CHECKPOINT);
        let progress = match fs::read(&path) {
            Ok(bytes) => {
                let progress = Progress::from_bytes(&bytes, parameters);
                Some(
                    progress
                        .ok_or_else(|| unread(&path, &"it is not a checkpoint of this network"))?,
                )
            }
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => None,
            Err(reason) => return Err(unread(&path, &reason)),
        };
        let progress = progress.filter(|progress| progress.position.part == part);
        let next = (progress.as_ref()).map_or((part, 0, 0), |progress| {
            (part, progress.position.member, progress.position.epoch)
        });
        self.log.retain(|row| {
            let mut numbers = row.split(',').map(|field| field.parse().unwrap_or(0));
            let mut number = || numbers.next().unwrap_or(0);
            (number(), number(), number()) < next
        });
        Ok(progress)
    }

    /// Stores the answers of a finished part.
    pub fn answered(
        &mut self,
        part: &Part,
        slices: &[LabelledSlice],
        answers: &Answers,
    ) -> Result<(), RunFolderError> {
        for (kind, numbers, logits) in [
            (VALIDATION, &part.validation, &answers.validation),
            (HELD_OUT, &part.test, &answers.test),
        ] {
            for (slice, logits) in numbers.iter().zip(logits) {
                let Some(slice) = slices.get(*slice) else {
                    continue;
                };
                // Rust writes as many digits as are necessary to read the same number again.
                let [normal, benign, malignant] = logits;
                self.predictions.push(format!(
                    "{},{},{},{},{kind},{normal},{benign},{malignant}",
                    slice.file, slice.class, slice.case, part.number
                ));
            }
        }
        self.write_rows(PREDICTIONS, PREDICTIONS_HEADER, &self.predictions)?;
        // The next part gets its first checkpoint early.
        self.kept = None;
        Ok(())
    }

    /// The answers of a part that an earlier process finished.
    pub fn answers(
        &self,
        part: &Part,
        slices: &[LabelledSlice],
    ) -> Result<Option<Answers>, RunFolderError> {
        let number = part.number.to_string();
        let mut answers = Answers::default();
        let mut expected = [(VALIDATION, &part.validation), (HELD_OUT, &part.test)]
            .into_iter()
            .flat_map(|(kind, numbers)| numbers.iter().map(move |slice| (kind, *slice)));
        let damaged = |row: &str| {
            unread(
                &self.path.join(PREDICTIONS),
                &format!("\"{row}\" is not what this run would have written"),
            )
        };
        let mut found = false;
        for row in &self.predictions {
            let fields: Vec<&str> = row.split(',').collect();
            let &[file, _, _, fold, kind, normal, benign, malignant] = &fields[..] else {
                return Err(damaged(row));
            };
            if fold != number {
                continue;
            }
            found = true;
            let next = expected.next();
            let fits = next.is_some_and(|(wanted, slice)| {
                wanted == kind && slices.get(slice).is_some_and(|slice| slice.file == file)
            });
            let logits = [normal, benign, malignant].map(|text| text.parse().unwrap_or(f64::NAN));
            if !fits || !logits.iter().all(|logit: &f64| logit.is_finite()) {
                return Err(damaged(row));
            }
            let rows: &mut Vec<PerClass> = match kind {
                VALIDATION => &mut answers.validation,
                _ => &mut answers.test,
            };
            rows.push(logits);
        }
        match (found, expected.next()) {
            (false, _) => Ok(None),
            (true, None) => Ok(Some(answers)),
            (true, Some(_)) => Err(damaged("the end of the file")),
        }
    }

    /// Stores a file of values under a name, such as pooled features.
    pub fn keep_file(&self, name: &str, bytes: &[u8]) -> Result<(), RunFolderError> {
        self.write(name, bytes)
    }

    /// The file stored under a name, if it is there.
    pub fn kept_file(&self, name: &str) -> Result<Option<Vec<u8>>, RunFolderError> {
        let path = self.path.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(reason) => Err(unread(&path, &reason)),
        }
    }

    /// Draws the log. An error in drawing does not stop the run.
    fn draw(&self) {
        let subtitle = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let drawing = learning_curves(&subtitle, &curves(&self.log));
        if let Err(error) = plots::write(&drawing, &self.path.join(CURVES)) {
            tracing::warn!("{error}");
        }
    }

    /// Marks the run as finished and removes its checkpoint.
    pub fn finish(&mut self) -> Result<(), RunFolderError> {
        self.draw();
        self.asked.finished = true;
        self.write_asked()?;
        self.remove(CHECKPOINT)
    }
}

fn unread(path: &Path, reason: &dyn std::fmt::Display) -> RunFolderError {
    RunFolderError::Read {
        path: path.into(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests;
