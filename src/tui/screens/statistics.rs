//! Figures of the screening programme, a year at a time, with the exams by month and by category as bars.

use jiff::ToSpan;
use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::list_dialogs::EXPORTS;
use super::{Action, Screen, ScreenEvent};
use crate::clinical::lung_rads::Category;
use crate::clinical::programme::Figures;
use crate::report::list::ListFormat;
use crate::report::statistics::columns;
use crate::text::{grouped, percent};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::worker::follow_up::{Answer, Request};
use crate::tui::worker::{self};

/// Folder of files that leave, within LUNNY's own.
/// Cells of the figures beside the plots.
const FIGURES: u16 = 36;
/// From this height on both plots are shown, one above the other.
const BOTH: u16 = 30;
/// Cells of a bar's label and of its number.
const LABEL: u16 = 12;
const NUMBER: u16 = 9;

/// The screen.
#[derive(Default)]
pub struct Statistics {
    /// Years before the present one.
    years_back: i32,
    figures: Option<Box<Figures>>,
    shows_categories: bool,
}

/// A part of a bar.
type Part = (u64, Role);

impl Statistics {
    /// The twelve months up to the end of this month, so many years ago.
    fn span(&self, today: Date) -> (Date, Date) {
        let until = today
            .saturating_sub(self.years_back.years())
            .last_of_month();
        let from = until.saturating_sub(11.months()).first_of_month();
        (from, until)
    }

    fn ask(&self, context: &Context<'_>) -> Vec<Action> {
        let today = context.moment.today();
        let span = self.span(today);
        let ask = |access| {
            Action::Ask(worker::Request::FollowUp(Request::Figures {
                access,
                span,
                today,
            }))
        };
        context.access.cloned().map(ask).into_iter().collect()
    }

    fn save(&self, format: ListFormat, context: &Context<'_>) -> Vec<Action> {
        let Some(figures) = &self.figures else {
            return Vec::new();
        };
        let request = Request::SaveFigures {
            figures: figures.clone(),
            format,
            folder: context.home.join(EXPORTS),
        };
        vec![Action::Ask(worker::Request::FollowUp(request))]
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        match command {
            Command::Back => return vec![Action::Close],
            Command::Toggle => self.shows_categories = !self.shows_categories,
            Command::SaveCsv => return self.save(ListFormat::Csv, context),
            Command::SaveJson => return self.save(ListFormat::Json, context),
            Command::Previous => {
                self.years_back = self.years_back.saturating_add(1).min(100);
                return self.ask(context);
            }
            Command::Next if self.years_back > 0 => {
                self.years_back -= 1;
                return self.ask(context);
            }
            _ => {}
        }
        Vec::new()
    }
}

/// The colour of a category.
fn role(category: Option<Category>) -> Role {
    match category.and_then(Category::suspicion) {
        None => Role::Muted,
        Some(0..=2) => Role::Negative,
        Some(3) => Role::Indeterminate,
        Some(_) => Role::Positive,
    }
}

/// The figures, a label and a value each.
fn facts(figures: &Figures) -> Vec<(&'static str, String)> {
    let rate = |rate: Option<f64>| rate.map_or_else(|| "–".to_owned(), percent);
    let adherence = figures.adherence;
    vec![
        ("Exams", grouped(figures.exams())),
        ("of category 1 to 4X", grouped(figures.assessed())),
        ("Positive (3, 4)", grouped(figures.positive())),
        ("Positive rate", rate(figures.positive_rate())),
        ("Cancers found", grouped(figures.cancers)),
        (
            "for 1,000 exams",
            (figures.cancers_per_thousand())
                .map_or("–".to_owned(), |count| format!("{count:.1}")),
        ),
        ("Follow-ups in time", grouped(adherence.in_time)),
        ("late", grouped(adherence.late)),
        ("missed", grouped(adherence.missed)),
        ("ended for a reason", grouped(adherence.ended)),
        ("Adherence", rate(adherence.rate())),
        (
            "Median delay",
            (figures.median_delay_days).map_or("–".to_owned(), |days| format!("{days:+.1} days")),
        ),
    ]
}

