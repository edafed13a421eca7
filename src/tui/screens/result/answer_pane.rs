//! Drawing of the answer: the network's numbers, and the sentence about saving.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Text};
use ratatui::widgets::Paragraph;

use super::{Keeping, ResultScreen};
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::screens::exam::{self, Detail};
use crate::tui::screens::worklist::scan as planned;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

impl ResultScreen {
    pub(super) fn draw_answer(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let inner = panel::framed(frame, area, "Result of the network", theme, true);
        let (sentence, role) = match &self.keeping {
            Keeping::Unsaved => (
                super::worded("Not saved. Press {save} to save it to a patient."),
                Role::Accent,
            ),
            Keeping::Deleted(..) => (
                super::worded("Deleted from the record. Press {undo} to undo."),
                Role::Warning,
            ),
            Keeping::Saved { record: None, .. } => ("Saved.".to_owned(), Role::Good),
            Keeping::Saved {
                record: Some(record),
                ..
            } => {
                let name = scrub(&record.patient.full_name).into_owned();
                (
                    format!("Saved to {name}, {}.", scrub(&record.patient.number)),
                    Role::Good,
                )
            }
        };
        let written = |detail| {
            let answer = exam::answer(&self.slice, &self.reading(), detail, self.lesion, context);
            let rows = |line: &Line<'_>| panel::hanging(line, inner.width, exam::NAME);
            let mut text = Text::from_iter(answer.iter().flat_map(rows));
            let kept = Line::styled(sentence.clone(), theme.style(role));
            let caution = exam::caution(&self.slice, theme);
            text.extend(match detail {
                Detail::Whole => vec![Line::raw(""), caution, Line::raw(""), kept],
                Detail::Brief => vec![caution, kept],
                // The last line may have no room.
                Detail::Least => vec![kept, caution],
            });
            let planned = self.planned.as_deref().map(planned::sentence);
            text.extend(planned.map(|planned| Line::styled(planned, theme.style(Role::Accent))));
            panel::paragraph(text)
        };
        let fits = |text: &Paragraph<'_>| text.line_count(inner.width) <= usize::from(inner.height);
        let details = [Detail::Whole, Detail::Brief].map(written);
        let text = details.into_iter().find(fits);
        frame.render_widget(text.unwrap_or_else(|| written(Detail::Least)), inner);
        frame.set_cursor_position((inner.x, inner.y));
    }
}
