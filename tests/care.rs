//! `lunny key`, `backup`, `restore` and `doctor` as a script runs them.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use lunny::store::{FILE_NAME, Registration, Store};
use serde_json::Value;
use zeroize::Zeroizing;

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "seven quiet herons wade";

/// Runs `lunny` with arguments that spaces part, with `home` as its home and `input` on standard input.
fn lunny(home: &Path, arguments: &str, input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lunny"))
        .args(arguments.split_whitespace())
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
    // It may end before it has read anything.
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

/// A folder with a home in it whose administrator is known.
fn inhabited() -> (tempfile::TempDir, std::path::PathBuf) {
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
    (folder, home)
}

/// The verdict of each of the doctor's checks.
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
fn a_backup_goes_out_and_comes_back() {
    let (folder, home) = inhabited();
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
    let (_folder, home) = inhabited();
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
fn the_doctor_finds_what_is_wrong_and_touches_nothing() {
    let (_folder, home) = inhabited();
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
    let end = bytes.len() - 300;
    bytes[end] ^= 4;
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
