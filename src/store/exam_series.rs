//! Stored facts of the series of an exam. They belong to the exam.

use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};

use super::ExamId;
use crate::clinical::examined::ExaminedSeries;

/// Maximum number of slices of one stored series.
const MAX_SLICES: usize = 1_000_000;

/// True if the series can be stored: it has slices, and every index and probability is in range.
pub(super) fn is_sound(series: &ExaminedSeries) -> bool {
    let slices = series.curve.len();
    let short = |text: &String, most| (1..=most).contains(&text.chars().count());
    let uid = |uid: &Option<String>| uid.as_ref().is_none_or(|uid| short(uid, 64));
    (1..=MAX_SLICES).contains(&slices)
        && !series.deciding.is_empty()
        && series.deciding.end <= slices
        && series.suspicious.iter().all(|&index| index < slices)
        && (series.curve.iter().flatten()).all(|probability| (0.0..=1.0).contains(probability))
        && series.analysed <= slices
        && series.outside <= series.analysed
        && uid(&series.study_uid)
        && uid(&series.series_uid)
        && short(&series.rule, 200)
        && short(&series.runs_on, 200)
        && short(&series.version, 64)
}

pub(super) fn insert(
    transaction: &Transaction<'_>,
    exam: ExamId,
    series: &ExaminedSeries,
) -> rusqlite::Result<()> {
    let curve: Vec<u8> = (series.curve.iter())
        .flat_map(|probability| probability.unwrap_or(f32::NAN).to_le_bytes())
        .collect();
    transaction
        .prepare_cached(
            "INSERT INTO exam_series (exam_id, study_uid, series_uid, decide_from, decide, rule,
                                      suspicious, curve, judged, outside, runs_on,
                                      version)
             VALUES (:exam, :study, :series, :from, :decide, :rule, :suspicious, :curve, :judged,
                     :outside, :runs_on, :version)",
        )?
        .execute(named_params! {
            ":exam": exam.0,
            ":study": series.study_uid,
            ":series": series.series_uid,
            ":from": count(series.deciding.start),
            ":decide": count(series.deciding.len()),
            ":rule": series.rule,
            ":suspicious": serde_json::to_string(&series.suspicious).unwrap_or_else(|_| "[]".into()),
            ":curve": curve,
            ":judged": count(series.analysed),
            ":outside": count(series.outside),
            ":runs_on": series.runs_on,
            ":version": series.version,
        })?;
    Ok(())
}

/// The stored series of an exam; none for an exam of one slice.
pub(super) fn of(
    transaction: &Transaction<'_>,
    exam: ExamId,
) -> rusqlite::Result<Option<ExaminedSeries>> {
    transaction
        .prepare_cached("SELECT * FROM exam_series WHERE exam_id = ?1")?
        .query_row(params![exam.0], read)
        .optional()
}

fn read(row: &Row<'_>) -> rusqlite::Result<ExaminedSeries> {
    let (curve, suspicious): (Vec<u8>, String) = (row.get("curve")?, row.get("suspicious")?);
    let (words, _) = curve.as_chunks::<4>();
    let probability = |word: &[u8; 4]| Some(f32::from_le_bytes(*word)).filter(|it| !it.is_nan());
    let (from, decide): (i64, i64) = (row.get("decide_from")?, row.get("decide")?);
    let from = index(from);
    let outside = index(row.get("outside")?);
    let mut curve: Vec<Option<f32>> = words.iter().map(probability).collect();
    let mut suspicious: Vec<usize> = serde_json::from_str(&suspicious).unwrap_or_default();
    let stated: Option<i64> = row.get("judged")?;
    let analysed = stated.map_or_else(|| curve.iter().flatten().count(), index);
    // A series stored before `judged` existed also has the probabilities of slices out of distribution, without marking them.
    if stated.is_none() && outside > 0 {
        curve.fill(None);
        suspicious.clear();
    }
    Ok(ExaminedSeries {
        study_uid: row.get("study_uid")?,
        series_uid: row.get("series_uid")?,
        deciding: from..from.saturating_add(index(decide)),
        rule: row.get("rule")?,
        suspicious,
        curve,
        analysed,
        outside,
        runs_on: row.get("runs_on")?,
        version: row.get("version")?,
    })
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn index(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default()
}
