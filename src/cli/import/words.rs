//! What `lunny import` says at its end.

use serde_json::{Value, json};

use crate::clinical::patient::Patient;
use crate::intake::Summary;
use crate::store::{Deed, Likeness, Original};
use crate::text::{counted, scrub};

/// Rows that are named to a person one by one.
const NAMED: usize = 20;

/// The count of each kind, then the broken rows.
pub fn for_people(summary: &Summary, is_rehearsal: bool) -> String {
    let tally = &summary.tally;
    let mut lines = vec![
        match is_rehearsal {
            true => "Nothing was changed. This is what would be done:".to_owned(),
            false => format!(
                "{} of the file were gone through:",
                counted(tally.rows() as usize, "row")
            ),
        },
        format!("  new        {}", tally.new),
        format!("  changed    {}", tally.changed),
        format!("  unchanged  {}", tally.unchanged),
        format!("  skipped    {}", tally.skipped),
        format!("  broken     {}", tally.broken),
    ];
    if summary.twofold_rows > 0 {
        lines.push(format!(
            "{} about somebody who has a record or stands in an earlier row.",
            match summary.twofold_rows {
                1 => "1 row is".to_owned(),
                rows => format!("{rows} rows are"),
            }
        ));
    }
    for broken in summary.broken.iter().take(NAMED) {
        lines.push(format!("line {}: {}", broken.line, scrub(&broken.reason)));
    }
    let more = tally.broken.saturating_sub(NAMED as u64);
    if more > 0 {
        lines.push(format!(
            "and {}: --broken FILE writes all of them",
            counted(more as usize, "more broken row")
        ));
    }
    lines.join("\n")
}

/// One object. Scripts rely on these names.
pub fn in_json(summary: &Summary, is_rehearsal: bool) -> serde_json::Result<String> {
    let broken: Vec<Value> = (summary.broken.iter())
        .map(|broken| json!({ "line": broken.line, "reason": broken.reason }))
        .collect();
    let duplicates: Vec<Value> = (summary.twofold.iter())
        .map(|twofold| {
            let Patient { number, .. } = &twofold.row.patient;
            json!({
                "line": twofold.row.line,
                "number": twofold.row.is_numbered.then_some(number),
                "by": match twofold.twin.likeness {
                    Likeness::Number => "number",
                    Likeness::Person => "name and date of birth",
                    Likeness::SomebodyElse => "number of somebody else",
                },
                "of": match twofold.twin.original {
                    Original::Record(..) => "record",
                    Original::Row(_) => "earlier row",
                },
                "deed": match &twofold.deed {
                    Deed::Added => "added",
                    Deed::Changed => "changed",
                    Deed::Unchanged => "unchanged",
                    Deed::Skipped => "skipped",
                    Deed::Refused(_) => "refused",
                },
            })
        })
        .collect();
    serde_json::to_string(&json!({
        "dry_run": is_rehearsal,
        "tally": summary.tally,
        "duplicates_found": summary.twofold_rows,
        "duplicates": duplicates,
        "broken": broken,
    }))
}
