use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use lunny::store::{RegistrationField, Role, StoreError};
use zeroize::Zeroizing;

use crate::support::*;

const ADA: &str = "ada@example.org";

#[test]
fn a_registered_account_signs_in_and_finds_itself() {
    let installation = installation();
    let registered = installation
        .store
        .register(&registration(" St.  Mary ", " Ada@Example.org "))
        .unwrap();
    let entered = installation.store.sign_in(ADA, PASSWORD).unwrap();
    assert_eq!(entered.account, registered);
    assert_eq!(entered.account.hospital, "St. Mary");
    assert_eq!(entered.account.email, "Ada@Example.org");
    assert_eq!(entered.account.admin_id, "RT-4471");
    assert_eq!(entered.account.full_name, "Ada Byron");
}

#[test]
fn the_case_of_an_email_does_not_matter_but_the_password_does() {
    let installation = installation();
    installation.enter("St. Mary", ADA);
    assert!(
        installation
            .store
            .sign_in(" ADA@EXAMPLE.ORG", PASSWORD)
            .is_ok()
    );
    assert!(
        installation
            .store
            .sign_in(ADA, &PASSWORD.to_uppercase())
            .is_err()
    );
    assert!(
        installation
            .store
            .sign_in(ADA, &format!("{PASSWORD} "))
            .is_err()
    );
}

#[test]
fn an_email_registers_once_in_any_case() {
    let installation = installation();
    installation.enter("St. Mary", ADA);
    let again = installation
        .store
        .register(&registration("Elsewhere", "ADA@example.ORG"));
    assert!(matches!(again, Err(StoreError::EmailTaken { email }) if email == "ADA@example.ORG"));
    let hospitals: i64 = installation
        .raw()
        .query_row("SELECT count(*) FROM hospital", [], |row| row.get(0))
        .unwrap();
    assert_eq!(hospitals, 1, "a refused registration leaves nothing behind");
}

#[test]
fn spellings_of_one_hospital_are_one_hospital() {
    let installation = installation();
    installation.enter("St. Mary", ADA);
    installation.enter("  st.   MARY ", "bo@example.org");
    installation.enter("Saint Mary", "cy@example.org");
    let hospitals: i64 = installation
        .raw()
        .query_row("SELECT count(*) FROM hospital", [], |row| row.get(0))
        .unwrap();
    assert_eq!(hospitals, 2);
}

#[test]
fn every_wrong_field_of_a_registration_is_named() {
    let installation = installation();
    let long = "x".repeat(10_000);
    type Spoil<'a> = &'a dyn Fn(&mut lunny::store::Registration);
    let cases: [(RegistrationField, Spoil); 8] = [
        (RegistrationField::Hospital, &|r| r.hospital = " ".into()),
        (RegistrationField::Hospital, &|r| r.hospital = long.clone()),
        (RegistrationField::AdminId, &|r| r.admin_id = "a\0b".into()),
        (RegistrationField::FullName, &|r| r.full_name = long.clone()),
        (RegistrationField::FullName, &|r| {
            r.full_name = "\u{1b}[31mAda".into()
        }),
        (RegistrationField::Email, &|r| r.email = "ada".into()),
        (RegistrationField::Password, &|r| {
            r.password = Zeroizing::new("short".into())
        }),
        (RegistrationField::Password, &|r| {
            r.password = Zeroizing::new("ada byron ada byron".into())
        }),
    ];
    for (expected, spoil) in cases {
        let mut form = registration("St. Mary", ADA);
        spoil(&mut form);
        match installation.store.register(&form) {
            Err(StoreError::Invalid { field, message }) => {
                assert_eq!(field, expected);
                assert!(message.ends_with('.') && !message.contains('\u{1b}'));
                assert_eq!(form.problem(field), Some(message));
            }
            other => panic!("{expected:?}: {other:?}"),
        }
    }
}

#[test]
fn an_unknown_email_and_a_wrong_password_get_one_answer() {
    let installation = installation();
    installation.enter("St. Mary", ADA);
    let long = "x".repeat(1_000_000);
    for (email, password) in [
        (ADA, "wrong"),
        (ADA, ""),
        (ADA, long.as_str()),
        ("unknown@example.org", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("", ""),
        (long.as_str(), PASSWORD),
    ] {
        let refused = installation.store.sign_in(email, password).unwrap_err();
        assert!(matches!(refused, StoreError::WrongCredentials));
        assert_eq!(refused.to_string(), "email or password is wrong");
    }
}

#[test]
fn failed_sign_ins_are_recorded_without_what_was_typed() {
    let installation = installation();
    installation.enter("St. Mary", ADA);
    let _ = installation.store.sign_in(ADA, "my other secret words");
    let _ = installation
        .store
        .sign_in("my other secret words", PASSWORD);
    let raw = installation.raw();
    let recorded: Vec<Option<i64>> = raw
        .prepare("SELECT account_id FROM failed_sign_in ORDER BY id")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(recorded, [Some(1), None]);
    let refused: i64 = raw
        .query_row(
            "SELECT count(*) FROM audit WHERE action = 'sign in' AND outcome = 'refused'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(refused, 2);
    raw.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    let bytes = std::fs::read(installation.store.file()).unwrap();
    for secret in ["my other secret words", PASSWORD] {
        assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()));
    }
}

