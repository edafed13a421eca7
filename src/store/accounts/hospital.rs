//! Hospitals: finding the one that a typed name means, and approving new ones.
//!
//! Two names are the same hospital if a reader would take them for the same: letters of another script or width that look alike,
//! invisible characters, case, accents and spacing make no difference. Otherwise a stranger could register "St. Mary" with a
//! Cyrillic letter and pass for St. Mary.

use rusqlite::{OptionalExtension, Transaction, params};
use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

use super::account::Account;
use super::owner::Owner;
use super::registration::CheckedRegistration;
use super::role::{AccountStatus, Role, account_status};
use crate::clinical::text;
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::error::Stop;
use crate::store::{AccountId, Store, StoreError};

/// A hospital that a registration names.
pub(in crate::store) struct Named {
    pub id: i64,
    /// True if it still waits for an owner's approval.
    pub waits: bool,
}

/// The hospital that the registration names; created if there is none. A new one waits for approval unless `approved`.
pub(in crate::store) fn named(
    transaction: &Transaction<'_>,
    checked: &CheckedRegistration<'_>,
    approved: bool,
    at: i64,
) -> rusqlite::Result<Named> {
    // An exact match wins: hospitals of an earlier version may look alike.
    let exact = find(transaction, "name_key = ?1", &checked.hospital_key)?;
    if let Some(found) = exact {
        return Ok(found);
    }
    for key in keys(&checked.hospital) {
        let alike = "id = (SELECT min(hospital_id) FROM hospital_key WHERE key = ?1)";
        if let Some(found) = find(transaction, alike, &key)? {
            return Ok(found);
        }
    }
    let standing = match approved {
        true => "active",
        false => "pending",
    };
    let id = transaction
        .prepare_cached(
            "INSERT INTO hospital (name, name_key, created_at, standing) VALUES (?1, ?2, ?3, ?4)",
        )?
        .insert(params![
            checked.hospital,
            checked.hospital_key,
            at,
            standing
        ])?;
    store_keys(transaction, id, &checked.hospital)?;
    let waits = !approved;
    Ok(Named { id, waits })
}

fn find(transaction: &Transaction<'_>, which: &str, key: &str) -> rusqlite::Result<Option<Named>> {
    transaction
        .prepare_cached(&format!(
            "SELECT id, standing = 'pending' FROM hospital WHERE {which}"
        ))?
        .query_row([key], |row| {
            Ok(Named {
                id: row.get(0)?,
                waits: row.get(1)?,
            })
        })
        .optional()
}

/// Stores the keys of every hospital of an earlier version.
pub(in crate::store) fn store_all_keys(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut hospitals = transaction.prepare("SELECT id, name FROM hospital ORDER BY id")?;
    let mut rows = hospitals.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(1)?;
        store_keys(transaction, row.get(0)?, &name)?;
    }
    Ok(())
}

fn store_keys(transaction: &Transaction<'_>, hospital: i64, name: &str) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO hospital_key (key, hospital_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )?;
    for key in keys(name) {
        insert.execute(params![key, hospital])?;
    }
    Ok(())
}

/// The keys under which a name is found: of the name as typed and of its lower case, because letters that look alike as capitals
/// may differ in lower case, and vice versa.
fn keys(name: &str) -> [String; 2] {
    [comparable(name), comparable(&text::key(name))]
}

/// The visual form of a name: the skeleton of Unicode Technical Standard 39, section 4, without case, accents and spaces. `i`
/// counts as `l`, because a capital I looks like a small l.
fn comparable(name: &str) -> String {
    let shape = |text: &str| text::fold(&skeleton(text).collect::<String>());
    // The second pass is for letters that look alike only in lower case.
    let bare = shape(&shape(&name.nfkc().collect::<String>()));
    bare.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if c == 'i' { 'l' } else { c })
        .collect()
}

impl Store {
    /// The accounts that ask for a new hospital: those of hospitals that no owner has approved, refused ones last.
    /// [`Store::approve_hospital`] makes one of them the hospital's administrator.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`], or an error of the database.
    pub fn waiting_hospitals(&self, owner: &Owner) -> Result<Vec<Account>, StoreError> {
        self.read(|transaction| {
            owner.require(transaction)?;
            let sql = format!(
                "SELECT {} FROM account JOIN hospital ON hospital.id = account.hospital_id
                 WHERE hospital.standing = 'pending'
                 ORDER BY account.standing = 'disabled', hospital.id, account.id",
                Account::COLUMNS
            );
            let accounts = transaction
                .prepare_cached(&sql)?
                .query_map([], |row| Account::read(row, 0))?
                .collect::<Result<_, _>>()?;
            Ok(accounts)
        })
    }

