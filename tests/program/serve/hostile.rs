//! Clients that do what no client should, beside one that works.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use super::support::{Server, clients};
use crate::terminal::pseudo_terminal::PseudoTerminal;

/// A key is answered while others misbehave.
#[track_caller]
fn assert_at_work(terminal: &mut PseudoTerminal) {
    let start = Instant::now();
    terminal.type_keys("s");
    terminal.wait_for("Password");
    terminal.type_keys("\x1b");
    terminal.wait_for("Register");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn bytes_that_are_no_ssh_harm_nobody() {
    if !clients(&["ssh"]) {
        return;
    }
    let server = Server::start("[serve]\nconnections_per_address = 20");
    let mut terminal = server.connect();
    terminal.wait_for("Register");
    let mut garbage: Vec<_> = (0..8).map(|_| server.plain()).collect();
    for (index, stream) in garbage.iter_mut().enumerate() {
        let bytes: Vec<u8> = match index % 4 {
            0 => vec![b'A'; 1 << 20],
            1 => b"GET / HTTP/1.1\r\nHost: box\r\n\r\n".to_vec(),
            2 => [&b"SSH-2.0-x\r\n"[..], &[0xff; 1 << 16]].concat(),
            _ => b"SSH-2.0-silent\r\n".to_vec(),
        };
        let _ = stream.write_all(&bytes);
    }
    assert_at_work(&mut terminal);
    // Each of them is there and blocks nothing; what speaks no SSH is cut off.
    let mut answer = Vec::new();
    let _ = garbage[2].read_to_end(&mut answer);
    assert!(answer.starts_with(b"SSH-2.0-LUNNY"), "{answer:?}");
    assert_at_work(&mut terminal);
}

#[test]
fn too_many_connections_of_one_address_are_refused() {
    let server = Server::start("[serve]\nconnections_per_address = 3");
    let _held: Vec<_> = (0..3)
        .map(|_| {
            let mut stream = server.plain();
            stream.read_exact(&mut [0; 7]).unwrap();
            stream
        })
        .collect();
    let mut answer = Vec::new();
    let _ = server.plain().read_to_end(&mut answer);
    assert!(answer.is_empty(), "{answer:?}");
}

#[test]
fn floods_of_keys_and_sizes_slow_nobody_down() {
    if !clients(&["ssh"]) {
        return;
    }
    let server = Server::start("");
    let mut terminal = server.connect();
    terminal.wait_for("Register");
    let mut flooding = server.connect();
    flooding.wait_for("Register");
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let keys = "s\x1b[A\x1b[B\x1bx\t".repeat(400);
            let mut step = 0;
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                flooding.type_keys(&keys);
                for _ in 0..100 {
                    step += 1;
                    flooding.resize(20 + step % 200, 5 + step % 60);
                }
            }
        });
        let used = server.processor_time();
        let start = Instant::now();
        for _ in 0..5 {
            assert_at_work(&mut terminal);
        }
        std::thread::sleep(Duration::from_secs(2));
        let share = (server.processor_time() - used).as_secs_f64() / start.elapsed().as_secs_f64();
        eprintln!("a flood takes {:.0} % of a processor", share * 100.0);
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let grown = server.memory();
    assert!(grown < 400 << 20, "{} MB", grown >> 20);
}

#[test]
fn a_client_that_stops_reading_costs_no_memory() {
    if !clients(&["ssh"]) {
        return;
    }
    let server = Server::start("");
    let mut terminal = server.connect();
    terminal.wait_for("Register");
    let mut stopped = server.connect();
    stopped.wait_for("● model ready");
    let before = server.memory();
    // The client is stopped, but its keys and sizes of before still arrive: every one of them changes the screen.
    for step in 0..200_u16 {
        stopped.type_keys("s");
        stopped.resize(80 + step % 100, 24 + step % 20);
        stopped.type_keys("\x1b");
    }
    stopped.signal(rustix::process::Signal::STOP);
    std::thread::sleep(Duration::from_secs(2));
    for _ in 0..3 {
        assert_at_work(&mut terminal);
    }
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 20 << 20, "{} MB", grown >> 20);
    stopped.signal(rustix::process::Signal::CONT);
    stopped.resize(100, 30);
    stopped.wait_for("LUNNY");
}
