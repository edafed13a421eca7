//! Checks of a home that change nothing in it, for finding the cause of a problem.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::Connection;

use super::leftovers;
use crate::store::error::{Stop, StoreError};
use crate::store::key::{DatabaseKey, KeySource, KeyState};
use crate::store::unlocking::{KeyMatch, look};
use crate::store::{FILE_NAME, audit, cipher, migration};

/// Result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Ok,
    /// It works, but needs attention.
    Warning,
    /// It does not work, or records are in danger.
    Problem,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Subject of the check, in a word or two.
    pub name: &'static str,
    pub verdict: Verdict,
    /// Result in words.
    pub found: String,
    /// Remedy; none if nothing needs to be done.
    pub advice: Option<String>,
}

impl Check {
    /// A check that found nothing wrong.
    pub fn ok(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            verdict: Verdict::Ok,
            found: found.into(),
            advice: None,
        }
    }

    /// A check whose finding needs attention, with the remedy.
    pub fn warning(
        name: &'static str,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            verdict: Verdict::Warning,
            advice: Some(advice.into()),
            ..Self::ok(name, found)
        }
    }

    /// A check that failed, with the remedy.
    pub fn problem(
        name: &'static str,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            verdict: Verdict::Problem,
            ..Self::warning(name, found, advice)
        }
    }

    /// A problem whose message contains its remedy after a colon.
    fn of_error(name: &'static str, error: &StoreError) -> Self {
        let sentence = error.to_string();
        match sentence.split_once(": ") {
            Some((found, advice)) => Self::problem(name, found, advice),
            None => Self::problem(name, sentence, "restore a backup if the problem persists"),
        }
    }
}

/// Checks the database of `home`, its key and its files: permissions, the key, the version, pages and structures, the references
/// and the chain of the audit log. `full` also compares every index with its table; `now` is the present time. Needs no sign-in,
/// reads out no record, and creates or changes nothing.
pub fn examine(home: &Path, source: &KeySource, now: Timestamp, full: bool) -> Vec<Check> {
    let file = home.join(FILE_NAME);
    let mut checks = vec![folder(home), key(home, source), leftovers::check(home)];
    match fs::metadata(&file) {
        Ok(found) if found.len() > 0 => {}
        _ => {
            checks.push(Check::ok(
                "records",
                "none yet; they are created at the first start",
            ));
            return checks;
        }
    }
    checks.push(files(home, &file));
    // Before the log, which grows first.
    let kept = audit::KeptHead::of(home);
    let opened = look(home, &file, source, cipher::connect_to_look).and_then(|found| {
        let key = match found {
            KeyMatch::Key(key) | KeyMatch::NextKey(key) => Some(key),
            KeyMatch::Nothing => None,
        };
        Ok(match key {
            Some(key) => Some((cipher::connect_to_look(&file, Some(&key))?, key)),
            None => None,
        })
    });
    match opened {
        Ok(Some((connection, key))) => {
            checks.push(Check::ok("records", "open with the key"));
            inside(&connection, &key, &file, full, &mut checks);
            checks.extend(head_outside(&connection, &key, home, &kept));
            checks.push(clock(&connection, now));
        }
        Ok(None) => checks.push(unopened(home, &file, source)),
        Err(stop) => checks.push(Check::of_error("records", &stop.explain(&file))),
    }
    checks
}

fn folder(home: &Path) -> Check {
    let name = "home";
    let shown = home.display();
    match fs::metadata(home) {
        Err(_) => Check::ok(name, format!("{shown} does not exist yet")),
        Ok(found) if !found.is_dir() => Check::problem(
            name,
            format!("{shown} is not a folder"),
            "choose another folder with --home or LUNNY_HOME",
        ),
        Ok(found) => match found.permissions().mode() & 0o7777 {
            mode if mode & 0o022 != 0 => Check::problem(
                name,
                format!("other users can write to {shown} (mode {mode:04o})"),
                format!("run chmod 700 {shown}"),
            ),
            mode if mode & 0o077 != 0 => Check::warning(
                name,
                format!("other users can read {shown} (mode {mode:04o})"),
                format!("run chmod 700 {shown}"),
            ),
            _ => Check::ok(name, format!("{shown}, accessible to its owner only")),
        },
    }
}

fn key(home: &Path, source: &KeySource) -> Check {
    let state = KeyState::of(home, source);
    match &state.problem {
        Some(problem) => match problem.split_once(": ") {
            Some((found, advice)) => Check::problem("key", found, advice),
            None => Check::problem("key", problem, "restore the right key file"),
        },
        None => Check::ok("key", state.source()),
    }
}

fn files(home: &Path, file: &Path) -> Check {
    let ours = ["", "-wal", "-shm"].map(|suffix| cipher::beside(file, suffix));
    let open: Vec<String> = (ours.into_iter())
        .chain([
            home.join("lunny.lock"),
            home.join(audit::HEAD_FILE_NAME),
            home.join("config.toml"),
        ])
        .filter_map(|path| {
            let mode = fs::metadata(&path).ok()?.permissions().mode() & 0o7777;
            let writable = mode & 0o022 != 0;
            let secret = path.extension().is_none_or(|kind| kind != "toml");
            (writable || (secret && mode & 0o077 != 0))
                .then(|| format!("{} ({mode:04o})", path.display()))
        })
        .collect();
    match open.is_empty() {
        true => Check::ok("files", "accessible to their owner only"),
        false => Check::problem(
            "files",
            format!("accessible to other users: {}", open.join(", ")),
            "run chmod 600 on them",
        ),
    }
}

