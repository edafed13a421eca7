//! Frames of the application on a pseudo-terminal of 200 × 50 cells: time to the first one, time from a key to the end of the
//! frame that it causes on every main screen, and bytes sent for a second without a key, for one row moved and for the patients.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lunny::clinical::patient::Patient;
use lunny::clinical::terms;
use lunny::store::{Registration, Store};
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use zeroize::Zeroizing;

const EMAIL: &str = "dana@example.org";
const PASSWORD: &str = "quiet lungs breathe slowly at night";
const RECORDS: u32 = 500;
/// Pairs of keys on each screen.
const PAIRS: usize = 100;
/// Number of starts.
const STARTS: usize = 20;
/// The last question of the program to a terminal, and the answer of xterm.
const QUESTION: &[u8] = b"\x1b[5n";
const ANSWER: &[u8] = b"\x1b[?62;22c\x1bP>|XTerm(390)\x1b\\\x1b[0n";
/// End of a frame.
const END: &[u8] = b"\x1b[?2026l";
const DOWN: &str = "\x1b[B";
const UP: &str = "\x1b[A";

/// Time within which a key has to cause a frame.
const PATIENCE: Duration = Duration::from_secs(2);
/// Number of keys without a frame after which a screen's measurement ends.
const MOST_MISSED: usize = 3;
/// Time without bytes after which a frame is complete.
const STILL: Duration = Duration::from_millis(40);

type Writer = Arc<Mutex<Box<dyn Write + Send>>>;

