//! Texts about an exam's nodules.

use jiff::civil::Date;
use ratatui::text::{Line, Span, Text};

use super::row::OpenLesion;
use crate::clinical::assessment::{Lesion, TrainingRange};
use crate::clinical::lung_rads::Category;
use crate::clinical::nodule::{MeasuredNodule, ProposedCategory};
use crate::clinical::reading::{MeasuredCategory, Person, Reading};
use crate::report::nodules;
use crate::store::ReadingRecord;
use crate::text::{percent, sentence, wrap};
use crate::tui::theme::{Role, Theme};

/// Column where values begin.
const LABEL: usize = 10;

/// The exam's category, the rule that decided it, the management, and the data of the exam. Before anything is
/// measured, the category that follows from the model's lesions.
pub(super) fn exam(
    record: &ReadingRecord,
    reading: &Reading,
    day: Date,
    theme: &Theme,
) -> Text<'static> {
    let muted = theme.style(Role::Muted);
    let mut lines = match reading.category() {
        None => {
            let proposed = ProposedCategory::of_lesions(
                &record.lesions,
                &reading.rejected,
                record.classification,
                record.is_outside,
            );
            let proposed = proposed.map(|proposed| {
                let basis = format!("  {} as lesion {}: ", Lesion::BASIS, proposed.lesion + 1);
                Line::from(vec![
                    Span::styled(proposed.category.label(), theme.style(Role::Heading)),
                    Span::raw(basis + &proposed.rule),
                ])
            });
            let unmeasured =
                "Not measured: no nodule accepted or measured, “no nodules” not confirmed.";
            proposed
                .into_iter()
                .chain([Line::raw(unmeasured)])
                .collect()
        }
        Some(measured) => {
            let basis = match (measured.category, measured.nodule) {
                (Category::NeedsRadiologist, Some(index)) => format!("  nodule {}", index + 1),
                (_, Some(index)) => {
                    format!("  {} by nodule {}", MeasuredCategory::BASIS, index + 1)
                }
                (_, None) => "  confirmed".to_owned(),
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
    // A date of saving in place of the scan date must not look like a scan date.
    let scanned = match circumstances.scanned_on {
        Some(day) => format!("Scanned {day}"),
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

/// Headings of [`row`].
pub(super) const COLUMNS: &str = "Nodules: axes, mean (mm), category, status, lobe";

/// One nodule as a row of the list.
pub(super) fn row(index: usize, nodule: &MeasuredNodule) -> String {
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

/// A proposed lesion as a row of the same list.
pub(super) fn lesion_row(open: OpenLesion<'_>, record: &ReadingRecord) -> String {
    let number = format!("L{}", open.number);
    let state = if open.is_rejected {
        "rejected"
    } else {
        "proposed"
    };
    let place = place(open.lesion, record);
    let [kind, axes, mean, category] = match open.nodule(record) {
        Some(nodule) => [
            nodule.draft.nodule_type.as_str().to_owned(),
            format!(
                "{} × {}",
                nodule.draft.axes.long(),
                nodule.draft.axes.short()
            ),
            nodule.draft.axes.mean().to_string(),
            match record.is_outside {
                true => String::new(),
                false => nodule.verdict().category.as_str().to_owned(),
            },
        ],
        None => [(); 4].map(|()| "?".to_owned()),
    };
    format!("{number:>2} {kind:<12} {axes:>13} {mean:>5} {category:<4} {state:<9} {place}")
}

/// Slice of a lesion, and its probability inside the training range.
fn place(lesion: &Lesion, record: &ReadingRecord) -> String {
    let slice = format!("slice {}", lesion.slice);
    match record.is_outside {
        true => slice,
        false => format!("{slice}, {}", percent(lesion.malignancy_probability)),
    }
}

/// Full text about a proposed lesion, and what to do with it, in lines of at most `columns`.
pub(super) fn lesion_detail(
    reading: &Reading,
    open: OpenLesion<'_>,
    record: &ReadingRecord,
    person: Person,
    columns: u16,
    theme: &Theme,
) -> Text<'static> {
    let lesion = open.lesion;
    let probability = match record.is_outside {
        true => TrainingRange::OUTSIDE.to_owned(),
        false => format!(
            "{} calibrated probability",
            percent(lesion.malignancy_probability)
        ),
    };
    let place = format!(
        "slice {}, row {:.0}, column {:.0}",
        lesion.slice, lesion.row, lesion.column
    );
    let keys = match (open.is_rejected, lesion.size.is_some()) {
        (true, _) => "rejected; x undo, a accept",
        (false, true) => "a accept, Enter correct, m measure again, x reject",
        (false, false) => "no edge was found; m measure, Enter by hand, x reject",
    };
    let mut facts = vec![
        ("Decide", keys.to_owned()),
        ("Cancer", probability),
        ("Place", place),
    ];
    if let Some(prior) = open.prior(record) {
        let nodule = &prior.kept.nodule;
        let words = format!(
            "{}: a {} nodule of mean {} mm at the same place; a and Enter compare with it",
            prior.day(),
            nodule.draft.nodule_type.as_str(),
            nodule.draft.axes.mean()
        );
        facts.push(("Earlier", words));
    }
    if let Some(nodule) = open.nodule(record) {
        let measured = nodules::facts(reading, &nodule, person).into_iter();
        let message: &[&str] = match record.is_outside {
            true => &["Size"],
            false => &["Rule", "Size", "Brock"],
        };
        facts.extend(measured.filter(|(label, _)| message.contains(label)));
    }
    in_lines(facts, columns, theme)
}

/// Full text about one nodule, in lines of at most `columns`.
pub(super) fn detail(
    reading: &Reading,
    nodule: &MeasuredNodule,
    person: Person,
    columns: u16,
    theme: &Theme,
) -> Text<'static> {
    in_lines(nodules::facts(reading, nodule, person), columns, theme)
}

/// Labels with their values, wrapped to a width in columns.
fn in_lines(facts: Vec<(&'static str, String)>, columns: u16, theme: &Theme) -> Text<'static> {
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
