//! Record that another user changed meanwhile: both versions field by field, with a choice for each.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span, Text};

use super::{Action, Screen, ScreenEvent};
use crate::clinical::merge::{Merge, Side, Versions};
use crate::clinical::patient::{Field, PatientDraft};
use crate::text::{counted, scrub};
use crate::tui::context::{Context, Notice};
use crate::tui::draft;
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;

/// Width of the longest label of a version, in columns.
const WHOSE: usize = 8;

/// The screen.
pub struct Conflict {
    merge: Merge,
    changed_by: String,
    changed_at: Timestamp,
    selection: Selection,
    /// Number of rows that are scrolled past in the field's versions.
    read: u16,
    reply: Reply<PatientDraft>,
}

/// Rows that one key scrolls.
const READ_ROWS: u16 = 5;

impl Conflict {
    /// Merge of the typed record with the one that another user saved at `changed_at`.
    pub fn new(
        merge: Merge,
        changed_by: &str,
        changed_at: Timestamp,
        reply: Reply<PatientDraft>,
    ) -> Self {
        let index = merge.first_undecided().unwrap_or_default();
        Self {
            merge,
            changed_by: changed_by.to_owned(),
            changed_at,
            selection: Selection { index },
            read: 0,
            reply,
        }
    }

    fn take(&mut self, side: Side) {
        self.merge.take(self.selection.index, side);
    }

    fn handle(&mut self, command: Command) -> Vec<Action> {
        let count = self.merge.differing().len();
        match command {
            Command::PageDown => {
                self.read = self.read.saturating_add(READ_ROWS);
                return Vec::new();
            }
            Command::PageUp => {
                self.read = self.read.saturating_sub(READ_ROWS);
                return Vec::new();
            }
            _ => {}
        }
        if self.selection.handle(command, count, 1) {
            self.read = 0;
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
                    let sentence = "Both of you changed this field: press {yours} for yours, {theirs} for theirs.";
                    let sentence = keymap::worded(&[Scope::Conflict], sentence);
                    return vec![Action::Tell(Notice::warning(sentence))];
                };
                return vec![self.reply.send(values)];
            }
            _ => {}
        }
        Vec::new()
    }

    fn heading(&self, context: &Context<'_>) -> Text<'static> {
        let theme = context.theme;
        let by = scrub(&self.changed_by).into_owned();
        let at = draft::kept_at(self.changed_at, context);
        let saved = format!("{by} saved this record at {at}, while you were editing it.");
        let next = match self.merge.undecided() {
            0 => Line::styled(
                "All fields are decided. Press Enter to save.",
                theme.style(Role::Good),
            ),
            1 => Line::styled("1 field needs your choice.", theme.style(Role::Warning)),
            waiting => Line::styled(
                format!("{} need your choice.", counted(waiting, "field")),
                theme.style(Role::Warning),
            ),
        };
        Text::from(vec![Line::raw(saved), next])
    }
}

/// Value in one line, or a word for an empty one.
fn shown(field: Field, value: &str) -> String {
    match value.is_empty() {
        true => "empty".to_owned(),
        false => scrub(&field.shown(value)).into_owned(),
    }
}

/// The three versions of a field in full, the chosen one marked.
fn detail(versions: &Versions, theme: &Theme) -> Text<'static> {
    let rows = |whose: &str, value: &str, side: Option<Side>| {
        let taken = side.is_some() && side == versions.taken;
        let role = match (taken, side) {
            (true, _) => Role::Good,
            (false, Some(_)) => Role::Text,
            (false, None) => Role::Muted,
        };
        // Lines of a long text are kept as they were typed.
        let lines = match value.is_empty() {
            true => vec![""],
            false => value.lines().collect(),
        };
        let lines = lines.into_iter().enumerate().map(move |(index, line)| {
            let (mark, whose) = match index {
                0 if taken => ("● ", whose),
                0 => ("  ", whose),
                _ => ("  ", ""),
            };
            let said = match value.is_empty() {
                true => shown(versions.field, ""),
                false if line.is_empty() => String::new(),
                false => shown(versions.field, line),
            };
            Line::from(vec![
                Span::styled(mark, theme.style(Role::Good)),
                Span::styled(format!("{whose:<WHOSE$}"), theme.style(Role::Muted)),
                Span::styled(said, theme.style(role)),
            ])
        });
        lines.collect::<Vec<_>>()
    };
    let all = [
        rows("Yours", &versions.yours, Some(Side::Yours)),
        rows("Theirs", &versions.theirs, Some(Side::Theirs)),
        rows("Before", &versions.before, None),
    ];
    Text::from(all.concat())
}

impl Screen for Conflict {
    fn title(&self) -> &str {
        "Two versions"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Conflict]
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(command)) => self.handle(command),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let differing = self.merge.differing();
        let count = differing.len() as u16;
        let heading = panel::paragraph(self.heading(context));
        let height = heading.line_count(area.width) as u16;
        let [message, list, below] = panel::stacked(
            area,
            [
                Constraint::Length(height),
                Constraint::Max((count.max(1) + 2).min((area.height / 2).max(3))),
                Constraint::Min(5),
            ],
        );
        frame.render_widget(heading, message);
        let inner = panel::framed(frame, list, "Fields that differ", theme, true);
        let widest = differing
            .iter()
            .map(|versions| versions.field.label().chars().count());
        let widest = widest.max().unwrap_or_default();
        let first = self
            .selection
            .first_in(differing.len(), inner, context.areas);
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
            let value = versions.value();
            let value = value.map(|value| shown(versions.field, value));
            let value = value.unwrap_or_default();
            let line = Line::from(vec![
                Span::raw(format!("{:<widest$}  ", versions.field.label())),
                Span::styled(format!("{whose:<WHOSE$}"), theme.style(whose_role)),
                Span::raw(value),
            ]);
            frame.render_widget(line, row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
        if let Some(versions) = differing.get(self.selection.index) {
            let inner = panel::framed(frame, below, versions.field.label(), theme, false);
            let text = panel::paragraph(detail(versions, theme));
            let rows = text.line_count(inner.width) as u16;
            let read = self.read.min(rows.saturating_sub(inner.height));
            frame.render_widget(text.scroll((read, 0)), inner);
        }
    }
}
