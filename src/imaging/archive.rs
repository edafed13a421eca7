//! Zip archives of scans. Nothing is unpacked to the disk: a file within one is read into memory when it is asked for.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::path::{Component, Path};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use zip::CompressionMethod;
use zip::read::{Config, OwnedZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use super::error::Fault;
use super::opening::Cancellable;
use super::{MOST_BYTES, MOST_STREAMED_BYTES, dicom, series};
use crate::cancel::Cancel;
use crate::sealed::Opened;

/// The bytes that an archive with files in it begins with.
const SIGNATURE: &[u8] = b"PK\x03\x04";
/// A deflated byte becomes this many at the most.
const MOST_GROWTH: u64 = 1032;
/// The most bytes of all files of an archive once inflated.
const MOST_INFLATED: u64 = 16 << 30;

/// Name of a file that an archive lists without one.
const UNNAMED: &str = "unnamed";

/// An archive, and the files in it by their names with slashes. Of several files with one name each has a name of its own.
pub(super) struct Archive {
    zip: ZipIterable<BufReader<Opened>>,
    entries: BTreeMap<String, OwnedZipFileEntry>,
}

/// True if bytes begin as a zip archive does, and not as the preamble of a DICOM file.
pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE) && !dicom::is_marked(bytes)
}

impl Archive {
    /// Reads the list of files.
    pub(super) fn open(file: Opened) -> Result<Self, Fault> {
        let length = file.length();
        if length > MOST_STREAMED_BYTES {
            return Err(too_much(format!("{} MB", length >> 20)));
        }
        let mut zip =
            ZipIterable::try_new(BufReader::new(file), Config::default()).map_err(fault)?;
        if zip.len() > series::MOST_FILES {
            return Err(Fault::TooMuch {
                what: format!("{} files", zip.len()),
                limit: format!("archives of up to {} files", series::MOST_FILES),
            });
        }
        let (mut entries, mut names) = (BTreeMap::new(), Names::default());
        let mut inflated = 0u64;
        for entry in zip.files().map_err(fault)? {
            let entry = entry.map_err(fault)?;
            inflated = inflated.saturating_add(entry.size());
            let name = match entry.name() {
                Ok(name) => inside(&name),
                Err(_) => inside(&String::from_utf8_lossy(entry.name_raw())),
            };
            if let Some(name) = name.filter(|_| entry.is_file()) {
                entries.insert(names.free(name), entry.into());
            }
        }
        if inflated > MOST_INFLATED {
            return Err(too_much(format!("{} MB once inflated", inflated >> 20)));
        }
        Ok(Self { zip, entries })
    }

    /// Names of the files, with slashes.
    pub(super) fn names(&self) -> Vec<String> {
        self.entries.keys().cloned().collect()
    }

    /// The bytes of one file; nothing when there is no such file.
    pub(super) fn read(&mut self, name: &str, cancel: &Cancel) -> Result<Option<Vec<u8>>, Fault> {
        let Some(entry) = self.entries.get(name) else {
            return Ok(None);
        };
        let (size, packed, method) = (entry.size(), entry.compressed_size(), entry.compression());
        let (encrypted, checksum) = (entry.encrypted(), entry.crc32());
        if encrypted {
            return Err(Fault::Unsupported {
                what: "an encrypted zip archive".to_owned(),
                advice: "unpack it with its password and open the folder",
            });
        }
        if size > MOST_BYTES {
            return Err(Fault::TooMuch {
                what: format!("{} MB once inflated", size >> 20),
                limit: format!("files of up to {} MB in an archive", MOST_BYTES >> 20),
            });
        }
        if size > packed.saturating_mul(MOST_GROWTH) {
            return Err(Fault::damaged("the archive states an impossible size"));
        }
        let archive = self.zip.files().map_err(fault)?.reader_mut();
        content(archive, entry.header_start())?;
        let stored = Cancellable::new(archive, cancel).take(packed);
        let bytes = match method {
            CompressionMethod::STORE => whole(stored, size),
            CompressionMethod::DEFLATE => whole(DeflateDecoder::new(BufReader::new(stored)), size),
            _ => {
                return Err(Fault::Unsupported {
                    what: "a zip archive that is not packed by deflate".to_owned(),
                    advice: "unpack it and open the folder",
                });
            }
        };
        if cancel.is_cancelled() {
            return Err(Fault::Cancelled);
        }
        let bytes = bytes?;
        let mut found = Crc::new();
        found.update(&bytes);
        if found.sum() != checksum {
            return Err(Fault::damaged("its checksum does not match the archive"));
        }
        Ok(Some(bytes))
    }
}