/// Draws bars one below the other, each of parts, with the number behind it. The longest takes the whole width.
fn bars(frame: &mut Frame<'_>, area: Rect, rows: &[(String, Vec<Part>)], context: &Context<'_>) {
    let theme = context.theme;
    let sum = |parts: &[Part]| parts.iter().map(|(count, _)| count).sum::<u64>();
    let most = rows
        .iter()
        .map(|(_, parts)| sum(parts))
        .max()
        .unwrap_or(0)
        .max(1);
    let width = u64::from(area.width.saturating_sub(LABEL + NUMBER));
    for ((label, parts), row) in rows.iter().zip(area.rows()) {
        let label = format!("{label:<label_width$}", label_width = usize::from(LABEL));
        let mut line = Line::from(Span::styled(label, theme.style(Role::Muted)));
        let (mut before, mut drawn) = (0, 0);
        for (count, role) in parts {
            before += count;
            // A part ends where all up to it end, so that no rounding adds up.
            let mut end = before * width / most;
            if *count > 0 && end == drawn {
                end = (drawn + 1).min(width);
            }
            let bar = "█".repeat(end.saturating_sub(drawn) as usize);
            drawn = drawn.max(end);
            line.push_span(Span::styled(bar, theme.style(*role)));
        }
        line.push_span(Span::raw(format!(" {}", grouped(sum(parts)))));
        frame.render_widget(line, row);
    }
}

impl Statistics {
    fn draw_months(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let inner = panel::framed(frame, area, "Exams by month", context.theme, false);
        let Some(figures) = &self.figures else { return };
        let (from, _) = self.span(context.moment.today());
        let months = (0..12).map(|month: i64| from.saturating_add(month.months()));
        let rows = months.map(|month| {
            let parts =
                columns().map(|category| (figures.in_month(month, category), role(category)));
            // The colours that belong together: what is negative, open, suspicious, and without a category.
            let mut parts: Vec<Part> = parts.collect();
            let order = [
                Role::Negative,
                Role::Indeterminate,
                Role::Positive,
                Role::Muted,
            ];
            parts.sort_by_key(|(_, role)| order.iter().position(|other| other == role));
            (month.strftime("%Y-%m").to_string(), parts)
        });
        bars(frame, inner, &rows.collect::<Vec<_>>(), context);
    }

    fn draw_categories(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let inner = panel::framed(frame, area, "Exams by category", context.theme, false);
        let Some(figures) = &self.figures else { return };
        let rows = columns().map(|category| {
            let label = match category {
                Some(Category::NeedsRadiologist) => "radiologist".to_owned(),
                Some(category) => category.label().to_owned(),
                None => "no category".to_owned(),
            };
            (label, vec![(figures.of(category), role(category))])
        });
        bars(frame, inner, &rows.collect::<Vec<_>>(), context);
    }
}

impl Screen for Statistics {
    fn title(&self) -> &str {
        "Statistics"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Statistics]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.ask(context),
            ScreenEvent::Answer(worker::Answer::FollowUp(Answer::Figures(read))) => match read {
                Ok(figures) => {
                    self.figures = Some(figures);
                    Vec::new()
                }
                Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
            },
            ScreenEvent::Answer(worker::Answer::FollowUp(Answer::FiguresSaved(saved))) => {
                vec![Action::Tell(match saved {
                    Ok(path) => Notice::good(format!("The figures are in {}.", path.display())),
                    Err(error) => Notice::error(error.to_string()),
                })]
            }
            ScreenEvent::Key(_, Some(command)) => self.handle(command, context),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let [left, right] =
            Layout::horizontal([Constraint::Length(FIGURES), Constraint::Min(0)]).areas(area);
        let (from, until) = self.span(context.moment.today());
        let title = format!("{} to {}", from.strftime("%Y-%m"), until.strftime("%Y-%m"));
        let inner = panel::framed(frame, left, &title, theme, true);
        frame.set_cursor_position((inner.x, inner.y));
        match &self.figures {
            None => panel::remark(frame, inner, "Reading the figures …", Role::Muted, theme),
            Some(figures) => {
                for ((label, value), row) in facts(figures).into_iter().zip(inner.rows()) {
                    let line = Line::from(vec![
                        Span::styled(format!("{label:<20}"), theme.style(Role::Muted)),
                        Span::raw(value),
                    ]);
                    frame.render_widget(line, row);
                }
            }
        }
        if right.height >= BOTH {
            let [months, categories] =
                panel::stacked(right, [Constraint::Length(14), Constraint::Min(0)]);
            self.draw_months(frame, months, context);
            self.draw_categories(frame, categories, context);
        } else if self.shows_categories {
            self.draw_categories(frame, right, context);
        } else {
            self.draw_months(frame, right, context);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_ends_with_this_month_and_has_twelve() {
        let today = Date::constant(2026, 2, 10);
        let mut statistics = Statistics::default();
        let span = statistics.span(today);
        assert_eq!(
            span,
            (Date::constant(2025, 3, 1), Date::constant(2026, 2, 28))
        );
        statistics.years_back = 2;
        let span = statistics.span(today);
        assert_eq!(
            span,
            (Date::constant(2023, 3, 1), Date::constant(2024, 2, 29))
        );
    }
}
