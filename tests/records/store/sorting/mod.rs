//! The patient table sorted by any column, compared with a plain sort in memory.

mod crowd;
mod plain;

use lunny::clinical::patient::{Field, Kind};
use lunny::store::{
    Access, Column, Order, PAGE_ROWS, PageStart, PatientChoice, PatientFilters, PatientId,
    PatientPage, PatientQuery, PatientRow, Store,
};
use proptest::prelude::*;

use self::crowd::{PATIENTS, crowd, described, person};
use self::plain::{expected, sieves};
use crate::support::*;

const ADA: &str = "ada@example.org";
const TODAY: jiff::civil::Date = jiff::civil::date(2026, 3, 9);

fn columns() -> Vec<Column> {
    let fields = Field::entered().map(Column::Field);
    fields
        .chain([
            Column::Exams,
            Column::LastExam,
            Column::LastResult,
            Column::LastActivity,
        ])
        .collect()
}

fn ask(store: &Store, access: &Access, query: &PatientQuery) -> PatientPage {
    store.search_patients(access, query).unwrap()
}

/// Every row that a query finds, page by page.
fn all(store: &Store, access: &Access, query: &PatientQuery) -> Vec<PatientRow> {
    let mut rows: Vec<PatientRow> = Vec::new();
    loop {
        let start = rows
            .last()
            .map_or(PageStart::First, |row| PageStart::After(row.cursor));
        let page = ask(
            store,
            access,
            &PatientQuery {
                start,
                limit: PAGE_ROWS,
                ..query.clone()
            },
        );
        if page.rows.is_empty() {
            return rows;
        }
        rows.extend(page.rows);
    }
}

/// The same from the end, read upwards.
fn all_backwards(store: &Store, access: &Access, query: &PatientQuery) -> Vec<PatientRow> {
    let mut rows: Vec<PatientRow> = Vec::new();
    loop {
        let start = rows
            .first()
            .map_or(PageStart::Last, |row| PageStart::Before(row.cursor));
        let page = ask(
            store,
            access,
            &PatientQuery {
                start,
                limit: 77,
                ..query.clone()
            },
        );
        if page.rows.is_empty() {
            return rows;
        }
        rows.splice(0..0, page.rows);
    }
}

#[test]
fn every_column_is_sorted_like_a_plain_sort_from_any_row_in_either_direction() {
    let (installation, access) = crowd();
    let store = &installation.store;
    let everybody = all(store, &access, &PatientQuery::default());
    assert_eq!(everybody.len(), PATIENTS as usize);
    assert!(everybody.is_sorted_by(|one, next| one.last_activity >= next.last_activity));
    let columns = columns();
    let texts = [
        "",
        "a",
        "maria",
        "zo",
        "orsted 17",
        "asbestos",
        "p-0293",
        "李 9",
        "nobody",
        "of 39",
    ];
    let sieves = sieves();
    let chosen = (
        0..columns.len(),
        any::<bool>(),
        0..texts.len(),
        0..sieves.len(),
    );
    let page = (any::<prop::sample::Index>(), 0..90_u32, 1..120_u32);
    let config = ProptestConfig {
        max_shrink_iters: 20,
        ..ProptestConfig::with_cases(160)
    };
    proptest!(config, |((by, descending, text, sieve) in chosen, (at, skip, limit) in page)| {
        let query = PatientQuery {
            text: texts[text].into(),
            filters: sieves[sieve].clone(),
            order: Some(Order { by: columns[by], descending }),
            ..PatientQuery::default()
        };
        let wanted = expected(&everybody, &query);
        let rows = all(store, &access, &query);
        let found: Vec<PatientId> = rows.iter().map(|row| row.id).collect();
        prop_assert!(found == wanted, "{:?}: {} of {}", query, found.len(), wanted.len());
        let ids = |page: PatientPage| page.rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
        let last = ask(store, &access, &PatientQuery { start: PageStart::Last, skip, limit, ..query.clone() });
        let end = wanted.len().saturating_sub(skip as usize);
        let begin = end.saturating_sub(limit as usize);
        prop_assert_eq!(ids(last), &wanted[begin..end]);
        if rows.is_empty() {
            return Ok(());
        }
        let at = at.index(rows.len());
        let after = PageStart::After(rows[at].cursor);
        let after = ask(store, &access, &PatientQuery { start: after, skip, limit, ..query.clone() });
        let begin = (at + 1 + skip as usize).min(wanted.len());
        let end = (begin + limit as usize).min(wanted.len());
        prop_assert_eq!(ids(after), &wanted[begin..end]);
        let before = PageStart::Before(rows[at].cursor);
        let before = ask(store, &access, &PatientQuery { start: before, skip, limit, ..query });
        let end = at.saturating_sub(skip as usize);
        let begin = end.saturating_sub(limit as usize);
        prop_assert_eq!(ids(before), &wanted[begin..end]);
    });
    for by in [
        Field::FullName,
        Field::PackYears,
        Field::Doctor,
        Field::Gender,
    ] {
        let by = Column::Field(by);
        for descending in [false, true] {
            let order = Some(Order { by, descending });
            let query = PatientQuery {
                order,
                ..PatientQuery::default()
            };
            let rows = all_backwards(store, &access, &query);
            let ids: Vec<PatientId> = rows.iter().map(|row| row.id).collect();
            assert!(ids == expected(&everybody, &query), "{by:?} {descending}");
        }
    }
}

