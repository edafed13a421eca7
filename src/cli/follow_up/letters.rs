//! `lunny follow-up letters` and `lunny follow-up letter-text`.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::ArgGroup;
use serde_json::json;

use super::{day, newest, today};
use crate::cli::output::caution;
use crate::cli::print;
use crate::cli::sign_in::{SignInArguments, signed_in};
use crate::cli::words::one_of;
use crate::clinical::follow_up::List;
use crate::clinical::follow_up::letter::{LETTER_CHARACTERS, LetterKind};
use crate::config::Config;
use crate::export::{self, MOST_LETTERS, Requester};
use crate::named_file;
use crate::report::pdf::Paper;
use crate::report::saving;
use crate::store::{ExamId, FollowUpQuery};
use crate::text::{counted, scrub};
use jiff::civil::Date;

/// Write letters to patients as one PDF
///
/// To the patients that are named, or to all on a list. Each letter is recorded in the audit log. Exits with 0 if all got a
/// letter, 2 if some were left out, 1 on an error.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("whose").required(true).args(["patients", "all"])))]
pub(super) struct Arguments {
    /// IDs of patients
    #[arg(value_name = "PATIENT")]
    patients: Vec<String>,
    /// Everybody on the list of the kind: due for recall, overdue for overdue
    #[arg(long)]
    all: bool,
    /// Text of the letters
    #[arg(long, value_name = "KIND", default_value = LetterKind::Recall.as_str(), value_parser = one_of(&LetterKind::ALL, LetterKind::as_str))]
    kind: LetterKind,
    /// The folder of the file; made when it is missing
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// The sheets
    #[arg(long, value_name = "PAPER", default_value = Paper::A4.as_str(), value_parser = one_of(&Paper::ALL, Paper::as_str))]
    paper: Paper,
    /// The day that the letters and the list are of; today without it
    #[arg(long, value_name = "DAY", value_parser = day)]
    on: Option<Date>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Print the hospital's text of a letter, or set it
///
/// Placeholders: {name}, {id}, {birth_date}, {date} (the date due), {scan_date}, {category} (in words for the patient) and
/// {hospital}. Setting is for administrators; an empty file brings LUNNY's own text back.
#[derive(Debug, clap::Args)]
pub(super) struct Text {
    #[arg(value_name = "KIND", value_parser = one_of(&LetterKind::ALL, LetterKind::as_str))]
    kind: LetterKind,
    /// Set the text in this file
    #[arg(long, value_name = "FILE")]
    set: Option<PathBuf>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Writes the letters and says where they are.
pub(super) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    signed_in(&arguments.sign_in, config, |store, sign_in| {
        let asker = Requester {
            store,
            access: &sign_in.access,
            account: &sign_in.account,
        };
        let day = today(arguments.on);
        let exams = match arguments.all {
            true => everybody(asker, arguments.kind, day)?,
            false => chosen(asker, &arguments.patients)?,
        };
        let made = export::letters(asker, &exams, arguments.kind, arguments.paper, day)?;
        let stem = format!("letters-{}-{day}", arguments.kind.as_str());
        let path = saving::save(&arguments.to, &stem, "pdf", &made.pdf.bytes)?;
        let shown = scrub(&path.to_string_lossy()).into_owned();
        for (number, reason) in &made.left_out {
            caution!("lunny: {} gets no letter: {reason}", scrub(number));
        }
        let count = made.patients.len();
        let answer = match arguments.json {
            true => {
                let left_out = made
                    .left_out
                    .iter()
                    .map(|(number, reason)| json!({"patient_id": number, "reason": reason}));
                json!({
                    "file": shown,
                    "letters": count,
                    "pages": made.pdf.pages.len(),
                    "left_out": left_out.collect::<Vec<_>>(),
                    "without_a_font": made.pdf.lacking,
                })
                .to_string()
            }
            false => format!("{shown}: {}", counted(count, "letter")),
        };
        print(&answer)?;
        Ok(match made.left_out.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::from(2),
        })
    })
}

fn everybody(asker: Requester<'_>, kind: LetterKind, day: Date) -> anyhow::Result<Vec<ExamId>> {
    let list = match kind {
        LetterKind::Recall => List::Due,
        LetterKind::Overdue => List::Overdue,
    };
    let mut query = FollowUpQuery::of(list, day);
    let mut exams = Vec::new();
    loop {
        let page = asker.store.follow_ups(asker.access, &query)?;
        exams.extend(page.rows.iter().map(|row| row.exam));
        query.after = page.rows.last().map(|row| row.cursor);
        // More than one file takes is refused as a whole, so the rest need not be read.
        if !page.goes_on || exams.len() > MOST_LETTERS {
            return Ok(exams);
        }
    }
}

fn chosen(asker: Requester<'_>, patients: &[String]) -> anyhow::Result<Vec<ExamId>> {
    let exam = |number: &String| {
        let row = newest(asker.store, asker.access, number, |_| true)?;
        let row =
            row.with_context(|| format!("{} has no follow-up: no exam is kept", scrub(number)))?;
        anyhow::Ok(row.exam)
    };
    patients.iter().map(exam).collect()
}

/// Prints or sets a text.
pub(super) fn text(arguments: &Text, config: &Config) -> anyhow::Result<ExitCode> {
    let new = match &arguments.set {
        None => None,
        Some(file) => Some(read(file)?),
    };
    let kind = arguments.kind;
    let text = signed_in(&arguments.sign_in, config, |store, sign_in| {
        // First, so that a token that may not read changes nothing.
        let present = store.letter_text(&sign_in.access, kind)?;
        Ok(match &new {
            Some(new) => {
                store.set_letter_text(&sign_in.access, kind, new)?;
                store.letter_text(&sign_in.access, kind)?
            }
            None => present,
        })
    })?;
    print(&match arguments.json {
        true => json!({"kind": kind.as_str(), "text": text}).to_string(),
        false => scrub_lines(&text),
    })
}

fn read(file: &std::path::Path) -> anyhow::Result<String> {
    let shown = || {
        let shown = scrub(&file.to_string_lossy()).into_owned();
        format!("{shown} cannot be read as the text of a letter")
    };
    let mut text = String::new();
    // Four bytes a character at most; what is longer is refused as too long.
    let most = 4 * LETTER_CHARACTERS as u64 + 4;
    named_file::open(file)
        .with_context(shown)?
        .take(most)
        .read_to_string(&mut text)
        .with_context(shown)?;
    Ok(text)
}

fn scrub_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(scrub).collect();
    lines.join("\n")
}
