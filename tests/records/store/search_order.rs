use lunny::clinical::assessment::Classification;
use lunny::clinical::lung_rads::Category;
use lunny::clinical::reading::Circumstances;
use lunny::store::{
    Access, COUNTED, Count, PageStart, PatientChoice, PatientFilters, PatientPage, PatientQuery,
    ReportStatus, Role, Store,
};
use proptest::prelude::*;

use crate::support::*;

const ADA: &str = "ada@example.org";

fn ask(store: &Store, access: &Access, query: PatientQuery) -> PatientPage {
    store.search_patients(access, &query).unwrap()
}

pub fn filtered(
    installation: &Installation,
    access: &Access,
    filters: &PatientFilters,
) -> Vec<String> {
    let query = PatientQuery {
        filters: filters.clone(),
        limit: 50,
        ..PatientQuery::default()
    };
    let page = ask(&installation.store, access, query);
    assert_eq!(page.total, Count::Exactly(page.rows.len() as u64));
    page.rows
        .into_iter()
        .map(|row| row.patient.full_name)
        .collect()
}

/// Saves a patient with notes, and an exam of this malignancy.
fn save_with(installation: &Installation, access: &Access, number: &str, name: &str, notes: &str) {
    let mut patient = patient(number, name);
    patient.notes = notes.into();
    let choice = PatientChoice::New(patient);
    installation
        .store
        .save_exam(access, &choice, &exam(number, 0.1))
        .unwrap();
}

#[test]
fn the_best_match_comes_first_and_the_newest_among_equals() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    for (number, name, notes) in [
        ("P-1", "Ann", ""),
        ("P-2", "Annika Berg", ""),
        ("P-3", "Anna Weiss", ""),
        ("P-4", "Mary Ann Long", ""),
        ("P-5", "Johanna Klein", ""),
        ("P-6", "Peter Krause", "brother of Johanna"),
        ("P-7", "Rita Falk", "asked for Ann"),
        ("ANN", "Karl Otto", ""),
    ] {
        save_with(&installation, &access, number, name, notes);
    }
    let expected = [
        "Karl Otto",
        "Ann",
        "Anna Weiss",
        "Annika Berg",
        "Rita Falk",
        "Mary Ann Long",
        "Peter Krause",
        "Johanna Klein",
    ];
    assert_eq!(names(&installation.store, &access, "ann"), expected);
    // The same order read backwards, in pages that cross from rank to rank.
    let mut backwards = Vec::new();
    let mut start = PageStart::Last;
    loop {
        let query = PatientQuery {
            text: "ann".into(),
            start,
            limit: 3,
            ..PatientQuery::default()
        };
        let page = ask(&installation.store, &access, query);
        let Some(first) = page.rows.first() else {
            break;
        };
        start = PageStart::Before(first.cursor);
        backwards.splice(0..0, page.rows.into_iter().map(|row| row.patient.full_name));
    }
    assert_eq!(backwards, expected);
}

#[test]
fn notes_are_searched_like_names() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    save_with(
        &installation,
        &access,
        "P-1",
        "Ada",
        "Émphysème\nof both lobes",
    );
    save_with(&installation, &access, "P-2", "Bo", "");
    for typed in ["e", "emphyseme", "mphys", "both lobes", "LOBE", "of ada"] {
        assert_eq!(
            names(&installation.store, &access, typed),
            ["Ada"],
            "{typed}"
        );
    }
    assert_eq!(names(&installation.store, &access, "of bo"), ["Ada"]);
}

#[test]
fn pages_by_cursor_show_every_patient_once_in_either_direction() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    for n in 0..25 {
        save(&installation.store, &access, &format!("P-{n:02}"), "Ada");
    }
    for text in ["", "ada", "p-", "2"] {
        let query = |start, skip, limit| PatientQuery {
            text: text.into(),
            start,
            skip,
            limit,
            ..PatientQuery::default()
        };
        let numbers = |page: &PatientPage| -> Vec<String> {
            page.rows
                .iter()
                .map(|row| row.patient.number.clone())
                .collect()
        };
        let all = ask(&installation.store, &access, query(PageStart::First, 0, 50));
        let whole = numbers(&all);
        let count = whole.len();
        assert_eq!(all.total, Count::Exactly(count as u64));
        for (at, row) in all.rows.iter().enumerate() {
            let after = ask(
                &installation.store,
                &access,
                query(PageStart::After(row.cursor), 1, 4),
            );
            let from = (at + 2).min(count);
            assert_eq!(
                numbers(&after),
                whole[from..(from + 4).min(count)],
                "{text}"
            );
            let before = ask(
                &installation.store,
                &access,
                query(PageStart::Before(row.cursor), 1, 4),
            );
            let to = at.saturating_sub(1);
            assert_eq!(numbers(&before), whole[to.saturating_sub(4)..to], "{text}");
            assert_eq!(before.total, all.total);
        }
        let last = ask(&installation.store, &access, query(PageStart::Last, 0, 4));
        assert_eq!(numbers(&last), whole[count - 4..]);
    }
}

