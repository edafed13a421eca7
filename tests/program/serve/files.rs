//! Files by `scp` and `sftp`, and keys in place of passwords.

use std::path::Path;
use std::process::{Command, Stdio};

use lunny::clinical::patient::{Field, PatientDraft};
use lunny::store::Store;

use super::support::{PASSWORD, Server, clients, register};
use crate::support::write_chest_slice;

pub const EMAIL: &str = "dana@example.org";

/// A key pair of a client; the path of its private half.
fn make_key(server: &Server, name: &str) -> String {
    let path = server.folder.path().join(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "ward-3", "-f"])
        .arg(&path)
        .status();
    assert!(made.unwrap().success());
    path.to_str().unwrap().to_owned()
}

/// Adds the public half of a key to the account with the program, as an administrator does.
fn add_key(server: &Server, key: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lunny"));
    command.args([
        "account",
        "ssh-key",
        "add",
        &format!("{key}.pub"),
        "--email",
        EMAIL,
    ]);
    command.args(["--home"]).arg(&server.home);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, format!("{PASSWORD}\n").as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// A server with an account that has a key.
pub fn server_with_key(settings: &str) -> (Server, String) {
    let server = Server::start(settings);
    let mut terminal = server.connect();
    register(&mut terminal, "Dana Ruiz", EMAIL);
    terminal.hang_up();
    let key = make_key(&server, "key");
    let said = add_key(&server, &key);
    assert!(said.contains("SHA256:"), "{said}");
    (server, key)
}

pub fn remote(path: &str) -> String {
    format!("{EMAIL}@127.0.0.1:{path}")
}

/// Runs `sftp` with these commands.
fn sftp(server: &Server, key: &str, commands: &str) -> (bool, String) {
    let batch = server.folder.path().join("batch");
    std::fs::write(&batch, commands).unwrap();
    let target = remote("");
    let target = target.trim_end_matches(':');
    let output = server.run("sftp", &["-i", key, "-b", batch.to_str().unwrap(), target]);
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn a_file_sent_by_scp_is_found_in_the_picker_and_its_report_is_fetched() {
    if !clients(&["ssh", "scp", "sftp", "ssh-keygen"]) {
        return;
    }
    let (server, key) = server_with_key("");
    let slice = write_chest_slice(server.folder.path(), "sent-slice.png");
    // In a window like that of the training slices the lungs are black.
    let mut levels = image::open(&slice).unwrap().into_luma8();
    for level in levels.iter_mut() {
        *level = level.saturating_sub(20);
    }
    levels.save(&slice).unwrap();
    let sent = server.run("scp", &["-i", &key, slice.to_str().unwrap(), &remote("")]);
    assert!(
        sent.status.success(),
        "{}",
        String::from_utf8_lossy(&sent.stderr)
    );

    // A key also opens the application.
    let mut terminal = server.connect_with(&["-i", &key], EMAIL);
    terminal.wait_for("Welcome, Dana Ruiz");
    terminal.type_keys("n");
    terminal.wait_for("sent-slice.png");
    assert!(
        terminal.screen().contains("/inbox"),
        "{}",
        terminal.screen()
    );
    // A path of the server leads nowhere, and none is shown.
    terminal.type_keys("/etc/passwd\r");
    terminal.wait_for("does not exist");
    let home = server.home.to_str().unwrap().to_owned();
    assert!(!terminal.screen().contains(&home), "{}", terminal.screen());
    terminal.type_keys("\x15");
    terminal.type_keys("sent\r");
    terminal.wait_for("256 × 256");
    terminal.type_keys("\r");
    terminal.wait_for("outside what the model has seen");
    terminal.type_keys("h");
    terminal.wait_for("/outbox/reports");
    assert!(!terminal.screen().contains(&home), "{}", terminal.screen());

    let (done, said) = sftp(
        &server,
        &key,
        "ls -1 /outbox/reports\nget /outbox/reports/*.txt .",
    );
    assert!(done, "{said}");
    let report = std::fs::read_dir(server.folder.path()).unwrap().flatten();
    let report = report
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "txt"));
    let text = std::fs::read_to_string(report.expect("a report")).unwrap();
    assert!(text.contains("Indeterminate"), "{text}");
    terminal.hang_up();

    let log = server.log();
    assert!(log.contains("files_sent=1"), "{log}");
    assert!(!log.contains("sent-slice") && !log.contains(EMAIL), "{log}");
}

