//! A page is drawn by a child process of the same program, under limits on memory and time: a file that is made to exhaust the
//! stack, the memory or the patience costs a sentence and not the program.
//!
//! The file goes to the child's standard input. Its standard output is the answer: a zero byte, width and height in 32
//! bits, and the pixels; or the number of a [`PageFault`]. A child that ends without an answer was ended by its limits.
//!
//! Where there is no such program, as in tests of the library, or on platforms without limits, the page is drawn on a thread
//! of this process.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use image::RgbImage;

use super::page::{self, MOST_PDF_BYTES, PageFault};
use super::{DRAWING_THREAD, LONGEST_SIDE};

/// The argument by which a program is asked to draw a page.
const ASKED: &str = "--draw-page";

/// How long the drawing of a page may take, waiting included.
const LONGEST_DRAWING: Duration = Duration::from_secs(20);

/// How long a child process may calculate, in seconds.
#[cfg(unix)]
const LONGEST_CALCULATION: u64 = 2;

/// The most memory of a child process, in bytes.
pub(super) const MOST_MEMORY: u64 = 512 << 20;

/// The stack that a page is drawn on, in bytes. A page that needs more refers to itself.
const STACK: usize = 16 << 20;

/// The longest answer, in bytes: number, size, and three bytes a pixel.
const LONGEST_ANSWER: u64 = 9 + 3 * (LONGEST_SIDE as u64 + 1) * (LONGEST_SIDE as u64 + 1);

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// From now on, pages are drawn by child processes of `program`, which calls [`serve_if_asked`] before anything else. Each
/// may calculate for two seconds and take 512 MB.
pub fn draw_pages_with(program: PathBuf) {
    // The first one stays.
    let _ = PROGRAM.set(program);
}

/// Draws the page on standard input, when that is what this process was started for; nothing otherwise.
pub fn serve_if_asked() -> Option<ExitCode> {
    let asked = std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == ASKED);
    if !asked {
        return None;
    }
    let mut bytes = Vec::new();
    let file = io::stdin().lock().take(MOST_PDF_BYTES as u64 + 1);
    let answer = match limit_resources().and_then(|()| { file }.read_to_end(&mut bytes)) {
        Ok(_) => answer(on_a_thread(bytes, None)),
        Err(_) => vec![PageFault::Unreadable as u8],
    };
    let written = io::stdout().lock().write_all(&answer);
    Some(match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    })
}

/// The first page of a PDF file as a picture.
pub(super) fn first_page(bytes: &[u8]) -> Result<RgbImage, PageFault> {
    if bytes.len() > MOST_PDF_BYTES {
        return Err(PageFault::TooLarge);
    }
    match PROGRAM.get() {
        Some(program) if cfg!(unix) => by_child(program, bytes.to_vec()),
        _ => on_a_thread(bytes.to_vec(), Some(LONGEST_DRAWING)),
    }
}

/// Draws on a thread of this process, and stops waiting for it after `most`.
fn on_a_thread(bytes: Vec<u8>, most: Option<Duration>) -> Result<RgbImage, PageFault> {
    let (sender, receiver) = mpsc::channel();
    let drawing = thread::Builder::new()
        .name(DRAWING_THREAD.to_owned())
        .stack_size(STACK);
    let drawing = drawing.spawn(move || {
        // It may have taken so long that nothing listens any more.
        let _ = sender.send(page::draw(bytes));
    });
    drawing.map_err(|_| PageFault::NotStarted)?;
    let drawn = match most {
        Some(most) => receiver.recv_timeout(most),
        None => (receiver.recv()).map_err(|_| mpsc::RecvTimeoutError::Disconnected),
    };
    match drawn {
        Ok(drawn) => drawn,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(PageFault::TooLong),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(PageFault::Damaged),
    }
}

fn by_child(program: &Path, bytes: Vec<u8>) -> Result<RgbImage, PageFault> {
    let started = Command::new(program)
        .arg(ASKED)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = started.map_err(|_| PageFault::NotStarted)?;
    let answer = answer_of(&mut child, bytes);
    // It has ended, or is to.
    let _ = child.kill();
    let status = child.wait();
    let answer = answer?;
    picture(&answer).unwrap_or_else(|| Err(ended(status.ok())))
}

/// Gives the file to the child and waits for its answer.
fn answer_of(child: &mut Child, bytes: Vec<u8>) -> Result<Vec<u8>, PageFault> {
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(PageFault::NotStarted);
    };
    let (sender, receiver) = mpsc::channel();
    let talking = thread::Builder::new().spawn(move || {
        // A child that has ended reads no more; its status says why.
        let _ = input.write_all(&bytes);
        drop(input);
        let mut answer = Vec::new();
        let _ = output.take(LONGEST_ANSWER).read_to_end(&mut answer);
        let _ = sender.send(answer);
    });
    talking.map_err(|_| PageFault::NotStarted)?;
    let answer = receiver.recv_timeout(LONGEST_DRAWING);
    answer.map_err(|_| PageFault::TooLong)
}

fn answer(drawn: Result<RgbImage, PageFault>) -> Vec<u8> {
    match drawn {
        Err(fault) => vec![fault as u8],
        Ok(picture) => {
            let [width, height] = [picture.width(), picture.height()].map(u32::to_le_bytes);
            let mut answer = vec![0];
            answer.extend([width, height].concat());
            answer.extend(picture.into_raw());
            answer
        }
    }
}

/// What a child answered; nothing where that is not whole.
fn picture(answer: &[u8]) -> Option<Result<RgbImage, PageFault>> {
    let (&number, rest) = answer.split_first()?;
    if number != 0 {
        return Some(Err(PageFault::numbered(number)));
    }
    let (width, rest) = rest.split_first_chunk::<4>()?;
    let (height, pixels) = rest.split_first_chunk::<4>()?;
    let [width, height] = [*width, *height].map(u32::from_le_bytes);
    RgbImage::from_raw(width, height, pixels.to_vec()).map(Ok)
}

/// Why a child ended without an answer.
#[cfg(unix)]
fn ended(status: Option<ExitStatus>) -> PageFault {
    use std::os::unix::process::ExitStatusExt;

    let signal = status.and_then(|status| status.signal());
    match signal == Some(rustix::process::Signal::XCPU.as_raw()) {
        true => PageFault::TooLong,
        false => PageFault::Ended,
    }
}

#[cfg(not(unix))]
fn ended(_: Option<ExitStatus>) -> PageFault {
    PageFault::Ended
}

/// Keeps this process from more memory and time than a page takes, and from leaving its memory on the disk.
#[cfg(unix)]
fn limit_resources() -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    for (resource, most) in [
        (Resource::Cpu, LONGEST_CALCULATION),
        (Resource::As, MOST_MEMORY),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn limit_resources() -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_it_was_told_and_a_part_of_one_is_none() {
        let drawn = RgbImage::from_fn(3, 2, |x, y| image::Rgb([x as u8, y as u8, 9]));
        let told = answer(Ok(drawn.clone()));
        assert_eq!(picture(&told), Some(Ok(drawn)));
        for length in 0..told.len() {
            assert_eq!(picture(&told[..length]), None, "{length}");
        }
        for fault in [PageFault::TooLarge, PageFault::NoPage, PageFault::Damaged] {
            assert_eq!(picture(&answer(Err(fault))), Some(Err(fault)));
        }
        assert_eq!(picture(&[200]), Some(Err(PageFault::Ended)));
    }
}
