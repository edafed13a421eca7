//! Common elements of every object: patient, study, equipment, and de-identification.

use dicom_dictionary_std::tags;
use jiff::Timestamp;
use jiff::civil::Date;

use super::codes::{Code, standard};
use super::content::ImageReference;
use super::names::Names;
use crate::clinical::identity::{NameMatch, compare_names};
use crate::clinical::patient::Sex;
use crate::clinical::scanned_study::ScannedStudy;
use crate::imaging::instance::{Elements, is_uid, person_name};
use crate::report::record::{RecordReport, ReportedExam};

/// (0012,0063) DeidentificationMethod.
const METHOD: &str = "LUNNY by the Basic Profile of DICOM PS3.15, annex E";
/// Placeholder for a date and time that the standard requires but that must not be stated.
const NO_INSTANT: [&str; 2] = ["19000101", "000000"];

/// One exam of a record, and the names of its objects.
pub(super) struct Subject<'a> {
    pub record: &'a RecordReport,
    pub exam: &'a ReportedExam,
    pub names: Names<'a>,
}

/// A series that LUNNY adds to the study.
pub(super) struct OwnSeries<'a> {
    /// (0008,0060) Modality.
    pub modality: &'static str,
    /// (0020,0011) SeriesNumber: far above the numbers of scanners.
    pub number: u16,
    /// Distinguishes its objects from others of the exam.
    pub name: &'a str,
}

impl<'a> Subject<'a> {
    pub(super) fn new(record: &'a RecordReport, exam: &'a ReportedExam) -> Self {
        Self {
            record,
            exam,
            names: Names::new(record, exam),
        }
    }

    /// True if nothing in the objects may identify the patient.
    pub(super) fn is_deidentified(&self) -> bool {
        self.record.deidentified.is_some()
    }

