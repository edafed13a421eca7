//! Many sessions at once, and the end of the server.

use std::time::{Duration, Instant};

use super::support::{Server, clients, register};
use crate::terminal::pseudo_terminal::PseudoTerminal;

#[test]
fn the_server_says_that_it_stops_and_keeps_drafts() {
    if !clients(&["ssh"]) {
        return;
    }
    let mut server = Server::start("[serve]\ndrain_seconds = 60");
    let mut terminal = server.connect();
    register(&mut terminal, "Dana Ruiz", "dana@example.org");
    let mut other = server.connect();
    other.wait_for("Not a medical device");
    server.signal(rustix::process::Signal::TERM);
    terminal.wait_for("stops in 60 seconds");
    other.wait_for("stops in 60 seconds");
    // No one else comes in meanwhile.
    assert!(!server.run("ssh", &["127.0.0.1"]).status.success());
    other.type_keys("q");
    other.wait_for_end();
    // The second signal does not wait for the others.
    server.signal(rustix::process::Signal::TERM);
    assert!(server.wait_for_end().success());
    terminal.wait_for_end();
    terminal.assert_restored();
    let bytes = terminal.bytes();
    assert!(String::from_utf8_lossy(&bytes).contains("Drafts of forms are kept"));
}

#[test]
fn sessions_have_limits_and_the_next_one_gets_the_free_seat() {
    if !clients(&["ssh"]) {
        return;
    }
    let server = Server::start("[serve]\nsessions = 2");
    let first = server.connect();
    first.wait_for("Not a medical device");
    let mut second = server.connect();
    second.wait_for("Not a medical device");
    let mut third = server.connect();
    third.wait_for("all 2 sessions of this server are in use");
    assert!(!third.wait_for_end().success());
    second.type_keys("q");
    second.wait_for_end();
    server.connect().wait_for("Not a medical device");
}

#[test]
fn fifty_sessions_are_small_and_quick() {
    if !clients(&["ssh"]) {
        return;
    }
    let server = Server::start("[serve]\nsessions = 60\nconnections_per_address = 60");
    let mut first = server.connect();
    register(&mut first, "Dana Ruiz", "dana@example.org");
    first.wait_for_stillness();
    let before = server.memory();
    let mut terminals: Vec<PseudoTerminal> = Vec::new();
    // A few at a time: this machine also runs the clients.
    for _ in 0..10 {
        terminals.extend((0..5).map(|_| server.connect()));
        for terminal in terminals.iter().rev().take(5) {
            terminal.wait_for("Not a medical device");
        }
    }
    first.wait_for_stillness();
    let each = (server.memory() - before) / 50;
    eprintln!("{} kB a session", each >> 10);
    assert!(each < 5 << 20, "{} kB a session", each >> 10);

    let mut slowest = Duration::ZERO;
    for (index, terminal) in terminals.iter_mut().enumerate() {
        let pressed = Instant::now();
        terminal.type_keys("s");
        terminal.wait_for("Password");
        let took = pressed.elapsed();
        slowest = slowest.max(took);
        assert!(took < Duration::from_secs(5), "session {index}: {took:?}");
    }
    eprintln!("slowest answer to a key: {slowest:?}");
    // They do nothing, and so does the server once it has answered all of them.
    let is_quiet = (0..20).any(|_| {
        let start = server.processor_time();
        std::thread::sleep(Duration::from_secs(1));
        server.processor_time() - start < Duration::from_millis(200)
    });
    assert!(is_quiet, "the server works on and on");
    drop(terminals);
    first.type_keys("\x1b");
    first.wait_for("Welcome, Dana Ruiz");
}
