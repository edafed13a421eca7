//! Rare cases of the chain: its start in an old database, and the change from one key to the next.

use super::seal::{Chain, SealKey};
use super::{AuditFault, begin_chain};
use crate::store::{Registration, Store};

/// A store with some entries.
fn busy() -> (tempfile::TempDir, Store) {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path()).unwrap();
    let form = Registration {
        hospital: "St. Mary".into(),
        admin_id: "RT-4471".into(),
        full_name: "Ada Byron".into(),
        email: "ada@example.org".into(),
        password: zeroize::Zeroizing::new("seven quiet herons wade".into()),
    };
    store.register(&form).unwrap();
    for _ in 0..3 {
        assert!(store.sign_in("ada@example.org", "wrong").is_err());
    }
    (home, store)
}

/// Runs `sql` as another program would.
fn tamper(store: &Store, sql: &str) {
    let triggers = "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema
                    WHERE type = 'trigger' AND name LIKE 'audit%'";
    store
        .write(|transaction| {
            transaction.pragma_update(None, "defer_foreign_keys", true)?;
            let drop: Option<String> = transaction.query_row(triggers, [], |row| row.get(0))?;
            transaction.execute_batch(&drop.unwrap_or_default())?;
            transaction.execute_batch(sql)?;
            Ok(())
        })
        .unwrap();
}

fn fault(store: &Store) -> Option<AuditFault> {
    store.verify_audit(None).unwrap().fault
}

#[test]
fn a_log_without_seals_is_sealed_once_and_records_it() {
    let (_home, store) = busy();
    tamper(&store, "DELETE FROM audit_seal");
    assert_eq!(fault(&store), Some(AuditFault::Unsealed { seq: 1 }));
    let key = store.audit_key();
    store
        .write(|transaction| Ok(begin_chain(transaction, 5, &key)?))
        .unwrap();
    let found = store.verify_audit(None).unwrap();
    assert_eq!((found.fault, found.entries), (None, 5));
    let last = "SELECT action FROM audit ORDER BY seq DESC LIMIT 1";
    let last: String = store
        .read(|transaction| Ok(transaction.query_row(last, [], |row| row.get(0))?))
        .unwrap();
    assert_eq!(last, "begin chain");
}

/// Writes an entry that is sealed with `key`, as if it were the database's key.
fn write_under(store: &Store, key: &[u8; 32]) {
    store
        .write(|transaction| {
            let chain = Chain::open(transaction)?;
            let insert = "INSERT INTO audit (at, action, outcome) VALUES (9, 'sign in', 'refused')";
            transaction.execute(insert, [])?;
            Ok(chain.seal(transaction, key)?)
        })
        .unwrap();
}

fn verify_under(store: &Store, key: &[u8; 32]) -> super::AuditVerification {
    let key = SealKey::new(key);
    store
        .read(|transaction| Ok(super::verify::walk(transaction, &key, None)?))
        .unwrap()
}

#[test]
fn entries_under_an_earlier_key_are_anchored_by_the_present_one() {
    let (_home, store) = busy();
    let next = [7; 32];
    store.hand_over_audit_log(None, &next).unwrap();
    // Directly after the change, before anything else is written.
    let found = verify_under(&store, &next);
    assert_eq!((found.fault, found.entries, found.anchored), (None, 5, 5));
    write_under(&store, &next);
    let found = verify_under(&store, &next);
    assert_eq!((found.fault, found.entries, found.anchored), (None, 6, 5));

    tamper(&store, "UPDATE audit SET at = 1 WHERE seq = 2");
    let found = verify_under(&store, &next);
    assert_eq!(found.fault, Some(AuditFault::Changed { seq: 2 }));
}

#[test]
fn a_failed_change_of_keys_leaves_the_log_valid() {
    let (_home, store) = busy();
    store.hand_over_audit_log(None, &[7; 32]).unwrap();
    assert!(store.sign_in("ada@example.org", "wrong").is_err());
    store.hand_over_audit_log(None, &[8; 32]).unwrap();
    let found = store.verify_audit(None).unwrap();
    assert_eq!((found.fault, found.anchored), (None, 0));
    assert_eq!(verify_under(&store, &[8; 32]).fault, None);
}

#[test]
fn a_key_without_a_handover_entry_is_detected() {
    let (_home, store) = busy();
    let next = [7; 32];
    assert_eq!(
        verify_under(&store, &next).fault,
        Some(AuditFault::OtherKey { seq: 1 })
    );
    write_under(&store, &next);
    let found = verify_under(&store, &next);
    assert_eq!(found.fault, Some(AuditFault::Broken { seq: 5 }));
    // The earlier key cannot return after it either.
    let found = store.verify_audit(None).unwrap();
    assert_eq!(found.fault, Some(AuditFault::Changed { seq: 5 }));
}

#[test]
fn a_chain_sealed_by_another_program_is_not_continued() {
    let (_home, store) = busy();
    let forger = [9; 32];
    tamper(
        &store,
        "DELETE FROM audit_seal; UPDATE audit SET outcome = 'done' WHERE seq = 3",
    );
    store
        .write(|transaction| {
            let begin = Chain::from_the_start();
            Ok(begin.seal(transaction, &forger)?)
        })
        .unwrap();
    assert_eq!(fault(&store), Some(AuditFault::OtherKey { seq: 1 }));
    assert!(store.sign_in("ada@example.org", "wrong").is_err());
    assert_eq!(fault(&store), Some(AuditFault::Broken { seq: 5 }));
}
