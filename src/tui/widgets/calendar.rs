//! Calendar of a month: weeks from Monday to Sunday (ISO 8601), one day selected.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::keymap::Command;
use crate::tui::theme::{Role, Theme};

/// Columns and rows of a month with its name and its days' names.
pub const SIZE: (u16, u16) = (21, 8);

/// The selected day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    pub day: Date,
}

impl Calendar {
    /// Moves by a command; `today` is the target of [`Command::Today`]. False if it was another command. Years are
    /// limited to four digits.
    pub fn handle(&mut self, command: Command, today: Date) -> bool {
        let span = match command {
            Command::CursorLeft => -1.day(),
            Command::CursorRight => 1.day(),
            Command::CursorUp => -1.week(),
            Command::CursorDown => 1.week(),
            Command::PageUp => -1.month(),
            Command::PageDown => 1.month(),
            Command::PreviousYear => -1.year(),
            Command::NextYear => 1.year(),
            Command::PreviousDecade => -10.years(),
            Command::NextDecade => 10.years(),
            Command::Today => {
                self.day = today;
                return true;
            }
            _ => return false,
        };
        let moved = self.day.saturating_add(span);
        if (1..=9999).contains(&moved.year()) {
            self.day = moved;
        }
        true
    }

    /// Days of the month in their weeks; `None` before the first and after the last.
    fn weeks(self) -> Vec<[Option<i8>; 7]> {
        let first = self.day.first_of_month();
        let blank = first.weekday().to_monday_zero_offset();
        let days = (1..=first.days_in_month()).map(Some);
        let cells: Vec<Option<i8>> = (0..blank).map(|_| None).chain(days).collect();
        let week =
            |week: &[Option<i8>]| std::array::from_fn(|place| week.get(place).copied().flatten());
        cells.chunks(7).map(week).collect()
    }

    /// Draws the month and puts the cursor on the selected day.
    pub fn view(self, frame: &mut Frame<'_>, area: Rect, today: Date, theme: &Theme) {
        let mut places = area.rows();
        let title = self.day.strftime("%B %Y").to_string();
        let names: Vec<&str> = week().map(short).collect();
        let head = [
            Line::styled(format!("{title:^20}"), theme.style(Role::Heading)),
            Line::styled(names.join(" "), theme.style(Role::Muted)),
        ];
        for line in head {
            if let Some(place) = places.next() {
                frame.render_widget(line, place);
            }
        }
        for (week, place) in self.weeks().into_iter().zip(places) {
            let mut line = Line::default();
            for (column, day) in week.into_iter().enumerate() {
                let is = |date: Date| day == Some(date.day());
                let chosen = is(self.day);
                let is_today = is(today) && self.day.first_of_month() == today.first_of_month();
                let role = match (chosen, is_today) {
                    (true, _) => Role::Selection,
                    (false, true) => Role::Accent,
                    (false, false) => Role::Text,
                };
                let number = day.map_or(String::new(), |day| day.to_string());
                line.push_span(Span::styled(format!("{number:>2}"), theme.style(role)));
                line.push_span(Span::raw(" "));
                if chosen {
                    let x = place.x + column as u16 * 3;
                    frame.set_cursor_position((x.min(place.right().saturating_sub(1)), place.y));
                }
            }
            frame.render_widget(line, place);
        }
    }
}

fn week() -> impl Iterator<Item = Weekday> {
    std::iter::successors(Some(Weekday::Monday), |day| Some(day.next())).take(7)
}

fn short(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Mo",
        Weekday::Tuesday => "Tu",
        Weekday::Wednesday => "We",
        Weekday::Thursday => "Th",
        Weekday::Friday => "Fr",
        Weekday::Saturday => "Sa",
        Weekday::Sunday => "Su",
    }
}

/// The day as text: `Monday 2 March 2026`.
pub fn in_words(day: Date) -> String {
    day.strftime("%A %-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 3, 9);

    fn moved(from: Date, command: Command) -> Date {
        let mut calendar = Calendar { day: from };
        assert!(calendar.handle(command, TODAY));
        calendar.day
    }

    #[test]
    fn keys_move_by_days_weeks_months_and_years() {
        let from = Date::constant(2024, 2, 29);
        for (command, to) in [
            (Command::CursorLeft, "2024-02-28"),
            (Command::CursorRight, "2024-03-01"),
            (Command::CursorUp, "2024-02-22"),
            (Command::CursorDown, "2024-03-07"),
            (Command::PageUp, "2024-01-29"),
            (Command::PageDown, "2024-03-29"),
            (Command::PreviousYear, "2023-02-28"),
            (Command::NextDecade, "2034-02-28"),
            (Command::Today, "2026-03-09"),
        ] {
            assert_eq!(moved(from, command).to_string(), to, "{command:?}");
        }
        assert!(!Calendar { day: from }.handle(Command::Save, TODAY));
    }

    #[test]
    fn the_calendar_ends_with_the_years_of_four_digits() {
        let last = Date::constant(9999, 12, 31);
        assert_eq!(moved(last, Command::CursorRight), last);
        let first = Date::constant(1, 1, 1);
        assert_eq!(moved(first, Command::PreviousDecade), first);
    }

    #[test]
    fn weeks_begin_on_monday_and_hold_every_day_once() {
        // 1 March 2026 is a Sunday.
        let weeks = Calendar { day: TODAY }.weeks();
        assert_eq!(weeks[0], [None, None, None, None, None, None, Some(1)]);
        assert_eq!(weeks[1][0], Some(2));
        let days: Vec<i8> = weeks.concat().into_iter().flatten().collect();
        assert_eq!(days, (1..=31).collect::<Vec<_>>());
        assert_eq!(in_words(TODAY), "Monday 9 March 2026");
    }
}
