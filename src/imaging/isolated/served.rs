//! The child's side: reading the file that it was given.

use std::any::Any;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;

use super::wire::{WireError, WirePhoto, WireScan};
use super::{Request, WireFile, WireRequest};
use crate::cancel::Cancel;
use crate::decode::{self, Reply};
use crate::imaging::archive::Archive;
use crate::imaging::inspection::Inspection;
use crate::imaging::load::only_frame;
use crate::imaging::opening::Opening;
use crate::imaging::photo::Photo;
use crate::imaging::source::Source;
use crate::imaging::{FrameFile, Header, ImagingError, dicom};
use crate::sealed;

/// Pixels that are decoded in a second, at the least.
const PIXELS_PER_SECOND: u64 = 1_000_000;

/// Reads files for a parent until that is gone, when this process was started for it; nothing otherwise.
pub fn serve_if_asked() -> Option<ExitCode> {
    let mut kept = Kept::default();
    decode::serve_if_asked(move |text, files| {
        let answered = catch_unwind(AssertUnwindSafe(|| kept.answer(text, files)));
        answered.unwrap_or_else(|panic| {
            forget(panic);
            kept = Kept::default();
            reply::<()>(Err(WireError::Panicked), Vec::new())
        })
    })
}

/// Leaks the payload of a panic: dropping it may panic again.
fn forget(panic: Box<dyn Any + Send>) {
    std::mem::forget(panic);
}

type Opened = Result<Arc<FrameFile>, ImagingError>;

/// Files that are kept between questions, by their keys.
#[derive(Default)]
struct Kept {
    frames: Option<(String, Option<String>, Opened)>,
    archive: Option<(String, Archive)>,
}

impl Kept {
    fn answer(&mut self, text: &[u8], files: Vec<File>) -> Reply {
        let cancel = Cancel::default();
        let asked = postcard::from_bytes::<WireRequest>(text);
        let Ok(WireRequest {
            wanted,
            files: named,
        }) = asked
        else {
            return reply::<()>(Err(WireError::Panicked), Vec::new());
        };
        let mut sources = named.into_iter().zip(files).map(source);
        if wanted == Request::Inspection {
            let inspected = sources.map(|source| self.inspect(source?, &cancel));
            return reply(Ok(inspected.collect::<Vec<_>>()), Vec::new());
        }
        match sources.next() {
            Some(Ok(source)) => self.answer_one(wanted, source, &cancel),
            Some(Err(error)) => reply::<()>(Err(error), Vec::new()),
            None => reply::<()>(Err(WireError::Panicked), Vec::new()),
        }
    }

    fn inspect(&mut self, source: Source, cancel: &Cancel) -> Result<Inspection, WireError> {
        let opening = self.opening(source, cancel)?;
        Ok(Inspection::of_opening(opening)?)
    }

    fn answer_one(&mut self, wanted: Request, source: Source, cancel: &Cancel) -> Reply {
        match wanted {
            Request::Inspection => reply(self.inspect(source, cancel), Vec::new()),
            Request::Tags => {
                let lines = dicom::tag_lines::tags(source, cancel);
                reply(lines.map_err(WireError::from), Vec::new())
            }
            Request::Photo => match WirePhoto::of(Photo::read_here(source, cancel)) {
                Ok((message, body)) => reply(Ok(message), body),
                Err(message) => reply::<()>(Err(message), Vec::new()),
            },
            Request::Load => {
                let opening = self.opening(source, cancel);
                scan_reply(opening.and_then(FrameFile::of_opening).and_then(|file| {
                    allow_pixels(file.header());
                    only_frame(&file)
                }))
            }
            Request::Frame(frame) => {
                let frame = usize::try_from(frame).unwrap_or(usize::MAX);
                let file = self.frames(source, cancel);
                scan_reply(file.and_then(|file| file.decode(frame)))
            }
        }
    }

    /// The file, read unless it is the one from last time; kept where it has many frames, or is refused: it is not read
    /// again for each of them.
    fn frames(&mut self, source: Source, cancel: &Cancel) -> Opened {
        let (key, member) = (source.key.clone(), source.member.clone());
        let opened = match self.frames.take() {
            Some((same, of_member, opened)) if (&same, &of_member) == (&key, &member) => opened,
            _ => {
                let opening = self.opening(source, cancel);
                opening.and_then(FrameFile::of_opening).map(Arc::new)
            }
        };
        if let Ok(file) = &opened {
            allow_pixels(file.header());
        }
        if opened.as_ref().map_or(true, |file| file.frames() > 1) {
            self.frames = Some((key, member, opened.clone()));
        }
        opened
    }

    /// The file as it is read; of one in an archive, the archive is kept.
    fn opening<'a>(
        &mut self,
        source: Source,
        cancel: &'a Cancel,
    ) -> Result<Opening<'a>, ImagingError> {
        let Some(member) = source.member.clone() else {
            return Opening::new(source, cancel);
        };
        let archive = match self.archive.take() {
            Some((key, archive)) if key == source.key => Ok(archive),
            _ => {
                let file = source.file.try_clone();
                let file = file.map_err(|error| ImagingError::from_io(&source.path, error))?;
                Archive::open(file)
            }
        };
        // A path that goes on behind a file of another kind leads nowhere.
        let archive = archive.map_err(|_| ImagingError::NotFound(source.path.clone()))?;
        let (_, archive) = self.archive.insert((source.key.clone(), archive));
        let read = archive.read(&member, cancel);
        Opening::of_member(&source, read, cancel)
    }
}

fn source((named, file): (WireFile, File)) -> Result<Source, WireError> {
    let path = PathBuf::from(&named.name);
    let file = sealed::Opened::of_parts(file, named.sealed);
    Ok(Source {
        file: file.map_err(|error| ImagingError::from_io(&path, error))?,
        path,
        length: named.length,
        member: named.member,
        key: named.key,
    })
}

fn allow_pixels(header: &Header) {
    let pixels = u64::from(header.rows) * u64::from(header.columns);
    decode::allow_more(pixels.div_ceil(PIXELS_PER_SECOND) as u32);
}

fn scan_reply(scan: Result<crate::imaging::Scan, ImagingError>) -> Reply {
    match scan.map(WireScan::of) {
        Ok((message, body)) => reply(Ok(message), body),
        Err(error) => reply::<()>(Err(error.into()), Vec::new()),
    }
}

fn reply<T: Serialize>(message: Result<T, WireError>, body: Vec<u8>) -> Reply {
    let text = postcard::to_stdvec(&message).unwrap_or_default();
    Reply { text, body }
}
