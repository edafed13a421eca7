//! The rights over the whole installation: holders, appointment, and limits of other users.

use std::fs;

use lunny::store::{
    Access, AccountId, AccountStatus, AuditFault, KeySource, NewKey, Owner, Present, Restoring,
    Role, Store, StoreError,
};

use super::opening::of_version;
use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";
const EVE: &str = "eve@example.org";

/// Ada, who owns the installation and has a patient, and Eve, who is the administrator of the Evil Clinic.
fn with_eve() -> (Installation, Access, Access) {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    save(&installation.store, &ada, "P-1", "Élodie Müller");
    let eve = installation.enter("Evil Clinic", EVE);
    (installation, ada, eve)
}

fn is_not_owner<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::NotOwner))
}

fn id(installation: &Installation, email: &str) -> AccountId {
    let id =
        installation
            .raw()
            .query_row("SELECT id FROM account WHERE email = ?1", [email], |row| {
                row.get(0)
            });
    AccountId(id.unwrap())
}

fn emails(accounts: &[lunny::store::Account]) -> Vec<&str> {
    accounts
        .iter()
        .map(|account| account.email.as_str())
        .collect()
}

#[test]
fn only_the_first_account_of_an_installation_owns_it() {
    let installation = installation();
    let register = |hospital, email| {
        let form = registration(hospital, email);
        installation.store.register(&form).unwrap()
    };
    let ada = register("St. Mary", ADA);
    assert_eq!(
        (ada.owner, ada.role, ada.standing),
        (true, Role::Administrator, AccountStatus::Active)
    );
    let bo = register("St. Mary", BO);
    let eve = register("Evil Clinic", EVE);
    for (account, waits) in [(bo, false), (eve, true)] {
        assert_eq!(
            (account.owner, account.role, account.standing),
            (false, Role::Technician, AccountStatus::Pending)
        );
        assert_eq!(account.hospital_waits, waits);
    }
    let owners = installation.store.owners(&installation.owner()).unwrap();
    assert_eq!(emails(&owners), [ADA]);
}

#[test]
fn a_new_hospital_waits_for_an_owner_who_approves_or_refuses_it() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let owner = installation.store.as_owner(&ada).unwrap();
    let register = |email| {
        let form = registration("Evil Clinic", email);
        installation.store.register(&form).unwrap().id
    };
    let (eve, mallory) = (register(EVE), register("mallory@example.org"));
    let refused = installation.store.sign_in(EVE, PASSWORD);
    assert!(
        matches!(&refused, Err(StoreError::HospitalAwaitsApproval { hospital }) if hospital == "Evil Clinic"),
        "{refused:?}"
    );
    let waiting = installation.store.waiting_hospitals(&owner).unwrap();
    assert_eq!(emails(&waiting), [EVE, "mallory@example.org"]);
    // An administrator of another hospital cannot approve them.
    let answer = installation
        .store
        .approve_account(&ada, eve, Role::Technician);
    assert!(matches!(answer, Err(StoreError::NoSuchAccount)));

    installation.store.refuse_hospital(&owner, eve).unwrap();
    assert!(matches!(
        installation.store.sign_in(EVE, PASSWORD),
        Err(StoreError::AccountDisabled)
    ));
    let again = installation.store.refuse_hospital(&owner, eve);
    assert!(matches!(again, Err(StoreError::NoSuchAccount)));
    installation
        .store
        .approve_hospital(&owner, mallory)
        .unwrap();
    let entered = installation
        .store
        .sign_in("mallory@example.org", PASSWORD)
        .unwrap();
    assert_eq!(
        (entered.account.role, entered.account.owner),
        (Role::Administrator, false)
    );
    assert!(
        installation
            .store
            .waiting_hospitals(&owner)
            .unwrap()
            .is_empty()
    );
    let answer = installation.store.approve_hospital(&owner, eve);
    assert!(
        matches!(answer, Err(StoreError::NoSuchAccount)),
        "it is already approved"
    );
    for action in ["refuse hospital", "approve hospital"] {
        assert_eq!(installation.logged(action, "done"), 1, "{action}");
    }
}

