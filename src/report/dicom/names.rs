//! UIDs of an exam's objects.

use uuid::Uuid;

use crate::imaging::instance;
use crate::report::record::{RecordReport, ReportedExam};

/// The namespace of UIDs of version 5.
const NAMESPACE: Uuid = Uuid::from_u128(0x6a1d_5c1e_5c0a_5f0e_9a57_3d21_0f6b_84c9);

/// The UIDs of one exam's objects. Those of the source are used as they are, or are already pseudonyms; others are derived from
/// the identity of the record, so that the objects of one export refer to one another.
pub(super) struct Names<'a> {
    space: Uuid,
    exam: &'a str,
    made_at: String,
    source: Option<SourceNames<'a>>,
}

/// UIDs of the scan.
#[derive(Debug, Clone, Copy)]
struct SourceNames<'a> {
    study: &'a str,
    series: Option<&'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn new(record: &RecordReport, exam: &'a ReportedExam) -> Self {
        let known_by = match &record.deidentified {
            // The pseudonym differs between exports, and so does everything derived from it.
            Some(_) => record.patient.number.clone(),
            // Neither changes when the record is corrected.
            None => format!("{} {}", record.hospital, record.record_since),
        };
        let usable = |uid: &'a Option<String>| {
            let uid = uid.as_deref();
            uid.filter(|uid| instance::is_uid(uid))
        };
        let series = exam.slice.series.as_deref();
        let of_series = series.and_then(|series| {
            Some(SourceNames {
                study: usable(&series.study_uid)?,
                series: usable(&series.series_uid),
            })
        });
        let of_scan = exam.study.as_deref().and_then(|scan| {
            Some(SourceNames {
                study: usable(&scan.study_uid)?,
                series: usable(&scan.series_uid),
            })
        });
        Self {
            space: Uuid::new_v5(&NAMESPACE, known_by.as_bytes()),
            exam: &exam.accession,
            made_at: record.made_at.to_string(),
            source: of_series.or(of_scan),
        }
    }

    /// (0020,000D) StudyInstanceUID: the source's if the exam states it.
    pub(super) fn study(&self) -> String {
        match &self.source {
            Some(source) => source.study.to_owned(),
            None => self.made("study"),
        }
    }

    /// True if the study is the source's own.
    pub(super) fn is_of_source(&self) -> bool {
        self.source.is_some()
    }

    /// (0020,000E) SeriesInstanceUID of the scan, if the exam states it and its study.
    pub(super) fn source_series(&self) -> Option<&'a str> {
        self.source.as_ref()?.series
    }

    /// (0020,000E) SeriesInstanceUID of the objects called `what`.
    pub(super) fn series(&self, what: &str) -> String {
        self.made(&format!("{what}, series"))
    }

    /// (0008,0018) SOPInstanceUID of the object called `what`. Another export makes another instance, because its text may
    /// differ.
    pub(super) fn instance(&self, what: &str) -> String {
        self.made(&format!("{what} of {}", self.made_at))
    }

    /// UID of a finding that is called `what` in every report of the exam.
    pub(super) fn tracked(&self, what: &str) -> String {
        self.made(&format!("{what}, tracked"))
    }

    fn made(&self, what: &str) -> String {
        under(&self.space, &format!("{} {what}", self.exam))
    }
}

/// A UID that is the same everywhere, such as that of a model, derived from its hash.
pub(super) fn common(what: &str) -> String {
    under(&NAMESPACE, what)
}

fn under(space: &Uuid, what: &str) -> String {
    instance::uid(Uuid::new_v5(space, what.as_bytes()).as_u128())
}
