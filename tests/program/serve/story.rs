//! The work of a technician over SSH.

use std::time::Duration;

use super::support::{Server, clients, register, sign_in};

#[test]
fn a_technician_registers_resizes_and_leaves_over_ssh() {
    if !clients(&["ssh"]) {
        return;
    }
    let server = Server::start("");
    let mut terminal = server.connect();
    register(&mut terminal, "Dana Ruiz", "dana@example.org");
    terminal.resize(120, 40);
    // The footer is in the last row of the larger screen.
    terminal.wait_for("Welcome, Dana Ruiz");
    terminal.type_keys("\x1a");
    terminal.wait_for("There is no shell");
    terminal.type_keys("o");
    terminal.wait_for("Sign out and return");
    terminal.type_keys("y");
    terminal.wait_for("Not a medical device");
    terminal.type_keys("q");
    assert!(terminal.wait_for_end().success());
    terminal.assert_restored();

    let mut again = server.connect();
    sign_in(&mut again, "Dana Ruiz", "dana@example.org");
    again.type_keys("\x03");
    again.wait_for("Sign out and quit LUNNY");
    again.type_keys("y");
    assert!(again.wait_for_end().success());
    again.assert_restored();
    assert!(
        !server.log().contains("dana@example.org"),
        "{}",
        server.log()
    );
}

#[test]
fn a_dropped_link_keeps_the_draft() {
    if !clients(&["ssh"]) {
        return;
    }
    let server = Server::start("");
    let mut terminal = server.connect();
    register(&mut terminal, "Dana Ruiz", "dana@example.org");
    terminal.type_keys("p");
    terminal.wait_for("No patients");
    terminal.type_keys("\x0e");
    terminal.wait_for("P-000001");
    terminal.type_keys("Ana Pérez\r");
    terminal.wait_for("Ana Pérez");
    terminal.hang_up();

    let mut again = server.connect();
    sign_in(&mut again, "Dana Ruiz", "dana@example.org");
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while !again.screen().contains("draft") {
        assert!(std::time::Instant::now() < deadline, "{}", again.screen());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn only_the_application_is_offered() {
    if !clients(&["ssh"]) {
        return;
    }
    let server = Server::start("");
    let command = server.run("ssh", &["127.0.0.1", "id"]);
    let said = String::from_utf8_lossy(&command.stderr).into_owned();
    assert_eq!(command.status.code(), Some(1), "{said}");
    assert!(
        said.contains("LUNNY runs commands for accounts only"),
        "{said}"
    );
    assert!(command.stdout.is_empty());

    let no_terminal = server.run("ssh", &["-T", "127.0.0.1"]);
    let said = String::from_utf8_lossy(&no_terminal.stderr).into_owned();
    assert_eq!(no_terminal.status.code(), Some(1), "{said}");
    assert!(said.contains("LUNNY needs a terminal"), "{said}");

    let remote_forwarding = server.run(
        "ssh",
        &[
            "-N",
            "-o",
            "ExitOnForwardFailure=yes",
            "-R",
            "0:127.0.0.1:1",
            "127.0.0.1",
        ],
    );
    assert!(!remote_forwarding.status.success());
    let stdio_forwarding = server.run("ssh", &["-W", "127.0.0.1:22", "127.0.0.1"]);
    assert!(!stdio_forwarding.status.success());
}

#[test]
fn the_host_key_stays_the_same_after_a_restart() {
    if !clients(&["ssh"]) {
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let mut server = Server::start("[serve]\ndrain_seconds = 0");
    let mut terminal = server.connect();
    terminal.wait_for("Not a medical device");
    let key = server.home.join(lunny::serve::HOST_KEY_FILE);
    let mode = std::fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = std::fs::read(&key).unwrap();
    server.signal(rustix::process::Signal::TERM);
    assert!(server.wait_for_end().success());
    terminal.wait_for_end();
    terminal.assert_restored();
    let again = Server::start_in(server);
    let key = again.home.join(lunny::serve::HOST_KEY_FILE);
    assert_eq!(std::fs::read(key).unwrap(), before);
    let mut terminal = again.connect();
    terminal.wait_for("Not a medical device");
    terminal.type_keys("q");
    terminal.wait_for_end();
}
