//! Conversion between an exam and its columns.

use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};

use super::super::account::instant;
use super::super::deletion::next_id;
use super::super::folder::{path_bytes, path_from_bytes};
use super::super::{Access, PatientId, StoreError, StoredReading, exam_series, patient, reading};
use super::{Exam, ExamId, ExamState};
use crate::clinical::assessment::{
    Assessment, ClassProbabilities, Classification, DecisionRule, Lesion, ModelIdentity, Reader,
    TrainingRange,
};
use crate::clinical::examined::ExaminedSlice;

/// Maximum number of lesions that are stored of one exam.
const MAX_LESIONS: usize = 10_000;

/// True if the reader can produce these probabilities: none out of distribution, and for the slice classifier one per class.
fn are_probable(assessment: &Assessment) -> bool {
    let probable = |p: &f64| (0.0..=1.0).contains(p);
    let Some(malignant) = assessment.malignancy else {
        return assessment.is_outside() && assessment.classes.is_none();
    };
    let classes_fit = match (assessment.reader, assessment.classes) {
        (Reader::Lesions, classes) => classes.is_none(),
        (Reader::Slice, None) => false,
        (Reader::Slice, Some(classes)) => {
            let all = [classes.normal, classes.benign, classes.malignant];
            let sum: f64 = all.iter().sum();
            all.iter().all(probable) && (sum - 1.0).abs() < 1e-3 && classes.malignant == malignant
        }
    };
    !assessment.is_outside() && probable(&malignant) && classes_fit
}

/// True if the lesions lie on existing slices and all their figures are possible.
fn are_lesions(exam: &ExaminedSlice) -> bool {
    let slices = (exam.series.as_deref()).map_or(1, |series| series.curve.len());
    let lesions = &exam.assessment.lesions;
    lesions.len() <= MAX_LESIONS
        && (lesions.iter()).all(|lesion| lesion.is_sound() && lesion.slice <= slices)
}

/// Refuses figures that no network produces. SQLite would store NaN as NULL.
pub(super) fn check(exam: &ExaminedSlice) -> Result<(), StoreError> {
    let short = |text: &str, most| (1..=most).contains(&text.chars().count());
    let rules = [
        (are_probable(&exam.assessment), "class probabilities"),
        (are_lesions(exam), "lesions"),
        (exam.assessment.rule.is_sound(), "decision rule"),
        (short(&exam.assessment.model.id, 200), "model name"),
        (short(&exam.assessment.model.sha256, 64), "model hash"),
        (short(&exam.source_sha256, 64), "file hash"),
        (short(&exam.format, 64), "file format"),
        (exam.width > 0 && exam.height > 0, "size in pixels"),
        (
            exam.assessment
                .training_range
                .outside_reason()
                .is_none_or(|reason| {
                    short(reason, 1000)
                        && exam.assessment.classification == Classification::Indeterminate
                }),
            "mark of a slice outside the training range",
        ),
        (
            exam.series.as_deref().is_none_or(exam_series::is_sound),
            "slices of the series",
        ),
    ];
    match rules.iter().find(|(holds, _)| !holds) {
        Some((_, what)) => Err(StoreError::InvalidExam(what)),
        None => Ok(()),
    }
}

/// The patient's exam with this same file and this same model's answer.
pub(super) fn existing(
    transaction: &Transaction<'_>,
    patient: PatientId,
    exam: &ExaminedSlice,
) -> rusqlite::Result<Option<ExamId>> {
    transaction
        .prepare_cached(
            "SELECT id FROM exam WHERE patient_id = ?1 AND source_sha256 = ?2
                                   AND model_sha256 = ?3 AND deleted_at IS NULL",
        )?
        .query_row(
            params![patient.0, exam.source_sha256, exam.assessment.model.sha256],
            |row| row.get(0).map(ExamId),
        )
        .optional()
}

/// Stores a checked exam.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    access: &Access,
    patient: PatientId,
    exam: &ExaminedSlice,
    at: i64,
) -> rusqlite::Result<ExamId> {
    let Assessment {
        classification,
        malignancy,
        classes,
        rule,
        model,
        training_range,
        reader,
        lesions,
    } = &exam.assessment;
    let id = next_id(transaction, "exam")?;
    transaction
        .prepare_cached(
            "INSERT INTO exam (id, patient_id, hospital_id, created_by, created_at, source_path,
                               source_sha256, format, width, height, elapsed_ms, model_id,
                               model_sha256, classification, normal, benign, malignant, threshold,
                               indeterminate_from, indeterminate_to, sensitivity, specificity,
                               prevalence, outside_reason, reader, lesions)
             VALUES (:id, :patient, :hospital, :account, :at, :path, :sha256, :format, :width,
                     :height, :elapsed, :model, :model_sha256, :classification, :normal, :benign,
                     :malignant, :threshold, :from, :to, :sensitivity, :specificity, :prevalence,
                     :outside_reason, :reader, :lesions)",
        )?
        .insert(named_params! {
            ":id": id,
            ":patient": patient.0,
            ":hospital": access.hospital,
            ":account": access.account,
            ":at": at,
            ":path": path_bytes(&exam.source_path),
            ":sha256": exam.source_sha256,
            ":format": exam.format,
            ":width": exam.width,
            ":height": exam.height,
            ":elapsed": i64::try_from(exam.elapsed_ms).unwrap_or(i64::MAX),
            ":model": model.id,
            ":model_sha256": model.sha256,
            ":classification": classification.as_str(),
            ":normal": classes.map(|classes| classes.normal),
            ":benign": classes.map(|classes| classes.benign),
            ":malignant": malignancy,
            ":threshold": rule.threshold,
            ":from": rule.indeterminate_from,
            ":to": rule.indeterminate_to,
            ":sensitivity": rule.sensitivity,
            ":specificity": rule.specificity,
            ":prevalence": rule.prevalence,
            ":outside_reason": training_range.outside_reason(),
            ":reader": reader.as_str(),
            ":lesions": serde_json::to_string(lesions).unwrap_or_else(|_| "[]".into()),
        })
        .map(ExamId)
}

