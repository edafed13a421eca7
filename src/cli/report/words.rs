//! `lunny report words` and `lunny report addendum`: the radiologist's text of an exam.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use serde_json::json;

use crate::cli::print;
use crate::cli::sign_in::{SignInArguments, signed_in};
use crate::clinical::lung_rads::Category;
use crate::clinical::report::{ReportWords, WORDS_CHARACTERS, template};
use crate::config::Config;
use crate::named_file;
use crate::store::{Access, Exam, Store};
use crate::text::scrub;

/// Print the radiologist's text of an exam, or set it
///
/// Findings, impression and recommendation are each set from a file of their own; an empty file removes the part. Only a
/// radiologist can set them. A version of the report that was written before does not have them: write and sign another one.
#[derive(Debug, clap::Args)]
pub(crate) struct Words {
    #[command(flatten)]
    about: About,
    /// Set the findings to the text of this file
    #[arg(long, value_name = "FILE")]
    findings: Option<PathBuf>,
    /// Set the impression to the text of this file
    #[arg(long, value_name = "FILE")]
    impression: Option<PathBuf>,
    /// Set the recommendation to the text of this file
    #[arg(long, value_name = "FILE")]
    recommendation: Option<PathBuf>,
    /// Fill the parts that are still empty from the template of the measured category
    #[arg(long)]
    template: bool,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Add an addendum to the newest signed version of the report on an exam
///
/// The signed text stays as it is. Only a radiologist can add to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Addendum {
    #[command(flatten)]
    about: About,
    /// Text of the addendum
    #[arg(long, value_name = "FILE")]
    text: PathBuf,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// An exam of a patient.
#[derive(Debug, clap::Args)]
struct About {
    /// Patient ID, such as P-000123
    #[arg(value_name = "PATIENT")]
    patient: String,
    /// The newest exam, or one by its number, such as E-12
    #[arg(long, value_name = "E-12|newest", default_value = "newest")]
    exam: String,
}

impl About {
    fn exam(&self, store: &Store, access: &Access) -> anyhow::Result<Exam> {
        let patient = super::patient(store, access, &self.patient)?;
        let record = store.patient(access, patient)?;
        let wanted = self.exam.trim();
        let is_wanted = |exam: &Exam| match wanted.eq_ignore_ascii_case("newest") {
            true => true,
            false => wanted.eq_ignore_ascii_case(&number(exam)),
        };
        let mut exams = record.exams.into_iter();
        exams.find(is_wanted).with_context(|| {
            let (exam, number) = (scrub(wanted), scrub(&self.patient));
            format!("the record of {number} has no exam {exam}: give one of its exams, or newest")
        })
    }
}

fn number(exam: &Exam) -> String {
    format!("E-{}", exam.id.0)
}

/// Prints or sets the text.
pub(crate) fn words(arguments: &Words, config: &Config) -> anyhow::Result<ExitCode> {
    let files = [
        &arguments.findings,
        &arguments.impression,
        &arguments.recommendation,
    ];
    let mut texts = [const { None }; 3];
    for (text, file) in texts.iter_mut().zip(files) {
        *text = file.as_deref().map(read).transpose()?;
    }
    let is_set = arguments.template || texts.iter().any(Option::is_some);
    let (exam, words) = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let exam = arguments.about.exam(store, access)?;
        let kept = &exam.reading.words;
        let [findings, impression, recommendation] = texts;
        let mut words = ReportWords {
            findings: findings.unwrap_or_else(|| kept.findings.clone()),
            impression: impression.unwrap_or_else(|| kept.impression.clone()),
            recommendation: recommendation.unwrap_or_else(|| kept.recommendation.clone()),
        };
        if arguments.template {
            fill(&mut words, store, access, &exam)?;
        }
        if is_set {
            store.write_words(access, exam.id, exam.reading.words_revision, &words)?;
            // As they are kept.
            words = words.check()?;
        }
        Ok((number(&exam), words))
    })?;
    print(&match arguments.json {
        true => json!({
            "exam": exam,
            "findings": words.findings,
            "impression": words.impression,
            "recommendation": words.recommendation,
        })
        .to_string(),
        false => shown(&exam, &words),
    })
}

/// Fills empty parts from the template.
fn fill(
    words: &mut ReportWords,
    store: &Store,
    access: &Access,
    exam: &Exam,
) -> anyhow::Result<()> {
    let reading = exam.reading.reading();
    let measured = reading.category().map(|measured| measured.category);
    let category = measured.unwrap_or(Category::NeedsRadiologist);
    let template = store.report_template(access, category)?;
    let filled = template::fill(&template, &reading, reading.scanned_on(exam.created_at));
    let parts = [
        (&mut words.findings, filled.findings),
        (&mut words.impression, filled.impression),
        (&mut words.recommendation, filled.recommendation),
    ];
    for (part, filled) in parts {
        if part.trim().is_empty() {
            *part = filled;
        }
    }
    Ok(())
}

fn shown(exam: &str, words: &ReportWords) -> String {
    let parts: Vec<String> = words
        .stated()
        .map(|(heading, text)| {
            let lines: Vec<_> = text.lines().map(scrub).collect();
            format!(
                "{heading}\n{}\n{}",
                "-".repeat(heading.len()),
                lines.join("\n")
            )
        })
        .collect();
    match parts.is_empty() {
        true => format!("{exam} has no text of a radiologist"),
        false => parts.join("\n\n"),
    }
}

/// Adds an addendum.
pub(crate) fn addendum(arguments: &Addendum, config: &Config) -> anyhow::Result<ExitCode> {
    let text = read(&arguments.text)?;
    let (exam, version, count) = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let exam = arguments.about.exam(store, access)?;
        let versions = store.reports(access, exam.id)?;
        let Some(signed) = versions.iter().find(|version| version.is_final) else {
            bail!(
                "no version of the report on {} is signed: until one is, set its findings, impression and recommendation",
                number(&exam)
            );
        };
        store.add_addendum(access, signed.id, &text)?;
        Ok((number(&exam), signed.version, signed.addenda.len() + 1))
    })?;
    print(&match arguments.json {
        true => json!({"exam": exam, "version": version, "addenda": count}).to_string(),
        false => format!("{exam}: addendum {count} to version {version} of the report"),
    })
}

fn read(file: &Path) -> anyhow::Result<String> {
    let shown = || {
        let shown = scrub(&file.to_string_lossy()).into_owned();
        format!("{shown} cannot be read as text")
    };
    let mut text = String::new();
    // Four bytes a character at most; a longer text is refused as too long.
    let most = 4 * WORDS_CHARACTERS as u64 + 4;
    named_file::open(file)
        .with_context(shown)?
        .take(most)
        .read_to_string(&mut text)
        .with_context(shown)?;
    Ok(text)
}
