use jiff::civil::Date;
use lunny::clinical::follow_up::ClosingReason;
use lunny::clinical::identity::Identity;
use lunny::clinical::patient::{Field, PatientDraft};
use lunny::clinical::worklist::{ExamPlan, PlannedList};
use lunny::store::{
    Access, Count, PatientChoice, PatientId, PlannedFilters, PlannedId, PlannedPage, PlannedQuery,
    PlannedState, SavedExam, ScanOrder, ScanOwner, Store, StoreError,
};

use crate::support::*;

const ADA: &str = "ada@example.org";
const EVE: &str = "eve@example.org";
const TODAY: Date = Date::constant(2026, 3, 2);

fn person(store: &Store, access: &Access, number: &str, name: &str) -> PatientId {
    let mut draft = PatientDraft::default();
    draft.set(Field::Number, number);
    draft.set(Field::FullName, name);
    draft.set(Field::Doctor, "Dr. Müller");
    store
        .create_patient(access, &draft.validate(TODAY).unwrap())
        .unwrap()
}

fn plan(on: Date, accession: &str) -> ExamPlan {
    ExamPlan::new(on, accession, "annual screening").unwrap()
}

fn page(store: &Store, access: &Access, list: PlannedList) -> PlannedPage {
    store
        .planned_exams(access, &PlannedQuery::of(list, TODAY))
        .unwrap()
}

fn numbers(page: &PlannedPage) -> Vec<&str> {
    (page.rows.iter())
        .map(|row| row.patient.number.as_str())
        .collect()
}

fn scan(accession: Option<&str>, on: Date) -> ScanOwner {
    ScanOwner {
        order: ScanOrder {
            accession: accession.map(str::to_owned),
            scanned_on: Some(on),
        },
        ..ScanOwner::default()
    }
}

fn save_scan(
    store: &Store,
    access: &Access,
    patient: PatientId,
    file: &str,
    owner: &ScanOwner,
) -> Result<SavedExam, StoreError> {
    let choice = PatientChoice::Existing(patient);
    store.save_exam_of(access, &choice, &exam(file, 0.1), &[], owner)
}

#[test]
fn each_planned_exam_stands_on_the_list_of_its_day() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    for (number, on) in [
        ("LATER-2", Date::constant(2026, 3, 9)),
        ("TODAY", TODAY),
        ("LATER-1", Date::constant(2026, 3, 3)),
        ("MISSED-1", Date::constant(2026, 2, 1)),
        ("MISSED-2", Date::constant(2026, 3, 1)),
    ] {
        let patient = person(store, &access, number, "Ada Byron");
        store.plan_exam(&access, patient, &plan(on, "")).unwrap();
    }
    let listed = |list| page(store, &access, list);
    assert_eq!(numbers(&listed(PlannedList::Today)), ["TODAY"]);
    assert_eq!(numbers(&listed(PlannedList::Next)), ["LATER-1", "LATER-2"]);
    assert_eq!(
        numbers(&listed(PlannedList::Missed)),
        ["MISSED-2", "MISSED-1"]
    );
    assert_eq!(numbers(&listed(PlannedList::Done)), [""; 0]);
    let counts = store.planned_counts(&access, TODAY).unwrap();
    assert_eq!(
        (counts.today, counts.missed),
        (Count::Exactly(1), Count::Exactly(2))
    );
    let overview = store.overview(&access, TODAY).unwrap();
    assert_eq!(overview.planned, Count::Exactly(1));
    assert_eq!(installation.logged("plan exam", "done"), 5);
    let log = store
        .patient_log(&access, listed(PlannedList::Today).rows[0].patient_id, 9)
        .unwrap();
    assert!(log.iter().any(|entry| entry.action == "plan exam"));
}

