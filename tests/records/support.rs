//! Fixtures for the tests: homes, accounts and exams.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use lunny::clinical::assessment::TrainingRange;
use lunny::clinical::examined::ExaminedSlice;
use lunny::clinical::patient::Patient;
use lunny::clinical::terms;
use lunny::store::{
    Access, AccountStatus, AttachmentKind, FILE_NAME, MediaType, NewAttachment, Owner,
    PatientChoice, PatientPage, PatientQuery, Registration, Role, SavedExam, Store, TokenScope,
    TokenScopes,
};
use rusqlite::Connection;
use tempfile::TempDir;
use zeroize::Zeroizing;

pub use crate::made_up::exam;

pub const PASSWORD: &str = "seven quiet herons wade";

/// A store in a temporary home, with a clock that advances by a second whenever it is read.
pub struct Installation {
    pub home: TempDir,
    pub store: Store,
    clock: Arc<TestClock>,
}

/// The time shown by the clock, and the step by which reading advances it.
struct TestClock {
    seconds: AtomicI64,
    step: AtomicI64,
}

pub fn installation() -> Installation {
    let home = tempfile::tempdir().unwrap();
    let clock = Arc::new(TestClock {
        seconds: AtomicI64::new(1_700_000_000),
        step: AtomicI64::new(1),
    });
    let time = Arc::clone(&clock);
    let now = move || {
        let step = time.step.load(Ordering::Relaxed);
        Timestamp::constant(time.seconds.fetch_add(step, Ordering::Relaxed), 0)
    };
    let store = Store::open_with_clock(home.path(), Arc::new(now)).unwrap();
    accept_terms_at_once(home.path());
    Installation { home, store, clock }
}

/// As [`installation`], in which accounts have not accepted the terms before they do so.
pub fn installation_before_terms() -> Installation {
    let installation = installation();
    let forget = "DROP TRIGGER terms_at_once";
    installation.raw().execute_batch(forget).unwrap();
    installation
}

/// Makes every account of the database accept the terms when it is registered. It neither takes time nor adds an entry to the
/// audit log.
pub fn accept_terms_at_once(home: &Path) {
    let accepts = format!(
        "CREATE TRIGGER terms_at_once AFTER INSERT ON account BEGIN
             INSERT INTO terms_acceptance VALUES (new.id, '{version}', new.created_at);
         END;
         INSERT OR IGNORE INTO terms_acceptance SELECT id, '{version}', created_at FROM account",
        version = terms::VERSION
    );
    raw(home).execute_batch(&accepts).unwrap();
}

/// The scopes of a token that allows all work with records.
pub fn every_scope() -> TokenScopes {
    TokenScopes::of(&TokenScope::ALL)
}

impl Installation {
    /// From now on the clock advances only by [`Installation::pass`].
    pub fn stop_clock(&self) {
        self.clock.step.store(0, Ordering::Relaxed);
    }

