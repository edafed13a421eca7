//! Running an import or a dry run: one thread reads and checks rows while another compares them with the records.

use std::io;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use jiff::civil::Date;

use super::broken::BrokenFile;
use super::dates::DateOrder;
use super::facts::Facts;
use super::mapping::{Content, Mapping};
use super::remark::Remarks;
use super::row::{self, ReadRow, Unreadable};
use super::source::{RawRow, Source};
use super::summary::{Broken, PlanTally, Summary};
use super::values::ValueMap;
use super::{ImportError, report};
use crate::cancel::Cancel;
use crate::store::{Access, ImportAction, ImportChoices, ImportFile, ImportRow, Store, StoreError};
use crate::whole_file::{self, Readers};

/// Rows of one transaction. Other writers wait for as long as writing them takes, a few tenths of a second.
const BATCH: usize = 1000;
/// Maximum number of bytes of the cells of a batch, without its last row.
const BATCH_BYTES: usize = 4 << 20;
/// Number of batches that are read ahead.
const BATCHES_AHEAD: usize = 2;
/// Pause between two transactions, so that other processes waiting for the database notice: they check every millisecond.
const PAUSE: Duration = Duration::from_millis(3);
/// Time for which a batch waits for others who write, such as another import.
const PATIENCE: Duration = Duration::from_secs(300);
/// Number of rows that are counted between two checks for cancellation.
const COUNTED_AT_ONCE: u64 = 1 << 14;

/// File and settings of an import.
#[derive(Debug, Clone)]
pub struct Job {
    pub source: Source,
    pub headings: Vec<String>,
    pub mapping: Mapping,
    pub choices: ImportChoices,
    /// The day against which the dates of the file are checked.
    pub today: Date,
    /// The order of day and month, if the user stated it for the whole file.
    pub dates: Option<DateOrder>,
    /// The order in dates that nothing in the file decides, from the settings.
    pub usual_dates: Option<DateOrder>,
    /// Meanings of cells that the user stated.
    pub values: ValueMap,
}

impl Job {
    /// A job for an opened file: the columns as stored for these headings, or else as the headings say.
    ///
    /// # Errors
    /// If the file cannot be read any more, and errors of the store.
    pub fn new(
        source: Source,
        content: Content,
        store: &Store,
        access: &Access,
        today: Date,
    ) -> Result<Self, ImportError> {
        let headings = source.sample()?.headings;
        let remembered = match source.has_headings {
            true => store.preference(access, &Mapping::preference(content, &headings))?,
            false => None,
        };
        let mapping = remembered
            .and_then(|text| Mapping::from_text(content, &text, headings.len()))
            .unwrap_or_else(|| Mapping::guess_of(content, &headings));
        Ok(Self {
            source,
            headings,
            mapping,
            choices: ImportChoices::default(),
            today,
            dates: None,
            usual_dates: None,
            values: ValueMap::default(),
        })
    }

    /// Checks that rows can become patients or planned exams.
    ///
    /// # Errors
    /// A missing or doubly mapped field.
    pub fn check(&self) -> Result<(), ImportError> {
        self.mapping.check(&self.headings)
    }

    /// With headings only, for tests of reading rows.
    #[cfg(test)]
    pub(super) fn of_headings(mapping: Mapping, headings: Vec<String>, today: Date) -> Self {
        Self {
            source: Source::of_nothing(headings.len()),
            mapping,
            headings,
            choices: ImportChoices::default(),
            today,
            dates: None,
            usual_dates: None,
            values: ValueMap::default(),
        }
    }

    /// Stores the mapping of the columns for the next file with these headings.
    ///
    /// # Errors
    /// Errors of the store.
    pub fn remember(&self, store: &Store, access: &Access) -> Result<(), ImportError> {
        if self.source.has_headings {
            let name = Mapping::preference(self.mapping.content(), &self.headings);
            store.prefer(access, &name, &self.mapping.to_text())?;
        }
        Ok(())
    }
}

/// Import or dry run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Shows the effect of an import.
    DryRun,
    Import,
}

/// Number of rows done, and of all rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub of: u64,
    /// True while another program or user writes to the records for long.
    pub is_waiting: bool,
}

/// A row that was read, and its content.
struct Item {
    raw: RawRow,
    read: Result<ReadRow, Unreadable>,
}

/// Reads the whole file. `on_progress` is called after every batch. The rows that could not be imported are written to the file
/// `broken`, readable by its owner only; without any, only the headings.
///
/// An import that is cancelled or fails leaves whole batches in the records; importing the same file again adds nothing twice.
///
/// # Errors
/// If the file cannot be read to its end, if the mapping makes no patients, if `broken` cannot be written, and
/// errors of the store.
pub fn run(
    store: &Store,
    access: &Access,
    job: &Job,
    mode: Mode,
    on_progress: &dyn Fn(Progress),
    cancel: &Cancel,
    broken: Option<&Path>,
) -> Result<Summary, ImportError> {
    let Some(file) = broken else {
        return through(store, access, job, mode, on_progress, cancel, None);
    };
    let there = file.canonicalize().ok();
    if there.is_some() && there == job.source.file.canonicalize().ok() {
        return Err(ImportError::SameFile {
            file: file.to_path_buf(),
        });
    }
    let unwritable = |source| ImportError::Broken {
        file: file.to_path_buf(),
        source,
    };
    let mut ended = None;
    whole_file::write_with(file, Readers::Owner, |out| -> io::Result<()> {
        let mut broken = BrokenFile::begin(out, &job.headings)?;
        let all = through(
            store,
            access,
            job,
            mode,
            on_progress,
            cancel,
            Some(&mut broken),
        );
        let is_sound = all.is_ok();
        ended = Some(all);
        match is_sound {
            true => broken.finish(),
            // The existing file is then not replaced.
            false => Err(io::ErrorKind::Interrupted.into()),
        }
    })
    .or_else(|error| match &ended {
        Some(Err(_)) => Ok(()),
        _ => Err(unwritable(error)),
    })?;
    ended.unwrap_or_else(|| Err(unwritable(io::ErrorKind::Interrupted.into())))
}

