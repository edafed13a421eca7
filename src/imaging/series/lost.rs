//! Sentences on files and slices that were not read.

use super::Series;
use super::candidate::counted;
use crate::imaging::ImagingError;

/// Number of files that are named.
const NAMED: usize = 3;

impl Series {
    /// A sentence on slices that could not be read, by their index, with the reasons; `None` if there are none.
    pub fn not_read(&self, failed: &[(usize, impl ToString)]) -> Option<String> {
        let first = failed.first()?.1.to_string();
        let numbers: Vec<String> = (failed.iter().take(NAMED))
            .map(|(index, _)| (index + 1).to_string())
            .collect();
        let numbers = numbers.join(", ");
        Some(match failed.len() {
            1 => format!("slice {numbers} could not be read: {first}"),
            all => format!(
                "{all} slices could not be read, number {numbers}{}, the first: {first}",
                if all > NAMED { ", …" } else { "" }
            ),
        })
    }
}

/// A sentence on files that could not be read; `None` if there are none.
pub(super) fn not_read(errors: &[ImagingError]) -> Option<String> {
    let (first, others) = errors.split_first()?;
    let name = |error: &ImagingError| {
        let name = error.path().and_then(|path| path.file_name());
        name.map(|name| name.to_string_lossy().into_owned())
    };
    let named: Vec<String> = others.iter().filter_map(name).take(NAMED - 1).collect();
    let more = others.len() - named.len();
    let mut sentence = format!(
        "{} be read: {first}",
        counted(errors.len(), "file could not", "files could not")
    );
    if !others.is_empty() {
        sentence.push_str("; also ");
        sentence.push_str(&named.join(", "));
    }
    if more > 0 {
        let and = if named.is_empty() { "" } else { " and " };
        sentence.push_str(&format!("{and}{more} more"));
    }
    Some(sentence)
}
