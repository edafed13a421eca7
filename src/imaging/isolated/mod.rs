//! Files from outside are read by child processes ([`crate::decode`]), or by this process where these are not available.
//!
//! A child gets an open file and a request; it does not learn the path. Its answer is checked like any input: a child that a
//! hostile file took over can give a wrong picture of that file, and nothing else.

pub(super) mod identity;
mod served;
mod wire;

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::wire::{WireError, WirePhoto, WireScan};
use super::inspection::Inspection;
use super::load::load_here;
use super::photo::{PageFault, Photo, PhotoError, is_pdf};
use super::series::LastFile;
use super::source::Source;
use super::{Format, ImagingError, Scan, TagLine, dicom};
use crate::cancel::Cancel;
use crate::decode::{self, Allowance, Ended, Hold, Reply};
use crate::sealed::FileKey;

pub use self::served::serve_if_asked;

/// Bytes of one file that children hold together, so that each decodes other frames of it.
const HELD_BYTES: u64 = 512 << 20;

/// Requested part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Request {
    /// Kind and header of each file.
    Inspection,
    /// One frame, from 0; the file is kept for the next one.
    Frame(u64),
    /// The frame of a file that has no other.
    Load,
    Tags,
    Photo,
}

/// Question to a child about files that are sent with it, in their order: several for [`Request::Inspection`], else one.
#[derive(Debug, Serialize, Deserialize)]
struct WireRequest {
    wanted: Request,
    files: Vec<WireFile>,
}

/// Facts that a child gets about an open file.
#[derive(Debug, Serialize, Deserialize)]
struct WireFile {
    /// The last part of the file's name.
    name: String,
    /// Name within the archive that the file is.
    member: Option<String>,
    length: u64,
    /// The key of a sealed file.
    sealed: Option<FileKey>,
    /// Distinguishes the file from others.
    key: String,
}

/// Kind and header of a file.
pub(super) fn inspect(path: &Path, cancel: &Cancel) -> Result<Inspection, ImagingError> {
    let source = Source::open(path)?;
    match inspect_sources(&[&source], cancel)? {
        Some(inspected) => {
            let mut inspected = inspected.into_iter();
            let none = || Err(stopped(&[&source], Ended::Crashed));
            inspected.next().unwrap_or_else(none)
        }
        None => Inspection::of_source(source, cancel),
    }
}

/// Kind and header of each of `paths`, at most [`decode::MOST_TOGETHER`], by one question: a child that waits for each takes
/// longer to wake up than to read a header.
pub(super) fn inspect_together(
    paths: &[PathBuf],
    cancel: &Cancel,
) -> Vec<Result<Inspection, ImagingError>> {
    let alone = || paths.iter().map(|path| inspect(path, cancel)).collect();
    let opened: Vec<_> = paths.iter().map(|path| Source::open(path)).collect();
    let sources: Vec<&Source> = opened.iter().flatten().collect();
    if sources.len() < 2 {
        return alone();
    }
    // One of them may have ended the child: the others are read all the same.
    let Ok(Some(inspected)) = inspect_sources(&sources, cancel) else {
        return alone();
    };
    let mut inspected = inspected.into_iter();
    let next = |opened: Result<Source, _>| {
        let source = opened?;
        let answer = inspected.next();
        answer.unwrap_or_else(|| inspect(&source.path, cancel))
    };
    opened.into_iter().map(next).collect()
}

/// The answer of a child for each of `sources`; `None` if none can be started.
fn inspect_sources(
    sources: &[&Source],
    cancel: &Cancel,
) -> Result<Option<Vec<Result<Inspection, ImagingError>>>, ImagingError> {
    type Answers = Vec<Result<Inspection, WireError>>;

    let Some((answers, _)) = ask::<Answers>(Request::Inspection, sources, None, cancel)? else {
        return Ok(None);
    };
    if answers.len() != sources.len() {
        return Err(stopped(sources, Ended::Crashed));
    }
    let answers = answers.into_iter().zip(sources);
    let inspected = answers.map(|(answer, source)| answer.map_err(|why| why.error(&source.path)));
    Ok(Some(inspected.collect()))
}

/// The picture of a file of one slice.
pub(super) fn load(path: &Path) -> Result<Scan, ImagingError> {
    let (source, cancel) = (Source::open(path)?, Cancel::default());
    match ask::<WireScan>(Request::Load, &[&source], None, &cancel)? {
        Some((message, body)) => message.scan(path, body),
        None => load_here(source, &cancel),
    }
}