#[test]
fn a_list_is_searched_filtered_and_paged() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    for number in 0..30 {
        let name = format!("Patient Number{number}");
        let patient = person(store, &access, &format!("N-{number}"), &name);
        let on = Date::constant(2026, 4, 1 + (number % 7) as i8);
        let accession = format!("ACC {number}");
        store
            .plan_exam(&access, patient, &plan(on, &accession))
            .unwrap();
    }
    let all = page(store, &access, PlannedList::Next);
    assert_eq!((all.rows.len(), all.total), (30, Count::Exactly(30)));
    let mut query = PlannedQuery {
        limit: 7,
        ..PlannedQuery::of(PlannedList::Next, TODAY)
    };
    let mut paged = Vec::new();
    loop {
        let page = store.planned_exams(&access, &query).unwrap();
        paged.extend(page.rows.iter().map(|row| row.id));
        query.after = page.rows.last().map(|row| row.cursor);
        if !page.goes_on {
            break;
        }
    }
    let whole: Vec<PlannedId> = all.rows.iter().map(|row| row.id).collect();
    assert_eq!(paged, whole);
    let found = |text: &str, filters: PlannedFilters| {
        let query = PlannedQuery {
            text: text.to_owned(),
            filters,
            ..PlannedQuery::of(PlannedList::Next, TODAY)
        };
        let page = store.planned_exams(&access, &query).unwrap();
        numbers(&page)
            .iter()
            .map(|n| (*n).to_owned())
            .collect::<Vec<_>>()
    };
    let any = PlannedFilters::default;
    assert_eq!(found("number17", any()), ["N-17"]);
    assert_eq!(found("acc17", any()), ["N-17"], "an accession number");
    assert_eq!(found("acc 1", any()), ["N-1"], "only a whole one");
    let of = |doctor: &str| PlannedFilters {
        doctor: Some(doctor.to_owned()),
        ..any()
    };
    assert_eq!(found("", of("dr. muller")).len(), 30);
    assert_eq!(found("", of("Dr. Who")).len(), 0);
    let day = Date::constant(2026, 4, 2);
    let on_a_day = PlannedFilters {
        from: Some(day),
        until: Some(day),
        ..any()
    };
    assert_eq!(found("", on_a_day).len(), 5);
}

#[test]
fn a_scan_finishes_the_exam_of_its_accession_number_on_any_day() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let ada = person(store, &access, "P-1", "Ada Byron");
    let other = store
        .plan_exam(&access, ada, &plan(TODAY, "ACC-2"))
        .unwrap();
    let planned = store
        .plan_exam(&access, ada, &plan(Date::constant(2026, 2, 27), "ACC-1"))
        .unwrap();
    let saved = save_scan(store, &access, ada, "a", &scan(Some("acc-1 "), TODAY)).unwrap();
    assert_eq!(saved.planned, Some(planned));
    let done = page(store, &access, PlannedList::Done);
    assert_eq!(done.rows[0].id, planned);
    assert_eq!(
        done.rows[0].state,
        PlannedState::Done {
            exam: saved.exam,
            on: TODAY
        }
    );
    assert_eq!(page(store, &access, PlannedList::Today).rows[0].id, other);
    assert_eq!(installation.logged("finish planned exam", "done"), 1);
    // A second series of the same order changes nothing.
    let again = save_scan(store, &access, ada, "b", &scan(Some("ACC-1"), TODAY)).unwrap();
    assert_eq!(again.planned, None);
    // Without the exam it is planned again; without the patient it is on no list.
    store.delete_exam(&access, saved.exam).unwrap();
    assert_eq!(numbers(&page(store, &access, PlannedList::Missed)), ["P-1"]);
    store.restore_exam(&access, saved.exam).unwrap();
    assert_eq!(page(store, &access, PlannedList::Done).rows.len(), 1);
    store.delete_patient(&access, ada).unwrap();
    for list in PlannedList::ALL {
        assert!(page(store, &access, list).rows.is_empty(), "{list:?}");
    }
    store.restore_patient(&access, ada).unwrap();
    assert_eq!(page(store, &access, PlannedList::Done).rows.len(), 1);
    store.delete_exam(&access, saved.exam).unwrap();
    store.purge_exam(&access, saved.exam).unwrap();
    assert_eq!(page(store, &access, PlannedList::Missed).rows.len(), 1);
    store.delete_patient(&access, ada).unwrap();
    store.purge_patient(&access, ada).unwrap();
    crate::store::processes::assert_sound(&installation.raw());
}

