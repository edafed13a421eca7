//! Reports as new files: a safe name that is not taken, readable by the owner alone, never incomplete.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::whole_file::{self, Readers};

/// Maximum length of the stem of a file name, in letters of up to four bytes; file systems allow 255 bytes.
const MAX_STEM: usize = 48;
/// Maximum number of reports of one name in a folder.
const MAX_SAME_NAME: u32 = 9_999;

/// Reason why a report was not written to a file.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error("the folder {} could not be created: {source}; choose another one", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("the report could not be written to {}: {source}; free some space or choose another folder", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} contains thousands of reports of that name; move them to another folder", .0.display())]
    Full(PathBuf),
}

/// Writes a new file in `folder`, which is created if missing. The name is made of `stem`, made safe, a number if it is taken,
/// and `extension`, such as `pdf`. Only the owner may read the file and a folder created here. The file is never incomplete.
///
/// # Errors
/// If the folder cannot be created or the file cannot be written.
pub fn save(folder: &Path, stem: &str, ending: &str, bytes: &[u8]) -> Result<PathBuf, SaveError> {
    make_folder(folder)?;
    let path = reserve(folder, stem, ending)?;
    if let Err(source) = whole_file::write(&path, bytes, Readers::Owner) {
        let _ = fs::remove_file(&path);
        return Err(SaveError::Write { path, source });
    }
    Ok(path)
}

/// Creates the folder if it is missing, for its owner only.
///
/// # Errors
/// [`SaveError::Folder`].
pub fn make_folder(folder: &Path) -> Result<(), SaveError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| SaveError::Folder {
        path: folder.to_owned(),
        source,
    })
}

/// Creates a new, empty file that only its owner can read.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Reserves the first free name made of `stem`, made safe, so that two writers never share one: an empty file stays there until
/// [`whole_file`] writes the content.
///
/// # Errors
/// If no file can be created there, or the folder contains thousands of that name.
pub fn reserve(folder: &Path, stem: &str, extension: &str) -> Result<PathBuf, SaveError> {
    let stem = safe(stem);
    for number in 1..=MAX_SAME_NAME {
        let path = folder.join(match number {
            1 => format!("{stem}.{extension}"),
            _ => format!("{stem}-{number}.{extension}"),
        });
        match create(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(SaveError::Write { path, source }),
        }
    }
    Err(SaveError::Full(folder.to_owned()))
}

/// A file name of letters, digits, `-` and `_` only.
fn safe(stem: &str) -> String {
    let letters = stem.chars().map(|letter| match letter {
        letter if letter.is_alphanumeric() || letter == '_' => letter,
        _ => '-',
    });
    let name: String = letters.take(MAX_STEM).collect();
    match name.trim_matches('-') {
        "" => "report".into(),
        name => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_stem_stays_in_the_folder() {
        assert_eq!(safe("../../etc/passwd"), "etc-passwd");
        assert_eq!(safe("P-0042 Ćwiąkała\u{202e}\0\n"), "P-0042-Ćwiąkała");
        assert_eq!(safe(""), "report");
        assert_eq!(safe("..."), "report");
        assert_eq!(safe(&"肺".repeat(500)).chars().count(), MAX_STEM);
    }

    #[test]
    fn the_same_name_twice_makes_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("reports/2026");
        let first = save(&below, "P-1", "txt", b"first").unwrap();
        let second = save(&below, "P-1", "txt", b"second").unwrap();
        assert_eq!(first, below.join("P-1.txt"));
        assert_eq!(second, below.join("P-1-2.txt"));
        assert_eq!(fs::read_to_string(first).unwrap(), "first");
        assert_eq!(fs::read_to_string(second).unwrap(), "second");
        save(&below, &"𠀀".repeat(500), "pdf", b"long").unwrap();
        // No temporary file is left.
        assert_eq!(fs::read_dir(&below).unwrap().count(), 3);
    }

    #[test]
    fn only_the_owner_may_read_a_saved_report() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("reports");
        let path = save(&below, "P-1", "txt", b"text").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&below), 0o700);
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn a_folder_that_cannot_be_created_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = save(&file.join("below"), "P-1", "txt", b"text").unwrap_err();
        assert!(matches!(&error, SaveError::Folder { path, .. } if path.ends_with("below")));
    }
}