/// Reason why the key did not open the database, found by inspecting the file without one.
fn unopened(home: &Path, file: &Path, source: &KeySource) -> Check {
    let plain = cipher::connect_to_look(file, None)
        .and_then(|connection| cipher::answer(&connection))
        .is_ok_and(|answer| answer == cipher::Answer::Opens);
    if plain {
        return Check::warning(
            "records",
            "not encrypted, as written by an earlier version",
            "start LUNNY once: it encrypts them",
        );
    }
    let bytes = fs::metadata(file).map_or(0, |found| found.len());
    match crate::store::unlocking::unopened(home, file, source, bytes) {
        Ok(error) => Check::of_error("records", &error),
        Err(stop) => Check::of_error("records", &stop.explain(file)),
    }
}

/// Checks of the opened database.
fn inside(
    connection: &Connection,
    key: &DatabaseKey,
    file: &Path,
    full: bool,
    checks: &mut Vec<Check>,
) {
    let mut add = |name, check: Result<Check, Stop>| {
        let failed = |stop: Stop| Check::of_error(name, &stop.explain(file));
        checks.push(check.unwrap_or_else(failed));
    };
    let restore = "restore a backup";
    let broken = cipher::broken_pages(connection).map(|broken| match broken.first() {
        None => Check::ok("pages", "every page's seal is intact"),
        Some(first) => {
            let others = match broken.len() {
                1 => String::new(),
                all => format!(", and {} more", all - 1),
            };
            let said = format!("a page was changed or is damaged: {first}{others}");
            Check::problem("pages", said, restore)
        }
    });
    add("pages", broken.map_err(Stop::from));
    let asked = match full {
        true => "integrity_check(1)",
        false => "quick_check(1)",
    };
    let sound = cipher::first_complaint(connection, asked).map(|complaint| match complaint {
        None if full => Check::ok("structure", "sound, including indexes"),
        None => Check::ok("structure", "sound; use --full to compare the indexes too"),
        Some(complaint) => Check::problem("structure", complaint.replace('\n', " "), restore),
    });
    add("structure", sound.map_err(Stop::from));
    let dangling = connection
        .prepare("PRAGMA foreign_key_check")
        .and_then(|mut check| check.exists([]))
        .map(|dangling| match dangling {
            false => Check::ok("references", "no reference is missing"),
            true => Check::problem("references", "a record refers to a missing one", restore),
        });
    add("references", dangling.map_err(Stop::from));
    let version = migration::version(connection, file);
    let known = matches!(version, Ok(version) if version == migration::KNOWN);
    add(
        "version",
        version.map(|version| match version {
            migration::KNOWN => Check::ok("version", format!("{version}, the newest")),
            older => Check::ok(
                "version",
                format!("{older}; the next start updates it to {}", migration::KNOWN),
            ),
        }),
    );
    if known {
        add("audit log", log(connection, key).map_err(Stop::from));
    }
}

fn log(connection: &Connection, key: &DatabaseKey) -> rusqlite::Result<Check> {
    let transaction = connection.unchecked_transaction()?;
    let seen = audit::examine(&transaction, &key.audit_key())?;
    Ok(match seen.fault {
        None => Check::ok(
            "audit log",
            format!("{} entries, chain intact", seen.entries),
        ),
        Some(fault) => Check::problem(
            "audit log",
            fault.to_string(),
            "compare it with an export stored elsewhere, and find out who could write to the database",
        ),
    })
}

/// Compares the log with the head that is kept beside the database.
fn head_outside(
    connection: &Connection,
    key: &DatabaseKey,
    home: &Path,
    kept: &audit::KeptHead,
) -> Option<Check> {
    let name = "newest log";
    // A database without seals is of an earlier version, or damaged, which is said elsewhere.
    let lost = audit::lost_changes(home, kept, connection, &key.audit_key()).ok()?;
    Some(match (lost, kept) {
        (Some(lost), _) => Check::problem(
            name,
            format!(
                "the newest changes may be missing ({}): lunny.db-wal was removed, cut or changed, or lunny.db was replaced by an older copy",
                lost.fault
            ),
            audit::LostChanges::ADVICE,
        ),
        (None, audit::KeptHead::Head(_)) => Check::ok(name, "has the last entry that was written"),
        (None, audit::KeptHead::Nothing) => Check::ok(
            name,
            format!(
                "not compared: {} is written at the next start",
                audit::HEAD_FILE_NAME
            ),
        ),
        (None, audit::KeptHead::Damaged) => Check::warning(
            name,
            format!(
                "{} is damaged, so missing changes would not be noticed",
                audit::HEAD_FILE_NAME
            ),
            "start LUNNY once: it writes the file again",
        ),
    })
}

/// Warns if the clock is behind the newest entry: new entries would then be out of order.
fn clock(connection: &Connection, now: Timestamp) -> Check {
    let newest = connection.query_row("SELECT max(at) FROM audit", [], |row| {
        row.get::<_, Option<i64>>(0)
    });
    let newest = newest.ok().flatten();
    let ahead = newest.map_or(0, |newest| (newest - now.as_microsecond()) / 1_000_000);
    match ahead {
        ..=60 => Check::ok("clock", format!("{now:.0}, not behind the newest entry")),
        ahead => Check::warning(
            "clock",
            format!("{now:.0}, {} min behind the newest entry", ahead / 60),
            "correct the clock of this computer",
        ),
    }
}
