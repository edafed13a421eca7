//! Import of patients from a CSV file: the field of each column, then a dry run (`dry_run`), then the import
//! (`running`).

mod columns;
mod dry_run;
mod duplicate;
mod imports;
mod running;
mod words;

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;

use self::imports::Imports;
use self::running::Running;
use super::pick_choice::PickChoice;
use super::picker::Picker;
use super::{Action, Screen, ScreenEvent};
use crate::clinical::patient::Choice;
use crate::import::{Content, DateOrder, Encoding, Mode, Target};
use crate::text::{counted, scrub, shortened};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::{self, Inbox};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::import::{Answer, Opened, Request};
use crate::tui::worker::{self};

/// Fields that a column of patients can be.
static TARGETS: LazyLock<Vec<Choice>> = LazyLock::new(|| targets(Content::Patients));
/// The same of a column of planned exams.
static PLAN_TARGETS: LazyLock<Vec<Choice>> = LazyLock::new(|| targets(Content::Worklist));

fn targets(content: Content) -> Vec<Choice> {
    let fields = Target::of(content).filter(|target| *target != Target::Leave);
    fields
        .map(|target| Choice {
            word: target.key(),
            label: target.label(),
        })
        .collect()
}

/// Orders of day and month.
static ORDERS: LazyLock<Vec<Choice>> = LazyLock::new(|| {
    let orders = DateOrder::ALL.into_iter();
    orders
        .map(|order| Choice {
            word: order.as_str(),
            label: order.label(),
        })
        .collect()
});

/// Choice in progress.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Choosing {
    #[default]
    Column,
    Dates,
    Encoding,
}

/// The screen.
#[derive(Default)]
pub struct Import {
    content: Content,
    opened: Option<Box<Opened>>,
    choosing: Choosing,
    /// File that is being opened.
    awaited: Option<PathBuf>,
    selection: Selection,
    replies: Inbox<Reply>,
}

impl Import {
    /// Starts with choosing the file.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same for planned exams.
    pub fn of_worklist() -> Self {
        Self {
            content: Content::Worklist,
            ..Self::default()
        }
    }

    fn open(
        &mut self,
        file: PathBuf,
        has_headings: Option<bool>,
        encoding: Option<Encoding>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        self.awaited = Some(file.clone());
        vec![Action::Ask(worker::Request::Import(Request::Open {
            access,
            file,
            has_headings,
            encoding,
            content: self.content,
            today: context.moment.today(),
        }))]
    }

    fn pick(&self) -> Action {
        let picker = Picker::for_a_table(self.replies.reply(Reply::File));
        Action::Open(Box::new(picker))
    }

    fn chosen_word(&self) -> reply::Reply<String> {
        self.replies.reply(Reply::Word)
    }

    fn choose(&mut self) -> Vec<Action> {
        self.choosing = Choosing::Column;
        let Some(opened) = &self.opened else {
            return vec![self.pick()];
        };
        let targets = opened.job.mapping.targets();
        let kept = targets.get(self.selection.index).copied();
        let kept = kept.map_or("", Target::key);
        let targets: &'static [Choice] = match self.content {
            Content::Patients => &TARGETS,
            Content::Worklist => &PLAN_TARGETS,
        };
        let dialog = PickChoice::new("Field of this column", targets, kept, self.chosen_word());
        let dialog = dialog.or(Target::Leave.label());
        vec![Action::Open(Box::new(dialog))]
    }

    fn choose_dates(&mut self) -> Vec<Action> {
        let Some(opened) = &self.opened else {
            return self.choose();
        };
        self.choosing = Choosing::Dates;
        let kept = opened.job.dates.map_or("", DateOrder::as_str);
        let dialog = PickChoice::new(
            "Order of ambiguous dates",
            &ORDERS,
            kept,
            self.chosen_word(),
        );
        vec![Action::Open(Box::new(
            dialog.or("automatic, from the column"),
        ))]
    }

    fn choose_encoding(&mut self) -> Vec<Action> {
        let Some(opened) = &self.opened else {
            return self.choose();
        };
        self.choosing = Choosing::Encoding;
        let name = opened.job.source.encoding.name().to_lowercase();
        let dialog = PickChoice::among(
            "Character encoding",
            Encoding::offered(),
            &name,
            self.chosen_word(),
        );
        vec![Action::Open(Box::new(
            dialog.or("automatic, from the file"),
        ))]
    }

    /// Applies a choice; "" for automatic.
    fn chosen(&mut self, word: &str, context: &Context<'_>) -> Vec<Action> {
        match (self.choosing, &mut self.opened) {
            (Choosing::Column, _) => self.set(Target::parse(word).unwrap_or(Target::Leave)),
            (Choosing::Dates, Some(opened)) => {
                opened.job.dates = DateOrder::ALL
                    .into_iter()
                    .find(|order| order.as_str() == word);
            }
            (Choosing::Encoding, Some(opened)) => {
                let file = opened.job.source.file.clone();
                return self.open(file, None, Encoding::named(word), context);
            }
            (_, None) => {}
        }
        Vec::new()
    }

    fn set(&mut self, target: Target) {
        if let Some(opened) = &mut self.opened {
            opened.job.mapping.set(self.selection.index, target);
        }
    }

    fn dry_run(&mut self) -> Vec<Action> {
        let Some(opened) = &self.opened else {
            return self.choose();
        };
        if !opened.job.source.encoding_is_sure {
            let sentence = "The encoding is ambiguous: press {encoding} and choose it";
            let sentence = keymap::worded(&[Scope::Import], sentence);
            return vec![Action::Tell(Notice::warning(sentence))];
        }
        match opened.job.check() {
            Err(error) => vec![Action::Tell(Notice::warning(words::refusal(&error)))],
            Ok(()) => {
                let job = Arc::new(opened.job.clone());
                vec![Action::Open(Box::new(Running::new(job, Mode::DryRun)))]
            }
        }
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let columns = (self.opened.as_ref()).map_or(0, |opened| opened.job.headings.len());
        let page = usize::from(context.size.height / 2);
        if self.selection.handle(command, columns, page) {
            return Vec::new();
        }
        match command {
            Command::Back => return vec![Action::Close],
            Command::Open => return self.choose(),
            Command::AnotherFile => return vec![self.pick()],
            Command::LeaveOut => self.set(Target::Leave),
            Command::Headings => {
                let source = self.opened.as_ref().map(|opened| &opened.job.source);
                let other = source.map(|source| {
                    let named = source.encoding_is_sure.then_some(source.encoding);
                    (source.file.clone(), !source.has_headings, named)
                });
                if let Some((file, has_headings, encoding)) = other {
                    return self.open(file, Some(has_headings), encoding, context);
                }
            }
            Command::DateOrder => return self.choose_dates(),
            Command::Encoding => return self.choose_encoding(),
            Command::Imports => return vec![Action::Open(Box::new(Imports::default()))],
            Command::DryRun => return self.dry_run(),
            _ => {}
        }
        Vec::new()
    }
}

