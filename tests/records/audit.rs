//! `lunny account` and `lunny audit` as run by a script.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::accept_terms_at_once;

const PASSWORD: &str = "seven quiet herons wade";
const ADA: &[&str] = &["--email", "ada@example.org"];

/// Runs LUNNY with `input` as its standard input and, if given, a token in the environment.
fn run(home: &Path, arguments: &[&str], input: &str, token: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lunny"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LUNNY_") {
            command.env_remove(name);
        }
    }
    if let Some(token) = token {
        command.env("LUNNY_TOKEN", token);
    }
    command.arg("--home").arg(home).args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that refuses at once does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// The output of a successful run as the administrator.
fn done(home: &Path, arguments: &[&str]) -> String {
    let arguments = [arguments, ADA].concat();
    text(run(home, &arguments, &format!("{PASSWORD}\n"), None), 0)
}

fn text(output: Output, code: i32) -> String {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

/// The one sentence of a failed run.
fn complaint(output: Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    complaint
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn register(home: &Path, hospital: &str, email: &str, password: &str) -> Output {
    let arguments = [
        "account",
        "register",
        "--hospital",
        hospital,
        "--admin-id",
        "RT-1",
        "--full-name",
        "Ada Byron",
        "--email",
        email,
        "--json",
    ];
    run(home, &arguments, &format!("{password}\n"), None)
}

/// A home whose administrator is Ada.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let account = json(&text(
        register(home.path(), "St. Mary", "ada@example.org", PASSWORD),
        0,
    ));
    assert_eq!(account["role"], "administrator");
    accept_terms_at_once(home.path());
    home
}

fn tamper(home: &Path, sql: &str) {
    let raw = rusqlite::Connection::open(home.join(lunny::store::FILE_NAME)).unwrap();
    let key = fs::read_to_string(home.join("lunny.key")).unwrap();
    raw.execute_batch(&format!(
        "PRAGMA key = \"x'{}'\"; PRAGMA foreign_keys = OFF",
        key.trim()
    ))
    .unwrap();
    raw.execute_batch(
        "DROP TRIGGER audit_is_never_changed; DROP TRIGGER audit_is_never_shortened;
         DROP TRIGGER audit_seal_is_never_broken",
    )
    .unwrap();
    raw.execute_batch(sql).unwrap();
}

#[test]
fn an_administrator_approves_and_disables_accounts() {
    let home = home();
    let home = home.path();
    let waiting = json(&text(
        register(home, "st.  mary", "grace@example.org", PASSWORD),
        0,
    ));
    assert_eq!(waiting["standing"], "pending");
    let list = done(home, &["account", "list", "--json"]);
    let first = json(list.lines().next().unwrap());
    assert_eq!(first["email"], "grace@example.org");
    assert_eq!(list.lines().count(), 2);

    let grace = "GRACE@example.org";
    let told = done(
        home,
        &["account", "approve", grace, "--role", "radiologist"],
    );
    assert_eq!(
        told,
        "The account grace@example.org is active with the role radiologist."
    );
    let told = done(home, &["account", "role", grace, "technician", "--json"]);
    assert_eq!(json(&told)["role"], "technician");
    done(home, &["account", "disable", grace]);
    let sign_in = ["account", "token", "list", "--email", "grace@example.org"];
    let refused = complaint(run(home, &sign_in, PASSWORD, None));
    assert!(refused.contains("disabled"), "{refused}");
    done(home, &["account", "enable", grace]);
    assert_eq!(text(run(home, &sign_in, PASSWORD, None), 0), "");

    // The last administrator cannot be disabled.
    let arguments = [&["account", "disable", "ada@example.org"], ADA].concat();
    complaint(run(home, &arguments, PASSWORD, None));
    let arguments = [&["account", "disable", "unknown@example.org"], ADA].concat();
    let refused = complaint(run(home, &arguments, PASSWORD, None));
    assert!(
        refused.contains("not an account of your hospital"),
        "{refused}"
    );
    // Only an administrator can do any of this.
    let arguments = ["account", "list", "--email", "grace@example.org"];
    let refused = complaint(run(home, &arguments, PASSWORD, None));
    assert!(refused.contains("administrator"), "{refused}");
}

