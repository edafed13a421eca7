//! `lunny import list` and `lunny import undo`.

use std::process::ExitCode;

use anyhow::Context;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::super::print;
use super::super::sign_in::{SignInArguments, signed_in};
use crate::config::Config;
use crate::store::{ImportId, PastImport};
use crate::text::{counted, scrub};

/// Number of patients that are listed one by one.
const NAMED: usize = 20;

/// List the imports of your hospital, newest first
#[derive(Debug, clap::Args)]
pub(super) struct Listing {
    /// Write one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Undo a whole import, so that the corrected file can be imported
///
/// Patients that it added are moved to the deleted records and their numbers become free; records that it changed get
/// their earlier values back. A record that was changed since, or has an exam, stays and is listed. Exits with 2 when
/// some stay.
#[derive(Debug, clap::Args)]
pub(super) struct Undo {
    /// Number of the import, as shown in the list and after the import; without it, the newest that is not undone
    #[arg(value_name = "NUMBER")]
    import: Option<i64>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

pub(super) fn list(arguments: &Listing, config: &Config) -> anyhow::Result<ExitCode> {
    let imports = signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.imports(&sign_in.access)?)
    })?;
    let lines: Vec<String> = match arguments.json {
        true => imports
            .iter()
            .map(|import| in_json(import).to_string())
            .collect(),
        false if imports.is_empty() => vec!["No imports yet.".to_owned()],
        false => imports.iter().map(line).collect(),
    };
    print(&lines.join("\n"))
}

pub(super) fn undo(arguments: &Undo, config: &Config) -> anyhow::Result<ExitCode> {
    let (id, undone) = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let id = match arguments.import {
            Some(id) => ImportId(id),
            None => {
                let imports = store.imports(&sign_in.access)?;
                let newest = imports.iter().find(|import| import.undone.is_none());
                newest.context("there is no import that can be undone")?.id
            }
        };
        Ok((id, store.undo_import(&sign_in.access, id)?))
    })?;
    let text = match arguments.json {
        true => {
            let stays: Vec<Value> = (undone.listed.iter())
                .map(|(number, reason)| json!({ "number": number, "reason": reason.reason() }))
                .collect();
            json!({
                "import": id,
                "removed": undone.removed,
                "restored": undone.restored,
                "planned_exams": undone.plans,
                "stays": undone.stays,
                "patients_that_stay": stays,
            })
            .to_string()
        }
        false => {
            let mut lines = vec![format!(
                "Import {} is undone: {} deleted, {} restored.",
                id.0,
                counted(undone.removed as usize, "new record"),
                counted(undone.restored as usize, "changed record"),
            )];
            if undone.plans > 0 {
                lines.push(format!(
                    "{} removed or as before.",
                    counted(undone.plans as usize, "planned exam")
                ));
            }
            for (number, reason) in undone.listed.iter().take(NAMED) {
                lines.push(format!("{} stays: {}.", scrub(number), reason.reason()));
            }
            let more = undone.stays.saturating_sub(NAMED as u64);
            if more > 0 {
                lines.push(format!(
                    "and {} that stay",
                    counted(more as usize, "more record")
                ));
            }
            lines.join("\n")
        }
    };
    print(&text)?;
    Ok(match undone.stays {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(2),
    })
}

fn line(import: &PastImport) -> String {
    let made = import.made_at.to_zoned(TimeZone::system());
    let undone = match &import.undone {
        Some((at, by)) => {
            let at = at.to_zoned(TimeZone::system());
            format!(
                ", undone {} by {}",
                at.strftime("%Y-%m-%d %H:%M"),
                scrub(by)
            )
        }
        None => String::new(),
    };
    let planned = match import.planned {
        0 => String::new(),
        count => format!(", {}", counted(count as usize, "planned exam")),
    };
    format!(
        "{}  {}  {}  {} added, {} changed{planned}, by {}{undone}",
        import.id.0,
        made.strftime("%Y-%m-%d %H:%M"),
        scrub(&import.file),
        import.added,
        import.changed,
        scrub(&import.made_by),
    )
}

fn in_json(import: &PastImport) -> Value {
    json!({
        "import": import.id,
        "file": import.file,
        "made_at": import.made_at.to_string(),
        "made_by": import.made_by,
        "added": import.added,
        "changed": import.changed,
        "planned_exams": import.planned,
        "undone_at": import.undone.as_ref().map(|(at, _)| at.to_string()),
        "undone_by": import.undone.as_ref().map(|(_, by)| by),
    })
}
