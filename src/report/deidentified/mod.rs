//! De-identified copies of a record.
//!
//! Two rules together: the safe harbour of 45 CFR 164.514(b)(2), which removes names, places, numbers, every part of a date but
//! the year, and every age above 89, and the basic profile of DICOM PS3.15 (table E.1-1) for data from files. If they leave a
//! choice, the copy states less: no date at all, not even a shifted one, and no free text.
//!
//! The description of a field states its privacy ([`Privacy`]); everything else in a record is listed here part by part, without
//! "and the rest", so that a new part cannot slip through.

mod age;
mod picture;
mod pseudonym;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use self::age::Age;
pub use self::picture::Withheld;
pub use self::pseudonym::Pseudonyms;

use super::record::{RecordReport, ReportedExam};
use crate::clinical::examined::{ExaminedSeries, ExaminedSlice};
use crate::clinical::nodule::{MeasuredNodule, Measurement, Place};
use crate::clinical::patient::{Field, Patient, Privacy};
use crate::clinical::reading::{Circumstances, Reading};
use crate::clinical::report::{ReportStatus, ReportWords};
use crate::clinical::scanned_study::{ScannedImage, ScannedStudy};

/// Placeholder for a time.
const NO_TIME: Timestamp = Timestamp::UNIX_EPOCH;

/// Statements of a de-identified copy in place of the data that it leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deidentified {
    /// Age at the time of the copy.
    pub age: Option<Age>,
    /// Age at each exam, by its accession in the copy.
    pub ages_at_exams: BTreeMap<String, Age>,
    /// Exams whose pictures might show the patient's identity, by the accession in the copy.
    pub withheld: Vec<(String, Withheld)>,
}

impl Deidentified {
    /// Age at an exam, by its accession in the copy; none if the record has no date of birth.
    pub fn age_at(&self, accession: &str) -> Option<Age> {
        self.ages_at_exams.get(accession).copied()
    }
}

/// True if a de-identified copy may contain the field's value.
pub fn may_contain(field: Field) -> bool {
    field.describe().privacy == Privacy::Clinical
}

/// The patient without identifying data, under a pseudonym.
pub fn patient(patient: &Patient, pseudonyms: &Pseudonyms) -> Patient {
    let Patient {
        number,
        full_name: _,
        date_of_birth: _,
        sex,
        notes: _,
        details,
    } = patient;
    let pseudonym = pseudonyms.patient(number);
    let mut details = details.clone();
    details.retain(may_contain);
    Patient {
        full_name: pseudonym.clone(),
        number: pseudonym,
        date_of_birth: None,
        sex: *sex,
        notes: String::new(),
        details,
    }
}

/// The record without identifying data. `is_clean` returns the reason why the pictures of an exam's source might show a name, if
/// they might.
pub fn deidentified(
    record: RecordReport,
    pseudonyms: &Pseudonyms,
    is_clean: impl Fn(&ExaminedSlice) -> Result<(), Withheld>,
) -> RecordReport {
    let RecordReport {
        hospital: _,
        made_by: _,
        made_at,
        patient: who,
        record_since: _,
        changed_by: _,
        changed_at: _,
        photo: _,
        exams,
        planned: _,
        deidentified: _,
    } = record;
    let born = who.date_of_birth;
    let anonymous = patient(&who, pseudonyms);
    let age_on = |day| born.and_then(|born| Age::of(born, day));
    let mut changes = Deidentified {
        age: age_on(made_at.to_zoned(TimeZone::UTC).date()),
        ..Deidentified::default()
    };
    let count = exams.len();
    let exams = exams.into_iter().enumerate().map(|(place, exam)| {
        // Counted from the earliest exam, because numbers of the database count all patients' exams.
        let accession = format!("{}-{}", anonymous.number, count - place);
        let saved_on = exam.examined_at.to_zoned(TimeZone::UTC).date();
        let day = exam.reading.circumstances.day(saved_on);
        if let Some(age) = age_on(day) {
            changes.ages_at_exams.insert(accession.clone(), age);
        }
        let (exam, withheld) = self::exam(exam, accession, pseudonyms, &is_clean);
        if let Some(reason) = withheld {
            changes.withheld.push((exam.accession.clone(), reason));
        }
        exam
    });
    let exams = exams.collect();
    RecordReport {
        hospital: String::new(),
        made_by: String::new(),
        made_at: NO_TIME,
        patient: anonymous,
        record_since: NO_TIME,
        changed_by: String::new(),
        changed_at: NO_TIME,
        photo: None,
        exams,
        planned: Vec::new(),
        deidentified: Some(changes),
    }
}

