//! Two records side by side: the value that stays is chosen field by field, then the records are merged, or stated to be of two
//! people.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};

use super::tell;
use crate::clinical::duplicate::Reason;
use crate::clinical::merge::{Merge, Side, Versions};
use crate::clinical::patient::{Field, PatientDraft};
use crate::store::{DuplicatePair, DuplicateSide, MergePlan, PatientId, StoreError};
use crate::text::{clipped, counted, enumerated, scrub};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::screens::confirm::Confirm;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker;
use crate::tui::worker::duplicates::{Answer, Request};

/// Cells of a field's label.
const LABEL: usize = 20;

/// The screen.
pub(super) struct SideBySide {
    one: PatientId,
    other: PatientId,
    /// The records as they were read, the one that stays first, and the choices.
    read: Option<(DuplicatePair, Merge)>,
    /// The merge that is being made.
    is_merging: bool,
    selection: Selection,
    replies: Inbox<Answered>,
}

/// Answers of the questions.
enum Answered {
    Merge,
    Distinct,
}

impl SideBySide {
    pub(super) fn new(one: PatientId, other: PatientId) -> Self {
        Self {
            one,
            other,
            read: None,
            is_merging: false,
            selection: Selection::default(),
            replies: Inbox::default(),
        }
    }

    fn ask(&self, context: &Context<'_>) -> Vec<Action> {
        let (one, other) = (self.one, self.other);
        let ask = |access| Action::ask(Request::Pair { access, one, other });
        context.access.cloned().map(ask).into_iter().collect()
    }

    /// Stores the records; the choices start again.
    fn take(&mut self, pair: DuplicatePair) {
        let draft = |side: &DuplicateSide| PatientDraft::from(&side.patient);
        let merge = Merge::of_two(&draft(&pair.one), &draft(&pair.other));
        self.selection.keep_within(merge.differing().len());
        self.read = Some((pair, merge));
    }

    /// The other record stays.
    fn exchange(&mut self) {
        std::mem::swap(&mut self.one, &mut self.other);
        if let Some((pair, _)) = self.read.take() {
            self.take(DuplicatePair {
                one: pair.other,
                other: pair.one,
                likeness: pair.likeness,
            });
        }
    }

    fn choose(&mut self, side: Option<Side>) {
        let place = self.selection.index;
        let Some((_, merge)) = &mut self.read else {
            return;
        };
        let taken = merge
            .differing()
            .get(place)
            .and_then(|versions| versions.taken);
        let side = side.unwrap_or(match taken {
            Some(Side::Yours) => Side::Theirs,
            Some(Side::Theirs) | None => Side::Yours,
        });
        merge.take(place, side);
    }

    fn handle(&mut self, command: Command) -> Vec<Action> {
        if command == Command::Back {
            return vec![Action::Return];
        }
        let Some((pair, merge)) = &self.read else {
            return Vec::new();
        };
        let count = merge.differing().len();
        if self.selection.handle(command, count, 10) {
            return Vec::new();
        }
        let (kept, other) = (&pair.one.patient, &pair.other.patient);
        match command {
            Command::Yours => self.choose(Some(Side::Yours)),
            Command::Theirs => self.choose(Some(Side::Theirs)),
            Command::Toggle => self.choose(None),
            Command::Exchange => self.exchange(),
            Command::Save => {
                let sentence = format!(
                    "Merge {} into {}? {}, planned exams, pictures and files of {} will move to {}, and the values marked ● stay. The ID {} will still find the patient. It can be undone.",
                    other.number,
                    kept.number,
                    counted(pair.other.exams as usize, "exam"),
                    other.number,
                    kept.number,
                    other.number
                );
                let reply = self.replies.reply(|()| Answered::Merge);
                let confirm = Confirm::new("Merge the records", &sentence, "Merge", reply);
                return vec![Action::Open(Box::new(confirm))];
            }
            Command::Distinct => {
                let sentence = format!(
                    "{} {} and {} {} are two people? They will not be listed again.",
                    kept.number, kept.full_name, other.number, other.full_name
                );
                let reply = self.replies.reply(|()| Answered::Distinct);
                let confirm = Confirm::new("Two people", &sentence, "Two people", reply);
                return vec![Action::Open(Box::new(confirm))];
            }
            _ => {}
        }
        Vec::new()
    }

