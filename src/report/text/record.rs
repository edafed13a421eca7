//! A whole record as plain text, with the same parts as the pages.

use unicode_width::UnicodeWidthStr;

use super::{INDENT, Page};
use crate::clinical::report::DISCLAIMER;
use crate::report::document::{Document, Part, Table};

/// A record as text, and the start of each of its parts.
pub struct TextPages {
    pub lines: Vec<String>,
    /// The line at which each part of the document begins.
    pub starts: Vec<usize>,
}

/// The record in lines of at most `columns` terminal columns (40 or more).
pub fn record(document: &Document, columns: usize) -> TextPages {
    let mut page = Page::new(columns);
    page.paragraph(document.title);
    page.paragraph(&document.hospital);
    page.paragraph(&document.subject);
    if let Some(word) = document.standing.word() {
        page.paragraph(word);
    }
    let mut starts = Vec::new();
    for part in &document.parts {
        starts.push(page.text.lines().count());
        self::part(&mut page, part);
    }
    page.line("");
    page.paragraph(&document.made);
    page.paragraph(DISCLAIMER);
    TextPages {
        lines: page.text.lines().map(str::to_owned).collect(),
        starts,
    }
}

fn part(page: &mut Page, part: &Part) {
    match part {
        Part::Heading(words) => page.heading(words),
        Part::Subheading(words) => {
            page.line("");
            page.paragraph(words);
        }
        Part::Status { line, .. } => page.paragraph(line),
        Part::Facts(facts) => facts
            .iter()
            .for_each(|(label, value)| page.fact(label, value)),
        Part::Lines(lines) => {
            for (label, value) in lines {
                match label.is_empty() {
                    true => page.paragraph(value),
                    false => page.fact(label, value),
                }
            }
        }
        Part::Beside { figures, facts, .. } => {
            facts
                .iter()
                .for_each(|(label, value)| page.fact(label, value));
            for figure in figures {
                page.fact("Picture", &figure.caption);
            }
        }
        Part::Table(table) => self::table(page, table),
    }
}

/// One block per row: columns side by side would not fit.
fn table(page: &mut Page, table: &Table) {
    for row in &table.rows {
        page.line("");
        for (column, value) in table.columns.iter().zip(row) {
            page.fact(column.heading, value);
        }
    }
}

impl Page {
    /// A label with a value of several lines.
    fn fact(&mut self, label: &str, value: &str) {
        let mut label = label;
        if label.width() >= INDENT {
            self.line(label);
            label = "";
        }
        for line in value.lines() {
            self.row(label, line);
            label = "";
        }
    }
}