#[test]
fn a_command_needs_a_password_or_a_token() {
    let home = home();
    let home = home.path();
    let refused = complaint(run(home, &["audit", "head"], "", None));
    assert!(
        refused.contains("--email") && refused.contains("LUNNY_TOKEN"),
        "{refused}"
    );
    let head = [&["audit", "head"], ADA].concat();
    let wrong = complaint(run(home, &head, "seven loud herons wade\n", None));
    let arguments = ["audit", "head", "--email", "unknown@example.org"];
    let unknown = complaint(run(home, &arguments, "seven loud herons wade\n", None));
    assert_eq!(wrong, unknown);
    let refused = complaint(run(home, &head, "", None));
    assert!(refused.contains("standard input"), "{refused}");

    let token = done(home, &["account", "token", "make", "nightly export"]);
    assert!(token.starts_with("lunny_") && token.lines().count() == 1);
    text(run(home, &["audit", "head"], "", Some(&token)), 0);
    let file = home.join("token");
    fs::write(&file, format!("{token}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let by_file = ["audit", "head", "--token-file", file.to_str().unwrap()];
    text(run(home, &by_file, "", None), 0);
    let list = json(&done(home, &["account", "token", "list", "--json"]));
    assert_eq!(list["name"], "nightly export");
    assert!(list["last_used_at"].is_string());
    done(
        home,
        &["account", "token", "revoke", &list["id"].to_string()],
    );
    complaint(run(home, &["audit", "head"], "", Some(&token)));
    complaint(run(home, &by_file, "", None));

    let nowhere = tempfile::tempdir().unwrap();
    let refused = complaint(run(nowhere.path(), &head, PASSWORD, None));
    assert!(refused.contains("no records"), "{refused}");
    assert_eq!(fs::read_dir(nowhere.path()).unwrap().count(), 0);
}

#[test]
fn a_password_is_changed_and_reset_line_by_line() {
    let home = home();
    let home = home.path();
    let weak = complaint(register(home, "St. Luke", "luke@example.org", "password"));
    assert!(weak.contains("15"), "{weak}");
    let password = [&["account", "password"], ADA].concat();
    let lines = |lines: &[&str]| lines.join("\n") + "\n";
    let new = "nine loud cranes stand";
    complaint(run(home, &password, &lines(&[PASSWORD, "short"]), None));
    text(run(home, &password, &lines(&[PASSWORD, new]), None), 0);
    complaint(run(home, &password, &lines(&[PASSWORD, new]), None));
    let code = [&["account", "reset-code", "ada@example.org"], ADA].concat();
    let code = text(run(home, &code, &lines(&[new]), None), 0);
    let reset = [&["account", "reset-password"], ADA].concat();
    text(run(home, &reset, &lines(&[&code, PASSWORD]), None), 0);
    complaint(run(home, &reset, &lines(&[&code, PASSWORD]), None));
    done(home, &["audit", "head"]);
}

#[test]
fn the_log_is_exported_privately_and_verified_against_the_export() {
    let home = home();
    let home = home.path();
    let file = home.join("log.jsonl");
    let path = file.to_str().unwrap();
    let told = json(&done(home, &["audit", "export", path, "--json"]));
    let lines = fs::read_to_string(&file).unwrap();
    assert_eq!(
        told["entries"].as_u64().unwrap() as usize + 1,
        lines.lines().count()
    );
    assert!(json(lines.lines().last().unwrap())["head"]["mac"].is_string());
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let again = [&["audit", "export", path], ADA].concat();
    let refused = complaint(run(home, &again, PASSWORD, None));
    assert!(refused.contains("already exists"), "{refused}");
    let empty = home.join("empty.jsonl");
    let until = [
        "audit",
        "export",
        empty.to_str().unwrap(),
        "--to",
        "2020-01-31",
        "--json",
    ];
    assert_eq!(json(&done(home, &until))["entries"], 0);

    let sound = json(&done(home, &["audit", "verify", "--head", path, "--json"]));
    assert_eq!(sound["sound"], true);
    let head = done(home, &["audit", "head"]);
    let told = done(home, &["audit", "verify", "--head", &head]);
    assert!(
        told.starts_with("The log is sound") && told.contains("kept"),
        "{told}"
    );
    let nonsense = [&["audit", "verify", "--head", "12:ab"], ADA].concat();
    complaint(run(home, &nonsense, PASSWORD, None));
}

#[test]
fn a_log_that_was_cut_and_continued_is_found_by_the_stored_head() {
    let home = home();
    let home = home.path();
    let file = home.join("log.jsonl");
    let path = file.to_str().unwrap();
    done(home, &["audit", "export", path]);
    tamper(
        home,
        "DELETE FROM audit WHERE seq > 2; DELETE FROM audit_seal WHERE seq > 2;
         UPDATE sqlite_sequence SET seq = 2 WHERE name = 'audit'",
    );
    // As an attacker would who knows of it.
    fs::remove_file(home.join("lunny.head")).unwrap();
    done(home, &["audit", "verify"]);
    let against = [&["audit", "verify", "--head", path, "--json"], ADA].concat();
    let found = json(&text(run(home, &against, PASSWORD, None), 2));
    assert_eq!(found["fault"]["kind"], "other head");
}

#[test]
fn a_changed_entry_is_named_and_has_its_own_exit_code() {
    let home = home();
    let home = home.path();
    done(home, &["audit", "head"]);
    tamper(home, "UPDATE audit SET action = 'sign out' WHERE seq = 2");
    let verify = [&["audit", "verify"], ADA].concat();
    let told = text(run(home, &verify, PASSWORD, None), 2);
    assert!(told.starts_with("Entry 2 is not"), "{told}");
}