#[test]
fn filters_use_the_newest_exam_and_follow_every_change() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let low = PatientChoice::New(patient("P-1", "Low"));
    let low = store.save_exam(&access, &low, &exam("a", 0.1)).unwrap();
    let high = save(store, &access, "P-2", "High");
    let only = |result| PatientFilters {
        result: Some(result),
        ..PatientFilters::default()
    };
    let category = |category| PatientFilters {
        category: Some(category),
        ..PatientFilters::default()
    };
    let status = |status| PatientFilters {
        status: Some(status),
        ..PatientFilters::default()
    };
    let (positive, negative) = (
        only(Classification::Positive),
        only(Classification::Negative),
    );
    assert_eq!(filtered(&installation, &access, &positive), ["High"]);
    assert_eq!(filtered(&installation, &access, &negative), ["Low"]);

    // A newer exam decides, and the earlier one after that is deleted.
    let choice = PatientChoice::Existing(low.patient);
    let newer = store.save_exam(&access, &choice, &exam("b", 0.9)).unwrap();
    assert_eq!(filtered(&installation, &access, &positive), ["Low", "High"]);
    store.delete_exam(&access, newer.exam).unwrap();
    assert_eq!(filtered(&installation, &access, &negative), ["Low"]);
    store.restore_exam(&access, newer.exam).unwrap();
    assert_eq!(filtered(&installation, &access, &negative), [""; 0]);

    // Measurements and statements on it count as well.
    let none = filtered(&installation, &access, &category(Category::One));
    assert_eq!(none, [""; 0]);
    let none_seen = Circumstances {
        nodules_seen: Some(0),
        ..Circumstances::default()
    };
    store
        .state_circumstances(&access, high.exam, 0, &none_seen)
        .unwrap();
    let found = filtered(&installation, &access, &category(Category::One));
    assert_eq!(found, ["High"]);

    assert_eq!(
        filtered(&installation, &access, &status(ReportStatus::NoExam)),
        [""; 0]
    );
    store.delete_exam(&access, high.exam).unwrap();
    assert_eq!(
        filtered(&installation, &access, &status(ReportStatus::NoExam)),
        ["High"]
    );
    let preliminary = filtered(&installation, &access, &status(ReportStatus::Preliminary));
    assert_eq!(preliminary, ["Low"]);
    let found = filtered(&installation, &access, &category(Category::One));
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_patient_is_final_while_the_last_version_of_the_newest_exams_report_is_signed() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let radiologist = installation.enter_as("St. Mary", "ray@example.org", Role::Radiologist);
    let saved = save(store, &access, "P-1", "Zoë");
    let with = |status| {
        let filters = PatientFilters {
            status: Some(status),
            ..PatientFilters::default()
        };
        filtered(&installation, &access, &filters)
    };
    let report = store.write_report(&access, saved.exam, "one").unwrap();
    assert_eq!(with(ReportStatus::Preliminary), ["Zoë"]);
    store.sign_report(&radiologist, report.id).unwrap();
    assert_eq!(with(ReportStatus::Final), ["Zoë"]);
    assert_eq!(with(ReportStatus::Preliminary), [""; 0]);
    store.write_report(&access, saved.exam, "two").unwrap();
    assert_eq!(with(ReportStatus::Preliminary), ["Zoë"]);
}

#[test]
fn a_deleted_patient_is_found_again_only_when_restored() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let saved = save(store, &access, "P-1", "Zoë");
    let total = || find(store, &access, "").total;
    let record = store.patient(&access, saved.patient).unwrap();
    let renamed = patient("P-1", "Yvonne");
    store
        .change_patient(&access, saved.patient, record.revision, &renamed)
        .unwrap();
    assert_eq!(names(store, &access, "zoe"), [""; 0]);
    assert_eq!(names(store, &access, "yvo"), ["Yvonne"]);
    store.delete_patient(&access, saved.patient).unwrap();
    assert_eq!(names(store, &access, "yvo"), [""; 0]);
    assert_eq!(total(), Count::Exactly(0));
    store.restore_patient(&access, saved.patient).unwrap();
    assert_eq!(names(store, &access, "yvo"), ["Yvonne"]);
    assert_eq!(total(), Count::Exactly(1));
}

