//! `lunny patients`: lists and records, likely duplicates, merging two records of one person, and undoing it.

mod list;
mod show;

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

pub(super) use self::list::{Listing, list};
pub(super) use self::show::{Shown, show};
use super::caller::locally;
use super::sign_in::{SignInArguments, signed_in};
use super::{print, report};
use crate::clinical::duplicate::Reason;
use crate::clinical::merge::{Merge, Side};
use crate::clinical::patient::{Field, PatientDraft};
use crate::config::Config;
use crate::store::{Access, DuplicatePair, MergeId, MergePlan, PastMerge, Store};
use crate::text::{counted, scrub};

/// List patients, show a record, list likely duplicates, merge two records of one person, undo a merge
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(ListArguments),
    Show(ShowArguments),
    Duplicates(Duplicates),
    Merge(MergeTwo),
    Merges(Merges),
    Unmerge(Unmerge),
    Distinct(Distinct),
}

/// List patients of the hospital, those with the newest changes first
///
/// With --search the best matches come first. Each row is entered in the log.
#[derive(Debug, clap::Args)]
struct ListArguments {
    #[command(flatten)]
    listing: Listing,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Print a patient's whole record as text
///
/// The copy is entered in the log.
#[derive(Debug, clap::Args)]
struct ShowArguments {
    #[command(flatten)]
    shown: Shown,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// List records that may be of the same person, the most likely first
///
/// Compared are records with the same date of birth and the same or a similar name, the same number in another spelling,
/// or the same phone number. The score, from 60 to 100, only orders the list.
#[derive(Debug, clap::Args)]
struct Duplicates {
    /// Number of pairs, at most 500
    #[arg(long, value_name = "PAIRS", default_value_t = 100)]
    limit: usize,
    /// Write one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Merge two records of one person
///
/// Exams with nodules and reports, pictures and planned exams move to the record that stays. Its values stay; what only
/// the other one states is added, and --take takes further values of the other. The other record is kept: its number
/// still finds the person, and `lunny patients unmerge` undoes the merge as a whole.
#[derive(Debug, clap::Args)]
struct MergeTwo {
    /// ID of the record that stays
    #[arg(value_name = "KEEP")]
    keep: String,
    /// ID of the record that is merged into it
    #[arg(value_name = "OTHER")]
    other: String,
    /// Take this field from the other record, such as phone
    #[arg(long, value_name = "FIELD")]
    take: Vec<String>,
    /// Print what would stay, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// List the merges of your hospital, newest first
#[derive(Debug, clap::Args)]
struct Merges {
    /// Write one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Undo a merge: both records are as before
///
/// Additions to a moved exam move with it. A value that was changed since stays, and is listed.
#[derive(Debug, clap::Args)]
struct Unmerge {
    /// Number of the merge, as shown in the list and after the merge
    #[arg(value_name = "NUMBER")]
    merge: i64,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// State that two records are of two people: they are not listed any more
#[derive(Debug, clap::Args)]
struct Distinct {
    #[arg(value_name = "PATIENT")]
    one: String,
    #[arg(value_name = "PATIENT")]
    other: String,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Runs one of the commands.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::List(ListArguments { listing, sign_in }) => {
            locally(sign_in, config, |caller| list(listing, caller))
        }
        Command::Show(ShowArguments { shown, sign_in }) => {
            locally(sign_in, config, |caller| show(shown, caller))
        }
        Command::Duplicates(arguments) => duplicates(arguments, config),
        Command::Merge(arguments) => merge(arguments, config),
        Command::Merges(arguments) => merges(arguments, config),
        Command::Unmerge(arguments) => unmerge(arguments, config),
        Command::Distinct(arguments) => distinct(arguments, config),
    }
}

fn duplicates(arguments: &Duplicates, config: &Config) -> anyhow::Result<ExitCode> {
    let page = signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.duplicates(&sign_in.access, None, arguments.limit)?)
    })?;
    let mut lines: Vec<String> = match arguments.json {
        true => (page.pairs.iter())
            .map(|pair| pair_in_json(pair).to_string())
            .collect(),
        false => page.pairs.iter().map(pair_line).collect(),
    };
    if !arguments.json {
        lines.push(match page.goes_on {
            true => format!("{} of {} pairs", page.pairs.len(), page.total),
            false => counted(page.pairs.len(), "pair"),
        });
    }
    match lines.is_empty() {
        true => Ok(ExitCode::SUCCESS),
        false => print(&lines.join("\n")),
    }
}

fn pair_line(pair: &DuplicatePair) -> String {
    let side = |patient: &crate::store::DuplicateSide| {
        let born = match patient.patient.date_of_birth {
            Some(born) => format!(", {born}"),
            None => String::new(),
        };
        format!(
            "{} {}{born}",
            patient.patient.number, patient.patient.full_name
        )
    };
    let told = format!(
        "{:>3}  {}  |  {}  ({})",
        pair.likeness.score,
        side(&pair.one),
        side(&pair.other),
        reasons(pair, Reason::label).join(", ")
    );
    scrub(&told).into_owned()
}

fn reasons(pair: &DuplicatePair, word: fn(Reason) -> &'static str) -> Vec<&'static str> {
    (pair.likeness.reasons.iter().copied()).map(word).collect()
}

fn pair_in_json(pair: &DuplicatePair) -> Value {
    let side = |side: &crate::store::DuplicateSide| {
        json!({
            "patient_id": side.patient.number,
            "full_name": side.patient.full_name,
            "date_of_birth": side.patient.date_of_birth.map(|born| born.to_string()),
            "exams": side.exams,
        })
    };
    json!({
        "score": pair.likeness.score,
        "reasons": reasons(pair, Reason::as_str),
        "patients": [side(&pair.one), side(&pair.other)],
    })
}

fn merge(arguments: &MergeTwo, config: &Config) -> anyhow::Result<ExitCode> {
    let (pair, chosen, merged) = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let pair = pair(store, access, &arguments.keep, &arguments.other)?;
        let chosen = chosen(&pair, &arguments.take)?;
        let result = chosen.result().context("a field is not decided")?;
        let result = result.validate(Zoned::now().date()).map_err(|wrong| {
            let sentences: Vec<String> = wrong.into_iter().map(|one| one.message).collect();
            anyhow::anyhow!(sentences.join(" "))
        })?;
        if arguments.dry_run {
            return Ok((pair, chosen, None));
        }
        let plan = MergePlan {
            kept: pair.one.id,
            kept_revision: pair.one.revision,
            merged: pair.other.id,
            merged_revision: pair.other.revision,
            result,
        };
        let merged = store.merge_patients(access, &plan)?;
        Ok((pair, chosen, Some(merged)))
    })?;
    let differing = chosen.differing();
    if arguments.json {
        let fields: Vec<Value> = (differing.iter())
            .map(|versions| {
                json!({
                    "field": versions.field.key(),
                    "stays": versions.value(),
                    "kept_record": versions.yours,
                    "other_record": versions.theirs,
                })
            })
            .collect();
        let told = json!({
            "dry_run": merged.is_none(),
            "merge": merged.map(|merged| merged.merge.0),
            "kept": pair.one.patient.number,
            "merged": pair.other.patient.number,
            "exams": merged.map_or(pair.other.exams as usize, |merged| merged.exams),
            "planned_exams": merged.map(|merged| merged.planned),
            "fields": fields,
        });
        return print(&told.to_string());
    }
    let mut lines: Vec<String> = (differing.iter())
        .map(|versions| {
            let shown = |value: &str| match value.is_empty() {
                true => "empty".to_owned(),
                false => format!("“{}”", versions.field.shown(value)),
            };
            let stays = shown(versions.value().unwrap_or_default());
            let (field, yours, theirs) = (
                versions.field.label(),
                shown(&versions.yours),
                shown(&versions.theirs),
            );
            format!("{field}: {stays} stays, of {yours} and {theirs}")
        })
        .collect();
    let (kept, other) = (&pair.one.patient.number, &pair.other.patient.number);
    lines.push(match merged {
        None => format!(
            "Dry run: nothing was changed. {} of {other} would move to {kept}.",
            counted(pair.other.exams as usize, "exam")
        ),
        Some(merged) => format!(
            "{other} is merged into {kept}: {} and {} moved. `lunny patients unmerge {}` undoes it.",
            counted(merged.exams, "exam"),
            counted(merged.planned, "planned exam"),
            merged.merge.0
        ),
    });
    let scrubbed: Vec<String> = lines.iter().map(|line| scrub(line).into_owned()).collect();
    print(&scrubbed.join("\n"))
}

fn pair(store: &Store, access: &Access, one: &str, other: &str) -> anyhow::Result<DuplicatePair> {
    let one = report::patient(store, access, one)?;
    let other = report::patient(store, access, other)?;
    if one == other {
        bail!("both IDs find the same patient: give the IDs of two records");
    }
    Ok(store.duplicate_pair(access, one, other)?)
}

/// The values that stay: those of the first record, what only the other states, and the fields named in `take`.
fn chosen(pair: &DuplicatePair, take: &[String]) -> anyhow::Result<Merge> {
    let (one, other) = (&pair.one.patient, &pair.other.patient);
    let mut merge = Merge::of_two(&PatientDraft::from(one), &PatientDraft::from(other));
    for key in take {
        let field = Field::parse(key.trim()).filter(|field| *field != Field::Number);
        let place = merge
            .differing()
            .iter()
            .position(|versions| Some(versions.field) == field);
        match place {
            Some(place) => merge.take(place, Side::Theirs),
            None => {
                let differing = merge.differing();
                let keys: Vec<&str> = (differing.iter())
                    .map(|versions| versions.field.key())
                    .collect();
                bail!(
                    "{} is no field in which the records differ: those are {}",
                    scrub(key),
                    keys.join(", ")
                );
            }
        }
    }
    Ok(merge)
}

fn merges(arguments: &Merges, config: &Config) -> anyhow::Result<ExitCode> {
    let merges = signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.merges(&sign_in.access)?)
    })?;
    let lines: Vec<String> = match arguments.json {
        true => (merges.iter())
            .map(|merge| merge_in_json(merge).to_string())
            .collect(),
        false if merges.is_empty() => vec!["No merges yet.".to_owned()],
        false => merges.iter().map(merge_line).collect(),
    };
    match lines.is_empty() {
        true => Ok(ExitCode::SUCCESS),
        false => print(&lines.join("\n")),
    }
}

