use lunny::store::{Access, AccountId, AccountStatus, Role, Store, StoreError};

use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";

/// Any change by an administrator to an account.
type Change = fn(&Store, &Access, AccountId) -> Result<(), StoreError>;

const CHANGES: [(&str, Change); 7] = [
    ("approve", |store, access, id| {
        store.approve_account(access, id, Role::Radiologist)
    }),
    ("refuse", |store, access, id| {
        store.refuse_account(access, id)
    }),
    ("disable", |store, access, id| {
        store.disable_account(access, id)
    }),
    ("enable", |store, access, id| {
        store.enable_account(access, id)
    }),
    ("change the role", |store, access, id| {
        store.change_role(access, id, Role::Administrator)
    }),
    ("issue a reset code", |store, access, id| {
        store.issue_reset_code(access, id).map(|_| ())
    }),
    ("remove the second factor", |store, access, id| {
        store.remove_second_factor_of(access, id)
    }),
];

/// The id of the account with `email`.
fn id(installation: &Installation, email: &str) -> AccountId {
    let id =
        installation
            .raw()
            .query_row("SELECT id FROM account WHERE email = ?1", [email], |row| {
                row.get(0)
            });
    AccountId(id.unwrap())
}

fn register(installation: &Installation, email: &str) -> AccountId {
    let form = registration("St. Mary", email);
    installation.store.register(&form).unwrap().id
}

#[test]
fn an_administrator_sees_the_accounts_of_the_hospital_with_pending_ones_first() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    installation.enter_as("St. Mary", BO, Role::Radiologist);
    let waiting = register(&installation, "cy@example.org");
    installation.enter("General Infirmary", "dee@example.org");
    let accounts = installation.store.accounts(&ada).unwrap();
    let emails: Vec<&str> = accounts
        .iter()
        .map(|account| account.email.as_str())
        .collect();
    assert_eq!(emails, ["cy@example.org", ADA, BO]);
    assert_eq!(
        (accounts[0].id, accounts[0].standing),
        (waiting, AccountStatus::Pending)
    );
    assert_eq!(accounts[0].last_sign_in, None);
    assert_eq!(accounts[2].role, Role::Radiologist);
    assert!(accounts[2].last_sign_in.is_some());
    assert!(accounts.iter().all(|account| !account.second_factor));
}

#[test]
fn only_an_administrator_administers_accounts() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let waiting = register(&installation, "waits@example.org");
    for role in [Role::Technician, Role::Radiologist] {
        let other =
            installation.enter_as("St. Mary", &format!("{}@example.org", role.as_str()), role);
        let refused = |answer: Result<(), StoreError>| {
            matches!(
                answer,
                Err(StoreError::NotAllowed {
                    role: Role::Administrator
                })
            )
        };
        for (what, change) in CHANGES {
            for account in [
                waiting,
                id(&installation, ADA),
                AccountId(-1),
                AccountId(i64::MAX),
            ] {
                assert!(
                    refused(change(&installation.store, &other, account)),
                    "{what}"
                );
            }
        }
        assert!(refused(installation.store.accounts(&other).map(|_| ())));
    }
    assert_eq!(
        installation.store.accounts(&ada).unwrap()[0].standing,
        AccountStatus::Pending
    );
}

#[test]
fn no_change_reaches_an_account_of_another_hospital() {
    let installation = installation();
    installation.enter("St. Mary", ADA);
    installation.enter("St. Mary", BO);
    let disabled = register(&installation, "cy@example.org");
    let waiting = register(&installation, "dee@example.org");
    let ada = installation.store.sign_in(ADA, PASSWORD).unwrap().access;
    installation.store.refuse_account(&ada, disabled).unwrap();
    let before = installation.store.accounts(&ada).unwrap();

    let stranger = installation.enter("General Infirmary", "eve@example.org");
    for account in [
        waiting,
        disabled,
        id(&installation, BO),
        id(&installation, ADA),
        AccountId(0),
    ] {
        for (what, change) in CHANGES {
            let answer = change(&installation.store, &stranger, account);
            assert!(
                matches!(answer, Err(StoreError::NoSuchAccount)),
                "{what}: {answer:?}"
            );
        }
    }
    assert_eq!(installation.store.accounts(&ada).unwrap(), before);
    assert_eq!(installation.store.accounts(&stranger).unwrap().len(), 1);
}

#[test]
fn a_change_requires_an_account_of_the_right_status() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    installation.enter("St. Mary", BO);
    let bo = id(&installation, BO);
    let waiting = register(&installation, "cy@example.org");
    let store = &installation.store;
    let unfit = |answer: Result<(), StoreError>| matches!(answer, Err(StoreError::NoSuchAccount));
    assert!(unfit(store.approve_account(&ada, bo, Role::Radiologist)));
    assert!(unfit(store.refuse_account(&ada, bo)));
    assert!(unfit(store.enable_account(&ada, bo)));
    assert!(unfit(store.disable_account(&ada, waiting)));
    assert!(
        unfit(store.enable_account(&ada, waiting)),
        "only approval activates"
    );
    assert!(unfit(store.change_role(&ada, waiting, Role::Administrator)));
    assert!(unfit(store.issue_reset_code(&ada, waiting).map(|_| ())));
    store.disable_account(&ada, bo).unwrap();
    assert!(unfit(store.disable_account(&ada, bo)));
    assert!(unfit(store.change_role(&ada, bo, Role::Administrator)));
    assert!(unfit(store.issue_reset_code(&ada, bo).map(|_| ())));
}

