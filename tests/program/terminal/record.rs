//! Work of a technician's day by keys alone, with the built program at 80×24: a new record with all fields is filled
//! in, saved, found, edited, printed and exported.

use std::path::{Path, PathBuf};

use lunny::clinical::patient::{Field, Kind, Patient, Section};
use lunny::clinical::terms;
use lunny::store::{PatientQuery, Registration, Store};
use zeroize::Zeroizing;

use super::pseudo_terminal::PseudoTerminal;

const EMAIL: &str = "dana@example.org";
const PASSWORD: &str = "quiet lungs breathe slowly at night";

/// Text typed into a field, and the stored value. Each text names its field, so that none can replace another.
fn typed(field: Field) -> (String, String) {
    let same = |text: String| (text.clone(), text);
    match field {
        Field::FullName => same("Ana Pérez".into()),
        Field::DateOfBirth => ("5 March 1961".into(), "1961-03-05".into()),
        _ => match field.kind() {
            Kind::Line(_) | Kind::Paragraphs(_) => same(format!("the {} of Ana", field.key())),
            Kind::Date(_) => ("27.2.2024".into(), "2024-02-27".into()),
            Kind::Choice(choices) => {
                let choice = choices[choices.len() / 2];
                (choice.label.into(), choice.word.into())
            }
            Kind::Quantity(_) => ("12,5".into(), "12.5".into()),
            Kind::Phone => same("+44 20 7946 0018".into()),
            Kind::Email => same("ana@example.org".into()),
            Kind::FollowUps => ("2024-06-01".into(), "2024-06-01 no change".into()),
            Kind::Photo | Kind::Computed => panic!("{} is not typed", field.key()),
        },
    }
}

/// Fills the section whose first field has the cursor.
fn fill(terminal: &mut PseudoTerminal, section: Section) {
    for field in section.fields() {
        let (text, _) = typed_or_nothing(field);
        match field.kind() {
            // The patient ID is generated.
            _ if field == Field::Number => {}
            Kind::Computed => continue,
            Kind::Photo => {}
            Kind::Choice(_) => {
                terminal.type_keys("\x1bOS");
                terminal.wait_for(&text);
                terminal.type_keys(&format!("{text}\r"));
            }
            Kind::FollowUps => {
                terminal.type_keys(&text[..1]);
                terminal.wait_for("Follow-up scan");
                terminal.type_keys(&format!("{}\rno change\x1bOQ", &text[1..]));
                terminal.wait_for("2024-06-01 no change");
            }
            _ => terminal.type_keys(&text),
        }
        terminal.type_keys("\t");
    }
}

fn typed_or_nothing(field: Field) -> (String, String) {
    match field.is_entered() {
        true => typed(field),
        false => Default::default(),
    }
}

/// A home with one account, signed in.
fn signed_in(folder: &Path, home: &Path) -> PseudoTerminal {
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
    let mut terminal = PseudoTerminal::lunny(folder, home);
    terminal.wait_for("Sign in");
    terminal.type_keys(&format!("s{EMAIL}\r{PASSWORD}\r"));
    terminal.wait_for("Welcome, Dana Ruiz");
    terminal
}

/// The only patient of the home.
fn kept(home: &Path) -> Patient {
    let store = Store::open(home).unwrap();
    let access = store.sign_in(EMAIL, PASSWORD).unwrap().access;
    let query = PatientQuery {
        limit: 2,
        ..PatientQuery::default()
    };
    let mut rows = store.search_patients(&access, &query).unwrap().rows;
    assert_eq!(rows.len(), 1);
    rows.remove(0).patient
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_record_with_all_fields_is_filled_saved_found_edited_printed_and_exported() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let mut terminal = signed_in(folder.path(), &home);
    terminal.resize(80, 24);

    terminal.type_keys("p");
    terminal.wait_for("No patients yet");
    terminal.type_keys("\x0e");
    terminal.wait_for("P-000001");
    // The cursor is in the name; back to the number, the first field of the section.
    terminal.type_keys("\x1b[Z");
    for (number, section) in (1..).zip(Section::ALL) {
        terminal.type_keys(&format!("\x1b{number}"));
        terminal.wait_for(section.label());
        fill(&mut terminal, section);
    }
    terminal.type_keys("\x1bOQ");
    terminal.wait_for("The record of Ana Pérez was saved.");
    terminal.type_keys("\x1b");
    terminal.wait_for("1 of 1");

    let patient = kept(&home);
    for field in Field::entered().filter(|field| *field != Field::Number) {
        assert_eq!(patient.value(field), typed(field).1, "{}", field.key());
    }

    // Found by a word of its last field, opened, edited.
    terminal.type_keys("the notes of");
    terminal.wait_for("Ana Pérez");
    // Nothing on the row says why it was found.
    terminal.type_keys("\r");
    terminal.wait_for("press the key again");
    // A key that is pressed as soon as rows arrive was pressed before they were seen.
    std::thread::sleep(std::time::Duration::from_secs(2));
    terminal.type_keys("\r");
    terminal.wait_for("born 1961-03-05");
    terminal.type_keys("e");
    terminal.wait_for("Patient ID");
    terminal.type_keys("\x1b2");
    terminal.wait_for("+44 20 7946 0018");
    terminal.type_keys("\x15+44 20 7946 0999\x1bOQ");
    terminal.wait_for("The patient was saved.");
    assert_eq!(kept(&home).value(Field::Phone), "+44 20 7946 0999");

    // Printed: into a file if there is no printer.
    terminal.type_keys("p");
    terminal.wait_for("Page 1 of");
    terminal.type_keys("s");
    terminal.wait_for("The record was written to");
    terminal.type_keys("\x1b");
    // The preview shows the birth date too; its title is another one.
    terminal.wait_for("Patients › Patient ");
    let [page] = &files(&home.join("reports"))[..] else {
        panic!("no single page: {:?}", files(&home.join("reports")));
    };
    assert!(std::fs::read(page).unwrap().starts_with(b"%PDF-"));

    // Exported as a table.
    terminal.type_keys("s");
    terminal.wait_for("FHIR R4 bundle");
    terminal.type_keys("\t\x1b[D\t\t\t\t\t\x1b[C\x1bOQ");
    terminal.wait_for(".csv");
    let tables = files(&home.join("exports"));
    let table = tables
        .iter()
        .find(|path| path.extension().is_some_and(|end| end == "csv"));
    let table = std::fs::read_to_string(table.unwrap()).unwrap();
    assert!(table.contains("+44 20 7946 0999"), "{table}");
}