fn merge_line(merge: &PastMerge) -> String {
    let time = |at: jiff::Timestamp| {
        at.to_zoned(TimeZone::system())
            .strftime("%Y-%m-%d %H:%M")
            .to_string()
    };
    let undone = match &merge.undone {
        Some((at, by)) => format!(", undone {} by {by}", time(*at)),
        None => String::new(),
    };
    let told = format!(
        "{}  {}  {} {} into {} {}, by {}{undone}",
        merge.id.0,
        time(merge.made_at),
        merge.merged_as.0,
        merge.merged_as.1,
        merge.kept_as.0,
        merge.kept_as.1,
        merge.made_by
    );
    scrub(&told).into_owned()
}

fn merge_in_json(merge: &PastMerge) -> Value {
    json!({
        "merge": merge.id.0,
        "kept": merge.kept_as.0,
        "merged": merge.merged_as.0,
        "made_at": merge.made_at.to_string(),
        "made_by": merge.made_by,
        "undone_at": merge.undone.as_ref().map(|(at, _)| at.to_string()),
        "undone_by": merge.undone.as_ref().map(|(_, by)| by),
    })
}

fn unmerge(arguments: &Unmerge, config: &Config) -> anyhow::Result<ExitCode> {
    let undone = signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.unmerge_patients(&sign_in.access, MergeId(arguments.merge))?)
    })?;
    let left: Vec<&str> = undone.left.iter().map(|field| field.key()).collect();
    if arguments.json {
        return print(&json!({ "merge": arguments.merge, "fields_that_stay": left }).to_string());
    }
    let stay = match left.is_empty() {
        true => String::new(),
        false => format!(" Changed since, and left as they are: {}.", left.join(", ")),
    };
    print(&format!(
        "Merge {} is undone: both records are as before.{stay}",
        arguments.merge
    ))
}

fn distinct(arguments: &Distinct, config: &Config) -> anyhow::Result<ExitCode> {
    signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let pair = pair(store, access, &arguments.one, &arguments.other)?;
        Ok(store.state_distinct(access, pair.one.id, pair.other.id)?)
    })?;
    print("The two records are of two people.")
}
