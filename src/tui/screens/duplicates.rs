//! Likely duplicates among the patients, the most likely first, and the merges that were made.

mod side_by_side;

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use self::side_by_side::SideBySide;
use super::confirm::Confirm;
use super::{Action, Screen, ScreenEvent};
use crate::clinical::duplicate::Reason;
use crate::store::{
    Count, DuplicatePair, DuplicateSide, MergeId, PastMerge, StoreError, UndoneMerge,
};
use crate::text::{clipped, enumerated, scrub};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::theme::Role;
use crate::tui::widgets::paged_list::{self, cell};
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker;
use crate::tui::worker::duplicates::{Answer, Request};

/// Cells of the columns of one record: ID and name.
const NUMBER: usize = 11;
const NAME: usize = 22;

/// The list in front.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum List {
    #[default]
    Likely,
    Merged,
}

/// The screen.
#[derive(Default)]
pub struct Duplicates {
    list: List,
    /// None until they were read.
    pairs: Option<Vec<DuplicatePair>>,
    total: Option<Count>,
    goes_on: bool,
    is_asked: bool,
    merges: Option<Vec<PastMerge>>,
    selection: Selection,
    /// The merge that the user said yes to undoing.
    undone: Inbox<MergeId>,
}

impl Duplicates {
    fn pairs(&self) -> &[DuplicatePair] {
        self.pairs.as_deref().unwrap_or_default()
    }

    fn merges(&self) -> &[PastMerge] {
        self.merges.as_deref().unwrap_or_default()
    }

    fn count(&self) -> usize {
        match self.list {
            List::Likely => self.pairs().len(),
            List::Merged => self.merges().len(),
        }
    }

    /// Reads both lists from the start.
    fn read(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        self.is_asked = true;
        let page = Request::Page {
            access: access.clone(),
            after: None,
        };
        vec![Action::ask(page), Action::ask(Request::Merges(access))]
    }

    /// Reads on when the selection comes near the last pair that was read.
    fn follow(&mut self, context: &Context<'_>) -> Vec<Action> {
        let margin = usize::from(context.size.height);
        let is_near = self.selection.index + margin >= self.pairs().len();
        let after = (self.pairs().last())
            .map(|pair| (pair.likeness.score, pair.one.id, pair.other.id))
            .filter(|_| is_near && self.goes_on && !self.is_asked && self.list == List::Likely);
        match (after, context.access.cloned()) {
            (Some(after), Some(access)) => {
                self.is_asked = true;
                let after = Some(after);
                vec![Action::ask(Request::Page { access, after })]
            }
            _ => Vec::new(),
        }
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let page = usize::from(context.size.height.saturating_sub(10)).max(1);
        let count = self.count();
        if self.selection.handle(command, count, page) {
            return self.follow(context);
        }
        match (command, self.list) {
            (Command::Back, _) => vec![Action::Return],
            (Command::Toggle, _) => {
                self.list = match self.list {
                    List::Likely => List::Merged,
                    List::Merged => List::Likely,
                };
                self.selection = Selection::default();
                Vec::new()
            }
            (Command::Open, List::Likely) => match self.pairs().get(self.selection.index) {
                Some(pair) => {
                    let screen = SideBySide::new(pair.one.id, pair.other.id);
                    vec![Action::Open(Box::new(screen))]
                }
                None => Vec::new(),
            },
            (Command::Undo | Command::Open, List::Merged) => self.ask_to_undo(),
            (Command::Undo, List::Likely) => vec![Action::Tell(Notice::warning(
                "Tab shows the merges; u there undoes one.",
            ))],
            _ => Vec::new(),
        }
    }

