//! List of imports, newest first; undoes a whole import.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;

use crate::store::{ImportId, PastImport, UndoneImport};
use crate::text::{counted, scrub};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::screens::confirm::Confirm;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::import::{Answer, Request};
use crate::tui::worker::{self};

/// The screen.
#[derive(Default)]
pub(super) struct Imports {
    imports: Option<Vec<PastImport>>,
    selection: Selection,
    /// True if an import was undone, so that the patient table has to be read again.
    has_changed: bool,
    /// The import that the user said yes to undoing.
    undone: Inbox<ImportId>,
}

impl Imports {
    fn rows(&self) -> &[PastImport] {
        self.imports.as_deref().unwrap_or_default()
    }

    fn chosen(&self) -> Option<&PastImport> {
        self.rows().get(self.selection.index)
    }

    fn read(context: &Context<'_>) -> Vec<Action> {
        match context.access.cloned() {
            Some(access) => vec![Action::Ask(worker::Request::Import(Request::List {
                access,
            }))],
            None => Vec::new(),
        }
    }

    fn ask(&self) -> Vec<Action> {
        match self.chosen() {
            None => vec![Action::Tell(Notice::warning("There are no imports yet."))],
            Some(import) if import.undone.is_some() => {
                vec![Action::Tell(Notice::warning(
                    "This import is already undone.",
                ))]
            }
            Some(import) => {
                let sentence = format!(
                    "Undo this import? {} that it added will move to the deleted records and free their numbers; {} that it changed will get the earlier values back.{} What was changed since stays as it is.",
                    counted(import.added as usize, "patient"),
                    counted(import.changed as usize, "record"),
                    match import.planned {
                        0 => String::new(),
                        count => format!(
                            " {} will be removed or be as before.",
                            counted(count as usize, "planned exam")
                        ),
                    },
                );
                let id = import.id;
                let reply = self.undone.reply(move |()| id);
                let confirm = Confirm::new("Undo import", &sentence, "Undo", reply);
                vec![Action::Open(Box::new(confirm))]
            }
        }
    }

    /// Undoes the import that the question was about: the list may have been read again since.
    fn undo(import: ImportId, context: &Context<'_>) -> Vec<Action> {
        let undo = |access| worker::Request::Import(Request::Undo { access, import });
        let access = context.access.cloned();
        access.map(undo).map(Action::Ask).into_iter().collect()
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let page = usize::from(context.size.height / 2);
        let count = self.rows().len();
        if self.selection.handle(command, count, page) {
            return Vec::new();
        }
        match command {
            Command::Back if self.has_changed => vec![Action::Return],
            Command::Back => vec![Action::Close],
            Command::UndoImport => self.ask(),
            _ => Vec::new(),
        }
    }
}

/// Result of undoing, as a sentence.
fn message(undone: &UndoneImport) -> Notice {
    let sentence = format!(
        "Undone: {} deleted, {} restored",
        counted(undone.removed as usize, "new record"),
        counted(undone.restored as usize, "changed record"),
    );
    match undone.listed.first() {
        None => Notice::good(sentence),
        Some((number, reason)) => Notice::warning(format!(
            "{sentence}. {} stay unchanged, such as {}: {}",
            undone.stays,
            scrub(number),
            reason.reason()
        )),
    }
}

fn line(import: &PastImport, context: &Context<'_>) -> String {
    let made = context
        .moment
        .local(import.made_at)
        .strftime("%Y-%m-%d %H:%M");
    let undone = if import.undone.is_some() {
        ", undone"
    } else {
        ""
    };
    format!(
        "{made}  {}  {} added, {} changed{undone}",
        scrub(&import.file),
        import.added,
        import.changed
    )
}

fn detail(import: &PastImport, context: &Context<'_>) -> String {
    let by = scrub(&import.made_by);
    match &import.undone {
        None => {
            let key = keymap::label(&[Scope::Imports], Command::UndoImport);
            format!("Import {} by {by}. Press {key} to undo it.", import.id.0)
        }
        Some((at, undoer)) => format!(
            "Import {} by {by}, undone {} by {}.",
            import.id.0,
            context.moment.local(*at).strftime("%Y-%m-%d %H:%M"),
            scrub(undoer)
        ),
    }
}

impl Screen for Imports {
    fn title(&self) -> &str {
        "Imports"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Imports, Scope::List]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => Self::read(context),
            ScreenEvent::Answer(worker::Answer::Import(Answer::Listed(listed))) => match listed {
                Ok(imports) => {
                    self.imports = Some(imports);
                    Vec::new()
                }
                Err(error) => {
                    self.imports.get_or_insert_default();
                    vec![Action::Tell(Notice::error(error.to_string()))]
                }
            },
            ScreenEvent::Answer(worker::Answer::Import(Answer::Undone(undone))) => {
                self.has_changed = true;
                let mut actions = Self::read(context);
                actions.push(Action::Tell(match undone {
                    Ok(undone) => message(&undone),
                    Err(error) => Notice::error(error.to_string()),
                }));
                actions
            }
            ScreenEvent::Returned => match self.undone.take() {
                Some(import) => Self::undo(import, context),
                None => Vec::new(),
            },
            ScreenEvent::Key(_, Some(command)) => self.handle(command, context),
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        if self.rows().is_empty() {
            let sentence = match self.imports {
                Some(_) => "There are no imports yet.",
                None => "Reading the list …",
            };
            panel::remark(frame, area, sentence, Role::Muted, theme);
            return;
        }
        let inner = panel::framed(frame, area, "Imports, newest first", theme, true);
        let [list, below] = panel::stacked(inner, [Constraint::Min(1), Constraint::Length(2)]);
        let first = self
            .selection
            .first_in(self.rows().len(), list, context.areas);
        let rows = self.rows().iter().enumerate().skip(first);
        for ((index, import), row) in rows.zip(list.rows()) {
            let chosen = index == self.selection.index;
            let role = match (chosen, import.undone.is_some()) {
                (true, _) => Role::Selection,
                (false, true) => Role::Muted,
                (false, false) => Role::Text,
            };
            frame.buffer_mut().set_style(row, theme.style(role));
            frame.render_widget(Line::styled(line(import, context), theme.style(role)), row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
                let detail = panel::paragraph(detail(import, context));
                frame.render_widget(detail.style(theme.style(Role::Muted)), below);
            }
        }
    }
}