#[test]
fn with_open_registration_a_new_hospital_is_approved_at_once_and_its_administrator_is_not_an_owner()
{
    let installation = installation();
    installation.enter("St. Mary", ADA);
    let open = installation.store.clone().with_open_registration(true);
    let eve = open.register(&registration("Evil Clinic", EVE)).unwrap();
    assert_eq!(
        (eve.role, eve.standing, eve.owner, eve.hospital_waits),
        (Role::Administrator, AccountStatus::Active, false, false)
    );
    let later = open.register(&registration("Evil Clinic", BO)).unwrap();
    assert_eq!(later.standing, AccountStatus::Pending);
    let access = installation.store.sign_in(EVE, PASSWORD).unwrap().access;
    assert!(is_not_owner(&installation.store.as_owner(&access)));
}

#[test]
fn a_name_that_looks_like_a_hospital_s_means_that_hospital() {
    let installation = installation();
    installation.enter("St. Alpha", ADA);
    let open = installation.store.clone().with_open_registration(true);
    for (n, name) in [
        "St. Alpha\u{200b}",
        "Ѕt. Alpha",
        "ST. ÁLPHA",
        "St.Alpha",
        "St. AIpha",
    ]
    .into_iter()
    .enumerate()
    {
        let form = registration(name, &format!("eve{n}@example.org"));
        let account = open.register(&form).unwrap();
        assert_eq!(
            (account.hospital.as_str(), account.standing),
            ("St. Alpha", AccountStatus::Pending),
            "{name:?}"
        );
    }
}

#[test]
fn an_administrator_of_another_hospital_has_no_right_over_the_installation() {
    let (installation, ada, eve) = with_eve();
    let store = &installation.store;
    assert!(is_not_owner(&store.as_owner(&eve)));
    assert_eq!(installation.logged("act as owner", "refused"), 1);
    assert_eq!(names(store, &eve, ""), Vec::<String>::new());
    let ada_id = id(&installation, ADA);
    let refusals = [
        store.issue_reset_code(&eve, ada_id).err(),
        store.remove_second_factor_of(&eve, ada_id).err(),
        store.disable_account(&eve, ada_id).err(),
        store.change_role(&eve, ada_id, Role::Technician).err(),
    ];
    for refusal in refusals {
        assert!(
            matches!(refusal, Some(StoreError::NoSuchAccount)),
            "{refusal:?}"
        );
    }
    assert_eq!(names(store, &ada, ""), ["Élodie Müller"]);
}

