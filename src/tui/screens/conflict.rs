//! A record that somebody else changed meanwhile: both versions field by field, and a choice for each.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span, Text};

use super::{Action, Happening, Returned, Screen};
use crate::text::{counted, scrub};
use crate::tui::context::{Context, Notice};
use crate::tui::draft;
use crate::tui::keymap::{Command, Scope};
use crate::tui::merge::{Merge, Side, Versions};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;

/// Columns of the longest label of a version.
const WHOSE: usize = 8;

/// The screen.
pub struct Conflict {
    merge: Merge,
    changed_by: String,
    changed_at: Timestamp,
    selection: Selection,
}

impl Conflict {
    /// Between what was typed and what somebody saved at that moment.
    pub fn new(merge: Merge, changed_by: &str, changed_at: Timestamp) -> Self {
        let index = merge.first_undecided().unwrap_or_default();
        Self {
            merge,
            changed_by: changed_by.to_owned(),
            changed_at,
            selection: Selection { index },
        }
    }

    fn take(&mut self, side: Side) {
        self.merge.take(self.selection.index, side);
    }

    fn obey(&mut self, command: Command) -> Vec<Action> {
        let count = self.merge.differing().len();
        if self.selection.obey(command, count, 5) {
            return Vec::new();
        }
        match command {
            Command::Back => return vec![Action::Close],
            Command::Yours => self.take(Side::Yours),
            Command::Theirs => self.take(Side::Theirs),
            Command::Toggle => {
                let taken = (self.merge.differing().get(self.selection.index))
                    .and_then(|versions| versions.taken);
                self.take(match taken {
                    Some(Side::Yours) => Side::Theirs,
                    Some(Side::Theirs) | None => Side::Yours,
                });
            }
            Command::Save => {
                let Some(values) = self.merge.result() else {
                    self.selection.index = self.merge.first_undecided().unwrap_or_default();
                    let sentence = "Both of you changed this field: Y takes yours, T takes theirs.";
                    return vec![Action::Tell(Notice::warning(sentence))];
                };
                return vec![Action::Return(Returned::Merged(values))];
            }
            _ => {}
        }
        Vec::new()
    }

    fn heading(&self, context: &Context<'_>) -> Text<'static> {
        let theme = context.theme;
        let by = scrub(&self.changed_by).into_owned();
        let at = draft::kept_at(self.changed_at, context);
        let told = format!("{by} saved this record at {at}, while you were changing it.");
        let next = match self.merge.undecided() {
            0 => Line::styled(
                "Every field has its version; Enter saves.",
                theme.style(Role::Good),
            ),
            1 => Line::styled("1 field waits for your choice.", theme.style(Role::Warning)),
            waiting => Line::styled(
                format!("{} wait for your choice.", counted(waiting, "field")),
                theme.style(Role::Warning),
            ),
        };
        Text::from(vec![Line::raw(told), next])
    }
}

/// A value in one line, or that there is none.
fn shown(value: &str) -> String {
    match value.is_empty() {
        true => "nothing".to_owned(),
        false => scrub(value).into_owned(),
    }
}

/// The three versions of a field in full, the taken one marked.
fn detail(versions: &Versions, theme: &Theme) -> Text<'static> {
    let row = |whose: &str, value: &str, side: Option<Side>| {
        let taken = side.is_some() && side == versions.taken;
        let mark = if taken { "● " } else { "  " };
        let role = match (taken, side) {
            (true, _) => Role::Good,
            (false, Some(_)) => Role::Text,
            (false, None) => Role::Muted,
        };
        Line::from(vec![
            Span::styled(mark, theme.style(Role::Good)),
            Span::styled(format!("{whose:<WHOSE$}"), theme.style(Role::Muted)),
            Span::styled(shown(value), theme.style(role)),
        ])
    };
    Text::from(vec![
        row("Yours", &versions.yours, Some(Side::Yours)),
        row("Theirs", &versions.theirs, Some(Side::Theirs)),
        row("Before", &versions.before, None),
    ])
}

impl Screen for Conflict {
    fn title(&self) -> &str {
        "Two versions"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Conflict]
    }

    fn update(&mut self, happening: Happening<'_>, _context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Key(_, Some(command)) => self.obey(command),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let differing = self.merge.differing();
        let count = differing.len() as u16;
        let heading = panel::paragraph(self.heading(context));
        let height = heading.line_count(area.width) as u16;
        let [told, list, below] = panel::stacked(
            area,
            [
                Constraint::Length(height),
                Constraint::Max(count.max(1) + 2),
                Constraint::Min(5),
            ],
        );
        frame.render_widget(heading, told);
        let inner = panel::framed(frame, list, "Fields that differ", theme, true);
        let widest = differing
            .iter()
            .map(|versions| versions.label.chars().count());
        let widest = widest.max().unwrap_or_default();
        let first = self
            .selection
            .first_visible(differing.len(), usize::from(inner.height));
        let rows = differing.iter().enumerate().skip(first);
        for ((index, versions), row) in rows.zip(inner.rows()) {
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            frame.buffer_mut().set_style(row, theme.style(role));
            let (whose, whose_role) = match versions.taken {
                Some(Side::Yours) => ("yours", Role::Good),
                Some(Side::Theirs) => ("theirs", Role::Accent),
                None => ("choose", Role::Warning),
            };
            let whose_role = if chosen { role } else { whose_role };
            let value = versions.value().map(shown).unwrap_or_default();
            let line = Line::from(vec![
                Span::raw(format!("{:<widest$}  ", versions.label)),
                Span::styled(format!("{whose:<WHOSE$}"), theme.style(whose_role)),
                Span::raw(value),
            ]);
            frame.render_widget(line, row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
        if let Some(versions) = differing.get(self.selection.index) {
            let inner = panel::framed(frame, below, versions.label, theme, false);
            frame.render_widget(panel::paragraph(detail(versions, theme)), inner);
        }
    }
}
