//! One child process, seen from both sides.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child as Process, Command, ExitCode, Stdio};

use rustix::process::Signal;

use super::channel::{self, Received};
use super::{ASKED, Ended, Question, Reply, limits};
use crate::cancel::Cancel;

/// A child process that waits for questions, or has ended. It is ended when dropped.
#[derive(Debug)]
pub(super) struct Child {
    process: Process,
    stream: UnixStream,
}

impl Child {
    /// Starts the program without environment, terminal and open files, except its end of the socket.
    pub(super) fn start(program: &Path) -> io::Result<Self> {
        let (stream, other) = channel::pair()?;
        let process = Command::new(program)
            .arg0("lunny")
            .arg(ASKED)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(other)))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { process, stream })
    }

    /// False once it has ended.
    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Its answer. After an error the child cannot be used again.
    pub(super) fn ask(&mut self, question: &Question<'_>, cancel: &Cancel) -> Result<Reply, Ended> {
        let Question {
            text,
            files,
            allowance,
            ..
        } = *question;
        let sent = channel::send_question(&self.stream, text, files, allowance);
        let reply = match sent {
            Ok(()) => {
                let longest = allowance.longest_wait();
                channel::receive_reply(&self.stream, longest, cancel)
            }
            Err(_) => Err(Ended::Crashed),
        };
        match reply {
            Err(Ended::Crashed) => Err(self.reason()),
            reply => reply,
        }
    }

    /// Why it ended.
    fn reason(&mut self) -> Ended {
        // It closed its end of the socket, so it has ended or is about to.
        let _ = self.process.kill();
        let signal = self.process.wait().ok().and_then(|status| status.signal());
        match signal == Some(Signal::XCPU.as_raw()) {
            true => Ended::TooLong,
            false => Ended::Crashed,
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Answers the questions that come from standard input, under limits.
pub(super) fn serve(mut service: impl FnMut(&[u8], Vec<File>) -> Reply) -> ExitCode {
    limits::at_start();
    let Ok(stream) = rustix::io::dup(rustix::stdio::stdin()) else {
        return ExitCode::FAILURE;
    };
    let stream = UnixStream::from(stream);
    loop {
        match channel::receive_question(&stream) {
            Ok(Some(Received {
                text,
                files,
                allowance,
            })) => {
                limits::allow(allowance);
                let reply = service(&text, files);
                if channel::send_reply(&stream, &reply).is_err() {
                    return ExitCode::FAILURE;
                }
            }
            Ok(None) => return ExitCode::SUCCESS,
            Err(_) => return ExitCode::FAILURE,
        }
    }
}
