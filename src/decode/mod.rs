//! Hostile input is decoded by child processes of this program, under limits on memory, processor time and stack.
//!
//! A child takes questions one after the other, each with open files, until its parent is gone. It gets no environment,
//! no terminal and no other open file, and on Linux no access to the file system. A question that crashes it, takes too
//! long or is cancelled costs that child alone; the next question gets a new one.
//!
//! Questions and answers are bytes here; their meaning is the business of the module that asks ([`ask`]) and serves
//! ([`serve_if_asked`]). Where no program was named, as in tests of the library, and on platforms without limits,
//! [`is_available`] is false, and callers decode in their own process.

mod channel;
mod child;
mod limits;
mod pool;

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Duration;

use crate::cancel::Cancel;

/// The argument by which the program is asked to decode.
const ASKED: &str = "--decode-for-parent";

/// Bytes of memory beside what a file takes by its size: enough for the largest picture of a small file.
const LEAST_MEMORY: u64 = 440 << 20;
/// Bytes of memory for each byte of the file, up to [`MOST_WEIGHED`] bytes of it.
const MEMORY_PER_BYTE: u64 = 16;
const MOST_WEIGHED: u64 = 64 << 20;
/// Bytes of a file for which a child may calculate one more second.
const BYTES_PER_SECOND: u64 = 4 << 20;

/// The most files that a question is about.
pub const MOST_TOGETHER: usize = 8;

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Limits on one answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Seconds of processor time, at least one.
    pub processor_s: u32,
    /// Bytes of address space beyond those of the program itself.
    pub memory: u64,
}

impl Allowance {
    /// Limits for decoding a file of `bytes` bytes.
    pub fn for_file(bytes: u64) -> Self {
        let seconds = 1 + bytes / BYTES_PER_SECOND;
        Self {
            processor_s: u32::try_from(seconds).unwrap_or(u32::MAX),
            memory: LEAST_MEMORY + MEMORY_PER_BYTE * bytes.min(MOST_WEIGHED),
        }
    }

    /// Longest wait of the parent for the answer: the processor may be busy with other work, and the disk slow.
    fn longest_wait(self) -> Duration {
        Duration::from_secs(60 + 8 * u64::from(self.processor_s))
    }
}

/// A file that a child keeps open between questions, so that it is read once and not once a frame.
#[derive(Debug, Clone, Copy)]
pub struct Hold<'a> {
    /// Identity of the file. Two files have different keys, and so have two states of one file.
    pub key: &'a str,
    /// Most children that hold it at once, at least one.
    pub most: usize,
}

/// A question to a child.
#[derive(Debug)]
pub struct Question<'a> {
    pub text: &'a [u8],
    /// From one to [`MOST_TOGETHER`].
    pub files: &'a [&'a File],
    pub allowance: Allowance,
    pub hold: Option<Hold<'a>>,
    /// True if the child answers nothing else afterwards.
    pub last: bool,
}

/// A child's answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Reply {
    pub text: Vec<u8>,
    /// Pixels, or the bytes of a file.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    #[error("it takes too long to decode")]
    TooLong,
    #[error("the decoder crashed on it or ran out of memory")]
    Crashed,
    #[error("the reading was cancelled")]
    Cancelled,
    #[error("the program that decodes files does not start")]
    NotStarted,
}

/// From now on, questions are answered by child processes of `program`, which calls [`serve_if_asked`] before anything
/// else.
pub fn use_program(program: PathBuf) {
    // The first one stays.
    let _ = PROGRAM.set(program);
}

/// True if there is a program that decodes.
pub fn is_available() -> bool {
    PROGRAM.get().is_some()
}

/// The answer of a child.
///
/// # Errors
/// The child ended without an answer, or none could be started.
pub fn ask(question: &Question<'_>, cancel: &Cancel) -> Result<Reply, Ended> {
    let program = PROGRAM.get().ok_or(Ended::NotStarted)?;
    pool::ask(program, question, cancel)
}

/// Ends the children that hold a file, so that its memory is free.
pub fn release(key: &str) {
    pool::release(key);
}

/// Answers questions until the parent is gone, when that is what this process was started for; nothing otherwise.
pub fn serve_if_asked(service: impl FnMut(&[u8], Vec<File>) -> Reply) -> Option<ExitCode> {
    let asked = std::env::args_os().nth(1);
    (asked? == ASKED).then(|| child::serve(service))
}

/// Lets a child calculate for some more seconds than its question allows. Does nothing in another process.
pub fn allow_more(seconds: u32) {
    limits::allow_more(seconds);
}
