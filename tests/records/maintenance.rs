//! `lunny key`, `backup`, `restore`, `doctor` and the rights over an installation, as used by a script.

mod owners;

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use lunny::store::{FILE_NAME, Registration, Store};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::support::accept_terms_at_once;

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "seven quiet herons wade";

/// Runs `lunny` with arguments separated by spaces, with `home` as its home and `input` on standard input.
fn lunny(home: &Path, arguments: &str, input: &str) -> Output {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    with_arguments(home, &arguments, input)
}

fn with_arguments(home: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lunny"))
        .args(arguments)
        .env("LUNNY_HOME", home)
        .current_dir(
            home.ancestors()
                .skip(1)
                .find(|folder| folder.is_dir())
                .unwrap(),
        )
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before reading its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn answer(home: &Path, arguments: &str, input: &str) -> String {
    let output = lunny(home, arguments, input);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn complaint(home: &Path, arguments: &str, input: &str) -> String {
    let output = lunny(home, arguments, input);
    assert_eq!(output.status.code(), Some(1), "{arguments}");
    String::from_utf8(output.stderr).unwrap()
}

/// A folder with a home whose administrator is known.
fn with_records() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let store = Store::open(&home).unwrap();
    let registration = Registration {
        hospital: "St. Mary".into(),
        admin_id: "RT-4471".into(),
        full_name: "Ada Byron".into(),
        email: EMAIL.into(),
        password: Zeroizing::new(PASSWORD.into()),
    };
    store.register(&registration).unwrap();
    accept_terms_at_once(&home);
    (folder, home)
}

/// Verdict of each of the doctor's checks.
fn verdicts(home: &Path, arguments: &str) -> (Option<i32>, Value) {
    let output = lunny(home, arguments, "");
    (
        output.status.code(),
        serde_json::from_slice(&output.stdout).unwrap(),
    )
}

fn verdict(answer: &Value, name: &str) -> String {
    let checks = answer["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    check.unwrap()["verdict"].as_str().unwrap().to_owned()
}

fn listing(folder: &Path) -> Vec<(std::ffi::OsString, u64, u32)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let found = entry.metadata().unwrap();
            (entry.file_name(), found.len(), found.permissions().mode())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_backup_is_made_and_restored() {
    let (folder, home) = with_records();
    let sign_in = format!("--email {EMAIL}");
    let password = format!("{PASSWORD}\n");
    let said = answer(&home, &format!("backup monday.backup {sign_in}"), &password);
    assert!(
        said.contains("monday.backup") && said.contains("1 account,"),
        "{said}"
    );
    let again = complaint(&home, &format!("backup monday.backup {sign_in}"), &password);
    assert!(again.contains("--force"), "{again}");
    let wrong = complaint(&home, &format!("backup other.backup {sign_in}"), "wrong\n");
    assert!(wrong.contains("email or password is wrong"), "{wrong}");
    assert!(!folder.path().join("other.backup").exists());

    let unasked = complaint(
        &home,
        &format!("restore monday.backup {sign_in}"),
        &password,
    );
    assert!(unasked.contains("--replace"), "{unasked}");
    let restore = format!("restore monday.backup --replace --json {sign_in}");
    let said: Value = serde_json::from_str(&answer(&home, &restore, &password)).unwrap();
    assert_eq!(said["contents"]["accounts"], 1);
    assert!(Path::new(said["kept"].as_str().unwrap()).exists());

    let elsewhere = folder.path().join("elsewhere");
    let keyless = complaint(
        &elsewhere,
        &format!("restore monday.backup {sign_in}"),
        &password,
    );
    assert!(keyless.contains("--key-file"), "{keyless}");
    let restore = format!("restore monday.backup --key-file home/lunny.key {sign_in}");
    answer(&elsewhere, &restore, &password);
    let store = Store::open(&elsewhere).unwrap();
    assert!(store.sign_in(EMAIL, PASSWORD).is_ok());
}

#[test]
fn the_key_is_changed_to_a_passphrase_and_back() {
    let (_folder, home) = with_records();
    let key = home.join("lunny.key");
    let old = fs::read_to_string(&key).unwrap();
    let said = answer(&home, "key status", "");
    assert!(
        said.contains("the key file") && said.contains("0600"),
        "{said}"
    );
    assert!(!said.contains(old.trim()));

    let rotate = format!("key rotate --email {EMAIL}");
    answer(&home, &rotate, &format!("{PASSWORD}\n"));
    assert_ne!(fs::read_to_string(&key).unwrap(), old);

    let to_passphrase = format!("{rotate} --to-passphrase");
    answer(
        &home,
        &to_passphrase,
        &format!("{PASSWORD}\na canal below the hill\n"),
    );
    assert_eq!(fs::read_to_string(&key).unwrap(), "passphrase\n");
    let wrong = complaint(
        &home,
        &rotate,
        &format!("a canal above the hill\n{PASSWORD}\n"),
    );
    assert!(wrong.contains("this passphrase"), "{wrong}");
    answer(
        &home,
        &rotate,
        &format!("a canal below the hill\n{PASSWORD}\n"),
    );
    assert!(Store::open(&home).unwrap().sign_in(EMAIL, PASSWORD).is_ok());
}

#[test]
fn the_doctor_finds_problems_and_changes_nothing() {
    let (_folder, home) = with_records();
    let before = listing(&home);
    let (code, well) = verdicts(&home, "doctor --json --full");
    for name in [
        "home",
        "key",
        "files",
        "records",
        "pages",
        "structure",
        "references",
        "version",
        "audit log",
    ] {
        assert_eq!(verdict(&well, name), "ok", "{name}: {well}");
    }
    assert_eq!(code == Some(0), well["verdict"] != "problem");
    assert_eq!(listing(&home), before);

    let key = home.join("lunny.key");
    fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let (code, ill) = verdicts(&home, "doctor --json");
    assert_eq!((code, verdict(&ill, "key")), (Some(1), "problem".into()));
    fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();

    let file = home.join(FILE_NAME);
    let whole = fs::read(&file).unwrap();
    let mut bytes = whole.clone();
    // Not of a page that is needed to open the records.
    let place = bytes.len() - 2000;
    bytes[place] ^= 4;
    fs::write(&file, &bytes).unwrap();
    let (code, ill) = verdicts(&home, "doctor --json");
    assert_eq!((code, verdict(&ill, "pages")), (Some(1), "problem".into()));
    fs::write(&file, &whole).unwrap();

    fs::set_permissions(&home, Permissions::from_mode(0o755)).unwrap();
    let (_, seen) = verdicts(&home, "doctor --json");
    assert_eq!(verdict(&seen, "home"), "warning");

    let nowhere = home.join("not/yet");
    let (_, none) = verdicts(&nowhere, "doctor --json");
    assert_eq!(verdict(&none, "records"), "ok");
    assert!(!nowhere.exists());
}

const EVE: &str = "eve@example.org";

fn register(home: &Path, hospital: &str, email: &str, flags: &str) -> Value {
    let mut arguments: Vec<&str> = flags.split_whitespace().collect();
    arguments.extend(["account", "register", "--json", "--hospital", hospital]);
    arguments.extend([
        "--admin-id",
        "X-1",
        "--full-name",
        "Eve Byron",
        "--email",
        email,
    ]);
    let output = with_arguments(home, &arguments, &format!("{PASSWORD}\n"));
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs a command as a user with the usual password.
fn by(email: &str, home: &Path, arguments: &str) -> Output {
    lunny(
        home,
        &format!("{arguments} --email {email}"),
        &format!("{PASSWORD}\n"),
    )
}

fn done(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn restoring_shows_the_changes_and_requires_consent_before_any_loss() {
    let (folder, home) = with_records();
    done(&by(EMAIL, &home, "backup monday.backup"));
    register(&home, "Second Clinic", "bo@example.org", "");
    let shown = refused(&by(EMAIL, &home, "restore monday.backup --replace"));
    for expected in [
        "2 accounts, 2 hospitals",
        "1 account, 1 hospital",
        "newest change 20",
        "1 change to the present records",
        "--older",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    done(&by(EMAIL, &home, "restore monday.backup --replace --older"));
    let listed = done(&by(EMAIL, &home, "account list"));
    assert_eq!(listed.lines().count(), 1, "{listed}");

    let elsewhere = folder.path().join("elsewhere");
    register(&elsewhere, "Evil Clinic", EVE, "");
    accept_terms_at_once(&elsewhere);
    done(&by(EVE, &elsewhere, "backup foreign.backup"));
    let foreign = "restore foreign.backup --key-file elsewhere/lunny.key --replace";
    let shown = refused(&by(EMAIL, &home, foreign));
    assert!(shown.contains("of another installation"), "{shown}");
    assert!(shown.contains("--foreign"), "{shown}");
    done(&by(EMAIL, &home, &format!("{foreign} --foreign")));
    done(&by(EVE, &home, "account list"));
}

#[test]
fn records_whose_key_is_lost_are_replaced_with_explicit_consent() {
    let (folder, home) = with_records();
    done(&by(EMAIL, &home, "backup monday.backup"));
    let key = home.join("lunny.key");
    let kept = folder.path().join("kept.key");
    fs::copy(&key, &kept).unwrap();
    fs::write(&key, format!("{}\n", "ab".repeat(32))).unwrap();
    let restore = "restore monday.backup --key-file kept.key --replace";
    let lost = refused(&by(EMAIL, &home, restore));
    assert!(lost.contains("--records-unreadable"), "{lost}");
    done(&by(
        EMAIL,
        &home,
        &format!("{restore} --records-unreadable"),
    ));
    done(&by(EMAIL, &home, "account list"));
}

#[test]
fn a_token_file_that_others_may_read_is_refused() {
    let (folder, home) = with_records();
    let token = done(&by(EMAIL, &home, "account token make nightly"));
    let file = folder.path().join("token");
    fs::write(&file, &token).unwrap();
    let use_it = "account token list --token-file token";
    for mode in [0o644, 0o640, 0o604, 0o660] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let said = refused(&lunny(&home, use_it, ""));
        assert!(
            said.contains("other users can read") && said.contains("chmod 600"),
            "{said}"
        );
    }
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    done(&lunny(&home, use_it, ""));
    for arguments in [
        "backup t.backup",
        "key rotate",
        "account owners",
        "account list",
    ] {
        let said = refused(&lunny(
            &home,
            &format!("{arguments} --token-file token"),
            "",
        ));
        assert!(
            said.contains("sign in with your password"),
            "{arguments}: {said}"
        );
    }
    let folder = refused(&lunny(&home, "account token list --token-file .", ""));
    assert!(folder.contains("is a folder"), "{folder}");
}

#[test]
fn what_killed_processes_left_is_known_and_removed_by_an_owner() {
    let (folder, home) = with_records();
    let mut child = Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let dead = child.id();
    let left = [
        format!("lunny.key.partial-{dead}"),
        format!("lunny.key.next.partial-{dead}"),
        format!("monday.backup.partial-{dead}"),
        format!("monday.backup.partial-{dead}-journal"),
        "lunny.db.next".to_owned(),
    ];
    for name in &left {
        fs::write(home.join(name), "x").unwrap();
    }
    fs::create_dir(home.join("lunny.restoring")).unwrap();
    fs::write(home.join("lunny.restoring/lunny.db"), "x").unwrap();
    let backups = folder.path().join("backups");
    fs::create_dir(&backups).unwrap();
    fs::write(backups.join(format!("a.partial-{dead}")), "x").unwrap();
    fs::write(backups.join("kept.backup"), "x").unwrap();
    let own = format!("lunny.key.partial-{}", std::process::id());
    fs::write(home.join(&own), "x").unwrap();

    let look = "doctor --json --backups backups";
    let (_, seen) = verdicts(&home, look);
    assert_eq!(verdict(&seen, "leftovers"), "warning");
    assert_eq!(verdict(&seen, "backups"), "warning");
    let text = seen.to_string();
    for name in left.iter().map(String::as_str).chain(["lunny.restoring"]) {
        assert!(text.contains(name), "{name}: {text}");
    }
    let repair = "doctor --json --repair --backups backups";
    refused(&lunny(&home, repair, ""));
    let second = register(&home, "Evil Clinic", EVE, "");
    assert_eq!(second["standing"], "pending");
    refused(&by(EVE, &home, repair));
    assert!(home.join("lunny.restoring").exists());

    let output = by(EMAIL, &home, repair);
    let done: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(done["removed"].as_array().unwrap().len(), left.len() + 1);
    assert_eq!(verdict(&done, "leftovers"), "ok");
    assert_eq!(verdict(&done, "backups"), "ok");
    assert!(home.join(&own).exists() && backups.join("kept.backup").exists());
    // Opening alone removes a database that never took its place. The records are as they were.
    done_with(&by(EMAIL, &home, "account list"));
}

fn done_with(output: &Output) {
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn the_terms_are_accepted_by_a_script_that_names_their_version() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    register(&home, "St. Mary", EMAIL, "");
    let waits = refused(&by(EMAIL, &home, "patients duplicates"));
    assert!(waits.contains("account accept-terms"), "{waits}");
    let shown = lunny(&home, "account accept-terms", "");
    assert_eq!(shown.status.code(), Some(2));
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("not a medical device"), "{shown}");
    let wrong = refused(&by(EMAIL, &home, "account accept-terms --accept 0"));
    assert!(wrong.contains("version"), "{wrong}");
    refused(&by(EMAIL, &home, "patients duplicates"));
    let accept = format!(
        "account accept-terms --accept {}",
        lunny::clinical::terms::VERSION
    );
    done(&by(EMAIL, &home, &accept));
    done(&by(EMAIL, &home, "patients duplicates"));
}
