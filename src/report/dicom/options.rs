//! What all objects of one export have in common: who may be told, and how they are named.

use uuid::Uuid;

use super::ObjectError;
use crate::imaging::instance;
use crate::report::record::{RecordReport, ReportedExam};

/// Which of an exam's pictures an object shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureKind {
    /// The slice as it was looked at.
    KeyImage,
    /// What the model attended to, over the slice.
    HeatMap,
}

impl PictureKind {
    /// In the order of their series.
    pub const ALL: [Self; 2] = [Self::KeyImage, Self::HeatMap];
}

/// How the objects of one export are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectOptions {
    /// Whether the pictures leave with the report: it refers to them then.
    pub(super) with_pictures: bool,
    uids: Uids,
}

/// Where UIDs come from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Uids {
    /// The source's own are kept, others are made of what the record is known by.
    Kept,
    /// Every UID is made of the source's or of what it names and of this export's seed, so that none can be traced
    /// back and those that were alike stay alike.
    Mapped(Uuid),
}

/// What UIDs of version 5 are made under.
const NAMESPACE: Uuid = Uuid::from_u128(0x6a1d_5c1e_5c0a_5f0e_9a57_3d21_0f6b_84c9);

impl ObjectOptions {
    /// Objects that tell whose they are. The same exam keeps its study from export to export.
    pub fn identified() -> Self {
        Self {
            with_pictures: true,
            uids: Uids::Kept,
        }
    }

    /// Objects of a record that was de-identified, with UIDs that nobody can trace back without `seed`: random bytes
    /// that are the same for all objects of the export.
    pub fn deidentified(seed: &[u8]) -> Self {
        Self {
            with_pictures: true,
            uids: Uids::Mapped(Uuid::new_v5(&NAMESPACE, seed)),
        }
    }

    /// The same for a report that leaves without the pictures: it does not refer to them.
    pub fn without_pictures(self) -> Self {
        Self {
            with_pictures: false,
            ..self
        }
    }

    /// Whether nothing may tell whose the objects are.
    pub(super) fn is_deidentified(&self) -> bool {
        matches!(self.uids, Uids::Mapped(_))
    }

    /// The names of an exam's objects.
    pub(super) fn names<'a>(
        &'a self,
        record: &'a RecordReport,
        exam: &'a ReportedExam,
    ) -> Result<Names<'a>, ObjectError> {
        let mut exams = record.exams.iter();
        let place = exams.position(|other| std::ptr::eq(other, exam));
        let place = place.ok_or(ObjectError::StrangeExam)?;
        let (space, exam_name) = match &self.uids {
            // No number of the record outlives a change of it as these do.
            Uids::Kept => {
                let record = format!("{} {}", record.hospital, record.record_since);
                (
                    Uuid::new_v5(&NAMESPACE, record.as_bytes()),
                    exam.accession.clone(),
                )
            }
            // A de-identified record tells its patients apart by pseudonyms, and its exams by nothing.
            Uids::Mapped(space) => (*space, format!("{} {place}", record.patient.number)),
        };
        Ok(Names {
            uids: &self.uids,
            space,
            exam_name,
            made_at: record.made_at.to_string(),
            source: exam.slice.series.as_deref().map(|series| {
                [&series.study_uid, &series.series_uid].map(|uid| {
                    let uid = uid.as_deref().filter(|uid| instance::is_uid(uid));
                    uid.map(str::to_owned)
                })
            }),
        })
    }
}

/// The UIDs of one exam's objects.
pub(super) struct Names<'a> {
    uids: &'a Uids,
    space: Uuid,
    exam_name: String,
    made_at: String,
    /// StudyInstanceUID and SeriesInstanceUID of what was examined.
    source: Option<[Option<String>; 2]>,
}

impl Names<'_> {
    /// (0020,000D) StudyInstanceUID: the source's where the exam knows it.
    pub fn study(&self) -> String {
        match &self.source {
            Some([Some(study), _]) => self.of_source(study),
            _ => self.made("study"),
        }
    }

    /// Whether the study is the source's own.
    pub fn is_of_source(&self) -> bool {
        matches!(self.source, Some([Some(_), _]))
    }

    /// (0020,000E) SeriesInstanceUID of what was examined, where the exam knows it and its study.
    pub fn source_series(&self) -> Option<String> {
        match &self.source {
            Some([Some(_), Some(series)]) => Some(self.of_source(series)),
            _ => None,
        }
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
        self.under_space(&format!("{} {what}", self.exam_name))
    }

    fn of_source(&self, uid: &str) -> String {
        match self.uids {
            Uids::Kept => uid.to_owned(),
            Uids::Mapped(_) => self.under_space(uid),
        }
    }

    fn under_space(&self, name: &str) -> String {
        instance::uid(Uuid::new_v5(&self.space, name.as_bytes()).as_u128())
    }
}

/// A UID of what is the same everywhere, such as a model by its hash.
pub(super) fn common_uid(name: &str) -> String {
    instance::uid(Uuid::new_v5(&NAMESPACE, name.as_bytes()).as_u128())
}