#[test]
fn a_refused_account_stays_out_until_it_is_enabled() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let bo = register(&installation, BO);
    installation.store.refuse_account(&ada, bo).unwrap();
    let answer = installation.store.sign_in(BO, PASSWORD);
    assert!(matches!(answer, Err(StoreError::AccountDisabled)));
    installation.store.enable_account(&ada, bo).unwrap();
    let entered = installation.store.sign_in(BO, PASSWORD).unwrap();
    assert_eq!(entered.account.role, Role::Technician);
    assert_eq!(installation.logged("refuse account", "done"), 1);
    assert_eq!(installation.logged("enable account", "done"), 1);
}

#[test]
fn disabling_ends_open_sessions_tokens_and_reset_codes_at_once() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let bo = installation.enter("St. Mary", BO);
    let saved = save(&installation.store, &bo, "P-1", "Élodie Müller");
    let token = installation
        .store
        .make_token(&bo, "nightly", 30, every_scope())
        .unwrap();
    let by_token = installation
        .store
        .sign_in_with_token(&token)
        .unwrap()
        .access;
    let code = installation
        .store
        .issue_reset_code(&ada, id(&installation, BO))
        .unwrap();
    installation
        .store
        .disable_account(&ada, id(&installation, BO))
        .unwrap();

    let store = &installation.store;
    for access in [&bo, &by_token] {
        let refusals = [
            store.patient(access, saved.patient).err(),
            store.search_patients(access, &Default::default()).err(),
            store.tokens(access).err(),
            store.sign_ins(access).err(),
            store.confirm_identity(access, PASSWORD).err(),
            store
                .change_password(access, PASSWORD, "nine loud crows sit")
                .err(),
            store.begin_second_factor(access).err(),
            store.make_token(access, "again", 1, every_scope()).err(),
            store.sign_out(access).err(),
        ];
        for refusal in refusals {
            assert!(
                matches!(refusal, Some(StoreError::SignedOut)),
                "{refusal:?}"
            );
        }
    }
    assert!(matches!(
        store.sign_in(BO, PASSWORD),
        Err(StoreError::AccountDisabled)
    ));
    let wrong = store.sign_in(BO, "nine loud crows sit");
    assert!(matches!(wrong, Err(StoreError::WrongCredentials)));
    let revoked = store.sign_in_with_token(&token);
    assert!(matches!(revoked, Err(StoreError::WrongToken)));
    let reset = store.reset_password(BO, &code, "nine loud crows sit");
    assert!(matches!(reset, Err(StoreError::WrongCode)));

    installation
        .store
        .enable_account(&ada, id(&installation, BO))
        .unwrap();
    assert!(
        store.sign_in_with_token(&token).is_err(),
        "revoked for good"
    );
    assert!(store.tokens(&bo).is_err(), "an ended session stays ended");
    assert!(store.sign_in(BO, PASSWORD).is_ok());
}

#[test]
fn a_hospital_keeps_an_active_administrator() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    installation.enter_as("St. Mary", BO, Role::Technician);
    let (ada_id, bo_id) = (id(&installation, ADA), id(&installation, BO));
    let last =
        |answer: Result<(), StoreError>| matches!(answer, Err(StoreError::LastAdministrator));
    let store = &installation.store;
    assert!(last(store.change_role(&ada, ada_id, Role::Technician)));
    assert!(last(store.disable_account(&ada, ada_id)));
    assert_eq!(store.accounts(&ada).unwrap().len(), 2, "nothing changed");

    store.change_role(&ada, bo_id, Role::Administrator).unwrap();
    store.change_role(&ada, ada_id, Role::Radiologist).unwrap();
    let answer = store.change_role(&ada, ada_id, Role::Administrator);
    assert!(matches!(answer, Err(StoreError::NotAllowed { .. })));
    let bo = store.sign_in(BO, PASSWORD).unwrap().access;
    assert!(last(store.disable_account(&bo, bo_id)));
    installation.enter_as("General Infirmary", "cy@example.org", Role::Administrator);
    assert!(
        last(store.disable_account(&bo, bo_id)),
        "an administrator of another hospital does not count"
    );
}

#[test]
fn a_new_role_is_valid_from_the_next_call_of_an_open_session() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let bo = installation.enter("St. Mary", BO);
    assert!(installation.store.accounts(&bo).is_err());
    let bo_id = id(&installation, BO);
    installation
        .store
        .change_role(&ada, bo_id, Role::Administrator)
        .unwrap();
    assert_eq!(installation.store.accounts(&bo).unwrap().len(), 2);
    // Ada owns the installation, so only another owner changes her account.
    installation
        .store
        .appoint_owner(&installation.owner(), BO)
        .unwrap();
    installation
        .store
        .change_role(&bo, id(&installation, ADA), Role::Technician)
        .unwrap();
    let answer = installation.store.accounts(&ada);
    assert!(matches!(answer, Err(StoreError::NotAllowed { .. })));
    assert_eq!(installation.logged("change role", "done"), 2);
}
