use jiff::civil::Date;
use lunny::clinical::growth::Sizes;
use lunny::clinical::lung_rads::{Category, Incomplete};
use lunny::clinical::measurement::{Axes, Millimetres};
use lunny::clinical::nodule::{
    AirwayLevel, Calcification, CystWall, Earlier, Lobe, Margin, MeasuredNodule, Measurement,
    Method, NoduleDraft, NoduleType, Place, Status,
};
use lunny::clinical::patient::Sex;
use lunny::clinical::reading::Circumstances;
use lunny::store::{Access, ExamId, NoduleId, PatientChoice, Store, StoreError};

use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";

fn axes(long: u16, short: u16) -> Axes {
    let length = |tenths| Millimetres::from_tenths(tenths).unwrap();
    Axes::new(length(long), length(short))
}

fn solid(tenths: u16) -> MeasuredNodule {
    let draft = NoduleDraft::new(NoduleType::Solid, axes(tenths, tenths));
    MeasuredNodule::new(draft)
}

/// A nodule with a value in every field of a part-solid one.
fn described() -> MeasuredNodule {
    MeasuredNodule {
        draft: NoduleDraft {
            solid_part: Some(axes(61, 40)),
            status: Status::Stable,
            calcification: Calcification::Other,
            margin: Some(Margin::Lobulated),
            suspicious: true,
            earlier: Some(Earlier {
                sizes: Sizes {
                    mean: Millimetres::from_tenths(120).unwrap(),
                    solid_mean: Some(Millimetres::from_tenths(50).unwrap()),
                },
                category: Some(Category::Three),
            }),
            ..NoduleDraft::new(NoduleType::PartSolid, axes(131, 112))
        },
        earlier_on: Some(Date::constant(2023, 6, 1)),
        earlier_changed: false,
        lobe: Some(Lobe::Lingula),
        volume_mm3: Some(0.1 + 0.2),
        measurement: Measurement {
            method: Method::Region { threshold_hu: -400 },
            place: Some(Place {
                series_uid: Some("1.2.3".into()),
                slice: 36,
                ends: [[1.5, 2.25], [-0.5, 3.0], [4.0, 1.0 / 3.0], [0.1, 511.5]],
            }),
        },
        note: "Robert'); DROP TABLE nodule;-- 🙂 %_ \"quoted\"".into(),
    }
}

fn nodules(store: &Store, access: &Access, exam: ExamId) -> Vec<MeasuredNodule> {
    store
        .reading(access, exam)
        .unwrap()
        .reading
        .reading()
        .nodules
}

#[test]
fn a_nodule_is_read_unchanged_for_all_field_values() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let exam = save(&installation.store, &access, "P-1", "Ada").exam;
    let mut airway = solid(70);
    airway.draft.nodule_type = NoduleType::Airway;
    airway.draft.airway_level = Some(AirwayLevel::Lobar);
    airway.measurement.method = Method::Calipers;
    let mut cyst = solid(200);
    cyst.draft.nodule_type = NoduleType::Cyst;
    cyst.draft.cyst_wall = Some(CystWall::Thick);
    cyst.draft.multilocular = true;
    let mut fat = solid(3000);
    fat.draft.fat = true;
    let all = [described(), airway, cyst, fat, solid(1)];
    for nodule in &all {
        installation
            .store
            .add_nodule(&access, exam, nodule)
            .unwrap();
    }
    assert_eq!(nodules(&installation.store, &access, exam), all);
}

