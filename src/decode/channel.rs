//! The socket between parent and child: messages of two parts, and open files beside them.

use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

use super::{Allowance, Ended, MOST_TOGETHER, Reply};
use crate::cancel::Cancel;

/// The longest text of a message, in bytes: the tags of a file, or the places of 16,384 frames.
const LONGEST_TEXT: u32 = 64 << 20;
/// The longest body of an answer, in bytes: 64 million pixels of 16 bits.
const LONGEST_BODY: u64 = 128 << 20;
/// Interval between two cancellation checks of a wait.
const LOOKED_EVERY: Duration = Duration::from_millis(20);
/// Lengths of text and body, and the allowance.
const PREFIX: usize = 4 + 8 + 4 + 8;

/// A question as a child receives it.
pub(super) struct Received {
    pub text: Vec<u8>,
    pub files: Vec<File>,
    pub allowance: Allowance,
}

/// The two ends of a socket: the parent's, on which a wait looks up now and then, and the child's.
pub(super) fn pair() -> io::Result<(UnixStream, UnixStream)> {
    let (parent, child) = UnixStream::pair()?;
    parent.set_read_timeout(Some(LOOKED_EVERY))?;
    Ok((parent, child))
}

/// Sends a question and the files that it is about, at most [`MOST_TOGETHER`].
pub(super) fn send_question(
    stream: &UnixStream,
    text: &[u8],
    files: &[&File],
    allowance: Allowance,
) -> io::Result<()> {
    let prefix = prefix(text.len(), 0, allowance)?;
    let files: Vec<_> = files.iter().map(|file| file.as_fd()).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_TOGETHER))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    if !beside.push(SendAncillaryMessage::ScmRights(&files)) {
        return Err(io::Error::other("open files cannot be passed on"));
    }
    let parts = [IoSlice::new(&prefix), IoSlice::new(text)];
    let sent = sendmsg(stream, &parts, &mut beside, SendFlags::empty())?;
    let mut parts = parts;
    send_rest(stream, &mut parts, sent)
}

/// Sends `parts` without their first `sent` bytes, in as few calls as the socket takes: each call wakes the reader.
fn send_rest(stream: &UnixStream, mut parts: &mut [IoSlice<'_>], sent: usize) -> io::Result<()> {
    let mut stream = stream;
    IoSlice::advance_slices(&mut parts, sent);
    while !parts.is_empty() {
        match stream.write_vectored(parts) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(sent) => IoSlice::advance_slices(&mut parts, sent),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Receives a question; nothing when there are no more.
pub(super) fn receive_question(stream: &UnixStream) -> io::Result<Option<Received>> {
    let mut prefix = [0; PREFIX];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST_TOGETHER))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [IoSliceMut::new(&mut prefix)];
    let received = recvmsg(stream, &mut parts, &mut beside, RecvFlags::empty())?;
    if received.bytes == 0 {
        return Ok(None);
    }
    let files = beside.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(files) => Some(files),
        _ => None,
    });
    let files: Vec<OwnedFd> = files.flatten().collect();
    let mut stream = stream;
    stream.read_exact(prefix.get_mut(received.bytes..).unwrap_or_default())?;
    let (text_length, _, allowance) = lengths(&prefix)?;
    let mut text = vec![0; text_length];
    stream.read_exact(&mut text)?;
    Ok(Some(Received {
        text,
        files: files.into_iter().map(File::from).collect(),
        allowance,
    }))
}

/// Sends an answer.
pub(super) fn send_reply(stream: &UnixStream, reply: &Reply) -> io::Result<()> {
    let allowance = Allowance {
        processor_s: 0,
        memory: 0,
    };
    let prefix = prefix(reply.text.len(), reply.body.len(), allowance)?;
    let mut parts = [&prefix[..], &reply.text, &reply.body].map(IoSlice::new);
    send_rest(stream, &mut parts, 0)
}

/// Waits for an answer on a stream of [`pair`]. [`Ended::Crashed`] where the child ends before it is whole.
pub(super) fn receive_reply(
    stream: &UnixStream,
    longest: Duration,
    cancel: &Cancel,
) -> Result<Reply, Ended> {
    let wait = Wait {
        stream,
        until: Instant::now() + longest,
        cancel,
    };
    let mut prefix = [0; PREFIX];
    wait.fill(&mut prefix)?;
    let (text, body, _) = lengths(&prefix).map_err(|_| Ended::Crashed)?;
    let mut reply = Reply {
        text: vec![0; text],
        body: vec![0; body],
    };
    wait.fill(&mut reply.text)?;
    wait.fill(&mut reply.body)?;
    Ok(reply)
}

/// A wait that hears cancellation and has an end.
struct Wait<'a> {
    stream: &'a UnixStream,
    until: Instant,
    cancel: &'a Cancel,
}

