//! A patient's whole record as the content of pages and files. Pictures are files, text is as stored: it is scrubbed where it is
//! shown.

use jiff::Timestamp;
use jiff::civil::Date;

use super::deidentified::{Age, Deidentified};
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::patient::Patient;
use crate::clinical::reading::{Person, Reading};
use crate::clinical::report::{Addendum, ReportContent, ReportPatient, ReportStatus};
use crate::clinical::scanned_study::ScannedStudy;
use crate::clinical::worklist::ExamPlan;

/// The content of one patient's record.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordReport {
    pub hospital: String,
    /// Full name of the person who makes the copy.
    pub made_by: String,
    pub made_at: Timestamp,
    pub patient: Patient,
    pub record_since: Timestamp,
    /// Full name of the person who last changed the patient's fields.
    pub changed_by: String,
    pub changed_at: Timestamp,
    /// The newest photo of the patient.
    pub photo: Option<PictureFile>,
    /// Newest first.
    pub exams: Vec<ReportedExam>,
    /// The newest day first; none in a de-identified copy.
    pub planned: Vec<PlannedExam>,
    /// For a de-identified copy: the statements in place of the data that it leaves out. Its times are then all equal and
    /// meaningless, and its names of people and places are empty.
    pub deidentified: Option<Deidentified>,
}

/// An exam that was planned for the patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedExam {
    /// Identifies the planned exam within one database: `W-3`.
    pub number: String,
    pub plan: ExamPlan,
    pub state: PlanState,
}

/// State of a planned exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanState {
    Planned,
    /// By the exam with that accession, `E-12`.
    Done {
        exam: String,
        on: Date,
    },
    Cancelled {
        reason: &'static str,
        on: Date,
    },
}

impl PlanState {
    /// The state in words.
    pub fn words(&self) -> String {
        match self {
            Self::Planned => "planned".to_owned(),
            Self::Done { exam, on } => format!("done on {on}: {exam}"),
            Self::Cancelled { reason, on } => format!("cancelled on {on}: {reason}"),
        }
    }
}

/// One exam with its results, measurements and pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedExam {
    /// Identifies the exam within one database, the same in every copy: `E-12`.
    pub accession: String,
    pub examined_at: Timestamp,
    pub slice: ExaminedSlice,
    /// Patient and study of the scan as its files write them; none if they state no study. In a de-identified copy only UIDs, as
    /// pseudonyms.
    pub study: Option<Box<ScannedStudy>>,
    pub reading: Reading,
    /// The slice as viewed.
    pub key_image: Option<PictureFile>,
    /// The heat map: the model's attention over the slice.
    pub heat_map: Option<PictureFile>,
    /// The status of the newest version of its report.
    pub status: ReportStatus,
    /// Addenda of the newest signed version.
    pub addenda: Vec<Addendum>,
    /// Text of the newest version of the report, if that is signed and nothing has changed since.
    pub signed_text: Option<String>,
}

/// The exams of a record that are included.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub enum Extent {
    #[default]
    All,
    Newest,
    /// The exam with that accession.
    One(String),
}

impl Extent {
    /// Parses the word of a script: `all`, `newest`, or an accession such as `E-12`, in any case.
    pub fn parse(word: &str) -> Self {
        match word.trim().to_lowercase().as_str() {
            "all" => Self::All,
            "newest" => Self::Newest,
            _ => Self::One(word.trim().to_uppercase()),
        }
    }
}

/// A complete PNG or JPEG file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureFile {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

impl RecordReport {
    /// The patient at one of the exams, for the Brock models. In a de-identified copy with the stated age, and without age from
    /// 90 on.
    pub fn person(&self, exam: &ReportedExam) -> Person {
        match &self.deidentified {
            None => {
                let day = exam.reading.scanned_on(exam.examined_at);
                Person::new(self.patient.date_of_birth, self.patient.sex, day)
            }
            Some(copy) => Person {
                age_years: match copy.age_at(&exam.accession) {
                    Some(Age::Years(years)) => Some(years),
                    Some(Age::NinetyOrOver) | None => None,
                },
                sex: self.patient.sex,
            },
        }
    }

    /// The status of the report on one of its exams, as a line; without people and times in a de-identified copy.
    pub fn status_line(&self, exam: &ReportedExam) -> String {
        match (&self.deidentified, &exam.status) {
            (Some(_), ReportStatus::Final { version, .. }) => {
                format!("FINAL, version {version}, signed by a radiologist")
            }
            (_, status) => status.line(),
        }
    }

    /// The record with only these exams; none if it has no exam with that accession.
    pub fn only(mut self, extent: &Extent) -> Option<Self> {
        match extent {
            Extent::All => {}
            Extent::Newest => {
                self.exams.truncate(1);
                self.keep_plans_of_exams();
            }
            Extent::One(accession) => {
                self.exams.retain(|exam| exam.accession == *accession);
                if self.exams.is_empty() {
                    return None;
                }
                self.keep_plans_of_exams();
            }
        }
        Some(self)
    }

    /// Drops the planned exams that none of the exams has carried out.
    fn keep_plans_of_exams(&mut self) {
        let Self { exams, planned, .. } = self;
        let is_here = |done: &String| exams.iter().any(|exam| exam.accession == *done);
        planned.retain(|planned| match &planned.state {
            PlanState::Done { exam, .. } => is_here(exam),
            PlanState::Planned | PlanState::Cancelled { .. } => false,
        });
    }

    /// The report on one of its exams.
    pub fn exam(&self, exam: &ReportedExam) -> ReportContent {
        ReportContent {
            hospital: self.hospital.clone(),
            examiner: self.made_by.clone(),
            patient: Some(ReportPatient {
                number: self.patient.number.clone(),
                full_name: self.patient.full_name.clone(),
                date_of_birth: self.patient.date_of_birth,
                sex: self.patient.sex,
            }),
            examined_at: exam.examined_at,
            slice: exam.slice.clone(),
            reading: exam.reading.clone(),
        }
    }
}
