//! The wait for one slice: a spinner, the seconds, and a quote.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;

use crate::tui::context::Context;
use crate::tui::quotes;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// Ten frames a second, enough to show that work is running.
const FRAME: Duration = Duration::from_millis(100);

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// Draws the wait after the time `waited`, with what runs before this analysis.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    (waited, before): (Duration, Option<String>),
    context: &Context<'_>,
) {
    let theme = context.theme;
    let sign = match context.capabilities.reduced_motion {
        true => "•",
        false => {
            let turn = waited.as_millis() / FRAME.as_millis();
            SPINNER[turn as usize % SPINNER.len()]
        }
    };
    let [working, _, quote] = panel::stacked(
        panel::centred(area, 70, 9),
        [
            Constraint::Length(1),
            Constraint::Length(2),
            Constraint::Length(6),
        ],
    );
    let doing = match before {
        Some(before) => format!("Waiting, {before}"),
        None => "Analysing scan".to_owned(),
    };
    let line = format!("{sign}  {doing} …  {} s", waited.as_secs());
    let line = Line::styled(line, theme.style(Role::Accent)).alignment(Alignment::Center);
    frame.render_widget(line, working);
    let quotes::Quote { text, source } = quotes::at(waited);
    let paragraph = panel::paragraph(vec![
        Line::styled(text, theme.style(Role::Text)),
        Line::styled(source, theme.style(Role::Muted)),
    ]);
    frame.render_widget(paragraph.alignment(Alignment::Center), quote);
}

/// Time between two frames. With reduced motion the seconds and the quotes still change.
pub(super) fn pace(context: &Context<'_>) -> Duration {
    match context.capabilities.reduced_motion {
        true => Duration::from_secs(1),
        false => FRAME,
    }
}
