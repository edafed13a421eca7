//! Texts about imported rows.

use ratatui::text::{Line, Span};

use crate::import::{ColumnReport, Duplicate, ImportError, Remark, Source, Summary, Tally};
use crate::store::{ImportAction, MatchedBy, MatchedWith, OnDuplicate};
use crate::text::counted;
use crate::tui::theme::{Role, Theme};

/// One line per kind.
pub(super) fn tally(tally: &Tally, theme: &Theme) -> Vec<Line<'static>> {
    let line = |count: u64, what: &'static str, role: Role| {
        let role = if count == 0 { Role::Muted } else { role };
        Line::from(vec![
            Span::styled(format!("{count:>9}  "), theme.style(role)),
            Span::styled(what, theme.style(role)),
        ])
    };
    vec![
        line(tally.new, "new records", Role::Good),
        line(tally.changed, "records changed", Role::Good),
        line(tally.unchanged, "unchanged rows", Role::Text),
        line(tally.skipped, "rows skipped", Role::Text),
        line(tally.broken, "broken rows", Role::Warning),
    ]
}

/// The planned exams, one line; none for a file of patients.
pub(super) fn plans(summary: &Summary, theme: &Theme) -> Option<Line<'static>> {
    let plans = summary.plans?;
    let sentence = format!(
        "Planned exams: {} new, {} changed, {} unchanged",
        plans.new, plans.changed, plans.unchanged
    );
    Some(Line::styled(sentence, theme.style(Role::Accent)))
}

/// Reason why a row is a duplicate.
pub(super) fn matched_by(duplicate: &Duplicate) -> &'static str {
    let in_records = matches!(duplicate.matched.with, MatchedWith::Record(..));
    match (duplicate.matched.matched_by, in_records) {
        (MatchedBy::Number, true) => "same number",
        (MatchedBy::Number, false) => "number of an earlier row",
        (MatchedBy::Person, true) => "same name and birth date",
        (MatchedBy::Person, false) => "name, birth date of an earlier row",
        (MatchedBy::OtherPerson, _) => "another person's number",
        (MatchedBy::Namesake, true) => "name, birth date of another patient",
        (MatchedBy::Namesake, false) => "name, birth date of another row",
    }
}

/// Outcome of a row.
pub(super) fn action(action: &ImportAction) -> &'static str {
    match action {
        ImportAction::Added => "added as new",
        ImportAction::Changed => "changed",
        ImportAction::Unchanged => "unchanged",
        ImportAction::Skipped => "skipped",
        ImportAction::Refused(_) => "broken",
    }
}

/// Name of a choice.
pub(super) fn how(how: OnDuplicate) -> &'static str {
    match how {
        OnDuplicate::Merge => "merge",
        OnDuplicate::Skip => "skip",
        OnDuplicate::Overwrite => "overwrite",
        OnDuplicate::Add => "add as new",
    }
}

/// Number of rows, and the number listed if that is not all.
pub(super) fn listed(listed: usize, all: u64, thing: &str) -> String {
    let counted = counted(all as usize, thing);
    match listed as u64 == all {
        true => counted,
        false => format!("{listed} of {counted}"),
    }
}

/// Data that is not imported as it is in the file, one sentence each.
pub(super) fn remarks(source: &Source, summary: &Summary) -> Vec<String> {
    let mut remarks = Vec::new();
    for dropped in &summary.dropped {
        for value in &dropped.values {
            let (kept, refused) = match value.keeps_record {
                true => (&value.record, &value.file),
                false => (&value.file, &value.record),
            };
            remarks.push(format!(
                "line {}, {}: {}: “{kept}” is kept, “{refused}” is dropped",
                dropped.line,
                dropped.number,
                value.field.label()
            ));
        }
    }
    for column in summary.columns.iter().filter(|column| !column.is_empty) {
        if let Some(reason) = column.left_out {
            let (name, reason) = (column.name(), reason.reason());
            remarks.push(format!("{name} is ignored: {reason}"));
        }
    }
    for title in &source.titles {
        remarks.push(format!(
            "line {} above the headings is ignored: {}",
            title.line, title.text
        ));
    }
    remarks.extend(
        summary
            .columns
            .iter()
            .filter_map(ColumnReport::dates_sentence),
    );
    remarks.extend(summary.remarks.iter().map(Remark::sentence));
    remarks
}

/// Reason why a file cannot be imported yet. Its headings are on the screen, so they are not listed again.
pub(super) fn refusal(error: &ImportError) -> String {
    match error {
        ImportError::NoPlannedDay { .. } => {
            "No column is the day of the exam: choose it.".to_owned()
        }
        ImportError::NoName { .. } => {
            "No column is the full name: choose it, or the columns of first and last name."
                .to_owned()
        }
        other => other.to_string(),
    }
}