/// The exams of a patient, newest first, without deleted ones.
pub(in crate::store) fn of_patient(
    transaction: &Transaction<'_>,
    access: &Access,
    patient: PatientId,
) -> rusqlite::Result<Vec<Exam>> {
    let mut exams: Vec<Exam> = transaction
        .prepare_cached(
            "SELECT exam.*, patient.revision AS patient_revision
             FROM exam JOIN patient ON patient.id = exam.patient_id
             LEFT JOIN exam_circumstances ON exam_circumstances.exam_id = exam.id
             WHERE exam.patient_id = ?1 AND exam.hospital_id = ?2 AND exam.deleted_at IS NULL
             ORDER BY coalesce(scanned_on, date(exam.created_at / 1000000, 'unixepoch')) DESC,
                      exam.created_at DESC, exam.id DESC",
        )?
        .query_map(params![patient.0, access.hospital], read_exam)?
        .collect::<Result<_, _>>()?;
    for exam in &mut exams {
        exam.reading = reading::of(transaction, exam.id)?;
        exam.slice.series = exam_series::of(transaction, exam.id)?.map(Box::new);
    }
    Ok(exams)
}

fn read_exam(row: &Row<'_>) -> rusqlite::Result<Exam> {
    let elapsed_ms: i64 = row.get("elapsed_ms")?;
    let created_at = row.as_ref().column_index("created_at")?;
    let result = row.as_ref().column_index("classification")?;
    let malignancy: Option<f64> = row.get("malignant")?;
    let (normal, benign): (Option<f64>, Option<f64>) = (row.get("normal")?, row.get("benign")?);
    let classes = malignancy.zip(normal.zip(benign));
    let classes = classes.map(|(malignant, (normal, benign))| ClassProbabilities {
        normal,
        benign,
        malignant,
    });
    let assessment = Assessment {
        classification: classification(row, result)?,
        malignancy,
        classes,
        rule: DecisionRule {
            threshold: row.get("threshold")?,
            indeterminate_from: row.get("indeterminate_from")?,
            indeterminate_to: row.get("indeterminate_to")?,
            sensitivity: row.get("sensitivity")?,
            specificity: row.get("specificity")?,
            prevalence: row.get("prevalence")?,
        },
        model: ModelIdentity {
            id: row.get("model_id")?,
            sha256: row.get("model_sha256")?,
        },
        training_range: TrainingRange::Inside,
        reader: reader(row)?,
        lesions: lesions(row)?,
    };
    // Older exams have probabilities even if out of distribution.
    let assessment = match row.get("outside_reason")? {
        Some(reason) => assessment.within(TrainingRange::Outside { reason }),
        None => assessment,
    };
    Ok(Exam {
        id: ExamId(row.get("id")?),
        state: ExamState {
            exam: row.get("revision")?,
            patient: row.get("patient_revision")?,
        },
        created_at: instant(row, created_at)?,
        slice: ExaminedSlice {
            source_path: path_from_bytes(row.get("source_path")?),
            source_sha256: row.get("source_sha256")?,
            format: row.get("format")?,
            width: row.get("width")?,
            height: row.get("height")?,
            assessment,
            elapsed_ms: elapsed_ms.unsigned_abs(),
            series: None,
        },
        reading: StoredReading::default(),
    })
}

fn reader(row: &Row<'_>) -> rusqlite::Result<Reader> {
    let column = row.as_ref().column_index("reader")?;
    let word: String = row.get(column)?;
    Reader::parse(&word)
        .ok_or_else(|| patient::unreadable(column, format!("{word} is not a reader of scans")))
}

pub(in crate::store) fn lesions(row: &Row<'_>) -> rusqlite::Result<Vec<Lesion>> {
    let column = row.as_ref().column_index("lesions")?;
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| patient::unreadable(column, error))
}

/// Parses the word that [`Classification::as_str`] wrote.
pub(in crate::store) fn classification(
    row: &Row<'_>,
    column: usize,
) -> rusqlite::Result<Classification> {
    let word: String = row.get(column)?;
    Classification::parse(&word)
        .ok_or_else(|| patient::unreadable(column, format!("{word} is not a classification")))
}