#[test]
fn inconsistent_nodules_are_refused_by_the_store_and_by_the_database() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let exam = save(&installation.store, &access, "P-1", "Ada").exam;
    let id = installation
        .store
        .add_nodule(&access, exam, &solid(60))
        .unwrap();
    let mut without_solid_part = solid(60);
    without_solid_part.draft.nodule_type = NoduleType::PartSolid;
    let mut long_note = solid(60);
    long_note.note = "x".repeat(1001);
    let mut commanding = solid(60);
    commanding.note = "\u{1b}]0;title\u{7}".into();
    let mut endless = solid(60);
    endless.volume_mm3 = Some(f64::NAN);
    for unfit in [without_solid_part, long_note, commanding, endless] {
        let added = installation.store.add_nodule(&access, exam, &unfit);
        assert!(
            matches!(added, Err(StoreError::InvalidNodule(_))),
            "{added:?}"
        );
        let changed = installation.store.change_nodule(&access, id, 1, &unfit);
        assert!(matches!(changed, Err(StoreError::InvalidNodule(_))));
    }
    assert_eq!(nodules(&installation.store, &access, exam), [solid(60)]);
    let raw = installation.raw();
    raw.pragma_update(None, "foreign_keys", true).unwrap();
    for astray in [
        "UPDATE nodule SET long_tenths = 3001",
        "UPDATE nodule SET short_tenths = long_tenths + 1",
        "UPDATE nodule SET nodule_type = 'round'",
        "UPDATE nodule SET exam_id = 99",
        "UPDATE nodule SET hospital_id = 99",
        "UPDATE nodule SET threshold_hu = 0",
        "UPDATE nodule SET slice_index = 1",
        "UPDATE nodule SET earlier_on = '2023-02-30'",
        "DELETE FROM exam",
    ] {
        assert!(raw.execute_batch(astray).is_err(), "{astray}");
    }
}

#[test]
fn a_change_on_an_old_revision_is_refused() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let exam = save(&installation.store, &access, "P-1", "Ada").exam;
    let id = installation
        .store
        .add_nodule(&access, exam, &solid(60))
        .unwrap();
    let change = |revision, nodule: &MeasuredNodule| {
        installation
            .store
            .change_nodule(&access, id, revision, nodule)
    };
    assert_eq!(change(1, &described()).unwrap(), 2);
    assert!(matches!(
        change(1, &solid(90)),
        Err(StoreError::NoduleChanged)
    ));
    assert_eq!(nodules(&installation.store, &access, exam), [described()]);
    assert_eq!(change(2, &solid(90)).unwrap(), 3);
    let kept = installation
        .store
        .reading(&access, exam)
        .unwrap()
        .reading
        .nodules;
    assert_eq!((kept[0].id, kept[0].revision), (id, 3));
}

#[test]
fn a_deleted_nodule_is_hidden_until_it_is_restored() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let exam = save(&installation.store, &access, "P-1", "Ada").exam;
    let first = installation
        .store
        .add_nodule(&access, exam, &solid(60))
        .unwrap();
    installation
        .store
        .add_nodule(&access, exam, &solid(90))
        .unwrap();
    installation.store.delete_nodule(&access, first).unwrap();
    assert_eq!(nodules(&installation.store, &access, exam), [solid(90)]);
    for refused in [
        installation.store.delete_nodule(&access, first),
        installation
            .store
            .change_nodule(&access, first, 1, &solid(1))
            .map(|_| ()),
    ] {
        assert!(matches!(refused, Err(StoreError::NoSuchNodule)));
    }
    installation.store.restore_nodule(&access, first).unwrap();
    assert_eq!(
        nodules(&installation.store, &access, exam),
        [solid(60), solid(90)]
    );
    let twice = installation.store.restore_nodule(&access, first);
    assert!(matches!(twice, Err(StoreError::NoSuchNodule)));
}

#[test]
fn the_nodules_of_a_deleted_exam_are_deleted_and_restored_with_it() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let saved = save(&installation.store, &access, "P-1", "Ada");
    let choice = PatientChoice::Existing(saved.patient);
    let later = installation
        .store
        .save_exam(&access, &choice, &exam("later", 0.2))
        .unwrap()
        .exam;
    let id = installation
        .store
        .add_nodule(&access, saved.exam, &solid(60))
        .unwrap();
    let priors = || installation.store.reading(&access, later).unwrap().priors;
    assert_eq!(priors().len(), 1);

    installation.store.delete_exam(&access, saved.exam).unwrap();
    assert!(priors().is_empty());
    assert!(matches!(
        installation.store.reading(&access, saved.exam),
        Err(StoreError::NoSuchExam)
    ));
    assert!(matches!(
        installation
            .store
            .add_nodule(&access, saved.exam, &solid(60)),
        Err(StoreError::NoSuchExam)
    ));
    assert!(matches!(
        installation.store.delete_nodule(&access, id),
        Err(StoreError::NoSuchNodule)
    ));
    installation
        .store
        .restore_exam(&access, saved.exam)
        .unwrap();
    assert_eq!(
        nodules(&installation.store, &access, saved.exam),
        [solid(60)]
    );
    assert_eq!(priors()[0].kept.nodule, solid(60));
}

