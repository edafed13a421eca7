//! Copies of a record that do not say whose it is.
//!
//! Two rules together: the safe harbour of 45 CFR 164.514(b)(2), which takes away names, places, numbers and every
//! part of a date but the year and lets no age above 89 stand, and the basic profile of DICOM PS3.15 (table E.1-1)
//! for what comes from files. Where they leave a choice, the copy says less: no date at all, not even a shifted one,
//! and no text that anybody typed.
//!
//! The description of a field says what it gives away ([`Privacy`]); all else that a record holds is listed here part by part,
//! without "and the rest", so that a new part does not slip through.

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
use crate::clinical::report::ReportStatus;

/// Stands where a moment was.
const NO_MOMENT: Timestamp = Timestamp::UNIX_EPOCH;

/// Statements that stand in a de-identified copy in place of what it leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deidentified {
    /// When the copy was made.
    pub age: Option<Age>,
    /// At each exam, by its accession in the copy.
    pub ages_at_exams: BTreeMap<String, Age>,
    /// Pictures that might show whose they are, by the exam's accession in the copy.
    pub withheld: Vec<(String, Withheld)>,
}

impl Deidentified {
    pub fn age_at(&self, accession: &str) -> Option<Age> {
        self.ages_at_exams.get(accession).copied()
    }
}

/// True if a de-identified copy may hold the field's value.
pub fn may_tell(field: Field) -> bool {
    field.describe().privacy == Privacy::Clinical
}

/// The patient without what tells who it is, under a pseudonym.
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
    details.retain(may_tell);
    Patient {
        full_name: pseudonym.clone(),
        number: pseudonym,
        date_of_birth: None,
        sex: *sex,
        notes: String::new(),
        details,
    }
}

/// The record without what tells whose it is. `is_clean` says of an exam's source why its pictures might show
/// somebody's name, if they might.
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
        deidentified: _,
    } = record;
    let born = who.date_of_birth;
    let anonymous = patient(&who, pseudonyms);
    let age_on = |day| born.and_then(|born| Age::of(born, day));
    let mut told = Deidentified {
        age: age_on(made_at.to_zoned(TimeZone::UTC).date()),
        ..Deidentified::default()
    };
    let count = exams.len();
    let exams = exams.into_iter().enumerate().map(|(place, exam)| {
        // Counted from the earliest, as numbers of the database count all patients' exams.
        let accession = format!("{}-{}", anonymous.number, count - place);
        let saved_on = exam.examined_at.to_zoned(TimeZone::UTC).date();
        let day = exam.reading.circumstances.day(saved_on);
        if let Some(age) = age_on(day) {
            told.ages_at_exams.insert(accession.clone(), age);
        }
        let (exam, withheld) = self::exam(exam, accession, pseudonyms, &is_clean);
        if let Some(reason) = withheld {
            told.withheld.push((exam.accession.clone(), reason));
        }
        exam
    });
    let exams = exams.collect();
    RecordReport {
        hospital: String::new(),
        made_by: String::new(),
        made_at: NO_MOMENT,
        patient: anonymous,
        record_since: NO_MOMENT,
        changed_by: String::new(),
        changed_at: NO_MOMENT,
        photo: None,
        exams,
        deidentified: Some(told),
    }
}

/// One exam, and why its pictures are withheld if they are.
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
        reading: measured,
        key_image,
        heat_map,
        status: stage,
    } = exam;
    let has_pictures = key_image.is_some() || heat_map.is_some();
    let pictures = match has_pictures {
        true => is_clean(&examined).and_then(|()| {
            let clean = |file| Option::map(file, picture::without_words).transpose();
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
        examined_at: NO_MOMENT,
        slice: slice(examined, pseudonyms),
        reading: reading(measured, pseudonyms),
        key_image,
        heat_map,
        status: status(stage),
    };
    (exam, withheld)
}

fn slice(slice: ExaminedSlice, pseudonyms: &Pseudonyms) -> ExaminedSlice {
    let ExaminedSlice {
        source_path: _,
        // A person who has the file would recognise it by its hash.
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
            judged,
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
            judged,
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

fn reading(reading: Reading, pseudonyms: &Pseudonyms) -> Reading {
    let Reading {
        nodules,
        circumstances,
        rejected,
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
    }
}

fn nodule(nodule: MeasuredNodule, pseudonyms: &Pseudonyms) -> MeasuredNodule {
    let MeasuredNodule {
        draft,
        earlier_on: _,
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
            signed_at: NO_MOMENT,
        },
    }
}
