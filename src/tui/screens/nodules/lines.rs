//! An exam's nodules in words.

use jiff::civil::Date;
use ratatui::text::{Line, Span, Text};

use crate::clinical::lung_rads::Category;
use crate::clinical::nodule::MeasuredNodule;
use crate::clinical::reading::{MeasuredCategory, Person, Reading};
use crate::report::nodules;
use crate::text::{sentence, wrap};
use crate::tui::theme::{Role, Theme};

/// Where values begin.
const LABEL: usize = 10;

/// The exam's category, the rule that decided it, what follows, and what is stated of the exam.
pub fn exam(reading: &Reading, day: Date, theme: &Theme) -> Text<'static> {
    let muted = theme.style(Role::Muted);
    let mut lines = match reading.category() {
        None => vec![Line::raw(
            "Not measured: no nodule is measured, and nobody stated that there is none.",
        )],
        Some(measured) => {
            let basis = match (measured.category, measured.nodule) {
                (Category::NeedsRadiologist, Some(index)) => format!("  nodule {}", index + 1),
                (_, Some(index)) => {
                    format!("  {} by nodule {}", MeasuredCategory::BASIS, index + 1)
                }
                (_, None) => "  stated".to_owned(),
            };
            vec![
                Line::from(vec![
                    Span::styled(measured.label(), theme.style(Role::Heading)),
                    Span::raw(basis),
                ]),
                Line::raw(sentence(&measured.rule)),
                Line::styled(sentence(measured.category.management()), muted),
            ]
        }
    };
    let stated = |holds: Option<bool>| match holds {
        None => "unknown",
        Some(false) => "no",
        Some(true) => "yes",
    };
    let circumstances = &reading.circumstances;
    // What counts as the day of the scan where nobody stated it must not look like it.
    let scanned = match circumstances.scanned_on {
        Some(day) => format!("Scan of {day}"),
        None => format!("Saved on {day}"),
    };
    lines.push(Line::styled(
        format!(
            "{scanned} · {} seen · family history {} · emphysema {}",
            reading.nodule_count(),
            stated(circumstances.family_history),
            stated(circumstances.emphysema)
        ),
        muted,
    ));
    Text::from(lines)
}

/// What the columns of [`row`] are.
pub const COLUMNS: &str = "Nodules: axes, mean (mm), category, status, lobe";

/// One nodule in a row of the list.
pub fn row(index: usize, nodule: &MeasuredNodule) -> String {
    let draft = &nodule.draft;
    let axes = format!("{} × {}", draft.axes.long(), draft.axes.short());
    format!(
        "{:>2} {:<12} {axes:>13} {:>5} {:<4} {:<19} {}",
        index + 1,
        draft.nodule_type.as_str(),
        draft.axes.mean().to_string(),
        match nodule.verdict().category {
            Category::NeedsRadiologist => "open",
            category => category.as_str(),
        },
        draft.status.as_str(),
        nodule.lobe.map_or("", |lobe| lobe.as_str()),
    )
}

/// All that is known of one nodule, in lines of at most `columns`.
pub fn detail(
    reading: &Reading,
    nodule: &MeasuredNodule,
    person: Person,
    columns: u16,
    theme: &Theme,
) -> Text<'static> {
    let facts = nodules::facts(reading, nodule, person);
    let room = usize::from(columns).saturating_sub(LABEL);
    let lines = facts.into_iter().flat_map(|(label, value)| {
        let labels = std::iter::once(label).chain(std::iter::repeat(""));
        labels.zip(wrap(&value, room)).map(|(label, line)| {
            let label = format!("{label:<LABEL$}");
            Line::from(vec![
                Span::styled(label, theme.style(Role::Muted)),
                Span::raw(line),
            ])
        })
    });
    Text::from(lines.collect::<Vec<_>>())
}
