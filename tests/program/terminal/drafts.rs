//! Drafts of forms survive the end of the connection.

use std::path::Path;

use lunny::clinical::assessment::{Assessment, ClassProbabilities, DecisionRule, ModelIdentity};
use lunny::clinical::examined::ExaminedSlice;
use lunny::clinical::patient::Patient;
use lunny::clinical::terms;
use lunny::store::{Access, PatientChoice, Registration, Store};
use rustix::process::Signal;
use zeroize::Zeroizing;

use super::pseudo_terminal::PseudoTerminal;

const EMAIL: &str = "dana@example.org";
const PASSWORD: &str = "quiet lungs breathe slowly at night";

/// A home with one account and one patient.
fn furnish(home: &Path) -> Access {
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
    let patient = Patient {
        number: "P-000001".into(),
        full_name: "Ana Pérez".into(),
        date_of_birth: None,
        sex: None,
        notes: String::new(),
        details: Default::default(),
    };
    let classes = ClassProbabilities {
        normal: 0.05,
        benign: 0.05,
        malignant: 0.9,
    };
    let rule = DecisionRule {
        threshold: 0.4,
        indeterminate_from: 0.3,
        indeterminate_to: 0.5,
        sensitivity: 0.95,
        specificity: 0.9,
        prevalence: 0.5,
    };
    let model = ModelIdentity {
        id: "lunny-resnet50-test".into(),
        sha256: "ab".repeat(32),
    };
    let exam = ExaminedSlice {
        source_path: "/scans/slice.png".into(),
        source_sha256: "cd".repeat(32),
        format: "PNG".into(),
        width: 256,
        height: 256,
        assessment: Assessment::of_classes(classes, rule, model),
        elapsed_ms: 310,
        series: None,
    };
    store
        .save_exam(&access, &PatientChoice::New(patient), &exam)
        .unwrap();
    access
}

/// The edit form of the patient, with text typed a moment ago.
fn typed(folder: &Path, home: &Path) -> PseudoTerminal {
    let mut terminal = PseudoTerminal::lunny(folder, home);
    terminal.wait_for("Sign in");
    terminal.type_keys(&format!("s{EMAIL}\r{PASSWORD}\r"));
    terminal.wait_for("Welcome, Dana Ruiz");
    terminal.type_keys("p");
    terminal.wait_for("1 of 1");
    terminal.type_keys("\r");
    terminal.wait_for("slice.png");
    terminal.type_keys("e");
    terminal.wait_for("Edit Ana");
    terminal.type_keys("-Soto");
    terminal.wait_for("rez-Soto");
    terminal
}

fn assert_kept(home: &Path, access: &Access) {
    let store = Store::open(home).unwrap();
    let draft = store.draft(access, "patient edit", Some(1)).unwrap();
    let content = draft.expect("a draft").content;
    assert!(content.contains("Ana Pérez-Soto"), "{content}");
}

#[test]
fn a_hang_up_right_after_a_key_keeps_the_typed_text() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let access = furnish(&home);
    let mut terminal = typed(folder.path(), &home);
    terminal.hang_up();
    assert!(!terminal.wait_for_end().success());
    assert_kept(&home, &access);
}

#[test]
fn a_signal_right_after_a_key_keeps_the_typed_text() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let access = furnish(&home);
    let mut terminal = typed(folder.path(), &home);
    terminal.signal(Signal::TERM);
    terminal.wait_for_end();
    terminal.assert_restored();
    assert_kept(&home, &access);
}