impl Wait<'_> {
    fn fill(&self, mut buffer: &mut [u8]) -> Result<(), Ended> {
        let mut stream = self.stream;
        while !buffer.is_empty() {
            match stream.read(buffer) {
                Ok(0) => return Err(Ended::Crashed),
                Ok(read) if read == buffer.len() => return Ok(()),
                Ok(read) => buffer = buffer.get_mut(read..).unwrap_or_default(),
                Err(error) if is_no_end(error.kind()) => {}
                Err(_) => return Err(Ended::Crashed),
            }
            self.check()?;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), Ended> {
        if self.cancel.is_cancelled() {
            return Err(Ended::Cancelled);
        }
        match Instant::now() > self.until {
            true => Err(Ended::TooLong),
            false => Ok(()),
        }
    }
}

/// True if a read that ended so may be tried again.
fn is_no_end(kind: ErrorKind) -> bool {
    use ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(kind, Interrupted | TimedOut | WouldBlock)
}

fn prefix(text: usize, body: usize, allowance: Allowance) -> io::Result<[u8; PREFIX]> {
    let too_long = |_| io::Error::other("a message that is too long");
    let text = u32::try_from(text).map_err(too_long)?;
    let mut prefix = [0; PREFIX];
    let fields = [
        &text.to_le_bytes()[..],
        &(body as u64).to_le_bytes(),
        &allowance.processor_s.to_le_bytes(),
        &allowance.memory.to_le_bytes(),
    ];
    let bytes = fields.into_iter().flatten();
    for (place, byte) in prefix.iter_mut().zip(bytes) {
        *place = *byte;
    }
    Ok(prefix)
}

/// Lengths of text and body, within their bounds, and the allowance.
fn lengths(prefix: &[u8; PREFIX]) -> io::Result<(usize, usize, Allowance)> {
    let cut = || io::Error::other("a message without a beginning");
    let (text, rest) = prefix.split_first_chunk::<4>().ok_or_else(cut)?;
    let (body, rest) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
    let (seconds, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
    let (memory, _) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
    let (text, body) = (u32::from_le_bytes(*text), u64::from_le_bytes(*body));
    if text > LONGEST_TEXT || body > LONGEST_BODY {
        return Err(io::Error::other("a message that is too long"));
    }
    let allowance = Allowance {
        processor_s: u32::from_le_bytes(*seconds),
        memory: u64::from_le_bytes(*memory),
    };
    Ok((text as usize, body as usize, allowance))
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom};
    use std::thread;

    use super::*;

    const ALLOWANCE: Allowance = Allowance {
        processor_s: 3,
        memory: 5 << 30,
    };

    #[test]
    fn a_question_arrives_with_its_files_and_the_answer_comes_back_whole() {
        let (parent, child) = pair().unwrap();
        let [file, other] = ["of a scan", " and of another"].map(|text| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file.seek(SeekFrom::Start(0)).unwrap();
            file
        });
        // More than the socket's buffer takes at once.
        let body: Vec<u8> = (0..3_000_000u32).map(|index| index as u8).collect();
        let expected = body.clone();
        let serving = thread::spawn(move || {
            let mut question = receive_question(&child).unwrap().unwrap();
            let mut text = String::new();
            for mut file in question.files.drain(..) {
                file.read_to_string(&mut text).unwrap();
            }
            assert_eq!(question.allowance, ALLOWANCE);
            let text = [question.text.as_slice(), text.as_bytes()].concat();
            send_reply(&child, &Reply { text, body }).unwrap();
            receive_question(&child).unwrap().is_none()
        });
        send_question(&parent, b"the size ", &[&file, &other], ALLOWANCE).unwrap();
        let longest = Duration::from_secs(60);
        let reply = receive_reply(&parent, longest, &Cancel::default()).unwrap();
        assert_eq!(reply.text, b"the size of a scan and of another");
        assert!(reply.body == expected);
        drop(parent);
        assert!(serving.join().unwrap());
    }

    #[test]
    fn a_wait_ends_with_the_child_with_its_time_and_on_request() {
        let short = Duration::from_millis(30);
        let long = Duration::from_secs(60);
        let (parent, child) = pair().unwrap();
        let wait = |longest, cancel: &Cancel| receive_reply(&parent, longest, cancel);
        assert_eq!(wait(short, &Cancel::default()), Err(Ended::TooLong));
        let cancelled = Cancel::default();
        cancelled.cancel();
        assert_eq!(wait(long, &cancelled), Err(Ended::Cancelled));
        (&child).write_all(&[1, 0, 0]).unwrap();
        drop(child);
        assert_eq!(wait(long, &Cancel::default()), Err(Ended::Crashed));
    }

    #[test]
    fn lengths_that_no_answer_has_allocate_nothing() {
        for prefix in [[0xff; PREFIX], {
            let mut prefix = [0; PREFIX];
            prefix[9] = 1;
            prefix
        }] {
            let (parent, child) = pair().unwrap();
            (&child).write_all(&prefix).unwrap();
            let reply = receive_reply(&parent, Duration::from_secs(60), &Cancel::default());
            assert_eq!(reply, Err(Ended::Crashed));
        }
    }
}
