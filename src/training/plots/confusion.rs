//! Confusion matrices, as squares that darken with their share of a row.

use super::Evaluation;
use super::axes::{self, MARGIN, TOP};
use super::drawing::{Anchor, Colour, Drawing, Text};
use crate::model::head::Class;
use crate::text::percent;

/// Height and width of a square.
const SIDE: f32 = 124.0;
/// Gap between squares.
const GAP: f32 = 4.0;
/// Width of the names of the rows.
const NAMES: f32 = 112.0;
/// Height of the text above the columns.
const HEADER: f32 = 44.0;

/// Malignant against the rest at the rule's threshold.
pub fn binary(evaluation: &Evaluation) -> Drawing {
    let confusion = evaluation.figures.confusion;
    let answers = format!("Answer at threshold {:.3}", evaluation.rule.threshold);
    matrix(
        evaluation,
        "Malignant against the rest",
        &answers,
        &["other", "malignant"].map(str::to_owned),
        &[
            vec![confusion.true_negatives, confusion.false_positives],
            vec![confusion.false_negatives, confusion.true_positives],
        ],
    )
}

/// The likeliest of the three classes.
pub fn three_classes(evaluation: &Evaluation) -> Drawing {
    let rows = evaluation.figures.three_class_confusion.0;
    matrix(
        evaluation,
        "Three classes",
        "Likeliest class",
        &Class::ALL.map(|class| class.name().to_owned()),
        &rows.map(|row| row.to_vec()),
    )
}

fn matrix(
    evaluation: &Evaluation,
    title: &str,
    answers: &str,
    classes: &[String],
    rows: &[Vec<usize>],
) -> Drawing {
    let all = classes.len() as f32 * (SIDE + GAP) - GAP;
    let needed = MARGIN + NAMES + all + MARGIN;
    // Minimum width for the disclaimer.
    let width = needed.max(500.0);
    let aside = 0.5 * (width - needed);
    let (left, top) = (MARGIN + NAMES + aside, TOP + HEADER);
    let mut drawing = axes::captioned(width, top + all + 70.0, title, evaluation.caption);
    let heading = |at, text: &str| {
        let text = Text::new(at, text).size(12.0);
        text.anchor(Anchor::Middle)
    };
    drawing.text(heading((left + 0.5 * all, TOP + 12.0), answers).bold());
    let beside = heading((MARGIN + aside + 8.0, top + 0.5 * all), "Truth");
    drawing.text(beside.bold().upright());

    for (index, (class, row)) in classes.iter().zip(rows).enumerate() {
        let offset = index as f32 * (SIDE + GAP);
        let above = (left + offset + 0.5 * SIDE, TOP + 34.0);
        drawing.text(heading(above, class));
        let middle = top + offset + 0.5 * SIDE;
        let of_row: usize = row.iter().sum();
        let name = Text::new((left - 12.0, middle), class.as_str()).size(12.0);
        drawing.text(name.anchor(Anchor::End));
        let count = Text::new((left - 12.0, middle + 16.0), format!("n = {of_row}")).size(10.0);
        drawing.text(count.anchor(Anchor::End).colour(Colour::MUTED));
        for (column, &slices) in row.iter().enumerate() {
            let corner = (left + column as f32 * (SIDE + GAP), top + offset);
            let colour = if column == index {
                Colour::BLUE
            } else {
                Colour::VERMILION
            };
            square(&mut drawing, corner, slices, of_row, colour);
        }
    }
    let foot = (MARGIN, top + all + 30.0);
    let note = "Per cent of each row. Blue: correct, orange: wrong.";
    drawing.text(Text::new(foot, note).size(10.0).colour(Colour::MUTED));
    drawing
}

fn square(
    drawing: &mut Drawing,
    (left, top): (f32, f32),
    slices: usize,
    of_row: usize,
    colour: Colour,
) {
    let share = slices as f64 / of_row.max(1) as f64;
    // Never quite white, so that an empty square is still visible.
    let fill = Colour::WHITE.towards(colour, 0.06 + 0.94 * share);
    drawing.rectangle((left, top), (left + SIDE, top + SIDE), fill);
    // White on orange is harder to read than on blue.
    let dark_from = if colour == Colour::BLUE { 0.55 } else { 0.75 };
    let ink = if share > dark_from {
        Colour::WHITE
    } else {
        Colour::INK
    };
    let (x, y) = (left + 0.5 * SIDE, top + 0.5 * SIDE);
    let count = Text::new((x, y + 2.0), slices.to_string()).size(24.0);
    drawing.text(count.bold().anchor(Anchor::Middle).colour(ink));
    let of_row = match of_row {
        0 => "none".into(),
        _ => percent(share),
    };
    let below = Text::new((x, y + 24.0), of_row).size(12.0);
    drawing.text(below.anchor(Anchor::Middle).colour(ink));
}
