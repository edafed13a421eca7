//! A barcode scanner types a number and Enter in one burst: each time the record with that number opens.

use std::path::Path;

use jiff::civil::Date;
use lunny::cancel::Cancel;
use lunny::clinical::terms;
use lunny::import::{Content, Job, Mode, Source, run};
use lunny::store::{Registration, Store};
use zeroize::Zeroizing;

use super::pseudo_terminal::PseudoTerminal;

const EMAIL: &str = "dana@example.org";
const PASSWORD: &str = "quiet lungs breathe slowly at night";

/// Number of records: enough for a search to take longer than the next key.
const RECORDS: u32 = 10_000;
/// Number of barcodes to scan.
const READ: u32 = 100;

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
    let rows = (0..RECORDS).map(patient);
    let rows = rows.map(|(number, full_name)| format!("{number},{full_name}\n"));
    let file = home.with_file_name("patients.csv");
    std::fs::write(&file, format!("MRN,Name\n{}", rows.collect::<String>())).unwrap();
    let today = Date::constant(2026, 3, 9);
    let source = Source::open(&file).unwrap();
    let job = Job::new(source, Content::Patients, &store, &access, today).unwrap();
    let cancel = Cancel::default();
    let summary = run(&store, &access, &job, Mode::Import, &|_| {}, &cancel, None).unwrap();
    assert_eq!(summary.tally.new, u64::from(RECORDS));
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
    terminal.wait_for("1 of 10,000");
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
        terminal.wait_for("1 of 10,000");
    }
}
