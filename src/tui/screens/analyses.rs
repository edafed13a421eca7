//! List of the analyses in the background: what waits, what runs, what is done, what failed and why.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;

use super::confirm::Confirm;
use super::picker::Picker;
use super::result::ResultScreen;
use super::{Action, Screen, ScreenEvent};
use crate::imaging::Series;
use crate::text::{clipped, scrub, shortened};
use crate::tui::analyses::{Analysis, AnalysisId, Change, State};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::analysis::{Analysed, TimedAnalysis};

/// Columns for the state of an analysis.
const STATE: u16 = 24;

/// The screen. The analyses themselves belong to the application.
#[derive(Default)]
pub struct AnalysesScreen {
    selection: Selection,
    /// Results that are to be removed though they are in no record.
    removed: Inbox<AnalysisId>,
}

impl AnalysesScreen {
    fn selected<'a>(&self, context: &Context<'a>) -> Option<&'a Analysis> {
        context.analyses.list().get(self.selection.index)
    }

    fn open(&self, context: &Context<'_>) -> Vec<Action> {
        let Some(analysis) = self.selected(context) else {
            return vec![Action::Open(Box::new(Picker::default()))];
        };
        match &analysis.state {
            State::Done { .. } if !analysis.is_unsaved() => {
                let sentence =
                    "This result is in the patient's record. {delete} removes it from this list.";
                vec![Action::Tell(Notice::good(worded(sentence)))]
            }
            State::Done {
                series,
                result,
                saved,
            } => vec![Action::Open(Box::new(opened(series, result, saved)))],
            State::Failed(reason) => vec![Action::Tell(Notice::warning(reason))],
            State::Waiting | State::Opening | State::Running { .. } => {
                let sentence = "This one is not done yet. {delete} cancels it.";
                vec![Action::Tell(Notice::remark(worded(sentence)))]
            }
        }
    }

    fn retry(&self, context: &Context<'_>) -> Vec<Action> {
        let Some(analysis) = self.selected(context) else {
            return nothing_here();
        };
        match analysis.state {
            State::Failed(_) => vec![Action::ChangeAnalyses(Change::Retry(analysis.id))],
            _ => {
                let sentence = "This one did not fail. {retry} tries a failed one again.";
                vec![Action::Tell(Notice::remark(worded(sentence)))]
            }
        }
    }

    fn remove(&self, context: &Context<'_>) -> Vec<Action> {
        let Some(analysis) = self.selected(context) else {
            return nothing_here();
        };
        let id = analysis.id;
        match analysis.is_unsaved() {
            true => vec![Action::Open(Box::new(Confirm::new(
                "Discard result",
                "This result is not saved. Discard it? The scan files stay.",
                "Discard",
                self.removed.reply(move |()| id),
            )))],
            false => vec![Action::ChangeAnalyses(Change::Remove(id))],
        }
    }
}

/// The answer to a key that needs an analysis, in an empty list.
fn nothing_here() -> Vec<Action> {
    let sentence = "The list is empty: {analyse} chooses scans to analyse.";
    vec![Action::Tell(Notice::remark(worded(sentence)))]
}

/// A sentence with the keys of this screen.
fn worded(sentence: &str) -> String {
    keymap::worded(&[Scope::Analyses], sentence)
}

/// The result of an analysis, which notes when it is saved.
fn opened(series: &Arc<Series>, result: &Analysed, saved: &Arc<AtomicBool>) -> ResultScreen {
    let screen = match result {
        Analysed::Slice(scan, timed) => {
            ResultScreen::new(Arc::clone(scan), TimedAnalysis::clone(timed))
        }
        Analysed::Series(exam) => ResultScreen::of_series(Arc::clone(series), (**exam).clone()),
    };
    screen.noting_saved(Arc::clone(saved))
}

impl Screen for AnalysesScreen {
    fn title(&self) -> &str {
        "Background analyses"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Analyses, Scope::List]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let count = context.analyses.list().len();
        self.selection.keep_within(count);
        let command = match event {
            ScreenEvent::Returned => {
                let removed = self.removed.take();
                let remove = removed.map(|id| Action::ChangeAnalyses(Change::Remove(id)));
                return remove.into_iter().collect();
            }
            ScreenEvent::Key(_, Some(command)) => command,
            _ => return Vec::new(),
        };
        let page = usize::from(context.size.height.saturating_sub(6));
        if self.selection.handle(command, count, page) {
            return Vec::new();
        }
        match command {
            Command::Open => self.open(context),
            Command::Delete => self.remove(context),
            Command::Retry => self.retry(context),
            Command::Analyse => vec![Action::Open(Box::new(Picker::default()))],
            Command::Back => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let analyses = context.analyses.list();
        let inner = panel::framed(frame, area, "Background analyses", theme, true);
        let [list, foot] = panel::stacked(inner, [Constraint::Min(1), Constraint::Length(2)]);
        if analyses.is_empty() {
            let sentence = "Nothing is analysed in the background. n chooses scans: Space selects several, Enter \
                            analyses them one after another while you work on.";
            return panel::remark(frame, list, sentence, Role::Muted, theme);
        }
        let mut selection = self.selection;
        selection.keep_within(analyses.len());
        let first = selection.first_in(analyses.len(), list, context.areas);
        let visible = analyses.iter().enumerate().skip(first).zip(list.rows());
        for ((index, analysis), row) in visible {
            let chosen = index == selection.index;
            let role = match (&analysis.state, chosen) {
                (_, true) => Role::Selection,
                (State::Failed(_), _) => Role::Warning,
                (State::Done { saved, .. }, _) if !saved.load(Ordering::Relaxed) => Role::Good,
                (State::Running { .. } | State::Opening, _) => Role::Accent,
                _ => Role::Text,
            };
            frame.buffer_mut().set_style(row, theme.style(role));
            let room = usize::from(row.width.saturating_sub(STATE));
            let name = scrub(&analysis.input.name()).into_owned();
            let name = match analysis.input.whose() {
                Some(whose) => format!("{name} · {whose}"),
                None => name,
            };
            frame.render_widget(Line::raw(shortened(&name, room)), row);
            frame.render_widget(Line::raw(analysis.state.words()).right_aligned(), row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
        if let Some(State::Failed(reason)) = analyses.get(selection.index).map(|one| &one.state) {
            let reason = clipped(&scrub(reason), 2 * usize::from(foot.width)).into_owned();
            let text = panel::paragraph(reason).style(theme.style(Role::Warning));
            frame.render_widget(text, foot);
        }
    }
}