#[test]
fn an_account_reaches_its_own_files_and_no_others() {
    if !clients(&["ssh", "sftp", "ssh-keygen"]) {
        return;
    }
    let (server, key) = server_with_key("[serve]\narea_mb = 1");
    let folder = server.folder.path();
    std::fs::write(folder.join("small.dcm"), vec![1; 100_000]).unwrap();
    std::fs::write(folder.join("large.dcm"), vec![1; 2 << 20]).unwrap();
    let (done, said) = sftp(
        &server,
        &key,
        "pwd\nput small.dcm\nmkdir series\nput small.dcm series/1.dcm\nrename small.dcm other.dcm\nls -l\nget series/1.dcm copy.dcm\ncd /\nls -1",
    );
    assert!(done, "{said}");
    assert!(said.contains("Remote working directory: /inbox"), "{said}");
    assert!(
        said.contains("other.dcm") && said.contains("outbox"),
        "{said}"
    );
    let same = std::fs::read(folder.join("copy.dcm")).unwrap();
    assert_eq!(same, vec![1; 100_000]);
    let stored = std::fs::read(server.home.join("files/1/inbox/other.dcm")).unwrap();
    assert!(!stored.windows(16).any(|part| part == [1; 16]));
    for refused in [
        "get /etc/passwd passwd",
        "get ../../../../etc/passwd passwd",
        "get /../lunny.key lunny.key",
        "put small.dcm /outbox/x.dcm",
        "put small.dcm /x.dcm",
        "symlink /etc/passwd link",
        "ln /inbox/other.dcm link",
        "rm /inbox",
        "rmdir /outbox",
        "rename series /outbox/series",
        "put large.dcm",
    ] {
        let (done, said) = sftp(&server, &key, refused);
        assert!(!done, "{refused}: {said}");
    }
    for name in ["passwd", "lunny.key"] {
        assert!(!folder.join(name).exists(), "{name}");
    }
    assert!(
        Path::new(&server.home)
            .join("files/1/inbox/other.dcm")
            .exists()
    );
}

#[test]
fn without_an_account_and_with_a_foreign_key_there_are_no_files() {
    if !clients(&["ssh", "scp", "sftp", "ssh-keygen"]) {
        return;
    }
    let (server, key) = server_with_key("");
    let file = server.folder.path().join("scan.dcm");
    std::fs::write(&file, b"x").unwrap();
    let file = file.to_str().unwrap();
    let guest = server.run("scp", &[file, "technician@127.0.0.1:"]);
    let said = String::from_utf8_lossy(&guest.stderr).into_owned();
    assert!(
        !guest.status.success() && said.contains("files need an account"),
        "{said}"
    );

    let foreign = make_key(&server, "foreign");
    for (key, user) in [(foreign.as_str(), EMAIL), (&key, "unknown@example.org")] {
        let target = format!("{user}@127.0.0.1:");
        let refused = server.run("scp", &["-i", key, "-o", "BatchMode=yes", file, &target]);
        assert!(!refused.status.success(), "{user}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("Permission denied"));
    }
}

#[test]
fn a_password_sends_files_and_opens_no_application() {
    if !clients(&["ssh", "scp"]) {
        return;
    }
    let server = Server::start("");
    let mut terminal = server.connect();
    register(&mut terminal, "Dana Ruiz", EMAIL);
    std::fs::write(server.folder.path().join("scan.dcm"), b"x").unwrap();
    let mut right = server.start_client("scp", &["scan.dcm", &remote("")]);
    right.wait_for("password:");
    right.type_keys(&format!("{PASSWORD}\r"));
    assert!(right.wait_for_end().success(), "{}", right.screen());
    assert!(server.home.join("files/1/inbox/scan.dcm").exists());

    let mut wrong = server.start_client(
        "scp",
        &["-o", "NumberOfPasswordPrompts=1", "scan.dcm", &remote("")],
    );
    wrong.wait_for("password:");
    wrong.type_keys("not the password\r");
    assert!(!wrong.wait_for_end().success());

    let mut shell = server.connect_as(EMAIL);
    shell.wait_for("password:");
    shell.type_keys(&format!("{PASSWORD}\r"));
    // The sign-in screen asks again, as it does without a password.
    shell.wait_for("Not a medical device");
}

#[test]
fn a_removed_key_and_a_disabled_account_are_refused_at_once() {
    if !clients(&["ssh", "scp", "ssh-keygen"]) {
        return;
    }
    let (server, key) = server_with_key("");
    let file = server.folder.path().join("scan.dcm");
    std::fs::write(&file, b"x").unwrap();
    let send = || {
        let arguments = [
            "-i",
            &key,
            "-o",
            "BatchMode=yes",
            file.to_str().unwrap(),
            &remote(""),
        ];
        server.run("scp", &arguments).status.success()
    };
    assert!(send());
    let store = Store::open(&server.home).unwrap();
    let access = store.sign_in(EMAIL, PASSWORD).unwrap().access;
    let keys = store.ssh_keys(&access).unwrap();
    assert_eq!(keys.len(), 1);
    assert!(keys[0].last_used_at.is_some());
    store.remove_ssh_key(&access, keys[0].id).unwrap();
    assert!(!send());
    add_key(&server, &key);
    assert!(send());
    // A new password ends the keys.
    store
        .change_password(&access, PASSWORD, "eleven calm otters swim south")
        .unwrap();
    assert!(!send());
}

#[test]
fn a_command_works_on_the_account_s_own_files_and_names_no_path_of_the_server() {
    if !clients(&["ssh", "scp", "ssh-keygen"]) {
        return;
    }
    let (server, key) = server_with_key("");
    let slice = write_chest_slice(server.folder.path(), "sent-slice.png");
    let sent = server.run("scp", &["-i", &key, slice.to_str().unwrap(), &remote("")]);
    assert!(sent.status.success());
    let run = |command: &str| {
        let output = server.run("ssh", &["-i", &key, "-l", EMAIL, "127.0.0.1", command]);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        let home = server.home.to_str().unwrap();
        assert!(!out.contains(home) && !err.contains(home), "{out}{err}");
        (output.status.code(), out, err)
    };
    let (status, out, err) = run("scan info inbox/sent-slice.png --json");
    assert_eq!(status, Some(0), "{err}");
    assert!(out.contains("\"rows\":256"), "{out}");
    let (status, out, err) = run("analyze /inbox/sent-slice.png --json");
    assert!(matches!(status, Some(0 | 2)), "{out}{err}");
    assert!(out.contains("\"/inbox/sent-slice.png\""), "{out}");
    for outside in ["/etc/passwd", "../../../lunny.key", "/../2/inbox/x"] {
        let (status, out, err) = run(&format!("scan info {outside}"));
        assert_eq!((status, out.as_str()), (Some(1), ""), "{outside}: {err}");
    }
    let (status, _, err) = run("backup /inbox/x");
    assert_eq!(status, Some(2));
    assert!(err.contains("runs analyze, export"), "{err}");
    // Without an account there is no command.
    let guest = server.run("ssh", &["127.0.0.1", "scan info ."]);
    assert_eq!(guest.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&guest.stderr).contains("for accounts only"));
}

