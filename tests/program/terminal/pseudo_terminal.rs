//! Pseudo-terminal with the program on it: keys in, visible screen out.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::event::{PollFd, PollFlags, poll};

/// The last question of the program to a terminal, and the answer of every terminal.
const STATUS_QUESTION: &[u8] = b"\x1b[5n";
const STATUS_ANSWER: &[u8] = b"\x1b[?62;22c\x1b[0n";

/// Longer than any step takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program and its terminal.
pub struct PseudoTerminal {
    master: Option<Box<dyn MasterPty + Send>>,
    keys: Arc<Mutex<Box<dyn Write + Send>>>,
    seen: Arc<Mutex<Seen>>,
    child: Box<dyn Child + Send + Sync>,
}

struct Seen {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    ended: bool,
    hung_up: bool,
}

impl PseudoTerminal {
    /// Starts `program` with `arguments` in `folder`, with its home in `home`.
    pub fn start(program: &Path, arguments: &[&str], folder: &Path, home: &Path) -> Self {
        let size = PtySize {
            rows: 30,
            cols: 100,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.cwd(folder);
        command.env("TERM", "xterm-256color");
        command.env("LUNNY_HOME", home);
        for variable in [
            "NO_COLOR",
            "COLORTERM",
            "TMUX",
            "TERM_PROGRAM",
            "LC_TERMINAL",
        ] {
            command.env_remove(variable);
        }
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        drop(pair.slave);
        let mut reader = descriptor(pair.master.as_ref())
            .try_clone_to_owned()
            .map(File::from)
            .expect("a reader");
        let keys = Arc::new(Mutex::new(pair.master.take_writer().expect("a writer")));
        let seen = Arc::new(Mutex::new(Seen {
            screen: vt100::Parser::new(cells(size.rows), cells(size.cols), 0),
            bytes: Vec::new(),
            ended: false,
            hung_up: false,
        }));
        let (watched, answers) = (Arc::clone(&seen), Arc::clone(&keys));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                // Returns from the wait regularly, so that a terminal that is to hang up can be closed.
                let pause = rustix::event::Timespec {
                    tv_sec: 0,
                    tv_nsec: 20_000_000,
                };
                let mut ready = [PollFd::new(&reader, PollFlags::IN)];
                let readable = poll(&mut ready, Some(&pause)).expect("a poll") > 0;
                if watched.lock().unwrap().hung_up {
                    return;
                }
                if !readable {
                    continue;
                }
                let Ok(count @ 1..) = reader.read(&mut buffer) else {
                    break;
                };
                let mut seen = watched.lock().unwrap();
                let before = seen.bytes.len().saturating_sub(STATUS_QUESTION.len() - 1);
                seen.screen.process(&buffer[..count]);
                seen.bytes.extend_from_slice(&buffer[..count]);
                let asked = seen.bytes[before..]
                    .windows(STATUS_QUESTION.len())
                    .any(|bytes| bytes == STATUS_QUESTION);
                drop(seen);
                if asked {
                    let _ = answers.lock().unwrap().write_all(STATUS_ANSWER);
                }
            }
            watched.lock().unwrap().ended = true;
        });
        Self {
            master: Some(pair.master),
            keys,
            seen,
            child,
        }
    }

    /// LUNNY itself.
    pub fn lunny(folder: &Path, home: &Path) -> Self {
        Self::start(Path::new(env!("CARGO_BIN_EXE_lunny")), &[], folder, home)
    }

    pub fn type_keys(&mut self, keys: &str) {
        self.keys
            .lock()
            .unwrap()
            .write_all(keys.as_bytes())
            .expect("keys are taken");
    }

    /// Present text of the screen.
    pub fn screen(&self) -> String {
        self.seen.lock().unwrap().screen.screen().contents()
    }

    /// Words on the screen in reverse video.
    pub fn reversed(&self) -> String {
        let seen = self.seen.lock().unwrap();
        let screen = seen.screen.screen();
        let (rows, columns) = screen.size();
        let (rows, columns) = (rows.get(), columns.get());
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let reversed: String = cells
            .filter_map(|(row, column)| screen.cell(row, column))
            .filter(|cell| cell.inverse())
            .map(|cell| cell.contents().to_owned())
            .collect();
        reversed.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// All bytes that were sent to the terminal.
    pub fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap().bytes.clone()
    }

    /// Waits until the screen shows `text`.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        let caller = std::panic::Location::caller();
        self.wait_until(|screen| screen.contains(text))
            .unwrap_or_else(|screen| panic!("{caller}: no {text:?} on\n{screen}"));
    }

    fn wait_until(&self, done: impl Fn(&str) -> bool) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if done(&screen) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(screen);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until nothing was drawn for a while; returns the number of bytes so far.
    pub fn wait_for_stillness(&self) -> usize {
        let mut bytes = self.bytes().len();
        let mut since = Instant::now();
        while since.elapsed() < Duration::from_millis(700) {
            std::thread::sleep(Duration::from_millis(20));
            let now = self.bytes().len();
            if now != bytes {
                (bytes, since) = (now, Instant::now());
            }
        }
        bytes
    }

    pub fn resize(&self, cols: u16, rows: u16) {
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.seen
            .lock()
            .unwrap()
            .screen
            .screen_mut()
            .set_size(cells(rows), cells(cols));
        if let Some(master) = &self.master {
            master.resize(size).expect("a new size");
        }
    }

    /// True if the terminal is in raw mode, as the program sets it.
    pub fn is_raw(&self) -> bool {
        let master = self.master.as_ref().expect("a terminal");
        let modes =
            rustix::termios::tcgetattr(descriptor(master.as_ref())).expect("terminal modes");
        !modes
            .local_modes
            .contains(rustix::termios::LocalModes::ICANON)
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = self.child.process_id().expect("a process") as i32;
        let process = rustix::process::Pid::from_raw(id).expect("a process id");
        rustix::process::kill_process(process, signal).expect("the signal arrives");
    }

    /// Closes the terminal, as a dropped connection does.
    pub fn hang_up(&mut self) {
        self.seen.lock().unwrap().hung_up = true;
        self.master = None;
        *self.keys.lock().unwrap() = Box::new(std::io::sink());
    }

    /// Waits for the program's end.
    #[track_caller]
    pub fn wait_for_end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                // The last output has not arrived yet.
                while self.master.is_some()
                    && !self.seen.lock().unwrap().ended
                    && Instant::now() < deadline
                {
                    std::thread::sleep(Duration::from_millis(5));
                }
                return status;
            }
            assert!(Instant::now() < deadline, "still there:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until every mode of the terminal is as it was before the program. Modes and output arrive by two ways, so
    /// one may be seen before the other.
    #[track_caller]
    pub fn assert_restored(&self) {
        let deadline = Instant::now() + PATIENCE;
        while let Some(left) = self.left_behind() {
            assert!(Instant::now() < deadline, "{left}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Modes of the terminal that differ from those before the program.
    fn left_behind(&self) -> Option<String> {
        let bytes = self.bytes();
        let text = String::from_utf8_lossy(&bytes);
        for (set, undone) in [
            ("\x1b[?1049h", "\x1b[?1049l"),
            ("\x1b[?2004h", "\x1b[?2004l"),
            ("\x1b[?25l", "\x1b[?25h"),
        ] {
            let last_set = text.rfind(set).expect("the mode was set");
            if text.rfind(undone) <= Some(last_set) {
                return Some(format!("{undone:?} is not the last word"));
            }
        }
        self.is_raw().then(|| "the terminal is raw".to_owned())
    }
}

#[expect(unsafe_code, reason = "the crate gives the terminal as a number")]
fn descriptor(master: &(dyn MasterPty + Send)) -> BorrowedFd<'_> {
    let descriptor = master.as_raw_fd().expect("a descriptor");
    // SAFETY: the descriptor belongs to `master`, which the result borrows.
    unsafe { BorrowedFd::borrow_raw(descriptor) }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("a terminal has cells")
}

impl Drop for PseudoTerminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}
