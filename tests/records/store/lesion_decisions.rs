//! Lesions that the model proposed: accepted as nodules, rejected, reopened.

use lunny::clinical::assessment::{Assessment, Lesion, LesionSize};
use lunny::clinical::nodule::{MeasuredNodule, Method};
use lunny::store::{Access, ExamId, LesionDecision, PatientChoice, StoreError};

use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";

fn lesion(long_mm: f64) -> Lesion {
    Lesion {
        slice: 1,
        row: 210.0,
        column: 145.0,
        position_mm: None,
        diameter_mm: Some(long_mm),
        size: Some(LesionSize {
            long_mm,
            short_mm: long_mm - 1.0,
            volume_mm3: 260.0,
            threshold_hu: -400,
            slice: 1,
            ends: [
                [210.0, 140.0],
                [210.0, 150.0],
                [205.0, 145.0],
                [215.0, 145.0],
            ],
        }),
        malignancy_probability: long_mm / 20.0,
    }
}

/// Saves an exam with two proposed lesions.
fn saved(installation: &Installation, access: &Access) -> ExamId {
    let mut exam = exam("f", 0.5);
    let Assessment { rule, model, .. } = exam.assessment;
    let lesions = vec![lesion(12.0), lesion(7.0)];
    exam.assessment = Assessment::of_lesions(0.9, lesions, rule, model);
    let choice = PatientChoice::New(patient("P-1", "Ada"));
    installation
        .store
        .save_exam(access, &choice, &exam)
        .unwrap()
        .exam
}

#[test]
fn an_accepted_lesion_is_a_nodule_and_undecided_again_when_that_is_deleted() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let exam = saved(&installation, &access);
    let read = || installation.store.reading(&access, exam).unwrap();
    let before = read();
    assert_eq!(before.lesions, [lesion(12.0), lesion(7.0)]);
    assert!(before.reading.decisions.is_empty() && !before.is_outside);

    let proposed = MeasuredNodule::proposed(&before.lesions[0], None).unwrap();
    let nodule = (installation.store)
        .accept_lesion(&access, exam, 1, &proposed)
        .unwrap();
    let after = read();
    assert_ne!(
        after.state, before.state,
        "a report of before is out of date"
    );
    assert_eq!(after.reading.nodules[0].nodule, proposed);
    let method = Method::Region { threshold_hu: -400 };
    assert_eq!(after.reading.nodules[0].nodule.measurement.method, method);
    let accepted = LesionDecision {
        lesion: 1,
        nodule: Some(nodule),
    };
    assert_eq!(after.reading.decisions, [accepted]);
    for again in [
        installation
            .store
            .accept_lesion(&access, exam, 1, &proposed)
            .err(),
        installation.store.reject_lesion(&access, exam, 1).err(),
    ] {
        assert!(matches!(again, Some(StoreError::LesionAccepted)));
    }
    assert_eq!(read().reading.nodules.len(), 1);

    installation.store.delete_nodule(&access, nodule).unwrap();
    assert!(read().reading.decisions.is_empty());
    let second = (installation.store)
        .accept_lesion(&access, exam, 1, &proposed)
        .unwrap();
    assert_eq!(read().reading.nodules.len(), 1);
    // One lesion is never two nodules, and never a nodule and rejected.
    let again = installation.store.restore_nodule(&access, nodule);
    assert!(matches!(again, Err(StoreError::LesionDecisionChanged)));
    installation.store.delete_nodule(&access, second).unwrap();
    installation.store.reject_lesion(&access, exam, 1).unwrap();
    let again = installation.store.restore_nodule(&access, second);
    assert!(matches!(again, Err(StoreError::LesionDecisionChanged)));
    installation.store.reopen_lesion(&access, exam, 1).unwrap();
    installation.store.restore_nodule(&access, second).unwrap();
    assert_eq!(read().reading.decisions.len(), 1);
}

#[test]
fn a_rejected_lesion_can_be_reopened_and_accepted() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let exam = saved(&installation, &access);
    let rejected = || {
        let reading = installation.store.reading(&access, exam).unwrap().reading;
        reading.reading().rejected
    };
    installation.store.reject_lesion(&access, exam, 2).unwrap();
    assert_eq!(rejected(), [2]);
    installation.store.reopen_lesion(&access, exam, 2).unwrap();
    installation.store.reopen_lesion(&access, exam, 2).unwrap();
    assert!(rejected().is_empty());
    installation.store.reject_lesion(&access, exam, 2).unwrap();
    let nodule = MeasuredNodule::proposed(&lesion(7.0), None).unwrap();
    installation
        .store
        .accept_lesion(&access, exam, 2, &nodule)
        .unwrap();
    assert!(rejected().is_empty());
    // Reopening applies to rejected lesions: an accepted one stays.
    installation.store.reopen_lesion(&access, exam, 2).unwrap();
    let reading = installation.store.reading(&access, exam).unwrap().reading;
    assert_eq!((reading.decisions.len(), reading.nodules.len()), (1, 1));
    let log: Vec<String> = actions(&installation);
    for action in ["reject lesion", "reopen lesion", "add nodule"] {
        assert!(log.iter().any(|done| done == action), "{action} in {log:?}");
    }
}

fn actions(installation: &Installation) -> Vec<String> {
    let raw = installation.raw();
    let mut log = raw
        .prepare("SELECT action FROM audit ORDER BY seq")
        .unwrap();
    let rows = log.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn missing_lesions_and_exams_of_other_hospitals_are_refused() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let exam = saved(&installation, &access);
    let nodule = MeasuredNodule::proposed(&lesion(7.0), None).unwrap();
    for number in [0, 3, u32::MAX] {
        let refused = installation
            .store
            .accept_lesion(&access, exam, number, &nodule);
        assert!(matches!(refused, Err(StoreError::NoSuchLesion)), "{number}");
        let refused = installation.store.reject_lesion(&access, exam, number);
        assert!(matches!(refused, Err(StoreError::NoSuchLesion)), "{number}");
    }
    let other = installation.enter("St. Elsewhere", BO);
    let refused = [
        installation
            .store
            .accept_lesion(&other, exam, 1, &nodule)
            .err(),
        installation.store.reject_lesion(&other, exam, 1).err(),
        installation.store.reopen_lesion(&other, exam, 1).err(),
    ];
    for error in refused {
        assert!(matches!(error, Some(StoreError::NoSuchExam)));
    }
}
