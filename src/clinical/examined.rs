//! A slice that the network judged: which file it was, and what was found.

use std::borrow::Cow;
use std::path::PathBuf;

use super::assessment::Assessment;

/// One judged slice, as it is kept, shown and reported. Text is as stored: whoever shows it scrubs it.
#[derive(Debug, Clone, PartialEq)]
pub struct ExaminedSlice {
    /// The file that it was read from, UTF-8 or not.
    pub source_path: PathBuf,
    /// SHA-256 of that file, lower-case hexadecimal.
    pub source_sha256: String,
    /// Kind of that file, such as `DICOM`.
    pub format: String,
    /// Columns in pixels.
    pub width: u32,
    /// Rows in pixels.
    pub height: u32,
    pub assessment: Assessment,
    /// How long the network took.
    pub elapsed_ms: u64,
}

impl ExaminedSlice {
    /// The file's name without its folder, with replacement characters where it is not UTF-8.
    pub fn source_name(&self) -> Cow<'_, str> {
        self.source_path
            .file_name()
            .map(|name| name.to_string_lossy())
            .unwrap_or_default()
    }
}
