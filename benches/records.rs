//! Duration of operations on the patient table in a hospital of a million patients: opening it, searching it, sorting it, saving
//! to it, each compared with a plain `LIKE` over the same rows. `LUNNY_BENCH_PATIENTS` sets another number, 100000 for a quick
//! look. The database is created once, encrypted, and stored in the build folder.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::ToSpan;
use lunny::clinical::assessment::Classification;
use lunny::clinical::follow_up::List;
use lunny::clinical::lung_rads::Category;
use lunny::clinical::patient::{Field, Patient};
use lunny::clinical::text::fold;
use lunny::clinical::worklist::PlannedList;
use lunny::store::{
    Access, Column, FILE_NAME, FollowUpFilters, FollowUpQuery, MergePlan, Order, PageStart,
    PatientChoice, PatientFilters, PatientId, PatientQuery, PlannedFilters, PlannedQuery, Store,
};

#[path = "records/hospital.rs"]
mod hospital;
#[path = "../tests/support/made_up.rs"]
mod made_up;
#[path = "records/people.rs"]
mod people;
#[path = "records/searches.rs"]
mod searches;

use made_up::exam;
use people::People;
use searches::{parts, searches};

/// Number of searches of each kind.
const TIMES: usize = 100;
const SAVES: usize = 300;
/// Aim for the 95th percentile of a search, list or page, in milliseconds.
const AIM_MS: f64 = 50.0;
/// Rows of a page, as the screen requests them.
const ROWS: u32 = 200;

fn main() {
    let patients = std::env::var("LUNNY_BENCH_PATIENTS").map_or(Ok(1_000_000), |n| n.parse());
    let home = hospital::home(patients.expect("LUNNY_BENCH_PATIENTS is a number"));
    let size = std::fs::metadata(home.join(FILE_NAME))
        .expect("the file")
        .len();
    println!("file: {:.0} MB", size as f64 / 1e6);
    sizes(&home);
    println!("{:<46}{:>10}{:>10}{:>10}", "", "p50", "p95", "max");
    opening(&home);
    let (store, access) = hospital::enter(&home);
    let samples = samples(&home);
    searches(&store, &access, &samples, "");
    sorted(&store, &access, &samples);
    peer(&home, &samples);
    follow_ups(&store, &access, &samples);
    worklist(&store, &access, &samples);
    duplicates(&store, &access);
    saving(&store, &access);
    searches(&store, &access, &samples, " after saving");
}

/// The lists of follow-ups half a year after the newest scan: the first page of each, with filters and with text.
fn follow_ups(store: &Store, access: &Access, samples: &[Vec<String>]) {
    let newest = hospital::newest_scan(store.home());
    let today = newest.saturating_add(6.months());
    for list in List::ALL {
        let query = FollowUpQuery {
            limit: ROWS as usize,
            ..FollowUpQuery::of(list, today)
        };
        let times = (0..TIMES).map(|_| time(|| store.follow_ups(access, &query)));
        report(&format!("follow-ups, {}", list.label()), times.collect());
        let of_doctor = FollowUpQuery {
            filters: FollowUpFilters {
                doctor: Some("Dr 7".into()),
                category: Some(Category::One),
                ..FollowUpFilters::default()
            },
            ..query.clone()
        };
        let times = (0..TIMES).map(|_| time(|| store.follow_ups(access, &of_doctor)));
        report(
            &format!("follow-ups, {}, doctor and category", list.label()),
            times.collect(),
        );
        for letters in [2, 5] {
            let texts = parts(samples, letters, 2, 7);
            let times = texts.into_iter().map(|text| {
                let query = FollowUpQuery {
                    text,
                    ..query.clone()
                };
                time(|| store.follow_ups(access, &query))
            });
            report(
                &format!("follow-ups, {}, {letters} letters", list.label()),
                times.collect(),
            );
        }
    }
    let times = (0..TIMES).map(|_| time(|| store.overview(access, today)));
    report("the dashboard's today", times.collect());
}

