//! Calendar over a form, for choosing a date without typing it.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;

use super::{Action, Screen, ScreenEvent};
use crate::clinical::date;
use crate::clinical::patient::Days;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::theme::Role;
use crate::tui::widgets::calendar::{self, Calendar};
use crate::tui::widgets::panel;

/// The dialog.
pub struct PickDate {
    title: &'static str,
    /// `None` before it was opened, if the typed text is not a date.
    calendar: Option<Calendar>,
    days: Days,
    reply: Reply<Date>,
}

/// Age in years at which the calendar of a birth opens: the middle of the ages that lung screening is offered to (50 to
/// 80, USPSTF 2021).
const SCREENED_AGE: i16 = 65;

impl PickDate {
    /// Calendar for a field of this name, opened at the typed text if that is a date.
    pub fn new(title: &'static str, typed: &str, days: Days, reply: Reply<Date>) -> Self {
        let calendar = date::parse(typed).ok().map(|day| Calendar { day });
        Self {
            title,
            calendar,
            days,
            reply,
        }
    }

    fn calendar(&self, today: Date) -> Calendar {
        let day = match self.days {
            Days::Birth => today.saturating_sub(jiff::Span::new().years(SCREENED_AGE)),
            Days::Past | Days::Any => today,
        };
        self.calendar.unwrap_or(Calendar { day })
    }
}

impl Screen for PickDate {
    fn title(&self) -> &str {
        self.title
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Calendar]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(_, Some(command)) = event else {
            return Vec::new();
        };
        let today = context.moment.today();
        let mut calendar = self.calendar(today);
        match command {
            Command::Back => return vec![Action::Close],
            Command::Open => return vec![self.reply.send(calendar.day)],
            command => {
                calendar.handle(command, today);
                self.calendar = Some(calendar);
            }
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let today = context.moment.today();
        let calendar = self.calendar(today);
        let (width, height) = calendar::SIZE;
        let area = panel::centred(area, width + 15, height + 3);
        let inner = panel::raised(frame, area, self.title, theme);
        let [month, words] =
            panel::stacked(inner, [Constraint::Length(height), Constraint::Length(1)]);
        let words_of = calendar::in_words(calendar.day);
        frame.render_widget(Line::styled(words_of, theme.style(Role::Accent)), words);
        calendar.view(frame, panel::centred(month, width, height), today, theme);
    }
}
