//! Zip archives of scans. Nothing is unpacked to the disk: a file within one is read into memory when it is asked for.

use std::collections::BTreeMap;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Component, Path};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

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

/// An archive, and the files in it by their names with slashes.
pub(super) struct Archive {
    zip: ZipArchive<BufReader<Opened>>,
    places: BTreeMap<String, usize>,
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
        let zip = ZipArchive::new(BufReader::new(file)).map_err(fault)?;
        if zip.len() > series::MOST_FILES {
            return Err(Fault::TooMuch {
                what: format!("{} files", zip.len()),
                limit: format!("archives of up to {} files", series::MOST_FILES),
            });
        }
        let (mut places, mut inflated) = (BTreeMap::new(), 0u64);
        for index in 0..zip.len() {
            let Ok(entry) = zip.by_index_data(index) else {
                continue;
            };
            inflated = inflated.saturating_add(entry.size());
            if let Some(name) = entry.name().ok().as_deref().and_then(inside)
                && entry.is_file()
            {
                places.insert(free(name, &places), index);
            }
        }
        if inflated > MOST_INFLATED {
            return Err(too_much(format!("{} MB once inflated", inflated >> 20)));
        }
        Ok(Self { zip, places })
    }

    /// Names of the files, with slashes.
    pub(super) fn names(&self) -> Vec<String> {
        self.places.keys().cloned().collect()
    }

    /// The bytes of one file; nothing when there is no such file.
    pub(super) fn read(&mut self, name: &str, cancel: &Cancel) -> Result<Option<Vec<u8>>, Fault> {
        let Some(&index) = self.places.get(name) else {
            return Ok(None);
        };
        let entry = self.zip.by_index_raw(index).map_err(fault)?;
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
        let entry = Cancellable::new(entry, cancel);
        let bytes = match method {
            CompressionMethod::STORE => whole(entry, size),
            CompressionMethod::DEFLATE => {
                let packed = BufReader::new(entry.take(packed));
                whole(DeflateDecoder::new(packed), size)
            }
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

/// The name, or with a number behind it where another file has it: names may differ only in parts that lead out of the archive.
fn free(name: String, places: &BTreeMap<String, usize>) -> String {
    if !places.contains_key(&name) {
        return name;
    }
    let mut others = (2..).map(|number| format!("{name} ({number})"));
    let free = others.find(|other| !places.contains_key(other));
    free.unwrap_or(name)
}

/// The name with slashes between its parts, without those that lead out of the archive; nothing where a program hid the
/// file. It names the file to people and is no path: nothing is written.
fn inside(name: &str) -> Option<String> {
    let name = name.replace('\\', "/");
    let parts = Path::new(&name).components();
    let parts = parts.filter_map(|part| match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    });
    let parts: Vec<&str> = parts.collect();
    if parts.iter().any(|part| part.contains('\0')) {
        return None;
    }
    // Beside each file, macOS packs what its Finder knows of it.
    let hidden = |part: &&str| part.starts_with('.') || *part == "__MACOSX";
    (!parts.is_empty() && !parts.iter().any(hidden)).then(|| parts.join("/"))
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
            ("", None),
        ];
        for (name, inside) in expected {
            assert_eq!(super::inside(name).as_deref(), inside, "{name}");
        }
    }
}
