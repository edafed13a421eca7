//! A saved result: lesions, and the curve of a series.

use super::*;

fn lesion() -> Lesion {
    Lesion {
        slice: 1,
        row: 210.25,
        column: 145.5,
        position_mm: Some([-12.5, 30.0, -140.75]),
        diameter_mm: Some(8.25),
        size: None,
        malignancy_probability: 0.91,
    }
}

/// An exam by the lesion reader, with one lesion modified by `change`.
pub(super) fn with_lesion(change: fn(&mut Lesion)) -> ExaminedSlice {
    let mut exam = exam("f", 0.5);
    let mut lesion = lesion();
    change(&mut lesion);
    let Assessment { rule, model, .. } = exam.assessment;
    exam.assessment = Assessment::of_lesions(0.5, vec![lesion], rule, model);
    exam
}

#[test]
fn the_lesion_readers_result_is_read_with_its_lesions() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let choice = PatientChoice::New(patient("P-1", "Ada"));
    let inside = with_lesion(|lesion| lesion.position_mm = None);
    let saved = installation
        .store
        .save_exam(&access, &choice, &inside)
        .unwrap();
    let newest = || {
        installation
            .store
            .patient(&access, saved.patient)
            .unwrap()
            .exams[0]
            .slice
            .clone()
    };
    assert_eq!(newest(), inside);
    let row = &find(&installation.store, &access, "").rows[0];
    assert_eq!(row.last_probability, Some(0.5));
    // No measurement supports a category yet.
    assert_eq!(row.last_category, None);

    let mut marked = with_lesion(|_| ());
    marked.source_sha256 = "g".into();
    let reason = "its lungs are grey".to_owned();
    marked.assessment = (marked.assessment).within(TrainingRange::Outside { reason });
    let existing = PatientChoice::Existing(saved.patient);
    installation
        .store
        .save_exam(&access, &existing, &marked)
        .unwrap();
    assert_eq!(newest(), marked);
    assert_eq!(newest().assessment.lesions, [lesion()]);
    let absent = PatientId(saved.patient.0 + 1);
    let newest = (installation.store)
        .newest_lesions(&access, &[absent, saved.patient])
        .unwrap();
    let [None, Some(newest)] = &newest[..] else {
        panic!("one patient: {newest:?}");
    };
    assert_eq!((newest.is_outside, newest.of_series), (true, false));
    assert_eq!(newest.lesions, [lesion()]);
}

#[test]
fn an_exam_of_a_series_is_read_with_its_curve() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let choice = PatientChoice::New(patient("P-1", "Ada"));
    let series = ExaminedSeries {
        study_uid: Some("2.25.1".into()),
        series_uid: None,
        deciding: 1..4,
        rule: "highest mean of three neighbouring slices".into(),
        suspicious: vec![2, 0],
        curve: vec![Some(0.5), Some(0.75), Some(1.0), None, None],
        analysed: 4,
        outside: 1,
        runs_on: "the processor".into(),
        version: "0.1.0".into(),
    };
    let exam = ExaminedSlice {
        series: Some(Box::new(series.clone())),
        ..exam("series-1", 0.5)
    };
    let saved = installation
        .store
        .save_exam(&access, &choice, &exam)
        .unwrap();
    let record = installation.store.patient(&access, saved.patient).unwrap();
    assert_eq!(record.exams[0].slice, exam);
    assert_eq!(series.deciders(), "slices 2 to 4 of 5");
    assert_eq!(series.coverage(), "4 analysed, 1 outside");
    assert_eq!(series.suspects().collect::<Vec<_>>(), [(3, 1.0), (1, 0.5)]);

    let unsound = [
        ExaminedSeries {
            curve: Vec::new(),
            ..series.clone()
        },
        ExaminedSeries {
            curve: vec![Some(1.5); 5],
            ..series.clone()
        },
        ExaminedSeries {
            deciding: 3..6,
            ..series.clone()
        },
        ExaminedSeries {
            deciding: 3..3,
            ..series.clone()
        },
        ExaminedSeries {
            suspicious: vec![5],
            ..series.clone()
        },
        ExaminedSeries {
            analysed: 6,
            ..series.clone()
        },
        ExaminedSeries {
            outside: 5,
            ..series.clone()
        },
        ExaminedSeries {
            series_uid: Some("1".repeat(65)),
            ..series
        },
    ];
    for series in unsound {
        let exam = ExaminedSlice {
            series: Some(Box::new(series)),
            ..exam.clone()
        };
        let existing = PatientChoice::Existing(saved.patient);
        let refused = installation.store.save_exam(&access, &existing, &exam);
        assert!(
            matches!(refused, Err(StoreError::InvalidExam(_))),
            "{refused:?}"
        );
    }
}