fn through(
    store: &Store,
    access: &Access,
    job: &Job,
    mode: Mode,
    on_progress: &dyn Fn(Progress),
    cancel: &Cancel,
    mut broken: Option<&mut BrokenFile<'_>>,
) -> Result<Summary, ImportError> {
    job.check()?;
    job.source.is_unchanged()?;
    let mut summary = Summary::default();
    let Some(facts) = survey(job, cancel)? else {
        summary.cancelled = true;
        return Ok(summary);
    };
    summary.columns = report::columns(job, &facts);
    summary.plans = (job.mapping.content() == Content::Worklist).then(PlanTally::default);
    let mut import = match mode {
        Mode::DryRun => store.dry_run_import(access, job.today, facts.numbered_to)?,
        Mode::Import => {
            let file = ImportFile::named(&job.source.file);
            store.import_patients(access, job.today, facts.numbered_to, file)?
        }
    };
    let mut progress = Progress {
        done: 0,
        of: facts.rows,
        is_waiting: false,
    };
    on_progress(progress);
    let mut remarks = Remarks::default();
    let facts = &facts;
    thread::scope(|scope| {
        let (sender, batches) = sync_channel(BATCHES_AHEAD);
        scope.spawn(move || read_ahead(job, facts, &sender));
        // When this loop ends, the receiver is dropped, and the other thread ends because its batches are not received.
        for batch in batches {
            if cancel.is_cancelled() {
                summary.cancelled = true;
                break;
            }
            let batch = batch?;
            let rows = batch.len() as u64;
            let (raws, read): (Vec<RawRow>, Vec<_>) =
                batch.into_iter().map(|item| (item.raw, item.read)).unzip();
            let sound: Vec<ImportRow> =
                read.iter().flatten().map(|read| read.row.clone()).collect();
            let since = Instant::now();
            let outcomes = loop {
                match import.batch(&sound, &job.choices) {
                    Err(StoreError::Busy { .. }) if cancel.is_cancelled() => break None,
                    Err(StoreError::Busy { .. }) if since.elapsed() < PATIENCE => {
                        progress.is_waiting = true;
                        on_progress(progress);
                    }
                    other => break Some(other?),
                }
            };
            let Some(outcomes) = outcomes else {
                summary.cancelled = true;
                break;
            };
            progress.is_waiting = false;
            progress.done += rows;
            let mut outcomes = outcomes.into_iter();
            for (raw, read) in raws.into_iter().zip(read) {
                let reason = match read {
                    Err(Unreadable(reason)) => reason,
                    Ok(ReadRow { row, notes }) => {
                        let Some(outcome) = outcomes.next() else {
                            continue;
                        };
                        summary.take(row, &outcome);
                        match outcome.action {
                            ImportAction::Refused(reason) => reason,
                            _ => {
                                for note in notes {
                                    remarks.take(note, raw.line, &job.headings);
                                }
                                continue;
                            }
                        }
                    }
                };
                let RawRow { line, cells, .. } = raw;
                let row = Broken {
                    line,
                    reason,
                    cells,
                };
                if let Some(file) = broken.as_deref_mut() {
                    file.write(&row).map_err(ImportError::BrokenRow)?;
                }
                summary.break_row(row);
            }
            on_progress(progress);
            if mode == Mode::Import {
                thread::sleep(PAUSE);
            }
        }
        summary.remarks = remarks.finish();
        summary.import = import.id().filter(|_| summary.has_changes());
        Ok(summary)
    })
}

/// Reads and checks rows until the receiver is dropped.
fn read_ahead(job: &Job, facts: &Facts, to: &SyncSender<Result<Vec<Item>, ImportError>>) {
    let read = || -> Result<(), ImportError> {
        let mut rows = job.source.rows()?;
        loop {
            let mut batch = Vec::new();
            let mut bytes = 0;
            let mut is_last = true;
            while let Some(raw) = rows.next()? {
                bytes += raw.cells.iter().map(String::len).sum::<usize>();
                let read = row::read(&raw, job, facts);
                batch.push(Item { raw, read });
                if batch.len() >= BATCH || bytes >= BATCH_BYTES {
                    is_last = false;
                    break;
                }
            }
            if (!batch.is_empty() && to.send(Ok(batch)).is_err()) || is_last {
                return Ok(());
            }
        }
    };
    if let Err(error) = read() {
        // If the receiver is gone, the error is not needed either.
        let _ = to.send(Err(error));
    }
}

/// Facts about the file, before its first row is imported. None if cancelled.
fn survey(job: &Job, cancel: &Cancel) -> Result<Option<Facts>, ImportError> {
    let mut facts = Facts::begin(&job.mapping, &job.headings);
    let mut rows = job.source.rows()?;
    while let Some(raw) = rows.next()? {
        facts.take(&raw, &job.mapping);
        if facts.rows.is_multiple_of(COUNTED_AT_ONCE) && cancel.is_cancelled() {
            return Ok(None);
        }
    }
    Ok(Some(facts))
}
