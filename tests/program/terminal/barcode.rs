//! A barcode scanner types a number and Enter in one burst: each time the record with that number opens.

use std::path::Path;

use lunny::clinical::patient::Patient;
use lunny::clinical::terms;
use lunny::store::{Registration, Store};
use zeroize::Zeroizing;

use super::pseudo_terminal::PseudoTerminal;

const EMAIL: &str = "dana@example.org";
const PASSWORD: &str = "quiet lungs breathe slowly at night";

/// Number of records: enough for a search to take longer than the next key.
const RECORDS: u32 = 3000;
/// Number of barcodes to scan.
const READ: u32 = 12;

/// Number on a patient's barcode, and the name in the record.
fn patient(index: u32) -> (String, String) {
    (format!("M{index:07}"), format!("Name of {index:07}"))
}

fn furnish(home: &Path) {
    let store = Store::open(home).unwrap();
    let registration = Registration {
        hospital: "St. Example Hospital".into(),
        admin_id: "A-17".into(),
        full_name: "Dana Ruiz".into(),
        email: EMAIL.into(),
        password: Zeroizing::new(PASSWORD.into()),
    };
    store.register(&registration).unwrap();
    let access = store.sign_in(EMAIL, PASSWORD).unwrap().access;
    store.accept_terms(&access, terms::VERSION).unwrap();
    for index in 0..RECORDS {
        let (number, full_name) = patient(index);
        let patient = Patient {
            number,
            full_name,
            date_of_birth: None,
            sex: None,
            notes: String::new(),
            details: Default::default(),
        };
        store.create_patient(&access, &patient).unwrap();
    }
}

#[test]
fn a_number_and_enter_in_one_burst_open_the_record_of_that_number_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    furnish(&home);
    let mut terminal = PseudoTerminal::lunny(folder.path(), &home);
    terminal.wait_for("Sign in");
    terminal.type_keys(&format!("s{EMAIL}\r{PASSWORD}\r"));
    terminal.wait_for("Welcome, Dana Ruiz");
    terminal.type_keys("p");
    terminal.wait_for("1 of 3,000");
    for read in 1..=READ {
        let (number, name) = patient(read * 7_919 % RECORDS);
        terminal.type_keys(&format!("{number}\r"));
        terminal.wait_for("Revision 1");
        let screen = terminal.screen();
        assert!(
            screen.contains(&name) && screen.contains(&number),
            "{read}: {screen}"
        );
        terminal.type_keys("\x1b");
        terminal.wait_for("1 of 1");
        terminal.type_keys("\x15");
        terminal.wait_for("1 of 3,000");
    }
}