#[test]
fn a_scan_without_a_known_accession_number_finishes_the_exam_of_its_patient_and_day() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let ada = person(store, &access, "P-1", "Ada Byron");
    let numbered = store
        .plan_exam(&access, ada, &plan(TODAY, "ACC-1"))
        .unwrap();
    let bare = store.plan_exam(&access, ada, &plan(TODAY, "")).unwrap();
    // Another number is another exam.
    let saved = save_scan(store, &access, ada, "a", &scan(Some("OTHER"), TODAY)).unwrap();
    assert_eq!(saved.planned, Some(bare));
    let saved = save_scan(store, &access, ada, "b", &scan(Some("OTHER"), TODAY)).unwrap();
    assert_eq!(saved.planned, None);
    let tomorrow = Date::constant(2026, 3, 3);
    let saved = save_scan(store, &access, ada, "c", &scan(None, tomorrow)).unwrap();
    assert_eq!(saved.planned, None);
    let saved = save_scan(store, &access, ada, "d", &scan(None, TODAY)).unwrap();
    assert_eq!(saved.planned, Some(numbered));
}

#[test]
fn a_scan_planned_for_another_patient_is_refused_until_accepted_and_the_answer_is_logged() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let ada = person(store, &access, "P-1", "Ada Byron");
    let bo = person(store, &access, "P-2", "Bo Li");
    let planned = store
        .plan_exam(&access, ada, &plan(TODAY, "ACC-1"))
        .unwrap();
    let mut owner = scan(Some("ACC-1"), TODAY);
    let refused = save_scan(store, &access, bo, "a", &owner).unwrap_err();
    let StoreError::PlannedForAnother { accession, number } = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!((&**accession, &**number), ("ACC-1", "P-1"));
    assert_eq!(installation.logged("save exam", "done"), 0);
    let new = PatientChoice::New(patient("P-3", "New Person"));
    let refused = store.save_exam_of(&access, &new, &exam("a", 0.1), &[], &owner);
    assert!(matches!(refused, Err(StoreError::PlannedForAnother { .. })));
    assert_eq!(find(store, &access, "P-3").rows.len(), 0);

    owner.accepted_plan = Some(planned);
    let saved = save_scan(store, &access, bo, "a", &owner).unwrap();
    assert_eq!(saved.planned, None);
    assert_eq!(
        installation.logged("accept scan planned for another patient", "done"),
        1
    );
    assert_eq!(numbers(&page(store, &access, PlannedList::Today)), ["P-1"]);
    // The acceptance is of one planned exam.
    let other = store
        .plan_exam(&access, ada, &plan(TODAY, "ACC-2"))
        .unwrap();
    let mut owner = scan(Some("ACC-2"), TODAY);
    owner.accepted_plan = Some(planned);
    assert!(save_scan(store, &access, bo, "b", &owner).is_err());
    store
        .cancel_plan(&access, other, ClosingReason::Declined, "", TODAY)
        .unwrap();
    assert!(
        save_scan(store, &access, bo, "b", &owner).is_err(),
        "a cancelled one contradicts as well"
    );
}

#[test]
fn the_planned_exam_of_a_scan_is_found_by_number_and_by_patient_and_day() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let ada = person(store, &access, "P-1", "Ada Byron");
    let planned = store
        .plan_exam(&access, ada, &plan(TODAY, "ACC-1"))
        .unwrap();
    let find = |owner: &ScanOwner, stated: &Identity| {
        let row = store.planned_for_scan(&access, &owner.order, stated);
        row.unwrap().map(|row| row.id)
    };
    let unknown = Identity::default();
    assert_eq!(find(&scan(Some("ACC-1"), TODAY), &unknown), Some(planned));
    assert_eq!(find(&scan(Some("ACC-9"), TODAY), &unknown), None);
    let stated = Identity {
        number: Some("p-1".into()),
        ..Identity::default()
    };
    assert_eq!(find(&scan(None, TODAY), &stated), Some(planned));
    assert_eq!(find(&scan(None, Date::constant(2026, 3, 3)), &stated), None);
    let eve = installation.enter("St. Anne", EVE);
    let found = store.planned_for_scan(&eve, &scan(Some("ACC-1"), TODAY).order, &stated);
    assert_eq!(found.unwrap(), None, "another hospital");
}

