//! A report as plain text: for the printer, a file and the clipboard.

use jiff::tz::TimeZone;
use unicode_width::UnicodeWidthStr;

use super::nodules;

use crate::clinical::assessment::TrainingRange;
use crate::clinical::examined::ExaminedSeries;
use crate::clinical::reading::Person;
use crate::clinical::report::{DISCLAIMER, ReportContent};
use crate::clinical::series_assessment::CAUTION;
use crate::text::{percent, scrub, wrap};

/// Narrower than this no label and value stand side by side.
const NARROWEST: usize = 40;
/// Where values begin.
const INDENT: usize = 16;

/// The whole report in lines of at most `columns` terminal columns (40 or more).
pub fn render(content: &ReportContent, columns: usize) -> String {
    let mut page = Page {
        columns: columns.max(NARROWEST),
        text: String::new(),
    };
    page.paragraph(match content.slice.series {
        Some(_) => "Chest CT series: computer-assisted analysis",
        None => "Chest CT slice: computer-assisted analysis",
    });
    page.paragraph(&content.hospital);
    patient(&mut page, content);
    exam(&mut page, content);
    result(&mut page, content);
    reading(&mut page, content);
    page.heading("Model");
    page.row("Name", &content.slice.assessment.model.id);
    page.row("SHA-256", &content.slice.assessment.model.sha256);
    page.text.push('\n');
    page.paragraph(DISCLAIMER);
    page.text
}

fn patient(page: &mut Page, content: &ReportContent) {
    page.heading("Patient");
    let Some(patient) = &content.patient else {
        page.row("Number", "none: this exam was not saved to a patient");
        return;
    };
    page.row("Number", &patient.number);
    page.row("Name", &patient.full_name);
    if let Some(birth) = patient.date_of_birth {
        page.row("Date of birth", &birth.to_string());
    }
}

fn exam(page: &mut Page, content: &ReportContent) {
    page.heading("Exam");
    page.row(
        "Examined",
        &content
            .examined_at
            .strftime("%Y-%m-%d %H:%M UTC")
            .to_string(),
    );
    page.row("By", &content.examiner);
    let slice = &content.slice;
    page.row(
        "Source",
        &format!(
            "{} ({}, {} × {} pixels)",
            slice.source_name(),
            slice.format,
            slice.width,
            slice.height
        ),
    );
    page.row("SHA-256", &content.slice.source_sha256);
    page.row(
        "Time taken",
        &format!("{:.1} s", content.slice.elapsed_ms as f64 / 1000.0),
    );
    if let Some(of) = &slice.series {
        series(page, of);
    }
}

fn series(page: &mut Page, series: &ExaminedSeries) {
    if let Some(uid) = &series.series_uid {
        page.row("Series", uid);
    }
    page.row("Slices", &series.coverage());
    page.row(
        "Decided by",
        &format!("{}, {}", series.deciders(), series.rule),
    );
    let suspects = series.suspects();
    let suspects =
        suspects.map(|(slice, probability)| format!("{slice} ({})", percent(probability)));
    page.row("Suspicious", &suspects.collect::<Vec<_>>().join(", "));
    page.row(
        "Run by",
        &format!("{}, LUNNY {}", series.runs_on, series.version),
    );
    page.row("Note", CAUTION);
}

fn result(page: &mut Page, content: &ReportContent) {
    let assessment = &content.slice.assessment;
    let (rule, classes) = (&assessment.rule, &assessment.classes);
    page.heading("Result");
    page.row("Classification", assessment.classification.label());
    page.row(
        "Malignancy",
        &format!(
            "{}, {}; the threshold is {}",
            percent(assessment.malignancy_probability()),
            match assessment.confidence() {
                Some(_) => "calibrated probability",
                None => "probability, not calibrated for this slice",
            },
            percent(rule.threshold)
        ),
    );
    if rule.indeterminate_from < rule.indeterminate_to {
        page.row(
            "Indeterminate",
            &format!(
                "from {} to below {}",
                percent(rule.indeterminate_from),
                percent(rule.indeterminate_to)
            ),
        );
    }
    match (
        assessment.confidence(),
        assessment.training_range.outside_reason(),
    ) {
        (Some(confidence), _) => page.row("Confidence", &percent(confidence)),
        (None, reason) => page.row(
            "Confidence",
            &format!(
                "none: this slice is {}: {}; the figures of the threshold do not hold for it",
                TrainingRange::OUTSIDE,
                reason.unwrap_or_default()
            ),
        ),
    }
    page.row(
        "Classes",
        &format!(
            "normal {}, benign {}, malignant {}",
            percent(classes.normal),
            percent(classes.benign),
            percent(classes.malignant)
        ),
    );
    page.row(
        "Threshold",
        &format!(
            "sensitivity {}, specificity {}, measured on cases held out from training; calibrated \
             where {} of the slices were malignant",
            percent(rule.sensitivity),
            percent(rule.specificity),
            percent(rule.prevalence)
        ),
    );
    match content.reading.category() {
        Some(measured) => page.row("Lung-RADS", &measured.with_basis()),
        None => {
            let suggested = assessment.suggested_category();
            page.row(
                "Lung-RADS",
                &format!("{suggested}: probability {}", suggested.band()),
            );
        }
    }
}