#[test]
fn a_filter_by_time_is_exact_to_the_microsecond() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    for n in 0..4 {
        save(
            &installation.store,
            &access,
            &format!("P-{n}"),
            &format!("N{n}"),
        );
    }
    let rows = find(&installation.store, &access, "").rows;
    let saved = |index: usize| rows[index].last_exam;
    let between = |since, before| {
        let filters = PatientFilters {
            since,
            before,
            ..PatientFilters::default()
        };
        filtered(&installation, &access, &filters)
    };
    assert_eq!(between(saved(2), saved(0)), ["N2", "N1"]);
    assert_eq!(between(saved(1), None), ["N3", "N2"]);
    assert_eq!(between(None, saved(1)), ["N1", "N0"]);
    assert_eq!(between(saved(0), saved(1)), [""; 0]);
    let hour = "1999-01-01T00:00:00Z".parse().ok();
    assert_eq!(between(hour, None).len(), 4);
    assert_eq!(between(None, hour), [""; 0]);
}

#[test]
fn many_matches_are_counted_up_to_a_bound() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let raw = installation.raw();
    // Too many to save one by one in a test; the index is rebuilt for them.
    raw.execute_batch(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
         INSERT INTO patient (hospital_id, created_by, number, number_key, full_name, notes,
                              created_at, last_activity_at)
         SELECT 1, 1, 'X' || i, 'x' || i, 'Maria Nowak', '', i, i FROM n;",
    )
    .unwrap();
    assert_eq!(installation.store.rebuild_search().unwrap(), 1500);
    let total = |text: &str| find(&installation.store, &access, text).total;
    assert_eq!(total(""), Count::Exactly(1500));
    assert_eq!(total("m"), Count::MoreThan(COUNTED.into()));
    assert_eq!(total("maria now"), Count::MoreThan(COUNTED.into()));
    assert_eq!(total("x14"), Count::Exactly(111));
    let first = &find(&installation.store, &access, "nowak").rows[0];
    assert_eq!(first.patient.number, "X1500");
}

#[test]
fn no_search_finds_another_hospitals_patients() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    save(&installation.store, &ada, "P-1", "Secret Name");
    let bo = installation.enter("Elsewhere", "bo@example.org");
    for text in [
        "",
        "s",
        "se",
        "secret",
        "secret name",
        "p-1",
        "1gsec",
        "\" OR \"1gs",
    ] {
        assert_eq!(find(&installation.store, &bo, text).rows, [], "{text}");
    }
    let all = PatientFilters {
        status: Some(ReportStatus::Preliminary),
        ..PatientFilters::default()
    };
    assert_eq!(filtered(&installation, &bo, &all), [""; 0]);
    // A cursor of another hospital returns nothing either.
    let cursor = find(&installation.store, &ada, "").rows[0].cursor;
    for start in [PageStart::Before(cursor), PageStart::After(cursor)] {
        let query = PatientQuery {
            start,
            limit: 9,
            ..PatientQuery::default()
        };
        assert_eq!(ask(&installation.store, &bo, query).rows, []);
    }
}

#[test]
fn a_patient_saved_by_one_store_is_found_by_another_at_once() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let other = Store::open(installation.home.path()).unwrap();
    let there = other.sign_in(ADA, PASSWORD).unwrap().access;
    assert_eq!(names(&other, &there, "zo"), [""; 0]);
    save(&installation.store, &access, "P-1", "Zoë");
    assert_eq!(names(&other, &there, "zo"), ["Zoë"]);
    save(&other, &there, "P-2", "Zola");
    assert_eq!(names(&installation.store, &access, "zo"), ["Zola", "Zoë"]);
}

#[test]
fn the_rebuilt_index_finds_the_same() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    for (number, name) in [("P-1", "Ada"), ("P-2", "李小龙"), ("P-3", "Adam Özil")] {
        save(&installation.store, &access, number, name);
    }
    let found =
        || ["", "ada", "p", "龙", "il"].map(|text| names(&installation.store, &access, text));
    let before = found();
    assert_eq!(installation.store.rebuild_search().unwrap(), 3);
    assert_eq!(found(), before);
}

#[test]
fn every_part_of_every_field_finds_the_patient() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let number = std::cell::Cell::new(0);
    let notes = "[a-zA-ZäßéØœ0-9 .,;:'\"*()^+-]{0,60}|\\p{Greek}{1,20}|[ء-ي ]{1,20}|[\u{4e00}-\u{4eff}🙂]{1,20}";
    proptest!(ProptestConfig::with_cases(64), |(notes in notes, from in 0..60_usize, length in 1..12_usize)| {
        number.set(number.get() + 1);
        let number = format!("N{}", number.get());
        save_with(&installation, &access, &number, "Ada", notes.trim());
        let part: String = notes.trim().chars().skip(from).take(length).collect();
        // With the number, because other cases may contain the part too.
        let found = find(&installation.store, &access, &format!("{number} {part}")).rows;
        prop_assert!(found.iter().any(|row| row.patient.number == number), "{:?} in {:?}", part, notes);
    });
}