#[test]
fn a_withdrawn_right_is_invalid() {
    let (installation, ada, eve) = with_eve();
    let store = &installation.store;
    let owner = store.as_owner(&ada).unwrap();
    store.appoint_owner(&owner, EVE).unwrap();
    let eve_owns = store.as_owner(&eve).unwrap();
    store.withdraw_owner(&owner, EVE).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("eve.backup");
    assert!(is_not_owner(&store.back_up(&eve_owns, &target, false)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(is_not_owner(&store.owners(&eve_owns)));
    assert!(is_not_owner(&store.waiting_hospitals(&eve_owns)));
    assert!(is_not_owner(&store.appoint_owner(&eve_owns, EVE)));
    assert!(is_not_owner(&store.withdraw_owner(&eve_owns, ADA)));
    let eve_id = id(&installation, EVE);
    assert!(is_not_owner(&store.approve_hospital(&eve_owns, eve_id)));
    let Installation { home, store, .. } = installation;
    let key = fs::read(home.path().join("lunny.key")).unwrap();
    assert!(is_not_owner(&store.rotate_key(&eve_owns, &NewKey::File)));
    assert_eq!(fs::read(home.path().join("lunny.key")).unwrap(), key);
}

#[test]
fn a_stranger_cannot_restore_any_backup() {
    let (installation, ada, eve) = with_eve();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("monday.backup");
    let owner = installation.store.as_owner(&ada).unwrap();
    installation.store.back_up(&owner, &file, false).unwrap();
    installation.store.appoint_owner(&owner, EVE).unwrap();
    let eve_owns = installation.store.as_owner(&eve).unwrap();
    installation.store.withdraw_owner(&owner, EVE).unwrap();
    save(&installation.store, &ada, "P-2", "Later");
    // Eve's own installation, which she owns.
    let elsewhere = crate::support::installation();
    elsewhere.enter("Evil Clinic", EVE);
    let foreign = folder.path().join("foreign.backup");
    (elsewhere.store.back_up(&elsewhere.owner(), &foreign, false)).unwrap();
    let foreign_key = elsewhere.home.path().join("lunny.key");

    let Installation { home, store, .. } = installation;
    drop(store);
    let source = KeySource::default();
    for (backup, key_file) in [(&file, None), (&foreign, Some(foreign_key.as_path()))] {
        let records = || Present::Records(Store::open(home.path()).unwrap(), eve_owns.clone());
        let begin =
            |present: &Present| Restoring::begin(home.path(), present, backup, key_file, &source);
        assert!(is_not_owner(&begin(&records())));
        let answer = begin(&Present::Nothing);
        assert!(matches!(answer, Err(StoreError::HomeHasRecords { .. })));
        let answer = begin(&Present::Unreadable);
        assert!(matches!(answer, Err(StoreError::RecordsOpen { .. })));
        // A key that does not fit the records does not make them unreadable.
        let wrong = KeySource {
            given: lunny::store::DatabaseKey::from_hexadecimal(&"ab".repeat(32)),
            ..KeySource::default()
        };
        let unreadable = Present::Unreadable;
        let answer = Restoring::begin(home.path(), &unreadable, backup, key_file, &wrong);
        assert!(matches!(answer, Err(StoreError::RecordsOpen { .. })));
    }
    let store = Store::open(home.path()).unwrap();
    let ada = store.sign_in(ADA, PASSWORD).unwrap().access;
    assert_eq!(names(&store, &ada, "").len(), 2);
}

#[test]
fn an_owner_appoints_and_withdraws_owners_of_any_hospital() {
    let (installation, ada, eve) = with_eve();
    let store = &installation.store;
    let owner = store.as_owner(&ada).unwrap();
    installation
        .store
        .appoint_owner(&owner, " EVE@example.org")
        .unwrap();
    assert_eq!(emails(&store.owners(&owner).unwrap()), [ADA, EVE]);
    let again = store.appoint_owner(&owner, EVE);
    assert!(matches!(again, Err(StoreError::NoSuchAccount)));
    let unknown = store.appoint_owner(&owner, "unknown@example.org");
    assert!(matches!(unknown, Err(StoreError::NoSuchAccount)));
    // This gives no right to the records of another hospital.
    assert_eq!(names(store, &eve, ""), Vec::<String>::new());
    assert_eq!(store.accounts(&eve).unwrap().len(), 1);

    let eve_owns = store.as_owner(&eve).unwrap();
    store.withdraw_owner(&eve_owns, ADA).unwrap();
    assert!(is_not_owner(&store.as_owner(&ada)));
    assert_eq!(installation.logged("appoint owner", "done"), 1);
    assert_eq!(installation.logged("withdraw owner", "done"), 1);
    let waiting = store.register(&registration("St. Mary", BO)).unwrap();
    assert_eq!(waiting.standing, AccountStatus::Pending);
    let answer = store.appoint_owner(&eve_owns, BO);
    assert!(
        matches!(answer, Err(StoreError::NoSuchAccount)),
        "a pending account cannot be an owner"
    );
}

#[test]
fn the_last_active_owner_stays() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    installation.enter_as("St. Mary", BO, Role::Administrator);
    let store = &installation.store;
    let owner = store.as_owner(&ada).unwrap();
    let is_last = |answer: Result<(), StoreError>| matches!(answer, Err(StoreError::LastOwner));
    assert!(is_last(store.withdraw_owner(&owner, ADA)));
    assert!(is_last(store.disable_account(&ada, id(&installation, ADA))));
    assert_eq!(emails(&store.owners(&owner).unwrap()), [ADA]);
    assert_eq!(installation.logged("withdraw owner", "done"), 0);

    // A disabled owner does not count.
    store.appoint_owner(&owner, BO).unwrap();
    store.disable_account(&ada, id(&installation, BO)).unwrap();
    assert!(is_last(store.withdraw_owner(&owner, ADA)));
    store.enable_account(&ada, id(&installation, BO)).unwrap();
    store.withdraw_owner(&owner, ADA).unwrap();
}

#[test]
fn an_owner_s_account_is_changed_only_by_owners() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let bo = installation.enter_as("St. Mary", BO, Role::Administrator);
    let eve = installation.enter("Evil Clinic", EVE);
    let store = &installation.store;
    let ada_id = id(&installation, ADA);
    let refusals = [
        store.issue_reset_code(&bo, ada_id).map(|_| ()),
        store.remove_second_factor_of(&bo, ada_id),
        store.disable_account(&bo, ada_id),
        store.enable_account(&bo, ada_id),
        store.change_role(&bo, ada_id, Role::Technician),
    ];
    for refusal in refusals {
        assert!(is_not_owner(&refusal), "{refusal:?}");
    }
    assert_eq!(installation.logged("issue reset code", "done"), 0);
    // Owners may administer one another across hospitals; they have no right over other accounts.
    let owner = store.as_owner(&ada).unwrap();
    store.appoint_owner(&owner, EVE).unwrap();
    store.issue_reset_code(&eve, ada_id).unwrap();
    let answer = store.issue_reset_code(&eve, id(&installation, BO));
    assert!(matches!(answer, Err(StoreError::NoSuchAccount)));
}

