//! `lunny doctor`: checks of an installation, one line each, with advice.

use std::env;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use jiff::Timestamp;

use super::backup::size;
use super::print;
use super::sign_in::{SignInArguments, enter, owner_or_out, records};
use crate::clinical::shipped_model::is_shipped;
use crate::config::Config;
use crate::model::placement::Placement;
use crate::model::{WeightsError, location};
use crate::store::{Check, Verdict, examine, partial_backups};
use crate::terminal::Abilities;
use crate::text::scrub;

/// Free disk space in bytes below which saving is at risk, and below which a warning is given.
const LITTLE_ROOM: u64 = 100_000_000;
const SCANT_ROOM: u64 = 2_000_000_000;

/// Columns and rows that every screen fits into.
const SMALLEST_SCREEN: (u16, u16) = (80, 24);

/// First second of 2026. A clock before it was never set.
const NOT_BEFORE: i64 = 1_767_225_600;

/// Check records, key, files, model, disk, graphics card, terminal and clock
///
/// Prints what was found, one line each, and what to do about it. Shows no record. Without --repair it changes nothing and needs no
/// sign-in. Records locked with a passphrase are checked if it is in the variable LUNNY_PASSPHRASE. Exits with 1 if
/// there is a problem.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Compare every index with its table too, which takes longer
    #[arg(long)]
    full: bool,
    /// Remove files that a killed backup, restore or change of key left behind. For owners, while no other LUNNY is running
    #[arg(long)]
    repair: bool,
    /// Look for incomplete backups in this folder, too
    #[arg(long, value_name = "DIR")]
    backups: Option<PathBuf>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Runs all checks.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    let now = Timestamp::now();
    let removed = match arguments.repair {
        true => repair(arguments, config)?,
        false => Vec::new(),
    };
    let mut checks = examine(&config.home, &config.key, now, arguments.full);
    checks.extend(arguments.backups.as_deref().map(incomplete_backups));
    let classifier = location::find(config);
    let classifier = classifier.map(|found| (found.path().into(), found.identity().sha256.clone()));
    checks.push(model("model", classifier, "--model"));
    let lesions = location::find_lesions(config);
    let lesions = lesions.map(|found| (found.path().into(), found.identity().sha256.clone()));
    checks.push(model("lesion reader", lesions, "--lesion-model"));
    checks.extend([engine(config), disk(&config.home)]);
    checks.extend([terminal(config), locale(), set_clock(now)]);
    let worst = checks.iter().map(|check| check.verdict).max();
    print(&match arguments.json {
        true => in_json(&checks, &removed)?,
        false => in_words(&checks, &removed),
    })?;
    Ok(match worst {
        Some(Verdict::Problem) => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    })
}

/// Removes leftovers, as an owner.
fn repair(arguments: &Arguments, config: &Config) -> anyhow::Result<Vec<PathBuf>> {
    let store = records(config)?;
    let sign_in = enter(&arguments.sign_in, &store)?;
    let owner = owner_or_out(&store, &sign_in)?;
    let removed = store.remove_leftovers(&owner, arguments.backups.as_deref());
    match records(config)?.sign_out(&sign_in.access) {
        Ok(()) => Ok(removed?),
        Err(error) => Ok(removed.and(Err(error))?),
    }
}

/// Check of a folder of backups.
fn incomplete_backups(folder: &Path) -> Check {
    let found = partial_backups(folder);
    let shown: Vec<_> = found.iter().map(|path| path.to_string_lossy()).collect();
    match found.is_empty() {
        true => Check::ok("backups", "no incomplete one"),
        false => Check::warning(
            "backups",
            format!(
                "incomplete, of a backup that was killed: {}",
                shown.join(", ")
            ),
            "run lunny doctor --repair --backups DIR as an owner, which removes them",
        ),
    }
}

/// Check of a network's weight file: its name in the list, the file and its hash or the error, and the flag that names
/// another file.
fn model(name: &'static str, found: Result<(PathBuf, String), WeightsError>, flag: &str) -> Check {
    match found {
        Ok((path, hash)) => {
            let start = hash.get(..12).unwrap_or(&hash);
            let found = format!("{}, SHA-256 {start}…", path.display());
            match is_shipped(&hash) {
                true => Check::ok(name, found),
                false => Check::warning(
                    name,
                    format!("{found}, not shipped with LUNNY"),
                    format!(
                        "if it was not chosen here, remove the setting that names it ({flag}, LUNNY_MODEL, LUNNY_LESION_MODEL, config.toml)"
                    ),
                ),
            }
        }
        Err(error) => Check::problem(
            name,
            error.to_string(),
            format!("put the shipped weight file back, or give another one with {flag}"),
        ),
    }
}