/// The measured category with its rule and its inputs; nothing where nobody measured.
fn reading(page: &mut Page, content: &ReportContent) {
    let reading = &content.reading;
    let Some(measured) = reading.category() else {
        return;
    };
    page.heading("Nodules");
    let by = match measured.nodule {
        Some(index) => format!(", by nodule {}", index + 1),
        None => String::new(),
    };
    page.row(
        "Lung-RADS",
        &format!("v2022: {}{by}", measured.with_basis()),
    );
    page.row("Rule", &measured.rule);
    page.row("Management", measured.category.management());
    if measured.modifier_s {
        page.row("Modifier S", "a significant finding other than lung cancer");
    }
    let saved_on = content.examined_at.to_zoned(TimeZone::UTC).date();
    let day = reading.circumstances.day(saved_on);
    page.row("Scan of", &day.to_string());
    page.row("Seen", &format!("{}", reading.nodule_count()));
    let patient = content.patient.as_ref();
    let born = patient.and_then(|patient| patient.date_of_birth);
    let person = Person::new(born, patient.and_then(|patient| patient.sex), day);
    for (index, nodule) in reading.nodules.iter().enumerate() {
        page.line("");
        page.line(&format!("Nodule {}", index + 1));
        for (label, value) in nodules::facts(reading, nodule, person) {
            page.row(label, &value);
        }
    }
}

/// The result in a few lines for the clipboard. It names the patient by number alone: any program may
/// read the clipboard, and it outlives the session.
pub fn summary(content: &ReportContent) -> String {
    let assessment = &content.slice.assessment;
    let patient = match &content.patient {
        Some(patient) => format!("Patient {}", patient.number),
        None => "No patient".into(),
    };
    let lines = [
        format!(
            "{patient}, exam of {}",
            content.examined_at.strftime("%Y-%m-%d %H:%M UTC")
        ),
        format!(
            "{}: malignancy probability {} (threshold {})",
            assessment.classification.label(),
            percent(assessment.malignancy_probability()),
            percent(assessment.rule.threshold)
        ),
        match content.reading.category() {
            Some(measured) => format!("Lung-RADS {}", measured.with_basis()),
            None => format!("Lung-RADS {}", assessment.suggested_category()),
        },
        format!("Model {}", assessment.model.id),
        DISCLAIMER.into(),
    ];
    let mark = (assessment.training_range.outside_reason())
        .map(|reason| format!("This slice is {}: {reason}", TrainingRange::OUTSIDE));
    let [whose, result, rest @ ..] = lines;
    let lines: Vec<String> = ([whose, result].into_iter())
        .chain(mark)
        .chain(rest)
        .map(|line| scrub(&line).into_owned())
        .collect();
    lines.join("\n")
}

/// Lines of text in the making. Scrubs all that is put on it.
struct Page {
    columns: usize,
    text: String,
}

impl Page {
    fn paragraph(&mut self, text: &str) {
        for line in wrap(&scrub(text), self.columns) {
            self.line(&line);
        }
    }

    fn heading(&mut self, text: &str) {
        self.line("");
        self.line(text);
        self.line(&"-".repeat(text.width()));
    }

    fn row(&mut self, label: &str, value: &str) {
        let mut label = label;
        // A number and its sign stay on one line.
        let value = scrub(value).replace(" %", "\u{a0}%");
        for line in wrap(&value, self.columns - INDENT) {
            let line = line.replace('\u{a0}', " ");
            self.line(&format!("{label:INDENT$}{line}"));
            label = "";
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clinical::assessment::{
        Assessment, ClassProbabilities, DecisionRule, ModelIdentity,
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
                assessment: Assessment::new(classes, rule, model),
                elapsed_ms: 412,
                series: None,
            },
            reading: Reading::default(),
        }
    }

