//! Homes, people and exams for the tests.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use lunny::clinical::assessment::{
    Assessment, ClassProbabilities, DecisionRule, ModelIdentity, TrainingRange,
};
use lunny::clinical::examined::ExaminedSlice;
use lunny::clinical::patient::Patient;
use lunny::store::{
    Access, FILE_NAME, PatientChoice, PatientPage, PatientQuery, Registration, Role, SavedExam,
    Standing, Store,
};
use rusqlite::Connection;
use tempfile::TempDir;
use zeroize::Zeroizing;

pub const PASSWORD: &str = "seven quiet herons wade";

/// A store in a home of its own, whose clock moves on a second with every look at it.
pub struct House {
    pub home: TempDir,
    pub store: Store,
}

pub fn house() -> House {
    let home = tempfile::tempdir().unwrap();
    let seconds = AtomicI64::new(1_700_000_000);
    let clock = move || Timestamp::constant(seconds.fetch_add(1, Ordering::Relaxed), 0);
    let store = Store::open_with_clock(home.path(), Arc::new(clock)).unwrap();
    House { home, store }
}

impl House {
    /// The database as any other program with the key would open it.
    pub fn raw(&self) -> Connection {
        raw(self.home.path())
    }

    /// Registers somebody, has them approved as a technician where others were at the hospital before, and signs them
    /// in.
    pub fn enter(&self, hospital: &str, email: &str) -> Access {
        self.enter_as(hospital, email, Role::Technician)
    }

    /// As [`House::enter`]; the first one of a hospital is its administrator whatever `role` says.
    pub fn enter_as(&self, hospital: &str, email: &str, role: Role) -> Access {
        let account = self.store.register(&registration(hospital, email)).unwrap();
        if account.standing == Standing::Pending {
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

/// The database of `home` with the key beside it, or plain where there is none.
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

pub fn patient(number: &str, full_name: &str) -> Patient {
    Patient {
        number: number.into(),
        full_name: full_name.into(),
        date_of_birth: None,
        sex: None,
        notes: String::new(),
    }
}

pub fn assessment(malignant: f64) -> Assessment {
    let rule = DecisionRule {
        threshold: 0.4,
        indeterminate_from: 0.3,
        indeterminate_to: 0.55,
        sensitivity: 0.95,
        specificity: 0.9,
        prevalence: 0.5,
    };
    let classes = ClassProbabilities {
        normal: (1.0 - malignant) / 3.0,
        benign: (1.0 - malignant) * 2.0 / 3.0,
        malignant,
    };
    let model = ModelIdentity {
        id: "lunny-resnet50-test".into(),
        sha256: "ab".repeat(32),
    };
    Assessment::new(classes, rule, model)
}

/// An exam of a file that is told from others by its hash.
pub fn exam(file: &str, malignant: f64) -> ExaminedSlice {
    ExaminedSlice {
        source_path: format!("/scans/{file}.dcm").into(),
        source_sha256: file.into(),
        format: "DICOM".into(),
        width: 512,
        height: 511,
        assessment: assessment(malignant),
        elapsed_ms: 123,
        series: None,
    }
}

/// An exam of a slice that lies outside what the network has seen.
pub fn outside(file: &str) -> ExaminedSlice {
    let mut exam = exam(file, 0.9);
    let reason = "its lungs are grey".to_owned();
    exam.assessment = exam.assessment.within(TrainingRange::Outside { reason });
    exam
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
    rows.into_iter().map(|row| row.full_name).collect()
}
