//! Exams over time as two small plots side by side: the category of each as steps, the mean diameter of its largest
//! nodule as stems.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;

use crate::clinical::lung_rads::Category;
use crate::clinical::measurement::Millimetres;
use crate::tui::theme::{Role, Theme};

/// Width of the labels on the left.
const LABELS: u16 = 4;
/// Width of a date under a plot.
const DATE: u16 = 10;
/// Width below which only the steps are drawn.
const BOTH: u16 = 48;
/// Millimetres that the scale of diameters is rounded up to.
const SCALE_STEP: f64 = 5.0;

/// Levels from the lowest up, in the order of the axis.
const LEVELS: [Category; 8] = [
    Category::NeedsRadiologist,
    Category::Zero,
    Category::One,
    Category::Two,
    Category::Three,
    Category::FourA,
    Category::FourB,
    Category::FourX,
];

/// One exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    pub day: Date,
    /// Lowest and highest possible category: equal for a measured one, a band for a suggested one; `None` without a
    /// basis for a category.
    pub categories: Option<(Category, Category)>,
    /// True if the category is based on measured nodules.
    pub is_measured: bool,
    /// Mean diameter of the largest measured nodule.
    pub diameter: Option<Millimetres>,
    /// True if it is selected.
    pub is_chosen: bool,
}

/// Exams to draw, the earliest first.
#[derive(Debug, Clone, Copy)]
pub struct Timeline<'a> {
    pub points: &'a [Point],
}

impl Timeline<'_> {
    /// Draws as much as fits.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        if self.points.is_empty() {
            return;
        }
        if area.width < BOTH {
            return self.draw_steps(frame, area, theme);
        }
        let halves = [Constraint::Fill(1), Constraint::Fill(1)];
        let [left, right] = Layout::horizontal(halves).spacing(2).areas(area);
        self.draw_steps(frame, left, theme);
        self.draw_stems(frame, right, theme);
    }

    fn draw_steps(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let title = "Lung-RADS  ● measured  ○ suggested";
        let Some(plot) = self.prepare(frame, area, title, theme) else {
            return;
        };
        let levels = self.levels(usize::from(plot.height));
        let row = |category: Category| {
            let at = levels.iter().position(|level| *level == category);
            let at = at.unwrap_or_default() as u16;
            plot.bottom().saturating_sub(1 + at)
        };
        for (level, category) in levels.iter().enumerate() {
            let y = plot.bottom().saturating_sub(1 + level as u16);
            let label = match category {
                Category::NeedsRadiologist => "?",
                _ => category.label(),
            };
            put(frame, area, (area.x, y), label, theme.style(Role::Muted));
        }
        let muted = theme.style(Role::Border);
        let stated: Vec<(&Point, (Category, Category), u16)> = (self.points.iter())
            .zip(self.columns(plot))
            .filter_map(|(point, x)| Some((point, point.categories?, x)))
            .collect();
        for pair in stated.windows(2) {
            let [(_, from, left), (_, to, right)] = pair else {
                continue;
            };
            let (before, after) = (row(from.1), row(to.1));
            for x in left + 1..*right {
                put(frame, plot, (x, before), "─", muted);
            }
            for y in before.min(after)..=before.max(after) {
                put(frame, plot, (*right, y), "│", muted);
            }
            let corner = match before.cmp(&after) {
                std::cmp::Ordering::Less => "┐",
                std::cmp::Ordering::Equal => "─",
                std::cmp::Ordering::Greater => "┘",
            };
            put(frame, plot, (*right, before), corner, muted);
        }
        for (point, (lowest, highest), x) in stated {
            let sign = if point.is_measured { "●" } else { "○" };
            for category in [lowest, highest] {
                put(frame, plot, (x, row(category)), sign, style(point, theme));
            }
        }
    }

    fn draw_stems(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let title = "Largest nodule, mean diameter in mm";
        let Some(plot) = self.prepare(frame, area, title, theme) else {
            return;
        };
        let muted = theme.style(Role::Muted);
        let measured = self.points.iter().filter_map(|point| point.diameter);
        let Some(largest) = measured.max() else {
            let words = "no nodule was measured";
            put(frame, plot, (plot.x, plot.y), words, muted);
            return;
        };
        let top = (largest.as_f64() / SCALE_STEP).ceil().max(1.0) * SCALE_STEP;
        let highest = plot.height.saturating_sub(1);
        let label = format!("{top:>3}");
        put(frame, area, (area.x, plot.y), &label, muted);
        if highest > 0 {
            put(frame, area, (area.x, plot.bottom() - 1), "  0", muted);
        }
        for (point, x) in self.points.iter().zip(self.columns(plot)) {
            let Some(diameter) = point.diameter else {
                continue;
            };
            let height = (diameter.as_f64() / top * f64::from(highest)).round();
            let y = plot.bottom() - 1 - (height as u16).min(highest);
            for below in y + 1..plot.bottom() {
                put(frame, plot, (x, below), "│", theme.style(Role::Border));
            }
            put(frame, plot, (x, y), "●", style(point, theme));
            // The value is drawn on the side that has room.
            let value = diameter.to_string();
            let width = value.len() as u16;
            let x = match x + 1 + width <= plot.right() {
                true => x + 1,
                false => x.saturating_sub(width),
            };
            put(frame, plot, (x, y), &value, style(point, theme));
        }
    }

    /// Draws the title and the dates; the rest between them is for the plot.
    fn prepare(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        title: &str,
        theme: &Theme,
    ) -> Option<Rect> {
        if area.height < 4 || area.width <= LABELS + DATE {
            return None;
        }
        let plot = Rect {
            x: area.x + LABELS,
            y: area.y + 1,
            width: area.width - LABELS,
            height: area.height - 2,
        };
        put(
            frame,
            area,
            (area.x, area.y),
            title,
            theme.style(Role::Heading),
        );
        let below = plot.bottom();
        let muted = theme.style(Role::Muted);
        let (first, last) = (self.points.first()?.day, self.points.last()?.day);
        if first == last {
            let x = plot.x + plot.width.saturating_sub(DATE) / 2;
            put(frame, area, (x, below), &last.to_string(), muted);
        } else {
            put(frame, area, (plot.x, below), &first.to_string(), muted);
            if plot.width > 2 * DATE {
                let x = plot.right() - DATE;
                put(frame, area, (x, below), &last.to_string(), muted);
            }
        }
        Some(plot)
    }

    /// All levels if they fit, otherwise those that are reached.
    fn levels(&self, rows: usize) -> Vec<Category> {
        if rows >= LEVELS.len() {
            return LEVELS.to_vec();
        }
        let reached = |level: &Category| {
            let is_it = |(lowest, highest)| [lowest, highest].contains(level);
            let mut stated = self.points.iter().filter_map(|point| point.categories);
            stated.any(is_it)
        };
        LEVELS.into_iter().filter(reached).collect()
    }

    /// Column of each exam, at distances proportional to time.
    fn columns(&self, plot: Rect) -> Vec<u16> {
        let days = |point: &Point| {
            let epoch = Date::constant(1970, 1, 1);
            i64::from((point.day - epoch).get_days())
        };
        let first = self.points.first().map_or(0, days);
        let span = self.points.last().map_or(0, days) - first;
        let widest = i64::from(plot.width.saturating_sub(1));
        let column = |point: &Point| {
            let from_left = match span {
                0 => widest / 2,
                _ => (days(point) - first) * widest / span,
            };
            plot.x + from_left.clamp(0, widest) as u16
        };
        self.points.iter().map(column).collect()
    }
}