/// One exam, and the reason why its pictures are withheld, if they are.
fn exam(
    exam: ReportedExam,
    number: String,
    pseudonyms: &Pseudonyms,
    is_clean: &impl Fn(&ExaminedSlice) -> Result<(), Withheld>,
) -> (ReportedExam, Option<Withheld>) {
    let ReportedExam {
        accession: _,
        examined_at: _,
        slice: examined,
        study: scanned,
        reading: measured,
        key_image,
        heat_map,
        status: stage,
        addenda: _,
        signed_text: _,
    } = exam;
    let has_pictures = key_image.is_some() || heat_map.is_some();
    let pictures = match has_pictures {
        true => is_clean(&examined).and_then(|()| {
            let clean = |file| Option::map(file, picture::without_text).transpose();
            Ok((clean(key_image)?, clean(heat_map)?))
        }),
        false => Ok((None, None)),
    };
    let (key_image, heat_map, withheld) = match pictures {
        Ok((key_image, heat_map)) => (key_image, heat_map, None),
        Err(reason) => (None, None, Some(reason)),
    };
    let exam = ReportedExam {
        accession: number,
        examined_at: NO_TIME,
        slice: slice(examined, pseudonyms),
        study: scanned.map(|scanned| Box::new(study(*scanned, pseudonyms))),
        reading: reading(measured, pseudonyms),
        key_image,
        heat_map,
        status: status(stage),
        addenda: Vec::new(),
        signed_text: None,
    };
    (exam, withheld)
}

fn slice(slice: ExaminedSlice, pseudonyms: &Pseudonyms) -> ExaminedSlice {
    let ExaminedSlice {
        source_path: _,
        // The hash would identify the exam to a person who has the file.
        source_sha256: _,
        format,
        width,
        height,
        assessment,
        elapsed_ms,
        series,
    } = slice;
    let series = series.map(|of| {
        let ExaminedSeries {
            study_uid,
            series_uid,
            deciding,
            rule,
            suspicious,
            curve,
            analysed,
            outside,
            runs_on: _,
            version,
        } = *of;
        Box::new(ExaminedSeries {
            study_uid: study_uid.map(|uid| pseudonyms.uid(&uid)),
            series_uid: series_uid.map(|uid| pseudonyms.uid(&uid)),
            deciding,
            rule,
            suspicious,
            curve,
            analysed,
            outside,
            runs_on: String::new(),
            version,
        })
    });
    ExaminedSlice {
        source_path: PathBuf::new(),
        source_sha256: String::new(),
        format,
        width,
        height,
        assessment,
        elapsed_ms,
        series,
    }
}

/// The UIDs of a study, as pseudonyms.
fn study(study: ScannedStudy, pseudonyms: &Pseudonyms) -> ScannedStudy {
    let ScannedStudy {
        patient_name: _,
        patient_id: _,
        issuer: _,
        birth_date: _,
        sex: _,
        study_uid,
        date: _,
        time: _,
        study_id: _,
        accession: _,
        referrer: _,
        series_uid,
        class_uid,
        images,
    } = study;
    let pseudonym = |uid: String| pseudonyms.uid(&uid);
    let image = |image: ScannedImage| ScannedImage {
        instance_uid: pseudonym(image.instance_uid),
        frame: image.frame,
    };
    ScannedStudy {
        study_uid: study_uid.map(pseudonym),
        series_uid: series_uid.map(pseudonym),
        // The kind of image, which is the same for all patients.
        class_uid,
        images: images.into_iter().map(image).collect(),
        ..ScannedStudy::default()
    }
}

fn reading(reading: Reading, pseudonyms: &Pseudonyms) -> Reading {
    let Reading {
        nodules,
        circumstances,
        rejected,
        accepted,
        words: _,
    } = reading;
    let Circumstances {
        modifier_s,
        incomplete,
        family_history,
        emphysema,
        nodules_seen,
        scanned_on: _,
    } = circumstances;
    Reading {
        nodules: nodules
            .into_iter()
            .map(|measured| nodule(measured, pseudonyms))
            .collect(),
        circumstances: Circumstances {
            modifier_s,
            incomplete,
            family_history,
            emphysema,
            nodules_seen,
            scanned_on: None,
        },
        rejected,
        accepted,
        words: ReportWords::default(),
    }
}

fn nodule(nodule: MeasuredNodule, pseudonyms: &Pseudonyms) -> MeasuredNodule {
    let MeasuredNodule {
        draft,
        earlier_on: _,
        earlier_changed,
        lobe,
        volume_mm3,
        measurement: Measurement { method, place },
        note: _,
    } = nodule;
    let place = place.map(|place| {
        let Place {
            series_uid,
            slice,
            ends,
        } = place;
        Place {
            series_uid: series_uid.map(|uid| pseudonyms.uid(&uid)),
            slice,
            ends,
        }
    });
    MeasuredNodule {
        draft,
        earlier_on: None,
        earlier_changed,
        lobe,
        volume_mm3,
        measurement: Measurement { method, place },
        note: String::new(),
    }
}

fn status(status: ReportStatus) -> ReportStatus {
    match status {
        ReportStatus::Preliminary { version, amends } => {
            ReportStatus::Preliminary { version, amends }
        }
        ReportStatus::Final {
            version,
            amends,
            signed_by: _,
            signed_at: _,
        } => ReportStatus::Final {
            version,
            amends,
            signed_by: String::new(),
            signed_at: NO_TIME,
        },
    }
}