/// The lists of planned exams, with a doctor, with text, and with an accession number.
fn worklist(store: &Store, access: &Access, samples: &[Vec<String>]) {
    let today = jiff::civil::date(2023, 6, 1);
    for list in PlannedList::ALL {
        let query = PlannedQuery {
            limit: ROWS as usize,
            ..PlannedQuery::of(list, today)
        };
        let run = |what: &str, queries: Vec<PlannedQuery>| {
            let ask = |query| time(|| store.planned_exams(access, query));
            let label = format!("worklist, {}{what}", list.label());
            report(&label, queries.iter().map(ask).collect());
        };
        run("", vec![query.clone(); TIMES]);
        let of_doctor = PlannedQuery {
            filters: PlannedFilters {
                doctor: Some("Dr 7".into()),
                ..PlannedFilters::default()
            },
            ..query.clone()
        };
        run(", doctor", vec![of_doctor; TIMES]);
        let searched = |texts: Vec<String>| -> Vec<PlannedQuery> {
            let query = |text| PlannedQuery {
                text,
                ..query.clone()
            };
            texts.into_iter().map(query).collect()
        };
        run(", 2 letters", searched(parts(samples, 2, 2, 7)));
        run(", 5 letters", searched(parts(samples, 5, 2, 7)));
        let numbers = (1..=TIMES).map(|n| format!("ACC{}", n * 400));
        run(", accession number", searched(numbers.collect()));
    }
}

