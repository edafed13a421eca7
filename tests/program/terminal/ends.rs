//! After every end of the program the terminal is usable; and nothing is drawn while nothing happens.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use super::pseudo_terminal::PseudoTerminal;

fn open() -> (tempfile::TempDir, PseudoTerminal) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let terminal = PseudoTerminal::lunny(folder.path(), &home);
    terminal.wait_for("Sign in");
    (folder, terminal)
}

#[test]
fn every_signal_that_ends_the_program_leaves_a_usable_terminal() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT] {
        let (_folder, mut terminal) = open();
        assert!(terminal.is_raw());
        terminal.signal(signal);
        let status = terminal.wait_for_end();
        assert_eq!(
            status.exit_code() as i32,
            128 + signal.as_raw(),
            "{signal:?}"
        );
        terminal.assert_restored();
    }
}

#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    let (_folder, mut terminal) = open();
    terminal.wait_for_stillness();
    terminal.hang_up();
    assert!(!terminal.wait_for_end().success());
}

#[test]
fn after_a_stop_and_continue_the_screen_is_drawn_again() {
    let (_folder, terminal) = open();
    terminal.wait_for_stillness();
    terminal.signal(Signal::TSTP);
    while terminal.is_raw() {
        std::thread::sleep(Duration::from_millis(10));
    }
    terminal.assert_restored();
    terminal.signal(Signal::CONT);
    terminal.wait_for("Sign in");
    assert!(terminal.is_raw());
}

#[test]
fn nothing_is_drawn_while_nothing_happens() {
    let (_folder, terminal) = open();
    terminal.wait_for("● model ready");
    let before = terminal.wait_for_stillness();
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!(terminal.bytes().len(), before);
}

#[test]
fn many_size_changes_end_in_the_right_picture() {
    let (_folder, mut terminal) = open();
    for step in 0..40 {
        terminal.resize(20 + step * 3, 5 + step);
    }
    terminal.resize(20, 5);
    terminal.wait_for("20×5");
    terminal.resize(100, 30);
    terminal.wait_for("Register");
    terminal.type_keys("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_restored();
}

#[test]
fn keys_typed_while_the_program_starts_are_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = PseudoTerminal::lunny(folder.path(), &folder.path().join("home"));
    terminal.type_keys("sdana@example.org");
    terminal.wait_for("dana@example.org");
}

#[test]
fn a_panic_restores_the_terminal_before_it_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let this_program = std::env::current_exe().unwrap();
    let arguments = [
        "--exact",
        "terminal::ends::panics_on_purpose",
        "--nocapture",
    ];
    let mut terminal = PseudoTerminal::start(
        &this_program,
        &arguments,
        folder.path(),
        &folder.path().join(CHILD_HOME),
    );
    assert!(!terminal.wait_for_end().success());
    terminal.assert_restored();
    let bytes = terminal.bytes();
    let text = String::from_utf8_lossy(&bytes);
    let (_, after) = text
        .rsplit_once("\x1b[?1049l")
        .expect("the screen was left");
    assert!(text.contains("a panic on purpose"), "{text}");
    assert!(!after.contains("\x1b[?1049h"), "{text}");
}

/// Variable that marks a child process of this test.
const CHILD_HOME: &str = "home-of-the-child-that-panics";

/// Panics, but only in the process that the test above starts.
#[test]
fn panics_on_purpose() {
    let home = std::env::var_os("LUNNY_HOME").unwrap_or_default();
    if !home.to_string_lossy().ends_with(CHILD_HOME) {
        return;
    }
    let _terminal = lunny::tui::terminal::LocalTerminal::enter().expect("a terminal");
    panic!("a panic on purpose");
}

#[test]
fn without_colours_only_selections_are_reversed() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_lunny"));
    let home = folder.path().join("home");
    let terminal = PseudoTerminal::start(program, &["--color", "none"], folder.path(), &home);
    terminal.wait_for("Register");
    terminal.wait_for_stillness();
    assert_eq!(terminal.reversed(), "LUNNY Sign in");
    let bytes = terminal.bytes();
    assert!(
        !String::from_utf8_lossy(&bytes).contains("\x1b[38;"),
        "a colour was sent"
    );
}

#[test]
fn without_a_terminal_the_program_ends_with_a_sentence() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lunny"))
        .env("LUNNY_HOME", tempfile::tempdir().unwrap().path())
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("must be a terminal") && said.lines().count() == 1,
        "{said}"
    );
}

/// The database as another program with the key would open it.
fn with_key(file: &Path) -> rusqlite::Connection {
    let key = std::fs::read_to_string(file.with_file_name("lunny.key")).unwrap();
    let database = rusqlite::Connection::open(file).unwrap();
    let literal = format!("x'{}'", key.trim());
    database
        .pragma_update_and_check(None, "key", literal, |_| Ok(()))
        .unwrap();
    database
}

#[test]
fn a_database_of_a_newer_version_is_reported_and_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    drop(lunny::store::Store::open(&home).unwrap());
    let file = home.join(lunny::store::FILE_NAME);
    let database = with_key(&file);
    database.pragma_update(None, "user_version", 9999).unwrap();
    drop(database);
    let mut terminal = PseudoTerminal::lunny(folder.path(), &home);
    terminal.wait_for("Sign in");
    terminal.type_keys("sdana@example.org\rquiet lungs breathe\r");
    terminal.wait_for("newer");
    terminal.type_keys("\x03");
    assert!(terminal.wait_for_end().success());
    let database = with_key(&file);
    let version: i64 = database
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 9999);
}