    /// Approves the hospital of the waiting account `id`, with that account as its administrator. Other waiting accounts of that
    /// hospital then wait for this administrator.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`]; [`StoreError::NoSuchAccount`] when the hospital of that account does not wait.
    pub fn approve_hospital(&self, owner: &Owner, id: AccountId) -> Result<(), StoreError> {
        self.decide(owner, id, Action::ApproveHospital, |transaction, _| {
            transaction.execute(
                "UPDATE hospital SET standing = 'active'
                 WHERE id = (SELECT hospital_id FROM account WHERE id = ?1)",
                [id.0],
            )?;
            transaction.execute(
                "UPDATE account SET standing = 'active', role = ?2 WHERE id = ?1",
                params![id.0, Role::Administrator.as_str()],
            )?;
            Ok(())
        })
    }

    /// Refuses an account that asks for a new hospital. It becomes disabled; [`Store::approve_hospital`] can still approve it
    /// later.
    ///
    /// # Errors
    /// As [`Store::approve_hospital`]; also [`StoreError::NoSuchAccount`] for an account that was already refused.
    pub fn refuse_hospital(&self, owner: &Owner, id: AccountId) -> Result<(), StoreError> {
        self.decide(owner, id, Action::RefuseHospital, |transaction, found| {
            if found != AccountStatus::Pending {
                return Err(StoreError::NoSuchAccount.into());
            }
            transaction.execute(
                "UPDATE account SET standing = 'disabled' WHERE id = ?1",
                [id.0],
            )?;
            Ok(())
        })
    }

    /// Runs `work` on an account whose hospital waits for approval.
    fn decide(
        &self,
        owner: &Owner,
        id: AccountId,
        action: Action,
        work: impl FnOnce(&Transaction<'_>, AccountStatus) -> Result<(), Stop>,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            owner.require(transaction)?;
            let found = transaction
                .prepare_cached(
                    "SELECT account.standing FROM account
                     JOIN hospital ON hospital.id = account.hospital_id
                     WHERE account.id = ?1 AND hospital.standing = 'pending'",
                )?
                .query_row([id.0], |row| account_status(row, 0))
                .optional()?;
            work(transaction, found.ok_or(StoreError::NoSuchAccount)?)?;
            let (who, object) = (Some(owner.account()), Object::Account(id.0));
            audit::record(transaction, at, who, action, object, Outcome::Done)?;
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        let others = keys(other);
        text::key(one) == text::key(other) || keys(one).iter().any(|key| others.contains(key))
    }

    #[test]
    fn names_that_look_alike_are_the_same_hospital() {
        for variant in [
            "st. alpha",
            "ST. ALPHA",
            "St.\u{a0} Alpha",
            "St.Alpha",
            "St. Alpha\u{200b}",
            "S\u{ad}t. Al\u{200d}pha",
            "Ѕt. Alpha", // Cyrillic Ѕ
            "St. Αlpha", // Greek capital Alpha
            "St. AIpha", // capital I for l
            "St. A1pha",
            "Ｓｔ．　Ａｌｐｈａ", // full width
            "St. Alphá",
            "Ŝt. Alpha",
            "𝐒𝐭. 𝐀𝐥𝐩𝐡𝐚",
        ] {
            assert!(same("St. Alpha", variant), "{variant:?}");
        }
        assert!(same("Клиника Надежда", "КЛИНИКА  НАДЕЖДА"));
        assert!(same("Hôpital Élan", "HOPITAL ELAN"));
        assert!(same("Spital Olten 0", "Spital Olten O"));
    }

    #[test]
    fn other_names_stay_other_hospitals() {
        for (one, other) in [
            ("St. Mary", "St. Maria"),
            ("St. Mary", "General Infirmary"),
            ("Klinik 2", "Klinik 3"),
            ("東京病院", "大阪病院"),
            ("मुंबई अस्पताल", "दिल्ली अस्पताल"),
        ] {
            assert!(!same(one, other), "{one} {other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_name_has_keys_and_is_like_itself(name in proptest::prelude::any::<String>()) {
            proptest::prop_assert!(same(&name, &name));
        }
    }
}
