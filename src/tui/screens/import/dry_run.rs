//! Result of a dry run: counts, and the duplicates and the broken rows one by one.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::duplicate::DuplicateDialog;
use super::running::Running;
use super::words;
use crate::import::{Job, Mode, Summary};
use crate::store::{ImportAction, LineChoice, OnDuplicate};
use crate::text::{counted, scrub};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::screens::confirm::Confirm;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;

/// List that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Duplicate,
    Broken,
    /// Data that is not imported as it is: contradicting values, ignored columns and rows, remarks.
    Remarks,
}

/// The screen.
pub(super) struct DryRun {
    /// Job with the choices that are made here.
    job: Arc<Job>,
    summary: Summary,
    list: List,
    remarks: Vec<String>,
    selection: Selection,
    /// True if a choice was made since the counts were computed.
    stale: bool,
    replies: Inbox<Reply>,
}

impl DryRun {
    pub(super) fn new(job: Arc<Job>, summary: Summary) -> Self {
        let list = match summary.duplicates.is_empty() && !summary.broken.is_empty() {
            true => List::Broken,
            false => List::Duplicate,
        };
        let remarks = words::remarks(&job.source, &summary);
        Self {
            job,
            summary,
            list,
            remarks,
            selection: Selection::default(),
            stale: false,
            replies: Inbox::default(),
        }
    }

    fn count(&self) -> usize {
        match self.list {
            List::Duplicate => self.summary.duplicates.len(),
            List::Broken => self.summary.broken.len(),
            List::Remarks => self.remarks.len(),
        }
    }

    fn dry_run(&self) -> Vec<Action> {
        let running = Running::new(Arc::clone(&self.job), Mode::DryRun);
        vec![Action::Replace(Box::new(running))]
    }

    /// Sets the handling of the selected duplicate.
    fn choose(&mut self, how: OnDuplicate) {
        let List::Duplicate = self.list else {
            return;
        };
        if let Some(duplicate) = self.summary.duplicates.get(self.selection.index) {
            // The record was not shown here, so no revision was seen.
            let choice = LineChoice { how, seen: None };
            self.keep(duplicate.row.line, choice);
            let count = self.count();
            self.selection.handle(Command::Down, count, 1);
        }
    }

    fn keep(&mut self, line: u64, choice: LineChoice) {
        Arc::make_mut(&mut self.job)
            .choices
            .lines
            .insert(line, choice);
        self.stale = true;
    }

    fn choose_all(&mut self, how: OnDuplicate) -> Vec<Action> {
        let job = Arc::make_mut(&mut self.job);
        job.choices.all = how;
        job.choices.lines.clear();
        self.dry_run()
    }

    fn import(&self) -> Vec<Action> {
        if self.stale {
            let sentence = "You changed a choice: press {dry-run} for another dry run, then {import} to import";
            let sentence = keymap::worded(&[Scope::DryRun], sentence);
            return vec![Action::Tell(Notice::warning(sentence))];
        }
        let tally = &self.summary.tally;
        let plans = self
            .summary
            .plans
            .map_or(0, |plans| plans.new + plans.changed);
        match tally.new + tally.changed + plans {
            0 => vec![Action::Tell(Notice::warning("There is nothing to import"))],
            _ => {
                let rows = tally.rows() - tally.broken;
                let sentence = format!(
                    "Import {} as in the dry run? Changed records keep their earlier version.",
                    counted(rows as usize, "row"),
                );
                let reply = self.replies.reply(|()| Reply::Import);
                let confirm = Confirm::new("Import patients", &sentence, "Import", reply);
                vec![Action::Open(Box::new(confirm))]
            }
        }
    }

    /// File for the broken rows.
    fn broken_file(context: &Context<'_>) -> std::path::PathBuf {
        let now = context.moment.now.strftime("%Y%m%d-%H%M%S");
        let folder = context.home.join("exports");
        folder.join(format!("broken-rows-{now}.csv"))
    }

    fn go(&self, mode: Mode, context: &Context<'_>) -> Vec<Action> {
        let mut running = Running::new(Arc::clone(&self.job), mode);
        if self.summary.tally.broken > 0 {
            running = running.with_broken(Self::broken_file(context));
        }
        vec![Action::Replace(Box::new(running))]
    }

    fn open(&self) -> Vec<Action> {
        let duplicate = self.summary.duplicates.get(self.selection.index);
        match (self.list, duplicate) {
            (List::Duplicate, Some(duplicate)) => {
                let choices = &self.job.choices;
                let chosen = choices.lines.get(&duplicate.row.line);
                let how = chosen.map_or(choices.all, |choice| choice.how);
                let line = duplicate.row.line;
                let dialog = DuplicateDialog::new(
                    duplicate.clone(),
                    how,
                    self.replies.reply(move |choice| Reply::Row(line, choice)),
                );
                vec![Action::Open(Box::new(dialog))]
            }
            _ => Vec::new(),
        }
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let page = usize::from(context.size.height.saturating_sub(14));
        let count = self.count();
        if self.selection.handle(command, count, page) {
            return Vec::new();
        }
        match command {
            Command::Back => return vec![Action::Close],
            Command::Next => {
                self.list = match self.list {
                    List::Duplicate => List::Broken,
                    List::Broken => List::Remarks,
                    List::Remarks => List::Duplicate,
                };
                self.selection = Selection::default();
            }
            Command::Open => return self.open(),
            Command::DryRun => return self.dry_run(),
            Command::Import => return self.import(),
            Command::SaveBroken if self.summary.tally.broken == 0 => {
                return vec![Action::Tell(Notice::warning("There are no broken rows"))];
            }
            Command::SaveBroken => return self.go(Mode::DryRun, context),
            Command::MergeRow => self.choose(OnDuplicate::Merge),
            Command::SkipRow => self.choose(OnDuplicate::Skip),
            Command::OverwriteRow => self.choose(OnDuplicate::Overwrite),
            Command::AddRow => self.choose(OnDuplicate::Add),
            Command::MergeAll => return self.choose_all(OnDuplicate::Merge),
            Command::SkipAll => return self.choose_all(OnDuplicate::Skip),
            Command::OverwriteAll => return self.choose_all(OnDuplicate::Overwrite),
            Command::AddAll => return self.choose_all(OnDuplicate::Add),
            _ => {}
        }
        Vec::new()
    }

