//! Drafts: unsaved content of a form, stored until it is saved or discarded. Visible only to its account.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::account::instant;
use super::error::Stop;
use super::{Access, PatientId, Store, StoreError, TokenScope};

/// Maximum number of bytes of one draft.
pub const DRAFT_BYTES: usize = 1 << 20;

/// Maximum number of drafts of one account; a new one replaces the oldest.
const MAX_DRAFTS: u32 = 200;
/// Maximum number of characters of a form's name.
const FORM_CHARACTERS: usize = 64;

/// Unsaved content and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// As given to [`Store::save_draft`].
    pub content: String,
    pub kept_at: Timestamp,
}

/// A form that an account did not save, without what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDraft {
    /// As [`Store::save_draft`] was given it.
    pub form: String,
    pub kept_at: Timestamp,
    /// The patient that it is about, with ID and full name; none for a form of a new record.
    pub patient: Option<(PatientId, String, String)>,
}

impl Store {
    /// The forms that this account did not save, the newest first. Those about a deleted record are left out.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn drafts(&self, access: &Access) -> Result<Vec<StoredDraft>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let kept: Vec<StoredDraft> = transaction
                .prepare_cached(
                    "SELECT draft.form, draft.kept_at, patient.id, patient.number, patient.full_name
                     FROM draft LEFT JOIN patient ON patient.id = CASE
                         WHEN draft.form LIKE 'patient %' THEN draft.about
                         WHEN draft.form LIKE 'exam %' THEN (SELECT patient_id FROM exam WHERE exam.id = draft.about)
                         WHEN draft.form LIKE 'nodule %' THEN
                             (SELECT patient_id FROM exam JOIN nodule ON nodule.exam_id = exam.id
                              WHERE nodule.id = draft.about)
                         END AND patient.deleted_at IS NULL
                     WHERE draft.account_id = ?1 AND (draft.about IS NULL OR patient.id IS NOT NULL)
                     ORDER BY draft.kept_at DESC, draft.id DESC",
                )?
                .query_map([access.account], |row| {
                    let id: Option<i64> = row.get(2)?;
                    Ok(StoredDraft {
                        form: row.get(0)?,
                        kept_at: instant(row, 1)?,
                        patient: match id {
                            Some(id) => Some((PatientId(id), row.get(3)?, row.get(4)?)),
                            None => None,
                        },
                    })
                })?
                .collect::<Result<_, _>>()?;
            Ok(kept)
        })
    }

    /// Stores `content` in place of the earlier draft of the same form. After this returns, it survives a killed process.
    ///
    /// `form` names the form. If it is about a record, `about` is that record's id and the first word of the name is the kind of
    /// record: `patient`, `exam` or `nodule`, such as `patient edit`, or `exam nodule` for a new nodule of an exam. A draft is
    /// therefore deleted when its record is finally deleted.
    ///
    /// # Errors
    /// [`StoreError::InvalidDraft`] for more than [`DRAFT_BYTES`] or a form without a valid name,
    /// [`StoreError::NoSuchPatient`], [`StoreError::NoSuchExam`] and [`StoreError::NoSuchNodule`] when it is about a
    /// record of another hospital. A deleted record may still have a draft.
    pub fn save_draft(
        &self,
        access: &Access,
        form: &str,
        about: Option<i64>,
        content: &str,
    ) -> Result<(), StoreError> {
        if content.len() > DRAFT_BYTES {
            return Err(StoreError::InvalidDraft("it is longer than a megabyte"));
        }
        let fits = (1..=FORM_CHARACTERS).contains(&form.chars().count());
        if !fits || form.chars().any(char::is_control) {
            return Err(StoreError::InvalidDraft("its form has no valid name"));
        }
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            if let Some(id) = about {
                require(transaction, access, form, id)?;
            }
            remove(transaction, access, form, about)?;
            transaction
                .prepare_cached(
                    "INSERT INTO draft (account_id, form, about, kept_at, content)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![access.account, form, about, at, content])?;
            transaction
                .prepare_cached(
                    "DELETE FROM draft WHERE account_id = ?1 AND id NOT IN
                         (SELECT id FROM draft WHERE account_id = ?1
                          ORDER BY kept_at DESC, id DESC LIMIT ?2)",
                )?
                .execute(params![access.account, MAX_DRAFTS])?;
            Ok(())
        })
    }

    /// The draft of this account for that form.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn draft(
        &self,
        access: &Access,
        form: &str,
        about: Option<i64>,
    ) -> Result<Option<Draft>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let found = transaction
                .prepare_cached(
                    "SELECT content, kept_at FROM draft
                     WHERE account_id = ?1 AND form = ?2 AND about IS ?3",
                )?
                .query_row(params![access.account, form, about], |row| {
                    Ok(Draft {
                        content: row.get(0)?,
                        kept_at: instant(row, 1)?,
                    })
                })
                .optional()?;
            Ok(found)
        })
    }

    /// Deletes the draft: the form was saved or discarded. A missing draft is not an error.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn discard_draft(
        &self,
        access: &Access,
        form: &str,
        about: Option<i64>,
    ) -> Result<(), StoreError> {
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            remove(transaction, access, form, about)?;
            Ok(())
        })
    }
}

fn remove(
    transaction: &Transaction<'_>,
    access: &Access,
    form: &str,
    about: Option<i64>,
) -> rusqlite::Result<usize> {
    transaction
        .prepare_cached("DELETE FROM draft WHERE account_id = ?1 AND form = ?2 AND about IS ?3")?
        .execute(params![access.account, form, about])
}

/// Fails unless the record that the form is about is this hospital's, deleted or not.
fn require(
    transaction: &Transaction<'_>,
    access: &Access,
    form: &str,
    id: i64,
) -> Result<(), Stop> {
    let (table, missing) = match form.split_whitespace().next() {
        Some("patient") => ("patient", StoreError::NoSuchPatient),
        Some("exam") => ("exam", StoreError::NoSuchExam),
        Some("nodule") => ("nodule", StoreError::NoSuchNodule),
        _ => {
            let fault = "its form does not name the kind of its record";
            return Err(StoreError::InvalidDraft(fault).into());
        }
    };
    let sql = format!("SELECT 1 FROM {table} WHERE id = ?1 AND hospital_id = ?2");
    let exists = transaction
        .prepare_cached(&sql)?
        .exists(params![id, access.hospital])?;
    match exists {
        true => Ok(()),
        false => Err(missing.into()),
    }
}

/// Deletes every account's drafts about one record of this `kind`, as stated by the first word of their forms.
pub(super) fn purge(transaction: &Transaction<'_>, kind: &str, id: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "DELETE FROM draft WHERE about = ?1 AND (form = ?2 OR form LIKE ?2 || ' %')",
        )?
        .execute(params![id, kind])?;
    Ok(())
}