    fn merge(&mut self, context: &Context<'_>) -> Vec<Action> {
        let (Some((pair, merge)), Some(access)) = (&self.read, context.access.cloned()) else {
            return Vec::new();
        };
        let result = merge.result().unwrap_or_default();
        let result = match result.validate(context.moment.today()) {
            Ok(result) => result,
            Err(wrong) => {
                let sentences: Vec<String> = wrong.into_iter().map(|one| one.message).collect();
                let told = format!("These values do not fit together: {}", sentences.join(" "));
                return vec![Action::Tell(Notice::error(told))];
            }
        };
        self.is_merging = true;
        let plan = MergePlan {
            kept: pair.one.id,
            kept_revision: pair.one.revision,
            merged: pair.other.id,
            merged_revision: pair.other.revision,
            result,
        };
        vec![Action::ask(Request::Merge {
            access,
            plan: Box::new(plan),
        })]
    }

    fn returned(&mut self, context: &Context<'_>) -> Vec<Action> {
        match (self.replies.take(), context.access.cloned()) {
            (Some(Answered::Merge), _) => self.merge(context),
            (Some(Answered::Distinct), Some(access)) => {
                let (one, other) = (self.one, self.other);
                vec![Action::ask(Request::Distinct { access, one, other })]
            }
            _ => Vec::new(),
        }
    }

    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        match answer {
            Answer::Pair(Ok(pair)) => {
                self.take(*pair);
                Vec::new()
            }
            Answer::Pair(Err(error)) => vec![Action::Return, tell(&error)],
            Answer::Merged(Ok(merged)) => {
                self.is_merging = false;
                let told = format!(
                    "The records are merged; {} and {} moved. Tab shows the merges, u undoes one.",
                    counted(merged.exams, "exam"),
                    counted(merged.planned, "planned exam")
                );
                vec![Action::Return, Action::Tell(Notice::good(told))]
            }
            Answer::Merged(Err(StoreError::PatientChanged)) => {
                self.is_merging = false;
                let mut actions = self.ask(context);
                let told = "One of the records was changed meanwhile: check the values again.";
                actions.push(Action::Tell(Notice::warning(told)));
                actions
            }
            Answer::Distinct(Ok(())) => {
                let told = "The two records are of two people and not listed any more.";
                vec![Action::Return, Action::Tell(Notice::good(told))]
            }
            Answer::Merged(Err(error)) | Answer::Distinct(Err(error)) => {
                self.is_merging = false;
                vec![tell(&error)]
            }
            _ => Vec::new(),
        }
    }

    fn draw_field(
        frame: &mut Frame<'_>,
        row: Rect,
        versions: &Versions,
        is_here: bool,
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        if is_here {
            frame
                .buffer_mut()
                .set_style(row, theme.style(Role::Selection));
            frame.set_cursor_position((row.x, row.y));
        }
        let [label, yours, theirs] = columns(row);
        let style = |role| match is_here {
            true => theme.style(Role::Selection),
            false => theme.style(role),
        };
        frame.render_widget(
            Span::styled(versions.field.label(), style(Role::Muted)),
            label,
        );
        for (area, value, side) in [
            (yours, &versions.yours, Side::Yours),
            (theirs, &versions.theirs, Side::Theirs),
        ] {
            let is_taken = versions.taken == Some(side);
            let (mark, role) = match is_taken {
                true => ("● ", Role::Good),
                false => ("  ", Role::Text),
            };
            let text = format!("{mark}{}", shown(versions.field, value));
            let text = clipped(&text, usize::from(area.width)).into_owned();
            frame.render_widget(Span::styled(text, style(role)), area);
        }
    }
}