struct Terminal {
    keys: Writer,
    bytes: Receiver<(Instant, Vec<u8>)>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Terminal {
    /// Starts the program; the time to the end of its first frame.
    fn start(folder: &Path, home: &Path) -> (Self, Duration) {
        let size = PtySize {
            rows: 50,
            cols: 200,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lunny"));
        command.cwd(folder);
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("LUNNY_HOME", home);
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let keys: Writer = Arc::new(Mutex::new(pair.master.take_writer().expect("a writer")));
        let (sender, bytes) = channel();
        let answers = Arc::clone(&keys);
        let start = Instant::now();
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        drop(pair.slave);
        std::thread::spawn(move || {
            let mut buffer = [0; 16384];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let read = buffer[..count].to_vec();
                if contains(&read, QUESTION) {
                    let _ = answers.lock().expect("the writer").write_all(ANSWER);
                }
                if sender.send((Instant::now(), read)).is_err() {
                    return;
                }
            }
        });
        let mut terminal = Self {
            keys,
            bytes,
            child,
            _master: pair.master,
        };
        let first = terminal.frame(start).expect("a first frame").0;
        (terminal, first)
    }

    /// Waits for the end of a frame: the time since `start`, and the bytes until nothing more comes.
    fn frame(&mut self, start: Instant) -> Option<(Duration, usize)> {
        let mut seen = Vec::new();
        let mut ended = None;
        loop {
            let wait = if ended.is_some() { STILL } else { PATIENCE };
            let Ok((at, read)) = self.bytes.recv_timeout(wait) else {
                return ended.map(|ended| (ended, seen.len()));
            };
            seen.extend(read);
            if ended.is_none() && contains(&seen, END) {
                ended = Some(at.duration_since(start));
            }
        }
    }

    fn press(&mut self, keys: &str) -> Option<(Duration, usize)> {
        let start = Instant::now();
        let written = self
            .keys
            .lock()
            .expect("the writer")
            .write_all(keys.as_bytes());
        written.expect("keys are taken");
        self.frame(start)
    }

    /// Bytes within this time.
    fn idle(&mut self, time: Duration) -> usize {
        let end = Instant::now() + time;
        let mut count = 0;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            if let Ok((_, read)) = self.bytes.recv_timeout(left) {
                count += read.len();
            }
        }
        count
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

/// An account that accepted the terms, and records.
fn furnish(home: &Path) {
    let store = Store::open(home).expect("a store");
    let registration = Registration {
        hospital: "St. Example Hospital".into(),
        admin_id: "A-17".into(),
        full_name: "Dana Ruiz".into(),
        email: EMAIL.into(),
        password: Zeroizing::new(PASSWORD.into()),
    };
    store.register(&registration).expect("an account");
    let access = store.sign_in(EMAIL, PASSWORD).expect("a sign-in").access;
    store.accept_terms(&access, terms::VERSION).expect("terms");
    for index in 0..RECORDS {
        let patient = Patient {
            number: format!("M{index:07}"),
            full_name: format!("Name of {index:07}"),
            date_of_birth: None,
            sex: None,
            notes: String::new(),
            details: Default::default(),
        };
        store.create_patient(&access, &patient).expect("a record");
    }
}

/// The program with an account signed in, at rest.
fn signed_in(folder: &Path, home: &Path) -> Terminal {
    let (mut terminal, _) = Terminal::start(folder, home);
    terminal.idle(Duration::from_secs(1));
    terminal.press(&format!("s{EMAIL}\r"));
    terminal.press(&format!("{PASSWORD}\r"));
    terminal.idle(Duration::from_secs(4));
    terminal
}

fn print(screen: &str, mut times: Vec<Duration>, bytes: &[usize]) {
    times.sort_unstable();
    let at = |share: f64| times.get(((times.len() as f64 - 1.0) * share).round() as usize);
    let (Some(median), Some(late)) = (at(0.5), at(0.99)) else {
        println!("{screen:<20} no frame");
        return;
    };
    let mean = bytes.iter().sum::<usize>() / bytes.len().max(1);
    let count = times.len();
    println!(
        "{screen:<20} p50 {median:>9.2?}  p99 {late:>9.2?}  {mean:>6} bytes a key  ({count} frames)"
    );
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    furnish(&home);
    for name in 0..40 {
        let path = folder.path().join(format!("slice-{name:02}.png"));
        std::fs::write(path, b"no picture").expect("a file");
    }
    let mut starts: Vec<Duration> = (0..STARTS)
        .map(|_| Terminal::start(folder.path(), &home).1)
        .collect();
    starts.sort_unstable();
    println!(
        "first frame          median {:.2?}, worst {:.2?} of {STARTS}",
        starts[STARTS / 2],
        starts[STARTS - 1]
    );
    let mut terminal = signed_in(folder.path(), &home);
    println!(
        "idle 10 s            {} bytes",
        terminal.idle(Duration::from_secs(10))
    );
    let patients = terminal.press("p").map_or(0, |(_, bytes)| bytes);
    println!(
        "patients' screen     {} bytes",
        patients + terminal.idle(Duration::from_secs(1))
    );
    // The key that opens a screen, and two keys that move in it and back.
    for (screen, open, [there, back]) in [
        ("dashboard", "", [DOWN, UP]),
        ("patients", "p", [DOWN, UP]),
        ("record", "p\r", ["\t", "\x1b[Z"]),
        ("record form", "r", ["x", "\x7f"]),
        ("file picker", "n", [DOWN, UP]),
        ("worklist", "w", ["\t", "\x1b[Z"]),
        ("follow-up", "f", ["\t", "\x1b[Z"]),
        ("statistics", "t", ["\x1b[D", "\x1b[C"]),
        ("import", "i", [DOWN, UP]),
        ("deleted records", "d", ["\x1bOP", "\x1b"]),
        ("accounts", "a", ["x", "\x7f"]),
        ("audit log", "l", [DOWN, UP]),
        ("my account", "m", [DOWN, UP]),
        ("help", "\x1bOP", [DOWN, UP]),
    ] {
        let mut terminal = signed_in(folder.path(), &home);
        for key in open.chars().filter(|_| !open.starts_with('\x1b')) {
            terminal.press(&key.to_string());
            terminal.idle(Duration::from_millis(600));
        }
        if open.starts_with('\x1b') {
            terminal.press(open);
        }
        terminal.idle(Duration::from_secs(1));
        let mut times = Vec::new();
        let mut bytes = Vec::new();
        let mut missed = 0;
        for key in [there, back].iter().cycle().take(2 * PAIRS) {
            match terminal.press(key) {
                Some((time, count)) => {
                    times.push(time);
                    bytes.push(count);
                }
                None => missed += 1,
            }
            // A key that changes nothing draws nothing, and to wait for each takes minutes.
            if missed > MOST_MISSED {
                break;
            }
        }
        print(screen, times, &bytes);
    }
}
