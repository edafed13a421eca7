use lunny::clinical::lung_rads::Category;
use lunny::clinical::report::ReportWords;
use lunny::store::{Role, StoreError};

use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";
const ROSA: &str = "rosa@example.org";

fn words(findings: &str) -> ReportWords {
    ReportWords {
        findings: findings.into(),
        impression: "Suspicious.".into(),
        recommendation: String::new(),
    }
}

#[test]
fn a_radiologist_writes_words_and_a_report_before_them_is_not_current() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let rosa = installation.enter_as("St. Mary", ROSA, Role::Radiologist);
    let exam = save(store, &access, "P-1", "Ada").exam;
    store.write_report(&access, exam, "before").unwrap();
    let refused = store.write_words(&access, exam, 0, &words("x"));
    assert!(matches!(refused, Err(StoreError::NotAllowed { .. })));
    assert_eq!(
        store
            .write_words(&rosa, exam, 0, &words(" one\r\ntwo "))
            .unwrap(),
        1
    );
    let kept = store.reading(&access, exam).unwrap().reading;
    assert_eq!(
        (kept.words.findings.as_str(), kept.words_revision),
        ("one\ntwo", 1)
    );
    assert!(!store.reports(&access, exam).unwrap()[0].is_current);
    // The same again changes nothing; another one on an old revision is refused.
    assert_eq!(
        store
            .write_words(&rosa, exam, 1, &words("one\ntwo"))
            .unwrap(),
        1
    );
    let stale = store.write_words(&rosa, exam, 0, &words("other"));
    assert!(matches!(stale, Err(StoreError::WordsChanged)));
    let long = words(&"x".repeat(10_001));
    let refused = store.write_words(&rosa, exam, 1, &long);
    assert!(matches!(refused, Err(StoreError::InvalidWords(_))));
    assert_eq!(installation.logged("write findings", "done"), 1);
}

#[test]
fn an_addendum_follows_a_signed_version_and_leaves_it_as_it_was() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let rosa = installation.enter_as("St. Mary", ROSA, Role::Radiologist);
    let exam = save(store, &access, "P-1", "Ada").exam;
    let report = store
        .write_report(&rosa, exam, "the signed text")
        .unwrap()
        .id;
    let early = store.add_addendum(&rosa, report, "too early");
    assert!(matches!(early, Err(StoreError::ReportNotSigned)));
    store.sign_report(&rosa, report).unwrap();
    let refused = store.add_addendum(&access, report, "by a technician");
    assert!(matches!(refused, Err(StoreError::NotAllowed { .. })));
    let blank = store.add_addendum(&rosa, report, " ");
    assert!(matches!(blank, Err(StoreError::InvalidWords(_))));
    store.add_addendum(&rosa, report, "first").unwrap();
    store.add_addendum(&rosa, report, "second").unwrap();
    let version = store.reports(&access, exam).unwrap().remove(0);
    assert_eq!(version.text, "the signed text");
    assert!(version.is_final && version.is_current);
    let texts: Vec<_> = version
        .addenda
        .iter()
        .map(|one| one.text.as_str())
        .collect();
    assert_eq!(texts, ["first", "second"]);
    assert_eq!(version.addenda[0].written_by, "Ada Byron");
    let raw = installation.raw();
    assert!(
        raw.execute("UPDATE report_addendum SET text = 'x'", [])
            .is_err()
    );
    assert!(raw.execute("DELETE FROM report_addendum", []).is_err());
}

#[test]
fn words_and_addenda_of_another_hospital_are_out_of_reach_and_go_with_a_purge() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let rosa = installation.enter_as("St. Mary", ROSA, Role::Radiologist);
    installation.enter("Elsewhere", BO);
    let other = installation.enter_as("Elsewhere", "otto@example.org", Role::Radiologist);
    let saved = save(store, &access, "P-1", "Ada");
    let exam = saved.exam;
    let report = store.write_report(&rosa, exam, "text").unwrap().id;
    store.sign_report(&rosa, report).unwrap();
    let words_refused = store.write_words(&other, exam, 0, &words("x"));
    assert!(matches!(words_refused, Err(StoreError::NoSuchExam)));
    let refused = store.add_addendum(&other, report, "x");
    assert!(matches!(refused, Err(StoreError::NoSuchReport)));
    store.write_words(&rosa, exam, 0, &words("x")).unwrap();
    store.add_addendum(&rosa, report, "x").unwrap();
    store.delete_patient(&access, saved.patient).unwrap();
    store.purge_patient(&access, saved.patient).unwrap();
    for table in ["report_words", "report_addendum"] {
        let sql = format!("SELECT count(*) FROM {table}");
        let left: i64 = installation
            .raw()
            .query_row(&sql, [], |row| row.get(0))
            .unwrap();
        assert_eq!(left, 0, "{table}");
    }
}

#[test]
fn a_template_is_the_hospitals_own_once_it_is_set() {
    let installation = installation();
    let store = &installation.store;
    let administrator = installation.enter("St. Mary", ADA);
    let technician = installation.enter_as("St. Mary", BO, Role::Technician);
    let rosa = installation.enter_as("St. Mary", ROSA, Role::Radiologist);
    let three = Category::Three;
    let usual = store.report_template(&technician, three).unwrap();
    let own = words("{nodules}");
    let refused = store.set_report_template(&technician, three, &own);
    assert!(matches!(refused, Err(StoreError::NotAllowed { .. })));
    let unknown = store.set_report_template(&rosa, three, &words("{nodule}"));
    assert!(matches!(unknown, Err(StoreError::InvalidWords(_))));
    store.set_report_template(&rosa, three, &own).unwrap();
    assert_eq!(store.report_template(&technician, three).unwrap(), own);
    let empty = ReportWords::default();
    store
        .set_report_template(&administrator, three, &empty)
        .unwrap();
    assert_eq!(store.report_template(&technician, three).unwrap(), usual);
}
