//! Dialog with the messages so far, the newest first.

use jiff::Zoned;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Action, Screen, ScreenEvent};
use crate::text::wrap;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{chrome, panel};

/// Largest width of the dialog in cells.
const WIDTH: u16 = 100;
/// Cells of the frame, down and across.
const FRAME: [u16; 2] = [2, 4];
/// Columns of the time.
const TIME: usize = 7;
/// Rows that a page moves by.
const PAGE: usize = 10;

/// A message and its time.
#[derive(Debug, Clone)]
pub struct Message {
    pub at: Zoned,
    pub notice: Notice,
}

/// The dialog.
pub struct Messages {
    newest_first: Vec<Message>,
    /// First line that is shown.
    first: Selection,
}

impl Messages {
    /// Dialog with these messages.
    pub fn new(newest_first: Vec<Message>) -> Self {
        Self {
            newest_first,
            first: Selection::default(),
        }
    }

    /// Each line with its role; the first of a message begins with the time.
    fn lines(&self, area: Rect) -> Vec<(String, String, Role)> {
        let width = area.width.min(WIDTH).saturating_sub(FRAME[1]);
        let columns = usize::from(width).saturating_sub(TIME).max(1);
        let mut lines = Vec::new();
        for message in &self.newest_first {
            let time = message.at.strftime("%H:%M").to_string();
            let role = message.notice.role;
            let wrapped = wrap(&message.notice.sentence, columns);
            let times = std::iter::once(time).chain(std::iter::repeat(String::new()));
            lines.extend((times.zip(wrapped)).map(|(time, line)| (time, line, role)));
        }
        lines
    }
}

impl Screen for Messages {
    fn title(&self) -> &str {
        "Messages"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Messages, Scope::List]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(_, Some(command)) => {
                let body = chrome::body(context.size);
                let visible = usize::from(body.height.saturating_sub(FRAME[0]));
                let hidden = self.lines(body).len().saturating_sub(visible);
                self.first.handle(command, hidden + 1, PAGE);
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let lines = self.lines(area);
        let height = (lines.len().max(1) as u16).saturating_add(FRAME[0]);
        let place = panel::centred(area, WIDTH, height);
        let inner = panel::raised(frame, place, self.title(), theme);
        frame.set_cursor_position((inner.x, inner.y));
        if lines.is_empty() {
            let none = Line::styled("No message yet.", theme.style(Role::Muted));
            frame.render_widget(none, inner);
        }
        let hidden = lines.len().saturating_sub(usize::from(inner.height));
        let shown = lines.into_iter().skip(self.first.index.min(hidden));
        for ((time, line, role), row) in shown.zip(inner.rows()) {
            let line = Line::from(vec![
                Span::styled(format!("{time:TIME$}"), theme.style(Role::Muted)),
                Span::styled(line, theme.style(role)),
            ]);
            frame.render_widget(line, row);
        }
    }
}
