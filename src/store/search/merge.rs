//! Removal of deleted words from the index. FTS5 marks a row as deleted and drops its words only when the part of the index that
//! contains them is merged with others, which for an old part may never happen.

use super::super::{Store, StoreError};

/// Pages of the index that are written per step while other writers wait: a few megabytes.
const STEP_PAGES: i64 = 500;

impl Store {
    /// Merges the whole index, so that no word of a patient who left it before can be read from the file. Other processes may
    /// write between the steps. Takes as long as writing the index once.
    ///
    /// # Errors
    /// The errors of the database; finished steps stay in effect.
    pub(in crate::store) fn purge_search_index(&self) -> Result<(), StoreError> {
        // A negative number starts a merge of everything, a positive one continues it, so that parts added by others meanwhile do
        // not restart it.
        let mut pages = -STEP_PAGES;
        loop {
            let changed = self.write(|transaction| {
                let before = transaction.total_changes();
                transaction
                    .prepare_cached(
                        "INSERT INTO search_gram (search_gram, rank) VALUES ('merge', ?1)",
                    )?
                    .execute([pages])?;
                Ok(transaction.total_changes() - before)
            })?;
            // A single change is the statement itself: nothing was left to merge.
            if changed < 2 {
                return Ok(());
            }
            pages = STEP_PAGES;
        }
    }
}