/// The content of the index that does not depend on the time of writing.
fn index(installation: &Installation) -> Vec<String> {
    let raw = installation.raw();
    let mut lines = Vec::new();
    for sql in [
        "SELECT concat_ws('|', patient_id, field, sort_key) FROM field_value
         LEFT JOIN search_entry USING (place) ORDER BY 1",
        "SELECT concat_ws('|', patient_id, text, facts) FROM search_entry ORDER BY 1",
        "SELECT concat_ws('|', hospital_id, name_key, patients) FROM doctor ORDER BY 1",
    ] {
        let mut statement = raw.prepare(sql).unwrap();
        let rows = statement
            .query_map([], |row| row.get::<_, String>(0))
            .unwrap();
        lines.extend(rows.map(Result::unwrap));
    }
    lines
}

#[test]
fn every_change_of_a_record_moves_it_to_its_place() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let mut known = Vec::new();
    for n in 0..6 {
        known.push((store.create_patient(&access, &person(n)).unwrap(), false));
    }
    let number = std::cell::Cell::new(100);
    let step = (0..5_u8, any::<prop::sample::Index>(), 0..1000_i64);
    let config = ProptestConfig {
        max_shrink_iters: 0,
        ..ProptestConfig::with_cases(60)
    };
    let known = std::cell::RefCell::new(known);
    proptest!(config, |(steps in prop::collection::vec(step, 1..4), by in any::<prop::sample::Index>(), descending: bool)| {
        let mut known = known.borrow_mut();
        for (what, who, value) in steps {
            let who = who.index(known.len());
            let (id, is_deleted) = known[who];
            number.set(number.get() + 1);
            match (what, is_deleted) {
                (_, true) => store.restore_patient(&access, id).unwrap(),
                (0, false) => store.delete_patient(&access, id).unwrap(),
                (1, false) => {
                    let record = store.patient(&access, id).unwrap();
                    let exams = &record.exams;
                    match exams.first() {
                        Some(newest) if value % 2 == 0 => store.delete_exam(&access, newest.id).unwrap(),
                        _ => {
                            let file = exam(&number.get().to_string(), (value % 100) as f64 / 100.0);
                            store.save_exam(&access, &PatientChoice::Existing(id), &file).unwrap();
                        }
                    }
                }
                (_, false) => {
                    let revision = store.patient(&access, id).unwrap().revision;
                    let mut changed = person(value);
                    changed.number = format!("C-{}", number.get());
                    store.change_patient(&access, id, revision, &changed).unwrap();
                }
            }
            known[who].1 = is_deleted != (what == 0 || is_deleted);
        }
        let everybody = all(store, &access, &PatientQuery::default());
        prop_assert_eq!(everybody.len(), known.iter().filter(|(_, is_deleted)| !is_deleted).count());
        let columns = columns();
        let order = Some(Order { by: columns[by.index(columns.len())], descending });
        let query = PatientQuery { order, ..PatientQuery::default() };
        let found: Vec<PatientId> = all(store, &access, &query).iter().map(|row| row.id).collect();
        prop_assert_eq!(found, expected(&everybody, &query));
        for filters in sieves() {
            let query = PatientQuery { filters, ..query.clone() };
            let found: Vec<PatientId> = all(store, &access, &query).iter().map(|row| row.id).collect();
            prop_assert_eq!(found, expected(&everybody, &query));
        }
    });
    let before = index(&installation);
    store.rebuild_search().unwrap();
    assert_eq!(index(&installation), before);
}

#[test]
fn a_cursor_of_a_row_that_moved_still_marks_its_old_place() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let ids: Vec<PatientId> = ["Ann", "Bo", "Cy", "Di"]
        .iter()
        .map(|name| {
            store
                .create_patient(&access, &patient(&format!("P-{name}"), name))
                .unwrap()
        })
        .collect();
    let by = Column::Field(Field::FullName);
    let query = PatientQuery {
        order: Some(Order {
            by,
            descending: false,
        }),
        limit: 9,
        ..PatientQuery::default()
    };
    let cursor = ask(store, &access, &query).rows[1].cursor;
    let renamed = patient("P-Bo", "Zeno");
    store.change_patient(&access, ids[1], 1, &renamed).unwrap();
    let after = ask(
        store,
        &access,
        &PatientQuery {
            start: PageStart::After(cursor),
            ..query.clone()
        },
    );
    let names: Vec<String> = after
        .rows
        .into_iter()
        .map(|row| row.patient.full_name)
        .collect();
    assert_eq!(names, ["Cy", "Di", "Zeno"]);
    let before = ask(
        store,
        &access,
        &PatientQuery {
            start: PageStart::Before(cursor),
            ..query
        },
    );
    assert_eq!(before.rows.len(), 1);
    assert_eq!(before.rows[0].id, ids[0]);
}

