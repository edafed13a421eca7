//! What the index still holds of patients who left it. FTS5 marks a row as deleted and drops its words only when the
//! part of the index that holds them is merged with others, which for an old part may never happen.

use super::super::{Store, StoreError};

/// Pages of the index that are written while everybody else waits: a few megabytes.
const STEP_PAGES: i64 = 500;

impl Store {
    /// Merges all of the index, so that no word of a patient who left it before can be read from the file. Others may
    /// write between the steps. Takes as long as writing the index once.
    ///
    /// # Errors
    /// What the database answers; what was merged by then stays so.
    pub(in crate::store) fn forget_in_search(&self) -> Result<(), StoreError> {
        // A negative number begins a merge of everything, a positive one goes on with it: so parts that others add
        // meanwhile do not begin it anew.
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
            // One change is the statement itself: there was nothing left to merge.
            if changed < 2 {
                return Ok(());
            }
            pages = STEP_PAGES;
        }
    }
}
