//! Eight processes write to one database while they are killed one after the other.
//!
//! `LUNNY_STORM_SECONDS=60 cargo test --test records storm -- --nocapture` runs it for a minute and prints the result; without the
//! variable it runs long enough for a few kills.

use std::io::Read;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::processes::{acknowledged, assert_sound, writer};
use crate::support::*;

const ADA: &str = "ada@example.org";
const PROCESSES: usize = 8;
const USUAL_SECONDS: f64 = 3.0;

/// A writer that is killed or stopped; its acknowledged numbers are sent to `numbers` as they arrive.
struct Writer {
    process: std::process::Child,
    listening: thread::JoinHandle<()>,
}

impl Writer {
    fn start(home: &std::path::Path, name: &str, numbers: mpsc::Sender<String>) -> Self {
        let mut process = writer(home, name);
        let lines = acknowledged(&mut process);
        let listening = thread::spawn(move || {
            for number in lines {
                numbers.send(number).unwrap();
            }
        });
        Self { process, listening }
    }

    /// Kills it while it is at work, which it is unless something went wrong.
    fn kill(mut self) {
        let working = self.process.try_wait().unwrap().is_none();
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.listening.join().unwrap();
        let mut said = String::new();
        let stderr = self.process.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        assert!(working, "a writer gave up by itself: {said}");
    }
}

#[test]
fn eight_writers_that_are_killed_repeatedly_lose_nothing() {
    let seconds = std::env::var("LUNNY_STORM_SECONDS")
        .map_or(USUAL_SECONDS, |typed| typed.parse().expect("seconds"));
    let pause = Duration::from_secs_f64((seconds / 10.0).clamp(0.3, 1.0));
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let (sender, receiver) = mpsc::channel();
    let start =
        |n: usize| Writer::start(installation.home.path(), &format!("w{n}-"), sender.clone());
    let mut writers: Vec<Writer> = (0..PROCESSES).map(start).collect();
    let (mut started, mut killed) = (PROCESSES, 0);
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < seconds {
        thread::sleep(pause);
        let victim = writers.remove(killed % 3);
        victim.kill();
        killed += 1;
        writers.push(start(started));
        started += 1;
    }
    for writer in writers {
        writer.kill();
    }
    drop(sender);
    let numbers: Vec<String> = receiver.into_iter().collect();
    assert!(numbers.len() > PROCESSES, "{}", numbers.len());

    for number in &numbers {
        assert_eq!(
            find(&installation.store, &access, number).rows[0].exams,
            1,
            "{number}"
        );
    }
    let raw = installation.raw();
    assert_sound(&raw);
    let log = installation.store.verify_audit(None).unwrap();
    assert_eq!(log.fault, None);
    println!(
        "{seconds} s, {PROCESSES} processes at a time, {killed} killed at work: {} writes acknowledged, all there",
        numbers.len()
    );
}