/// The list of likely duplicates, and a change of a record, which compares it again.
fn duplicates(store: &Store, access: &Access) {
    let first = store
        .duplicates(access, None, ROWS as usize)
        .expect("a page");
    println!("{} likely duplicates", first.total);
    let times = (0..TIMES).map(|_| time(|| store.duplicates(access, None, ROWS as usize)));
    report("duplicates, first page", times.collect());
    let mut after = None;
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let start = Instant::now();
        let page = store
            .duplicates(access, after, ROWS as usize)
            .expect("a page");
        times.push(start.elapsed());
        after = (page.pairs.last()).map(|pair| (pair.likeness.score, pair.one.id, pair.other.id));
    }
    report("duplicates, page after page", times);
    let mut times = Vec::new();
    for n in 0..TIMES as i64 {
        let id = PatientId(1 + n * 97);
        let Ok(record) = store.patient(access, id) else {
            continue;
        };
        let mut changed = record.patient;
        changed.full_name.push('x');
        times.push(time(|| {
            store.change_patient(access, id, record.revision, &changed)
        }));
    }
    report("changing a name", times);
    let mut times = Vec::new();
    for pair in first.pairs.iter().take(TIMES) {
        let plan = MergePlan {
            kept: pair.one.id,
            kept_revision: pair.one.revision,
            merged: pair.other.id,
            merged_revision: pair.other.revision,
            result: pair.one.patient.clone(),
        };
        let start = Instant::now();
        let Ok(merged) = store.merge_patients(access, &plan) else {
            continue;
        };
        times.push(start.elapsed());
        store
            .unmerge_patients(access, merged.merge)
            .expect("undone");
    }
    report("merging two records", times);
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at =
        |share: f64| times[((times.len() - 1) as f64 * share).round() as usize].as_secs_f64() * 1e3;
    let over = match at(0.95) > AIM_MS {
        true => "  over the aim",
        false => "",
    };
    println!(
        "{what:<46}{:>7.2} ms{:>7.2} ms{:>7.2} ms{over}",
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

fn sizes(home: &Path) {
    let raw = hospital::raw(home);
    let mut tables = raw
        .prepare("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 8")
        .ok();
    if let Some(tables) = &mut tables {
        let mut rows = tables.query([]).expect("the tables");
        while let Ok(Some(row)) = rows.next() {
            let (name, bytes): (String, f64) =
                (row.get(0).expect("name"), row.get(1).expect("size"));
            println!("  {name:<32}{:>7.0} MB", bytes / 1e6);
        }
    }
}

/// The first page of a store that was just opened, and of one that is already open.
fn opening(home: &Path) {
    let blank = PatientQuery {
        limit: ROWS,
        ..PatientQuery::default()
    };
    let (mut first, mut again, mut last) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..20 {
        let (store, access) = hospital::enter(home);
        first.push(time(|| store.search_patients(&access, &blank)));
        again.push(time(|| store.search_patients(&access, &blank)));
        let end = PatientQuery {
            start: PageStart::Last,
            ..blank.clone()
        };
        last.push(time(|| store.search_patients(&access, &end)));
    }
    report("table opens, first time", first);
    report("table opens again", again);
    report("End", last);
}

fn time<T, E: std::fmt::Debug>(work: impl FnOnce() -> Result<T, E>) -> Duration {
    let start = Instant::now();
    work().expect("no error");
    start.elapsed()
}

/// Words of patients from the whole table: of names, rare and common, numbers and notes.
fn samples(home: &Path) -> Vec<Vec<String>> {
    let raw = hospital::raw(home);
    let count: i64 = raw
        .query_row("SELECT max(id) FROM patient", [], |row| row.get(0))
        .expect("patients");
    let mut people = People::new(2);
    (0..1000)
        .map(|_| {
            let id = people.below(count as usize) as i64;
            let text: String = raw
                .query_row(
                    "SELECT full_name || ' ' || number || ' ' || notes FROM patient WHERE id >= ?1",
                    [id],
                    |row| row.get(0),
                )
                .expect("a patient");
            fold(&text).split(' ').map(str::to_owned).collect()
        })
        .collect()
}

/// Pages sorted by a column: at both ends, after a row in the middle, and for searches that find many, some and few.
fn sorted(store: &Store, access: &Access, samples: &[Vec<String>]) {
    let columns = [
        ("name", Column::Field(Field::FullName)),
        ("birth", Column::Field(Field::DateOfBirth)),
        ("last result", Column::LastResult),
        ("CEA, which few state", Column::Field(Field::Cea)),
    ];
    for (what, by) in columns {
        for descending in [false, true] {
            let order = Some(Order { by, descending });
            let blank = PatientQuery {
                order,
                limit: ROWS,
                ..PatientQuery::default()
            };
            let way = if descending { "falling" } else { "rising" };
            let run = |kind: &str, queries: Vec<PatientQuery>| {
                let ask = |query| time(|| store.search_patients(access, query));
                let times = queries.iter().map(ask).collect();
                report(&format!("by {what}, {way}: {kind}"), times);
            };
            run("first page", vec![blank.clone(); TIMES]);
            let last = PatientQuery {
                start: PageStart::Last,
                ..blank.clone()
            };
            run("End", vec![last; TIMES]);
            let searched = |texts: Vec<String>, filters: PatientFilters| {
                let query = |text| PatientQuery {
                    text,
                    filters: filters.clone(),
                    ..blank.clone()
                };
                texts.into_iter().map(query).collect::<Vec<_>>()
            };
            let any = PatientFilters::default();
            for letters in [1, 2, 3, 5, 10] {
                let texts = parts(samples, letters, 99, 20 + letters as u64);
                run(
                    &format!("{letters} of any field"),
                    searched(texts, any.clone()),
                );
                let texts = parts(samples, letters, 2, 30 + letters as u64);
                run(
                    &format!("{letters} of a name"),
                    searched(texts, any.clone()),
                );
            }
            let negative = PatientFilters {
                result: Some(Classification::Negative),
                ..any
            };
            run(
                "negative",
                searched(vec![String::new(); TIMES], negative.clone()),
            );
            let texts = parts(samples, 3, 99, 40);
            run("negative, 3 letters", searched(texts, negative));
        }
    }
}

/// Duration of a plain `LIKE` over the folded text for a page, without ranks and without a count.
fn peer(home: &Path, samples: &[Vec<String>]) {
    let raw = hospital::raw(home);
    let like = |what: &str, texts: &[String]| {
        let times = texts.iter().map(|text| {
            let start = Instant::now();
            let rows = raw
                .prepare_cached(
                    "SELECT patient_id FROM search_entry WHERE hospital_id = 1 AND text LIKE '%' || ?1 || '%'
                     ORDER BY place DESC LIMIT ?2",
                )
                .expect("a statement")
                .query_map(rusqlite::params![text, ROWS], |row| row.get::<_, i64>(0))
                .expect("rows")
                .count();
            assert!(rows <= ROWS as usize);
            start.elapsed()
        });
        report(&format!("LIKE: {what}"), times.collect());
    };
    like("2 of any field", &parts(samples, 2, 99, 3)[..20]);
    like("10 of any field", &parts(samples, 10, 99, 3)[..20]);
    let mut people = People::new(5);
    like(
        "nobody",
        &(0..5).map(|_| people.nonsense(10)).collect::<Vec<_>>(),
    );
}

fn saving(store: &Store, access: &Access) {
    let mut people = People::new(10);
    let (mut new, mut known) = (Vec::new(), Vec::new());
    let run = std::process::id();
    for n in 0..SAVES {
        let person = people.next();
        let patient = Patient {
            number: store.next_patient_number(access).expect("a number"),
            full_name: person.full_name,
            date_of_birth: person.born.parse().ok(),
            sex: None,
            notes: person.notes,
            details: Default::default(),
        };
        let choice = PatientChoice::New(patient);
        let start = Instant::now();
        let saved = store
            .save_exam(
                access,
                &choice,
                &exam(&format!("{run}-{n}"), person.malignant),
            )
            .expect("saved");
        new.push(start.elapsed());
        let choice = PatientChoice::Existing(saved.patient);
        known.push(time(|| {
            store.save_exam(access, &choice, &exam(&format!("{run}-{n}-again"), 0.5))
        }));
    }
    report("saving a new patient with exam", new);
    report("saving to a patient", known);
}