#[test]
fn circumstances_of_an_exam_are_read_and_replace_earlier_ones() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let mut ada = patient("P-1", "Ada");
    ada.sex = Some(Sex::Female);
    ada.date_of_birth = Some(Date::constant(1961, 3, 5));
    let choice = PatientChoice::New(ada);
    let saved = installation
        .store
        .save_exam(&access, &choice, &exam("file", 0.2))
        .unwrap();
    let stated = || installation.store.reading(&access, saved.exam).unwrap();
    assert_eq!(stated().reading.circumstances, Circumstances::default());
    assert_eq!(stated().sex, Some(Sex::Female));
    assert_eq!(stated().date_of_birth, Some(Date::constant(1961, 3, 5)));
    let all = Circumstances {
        modifier_s: true,
        incomplete: Some(Incomplete::LungsNotEvaluable),
        family_history: Some(false),
        emphysema: Some(true),
        nodules_seen: Some(1000),
        scanned_on: Some(Date::constant(2024, 2, 29)),
    };
    for (revision, circumstances) in (0..).zip([all, Circumstances::default()]) {
        let kept = installation
            .store
            .state_circumstances(&access, saved.exam, revision, &circumstances)
            .unwrap();
        assert_eq!(kept, revision + 1);
        assert_eq!(stated().reading.circumstances_revision, kept);
        assert_eq!(stated().reading.circumstances, circumstances);
        let record = installation.store.patient(&access, saved.patient).unwrap();
        assert_eq!(record.exams[0].reading.circumstances, circumstances);
    }
    let countless = Circumstances {
        nodules_seen: Some(1001),
        ..all
    };
    let refused = installation
        .store
        .state_circumstances(&access, saved.exam, 2, &countless);
    assert!(matches!(refused, Err(StoreError::InvalidNodule(_))));
}

#[test]
fn priors_are_of_the_same_patient_in_the_order_of_scan_dates() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let now = save(store, &access, "P-1", "Ada");
    let stranger = save(store, &access, "P-2", "Somebody Else").exam;
    store.add_nodule(&access, stranger, &solid(200)).unwrap();
    let choice = PatientChoice::Existing(now.patient);
    let days = [Date::constant(2021, 1, 1), Date::constant(2022, 1, 1)];
    for (file, (day, tenths)) in ["old", "older"].iter().zip(days.iter().zip([50, 60])) {
        let prior = store.save_exam(&access, &choice, &exam(file, 0.1)).unwrap();
        store
            .add_nodule(&access, prior.exam, &solid(tenths))
            .unwrap();
        let circumstances = Circumstances {
            scanned_on: Some(*day),
            ..Circumstances::default()
        };
        store
            .state_circumstances(&access, prior.exam, 0, &circumstances)
            .unwrap();
    }
    let priors = store.reading(&access, now.exam).unwrap().priors;
    let seen: Vec<_> = priors
        .iter()
        .map(|prior| {
            (
                prior.scanned_on,
                prior.kept.nodule.draft.axes.mean().tenths(),
            )
        })
        .collect();
    assert_eq!(seen, [(Some(days[1]), 60), (Some(days[0]), 50)]);
}