    /// Patient and study as the scan states them, which the objects repeat; none in a de-identified copy.
    fn scan(&self) -> Option<&'a ScannedStudy> {
        let is_wanted = !self.is_deidentified() && self.names.is_of_source();
        self.exam.study.as_deref().filter(|_| is_wanted)
    }

    /// The modules that all objects share: SOP Common (PS3.3, C.12.1), Patient (C.7.1.1), General Study (C.7.2.1),
    /// Patient Study (C.7.2.2), a series (C.7.3.1, C.17.1) and General Equipment (C.7.5.1).
    pub(super) fn elements(&self, class: &str, series: &OwnSeries) -> Elements {
        let mut elements = Elements::default();
        elements.text(tags::SPECIFIC_CHARACTER_SET, "ISO_IR 192");
        elements.text(tags::SOP_CLASS_UID, class);
        elements.text(tags::SOP_INSTANCE_UID, &self.names.instance(series.name));
        // The scan's times are in the scanner's time zone, which its files seldom state.
        if !self.is_deidentified() && self.scan().is_none() {
            elements.text(tags::TIMEZONE_OFFSET_FROM_UTC, "+0000");
        }
        self.patient(&mut elements);
        self.study(&mut elements);
        elements.text(tags::MODALITY, series.modality);
        elements.text(tags::SERIES_INSTANCE_UID, &self.names.series(series.name));
        elements.text(tags::SERIES_NUMBER, &series.number.to_string());
        elements.text(tags::INSTANCE_NUMBER, "1");
        let description = format!("LUNNY {}", series.name);
        elements.text(
            tags::SERIES_DESCRIPTION,
            &match self.is_deidentified() {
                true => description,
                false => format!("{description}, exam {}", self.exam.accession),
            },
        );
        elements.text(tags::MANUFACTURER, "LUNNY");
        elements.text(tags::MANUFACTURER_MODEL_NAME, "LUNNY");
        elements.text(tags::SOFTWARE_VERSIONS, env!("CARGO_PKG_VERSION"));
        if !self.is_deidentified() {
            elements.text(tags::INSTITUTION_NAME, &self.record.hospital);
        }
        elements
    }

    fn patient(&self, elements: &mut Elements) {
        let patient = &self.record.patient;
        if self.is_deidentified() {
            elements.text(tags::PATIENT_ID, &patient.number);
            for emptied in [
                tags::PATIENT_NAME,
                tags::PATIENT_BIRTH_DATE,
                tags::PATIENT_SEX,
            ] {
                elements.text(emptied, "");
            }
            elements.text(tags::PATIENT_IDENTITY_REMOVED, "YES");
            elements.text(tags::DEIDENTIFICATION_METHOD, METHOD);
            elements.sequence(
                tags::DEIDENTIFICATION_METHOD_CODE_SEQUENCE,
                [
                    standard::BASIC_PROFILE,
                    standard::CLEAN_CONTENT,
                    standard::CLEAN_DESCRIPTORS,
                ]
                .map(|method| method.elements()),
            );
            elements.text(tags::LONGITUDINAL_TEMPORAL_INFORMATION_MODIFIED, "REMOVED");
            return;
        }
        let scan = self.scan();
        self.numbers(elements);
        let stated = scan.and_then(|scan| scan.patient_name.as_deref());
        let is_of_patient =
            |stated: &&str| compare_names(stated, &patient.full_name) != NameMatch::Different;
        match stated.filter(is_of_patient) {
            Some(stated) => elements.text(tags::PATIENT_NAME, stated),
            None => elements.text(tags::PATIENT_NAME, &person_name(&patient.full_name)),
        }
        let birth = scan.and_then(|scan| scan.birth_date.clone());
        let birth = birth.or(patient.date_of_birth.map(day));
        elements.text(tags::PATIENT_BIRTH_DATE, &birth.unwrap_or_default());
        let recorded = match patient.sex {
            Some(Sex::Female) => "F",
            Some(Sex::Male) => "M",
            Some(Sex::Other) => "O",
            None => "",
        };
        let sex = scan.and_then(|scan| scan.sex.as_deref());
        elements.text(tags::PATIENT_SEX, sex.unwrap_or(recorded));
        if let Some(years) = self.record.person(self.exam).age_years {
            elements.text(tags::PATIENT_AGE, &format!("{years:03}Y"));
        }
    }

    /// The patient's number: that of the scan, by which an archive finds the patient, with the record's as another one. The
    /// record's alone if the scan states none.
    fn numbers(&self, elements: &mut Elements) {
        let record = &self.record.patient.number;
        let scan = self.scan();
        let Some(number) = scan.and_then(|scan| scan.patient_id.as_deref()) else {
            elements.text(tags::PATIENT_ID, record);
            return;
        };
        elements.text(tags::PATIENT_ID, number);
        if let Some(issuer) = scan.and_then(|scan| scan.issuer.as_deref()) {
            elements.text(tags::ISSUER_OF_PATIENT_ID, issuer);
        }
        if number != record {
            let mut other = Elements::default();
            other.text(tags::PATIENT_ID, record);
            other.text(tags::ISSUER_OF_PATIENT_ID, &self.record.hospital);
            other.text(tags::TYPE_OF_PATIENT_ID, "TEXT");
            elements.sequence(tags::OTHER_PATIENT_I_DS_SEQUENCE, [other]);
        }
    }

    /// A study made by LUNNY states the exam's time; for the source's own study, only facts known to the record may be stated.
    fn study(&self, elements: &mut Elements) {
        elements.text(tags::STUDY_INSTANCE_UID, &self.names.study());
        for empty in [
            tags::STUDY_DATE,
            tags::STUDY_TIME,
            tags::REFERRING_PHYSICIAN_NAME,
            tags::STUDY_ID,
            tags::ACCESSION_NUMBER,
        ] {
            elements.text(empty, "");
        }
        if self.is_deidentified() {
            return;
        }
        if let Some(scan) = self.scan() {
            let stated = [
                (tags::STUDY_DATE, &scan.date),
                (tags::STUDY_TIME, &scan.time),
                (tags::REFERRING_PHYSICIAN_NAME, &scan.referrer),
                (tags::STUDY_ID, &scan.study_id),
                (tags::ACCESSION_NUMBER, &scan.accession),
            ];
            for (tag, value) in stated {
                elements.text(tag, value.as_deref().unwrap_or_default());
            }
            return;
        }
        let scanned_on = self.exam.reading.circumstances.scanned_on;
        if let Some(scanned_on) = scanned_on {
            elements.text(tags::STUDY_DATE, &day(scanned_on));
        }
        if self.names.is_of_source() {
            return;
        }
        elements.text(tags::ACCESSION_NUMBER, &self.exam.accession);
        elements.text(tags::STUDY_ID, &self.exam.accession);
        if scanned_on.is_none() {
            let [date, time] = instant(self.exam.examined_at);
            elements.text(tags::STUDY_DATE, &date);
            elements.text(tags::STUDY_TIME, &time);
        }
    }

    /// The image of a slice, from 0, of a series of the scan, as a report refers to it; none if the scan's files do not state it.
    pub(super) fn image(&self, series_uid: Option<&str>, slice: usize) -> Option<ImageReference> {
        let scan = self.exam.study.as_deref()?;
        let image = scan.image(series_uid, slice)?;
        self.names.source_series()?;
        let class = scan.class_uid.as_ref().filter(|class| is_uid(class))?;
        is_uid(&image.instance_uid).then(|| ImageReference {
            class: class.clone(),
            instance: image.instance_uid.clone(),
            frame: image.frame,
        })
    }

    /// (0008,0023) ContentDate and (0008,0033) ContentTime: the time of the copy.
    pub(super) fn made_at(&self) -> [String; 2] {
        match self.is_deidentified() {
            true => NO_INSTANT.map(str::to_owned),
            false => instant(self.record.made_at),
        }
    }
}

impl Code {
    /// The item of a code sequence (PS3.3, table 8.8-1).
    pub(super) fn elements(&self) -> Elements {
        let mut elements = Elements::default();
        elements.text(tags::CODE_VALUE, self.value);
        elements.text(tags::CODING_SCHEME_DESIGNATOR, self.scheme.designator());
        elements.text(tags::CODE_MEANING, self.meaning);
        elements
    }
}

/// A date in DICOM notation.
pub(super) fn day(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

/// Date and time of day in UTC in DICOM notation.
pub(super) fn instant(at: Timestamp) -> [String; 2] {
    [at.strftime("%Y%m%d"), at.strftime("%H%M%S")].map(|part| part.to_string())
}