    pub fn pass(&self, seconds: i64) {
        self.clock.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The present time in seconds. Does not advance the clock.
    pub fn seconds(&self) -> i64 {
        self.clock.seconds.load(Ordering::Relaxed)
    }

    /// Number of audit entries of `action` with `outcome`.
    pub fn logged(&self, action: &str, outcome: &str) -> i64 {
        self.raw()
            .query_row(
                "SELECT count(*) FROM audit WHERE action = ?1 AND outcome = ?2",
                [action, outcome],
                |row| row.get(0),
            )
            .unwrap()
    }

    /// The database as another program with the key would open it.
    pub fn raw(&self) -> Connection {
        raw(self.home.path())
    }

    /// The rights of the first account, which owns the installation.
    pub fn owner(&self) -> Owner {
        let email: String = self
            .raw()
            .query_row("SELECT email FROM account ORDER BY id LIMIT 1", [], |row| {
                row.get(0)
            })
            .unwrap();
        owner(&self.store, &email)
    }

    /// Registers an account, approves it as a technician if the hospital already has accounts, and signs it in. A new hospital is
    /// approved at once.
    pub fn enter(&self, hospital: &str, email: &str) -> Access {
        self.enter_as(hospital, email, Role::Technician)
    }

    /// As [`Installation::enter`]; the first account of a hospital is its administrator regardless of `role`.
    pub fn enter_as(&self, hospital: &str, email: &str, role: Role) -> Access {
        // New hospitals are approved at once: most tests are not about approval.
        let open = self.store.clone().with_open_registration(true);
        let account = open.register(&registration(hospital, email)).unwrap();
        if account.standing == AccountStatus::Pending {
            let administrators: Vec<String> = self
                .raw()
                .prepare(
                    "SELECT email FROM account WHERE role = 'administrator' AND standing = 'active'
                     AND hospital_id = (SELECT hospital_id FROM account WHERE id = ?1)",
                )
                .unwrap()
                .query_map([account.id.0], |row| row.get(0))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap();
            let administrator = self.store.sign_in(&administrators[0], PASSWORD).unwrap();
            let access = administrator.access;
            self.store
                .approve_account(&access, account.id, role)
                .unwrap();
        }
        self.store.sign_in(email, PASSWORD).unwrap().access
    }
}

/// The rights of the owner with `email`.
pub fn owner(store: &Store, email: &str) -> Owner {
    let access = store.sign_in(email, PASSWORD).unwrap().access;
    store.as_owner(&access).unwrap()
}

/// The database of `home` with the key beside it, or plain if there is none.
pub fn raw(home: &Path) -> Connection {
    let connection = Connection::open(home.join(FILE_NAME)).unwrap();
    if let Ok(key) = std::fs::read_to_string(home.join("lunny.key")) {
        let literal = format!("x'{}'", key.trim());
        connection
            .pragma_update_and_check(None, "key", literal, |_| Ok(()))
            .unwrap();
    }
    connection
}

pub fn registration(hospital: &str, email: &str) -> Registration {
    Registration {
        hospital: hospital.into(),
        admin_id: "RT-4471".into(),
        full_name: "Ada Byron".into(),
        email: email.into(),
        password: Zeroizing::new(PASSWORD.into()),
    }
}

/// Texts that are not typed by accident.
pub fn hostile() -> [String; 9] {
    [
        String::new(),
        "\0".into(),
        "a\0b".into(),
        "x".repeat(1_000_000),
        "😀🏥".repeat(40),
        "\u{202e}nimda\u{2066}".into(),
        "' OR 1=1; DROP TABLE account; --".into(),
        "\u{1b}[2J\u{9b}31m".into(),
        "\r\n\t ".into(),
    ]
}

pub fn patient(number: &str, full_name: &str) -> Patient {
    Patient {
        number: number.into(),
        full_name: full_name.into(),
        date_of_birth: None,
        sex: None,
        notes: String::new(),
        details: Default::default(),
    }
}

/// An exam of a slice out of distribution.
pub fn outside(file: &str) -> ExaminedSlice {
    let mut exam = exam(file, 0.9);
    let reason = "its lungs are grey".to_owned();
    exam.assessment = exam.assessment.within(TrainingRange::Outside { reason });
    exam
}

/// A PNG file as far as the store checks it: its first and last bytes with `content` in between.
pub fn picture(kind: AttachmentKind, content: &str) -> NewAttachment {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(content.as_bytes());
    bytes.extend(b"\0\0\0\0IEND\xae\x42\x60\x82");
    let media_type = MediaType::Png;
    NewAttachment {
        kind,
        media_type,
        bytes,
    }
}

/// Saves a new patient with one exam.
pub fn save(store: &Store, access: &Access, number: &str, full_name: &str) -> SavedExam {
    let choice = PatientChoice::New(patient(number, full_name));
    store
        .save_exam(access, &choice, &exam(number, 0.9))
        .unwrap()
}

pub fn find(store: &Store, access: &Access, text: &str) -> PatientPage {
    let query = PatientQuery {
        text: text.into(),
        limit: 50,
        ..PatientQuery::default()
    };
    store.search_patients(access, &query).unwrap()
}

/// The names that a search finds, in its order.
pub fn names(store: &Store, access: &Access, text: &str) -> Vec<String> {
    let rows = find(store, access, text).rows;
    rows.into_iter().map(|row| row.patient.full_name).collect()
}
