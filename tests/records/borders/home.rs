//! A home with two hospitals, accounts of every kind and records to reach for.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lunny::store::{
    Access, AccountStatus, FileLimits, Registration, Role, Store, TokenScope, TokenScopes,
};
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::support::*;

/// Part of the name of every patient of St. Mary.
pub const SECRET: &str = "Quark";

/// Tables that hold no records: who signed in, failed attempts, the log, and what a home keeps for itself.
const NOT_RECORDS: [&str; 10] = [
    "audit",
    "audit_seal",
    "audit_handover",
    "session",
    "throttle",
    "failed_sign_in",
    "hospital",
    "recent_folder",
    "terms_acceptance",
    "sqlite_sequence",
];

/// The home that every case gets a copy of.
pub struct Template {
    folder: TempDir,
    tokens: Vec<(Vec<TokenScope>, Zeroizing<String>)>,
}

fn registered(store: &Store, hospital: &str, email: &str) -> lunny::store::Account {
    let form = Registration {
        full_name: format!("Person {email}"),
        ..registration(hospital, email)
    };
    store.register(&form).unwrap()
}

fn joined(store: &Store, by: &Access, email: &str, role: Role) {
    let account = registered(store, "St. Mary", email);
    store.approve_account(by, account.id, role).unwrap();
}

impl Template {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (home, work) = (folder.path().join("home"), folder.path().join("work"));
        fs::create_dir(&work).unwrap();
        let store = Store::open(&home).unwrap();
        registered(&store, "St. Mary", "ada@example.org");
        accept_terms_at_once(&home);
        let ada = store.sign_in("ada@example.org", PASSWORD).unwrap().access;
        joined(&store, &ada, "max@example.org", Role::Administrator);
        joined(&store, &ada, "rhea@example.org", Role::Radiologist);
        joined(&store, &ada, "theo@example.org", Role::Technician);
        joined(&store, &ada, "nora@example.org", Role::Technician);
        joined(&store, &ada, "disa@example.org", Role::Technician);
        let accounts = store.accounts(&ada).unwrap();
        let disa = accounts.iter().find(|one| one.email == "disa@example.org");
        store.disable_account(&ada, disa.unwrap().id).unwrap();
        registered(&store, "St. Mary", "will@example.org");
        registered(&store, "New House", "hugo@example.org");
        let open = store.clone().with_open_registration(true);
        let eve = registered(&open, "Other Clinic", "eve@example.org");
        assert_eq!(eve.standing, AccountStatus::Active);
        let forget = "DELETE FROM terms_acceptance WHERE account_id =
                      (SELECT id FROM account WHERE email = 'nora@example.org')";
        raw(&home).execute_batch(forget).unwrap();
        records(&store, &ada);
        let owner = store.as_owner(&ada).unwrap();
        let backup = work.join("monday.backup");
        store.back_up(&owner, &backup, false).unwrap();
        let max = store.sign_in("max@example.org", PASSWORD).unwrap().access;
        let sets = [
            vec![TokenScope::Read],
            vec![TokenScope::Write],
            vec![TokenScope::Export],
            TokenScope::ALL.to_vec(),
        ];
        let tokens = sets.map(|set| {
            let scopes = TokenScopes::of(&set);
            let token = store.make_token(&max, &scopes.to_string(), 9, scopes);
            (set, token.unwrap())
        });
        fs::write(work.join("note.txt"), "A line {name}.\n").unwrap();
        fs::write(
            work.join("patients.csv"),
            "MRN,Name,DOB\nN-1,Ana Bo,1961-03-05\n",
        )
        .unwrap();
        image::GrayImage::new(8, 8)
            .save(work.join("note.png"))
            .unwrap();
        fs::write(work.join("laptop.pub"), public_key()).unwrap();
        let plans = "Day,MRN,Name,DOB\n2050-01-31,P-1,Zebulon Quark,1950-01-02\n";
        fs::write(work.join("plans.csv"), plans).unwrap();
        drop(store);
        made_by_script(&home, &work);
        Self {
            folder,
            tokens: tokens.into(),
        }
    }

    pub fn token(&self, scopes: &[TokenScope]) -> &str {
        let mut tokens = self.tokens.iter();
        &tokens.find(|(set, _)| set == scopes).unwrap().1
    }

    /// A copy of the home and of the folder to work in.
    pub fn copy(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        for part in ["home", "work"] {
            let (from, to) = (self.folder.path().join(part), copy.path().join(part));
            fs::create_dir(&to).unwrap();
            for file in files_below(&from) {
                fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
            }
        }
        copy
    }
}