#[test]
fn the_category_of_a_row_states_its_basis() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let saved = save(store, &access, "P-1", "Ann");
    let category = || find(store, &access, "ann").rows[0].last_category.clone();
    assert_eq!(
        category().as_deref(),
        Some("4B/4X (suggested by the model)")
    );
    let stated = lunny::clinical::reading::Circumstances {
        nodules_seen: Some(0),
        modifier_s: true,
        ..Default::default()
    };
    store
        .state_circumstances(&access, saved.exam, 0, &stated)
        .unwrap();
    assert_eq!(category().as_deref(), Some("1S (measured)"));
    store.delete_exam(&access, saved.exam).unwrap();
    assert_eq!(category(), None);
}

#[test]
fn doctors_are_listed_by_the_number_of_their_records() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let other = installation.enter("Elsewhere", "bo@example.org");
    let with = |number: &str, doctor: &str| {
        let values = [
            (Field::FullName, "Ann".to_owned()),
            (Field::Doctor, doctor.to_owned()),
        ];
        described(number, &values)
    };
    let add = |number: &str, doctor: &str| {
        store
            .create_patient(&access, &with(number, doctor))
            .unwrap()
    };
    let first = add("P-1", "Dr Émile");
    add("P-2", "Dr Zed");
    let third = add("P-3", "dr emile");
    add("P-4", "");
    store
        .create_patient(&other, &with("P-1", "Dr Elsewhere"))
        .unwrap();
    assert_eq!(store.doctors(&access).unwrap(), ["dr emile", "Dr Zed"]);
    assert_eq!(store.doctors(&other).unwrap(), ["Dr Elsewhere"]);
    store
        .change_patient(&access, third, 1, &with("P-3", "Dr Zed"))
        .unwrap();
    assert_eq!(store.doctors(&access).unwrap()[0], "Dr Zed");
    store.delete_patient(&access, first).unwrap();
    assert_eq!(store.doctors(&access).unwrap(), ["Dr Zed"]);
    let filters = PatientFilters {
        doctor: Some("DR ZED".into()),
        ..PatientFilters::default()
    };
    let query = PatientQuery {
        filters,
        limit: 9,
        ..PatientQuery::default()
    };
    assert_eq!(ask(store, &access, &query).rows.len(), 2);
    store.restore_patient(&access, first).unwrap();
    assert_eq!(store.doctors(&access).unwrap().len(), 2);
}

#[test]
fn only_text_fields_of_a_record_are_searched() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let mut values = vec![(Field::FullName, "Ann".to_owned())];
    for field in Field::entered() {
        let text = format!("x{}x", field as usize);
        values.push((
            field,
            match field.kind() {
                Kind::Line(_) | Kind::Paragraphs(_) if !field.is_required() => text,
                Kind::Email => format!("{text}@example.org"),
                Kind::Phone => "+44 20 7946 0018".into(),
                Kind::FollowUps => format!("2025-01-02 {text}"),
                Kind::Choice(choices) => choices[0].word.to_owned(),
                _ => continue,
            },
        ));
    }
    store
        .create_patient(&access, &described("P-1", &values))
        .unwrap();
    for field in Field::entered() {
        let typed = match field.kind() {
            Kind::Line(_) | Kind::Paragraphs(_) | Kind::Email | Kind::FollowUps
                if !field.is_required() =>
            {
                format!("x{}x", field as usize)
            }
            Kind::Phone => "7946".into(),
            _ => continue,
        };
        assert_eq!(names(store, &access, &typed), ["Ann"], "{}", field.key());
    }
    assert_eq!(names(store, &access, "female"), [""; 0]);
}

#[test]
fn a_hundred_thousand_letters_in_one_record_are_saved_and_found() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let long: String = (0..600).map(|n| format!("{:06} ", n * 1_777)).collect();
    let texts = Field::entered().filter(|field| matches!(field.kind(), Kind::Paragraphs(4000..)));
    let mut values: Vec<(Field, String)> = texts
        .map(|field| (field, long[..3990].to_owned()))
        .collect();
    values.push((Field::FullName, "Ann".to_owned()));
    assert!(values.len() > 12);
    store
        .create_patient(&access, &described("P-1", &values))
        .unwrap();
    assert_eq!(names(store, &access, "003554 ann"), ["Ann"]);
}
