use proptest::prelude::*;

use super::*;
use crate::clinical::assessment::{
    Assessment, ClassProbabilities, DecisionRule, ModelIdentity, TrainingRange,
};
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::measurement::Axes;
use crate::clinical::nodule::{Lobe, MeasuredNodule, NoduleDraft, NoduleType};
use crate::clinical::patient::Sex;
use crate::clinical::reading::Reading;
use crate::clinical::report::ReportPatient;

fn content() -> ReportContent {
    let classes = ClassProbabilities {
        normal: 0.012,
        benign: 0.061,
        malignant: 0.927,
    };
    let rule = DecisionRule {
        threshold: 0.42,
        indeterminate_from: 0.35,
        indeterminate_to: 0.5,
        sensitivity: 0.951,
        specificity: 0.902,
        prevalence: 0.51,
    };
    let model = ModelIdentity {
        id: "lunny-resnet50-1".into(),
        sha256: "ab".repeat(32),
    };
    ReportContent {
        hospital: "St Anne's Hospital".into(),
        examiner: "m.okafor".into(),
        patient: Some(ReportPatient {
            number: "P-0042".into(),
            full_name: "Ada Example".into(),
            date_of_birth: Some(jiff::civil::date(1961, 4, 30)),
            sex: Some(Sex::Female),
        }),
        examined_at: "2026-03-09T14:05:59Z".parse().unwrap(),
        slice: ExaminedSlice {
            source_path: "/scans/slice-17.dcm".into(),
            source_sha256: "0123456789abcdef".repeat(4),
            format: "DICOM".into(),
            width: 512,
            height: 512,
            assessment: Assessment::of_classes(classes, rule, model),
            elapsed_ms: 412,
            series: None,
        },
        reading: Reading::default(),
    }
}

