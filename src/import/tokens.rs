//! Bytes to rows: the `csv` crate on top of a reader that yields UTF-8, normalises line ends, removes blanks before an opening
//! quote, and limits the length of a row.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use csv::ByteRecord;

use super::encoding::Encoding;
use super::quotes::{Opening, Step};
use crate::named_file;

/// Maximum number of bytes of one row. All fields at their maximum need less than half of it.
const ROW_BYTES: usize = 2 << 20;
/// Maximum number of rows with an unclosed quote: each of them makes the file be read again from its start.
const MAX_UNCLOSED: u32 = 50;
const BUFFER: usize = 128 << 10;

/// Line ends as `
/// `, also the last; an error if more than [`ROW_BYTES`] follow without [`Lines::begin_row`].
struct Lines {
    from: BufReader<Box<dyn Read>>,
    left: usize,
    after_return: bool,
    opening: Opening,
    /// The last byte that was returned.
    last: u8,
    /// Number of bytes that were returned.
    given: u64,
    ended: bool,
}

impl Lines {
    fn begin_row(&mut self) {
        // The reader above reads ahead by up to its buffer.
        self.left = ROW_BYTES + BUFFER;
    }
}

impl Read for Lines {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "a row has no end",
            ));
        }
        loop {
            let bytes = self.from.fill_buf()?;
            if bytes.is_empty() {
                // Adds the line end of the last line if it is missing.
                self.ended = true;
                let open = self.last != b'\n';
                self.last = b'\n';
                if open && let Some(first) = into.first_mut() {
                    *first = b'\n';
                    self.given += 1;
                    return Ok(1);
                }
                return Ok(0);
            }
            let (mut taken, mut given) = (0, 0);
            let room = into.len().min(self.left);
            for &byte in bytes {
                let Some(place) = into.get_mut(given).filter(|_| given < room) else {
                    break;
                };
                if byte == b'\n' && self.after_return {
                    self.after_return = false;
                    taken += 1;
                    continue;
                }
                let plain = if byte == b'\r' { b'\n' } else { byte };
                let step = self.opening.next(plain);
                if step != Step::BlankFirst {
                    self.after_return = byte == b'\r';
                    taken += 1;
                }
                *place = match step {
                    Step::Hold => continue,
                    Step::BlankFirst => b' ',
                    Step::Pass => plain,
                };
                self.last = *place;
                given += 1;
            }
            self.from.consume(taken);
            if given > 0 {
                self.left -= given;
                self.given += given as u64;
                return Ok(given);
            }
        }
    }
}

/// A row as bytes, or the reason why there is none.
pub(super) enum Token {
    Row {
        line: u64,
    },
    /// An unclosed quote; reading continues at the next line.
    Unclosed {
        line: u64,
    },
    End,
}

/// Reason why reading cannot continue.
pub(super) enum Stop {
    Read(io::Error),
    Unclosed { line: u64 },
}

/// Settings for reading a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReadOptions {
    pub encoding: Encoding,
    pub delimiter: u8,
    /// True if blanks are between a delimiter and an opening quote: `"a" , "b"`.
    pub spaced_quotes: bool,
}

/// The rows of a file, one after the other.
pub(super) struct Tokens<'a> {
    file: &'a Path,
    options: ReadOptions,
    reader: csv::Reader<Lines>,
    /// Number of lines of the file before the first that `reader` counts.
    passed: u64,
    unclosed: u32,
}

impl<'a> Tokens<'a> {
    /// Starts after so many lines.
    pub(super) fn open(file: &'a Path, options: ReadOptions, passed: u64) -> io::Result<Self> {
        Ok(Self {
            file,
            options,
            reader: reader(lines(file, options, passed)?, options.delimiter),
            passed,
            unclosed: 0,
        })
    }

