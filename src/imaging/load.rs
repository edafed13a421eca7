//! The one entrance: a path becomes a [`Scan`], or one sentence that says why not.

use std::fmt::Write as _;
use std::fs::{self, File, FileType};
use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::Fault;
use super::{Format, ImagingError, Modality, Pixels, Provenance, Scan, dicom, raster};

/// The largest file that is read, in bytes. A slice is under 1 MB; the rest is room for scanned films.
pub const MOST_BYTES: u64 = 256 << 20;

/// The most pixels that are decoded, whatever a file declares: 64 million.
pub const MOST_PIXELS: u64 = 64_000_000;

/// What a decoder finds in a file.
pub(super) struct Picture {
    pub pixels: Pixels,
    pub width: u32,
    pub height: u32,
    pub spacing_mm: Option<[f64; 2]>,
    pub colourfulness: f32,
    pub dicom: Option<Modality>,
}

/// Reads one slice from a PNG, JPEG or DICOM file, told apart by content and not by name.
///
/// Never waits on a pipe or device, and never reads more than [`MOST_BYTES`] or decodes more than
/// [`MOST_PIXELS`]. Blocks while it reads.
pub fn load(path: &Path) -> Result<Scan, ImagingError> {
    let bytes = read(path)?;
    let (format, picture) = decode(&bytes).map_err(|fault| fault.of(path))?;
    Ok(Scan {
        pixels: picture.pixels,
        width: picture.width,
        height: picture.height,
        spacing_mm: picture.spacing_mm,
        colourfulness: picture.colourfulness,
        provenance: Provenance {
            path: path.to_owned(),
            format,
            bytes: bytes.len() as u64,
            sha256: hexadecimal(&Sha256::digest(&bytes)),
            dicom: picture.dicom,
        },
    })
}

/// The whole file, or why not.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, ImagingError> {
    let failed = |error| ImagingError::from_io(path, error);
    // Asked before the file is opened: opening a pipe waits for its other end.
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(ImagingError::NotAFile {
            path: path.to_owned(),
            what: kind(metadata.file_type()),
        });
    }
    let too_large = |bytes: u64| ImagingError::TooLarge {
        path: path.to_owned(),
        what: format!("{} MB", bytes >> 20),
        limit: format!("files of up to {} MB", MOST_BYTES >> 20),
    };
    if metadata.len() > MOST_BYTES {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    let file = File::open(path).map_err(failed)?;
    let read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    match read.map_err(failed)? as u64 {
        0 => Err(ImagingError::Empty(path.to_owned())),
        // It grew since it was asked for its size.
        length if length > MOST_BYTES => Err(too_large(length)),
        _ => Ok(bytes),
    }
}

#[cfg(unix)]
fn kind(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;

    if file_type.is_dir() {
        "a folder"
    } else if file_type.is_fifo() {
        "a pipe"
    } else if file_type.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind(file_type: FileType) -> &'static str {
    if file_type.is_dir() {
        "a folder"
    } else {
        "a device"
    }
}

fn decode(bytes: &[u8]) -> Result<(Format, Picture), Fault> {
    if raster::is_png(bytes) {
        Ok((Format::Png, raster::decode_png(bytes)?))
    } else if raster::is_jpeg(bytes) {
        Ok((Format::Jpeg, raster::decode_jpeg(bytes)?))
    } else if dicom::is_dicom(bytes) {
        Ok((Format::Dicom, dicom::decode(bytes)?))
    } else {
        Err(Fault::NotAnImage)
    }
}

/// Refuses a size before anything is allocated for it.
pub(super) fn within_limits(width: u32, height: u32) -> Result<(), Fault> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Fault::damaged("it declares a picture without pixels")),
        pixels if pixels > MOST_PIXELS => Err(Fault::TooLarge { width, height }),
        _ => Ok(()),
    }
}

fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_file_that_is_no_picture_has_its_own_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            path
        };
        let huge = write("huge.dcm", b"");
        File::options()
            .write(true)
            .open(&huge)
            .unwrap()
            .set_len(2 << 30)
            .unwrap();
        let paths = [
            folder.path().join("absent.png"),
            folder.path().join("absent/below.png"),
            write("text.png", b"no picture at all"),
            write("text.png", b"no picture at all").join("below"),
            write("empty.png", b""),
            huge,
            folder.path().to_owned(),
        ];
        let sentences = paths.map(|path| load(&path).unwrap_err().to_string());
        let sentences = sentences
            .join("\n")
            .replace(&folder.path().display().to_string(), "…");
        insta::assert_snapshot!(sentences, @r"
        …/absent.png: there is no such file; check the path
        …/absent/below.png: there is no such file; check the path
        …/text.png is no image that LUNNY reads; choose a PNG, JPEG or DICOM file
        …/text.png/below: there is no such file; check the path
        …/empty.png is empty; copy or export it again
        …/huge.dcm is too large (2048 MB); LUNNY reads files of up to 256 MB
        … is a folder, not a file; choose one picture
        ");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_and_a_device_are_refused_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.png");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for (path, expected) in [
            (pipe.as_path(), "a pipe"),
            (Path::new("/dev/zero"), "a device"),
        ] {
            match load(path) {
                Err(ImagingError::NotAFile { what, .. }) => assert_eq!(what, expected),
                other => panic!("{other:?}"),
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_permission_says_so() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("closed.png");
        fs::write(&path, b"x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
        // The superuser may read everything.
        if File::open(&path).is_err() {
            assert!(matches!(
                load(&path),
                Err(ImagingError::PermissionDenied(_))
            ));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = decode(&bytes);
            let _ = decode(&[b"\x89PNG\r\n\x1a\n".as_slice(), &bytes].concat());
            let _ = decode(&[b"\xff\xd8\xff".as_slice(), &bytes].concat());
            let _ = decode(&[[0; 128].as_slice(), b"DICM", &bytes].concat());
        }
    }
}
