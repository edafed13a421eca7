//! Text and JSON of the result of `lunny import`.

use serde_json::{Value, json};

use crate::clinical::patient::Patient;
use crate::import::{ColumnReport, DatesRead, OrderBy, Reading, Source, Summary};
use crate::store::{ConflictingValues, ImportAction, MatchedBy, MatchedWith};
use crate::text::{counted, scrub};

/// Number of rows that are listed one by one.
const NAMED: usize = 20;

/// Counts of each kind, the columns, the remarks, then the rows that could not be imported.
pub(super) fn for_people(source: &Source, summary: &Summary, is_dry_run: bool) -> String {
    let tally = &summary.tally;
    let rows = counted(tally.rows() as usize, "row");
    let mut lines = vec![
        match is_dry_run {
            true => format!("Dry run: nothing was changed. An import of {rows} would give:"),
            false => format!("Read {rows} of the file:"),
        },
        format!("  new        {}", tally.new),
        format!("  changed    {}", tally.changed),
        format!("  unchanged  {}", tally.unchanged),
        format!("  skipped    {}", tally.skipped),
        format!("  broken     {}", tally.broken),
    ];
    if let Some(plans) = &summary.plans {
        lines.extend([
            "Planned exams:".to_owned(),
            format!("  new        {}", plans.new),
            format!("  changed    {}", plans.changed),
            format!("  unchanged  {}", plans.unchanged),
        ]);
    }
    if let Some(import) = summary.import {
        lines.push(format!("`lunny import undo {}` undoes it.", import.0));
    }
    lines.extend(columns(summary));
    for title in &source.titles {
        lines.push(format!(
            "line {} above the headings was ignored: {}",
            title.line, title.text
        ));
    }
    lines.extend(
        summary
            .columns
            .iter()
            .filter_map(ColumnReport::dates_sentence),
    );
    lines.extend(
        summary
            .remarks
            .iter()
            .take(NAMED)
            .map(|remark| remark.sentence()),
    );
    lines.extend(more(
        summary.remarks.len() as u64,
        "more remark",
        "--json lists all of them",
    ));
    if summary.duplicate_rows > 0 {
        lines.push(format!(
            "{} the number, or the name and date of birth, of an existing record or an earlier row.",
            match summary.duplicate_rows {
                1 => "1 row has".to_owned(),
                rows => format!("{rows} rows have"),
            }
        ));
    }
    let namesakes = summary
        .duplicates
        .iter()
        .filter(|duplicate| duplicate.matched.matched_by == MatchedBy::Namesake);
    for duplicate in namesakes.take(NAMED) {
        lines.push(format!(
            "line {}: same name and date of birth as another patient, but another number or gender: kept as a separate patient.",
            duplicate.row.line
        ));
    }
    for dropped in summary.dropped.iter().take(NAMED) {
        for value in &dropped.values {
            lines.push(format!(
                "line {}, {}: {}",
                dropped.line,
                dropped.number,
                contradiction(value)
            ));
        }
    }
    lines.extend(more(
        summary.dropped_rows,
        "more row that contradicts its record",
        "--json lists them",
    ));
    for broken in summary.broken.iter().take(NAMED) {
        lines.push(format!("line {}: {}", broken.line, broken.reason));
    }
    lines.extend(more(
        tally.broken,
        "more broken row",
        "--broken FILE writes all of them",
    ));
    let scrubbed: Vec<String> = lines.iter().map(|line| scrub(line).into_owned()).collect();
    scrubbed.join("\n")
}

/// Line that counts the rest of `all` after those listed.
fn more(all: u64, thing: &str, hint: &str) -> Option<String> {
    let more = all.saturating_sub(NAMED as u64);
    (more > 0).then(|| format!("and {}: {hint}", counted(more as usize, thing)))
}

/// Fields of the imported columns, and the columns that are ignored, with the reason.
fn columns(summary: &Summary) -> Vec<String> {
    let taken = summary
        .columns
        .iter()
        .filter(|column| column.left_out.is_none());
    let taken: Vec<String> = taken
        .map(|column| format!("{} = {}", column.name(), column.target.label()))
        .collect();
    let mut lines = vec![format!("columns: {}", taken.join(", "))];
    for column in &summary.columns {
        if let Some(reason) = column.left_out.filter(|_| !column.is_empty) {
            lines.push(format!(
                "ignored: {}, because {}",
                column.name(),
                reason.reason()
            ));
        }
    }
    lines
}

