//! Malignancy probability along a series, as columns of one or a few neighbouring slices each.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::clinical::assessment::{Classification, DecisionRule};
use crate::tui::theme::{Role, Theme};

const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Columns of the percentages on the left.
const LABELS: u16 = 6;

/// Data of the plot.
#[derive(Debug, Clone)]
pub struct Curve<'a> {
    /// Probability of each slice, `None` where there is none.
    pub values: &'a [Option<f32>],
    /// Rule that the probabilities are compared with.
    pub rule: Option<&'a DecisionRule>,
    /// Slices that the result is based on; empty if there is no result yet.
    pub deciding: Range<usize>,
    /// The selected slice.
    pub selected: Option<usize>,
    /// The classifications do not hold: the slices lie outside what the model has seen.
    pub outside: bool,
}

/// Mapping of slices to columns, from edge to edge: a slice takes columns, or slices share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scale {
    slices: usize,
    columns: usize,
}

impl Scale {
    fn of(slices: usize, columns: usize) -> Self {
        Self {
            slices: slices.max(1),
            columns: columns.max(1),
        }
    }

    /// Slices of a column, at least one.
    fn slices_at(self, column: usize) -> Range<usize> {
        let first = |column: usize| column * self.slices / self.columns;
        match self.slices > self.columns {
            true => first(column)..first(column + 1),
            false => first(column)..first(column) + 1,
        }
    }

    /// Columns of a slice, at least one.
    fn columns_of(self, slice: usize) -> Range<usize> {
        let first = |slice: usize| (slice * self.columns).div_ceil(self.slices);
        match self.slices > self.columns {
            // The column whose slices begin at or before it and end after it.
            true => {
                let column = ((slice + 1) * self.columns).div_ceil(self.slices) - 1;
                column..column + 1
            }
            false => first(slice)..first(slice + 1),
        }
    }
}