#[test]
fn a_record_is_read_by_a_command_and_its_copy_is_fetched_from_the_outbox() {
    if !clients(&["ssh", "sftp", "ssh-keygen"]) {
        return;
    }
    let (server, key) = server_with_key("");
    let store = Store::open(&server.home).unwrap();
    let access = store.sign_in(EMAIL, PASSWORD).unwrap().access;
    let mut draft = PatientDraft::default();
    draft.set(Field::Number, "M-1");
    draft.set(Field::FullName, "Kim Marsh");
    let patient = draft.validate(jiff::civil::date(2026, 3, 9)).unwrap();
    store.create_patient(&access, &patient).unwrap();
    let run = |command: &str| {
        let output = server.run("ssh", &["-i", &key, "-l", EMAIL, "127.0.0.1", command]);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        let home = server.home.to_str().unwrap();
        assert!(!said.contains(home), "{said}");
        (output.status.code(), said)
    };
    let (status, said) = run("patients list --search marsh");
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("M-1  Kim Marsh"), "{said}");
    let (status, said) = run("report M-1 --text record.txt");
    assert_eq!(status, Some(0), "{said}");
    assert!(said.starts_with("/outbox/record.txt: "), "{said}");
    let (done, said) = sftp(&server, &key, "get /outbox/record.txt .");
    assert!(done, "{said}");
    let text = std::fs::read_to_string(server.folder.path().join("record.txt")).unwrap();
    assert!(text.contains("Kim Marsh"), "{text}");
    for elsewhere in ["/inbox/record.txt", "/etc/record.txt", "../record.txt"] {
        let (status, said) = run(&format!("report M-1 --text {elsewhere}"));
        assert_eq!(status, Some(1), "{elsewhere}: {said}");
        assert!(said.contains("below /outbox"), "{elsewhere}: {said}");
    }
    let (status, said) = run("patients merge M-1 M-1");
    assert_eq!(status, Some(2), "{said}");
}