/// Format of the file, in one line.
fn facts(opened: &Opened) -> String {
    let source = &opened.job.source;
    let delimiter = match source.delimiter {
        b';' => "semicolons",
        b'\t' => "tabs",
        b'|' => "bars",
        _ => "commas",
    };
    let name = source.encoding.name();
    let encoding = match (source.encoding_is_sure, name) {
        (false, _) => format!("perhaps {name}: check the names; e changes it"),
        (true, "windows-1252") => format!("read as {name}: check the names"),
        (true, _) => name.to_owned(),
    };
    let headings = match (source.has_headings, source.titles.len()) {
        (false, _) => "no headings".to_owned(),
        (true, 0) => "the first row names the columns".to_owned(),
        (true, above) => format!("headings below {}", counted(above, "other row")),
    };
    let dates = match (opened.job.dates, opened.job.usual_dates) {
        (Some(order), _) => format!(", dates {}", order.label()),
        (None, Some(order)) => format!(", unclear dates {}", order.label()),
        (None, None) => String::new(),
    };
    format!("{delimiter}, {headings}, {encoding}{dates}")
}

/// Answers of the dialogs over the columns.
enum Reply {
    File(PathBuf),
    Word(String),
}

impl Screen for Import {
    fn title(&self) -> &str {
        match self.content {
            Content::Patients => "Import patients",
            Content::Worklist => "Import planned exams",
        }
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Import, Scope::List]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => vec![self.pick()],
            ScreenEvent::Returned => match self.replies.take() {
                Some(Reply::File(file)) => self.open(file, None, None, context),
                Some(Reply::Word(word)) => self.chosen(&word, context),
                // The patient table below has to be read of the change, too.
                None => vec![Action::Return],
            },
            ScreenEvent::Answer(worker::Answer::Import(Answer::Opened(opened))) => {
                self.awaited = None;
                match opened {
                    Ok(opened) => {
                        self.selection = Selection::default();
                        self.opened = Some(opened);
                        Vec::new()
                    }
                    Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
                }
            }
            ScreenEvent::Key(_, Some(command)) => self.handle(command, context),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let Some(opened) = &self.opened else {
            let sentence = match &self.awaited {
                Some(_) => "Reading the file …",
                None => "Press Enter to choose a CSV file.",
            };
            panel::remark(frame, area, sentence, Role::Muted, theme);
            return;
        };
        let file = opened.job.source.file.file_name().unwrap_or_default();
        let file = file.to_string_lossy();
        let title = shortened(&scrub(&file), usize::from(area.width.saturating_sub(8)));
        let inner = panel::framed(frame, area, &title, theme, true);
        let [said, _, columns, below] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Min(4),
                Constraint::Length(4),
            ],
        );
        frame.render_widget(Line::styled(facts(opened), theme.style(Role::Muted)), said);
        columns::draw(frame, columns, opened, self.selection, context);
        let lines = columns::below(opened, self.selection.index, theme);
        frame.render_widget(panel::paragraph(lines), below);
    }
}