fn engine(config: &Config) -> Check {
    let placement = Placement::of(&config.compute);
    match &placement.remark {
        None => Check::ok("engine", placement.label()),
        Some(remark) => Check::warning(
            "engine",
            format!("{}: {remark}", placement.label()),
            "choose another one with --engine or --device",
        ),
    }
}

fn disk(home: &Path) -> Check {
    // The home need not exist yet; its disk does.
    let there = home.ancestors().find(|folder| folder.is_dir());
    let place = there.unwrap_or(Path::new("."));
    let free = rustix::fs::statvfs(place).map(|disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    let advice = "free some space on the disk that holds the home";
    match free {
        Ok(free) if free < LITTLE_ROOM => {
            Check::problem("disk", format!("{} free", size(free)), advice)
        }
        Ok(free) if free < SCANT_ROOM => {
            Check::warning("disk", format!("{} free", size(free)), advice)
        }
        Ok(free) => Check::ok("disk", format!("{} free", size(free))),
        Err(error) => Check::warning("disk", format!("free space unknown ({error})"), advice),
    }
}

fn terminal(config: &Config) -> Check {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Check::ok("terminal", "none (running in a script)");
    }
    let (colour, graphics) = Abilities::default().shown(config, |name| std::env::var(name).ok());
    let (columns, rows) = crossterm::terminal::size().unwrap_or_default();
    let found = format!(
        "{columns} × {rows}, {}, pictures: {} unless it answers otherwise",
        colour.label(),
        graphics.label()
    );
    match columns >= SMALLEST_SCREEN.0 && rows >= SMALLEST_SCREEN.1 {
        true => Check::ok("terminal", found),
        false => Check::warning("terminal", found, "make the window at least 80 × 24"),
    }
}

fn locale() -> Check {
    let said = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty());
    let name = said.unwrap_or_else(|| "none".into());
    let lower = name.to_lowercase();
    match lower.contains("utf-8") || lower.contains("utf8") {
        true => Check::ok("locale", name),
        false => Check::warning(
            "locale",
            format!("{name}, which is not UTF-8"),
            "set LANG to one that ends in UTF-8, or lines and letters may look wrong",
        ),
    }
}

fn set_clock(now: Timestamp) -> Check {
    match now.as_second() < NOT_BEFORE {
        true => Check::problem(
            "date",
            format!("{now:.0}, which is in the past"),
            "set the clock of this computer",
        ),
        false => Check::ok("date", format!("{now:.0}")),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::Problem => "problem",
    }
}

fn in_words(checks: &[Check], removed: &[PathBuf]) -> String {
    let mut text = String::new();
    for path in removed {
        let _ = writeln!(text, "removed  {}", scrub(&path.to_string_lossy()));
    }
    for check in checks {
        let found = scrub(&check.found);
        let _ = write!(text, "{:<8} {:<11}{found}", word(check.verdict), check.name);
        if let Some(advice) = &check.advice {
            let _ = write!(text, ": {}", scrub(advice));
        }
        text.push('\n');
    }
    let count = |verdict| {
        checks
            .iter()
            .filter(|check| check.verdict == verdict)
            .count()
    };
    let _ = write!(
        text,
        "Problems: {}. Warnings: {}.",
        count(Verdict::Problem),
        count(Verdict::Warning)
    );
    text
}

fn in_json(checks: &[Check], removed: &[PathBuf]) -> serde_json::Result<String> {
    let worst = checks.iter().map(|check| check.verdict).max();
    let checks: Vec<_> = checks
        .iter()
        .map(|check| {
            serde_json::json!({
                "name": check.name,
                "verdict": word(check.verdict),
                "found": check.found,
                "advice": check.advice,
            })
        })
        .collect();
    serde_json::to_string(&serde_json::json!({
        "verdict": word(worst.unwrap_or(Verdict::Ok)),
        "removed": removed.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>(),
        "checks": checks,
    }))
}
