//! Loads a file of one slice: a path becomes a [`Scan`] or an error.

use std::path::Path;

use super::source::Source;
use super::{FrameFile, ImagingError, Scan, isolated};
use crate::cancel::Cancel;

/// Reads a file of one slice; its format is detected by content, not by name.
///
/// Never waits on a pipe or device, and never reads more than [`MOST_BYTES`](super::MOST_BYTES) or decodes more
/// than [`MOST_PIXELS`](super::MOST_PIXELS). Blocks while it reads. A file of several slices is refused,
/// because no slice represents the others: [`series::open`](super::series::open) reads it.
pub fn load(path: &Path) -> Result<Scan, ImagingError> {
    isolated::load(path)
}

/// The same of an open file, in this process.
pub(super) fn load_here(source: Source, cancel: &Cancel) -> Result<Scan, ImagingError> {
    only_frame(&FrameFile::of_source(source, cancel)?)
}

/// The frame of a file that has no other.
pub(super) fn only_frame(file: &FrameFile) -> Result<Scan, ImagingError> {
    match file.frames() {
        1 => file.decode(0),
        frames => Err(ImagingError::ManySlices {
            path: file.path().to_owned(),
            frames,
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use proptest::prelude::*;

    use super::*;
    use crate::imaging::Header;

    /// Decodes bytes as if read from a file.
    fn decode(bytes: &[u8]) {
        if let Ok(file) = FrameFile::of_bytes(Path::new("file"), bytes.to_vec(), &Cancel::default())
        {
            let _ = file.decode(0);
        }
    }

    #[test]
    fn every_file_that_is_not_a_picture_has_its_own_message() {
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
        let sentences = paths.map(|path| {
            let sentence = load(&path).unwrap_err().to_string();
            assert_eq!(Header::read(&path).unwrap_err().to_string(), sentence);
            sentence
        });
        let sentences = sentences
            .join("\n")
            .replace(&folder.path().display().to_string(), "…");
        insta::assert_snapshot!(sentences, @r"
        …/absent.png: there is no such file; check the path
        …/absent/below.png: there is no such file; check the path
        …/text.png is not a supported image; choose a DICOM, NIfTI, PNG, JPEG, TIFF or BMP file
        …/text.png/below: there is no such file; check the path
        …/empty.png is empty; copy or export it again
        …/huge.dcm is too large (2048 MB); LUNNY reads files of up to 256 MB
        … is a folder, not a file; choose one picture
        ");
    }

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
        fn no_bytes_cause_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            decode(&bytes);
            decode(&[b"\x89PNG\r\n\x1a\n".as_slice(), &bytes].concat());
            decode(&[b"\xff\xd8\xff".as_slice(), &bytes].concat());
            decode(&[[0; 128].as_slice(), b"DICM", &bytes].concat());
        }
    }
}