impl Curve<'_> {
    /// Draws the columns in the available rows, and below them the slices of the result and the selected slice.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        if area.height < 2 || area.width <= LABELS {
            return;
        }
        let plot = Rect {
            x: area.x + LABELS,
            width: area.width - LABELS,
            height: area.height - 1,
            ..area
        };
        let scale = Scale::of(self.values.len(), usize::from(plot.width));
        self.draw_axis(frame, area, plot, theme);
        for (column, x) in (plot.left()..plot.right()).enumerate() {
            if let Some(slices) = self.values.get(scale.slices_at(column)) {
                let highest = slices.iter().flatten().copied().reduce(f32::max);
                self.draw_column(frame, plot, x, highest, theme);
            }
        }
        self.draw_foot(frame, area, plot, scale, theme);
    }

    fn style(&self, probability: f32, theme: &Theme) -> Style {
        match self.rule {
            Some(rule) if !self.outside => {
                theme.style(Role::from(rule.classify(f64::from(probability))))
            }
            _ => theme.style(Role::from(Classification::Indeterminate)),
        }
    }

    fn draw_column(
        &self,
        frame: &mut Frame<'_>,
        plot: Rect,
        x: u16,
        highest: Option<f32>,
        theme: &Theme,
    ) {
        let Some(highest) = highest else {
            let at = (x, plot.bottom() - 1);
            frame
                .buffer_mut()
                .set_string(at.0, at.1, "·", theme.style(Role::Muted));
            return;
        };
        let steps = u32::from(plot.height) * 8;
        // An analysed slice is always visible.
        let mut left = ((f64::from(highest) * f64::from(steps)).round() as u32).clamp(1, steps);
        for row in (plot.top()..plot.bottom()).rev() {
            let filled = left.min(8);
            if filled == 0 {
                break;
            }
            let sign = EIGHTHS.get(filled as usize).copied().unwrap_or("█");
            frame
                .buffer_mut()
                .set_string(x, row, sign, self.style(highest, theme));
            left -= filled;
        }
    }

    /// Draws percentages on the left, and a line at the threshold.
    fn draw_axis(&self, frame: &mut Frame<'_>, area: Rect, plot: Rect, theme: &Theme) {
        // Outside there are no probabilities to read off.
        if self.outside {
            return;
        }
        let muted = theme.style(Role::Muted);
        frame
            .buffer_mut()
            .set_string(area.x, plot.top(), "100 %", muted);
        if plot.height > 1 {
            frame
                .buffer_mut()
                .set_string(area.x, plot.bottom() - 1, "  0 %", muted);
        }
        let Some(rule) = self.rule else {
            return;
        };
        let from_below = (rule.threshold * f64::from(plot.height)).floor();
        let row = plot.bottom() - 1 - (from_below as u16).min(plot.height - 1);
        let label = format!("{:>3.0} %", rule.threshold * 100.0);
        if row != plot.top() && row != plot.bottom() - 1 {
            frame.buffer_mut().set_string(area.x, row, label, muted);
        }
        let line = "┄".repeat(usize::from(plot.width));
        frame
            .buffer_mut()
            .set_string(plot.x, row, line, theme.style(Role::Border));
    }

    fn draw_foot(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        plot: Rect,
        scale: Scale,
        theme: &Theme,
    ) {
        let row = area.bottom() - 1;
        let places = |slice: usize| {
            let columns = scale.columns_of(slice);
            let xs = columns.map(|column| usize::from(plot.x) + column);
            xs.filter(|x| *x < usize::from(plot.right()))
                .map(|x| x as u16)
        };
        for x in self.deciding.clone().flat_map(places) {
            let style = theme.style(Role::Accent);
            frame.buffer_mut().set_string(x, row, "━", style);
        }
        let last = self.values.len();
        let (first, of) = ("1".to_owned(), last.to_string());
        if self.deciding.is_empty() && self.selected.is_none() {
            frame
                .buffer_mut()
                .set_string(plot.x, row, first, theme.style(Role::Muted));
            let x = usize::from(plot.right()).saturating_sub(of.len());
            frame
                .buffer_mut()
                .set_string(x as u16, row, of, theme.style(Role::Muted));
        }
        if let Some(x) = self.selected.and_then(|slice| places(slice).next()) {
            let style = theme.style(Role::Heading);
            frame.buffer_mut().set_string(x, row, "▲", style);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::model::fake::FakeEngine;

    fn drawn(values: &[Option<f32>], width: u16, height: u16) -> String {
        let theme = Theme::load(Theme::DEFAULT, std::path::Path::new("")).unwrap();
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let curve = Curve {
            values,
            rule: Some(&FakeEngine::RULE),
            deciding: 2..5,
            selected: Some(3),
            outside: false,
        };
        terminal
            .draw(|frame| curve.draw(frame, frame.area(), &theme))
            .unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn columns_rise_with_the_probability_and_gaps_show() {
        let values = [
            Some(0.0),
            Some(0.25),
            Some(0.5),
            Some(1.0),
            None,
            Some(0.75),
        ];
        insta::assert_snapshot!(drawn(&values, 30, 6), @r#"
        "100 %             ████        "
        "                  ████    ▆▆▆▆"
        " 50 % ┄┄┄┄┄┄┄┄▄▄▄▄████┄┄┄┄████"
        "          ▂▂▂▂████████    ████"
        "  0 % ▁▁▁▁████████████····████"
        "              ━━━━▲━━━━━━━    "
        "#);
    }

    #[test]
    fn more_slices_than_columns_show_the_highest_of_each_group() {
        let values: Vec<_> = (0..100)
            .map(|slice| Some(if slice == 57 { 1.0 } else { 0.1 }))
            .collect();
        insta::assert_snapshot!(drawn(&values, 26, 4), @r#"
        "100 %            █        "
        " 50 % ┄┄┄┄┄┄┄┄┄┄┄█┄┄┄┄┄┄┄┄"
        "  0 % ▂▂▂▂▂▂▂▂▂▂▂█▂▂▂▂▂▂▂▂"
        "      ▲                   "
        "#);
    }

    #[test]
    fn any_number_of_slices_fills_the_width_and_every_slice_has_its_place() {
        for slices in 1..70 {
            for columns in 1..70 {
                let scale = Scale::of(slices, columns);
                for column in 0..columns {
                    let shown = scale.slices_at(column);
                    assert!(!shown.is_empty() && shown.end <= slices, "{scale:?}");
                    for slice in shown {
                        assert!(
                            scale.columns_of(slice).contains(&column),
                            "{scale:?} {slice}"
                        );
                    }
                }
                let placed = (0..slices).all(|slice| !scale.columns_of(slice).is_empty());
                assert!(
                    placed && scale.columns_of(slices - 1).end == columns,
                    "{scale:?}"
                );
            }
        }
    }

    #[test]
    fn no_size_is_too_small() {
        for width in 0..12 {
            for height in 0..5 {
                drawn(&[Some(0.5), None], width.max(1), height.max(1));
            }
        }
    }
}
