//! A duplicate field by field: the record, the file, and the result.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use super::words;
use crate::clinical::patient::{Field, Patient, PatientDraft};
use crate::import::Duplicate;
use crate::store::{LineChoice, MatchedWith, OnDuplicate, PatientRecord, merged_draft};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, records};

/// The screen.
pub(super) struct DuplicateDialog {
    duplicate: Duplicate,
    how: OnDuplicate,
    /// The present record, once it has been read; reading it is in the audit log.
    record: Option<Box<PatientRecord>>,
    selection: Selection,
    reply: Reply<LineChoice>,
}

impl DuplicateDialog {
    pub(super) fn new(duplicate: Duplicate, how: OnDuplicate, reply: Reply<LineChoice>) -> Self {
        Self {
            duplicate,
            how,
            record: None,
            selection: Selection::default(),
            reply,
        }
    }

    /// Fields that the record or the file states, with both values and the result.
    fn rows(&self) -> Vec<(Field, [String; 3])> {
        let row = &self.duplicate.row;
        let record = match &self.duplicate.matched.with {
            MatchedWith::Record(..) => self.record.as_ref().map(|record| &record.patient),
            MatchedWith::Row(earlier) => Some(&**earlier),
        };
        let result = match (record, self.how) {
            (Some(record), OnDuplicate::Merge | OnDuplicate::Overwrite) => {
                Some(merged_draft(record, row, self.how))
            }
            (Some(record), OnDuplicate::Skip) => Some(PatientDraft::from(record)),
            _ => None,
        };
        let said = |patient: Option<&Patient>, field: Field| {
            let value = patient.map_or(Cow::Borrowed(""), |patient| patient.value(field));
            field.shown(&value)
        };
        Field::entered()
            .filter_map(|field| {
                let file = match field == Field::Number && !row.is_numbered {
                    true => String::new(),
                    false => said(Some(&row.patient), field),
                };
                let kept = match &result {
                    Some(draft) => field.shown(draft.get(field)),
                    None => file.clone(),
                };
                let says = [said(record, field), file, kept];
                says.iter()
                    .any(|text| !text.is_empty())
                    .then_some((field, says))
            })
            .collect()
    }

    fn choose(&self, how: OnDuplicate) -> Vec<Action> {
        let choice = LineChoice {
            how,
            seen: self.record.as_ref().map(|record| record.revision),
        };
        vec![self.reply.send(choice)]
    }
}

impl Screen for DuplicateDialog {
    fn title(&self) -> &str {
        "Duplicate"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Duplicate, Scope::List]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => match (context.access.cloned(), &self.duplicate.matched.with) {
                (Some(access), &MatchedWith::Record(patient, _)) => {
                    vec![Action::ask(records::Request::Open { access, patient })]
                }
                _ => Vec::new(),
            },
            ScreenEvent::Answer(Answer::Records(records::Answer::Opened(Ok(record)))) => {
                self.record = Some(record);
                Vec::new()
            }
            ScreenEvent::Answer(Answer::Records(records::Answer::Opened(Err(error)))) => {
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            ScreenEvent::Key(_, Some(command)) => {
                let page = usize::from(context.size.height.saturating_sub(8));
                let count = self.rows().len();
                if self.selection.handle(command, count, page) {
                    return Vec::new();
                }
                match command {
                    Command::Back => vec![Action::Close],
                    Command::MergeRow => self.choose(OnDuplicate::Merge),
                    Command::SkipRow => self.choose(OnDuplicate::Skip),
                    Command::OverwriteRow => self.choose(OnDuplicate::Overwrite),
                    Command::AddRow => self.choose(OnDuplicate::Add),
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let title = format!(
            "Line {}: {}, {}",
            self.duplicate.row.line,
            words::matched_by(&self.duplicate),
            words::how(self.how)
        );
        let inner = panel::framed(frame, area, &title, theme, true);
        let [head, list, below] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Min(1),
                Constraint::Length(3),
            ],
        );
        let quarters = |row: Rect| -> [Rect; 4] {
            Layout::horizontal([Constraint::Fill(1); 4])
                .spacing(1)
                .areas(row)
        };
        let put = |frame: &mut Frame<'_>, row: Rect, texts: [&str; 4], role: Role| {
            for (text, cell) in texts.into_iter().zip(quarters(row)) {
                let text = scrub(text).into_owned();
                frame.render_widget(Line::styled(text, theme.style(role)), cell);
            }
        };
        let now = match self.duplicate.matched.with {
            MatchedWith::Record(..) => "Record now",
            MatchedWith::Row(_) => "Earlier rows",
        };
        put(frame, head, ["Field", now, "File", "Result"], Role::Muted);
        let rows = self.rows();
        let first = self.selection.first_in(rows.len(), list, context.areas);
        for ((index, (field, [record, file, kept])), row) in
            rows.iter().enumerate().skip(first).zip(list.rows())
        {
            let chosen = index == self.selection.index;
            let role = match (chosen, record == kept) {
                (true, _) => Role::Selection,
                (false, true) => Role::Text,
                (false, false) => Role::Good,
            };
            frame.buffer_mut().set_style(row, theme.style(role));
            put(frame, row, [field.label(), record, file, kept], role);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
                let more = scrub(&format!("{}: {kept}", field.label())).into_owned();
                frame.render_widget(
                    panel::paragraph(more).style(theme.style(Role::Muted)),
                    below,
                );
            }
        }
    }
}
