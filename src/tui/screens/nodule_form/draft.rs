//! Draft of a nodule: its fields, and data that they do not hold.

use serde::{Deserialize, Serialize};

use super::{NoduleForm, fields};
use crate::tui::context::Notice;
use crate::tui::screens::Action;

/// Content of a draft.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Revision of the nodule that is edited.
    revision: Option<u32>,
    earlier_on: Option<String>,
    typed: String,
}

impl NoduleForm {
    /// The form as one text.
    pub(super) fn content(&self) -> String {
        let kept = Kept {
            revision: self.changing.map(|(_, revision)| revision),
            earlier_on: self.earlier_on.map(|day| day.to_string()),
            typed: self.form.content(),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// Restores a draft. Its axes count as typed, unless they equal the measured ones.
    pub(super) fn restore(&mut self, content: &str) -> Vec<Action> {
        let Ok(kept) = serde_json::from_str::<Kept>(content) else {
            return Vec::new();
        };
        self.form.restore(&kept.typed);
        self.earlier_on = kept.earlier_on.and_then(|day| day.parse().ok());
        fields::ask_what_applies(&mut self.form);
        match kept.revision == self.changing.map(|(_, revision)| revision) {
            true => Vec::new(),
            false => vec![Action::Tell(Notice::warning(
                "The nodule was changed after this draft was saved; compare before you save.",
            ))],
        }
    }
}