    /// Reads the next row into `record`. Blank lines are skipped.
    pub(super) fn next(&mut self, record: &mut ByteRecord) -> Result<Token, Stop> {
        self.reader.get_mut().begin_row();
        let (before, start) = (self.line(), self.reader.position().byte());
        let long = match self.reader.read_byte_record(record) {
            Ok(false) => return Ok(Token::End),
            Ok(true) => false,
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => true,
                csv::ErrorKind::Io(error) => return Err(Stop::Read(error)),
                other => return Err(Stop::Read(io::Error::other(format!("{other:?}")))),
            },
        };
        if long {
            return self.recover(before);
        }
        let inside = record
            .as_slice()
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count() as u64;
        let line = self.line().saturating_sub(1 + inside);
        if inside > 0 && self.is_unclosed(before, start).map_err(Stop::Read)? {
            return self.recover(before);
        }
        Ok(Token::Row { line })
    }

    /// True if the row that was just read is the last and ends only because the file does: one with closed quotes has an even
    /// number of them. It was read from the byte `start` on, at the start of the line `from`.
    fn is_unclosed(&mut self, from: u64, start: u64) -> io::Result<bool> {
        let end = self.reader.position().byte();
        let lines_read = self.reader.get_ref();
        if !lines_read.ended || lines_read.given != end {
            return Ok(false);
        }
        let mut bytes = Vec::new();
        let row = lines(self.file, self.options, from - 1)?;
        row.take(end - start).read_to_end(&mut bytes)?;
        let quotes = bytes.iter().filter(|&&byte| byte == b'"').count();
        Ok(quotes % 2 == 1)
    }

    /// The line that is read next, counted from 1.
    fn line(&self) -> u64 {
        self.passed + self.reader.position().line()
    }

    /// Continues after the line with an unclosed quote. `line` is that line, or a blank one before it.
    fn recover(&mut self, line: u64) -> Result<Token, Stop> {
        self.unclosed += 1;
        if self.unclosed > MAX_UNCLOSED {
            return Err(Stop::Unclosed { line });
        }
        let mut from = lines(self.file, self.options, line - 1).map_err(Stop::Read)?;
        let mut line = line;
        while let Some(bytes) = pass_line(&mut from).map_err(Stop::Read)? {
            if bytes > 1 {
                break;
            }
            line += 1;
        }
        from.opening.begin_line();
        self.reader = reader(from, self.options.delimiter);
        self.passed = line;
        Ok(Token::Unclosed { line })
    }
}

fn reader(lines: Lines, delimiter: u8) -> csv::Reader<Lines> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(BUFFER)
        .from_reader(lines)
}

/// The first lines of a file as text: at most so many, with at most `bytes` in total.
pub(super) fn first_lines(
    file: &Path,
    encoding: Encoding,
    most: usize,
    bytes: u64,
) -> io::Result<Vec<String>> {
    let options = ReadOptions {
        encoding,
        delimiter: b',',
        spaced_quotes: false,
    };
    let mut text = Vec::new();
    lines(file, options, 0)?
        .take(bytes)
        .read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    Ok(text.lines().take(most).map(str::to_owned).collect())
}

/// The file after so many lines, without the byte order mark that some programs write before UTF-8.
fn lines(file: &Path, options: ReadOptions, passed: u64) -> io::Result<Lines> {
    let text = options.encoding.reader(named_file::open(file)?);
    let mut lines = Lines {
        from: BufReader::with_capacity(BUFFER, text),
        left: usize::MAX,
        after_return: false,
        opening: Opening::new(options.delimiter, options.spaced_quotes),
        last: b'\n',
        given: 0,
        ended: false,
    };
    for _ in 0..passed {
        if pass_line(&mut lines)?.is_none() {
            break;
        }
    }
    // The reader above counts from here.
    lines.given = 0;
    lines.opening.begin_line();
    Ok(lines)
}

/// Reads up to and including the next line end and returns the number of bytes. None at the end of the file.
fn pass_line(lines: &mut Lines) -> io::Result<Option<usize>> {
    let mut length = 0;
    let mut byte = [0];
    loop {
        lines.left = usize::MAX;
        if lines.read(&mut byte)? == 0 {
            return Ok((length > 0).then_some(length));
        }
        length += 1;
        if byte == [b'\n'] {
            return Ok(Some(length));
        }
    }
}
