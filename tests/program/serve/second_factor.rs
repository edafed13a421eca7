//! The second factor over SSH: asked for after a key and after a password, once for each code.

#[path = "../../screens/authenticator.rs"]
mod authenticator;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lunny::store::Store;

use super::files::{EMAIL, remote, server_with_key};
use super::support::{PASSWORD, PATIENCE, Server, clients};

/// Turns the second factor on and returns recovery codes, each of which takes the place of a code.
fn turn_on(server: &Server) -> Vec<String> {
    let store = Store::open(&server.home).unwrap();
    let access = store.sign_in(EMAIL, PASSWORD).unwrap().access;
    let enrolment = store.begin_second_factor(&access).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let code = authenticator::digits(&enrolment.secret, now.as_secs());
    store.confirm_second_factor(&access, &code).unwrap()
}

#[test]
fn a_second_factor_is_asked_for_over_ssh_and_sftp() {
    if !clients(&["ssh", "scp", "ssh-keygen"]) {
        return;
    }
    let (server, key) = server_with_key("");
    let codes = turn_on(&server);
    std::fs::write(server.folder.path().join("scan.dcm"), b"x").unwrap();

    // Without a code, a key and a password open nothing.
    let arguments = ["-i", &key, "-o", "BatchMode=yes", "scan.dcm", &remote("")];
    assert!(!server.run("scp", &arguments).status.success());

    let mut terminal = server.connect_with(&["-i", &key], EMAIL);
    terminal.wait_for("Code of your authenticator");
    terminal.type_keys(&format!("{}\r", codes[0]));
    terminal.wait_for("Welcome, Dana Ruiz");
    terminal.hang_up();

    // The same code a second time, and a wrong one.
    for code in [&codes[0], "000000"] {
        let mut refused = server.connect_with(&["-i", &key], EMAIL);
        refused.wait_for("Code of your authenticator");
        refused.type_keys(&format!("{code}\r"));
        // The client begins again: the key is right, and the next code is asked for.
        let deadline = Instant::now() + PATIENCE;
        while refused.screen().matches("Code of your").count() < 2 {
            assert!(Instant::now() < deadline, "{}", refused.screen());
            std::thread::sleep(Duration::from_millis(50));
        }
        refused.hang_up();
    }

    let mut sends = server.start_client("scp", &["scan.dcm", &remote("")]);
    sends.wait_for("password:");
    sends.type_keys(&format!("{PASSWORD}\r"));
    sends.wait_for("Code of your authenticator");
    sends.type_keys(&format!("{}\r", codes[1]));
    assert!(sends.wait_for_end().success(), "{}", sends.screen());
    assert!(server.home.join("files/1/inbox/scan.dcm").exists());
}
