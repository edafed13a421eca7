//! A stored version of a report, and a result without a record, as documents.

use super::{Document, Figure, Part, Side, SignatureStatus, exam, subject};
use crate::clinical::report::{Addendum, ReportStatus, ReportWords};
use crate::report::facts;
use crate::report::record::{RecordReport, ReportedExam};

/// Column at which the values of a stored text begin.
const INDENT: usize = crate::report::text::INDENT;
/// Headings whose lines are prose.
const PROSE: [&str; 3] = ReportWords::HEADINGS;

/// A version of the report on an exam: the text as stored, with its status, its addenda and the exam's pictures.
pub fn version(
    report: &RecordReport,
    exam: &ReportedExam,
    text: &str,
    status: &ReportStatus,
    addenda: &[Addendum],
) -> Document {
    let is_final = matches!(status, ReportStatus::Final { .. });
    let mut parts = vec![Part::Status {
        line: status.line(),
        is_final,
    }];
    parts.extend(pictures(exam));
    parts.extend(stored(text));
    for addendum in addenda {
        parts.push(Part::Subheading(format!(
            "Addendum {}",
            addendum.signature()
        )));
        let lines = addendum.text.lines();
        parts.push(Part::Lines(lines.map(plain).collect()));
    }
    Document {
        title: "Report: chest CT",
        hospital: report.hospital.clone(),
        subject: format!("{}, exam {}", subject(report), exam.accession),
        standing: standing(is_final),
        made: made(report),
        made_at: report.made_at,
        parts,
    }
}

/// A result that is in no record; `whose` says whose scan it is, as far as the scan states it.
pub fn unsaved(report: &RecordReport, exam: &ReportedExam, whose: &str) -> Document {
    Document {
        title: "Result: chest CT",
        hospital: report.hospital.clone(),
        subject: format!("{whose}, not saved to a record"),
        standing: standing(false),
        made: made(report),
        made_at: report.made_at,
        parts: exam::parts(report, exam),
    }
}

fn standing(is_final: bool) -> SignatureStatus {
    match is_final {
        true => SignatureStatus::Final,
        false => SignatureStatus::Preliminary,
    }
}

fn made(report: &RecordReport) -> String {
    let at = facts::moment(report.made_at);
    format!("Made by {} on {at}", report.made_by)
}

fn pictures(exam: &ReportedExam) -> Option<Part> {
    let figures: Vec<Figure> = exam::figures(exam);
    (!figures.is_empty()).then(|| Part::Beside {
        figures,
        side: Side::Left,
        facts: Vec::new(),
    })
}

fn plain(line: &str) -> (String, String) {
    (String::new(), line.to_owned())
}

/// The parts of a stored text: headings are underlined, rows have a label in the first columns.
fn stored(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut is_prose = true;
    let mut all = text.lines().peekable();
    while let Some(line) = all.next() {
        let is_heading = all.peek().is_some_and(|next| is_rule(next)) && !line.trim().is_empty();
        if is_heading {
            all.next();
            if !lines.is_empty() {
                parts.push(Part::Lines(std::mem::take(&mut lines)));
            }
            parts.push(Part::Subheading(line.to_owned()));
            is_prose = PROSE.contains(&line);
            continue;
        }
        let row = row(line).filter(|_| !is_prose);
        match row {
            Some((label, value)) if label.is_empty() && !lines.is_empty() => {
                if let Some((_, before)) = lines.last_mut() {
                    before.push(' ');
                    before.push_str(&value);
                }
            }
            Some(row) => lines.push(row),
            None if line.trim().is_empty() => {}
            None => lines.push(plain(line)),
        }
    }
    if !lines.is_empty() {
        parts.push(Part::Lines(lines));
    }
    parts
}

fn is_rule(line: &str) -> bool {
    !line.is_empty() && line.chars().all(|letter| letter == '-')
}

/// Label and value of a row; an empty label continues the value of the row before.
fn row(line: &str) -> Option<(String, String)> {
    let (place, _) = line.char_indices().nth(INDENT)?;
    let (label, value) = line.split_at(place);
    let is_row = label.ends_with(' ') && !value.starts_with(' ');
    is_row.then(|| (label.trim().to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(part: &Part) -> Vec<(&str, &str)> {
        match part {
            Part::Lines(lines) => lines
                .iter()
                .map(|(label, value)| (label.as_str(), value.as_str()))
                .collect(),
            Part::Subheading(heading) => vec![("#", heading)],
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_stored_text_keeps_all_its_words() {
        let text = "Chest CT slice: computer-assisted analysis\nSt. Mary\n\nExam\n----\n\
                    Source          scan.dcm, of a very\n                long name\n\
                    Size            512 × 512\n\nFindings\n--------\n\
                    Nodules in both lungs.\n\nResearch and teaching software.\n";
        let parts = stored(text);
        let told: Vec<_> = parts.iter().map(rows).collect();
        assert_eq!(
            told,
            [
                vec![
                    ("", "Chest CT slice: computer-assisted analysis"),
                    ("", "St. Mary")
                ],
                vec![("#", "Exam")],
                vec![
                    ("Source", "scan.dcm, of a very long name"),
                    ("Size", "512 × 512")
                ],
                vec![("#", "Findings")],
                vec![
                    ("", "Nodules in both lungs."),
                    ("", "Research and teaching software.")
                ],
            ]
        );
    }

    #[test]
    fn a_text_without_headings_is_lines() {
        let parts = stored("one\n\n  two\n                three");
        assert_eq!(
            rows(&parts[0]),
            [("", "one"), ("", "  two"), ("", "                three")]
        );
        assert!(stored(" \n").is_empty());
    }
}