#[test]
fn a_planned_exam_is_changed_cancelled_with_a_reason_and_planned_again() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let ada = person(store, &access, "P-1", "Ada Byron");
    let id = store
        .plan_exam(&access, ada, &plan(TODAY, "ACC-1"))
        .unwrap();
    let read = || store.planned_exam(&access, id).unwrap();
    let moved = plan(Date::constant(2026, 3, 5), "ACC-1");
    store.change_plan(&access, id, 1, &moved).unwrap();
    assert_eq!(read().plan, moved);
    let stale = store.change_plan(&access, id, 1, &plan(TODAY, "ACC-1"));
    assert!(matches!(stale, Err(StoreError::PlanChanged)), "{stale:?}");

    let bare = store.cancel_plan(&access, id, ClosingReason::Other, " ", TODAY);
    assert!(matches!(bare, Err(StoreError::InvalidPlan(_))), "{bare:?}");
    store
        .cancel_plan(&access, id, ClosingReason::Other, "scanner broken", TODAY)
        .unwrap();
    let PlannedState::Cancelled { reason, remark, on } = read().state else {
        panic!("{:?}", read().state);
    };
    assert_eq!(
        (reason, &*remark, on),
        (ClosingReason::Other, "scanner broken", TODAY)
    );
    let twice = store.cancel_plan(&access, id, ClosingReason::Moved, "", TODAY);
    assert!(matches!(twice, Err(StoreError::PlanNotOpen)), "{twice:?}");
    let saved = save_scan(store, &access, ada, "a", &scan(Some("ACC-1"), TODAY)).unwrap();
    assert_eq!(saved.planned, None, "a cancelled exam is not finished");

    store.reopen_plan(&access, id).unwrap();
    assert_eq!(read().state, PlannedState::Planned);
    let twice = store.reopen_plan(&access, id);
    assert!(
        matches!(twice, Err(StoreError::PlanNotCancelled)),
        "{twice:?}"
    );
    for action in [
        "change planned exam",
        "cancel planned exam",
        "reopen planned exam",
    ] {
        assert_eq!(installation.logged(action, "done"), 1, "{action}");
    }
    assert_eq!(store.verify_audit(None).unwrap().fault, None);
}

#[test]
fn an_accession_number_is_planned_once_in_its_hospital() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let ada = person(store, &access, "P-1", "Ada Byron");
    let bo = person(store, &access, "P-2", "Bo Li");
    store
        .plan_exam(&access, ada, &plan(TODAY, "ACC-1"))
        .unwrap();
    let twice = store.plan_exam(&access, bo, &plan(TODAY, "acc-1"));
    assert!(
        matches!(twice, Err(StoreError::AccessionPlanned { .. })),
        "{twice:?}"
    );
    let eve = installation.enter("St. Anne", EVE);
    let theirs = person(store, &eve, "P-1", "Eve Else");
    store
        .plan_exam(&eve, theirs, &plan(TODAY, "ACC-1"))
        .unwrap();
    assert_eq!(numbers(&page(store, &access, PlannedList::Today)), ["P-1"]);
}

#[test]
fn planned_exams_of_another_hospital_are_not_seen_or_changed() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let ada = person(store, &access, "P-1", "Ada Byron");
    let id = store
        .plan_exam(&access, ada, &plan(TODAY, "ACC-1"))
        .unwrap();
    let eve = installation.enter("St. Anne", EVE);
    for list in PlannedList::ALL {
        assert!(page(store, &eve, list).rows.is_empty());
        let query = PlannedQuery {
            text: "ACC-1".into(),
            ..PlannedQuery::of(list, TODAY)
        };
        assert!(store.planned_exams(&eve, &query).unwrap().rows.is_empty());
    }
    let counts = store.planned_counts(&eve, TODAY).unwrap();
    assert_eq!(counts.today, Count::Exactly(0));
    assert!(store.planned_exams_of(&eve, ada).unwrap().is_empty());
    let gone = |outcome: Result<(), StoreError>| {
        assert!(
            matches!(
                outcome,
                Err(StoreError::NoSuchPlan | StoreError::NoSuchPatient)
            ),
            "{outcome:?}"
        );
    };
    gone(store.planned_exam(&eve, id).map(|_| ()));
    gone(store.planned_by_accession(&eve, "ACC-1").map(|_| ()));
    gone(store.plan_exam(&eve, ada, &plan(TODAY, "")).map(|_| ()));
    gone(store.change_plan(&eve, id, 1, &plan(TODAY, "")));
    gone(store.cancel_plan(&eve, id, ClosingReason::Died, "", TODAY));
    gone(store.reopen_plan(&eve, id));
    assert_eq!(numbers(&page(store, &access, PlannedList::Today)), ["P-1"]);
}