    /// List line of a row, and the full text about it.
    fn row(&self, index: usize) -> Option<(String, String)> {
        match self.list {
            List::Remarks => {
                let remark = self.remarks.get(index)?.clone();
                Some((remark.clone(), remark))
            }
            List::Broken => {
                let broken = self.summary.broken.get(index)?;
                let line = format!("line {:<8} {}", broken.line, broken.reason);
                Some((line, format!("Line {}: {}", broken.line, broken.reason)))
            }
            List::Duplicate => {
                let duplicate = self.summary.duplicates.get(index)?;
                let chosen = self.job.choices.lines.get(&duplicate.row.line);
                let action = match chosen {
                    Some(choice) if self.stale => words::how(choice.how),
                    _ => words::action(&duplicate.action),
                };
                let line = duplicate.row.line;
                let name = &duplicate.row.patient.full_name;
                let matched_by = words::matched_by(duplicate);
                let text = format!("line {line:<8} {action:<13} {name}, {matched_by}");
                let more = match &duplicate.action {
                    ImportAction::Refused(reason) => reason.clone(),
                    _ => format!(
                        "Line {line}: {name}, {matched_by}. Press Enter to compare the fields."
                    ),
                };
                Some((text, more))
            }
        }
    }

    /// Names of the lists, the shown one marked.
    fn tabs(&self, context: &Context<'_>) -> Line<'static> {
        let theme = context.theme;
        let tab = |list, text: String| {
            let role = match self.list == list {
                true => Role::Heading,
                false => Role::Muted,
            };
            let mark = if self.list == list { "▸ " } else { "  " };
            Span::styled(format!("{mark}{text}   "), theme.style(role))
        };
        let all = words::how(self.job.choices.all);
        let Summary {
            duplicates,
            duplicate_rows,
            broken,
            tally,
            ..
        } = &self.summary;
        let listed = words::listed(duplicates.len(), *duplicate_rows, "duplicate");
        let broken = words::listed(broken.len(), tally.broken, "broken row");
        Line::from(vec![
            tab(List::Duplicate, format!("{listed} ({all})")),
            tab(List::Broken, broken),
            tab(List::Remarks, counted(self.remarks.len(), "remark")),
        ])
    }
}

/// Answers of the dialogs over the dry run.
enum Reply {
    /// The rows are to be imported.
    Import,
    /// The way in which the row of this line is imported.
    Row(u64, LineChoice),
}

impl Screen for DryRun {
    fn title(&self) -> &str {
        "Dry run"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::DryRun, Scope::List]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Returned => match self.replies.take() {
                Some(Reply::Import) => self.go(Mode::Import, context),
                Some(Reply::Row(line, choice)) => {
                    self.keep(line, choice);
                    Vec::new()
                }
                None => Vec::new(),
            },
            ScreenEvent::Key(_, Some(command)) => self.handle(command, context),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let title = "Nothing is changed yet";
        let inner = panel::framed(frame, area, title, theme, true);
        let mut numbered = words::tally(&self.summary.tally, theme);
        numbered.extend(words::plans(&self.summary, theme));
        let [numbers, _, tabs, rows, below] = panel::stacked(
            inner,
            [
                Constraint::Length(numbered.len() as u16),
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Min(1),
                Constraint::Length(3),
            ],
        );
        frame.render_widget(panel::paragraph(numbered), numbers);
        frame.render_widget(self.tabs(context), tabs);
        let count = self.count();
        if count == 0 {
            let sentence = match self.list {
                List::Duplicate => "No row matches an existing record.",
                List::Broken => "There are no broken rows.",
                List::Remarks => "All data will be imported as it is.",
            };
            panel::remark(frame, rows, sentence, Role::Muted, theme);
            frame.set_cursor_position((tabs.x, tabs.y));
            return;
        }
        let first = self.selection.first_in(count, rows, context.areas);
        for (index, row) in (first..count).zip(rows.rows()) {
            let Some((text, more)) = self.row(index) else {
                continue;
            };
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            frame.buffer_mut().set_style(row, theme.style(role));
            let text = scrub(&text).into_owned();
            frame.render_widget(Line::styled(text, theme.style(role)), row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
                let more = scrub(&more).into_owned();
                frame.render_widget(
                    panel::paragraph(more).style(theme.style(Role::Muted)),
                    below,
                );
            }
        }
    }
}