/// Moves to the content of the entry whose own header is at `header` (APPNOTE.TXT of PKWARE, 4.3.7): behind its name and its
/// extra fields, which differ from those in the list of files.
fn content(archive: &mut (impl Read + Seek), header: u64) -> Result<(), Fault> {
    let damaged = |error: io::Error| match error.kind() {
        ErrorKind::UnexpectedEof => Fault::CutShort,
        _ => Fault::damaged("the archive cannot be read"),
    };
    let mut fixed = [0; 30];
    archive.seek(SeekFrom::Start(header)).map_err(damaged)?;
    archive.read_exact(&mut fixed).map_err(damaged)?;
    let [b'P', b'K', 3, 4, .., n0, n1, e0, e1] = fixed else {
        return Err(Fault::damaged("the archive has no file where it lists one"));
    };
    let [name, extra] = [[n0, n1], [e0, e1]].map(u16::from_le_bytes);
    let behind = i64::from(name) + i64::from(extra);
    archive.seek_relative(behind).map_err(damaged)
}

/// Exactly `size` bytes.
fn whole(reader: impl Read, size: u64) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    match reader.take(size + 1).read_to_end(&mut bytes) {
        Ok(_) if bytes.len() as u64 == size => Ok(bytes),
        Ok(_) => Err(Fault::damaged("its size does not match the archive")),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Err(Fault::CutShort),
        Err(_) => Err(Fault::damaged("it cannot be inflated")),
    }
}

/// Gives each file a name of its own: an archive may list two files by one name, or by names that differ only in parts that
/// lead out of it.
#[derive(Default)]
struct Names(HashMap<String, usize>);

impl Names {
    /// The name, or with a number behind it where another file has it.
    fn free(&mut self, name: String) -> String {
        let mut free = name.clone();
        let mut number = self.0.get(&name).copied().unwrap_or_default();
        while self.0.contains_key(&free) {
            number += 1;
            free = format!("{name} ({})", number + 1);
        }
        self.0.insert(name, number);
        self.0.entry(free.clone()).or_default();
        free
    }
}

/// The name with slashes between its parts, without those that lead out of the archive; nothing where a program hid the
/// file. It names the file to people and is no path: nothing is written.
fn inside(name: &str) -> Option<String> {
    let name = name.replace('\\', "/").replace('\0', "_");
    let parts = Path::new(&name).components();
    let parts = parts.filter_map(|part| match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    });
    let parts: Vec<&str> = parts.collect();
    // Beside each file, macOS packs what its Finder knows of it.
    let hidden = |part: &&str| part.starts_with('.') || *part == "__MACOSX";
    match parts.as_slice() {
        [] => Some(UNNAMED.to_owned()),
        parts => (!parts.iter().any(hidden)).then(|| parts.join("/")),
    }
}

fn too_much(what: String) -> Fault {
    Fault::TooMuch {
        what,
        limit: format!(
            "archives of up to {} MB, and {} MB once inflated",
            MOST_STREAMED_BYTES >> 20,
            MOST_INFLATED >> 20
        ),
    }
}

fn fault(error: ZipError) -> Fault {
    match error {
        ZipError::Io(error) if error.kind() == ErrorKind::UnexpectedEof => Fault::CutShort,
        error => {
            tracing::debug!(%error, "a zip archive");
            Fault::damaged("its list of files cannot be read")
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_stay_inside_the_archive() {
        let expected = [
            ("a/b.dcm", Some("a/b.dcm")),
            ("./a//b.dcm", Some("a/b.dcm")),
            ("a\\b.dcm", Some("a/b.dcm")),
            ("/etc/passwd", Some("etc/passwd")),
            ("../b.dcm", Some("b.dcm")),
            ("a/../../b.dcm", Some("a/b.dcm")),
            ("a/.hidden", None),
            ("__MACOSX/a/b.dcm", None),
            ("..", Some("unnamed")),
            ("", Some("unnamed")),
            ("a\0b.dcm", Some("a_b.dcm")),
        ];
        for (name, inside) in expected {
            assert_eq!(super::inside(name).as_deref(), inside, "{name}");
        }
    }
}