#[test]
fn a_nodule_tells_when_the_measurement_it_was_compared_with_changed() {
    let installation = installation();
    let store = &installation.store;
    let ada = installation.enter("St. Mary", ADA);
    let first = save(store, &ada, "P-1", "Ada");
    let choice = PatientChoice::Existing(first.patient);
    let second = store.save_exam(&ada, &choice, &exam("later", 0.2)).unwrap();
    let prior = store.add_nodule(&ada, first.exam, &solid(120)).unwrap();
    let mut later = solid(150);
    later.draft.status = Status::Growing;
    later.draft.earlier = Some(Earlier {
        sizes: Sizes {
            mean: Millimetres::from_tenths(120).unwrap(),
            solid_mean: None,
        },
        category: None,
    });
    // Without a date of the scan, the day of saving.
    later.earlier_on = Some(Date::constant(2023, 11, 14));
    store.add_nodule(&ada, second.exam, &later).unwrap();
    let is_changed = || nodules(store, &ada, second.exam)[0].earlier_changed;
    assert!(!is_changed());
    store.write_report(&ada, second.exam, "It grew.").unwrap();
    let is_current = || store.reports(&ada, second.exam).unwrap()[0].is_current;
    assert!(is_current());

    let revision = store.change_nodule(&ada, prior, 1, &solid(52)).unwrap();
    assert!(is_changed() && !is_current());
    store
        .change_nodule(&ada, prior, revision, &solid(120))
        .unwrap();
    assert!(!is_changed());
    store.delete_nodule(&ada, prior).unwrap();
    assert!(is_changed());
    store.restore_nodule(&ada, prior).unwrap();
    assert!(!is_changed());
    // Nothing is said of an earlier exam that LUNNY does not have.
    later.earlier_on = Some(Date::constant(2022, 1, 1));
    store.add_nodule(&ada, second.exam, &later).unwrap();
    assert!(!nodules(store, &ada, second.exam)[1].earlier_changed);
}

#[test]
fn nodules_are_closed_to_another_hospital() {
    let installation = installation();
    let store = &installation.store;
    let owner = installation.enter("St. Mary", ADA);
    let stranger = installation.enter("General Infirmary", BO);
    let exam = save(store, &owner, "P-1", "Ada").exam;
    let id = store.add_nodule(&owner, exam, &solid(60)).unwrap();
    let gone = store.add_nodule(&owner, exam, &solid(70)).unwrap();
    store.delete_nodule(&owner, gone).unwrap();
    let before = store.reading(&owner, exam).unwrap();

    let foreign = store.reading(&stranger, exam).unwrap_err();
    let unknown = store.reading(&stranger, ExamId(i64::MAX)).unwrap_err();
    assert_eq!(foreign.to_string(), unknown.to_string());
    let circumstances = Circumstances::default();
    for refused in [
        store.add_nodule(&stranger, exam, &solid(60)).map(|_| ()),
        store
            .state_circumstances(&stranger, exam, 0, &circumstances)
            .map(|_| ()),
    ] {
        assert!(matches!(refused, Err(StoreError::NoSuchExam)));
    }
    for refused in [
        store.change_nodule(&stranger, id, 1, &solid(1)).map(|_| ()),
        store.delete_nodule(&stranger, id),
        store.restore_nodule(&stranger, gone),
        store.delete_nodule(&stranger, NoduleId(i64::MAX)),
    ] {
        assert!(matches!(refused, Err(StoreError::NoSuchNodule)));
    }
    assert_eq!(store.reading(&owner, exam).unwrap(), before);
}

#[test]
fn every_change_is_logged_by_id_only() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let exam = save(&installation.store, &access, "P-1", "Ada").exam;
    let id = installation
        .store
        .add_nodule(&access, exam, &described())
        .unwrap();
    installation
        .store
        .change_nodule(&access, id, 1, &solid(60))
        .unwrap();
    let _ = installation.store.change_nodule(&access, id, 1, &solid(60));
    installation.store.delete_nodule(&access, id).unwrap();
    installation.store.restore_nodule(&access, id).unwrap();
    let circumstances = Circumstances::default();
    installation
        .store
        .state_circumstances(&access, exam, 0, &circumstances)
        .unwrap();
    installation.store.reading(&access, exam).unwrap();
    let rows: Vec<(String, String, i64)> = installation
        .raw()
        .prepare("SELECT action, object_kind, object_id FROM audit WHERE seq > 4 ORDER BY seq")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let row = |action: &str, kind: &str, id: i64| (action.to_owned(), kind.to_owned(), id);
    assert_eq!(
        rows,
        [
            row("add nodule", "nodule", id.0),
            row("change nodule", "nodule", id.0),
            row("delete nodule", "nodule", id.0),
            row("restore nodule", "nodule", id.0),
            row("state circumstances", "exam", exam.0),
            row("view reading", "exam", exam.0),
        ]
    );
}
