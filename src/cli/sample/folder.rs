//! Folder of a sample: empty, or with an earlier sample, which is replaced.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context, bail};

use super::truth::{Earlier, FILE_NAME, MAKER, file_name};
use crate::text::scrub;

/// Makes sure that `folder` exists and holds only what this program wrote, and deletes an earlier sample's slices. No
/// other file is ever deleted.
pub(super) fn clear(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display().to_string();
    let shown = scrub(&shown);
    let entries = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(error).with_context(|| format!("cannot read the folder {shown}")),
    };
    if !entries {
        return Ok(());
    }
    let Some(earlier) = earlier(folder) else {
        bail!("{shown} is not empty and not a sample of LUNNY; give a new or an empty folder");
    };
    for exam in &earlier.exams {
        let series = folder.join(&exam.folder);
        for slice in 0..exam.slices {
            remove(&series.join(file_name(slice)))?;
        }
        // Only an empty folder is removed, so files that a user added stay.
        let _ = fs::remove_dir(&series);
    }
    remove(&folder.join(FILE_NAME))
}

/// Files that an earlier run wrote, if its list has the form that this program writes.
fn earlier(folder: &Path) -> Option<Earlier> {
    const MOST_BYTES: u64 = 1 << 20;
    let path = folder.join(FILE_NAME);
    let kept = fs::symlink_metadata(&path).ok()?;
    if !kept.is_file() || kept.len() > MOST_BYTES {
        return None;
    }
    let earlier: Earlier = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let own = earlier.made_by == MAKER
        && earlier.exams.iter().all(|exam| {
            exam.slices <= super::MOST_SLICES as usize
                && exam.folder.len() == 10
                && (exam.folder.bytes()).all(|byte| byte.is_ascii_digit() || byte == b'-')
                && !fs::symlink_metadata(folder.join(&exam.folder))
                    .is_ok_and(|series| series.is_symlink())
        });
    own.then_some(earlier)
}

fn remove(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let shown = path.display().to_string();
            Err(error).with_context(|| format!("cannot replace {}", scrub(&shown)))
        }
        _ => Ok(()),
    }
}