fn contradiction(value: &ConflictingValues) -> String {
    let ConflictingValues {
        field,
        record,
        file,
        keeps_record,
    } = value;
    let (kept, refused) = match keeps_record {
        true => (record, file),
        false => (file, record),
    };
    format!(
        "{}: “{kept}” is kept, “{refused}” is dropped",
        field.label()
    )
}

/// JSON object. Scripts rely on these names.
pub(super) fn in_json(
    source: &Source,
    summary: &Summary,
    is_dry_run: bool,
) -> serde_json::Result<String> {
    let broken: Vec<Value> = (summary.broken.iter())
        .map(|broken| json!({ "line": broken.line, "reason": broken.reason }))
        .collect();
    let duplicates: Vec<Value> = (summary.duplicates.iter())
        .map(|duplicate| {
            let Patient { number, .. } = &duplicate.row.patient;
            json!({
                "line": duplicate.row.line,
                "number": duplicate.row.is_numbered.then_some(number),
                "by": match duplicate.matched.matched_by {
                    MatchedBy::Number => "number",
                    MatchedBy::Person => "name and date of birth",
                    MatchedBy::OtherPerson => "number of another person",
                    MatchedBy::Namesake => "name and date of birth of another person",
                },
                "of": match duplicate.matched.with {
                    MatchedWith::Record(..) => "record",
                    MatchedWith::Row(_) => "earlier row",
                },
                "action": match &duplicate.action {
                    ImportAction::Added => "added",
                    ImportAction::Changed => "changed",
                    ImportAction::Unchanged => "unchanged",
                    ImportAction::Skipped => "skipped",
                    ImportAction::Refused(_) => "refused",
                },
            })
        })
        .collect();
    let columns: Vec<Value> = summary.columns.iter().map(column).collect();
    let left_out: Vec<String> = (summary.columns.iter())
        .filter(|column| column.left_out.is_some() && !column.is_empty)
        .map(|column| column.heading.clone())
        .collect();
    let contradictions: Vec<Value> = (summary.dropped.iter())
        .flat_map(|dropped| {
            dropped.values.iter().map(|value| {
                json!({
                    "line": dropped.line,
                    "number": dropped.number,
                    "field": value.field.key(),
                    "record": value.record,
                    "file": value.file,
                    "kept": if value.keeps_record { "record" } else { "file" },
                })
            })
        })
        .collect();
    let remarks: Vec<Value> = (summary.remarks.iter())
        .map(|remark| {
            json!({
                "column": remark.heading,
                "line": remark.line,
                "rows": remark.rows,
                "said": remark.said,
                "read_as": match remark.reading {
                    Reading::Lost => None,
                    _ => Some(&remark.taken),
                },
                "remark": remark.sentence(),
            })
        })
        .collect();
    let titles: Vec<Value> = (source.titles.iter())
        .map(|title| json!({ "line": title.line, "text": title.text }))
        .collect();
    serde_json::to_string(&json!({
        "dry_run": is_dry_run,
        "import": summary.import,
        "encoding": source.encoding.name(),
        "tally": summary.tally,
        "planned_exams": summary.plans,
        "columns": columns,
        "left_out": left_out,
        "lines_above_headings": titles,
        "duplicates_found": summary.duplicate_rows,
        "duplicates": duplicates,
        "contradicting_rows": summary.dropped_rows,
        "contradictions": contradictions,
        "remarks": remarks,
        "broken": broken,
    }))
}

fn column(column: &ColumnReport) -> Value {
    json!({
        "column": column.column,
        "heading": column.heading,
        "field": match column.left_out {
            Some(_) => None,
            None => Some(column.target.key()),
        },
        "left_out": column.left_out.map(|reason| reason.reason()),
        "empty": column.is_empty,
        "dates": column.dates.map(|DatesRead { order, by }| json!({
            "order": order.as_str(),
            "shown_by_line": match by {
                OrderBy::Line(line) => Some(line),
                _ => None,
            },
            "stated": by == OrderBy::Stated,
            "by_setting": by == OrderBy::Setting,
        })),
    })
}
