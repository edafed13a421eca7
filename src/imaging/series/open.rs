//! From a path to its series: find files, inspect each, group them into series, order these.

use std::path::{Path, PathBuf};

use super::assemble::assemble;
use super::candidate::counted;
use super::find::{DEEPEST, Found, find};
use super::inspected::{Holder, Inspected, Tell};
use super::natural::by_name;
use super::{MOST_FILES, Series};
use crate::cancel::Cancel;
use crate::imaging::inspection::Inspection;
use crate::imaging::{ImagingError, isolated};

/// Every series in a file, a folder, a DICOMDIR or a zip archive, the one with most slices first; at least one.
///
/// Only headers are read, several in parallel; no pixel is decoded.
///
/// - A **file** is a series of all its frames (several, where they lie in different planes). Its neighbours are not
///   looked at.
/// - A **folder** is looked through with all folders below it, whatever the files are called; hidden files are passed
///   over, links followed, circles noticed. At most [`MOST_FILES`] files.
/// - A **DICOMDIR**, by its name or its SOP class, stands for the files that it lists, and for its folder when none of them
///   is there or records are missing. In a folder it says which files are missing.
/// - An **archive**, by itself or in a folder, stands for the files in it.
///
/// DICOM slices belong together by SeriesInstanceUID, and within it by size, spacing, orientation and frame of
/// reference. Pictures that say nothing of themselves (PNG, JPEG, TIFF, BMP) belong together when they have one
/// format and one size and lie in one folder, in the order of their names with numbers counted as numbers (`2.png`
/// before `10.png`): so viewers export the slices of a series. A NIfTI volume is a series of its own.
/// Localizers are left out where there is anything else. What is unusual is in [`Series::remarks`]; what concerns
/// the folder as a whole, with the first series.
///
/// Reports to `progress`, from any thread. A file that is no picture is passed over in a folder and is an
/// error by itself. Errors: what [`Header::read`](crate::imaging::Header::read) says of a file; that a folder holds no
/// picture, or what is wrong with the first file in it where nothing else was found; that it was cancelled
/// ([`ImagingError::Cancelled`]).
pub fn open(path: &Path, cancel: &Cancel, progress: Tell<'_>) -> Result<Vec<Series>, ImagingError> {
    let mut found = find(path, cancel, progress)?;
    let mut looked = Inspected::at(&found.files, cancel, progress)?;
    let folder = folder_of_bare_directory(path, &looked);
    if let Some(folder) = &folder {
        found = find(folder, cancel, progress)?;
        looked = Inspected::at(&found.files, cancel, progress)?;
    }
    let mut remarks = Vec::new();
    for holder in std::mem::take(&mut looked.holders) {
        let files = match holder {
            Holder::Directory {
                path: list,
                files,
                whole,
            } => {
                remarks.extend(missing(&files));
                remarks.extend((!whole).then(|| cut_short(&list)));
                // The files of a list within a folder were found with the folder.
                let alone = list == path && folder.is_none();
                let present = files.into_iter().filter(|file| alone && file.is_file());
                present.collect()
            }
            Holder::Archive(files) => in_order(files),
        };
        looked.extend(Inspected::at(&files, cancel, progress)?);
    }
    remarks.extend(beyond(&found));
    if looked.candidates.is_empty() {
        return Err(looked.refusal(path));
    }
    remarks.extend(looked.remarks());
    let lost = looked.lost();
    let mut all = assemble(looked.candidates, remarks);
    if let Some(first) = all.first_mut() {
        first.lost = lost;
    }
    Ok(all)
}

/// True if `path` holds more than one slice, as far as its beginning says: a folder, a DICOMDIR, an archive, a file of
/// many frames.
pub fn holds_many(path: &Path) -> bool {
    path.is_dir()
        || match isolated::inspect(path, &Cancel::default()) {
            Ok(Inspection::Picture(header)) => header.frames.len() > 1,
            Ok(Inspection::Directory(_) | Inspection::Archive(_)) => true,
            Err(_) => false,
        }
}

/// The folder of a DICOMDIR that was opened by itself and does not name its files: records are missing, or none of the files
/// is there.
fn folder_of_bare_directory(path: &Path, looked: &Inspected) -> Option<PathBuf> {
    let [
        Holder::Directory {
            path: list,
            files,
            whole,
        },
    ] = looked.holders.as_slice()
    else {
        return None;
    };
    if list != path || (*whole && files.iter().any(|file| file.is_file())) {
        return None;
    }
    let folder = path.parent()?;
    // A bare name has a parent without a name.
    let is_here = folder.as_os_str().is_empty();
    Some(if is_here { Path::new(".") } else { folder }.to_owned())
}

/// A remark on a DICOMDIR that does not name all its files.
fn cut_short(list: &Path) -> String {
    format!(
        "the DICOMDIR is cut short or damaged, so all files of its folder were read: {}",
        list.display()
    )
}

/// Files of an archive as a folder's are ordered.
fn in_order(mut files: Vec<PathBuf>) -> Vec<PathBuf> {
    files.sort_by(|one, other| by_name(one, other));
    files
}

/// A remark on missing files that a DICOMDIR lists.
fn missing(listed: &[PathBuf]) -> Option<String> {
    let mut missing = listed.iter().filter(|file| !file.is_file());
    let first = missing.next()?;
    Some(format!(
        "{} not there: {}",
        counted(
            missing.count() + 1,
            "file that the DICOMDIR lists is",
            "files that the DICOMDIR lists are"
        ),
        first.display()
    ))
}

/// Remarks on what a walk did not reach.
fn beyond(found: &Found) -> Vec<String> {
    let mut remarks = Vec::new();
    if found.cut {
        remarks.push(format!("only the first {MOST_FILES} files were looked at"));
    }
    if found.too_deep {
        remarks.push(format!(
            "folders more than {DEEPEST} deep were not looked into"
        ));
    }
    if let Some(first) = found.closed.first() {
        remarks.push(format!(
            "{} be read: {}",
            counted(found.closed.len(), "folder could not", "folders could not"),
            first.display()
        ));
    }
    remarks
}
