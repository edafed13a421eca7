//! Photo of a patient in the form: the stored one, and the one that will replace it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::imaging::photo::Photo;
use crate::text::{file_size, scrub};
use crate::tui::context::Context;
use crate::tui::worker::patients::KeptPhoto;

/// Value instead of a path: the stored photo is removed. Paths of files are absolute, so none equals it.
pub(super) const REMOVED: &str = "none";

/// State of both photos. The chosen file is a value of the form, by its path.
#[derive(Debug, Clone, Default)]
pub struct PhotoField {
    pub kept: Option<KeptPhoto>,
    read: Option<(PathBuf, Arc<Photo>)>,
    /// File that is being read.
    asked: Option<PathBuf>,
}

impl PhotoField {
    /// Photo that was read from the chosen file.
    pub fn chosen(&self, path: &str) -> Option<Arc<Photo>> {
        let (read, photo) = self.read.as_ref()?;
        (!path.is_empty() && read == Path::new(path)).then(|| Arc::clone(photo))
    }

    /// True if the chosen file is not read yet.
    pub fn waits_for(&self, path: &str) -> bool {
        !matches!(path, "" | REMOVED) && self.chosen(path).is_none()
    }

    /// File to read now, if any; each is returned once.
    pub fn to_read(&mut self, path: &str) -> Option<PathBuf> {
        if !self.waits_for(path) || self.asked.as_deref() == Some(Path::new(path)) {
            return None;
        }
        self.asked = Some(PathBuf::from(path));
        self.asked.clone()
    }

    /// Stores the photo of a file, until the record is saved.
    pub fn was_read(&mut self, path: PathBuf, photo: Arc<Photo>) {
        self.read = Some((path, photo));
        self.asked = None;
    }

    /// The file is no photo: it may be chosen again.
    pub fn was_refused(&mut self) {
        self.asked = None;
    }

    /// True if the record has a photo after saving.
    pub fn is_there(&self, path: &str) -> bool {
        match path {
            REMOVED => false,
            path => !path.is_empty() || self.kept.is_some(),
        }
    }

    /// New value in place of `path` when the user wants no photo: the choice is undone, and without one the stored
    /// photo is to be removed.
    pub fn without(&self, path: &str) -> &'static str {
        match path {
            "" | REMOVED if self.kept.is_some() => REMOVED,
            _ => "",
        }
    }

    /// Short text about the photo for the chosen path; empty if there is no photo.
    pub fn words(&self, path: &str, context: &Context<'_>) -> String {
        if path == REMOVED {
            return "removed when you save".to_owned();
        }
        if !path.is_empty() {
            let name = Path::new(path).file_name().unwrap_or_default();
            let name = scrub(&name.to_string_lossy()).into_owned();
            return match self.chosen(path) {
                Some(photo) => format!(
                    "{name}, {} × {}, {}; stored when you save",
                    photo.width,
                    photo.height,
                    file_size(photo.bytes.len() as u64),
                ),
                None => format!("reading {name} …"),
            };
        }
        self.kept.as_ref().map_or(String::new(), |kept| {
            let day = context.moment.local(kept.kept_at).date();
            format!("photo of {day}, {}", file_size(kept.bytes))
        })
    }
}
