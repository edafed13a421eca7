//! The audit log: access to it, and detection of changes by another program.

mod viewing;

use std::fs;

use jiff::{Timestamp, ToSpan};
use lunny::store::{
    Access, AuditExportError, AuditFault, AuditHead, AuditOutcome, AuditPlace, AuditQuery,
    AuditSpan, HEAD_FILE_NAME, Role, Store, StoreError,
};
use rusqlite::Connection;

use crate::support::{Installation, PASSWORD, installation, save};

/// A hospital with a dozen entries.
fn busy() -> (Installation, Access) {
    let installation = installation();
    let access = installation.enter("St. Mary", "ada@example.org");
    for number in ["P-1", "P-2", "P-3"] {
        let saved = save(&installation.store, &access, number, "Grace Hopper");
        installation.store.patient(&access, saved.patient).unwrap();
    }
    (installation, access)
}

/// The database without the triggers that protect the log, as opened by a program that has the key.
fn unguarded(installation: &Installation) -> Connection {
    let raw = installation.raw();
    raw.pragma_update(None, "foreign_keys", false).unwrap();
    let triggers: Vec<String> = raw
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'audit%'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(triggers.len() >= 8);
    for name in triggers {
        raw.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    raw
}

/// The fault that verification finds after running `sql`.
fn after(installation: &Installation, sql: &str) -> Option<AuditFault> {
    unguarded(installation).execute_batch(sql).unwrap();
    fault(&installation.store)
}

fn fault(store: &Store) -> Option<AuditFault> {
    store.verify_audit(None).unwrap().fault
}

fn last(installation: &Installation) -> i64 {
    let max = "SELECT max(seq) FROM audit";
    installation
        .raw()
        .query_row(max, [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_log_written_only_by_lunny_is_sound() {
    let (installation, _) = busy();
    let found = installation.store.verify_audit(None).unwrap();
    assert_eq!(found.fault, None);
    assert_eq!(found.anchored, 0);
    assert_eq!(found.entries, last(&installation) as u64);
    assert_eq!(found.head.map(|head| head.seq), Some(last(&installation)));
}

#[test]
fn a_changed_entry_is_found_for_every_column() {
    for change in [
        "at = at + 1",
        "account_id = NULL",
        "action = 'view reading'",
        "object_id = object_id + 1",
        "outcome = 'refused'",
        "hospital_id = NULL",
        "object_kind = NULL, object_id = NULL",
    ] {
        let (installation, _) = busy();
        let found = after(
            &installation,
            &format!("UPDATE audit SET {change} WHERE seq = 4"),
        );
        assert_eq!(found, Some(AuditFault::Changed { seq: 4 }), "{change}");
    }
}

#[test]
fn a_changed_seal_is_found() {
    for (change, fault) in [
        ("hash = randomblob(32)", AuditFault::SealChanged { seq: 4 }),
        ("mac = randomblob(32)", AuditFault::Forged { seq: 4 }),
        ("key_id = randomblob(8)", AuditFault::Forged { seq: 4 }),
    ] {
        let (installation, _) = busy();
        let found = after(
            &installation,
            &format!("UPDATE audit_seal SET {change} WHERE seq = 4"),
        );
        assert_eq!(found, Some(fault), "{change}");
    }
}

#[test]
fn an_entry_removed_from_the_middle_is_reported() {
    let (installation, _) = busy();
    let sql = "DELETE FROM audit WHERE seq = 5; DELETE FROM audit_seal WHERE seq = 5";
    assert_eq!(
        after(&installation, sql),
        Some(AuditFault::Missing { seq: 5 })
    );
}

#[test]
fn an_entry_without_a_seal_is_found_and_never_sealed_afterwards() {
    let (installation, access) = busy();
    let next = last(&installation) + 1;
    let sql = "INSERT INTO audit (at, account_id, action, outcome, hospital_id)
               VALUES (1700000900000000, 1, 'view patient', 'done', 1)";
    assert_eq!(
        after(&installation, sql),
        Some(AuditFault::Unsealed { seq: next })
    );
    installation.store.accept_terms(&access, "1").unwrap();
    assert_eq!(
        fault(&installation.store),
        Some(AuditFault::Unsealed { seq: next })
    );
    let (installation, _) = busy();
    let found = after(&installation, "DELETE FROM audit_seal WHERE seq = 3");
    assert_eq!(found, Some(AuditFault::Unsealed { seq: 3 }));
}

#[test]
fn entries_that_changed_places_are_found() {
    let (installation, _) = busy();
    let sql = "UPDATE audit SET seq = 1000 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5;
               UPDATE audit SET seq = 5 WHERE seq = 1000";
    assert_eq!(
        after(&installation, sql),
        Some(AuditFault::Changed { seq: 4 })
    );
    let (installation, _) = busy();
    let with_seals = format!("{sql}; {}", sql.replace("audit ", "audit_seal "));
    assert_eq!(
        after(&installation, &with_seals),
        Some(AuditFault::Changed { seq: 4 })
    );
}

#[test]
fn a_cut_end_is_found_by_the_database_s_own_count() {
    let (installation, _) = busy();
    let end = last(&installation);
    let sql = format!(
        "DELETE FROM audit WHERE seq > {0}; DELETE FROM audit_seal WHERE seq > {0}",
        end - 3
    );
    let cut = AuditFault::Cut {
        seq: end - 2,
        last: end,
    };
    assert_eq!(after(&installation, &sql), Some(cut));
    let (installation, _) = busy();
    let without_seals = format!("DELETE FROM audit WHERE seq > {}", end - 3);
    assert_eq!(after(&installation, &without_seals), Some(cut));
}

#[test]
fn a_cut_end_whose_count_was_set_back_is_found_by_a_stored_head() {
    let (installation, access) = busy();
    fs::remove_file(installation.home.path().join(HEAD_FILE_NAME)).unwrap();
    let kept = installation.store.audit_head(&access).unwrap();
    let end = last(&installation);
    let sql = format!(
        "DELETE FROM audit WHERE seq > {0}; DELETE FROM audit_seal WHERE seq > {0};
         UPDATE sqlite_sequence SET seq = {0} WHERE name = 'audit'",
        end - 2
    );
    assert_eq!(after(&installation, &sql), None);
    let against = |head: &AuditHead| installation.store.verify_audit(Some(head)).unwrap().fault;
    assert_eq!(
        against(&kept),
        Some(AuditFault::Cut {
            seq: end - 1,
            last: end
        })
    );
    // The log grows past that entry again.
    for version in ["1", "2", "3"] {
        installation.store.accept_terms(&access, version).unwrap();
    }
    assert_eq!(fault(&installation.store), None);
    assert_eq!(against(&kept), Some(AuditFault::OtherHead { seq: end }));
    let bare = AuditHead {
        mac: None,
        key_id: None,
        ..kept
    };
    assert_eq!(against(&bare), Some(AuditFault::OtherHead { seq: end }));
}

#[test]
fn a_changed_stored_head_is_found() {
    let (installation, access) = busy();
    let mut kept = installation.store.audit_head(&access).unwrap();
    let against = |head: &AuditHead| installation.store.verify_audit(Some(head)).unwrap().fault;
    installation.store.accept_terms(&access, "1").unwrap();
    assert_eq!(against(&kept), None);
    kept.hash[0] ^= 1;
    assert_eq!(
        against(&kept),
        Some(AuditFault::HeadChanged { seq: kept.seq })
    );
}

#[test]
fn a_count_that_was_set_back_is_found() {
    let (installation, _) = busy();
    let found = after(
        &installation,
        "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'audit'",
    );
    assert_eq!(
        found,
        Some(AuditFault::Counter {
            seq: last(&installation)
        })
    );
}

#[test]
fn a_seal_made_without_the_key_is_found_and_work_goes_on() {
    let (installation, access) = busy();
    let next = last(&installation) + 1;
    // Hashes can be made without the key; this one does not even fit.
    let sql = format!(
        "INSERT INTO audit (at, account_id, action, outcome, hospital_id)
         VALUES (1700000900000000, 1, 'view patient', 'done', 1);
         INSERT INTO audit_seal SELECT {next}, randomblob(32), mac, key_id FROM audit_seal WHERE seq = 1"
    );
    assert_eq!(
        after(&installation, &sql),
        Some(AuditFault::SealChanged { seq: next })
    );
    installation.store.accept_terms(&access, "1").unwrap();
    assert_eq!(
        fault(&installation.store),
        Some(AuditFault::SealChanged { seq: next })
    );
}

#[test]
fn a_log_that_was_started_again_from_empty_is_found() {
    let (installation, access) = busy();
    let sql = "DELETE FROM audit; DELETE FROM audit_seal;
               DELETE FROM sqlite_sequence WHERE name = 'audit'";
    assert_eq!(after(&installation, sql), Some(AuditFault::Restarted));
    installation.store.accept_terms(&access, "1").unwrap();
    assert_eq!(fault(&installation.store), Some(AuditFault::Restarted));
}

#[test]
fn the_tables_of_the_log_refuse_to_be_changed() {
    let (installation, _) = busy();
    let raw = installation.raw();
    for sql in [
        "UPDATE audit SET at = 1 WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 1",
        "INSERT OR REPLACE INTO audit (seq, at, action, outcome) VALUES (1, 1, 'register', 'done')",
        "UPDATE audit_seal SET mac = randomblob(32)",
        "DELETE FROM audit_seal",
        "INSERT OR REPLACE INTO audit_seal VALUES (1, randomblob(32), randomblob(32), randomblob(8))",
    ] {
        let refused = raw.execute_batch(sql).unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    assert_eq!(fault(&installation.store), None);
}

#[test]
fn verifying_the_log_is_recorded() {
    let (installation, ada) = busy();
    assert_eq!(
        installation
            .store
            .verify_audit_as(&ada, None)
            .unwrap()
            .fault,
        None
    );
    unguarded(&installation)
        .execute_batch("UPDATE audit SET at = 1 WHERE seq = 2")
        .unwrap();
    let found = installation.store.verify_audit_as(&ada, None).unwrap();
    assert_eq!(found.fault, Some(AuditFault::Changed { seq: 2 }));
    let query = AuditQuery {
        action: "verify".into(),
        ..AuditQuery::default()
    };
    let entries = installation
        .store
        .audit_entries(&ada, &query)
        .unwrap()
        .entries;
    let refused: Vec<bool> = entries.iter().map(|entry| entry.refused).collect();
    assert_eq!(refused, [true, false]);
}