/// One frame of a file. `last` keeps a file of many frames open.
pub(super) fn frame(
    path: &Path,
    frame: usize,
    format: Format,
    last: Option<&LastFile>,
    cancel: &Cancel,
) -> Result<Scan, ImagingError> {
    if !decode::is_available() {
        return LastFile::decode_here(last, path, frame, cancel);
    }
    let source = Source::open(path)?;
    let hold = last.map(|last| {
        last.held_by_children(&source.key);
        let most = match format {
            // A volume is inflated or looked through as a whole.
            Format::Nifti => 1,
            _ => HELD_BYTES / source.length.max(1),
        };
        Hold {
            key: &source.key,
            most: usize::try_from(most).unwrap_or(usize::MAX),
        }
    });
    match ask::<WireScan>(Request::Frame(frame as u64), &[&source], hold, cancel)? {
        Some((message, body)) => message.scan(path, body),
        None => LastFile::decode_here(last, path, frame, cancel),
    }
}

/// The elements of a DICOM file up to its pixels, at most 5,000, sequences with what is in them; none of a file of
/// another format. Errors: what reading the file itself says.
pub fn tags(path: &Path) -> Result<Vec<TagLine>, ImagingError> {
    let (source, cancel) = (Source::open(path)?, Cancel::default());
    match ask(Request::Tags, &[&source], None, &cancel)? {
        Some((lines, _)) => Ok(lines),
        None => dicom::tag_lines::tags(source, &cancel),
    }
}

/// The photo of a file.
pub(super) fn photo(source: Source) -> Result<Photo, PhotoError> {
    let cancel = Cancel::default();
    match ask::<WirePhoto>(Request::Photo, &[&source], None, &cancel) {
        Ok(Some((message, body))) => message.photo(&source.path, body),
        Ok(None) => Photo::read_here(source, &cancel),
        Err(ImagingError::Stopped { path, reason }) if begins_as_pdf(&source) => {
            let reason = match reason {
                Ended::TooLong => PageFault::TooLong,
                _ => PageFault::Ended,
            };
            Err(PhotoError::Page { path, reason })
        }
        Err(error) => Err(error.into()),
    }
}

fn begins_as_pdf(source: &Source) -> bool {
    let mut beginning = [0; 1024];
    let read = (source.file.try_clone()).and_then(|mut file| file.read_at(0, &mut beginning));
    read.is_ok_and(|read| is_pdf(beginning.get(..read).unwrap_or_default()))
}

/// Answer of a child about `sources`, at least one; `None` if none can be started, so that this process has to do the work.
fn ask<T: DeserializeOwned>(
    wanted: Request,
    sources: &[&Source],
    hold: Option<Hold<'_>>,
    cancel: &Cancel,
) -> Result<Option<(T, Vec<u8>)>, ImagingError> {
    if !decode::is_available() {
        return Ok(None);
    }
    let asked = WireRequest {
        wanted,
        files: sources.iter().map(|source| WireFile::of(source)).collect(),
    };
    let text = postcard::to_stdvec(&asked).map_err(|_| stopped(sources, Ended::Crashed))?;
    let files: Vec<_> = sources.iter().map(|source| source.file.file()).collect();
    let longest = sources.iter().map(|source| source.length).max();
    let question = decode::Question {
        text: &text,
        files: &files,
        // That of one file: where it is too little for several, they are read one by one.
        allowance: Allowance::for_file(longest.unwrap_or_default()),
        hold,
        last: wanted == Request::Photo,
    };
    match decode::ask(&question, cancel) {
        Ok(Reply { text, body }) => {
            let message: Result<T, WireError> =
                postcard::from_bytes(&text).map_err(|_| stopped(sources, Ended::Crashed))?;
            let message = message.map_err(|message| message.error(path_of(sources)))?;
            Ok(Some((message, body)))
        }
        Err(Ended::Cancelled) => Err(ImagingError::Cancelled),
        Err(Ended::NotStarted) => Ok(None),
        Err(reason) => Err(stopped(sources, reason)),
    }
}

fn path_of<'a>(sources: &[&'a Source]) -> &'a Path {
    sources.first().map_or(Path::new(""), |source| &source.path)
}

fn stopped(sources: &[&Source], reason: Ended) -> ImagingError {
    let path = path_of(sources).to_owned();
    ImagingError::Stopped { path, reason }
}

impl WireFile {
    fn of(source: &Source) -> Self {
        Self {
            name: source.name(),
            member: source.member.clone(),
            length: source.length,
            sealed: source.file.parts().1,
            key: source.key.clone(),
        }
    }
}
