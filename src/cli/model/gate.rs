//! `lunny model gate`: counts the pictures that the input gate accepts, to measure it on pictures of a known kind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use rayon::prelude::*;
use serde::Serialize;

use crate::cli::print;
use crate::clinical::assessment::TrainingRange;
use crate::imaging;
use crate::model::gate;
use crate::text::scrub;

/// Count the pictures of folders that the input gate accepts, and the reasons why it refuses the others
#[derive(Debug, clap::Args)]
pub(super) struct Gate {
    /// Folders of pictures, searched with the folders in them
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Write one JSON object for each folder
    #[arg(long)]
    json: bool,
}

/// Verdicts of the gate on the pictures of one folder.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Verdicts {
    folder: String,
    /// Files that were read as pictures.
    pictures: usize,
    /// Accepted, and within the training range.
    inside: usize,
    /// Accepted, and marked as outside the training range.
    outside: usize,
    /// Number of refused pictures by the reason.
    refused: BTreeMap<String, usize>,
    /// Files that are no readable picture.
    unreadable: usize,
}

enum Verdict {
    Inside,
    Outside,
    Refused(String),
    Unreadable,
}

/// Measures the gate on each folder.
pub(super) fn run(arguments: &Gate) -> anyhow::Result<ExitCode> {
    let mut answers = Vec::new();
    for folder in &arguments.folders {
        let verdicts = measured(folder)?;
        answers.push(match arguments.json {
            true => serde_json::to_string(&verdicts)?,
            false => table(&verdicts),
        });
    }
    print(&answers.join("\n"))
}

fn measured(folder: &Path) -> anyhow::Result<Verdicts> {
    let mut files = Vec::new();
    collect(folder, &mut files)
        .with_context(|| format!("the folder {} cannot be read", folder.display()))?;
    let verdicts: Vec<Verdict> = files.par_iter().map(|file| verdict(file)).collect();
    let mut counts = Verdicts {
        folder: folder.to_string_lossy().into_owned(),
        ..Verdicts::default()
    };
    for verdict in verdicts {
        match verdict {
            Verdict::Inside => counts.inside += 1,
            Verdict::Outside => counts.outside += 1,
            Verdict::Refused(reason) => *counts.refused.entry(reason).or_default() += 1,
            Verdict::Unreadable => counts.unreadable += 1,
        }
    }
    counts.pictures = files.len() - counts.unreadable;
    Ok(counts)
}

/// Adds the files below `folder` to `files`.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // Links are not followed, so that no folder is searched twice.
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn verdict(file: &Path) -> Verdict {
    let Ok(scan) = imaging::load(file) else {
        return Verdict::Unreadable;
    };
    match gate::check(&scan) {
        Ok(TrainingRange::Inside) => Verdict::Inside,
        Ok(TrainingRange::Outside { .. }) => Verdict::Outside,
        Err(refusal) => Verdict::Refused(refusal.to_string()),
    }
}

fn table(verdicts: &Verdicts) -> String {
    let accepted = verdicts.inside + verdicts.outside;
    let mut lines = vec![
        scrub(&verdicts.folder).into_owned(),
        format!("  {:>6}  pictures", verdicts.pictures),
        format!("  {accepted:>6}  accepted"),
        format!(
            "  {:>6}  of these outside the training range",
            verdicts.outside
        ),
    ];
    let refused = verdicts.refused.iter();
    lines
        .extend(refused.map(|(reason, count)| format!("  {count:>6}  refused: {}", scrub(reason))));
    if verdicts.unreadable > 0 {
        lines.push(format!("  {:>6}  not readable", verdicts.unreadable));
    }
    lines.join("\n")
}