/// Areas of a label and of both values.
fn columns(row: Rect) -> [Rect; 3] {
    Layout::horizontal([
        Constraint::Length(LABEL as u16),
        Constraint::Fill(1),
        Constraint::Fill(1),
    ])
    .spacing(1)
    .areas(row)
}

/// Value in one line.
fn shown(field: Field, value: &str) -> String {
    match value.is_empty() {
        true => "–".to_owned(),
        false => scrub(&field.shown(value)).replace('\n', " "),
    }
}

impl Screen for SideBySide {
    fn title(&self) -> &str {
        "Two records"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::TwoRecords]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.ask(context),
            ScreenEvent::Returned => self.returned(context),
            ScreenEvent::Failed => {
                self.is_merging = false;
                Vec::new()
            }
            ScreenEvent::Answer(worker::Answer::Duplicates(answer)) => {
                self.answered(answer, context)
            }
            ScreenEvent::Key(..) if self.is_merging => Vec::new(),
            ScreenEvent::Key(_, Some(command)) => self.handle(command),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let Some((pair, merge)) = &self.read else {
            panel::remark(frame, area, "Reading the records …", Role::Muted, theme);
            return;
        };
        let differing = merge.differing();
        let [list, below] = panel::stacked(area, [Constraint::Min(6), Constraint::Length(7)]);
        let inner = panel::framed(frame, list, "Fields that differ", theme, true);
        let [head, numbers, exams, _, body] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Min(0),
            ],
        );
        let fact = |frame: &mut Frame<'_>, row: Rect, texts: [String; 3], role: Role| {
            for (text, area) in texts.into_iter().zip(columns(row)) {
                let text = clipped(&scrub(&text), usize::from(area.width)).into_owned();
                frame.render_widget(Span::styled(text, theme.style(role)), area);
            }
        };
        let both = |value: fn(&DuplicateSide) -> String| [value(&pair.one), value(&pair.other)];
        fact(
            frame,
            head,
            [
                String::new(),
                "  stays".into(),
                "  is merged into it".into(),
            ],
            Role::Heading,
        );
        let [one, other] = both(|side| format!("  {}", side.patient.number));
        fact(
            frame,
            numbers,
            ["Patient ID".into(), one, other],
            Role::Accent,
        );
        let [one, other] = both(|side| format!("  {}", side.exams));
        fact(frame, exams, ["Exams".into(), one, other], Role::Text);
        let first = self
            .selection
            .first_in(differing.len(), body, context.areas);
        frame.set_cursor_position((body.x, body.y));
        if differing.is_empty() {
            let sentence = "Both records state the same.";
            panel::remark(frame, body, sentence, Role::Muted, theme);
        }
        let rows = differing.iter().enumerate().skip(first);
        for ((index, versions), row) in rows.zip(body.rows()) {
            let is_here = index == self.selection.index;
            Self::draw_field(frame, row, versions, is_here, context);
        }
        let selected = differing.get(self.selection.index);
        let title = selected.map_or("Likeness", |versions| versions.field.label());
        let inner = panel::framed(frame, below, title, theme, false);
        let reasons: Vec<String> = (pair.likeness.reasons.iter())
            .map(|reason| Reason::label(*reason).to_owned())
            .collect();
        let mut lines = Vec::new();
        if let Some(versions) = selected {
            let value = versions.value().unwrap_or_default();
            lines.push(Line::from(vec![
                Span::styled("stays: ", theme.style(Role::Muted)),
                Span::styled(shown(versions.field, value), theme.style(Role::Good)),
            ]));
        }
        let likeness = match reasons.is_empty() {
            true => "The two records are not alike.".to_owned(),
            false => format!("Score {}: {}.", pair.likeness.score, enumerated(&reasons)),
        };
        lines.push(Line::styled(likeness, theme.style(Role::Muted)));
        let help = match self.is_merging {
            true => "Merging …",
            false => "← and → choose the value that stays, x the record that stays.",
        };
        lines.push(Line::styled(help, theme.style(Role::Accent)));
        frame.render_widget(panel::paragraph(Text::from(lines)), inner);
    }
}