    fn ask_to_undo(&self) -> Vec<Action> {
        match self.merges().get(self.selection.index) {
            None => vec![Action::Tell(Notice::warning("There are no merges yet."))],
            Some(merge) if merge.undone.is_some() => {
                vec![Action::Tell(Notice::warning(
                    "This merge is already undone.",
                ))]
            }
            Some(merge) => {
                let sentence = format!(
                    "Undo the merge of {} into {}? Both records will be as before; what was added to an exam since moves with it.",
                    merge.merged_as.0, merge.kept_as.0
                );
                let id = merge.id;
                let reply = self.undone.reply(move |()| id);
                let confirm = Confirm::new("Undo the merge", &sentence, "Undo", reply);
                vec![Action::Open(Box::new(confirm))]
            }
        }
    }

    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        let error = match answer {
            Answer::Page { is_first, page } => {
                self.is_asked = false;
                match page {
                    Ok(page) => {
                        self.total = Some(page.total);
                        self.goes_on = page.goes_on;
                        match is_first {
                            true => self.pairs = Some(page.pairs),
                            false => self.pairs.get_or_insert_default().extend(page.pairs),
                        }
                        self.selection.keep_within(self.count());
                        return Vec::new();
                    }
                    Err(error) => {
                        self.pairs.get_or_insert_default();
                        error
                    }
                }
            }
            Answer::Merges(Ok(merges)) => {
                self.merges = Some(merges);
                self.selection.keep_within(self.count());
                return Vec::new();
            }
            Answer::Unmerged(Ok(undone)) => {
                let mut actions = self.read(context);
                actions.push(Action::Tell(message(&undone)));
                return actions;
            }
            Answer::Merges(Err(error)) | Answer::Unmerged(Err(error)) => error,
            Answer::Pair(_) | Answer::Merged(_) | Answer::Distinct(_) => return Vec::new(),
        };
        vec![tell(&error)]
    }

    fn draw_pairs(&self, frame: &mut Frame<'_>, body: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let pairs = self.pairs();
        let first = self.selection.first_in(pairs.len(), body, context.areas);
        for ((index, pair), place) in pairs.iter().enumerate().skip(first).zip(body.rows()) {
            let role = match index == self.selection.index {
                true => Role::Selection,
                false => Role::Text,
            };
            frame.buffer_mut().set_style(place, theme.style(role));
            let side = |side: &DuplicateSide| {
                format!(
                    "{}{}",
                    cell(&side.patient.number, NUMBER),
                    cell(&side.patient.full_name, NAME)
                )
            };
            let text = format!(
                "{:>4}  {} {}",
                pair.likeness.score,
                side(&pair.one),
                side(&pair.other)
            );
            let text = clipped(&text, usize::from(place.width)).into_owned();
            frame.render_widget(Span::raw(text), place);
            if index == self.selection.index {
                frame.set_cursor_position((place.x, place.y));
            }
        }
    }

    fn draw_merges(&self, frame: &mut Frame<'_>, body: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let merges = self.merges();
        let first = self.selection.first_in(merges.len(), body, context.areas);
        for ((index, merge), place) in merges.iter().enumerate().skip(first).zip(body.rows()) {
            let role = match (index == self.selection.index, merge.undone.is_some()) {
                (true, _) => Role::Selection,
                (false, true) => Role::Muted,
                (false, false) => Role::Text,
            };
            frame.buffer_mut().set_style(place, theme.style(role));
            let made = context.moment.local(merge.made_at);
            let undone = match merge.undone.is_some() {
                true => ", undone",
                false => "",
            };
            let text = format!(
                "{}  {} {} into {}, by {}{undone}",
                made.strftime("%Y-%m-%d %H:%M"),
                scrub(&merge.merged_as.0),
                scrub(&merge.merged_as.1),
                scrub(&merge.kept_as.0),
                scrub(&merge.made_by)
            );
            let text = clipped(&text, usize::from(place.width)).into_owned();
            frame.render_widget(Span::raw(text), place);
            if index == self.selection.index {
                frame.set_cursor_position((place.x, place.y));
            }
        }
    }

    fn draw_detail(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let pair = match self.list {
            List::Likely => self.pairs().get(self.selection.index),
            List::Merged => None,
        };
        let Some(pair) = pair else {
            return;
        };
        let inner = panel::framed(frame, area, "Why", context.theme, false);
        let reasons: Vec<String> = (pair.likeness.reasons.iter())
            .map(|reason| Reason::label(*reason).to_owned())
            .collect();
        let born = |born: Option<Date>| born.map_or("–".to_owned(), |born| born.to_string());
        let side = |side: &DuplicateSide| {
            format!(
                "{} {}",
                scrub(&side.patient.number),
                born(side.patient.date_of_birth)
            )
        };
        let lines = [
            enumerated(&reasons),
            format!("Born: {} · {}", side(&pair.one), side(&pair.other)),
        ];
        for (text, place) in lines.into_iter().zip(inner.rows()) {
            let text = clipped(&text, usize::from(place.width)).into_owned();
            frame.render_widget(Span::raw(text), place);
        }
    }
}

/// Result of undoing, as a sentence.
fn message(undone: &UndoneMerge) -> Notice {
    let left: Vec<String> = (undone.left.iter())
        .map(|field| field.label().to_lowercase())
        .collect();
    match left.is_empty() {
        true => Notice::good("The merge is undone: both records are as before."),
        false => Notice::warning(format!(
            "The merge is undone. Changed since, and left as it is: {}.",
            enumerated(&left)
        )),
    }
}

fn tell(error: &StoreError) -> Action {
    Action::Tell(Notice::error(error.to_string()))
}

impl Screen for Duplicates {
    fn title(&self) -> &str {
        "Likely duplicates"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Duplicates, Scope::List]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.read(context),
            ScreenEvent::Returned => match (self.undone.take(), context.access.cloned()) {
                (Some(merge), Some(access)) => {
                    vec![Action::ask(Request::Unmerge { access, merge })]
                }
                _ => self.read(context),
            },
            ScreenEvent::Failed => {
                self.is_asked = false;
                Vec::new()
            }
            ScreenEvent::Answer(worker::Answer::Duplicates(answer)) => {
                self.answered(answer, context)
            }
            ScreenEvent::Key(_, Some(command)) => self.handle(command, context),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let [list, detail] = panel::stacked(area, [Constraint::Min(6), Constraint::Length(4)]);
        let inner = panel::framed(frame, list, "Likely duplicates", theme, true);
        let [tabs, _, head, body] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Min(0),
            ],
        );
        let titles = [
            ("Likely", self.total, self.list == List::Likely),
            ("Merged", None, self.list == List::Merged),
        ];
        paged_list::draw_tabs(frame, tabs, titles, Command::Toggle, context);
        frame.set_cursor_position((tabs.x, tabs.y));
        let (is_read, nothing) = match self.list {
            List::Likely => (
                self.pairs.is_some(),
                "No two records look like the same person.",
            ),
            List::Merged => (self.merges.is_some(), "No records were merged yet."),
        };
        if self.count() == 0 {
            let sentence = if is_read {
                nothing
            } else {
                "Reading the list …"
            };
            panel::remark(frame, body, sentence, Role::Muted, theme);
            return;
        }
        match self.list {
            List::Likely => {
                let record = format!("{}{}", cell("Patient ID", NUMBER), cell("Name", NAME));
                let heading = format!("Score {record} {record}");
                let heading = clipped(&heading, usize::from(head.width)).into_owned();
                frame.render_widget(Line::styled(heading, theme.style(Role::Muted)), head);
                self.draw_pairs(frame, body, context);
            }
            List::Merged => self.draw_merges(frame, body, context),
        }
        self.draw_detail(frame, detail, context);
    }
}