    #[test]
    fn a_report_says_all_of_it() {
        insta::assert_snapshot!(render(&content(), 80), @r"
        Chest CT slice: computer-assisted analysis
        St Anne's Hospital

        Patient
        -------
        Number          P-0042
        Name            Ada Example
        Date of birth   1961-04-30

        Exam
        ----
        Examined        2026-03-09 14:05 UTC
        By              m.okafor
        Source          slice-17.dcm (DICOM, 512 × 512 pixels)
        SHA-256         0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        Time taken      0.4 s

        Result
        ------
        Classification  Positive
        Malignancy      92.7 %, calibrated probability; the threshold is 42.0 %
        Indeterminate   from 35.0 % to below 50.0 %
        Confidence      92.7 %
        Classes         normal 1.2 %, benign 6.1 %, malignant 92.7 %
        Threshold       sensitivity 95.1 %, specificity 90.2 %, measured on cases held
                        out from training; calibrated where 51.0 % of the slices were
                        malignant
        Lung-RADS       4B/4X (suggested by the model): probability above 15 %

        Model
        -----
        Name            lunny-resnet50-1
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
        insta::assert_snapshot!(render(&content, 44), @r"
        Chest CT slice: computer-assisted analysis
        St Anne's Hospital

        Patient
        -------
        Number          none: this exam was not
                        saved to a patient

        Exam
        ----
        Examined        2026-03-09 14:05 UTC
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
        Confidence      92.7 %
        Classes         normal 1.2 %, benign 6.1 %,
                        malignant 92.7 %
        Threshold       sensitivity 95.1 %,
                        specificity 90.2 %, measured
                        on cases held out from
                        training; calibrated where
                        51.0 % of the slices were
                        malignant
        Lung-RADS       4B/4X (suggested by the
                        model): probability above
                        15 %

        Model
        -----
        Name            lunny-resnet50-1
        SHA-256         abababababababababababababab
                        abababababababababababababab
                        abababab

        Research and teaching software, not a
        medical device. A result is no diagnosis; a
        radiologist decides.
        ");
    }

    #[test]
    fn the_clipboard_gets_no_name_and_no_birth_date() {
        let summary = summary(&content());
        assert!(!summary.contains("Ada") && !summary.contains("1961"));
        insta::assert_snapshot!(summary, @r"
        Patient P-0042, exam of 2026-03-09 14:05 UTC
        Positive: malignancy probability 92.7 % (threshold 42.0 %)
        Lung-RADS 4B/4X (suggested by the model)
        Model lunny-resnet50-1
        Research and teaching software, not a medical device. A result is no diagnosis; a radiologist decides.
        ");
    }

    #[test]
    fn a_slice_outside_says_so_in_the_report_and_on_the_clipboard() {
        let mut content = content();
        let reason = "its window is unknown to the model".to_owned();
        content.slice.assessment =
            (content.slice.assessment).within(TrainingRange::Outside { reason });
        let page = render(&content, 80);
        let result = page.lines().skip_while(|line| *line != "Result").skip(2);
        let result: Vec<&str> = result.take_while(|line| !line.is_empty()).collect();
        insta::assert_snapshot!(result.join("\n"), @r"
        Classification  Indeterminate
        Malignancy      92.7 %, probability, not calibrated for this slice; the
                        threshold is 42.0 %
        Indeterminate   from 35.0 % to below 50.0 %
        Confidence      none: this slice is outside what the model has seen: its window
                        is unknown to the model; the figures of the threshold do not
                        hold for it
        Classes         normal 1.2 %, benign 6.1 %, malignant 92.7 %
        Threshold       sensitivity 95.1 %, specificity 90.2 %, measured on cases held
                        out from training; calibrated where 51.0 % of the slices were
                        malignant
        Lung-RADS       4B/4X (suggested by the model): probability above 15 %
        ");
        insta::assert_snapshot!(summary(&content), @r"
        Patient P-0042, exam of 2026-03-09 14:05 UTC
        Indeterminate: malignancy probability 92.7 % (threshold 42.0 %)
        This slice is outside what the model has seen: its window is unknown to the model
        Lung-RADS 4B/4X (suggested by the model)
        Model lunny-resnet50-1
        Research and teaching software, not a medical device. A result is no diagnosis; a radiologist decides.
        ");
    }

    #[test]
    fn measured_nodules_stand_in_the_report_with_rule_management_and_risk() {
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
        let page = render(&content, 80);
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
        fn foreign_text_neither_commands_the_terminal_nor_leaves_the_page(
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
            for line in render(&content, columns).lines() {
                prop_assert_eq!(scrub(line), line);
                prop_assert!(line.width() <= columns.max(NARROWEST), "{}", line);
            }
            prop_assert_eq!(summary(&content).lines().count(), 5);
        }
    }
}
