//! Lines of the audit log.

use unicode_width::UnicodeWidthStr;

use crate::store::AuditEntry;
use crate::text::{clipped, scrub};
use crate::tui::context::Context;

/// Widths of the columns: when, who, what, which, outcome. `who` and `which` share the rest.
const WHEN: usize = 16;
const WHAT: usize = 20;
const OUTCOME: usize = 7;

/// Line of an entry, or of the headings, exactly `columns` wide.
fn line(cells: [&str; 5], columns: usize) -> String {
    let [when, who, what, which, outcome] = cells;
    let left = columns.saturating_sub(WHEN + WHAT + OUTCOME + 4);
    let named = left.div_ceil(2);
    let widths = [WHEN, named, WHAT, left - named, OUTCOME];
    let cells = [when, who, what, which, outcome].into_iter().zip(widths);
    cells
        .map(|(cell, width)| fitted(cell, width))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Text cut or padded to a width in columns.
fn fitted(text: &str, width: usize) -> String {
    let cut = clipped(text, width);
    let gap = width.saturating_sub(cut.width());
    format!("{cut}{}", " ".repeat(gap))
}

pub(super) fn headings(columns: usize) -> String {
    line(["When", "Who", "What", "Which", "Outcome"], columns)
}

pub(super) fn entry(entry: &AuditEntry, columns: usize, context: &Context<'_>) -> String {
    let when = context
        .moment
        .local(entry.at)
        .strftime("%Y-%m-%d %H:%M")
        .to_string();
    let who = entry.full_name.as_deref().map_or_else(|| "–".into(), scrub);
    line(
        [
            &when,
            &who,
            &scrub(&entry.action),
            &which(entry),
            outcome(entry),
        ],
        columns,
    )
}

/// Full text of an entry.
pub(super) fn detail(entry: &AuditEntry, context: &Context<'_>) -> String {
    let when = context.moment.local(entry.at);
    let who = match (&entry.full_name, &entry.email) {
        (Some(name), Some(email)) => format!("{} <{}>", scrub(name), scrub(email)),
        _ => "not signed in".to_owned(),
    };
    let object = entry
        .object
        .as_ref()
        .map(|object| format!(", row {}", object.id));
    format!(
        "Entry {}, {}: {who}, {}{}, {}",
        entry.seq,
        when.strftime("%Y-%m-%d %H:%M:%S %:z"),
        format!("{} {}", scrub(&entry.action), which(entry)).trim_end(),
        object.unwrap_or_default(),
        outcome(entry)
    )
}

/// Object of an entry. A patient's name is not shown: the number is enough to find the record.
fn which(entry: &AuditEntry) -> String {
    let Some(object) = &entry.object else {
        return String::new();
    };
    let kind = scrub(&object.kind);
    match (object.kind.as_str(), object.name.as_deref().map(scrub)) {
        ("account", Some(email)) => email.into_owned(),
        ("patient" | "token", Some(name)) => format!("{kind} {name}"),
        (_, Some(number)) => format!("{kind} {} of {number}", object.id),
        (_, None) => format!("{kind} {}", object.id),
    }
}

fn outcome(entry: &AuditEntry) -> &'static str {
    match entry.refused {
        true => "refused",
        false => "done",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_requested_width_in_any_script() {
        for columns in [60, 76, 120] {
            for who in ["Ada Byron", "肺结节肺结节肺结节肺结节肺结节", ""] {
                let line = line(
                    [
                        "2026-03-02 09:30",
                        who,
                        "view patient",
                        "patient P-1",
                        "done",
                    ],
                    columns,
                );
                assert_eq!(line.width(), columns, "{line}");
            }
        }
    }
}
