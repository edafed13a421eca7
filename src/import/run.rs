//! Taking a file in, or trying it in a dry run: one thread reads and checks rows while another holds them against the records.

use std::io;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use jiff::civil::Date;

use super::broken::BrokenFile;
use super::dates::DateOrder;
use super::facts::Facts;
use super::mapping::Mapping;
use super::remark::Remarks;
use super::row::{self, ReadRow, Unreadable};
use super::source::{RawRow, Source};
use super::summary::{Broken, Summary};
use super::values::ValueMap;
use super::{ImportError, report};
use crate::cancel::Cancel;
use crate::store::{Access, ImportAction, ImportChoices, ImportFile, ImportRow, Store};
use crate::whole_file::{self, Readers};

/// Rows of one transaction. Writing them takes about a second, for which others wait.
const BATCH: usize = 5000;
/// Most bytes of the cells of a batch, but for its last row.
const BATCH_BYTES: usize = 4 << 20;
/// Batches that are read ahead.
const AHEAD: usize = 2;
/// Between two transactions, so that whoever waits for the database has time to notice: others look every millisecond.
const PAUSE: Duration = Duration::from_millis(3);
/// How many rows are counted between two looks at whether anybody still wants them.
const COUNTED_AT_ONCE: u64 = 1 << 14;

/// What is to be taken in, and how.
#[derive(Debug, Clone)]
pub struct Job {
    pub source: Source,
    pub headings: Vec<String>,
    pub mapping: Mapping,
    pub choices: ImportChoices,
    /// What the dates of the file are held against.
    pub today: Date,
    /// The order of day and month, where somebody states it for the whole file.
    pub dates: Option<DateOrder>,
    /// What cells mean, where somebody states it.
    pub values: ValueMap,
}

impl Job {
    /// For a file that was opened: its columns as they were named last time for these headings, else as the headings
    /// say.
    ///
    /// # Errors
    /// When the file cannot be read any more, and what the store answers.
    pub fn new(
        source: Source,
        store: &Store,
        access: &Access,
        today: Date,
    ) -> Result<Self, ImportError> {
        let headings = source.sample()?.headings;
        let remembered = match source.has_headings {
            true => store.preference(access, &Mapping::preference(&headings))?,
            false => None,
        };
        let mapping = remembered
            .and_then(|text| Mapping::from_text(&text, headings.len()))
            .unwrap_or_else(|| Mapping::guess(&headings));
        Ok(Self {
            source,
            headings,
            mapping,
            choices: ImportChoices::default(),
            today,
            dates: None,
            values: ValueMap::default(),
        })
    }

    /// Whether rows can become patients.
    ///
    /// # Errors
    /// What is missing or stated twice, in a sentence.
    pub fn check(&self) -> Result<(), ImportError> {
        self.mapping.check(&self.headings)
    }

    /// Of headings alone, for tests of how rows are read.
    #[cfg(test)]
    pub(super) fn of_headings(mapping: Mapping, headings: Vec<String>, today: Date) -> Self {
        Self {
            source: Source::of_nothing(headings.len()),
            mapping,
            headings,
            choices: ImportChoices::default(),
            today,
            dates: None,
            values: ValueMap::default(),
        }
    }

    /// Keeps what the columns are for the next file with these headings.
    ///
    /// # Errors
    /// What the store answers.
    pub fn remember(&self, store: &Store, access: &Access) -> Result<(), ImportError> {
        if self.source.has_headings {
            let name = Mapping::preference(&self.headings);
            store.prefer(access, &name, &self.mapping.to_text())?;
        }
        Ok(())
    }
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Tells what an import would do.
    DryRun,
    Import,
}

/// How many rows are done with, of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: u64,
    pub of: u64,
}

/// A row that was read, and what it says.
struct Item {
    raw: RawRow,
    read: Result<ReadRow, Unreadable>,
}

/// Goes through the whole file. `heard` is told of every batch. The rows that could not be taken in are written to the
/// file `broken`, for their owner alone; to its headings where there are none.
///
/// An import that is cancelled or fails leaves whole batches in the records; the same file again adds nothing twice.
///
/// # Errors
/// When the file cannot be read to its end, when the mapping makes no patients, when `broken` cannot be written, and
/// what the store answers.
pub fn run(
    store: &Store,
    access: &Access,
    job: &Job,
    mode: Mode,
    heard: &dyn Fn(Progress),
    cancel: &Cancel,
    broken: Option<&Path>,
) -> Result<Summary, ImportError> {
    let Some(file) = broken else {
        return through(store, access, job, mode, heard, cancel, None);
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
        let all = through(store, access, job, mode, heard, cancel, Some(&mut broken));
        let is_sound = all.is_ok();
        ended = Some(all);
        match is_sound {
            true => broken.finish(),
            // Nothing is put in the place of the file then.
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
    heard: &dyn Fn(Progress),
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
    };
    heard(progress);
    let mut remarks = Remarks::default();
    let facts = &facts;
    thread::scope(|scope| {
        let (sender, batches) = sync_channel(AHEAD);
        scope.spawn(move || read_ahead(job, facts, &sender));
        // Whatever ends this loop, the receiver goes with it, and the other thread ends as nobody takes its batches.
        for batch in batches {
            if cancel.is_cancelled() {
                summary.cancelled = true;
                break;
            }
            let batch = batch?;
            progress.done += batch.len() as u64;
            let (raws, read): (Vec<RawRow>, Vec<_>) =
                batch.into_iter().map(|item| (item.raw, item.read)).unzip();
            let sound: Vec<ImportRow> =
                read.iter().flatten().map(|read| read.row.clone()).collect();
            let mut outcomes = import.batch(&sound, &job.choices)?.into_iter();
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
            heard(progress);
            if mode == Mode::Import {
                thread::sleep(PAUSE);
            }
        }
        summary.remarks = remarks.finish();
        summary.import = import.id();
        Ok(summary)
    })
}

/// Reads and checks rows for as long as somebody takes them.
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
        // Whoever stopped listening wants to hear of no error either.
        let _ = to.send(Err(error));
    }
}

/// What the file shows, before its first row is taken in. Nothing where it was cancelled.
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
