//! UIDs of an exam's objects.

use uuid::Uuid;

use crate::imaging::instance;
use crate::report::record::{RecordReport, ReportedExam};

/// The namespace of UIDs of version 5.
const NAMESPACE: Uuid = Uuid::from_u128(0x6a1d_5c1e_5c0a_5f0e_9a57_3d21_0f6b_84c9);

/// The UIDs of one exam's objects. Those of the source are kept, or stand there as pseudonyms already; others are made of
/// what the record is known by, so that the objects of one export know one another.
pub(super) struct Names<'a> {
    space: Uuid,
    exam: &'a str,
    made_at: String,
    source: Option<SourceNames<'a>>,
}

/// Names of the scan that was examined.
struct SourceNames<'a> {
    study: &'a str,
    series: Option<&'a str>,
}

impl<'a> Names<'a> {
    pub fn new(record: &RecordReport, exam: &'a ReportedExam) -> Self {
        let known_by = match &record.deidentified {
            // The pseudonym is another one in every export, and so is all that is made of it.
            Some(_) => record.patient.number.clone(),
            // Neither changes when somebody corrects the record.
            None => format!("{} {}", record.hospital, record.record_since),
        };
        let usable = |uid: &'a Option<String>| {
            let uid = uid.as_deref();
            uid.filter(|uid| instance::is_uid(uid))
        };
        let series = exam.slice.series.as_deref();
        Self {
            space: Uuid::new_v5(&NAMESPACE, known_by.as_bytes()),
            exam: &exam.accession,
            made_at: record.made_at.to_string(),
            source: series.and_then(|series| {
                Some(SourceNames {
                    study: usable(&series.study_uid)?,
                    series: usable(&series.series_uid),
                })
            }),
        }
    }

    /// (0020,000D) StudyInstanceUID: the source's where the exam knows it.
    pub fn study(&self) -> String {
        match &self.source {
            Some(source) => source.study.to_owned(),
            None => self.made("study"),
        }
    }

    /// True if the study is the source's own.
    pub fn is_of_source(&self) -> bool {
        self.source.is_some()
    }

    /// (0020,000E) SeriesInstanceUID of what was examined, where the exam knows it and its study.
    pub fn source_series(&self) -> Option<&'a str> {
        self.source.as_ref()?.series
    }

    /// (0020,000E) SeriesInstanceUID of the objects that are called `what`.
    pub fn series(&self, what: &str) -> String {
        self.made(&format!("{what}, series"))
    }

    /// (0008,0018) SOPInstanceUID of the object that is called `what`. Another export is another instance, for its
    /// words may differ.
    pub fn instance(&self, what: &str) -> String {
        self.made(&format!("{what} of {}", self.made_at))
    }

    /// Names a finding that is called `what` in every report of the exam.
    pub fn tracked(&self, what: &str) -> String {
        self.made(&format!("{what}, tracked"))
    }

    fn made(&self, what: &str) -> String {
        under(&self.space, &format!("{} {what}", self.exam))
    }
}

/// A UID of what is the same everywhere, such as a model by its hash.
pub(super) fn common(what: &str) -> String {
    under(&NAMESPACE, what)
}

fn under(space: &Uuid, what: &str) -> String {
    instance::uid(Uuid::new_v5(space, what.as_bytes()).as_u128())
}