fn style(point: &Point, theme: &Theme) -> Style {
    theme.style(match point.is_chosen {
        true => Role::Selection,
        false => Role::Accent,
    })
}

/// Writes `text` at a place, as far as it lies within `area`.
fn put(frame: &mut Frame<'_>, area: Rect, (x, y): (u16, u16), text: &str, style: Style) {
    let area = area.intersection(frame.area());
    if area.contains((x, y).into()) {
        let room = usize::from(area.right() - x);
        frame.buffer_mut().set_stringn(x, y, text, room, style);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;

    fn point(day: &str, category: Category, tenths: Option<u16>) -> Point {
        Point {
            day: day.parse().unwrap(),
            categories: Some((category, category)),
            is_measured: tenths.is_some(),
            diameter: tenths.map(|tenths| Millimetres::from_tenths(tenths).unwrap()),
            is_chosen: false,
        }
    }

    fn drawn(points: &[Point], width: u16, height: u16) -> String {
        let theme = Theme::load(Theme::DEFAULT, std::path::Path::new("")).unwrap();
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        let timeline = Timeline { points };
        terminal
            .draw(|frame| timeline.draw(frame, frame.area(), &theme))
            .unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn steps_rise_and_fall_and_stems_are_as_high_as_nodules_are_wide() {
        let points = [
            point("2024-01-10", Category::Two, Some(45)),
            point("2025-01-10", Category::FourA, Some(85)),
            point("2025-07-10", Category::Three, Some(80)),
        ];
        insta::assert_snapshot!(drawn(&points, 70, 10));
    }

    #[test]
    fn a_single_exam_stands_in_the_middle_and_a_suggested_one_in_its_band() {
        let mut only = point("2024-01-10", Category::FourB, None);
        only.categories = Some((Category::FourB, Category::FourX));
        insta::assert_snapshot!(drawn(&[only], 60, 6));
    }

    #[test]
    fn an_exam_without_a_category_leaves_the_steps_as_they_are() {
        let mut without = point("2024-07-10", Category::FourX, None);
        without.categories = None;
        let [first, last] = ["2024-01-10", "2025-01-10"].map(|day| point(day, Category::Two, None));
        let drawn_without = drawn(&[first, without, last], 40, 10);
        assert_eq!(drawn_without, drawn(&[first, last], 40, 10));
        let alone = drawn(&[without], 40, 10);
        let marks = alone
            .lines()
            .skip(1)
            .filter(|line| line.contains(['●', '○']));
        assert_eq!(marks.count(), 0, "{alone}");
    }

    #[test]
    fn no_size_is_too_small() {
        let points = [
            point("2024-01-10", Category::Two, Some(45)),
            point("2024-01-10", Category::NeedsRadiologist, Some(3000)),
            point("2025-01-10", Category::Zero, None),
        ];
        for width in 1..60 {
            for height in 1..14 {
                drawn(&points, width, height);
                drawn(&points[..1], width, height);
                drawn(&[], width, height);
            }
        }
    }
}