#[test]
fn the_last_sign_in_is_the_one_before() {
    let installation = installation();
    installation
        .store
        .register(&registration("St. Mary", ADA))
        .unwrap();
    let first = installation.store.sign_in(ADA, PASSWORD).unwrap();
    assert_eq!((first.last, first.failed_since), (None, 0));
    let second = installation.store.sign_in(ADA, PASSWORD).unwrap();
    let third = installation.store.sign_in(ADA, PASSWORD).unwrap();
    assert!(second.last.as_ref().is_some_and(|last| last.succeeded));
    assert!(third.last.unwrap().at > second.last.unwrap().at);
}

#[test]
fn a_hash_with_weak_parameters_is_renewed_by_signing_in() {
    let installation = installation();
    installation.enter("St. Mary", ADA);
    let params = Params::new(8 * 1024, 1, 1, None).unwrap();
    let weak: PasswordHash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password(PASSWORD.as_bytes())
        .unwrap();
    let raw = installation.raw();
    let stored = || -> String {
        raw.query_row("SELECT password_hash FROM account", [], |row| row.get(0))
            .unwrap()
    };
    raw.execute("UPDATE account SET password_hash = ?1", [weak.to_string()])
        .unwrap();
    assert!(installation.store.sign_in(ADA, "wrong").is_err());
    assert_eq!(stored(), weak.to_string(), "a failure renews nothing");
    assert!(installation.store.sign_in(ADA, PASSWORD).is_ok());
    let renewed = stored();
    assert!(
        renewed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{renewed}"
    );
    assert!(installation.store.sign_in(ADA, PASSWORD).is_ok());
    assert_eq!(stored(), renewed, "a fresh hash stays");
}

#[test]
fn after_signing_out_access_and_its_clones_are_invalid() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let clone = access.clone();
    let saved = save(&installation.store, &access, "P-1", "Élodie Müller");
    installation.store.sign_out(&access).unwrap();
    let store = &installation.store;
    let choice = lunny::store::PatientChoice::Existing(saved.patient);
    let refusals = [
        store.sign_out(&clone).err(),
        store.accept_terms(&clone, "1").err(),
        store.patient(&clone, saved.patient).err(),
        store.search_patients(&clone, &Default::default()).err(),
        store.next_patient_number(&clone).err(),
        store.save_exam(&clone, &choice, &exam("f", 0.1)).err(),
        store.delete_exam(&clone, saved.exam).err(),
        store.restore_exam(&clone, saved.exam).err(),
        store.recent_folders(&clone).err(),
        store.add_recent_folder(&clone, "/scans".as_ref()).err(),
    ];
    for refusal in refusals {
        assert!(
            matches!(refusal, Some(StoreError::SignedOut)),
            "{refusal:?}"
        );
    }
}

#[test]
fn signing_out_ends_one_session_of_an_account_not_the_other() {
    let installation = installation();
    let first = installation.enter("St. Mary", ADA);
    let second = installation.store.sign_in(ADA, PASSWORD).unwrap().access;
    installation.store.sign_out(&first).unwrap();
    assert!(installation.store.recent_folders(&second).is_ok());
}

#[test]
fn access_to_one_database_is_invalid_in_another() {
    let (here, there) = (installation(), installation());
    let access = here.enter("St. Mary", ADA);
    there.enter("St. Mary", ADA);
    assert!(matches!(
        there.store.recent_folders(&access),
        Err(StoreError::SignedOut)
    ));
}

#[test]
fn printed_access_reveals_nothing() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    assert_eq!(format!("{access:?}"), "Access { .. }");
}

#[test]
fn later_accounts_of_a_hospital_wait_for_its_administrator() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let bo = installation
        .store
        .register(&registration("st. mary", "bo@example.org"))
        .unwrap();
    let entering = || installation.store.sign_in("bo@example.org", PASSWORD);
    let waits = |answer| matches!(answer, Err(StoreError::AwaitingApproval { hospital }) if hospital == "St. Mary");
    assert!(waits(entering()));
    let wrong = installation
        .store
        .sign_in("bo@example.org", "nine loud crows sit");
    assert!(
        matches!(wrong, Err(StoreError::WrongCredentials)),
        "only revealed with the right password"
    );

    let stranger = installation.enter("General Infirmary", "cy@example.org");
    let role = Role::Radiologist;
    let foreign = installation.store.approve_account(&stranger, bo.id, role);
    assert!(matches!(foreign, Err(StoreError::NoSuchAccount)));
    assert!(waits(entering()));

    installation
        .store
        .approve_account(&ada, bo.id, role)
        .unwrap();
    let entered = entering().unwrap();
    assert_eq!(entered.account.role, Role::Radiologist);
    let dee = installation
        .store
        .register(&registration("St. Mary", "dee@example.org"))
        .unwrap();
    let unentitled = installation
        .store
        .approve_account(&entered.access, dee.id, role);
    assert!(matches!(
        unentitled,
        Err(StoreError::NotAllowed {
            role: Role::Administrator
        })
    ));
}