#[test]
fn a_token_of_an_owner_has_no_right_over_the_installation() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let token = store.make_token(&ada, "nightly", 9, every_scope()).unwrap();
    let script = store.sign_in_with_token(&token).unwrap().access;
    let answer: Result<Owner, StoreError> = store.as_owner(&script);
    assert!(matches!(answer, Err(StoreError::NotWithAToken)));
    assert_eq!(installation.logged("act as owner", "refused"), 1);
}

#[test]
fn a_changed_password_revokes_the_tokens() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let token = store.make_token(&ada, "nightly", 9, every_scope()).unwrap();
    store
        .change_password(&ada, PASSWORD, "nine loud crows sit")
        .unwrap();
    let answer = store.sign_in_with_token(&token);
    assert!(matches!(answer, Err(StoreError::WrongToken)));
    assert!(store.tokens(&ada).unwrap().is_empty());
}

#[test]
fn the_earliest_active_administrator_of_an_earlier_version_owns_the_installation() {
    let root = tempfile::tempdir().unwrap();
    let old = of_version(root.path(), 4);
    old.execute_batch(
        "INSERT INTO hospital (id, name, name_key, created_at) VALUES
             (2, 'Evil Clinic', 'evil clinic', 2), (3, 'Ѕt. Mary', 'ѕt. mary', 3);
         INSERT INTO account SELECT 2, 2, admin_id, full_name, 'eve@example.org', 'eve@example.org',
             password_hash, 2 FROM account WHERE id = 1;",
    )
    .unwrap();
    drop(old);
    let store = Store::open(root.path()).unwrap();
    accept_terms_at_once(root.path());
    let ada = store.sign_in(ADA, PASSWORD).unwrap().access;
    let owner = store.as_owner(&ada).unwrap();
    assert_eq!(emails(&store.owners(&owner).unwrap()), [ADA]);
    assert!(store.waiting_hospitals(&owner).unwrap().is_empty());
    let eve = store.sign_in(EVE, PASSWORD).unwrap();
    assert_eq!(eve.account.role, Role::Administrator);
    assert!(is_not_owner(&store.as_owner(&eve.access)));
    // Existing look-alike names stay separate; a new spelling means the earlier hospital.
    let spellings = [("Ѕt. Mary", "Ѕt. Mary"), ("St. Mаry", "St. Mary")];
    for (n, (typed, hospital)) in spellings.into_iter().enumerate() {
        let form = registration(typed, &format!("cy{n}@example.org"));
        assert_eq!(store.register(&form).unwrap().hospital, hospital);
    }
    // The chain is intact; verification reports that Eve's account was inserted here without an entry.
    let fault = store.verify_audit(None).unwrap().fault;
    assert_eq!(fault, Some(AuditFault::Restarted));
    let told: (Option<i64>, i64) = raw(root.path())
        .query_row(
            "SELECT account_id, object_id FROM audit WHERE action = 'appoint owner'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(told, (None, 1));
}
