//! Time to the first frame: from the start of the process to the end of its first synchronised update, on a
//! pseudo-terminal, compared with the start of a program that does nothing.

use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

const STARTS: usize = 30;

fn main() {
    let home = tempfile::tempdir().expect("a folder");
    let lunny = Path::new(env!("CARGO_BIN_EXE_lunny"));
    let mut frames = Vec::new();
    let mut nothings = Vec::new();
    for _ in 0..STARTS {
        frames.push(until(lunny, home.path(), b"\x1b[?2026l"));
        nothings.push(until(Path::new("/bin/echo"), home.path(), b"\n"));
    }
    let frame = quantiles(&mut frames);
    let nothing = quantiles(&mut nothings);
    println!(
        "first frame   median {:?}, worst {:?} of {STARTS}",
        frame.0, frame.1
    );
    println!(
        "echo          median {:?}, worst {:?}",
        nothing.0, nothing.1
    );
    println!(
        "ratio         {:.1}",
        frame.0.as_secs_f64() / nothing.0.as_secs_f64()
    );
}

/// Time from the start of `program` to the first `mark` that it sends.
fn until(program: &Path, home: &Path, mark: &[u8]) -> Duration {
    let size = PtySize {
        rows: 40,
        cols: 120,
        pixel_width: 0,
        pixel_height: 0,
    };
    let pair = native_pty_system()
        .openpty(size)
        .expect("a pseudo-terminal");
    let mut reader = pair.master.try_clone_reader().expect("a reader");
    let mut command = CommandBuilder::new(program);
    command.env("LUNNY_HOME", home);
    command.env("TERM", "xterm-256color");
    let start = Instant::now();
    let mut child = pair
        .slave
        .spawn_command(command)
        .expect("the program starts");
    drop(pair.slave);
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while !bytes.windows(mark.len()).any(|window| window == mark) {
        let count = reader.read(&mut buffer).expect("bytes before the end");
        assert!(count > 0, "the program ended before its first frame");
        bytes.extend_from_slice(&buffer[..count]);
    }
    let waited = start.elapsed();
    let _ = child.kill();
    let _ = child.wait();
    waited
}

/// Median and worst.
fn quantiles(times: &mut [Duration]) -> (Duration, Duration) {
    times.sort_unstable();
    (times[times.len() / 2], times[times.len() - 1])
}