#[test]
fn a_report_contains_all_facts() {
    insta::assert_snapshot!(body(&content(), 80), @r"
    Chest CT slice: computer-assisted analysis
    St Anne's Hospital

    Patient
    -------
    Number          P-0042
    Name            Ada Example
    Date of birth   1961-04-30

    Exam
    ----
    Analysed        2026-03-09 14:05 UTC
    By              m.okafor
    Source          slice-17.dcm (DICOM, 512 × 512 pixels)
    SHA-256         0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    Time taken      0.4 s

    Result
    ------
    Classification  Positive
    Malignancy      92.7 %, calibrated probability; the threshold is 42.0 %
    Indeterminate   from 35.0 % to below 50.0 %
    Model score     92.7 %, not clinical certainty
    Classes         normal 1.2 %, benign 6.1 %, malignant 92.7 %
    Threshold       sensitivity 95.1 %, specificity 90.2 %, measured on single
                    slices held out from training; calibrated where 51.0 % of the
                    slices were malignant
    Answered by     slice classifier
    Lung-RADS       4B/4X (suggested by the model): probability above 15 %

    Model
    -----
    Name            lunny-resnet50-1 (not shipped with LUNNY)
    SHA-256         abababababababababababababababababababababababababababababababab

    Research and teaching software, not a medical device. A result is no diagnosis;
    a radiologist decides.
    ");
}

#[test]
fn a_narrow_report_without_a_patient_wraps() {
    let content = ReportContent {
        patient: None,
        ..content()
    };
    insta::assert_snapshot!(body(&content, 44), @r"
    Chest CT slice: computer-assisted analysis
    St Anne's Hospital

    Patient
    -------
    Number          none: this exam was not
                    saved to a patient

    Exam
    ----
    Analysed        2026-03-09 14:05 UTC
    By              m.okafor
    Source          slice-17.dcm (DICOM, 512 ×
                    512 pixels)
    SHA-256         0123456789abcdef0123456789ab
                    cdef0123456789abcdef01234567
                    89abcdef
    Time taken      0.4 s

    Result
    ------
    Classification  Positive
    Malignancy      92.7 %, calibrated
                    probability; the threshold
                    is 42.0 %
    Indeterminate   from 35.0 % to below 50.0 %
    Model score     92.7 %, not clinical
                    certainty
    Classes         normal 1.2 %, benign 6.1 %,
                    malignant 92.7 %
    Threshold       sensitivity 95.1 %,
                    specificity 90.2 %, measured
                    on single slices held out
                    from training; calibrated
                    where 51.0 % of the slices
                    were malignant
    Answered by     slice classifier
    Lung-RADS       4B/4X (suggested by the
                    model): probability above
                    15 %

    Model
    -----
    Name            lunny-resnet50-1 (not
                    shipped with LUNNY)
    SHA-256         abababababababababababababab
                    abababababababababababababab
                    abababab

    Research and teaching software, not a
    medical device. A result is no diagnosis; a
    radiologist decides.
    ");
}

#[test]
fn the_summary_for_the_clipboard_has_no_name_and_no_birth_date() {
    let summary = summary(&content());
    assert!(!summary.contains("Ada") && !summary.contains("1961"));
    insta::assert_snapshot!(summary, @r"
    Patient P-0042, exam of 2026-03-09
    Positive: malignancy probability 92.7 % (threshold 42.0 %)
    Lung-RADS 4B/4X (suggested by the model)
    Model lunny-resnet50-1 (not shipped with LUNNY)
    Research and teaching software, not a medical device. A result is no diagnosis; a radiologist decides.
    ");
}

#[test]
fn the_date_of_an_exam_is_that_of_the_scan_and_the_day_of_analysis_is_a_line() {
    let mut content = content();
    content.reading.circumstances.scanned_on = Some(jiff::civil::date(2025, 1, 15));
    let summary = summary(&content);
    assert!(
        summary.starts_with("Patient P-0042, exam of 2025-01-15\n"),
        "{summary}"
    );
    let page = body(&content, 80);
    for line in [
        "Scanned         2025-01-15",
        "Analysed        2026-03-09 14:05 UTC",
    ] {
        assert!(page.lines().any(|other| other == line), "{page}");
    }
}

#[test]
fn a_slice_out_of_distribution_is_marked_in_the_report_and_on_the_clipboard() {
    let mut content = content();
    let reason = "its window is unknown to the model".to_owned();
    content.slice.assessment = (content.slice.assessment).within(TrainingRange::Outside { reason });
    let page = body(&content, 80);
    let result = page.lines().skip_while(|line| *line != "Result").skip(2);
    let result: Vec<&str> = result.take_while(|line| !line.is_empty()).collect();
    insta::assert_snapshot!(result.join("\n"), @r"
    Classification  Indeterminate
    No result       this slice is outside what the model has seen: its window is
                    unknown to the model
    Answered by     slice classifier
    ");
    assert!(!result.join("").contains('%'), "no figure");
    insta::assert_snapshot!(summary(&content), @r"
    Patient P-0042, exam of 2026-03-09
    Indeterminate: no probability
    This slice is outside what the model has seen: its window is unknown to the model.
    Model lunny-resnet50-1 (not shipped with LUNNY)
    Research and teaching software, not a medical device. A result is no diagnosis; a radiologist decides.
    ");
}

#[test]
fn the_lesion_readers_report_lists_its_lesions_and_suggests_no_category() {
    let mut content = content();
    let lesion = |slice, diameter_mm, malignancy_probability| Lesion {
        slice,
        row: 210.4,
        column: 144.6,
        position_mm: None,
        diameter_mm,
        size: None,
        malignancy_probability,
    };
    let Assessment { rule, model, .. } = content.slice.assessment;
    let lesions = vec![lesion(1, None, 0.3), lesion(1, Some(8.24), 0.91)];
    content.slice.assessment = Assessment::of_lesions(0.91, lesions, rule, model);
    let part = |content: &ReportContent| {
        let page = body(content, 80);
        let lines = page.lines().skip_while(|line| *line != "Result").skip(2);
        let lines: Vec<&str> = lines.take_while(|line| *line != "Model").collect();
        lines.join("\n")
    };
    insta::assert_snapshot!(part(&content), @r"
    Classification  Positive
    Malignancy      91.0 %, calibrated probability; the threshold is 42.0 %
    Indeterminate   from 35.0 % to below 50.0 %
    Model score     91.0 %, not clinical certainty
    Threshold       sensitivity 95.1 %, specificity 90.2 %, measured on single
                    slices held out from training; calibrated where 51.0 % of the
                    slices were malignant
    Answered by     lesion reader

    Lesions proposed by the model
    -----------------------------
    Lesion 1        row 210, column 145, about 8 mm, 91.0 %
    Lesion 2        row 210, column 145, 30.0 %
    ");
    let words =
        "Lesions proposed by the model: 1: row 210, column 145, about 8 mm, 91.0 %; 2: row 210";
    assert!(summary(&content).contains(words), "{}", summary(&content));

    let reason = "its window is unknown to the model".to_owned();
    content.slice.assessment = (content.slice.assessment).within(TrainingRange::Outside { reason });
    let text = part(&content);
    assert!(
        text.contains("Lesion 1        row 210, column 145, about 8 mm\n"),
        "{text}"
    );
    assert!(
        !text.contains('%') && !summary(&content).contains('%'),
        "{text}"
    );
}

#[test]
fn measured_nodules_are_in_the_report_with_rule_management_and_risk() {
    let mut content = content();
    let length = |typed: &str| typed.parse().unwrap();
    let axes = Axes::new(length("8.4"), length("7.9"));
    let mut nodule = MeasuredNodule::new(NoduleDraft::new(NoduleType::Solid, axes));
    nodule.lobe = Some(Lobe::LeftUpper);
    nodule.note = "beside the fissure".into();
    content.reading.nodules.push(nodule);
    content.reading.circumstances.modifier_s = true;
    content.reading.circumstances.family_history = Some(false);
    content.reading.circumstances.emphysema = Some(true);
    let page = body(&content, 80);
    assert!(!page.contains("suggested"));
    let nodules = page.lines().skip_while(|line| *line != "Nodules").skip(2);
    let nodules: Vec<&str> = nodules.take_while(|line| *line != "Model").collect();
    insta::assert_snapshot!(nodules.join("\n"), @r"
    Lung-RADS       v2022: 4AS (measured), by nodule 1
    Rule            solid, baseline, 8 to <15 mm
    Management      Low-dose CT in 3 months; PET/CT if a solid nodule or solid part
                    is 8 mm or more
    Modifier S      a significant finding other than lung cancer
    Scan of         2026-03-09
    Seen            1

    Nodule 1
    Rule            4A: solid, baseline, 8 to <15 mm
    Size            8.4 × 7.9 mm (mean 8.2); 289 mm³ as a sphere of the mean
    Measured        typed in
    Looks           solid, baseline, left upper lobe, calcification none
    Brock           10.9 % by the model without spiculation; no margin is stated; 64
                    years, female, no family history, emphysema, 8.4 mm long, upper
                    lobe, 1 nodule
    Note            beside the fissure
    ");
    assert!(summary(&content).contains("\nLung-RADS 4AS (measured)\n"));
}

proptest! {
    #[test]
    fn foreign_text_neither_controls_the_terminal_nor_leaves_the_page(
        name in any::<String>(),
        source in any::<String>(),
        columns in 0usize..140,
    ) {
        let mut content = content();
        content.hospital = name.clone();
        content.examiner = name.clone();
        content.slice.source_path = source.into();
        if let Some(patient) = &mut content.patient {
            patient.full_name = name;
        }
        for line in render(&content, &ReportStatus::NOT_STORED, columns).lines() {
            prop_assert_eq!(scrub(line), line);
            prop_assert!(line.width() <= columns.max(NARROWEST), "{}", line);
        }
        prop_assert_eq!(summary(&content).lines().count(), 5);
    }
}

#[test]
fn the_status_is_the_first_line_and_is_scrubbed() {
    let signed = ReportStatus::Final {
        version: 2,
        amends: false,
        signed_by: "Rosa\u{1b}[2J Lind".into(),
        signed_at: "2026-03-09T15:00:00Z".parse().unwrap(),
    };
    let page = render(&content(), &signed, 80);
    let first =
        "FINAL, version 2, signed by Rosa[2J Lind on 2026-03-09 15:00 UTC\n\nChest CT slice";
    assert!(page.starts_with(first), "{page}");
    assert!(page.ends_with(&body(&content(), 80)));
}