/// Patients, an exam, attachments, planned exams, a merge and an import of St. Mary.
fn records(store: &Store, ada: &Access) {
    let saved = save(store, ada, "P-1", "Zebulon Quark");
    let first = saved.patient;
    let rhea = store.sign_in("rhea@example.org", PASSWORD).unwrap().access;
    let report = store.write_report(&rhea, saved.exam, "A report.").unwrap();
    store.sign_report(&rhea, report.id).unwrap();
    save(store, ada, "P-2", "Yolanda Quark");
    for (number, name) in [("P-3", "Xaver Quark"), ("P-4", "Xaver Quark")] {
        store.create_patient(ada, &patient(number, name)).unwrap();
    }
    let store = store.clone().with_file_limits(FileLimits::default());
    for text in ["one", "two"] {
        let page = page(&format!("{SECRET} {text}"));
        store
            .attach_file(ada, first, &format!("{text}.pdf"), page.as_bytes())
            .unwrap();
    }
    let files = store.attached_files(ada, first).unwrap();
    store.delete_attached_file(ada, files[0].id).unwrap();
}

/// A public key as `ssh-keygen` writes it.
fn public_key() -> String {
    let mut bytes = Vec::new();
    for part in [&b"ssh-ed25519"[..], &[7; 32]] {
        bytes.extend((part.len() as u32).to_be_bytes());
        bytes.extend(part);
    }
    format!("ssh-ed25519 {} laptop\n", STANDARD.encode(bytes))
}

/// A PDF file as far as the store checks it.
fn page(text: &str) -> String {
    format!("%PDF-1.4\n% {text}\n%%EOF\n")
}

/// Planned exams, one of them cancelled, a merge and an import, made by subcommands.
fn made_by_script(home: &Path, work: &Path) {
    let early = "MRN,Name,DOB\nI-1,Ina Quark,1961-03-05\n";
    fs::write(work.join("early.csv"), early).unwrap();
    for arguments in [
        "worklist add P-1 --on 2050-01-31 --accession ACC-1",
        "worklist add P-2 --on 2050-01-31 --accession ACC-2",
        "worklist cancel ACC-2 --reason moved",
        "patients merge P-3 P-4",
        "import early.csv",
    ] {
        let output = super::run(
            home,
            work,
            arguments,
            super::Actor::Person(super::OWNER),
            None,
        );
        assert!(output.status.success(), "{arguments}: {output:?}");
    }
}

/// The files below a folder, sorted.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    found
}

/// A hash over every row of the records of St. Mary and its accounts; with `all` also over the tables that do not state a hospital.
pub fn records_of(home: &Path, all: bool) -> [u8; 32] {
    let raw = raw(home);
    let mut hasher = Sha256::new();
    let tables: Vec<String> = raw
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for table in tables
        .iter()
        .filter(|table| !NOT_RECORDS.contains(&table.as_str()))
    {
        let columns: Vec<String> = raw
            .prepare("SELECT name FROM pragma_table_info(?1) WHERE name NOT IN ('last_used_at', 'password_hash')")
            .unwrap()
            .query_map([table], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let states_it = columns.iter().any(|column| column == "hospital_id");
        let of_hospital = match states_it {
            true => "WHERE hospital_id = 1",
            false if all => "",
            false => continue,
        };
        let sql = format!(
            "SELECT {} FROM \"{table}\" {of_hospital}",
            columns.join(", ")
        );
        let mut rows = raw.prepare(&sql).unwrap();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns.len() {
                match row.get_ref(column).unwrap() {
                    ValueRef::Null => hasher.update([0]),
                    ValueRef::Integer(number) => hasher.update(number.to_le_bytes()),
                    ValueRef::Real(number) => hasher.update(number.to_le_bytes()),
                    ValueRef::Text(bytes) | ValueRef::Blob(bytes) => hasher.update(bytes),
                }
            }
        }
    }
    hasher.finalize().into()
}
