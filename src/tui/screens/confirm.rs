//! A question with yes and no. No is chosen until the user says otherwise.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::{Action, Returned, Screen, ScreenEvent};
use crate::store::{AccountId, ImportId, NoduleId, TokenId};
use crate::text::{counted, scrub};
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::panel;
use crate::tui::worker::accounts::AccountAction;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    Leave,
    SignOut,
    /// An unsaved result is about to be given up.
    Discard,
    /// A saved exam is about to be deleted.
    DeleteExam,
    /// A nodule of an exam is about to be deleted.
    DeleteNodule(NoduleId),
    /// An administrator is about to do something to an account.
    Administer(AccountId, AccountAction),
    RevokeToken(TokenId),
    /// A form is about to be left with something typed into it.
    DiscardChanges,
    /// A patient is about to be deleted, with all that is kept of them.
    DeletePatient {
        exams: usize,
        nodules: usize,
        reports: usize,
    },
    /// Several patients are about to be deleted, with all that is kept of them.
    DeletePatients {
        patients: usize,
    },
    /// Rows of a file are about to be taken in.
    Import {
        rows: u64,
    },
    /// An import is about to be undone.
    UndoImport {
        import: ImportId,
        added: u32,
        changed: u32,
    },
    /// A report is about to be signed.
    SignReport {
        version: u32,
    },
}

/// How a question is put.
struct Words {
    title: Cow<'static, str>,
    sentence: Cow<'static, str>,
    /// What yes is called.
    yes: &'static str,
}

impl Words {
    fn new(title: &'static str, sentence: impl Into<Cow<'static, str>>, yes: &'static str) -> Self {
        Self {
            title: title.into(),
            sentence: sentence.into(),
            yes,
        }
    }
}

impl Question {
    fn words(self) -> Words {
        let (title, sentence, yes) = match self {
            Self::Leave => (
                "Quit",
                "Log out and quit LUNNY? Nothing that is saved is lost.",
                "Quit",
            ),
            Self::SignOut => (
                "Log out",
                "Log out and go back to the first screen?",
                "Log out",
            ),
            Self::Discard => (
                "Discard the result",
                "This result has not been saved. Discard it? The scan file stays where it is.",
                "Discard",
            ),
            Self::DeleteExam => (
                "Delete the exam",
                "Delete this exam, its probability and its category from the patient's record? The patient and \
                 the scan file stay. It can be undone until you leave this screen.",
                "Delete",
            ),
            Self::DeleteNodule(_) => (
                "Delete the nodule",
                "Delete this nodule with its measurements? U brings it back until you delete another or leave this \
                 list.",
                "Delete",
            ),
            Self::Administer(..) => ("Account", "Do this to the account?", "Do it"),
            Self::RevokeToken(_) => (
                "Revoke the token",
                "Revoke this token? Whatever signs in with it is refused from now on.",
                "Revoke",
            ),
            Self::DiscardChanges => (
                "Discard the changes",
                "What you typed has not been saved. Leave without it?",
                "Discard",
            ),
            Self::DeletePatient {
                exams,
                nodules,
                reports,
            } => {
                let sentence = format!(
                    "Delete this patient with {}, {} and {}? U brings all of it back right after; later it is \
                     among the deleted records. The scan files stay.",
                    counted(exams, "exam"),
                    counted(nodules, "nodule"),
                    counted(reports, "report"),
                );
                return Words::new("Delete the patient", sentence, "Delete");
            }
            Self::DeletePatients { patients } => {
                let sentence = format!("Delete {}?", counted(patients, "patient"));
                return Words::new("Delete patients", sentence, "Delete");
            }
            Self::Import { rows } => {
                let sentence = format!(
                    "Take in {} as the dry run says? Records that change keep their earlier version.",
                    counted(rows as usize, "row"),
                );
                return Words::new("Import patients", sentence, "Import");
            }
            Self::UndoImport { added, changed, .. } => {
                let sentence = format!(
                    "Undo this import? {} that it added go to the deleted records and free their numbers; {} that it changed say again what they said before. What was worked on since stays.",
                    counted(added as usize, "patient"),
                    counted(changed as usize, "record"),
                );
                return Words::new("Undo the import", sentence, "Undo");
            }
            Self::SignReport { version } => {
                let sentence = format!(
                    "Sign version {version} as final? You state as a radiologist that you read the images and that \
                     this text is your report. It cannot be changed or unsigned; a later version is an amendment.",
                );
                return Words::new("Sign the report", sentence, "Sign");
            }
        };
        Words::new(title, sentence, yes)
    }
}

/// The dialog.
pub struct Confirm {
    question: Question,
    words: Words,
    yes: bool,
}

impl Confirm {
    pub fn new(question: Question) -> Self {
        Self {
            question,
            words: question.words(),
            yes: false,
        }
    }

    /// The same question in words that name whom it is about.
    pub fn about(question: Question, title: String, sentence: String, yes: &'static str) -> Self {
        let words = Words {
            title: scrub(&title).into_owned().into(),
            sentence: scrub(&sentence).into_owned().into(),
            yes,
        };
        Self {
            words,
            ..Self::new(question)
        }
    }

    fn decide(&self, yes: bool) -> Vec<Action> {
        if yes {
            vec![Action::Return(Returned::Confirmed(self.question))]
        } else {
            vec![Action::Close]
        }
    }
}

impl Screen for Confirm {
    fn title(&self) -> &str {
        &self.words.title
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Confirm]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn question(&self) -> Option<Question> {
        Some(self.question)
    }

    fn update(&mut self, happening: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(_, Some(command)) = happening else {
            return Vec::new();
        };
        match command {
            Command::Yes => self.decide(true),
            Command::No => self.decide(false),
            Command::Open => self.decide(self.yes),
            Command::Toggle => {
                self.yes = !self.yes;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let Words {
            title,
            sentence,
            yes,
        } = &self.words;
        let width = area.width.min(56);
        let text = panel::paragraph(sentence.as_ref());
        let height = text.line_count(width.saturating_sub(4)) as u16 + 4;
        let inner = panel::raised(frame, panel::centred(area, width, height), title, theme);
        let [question, _, buttons] = panel::stacked(
            inner,
            [
                Constraint::Min(0),
                Constraint::Length(1),
                Constraint::Length(1),
            ],
        );
        frame.render_widget(text, question);
        draw_buttons(frame, buttons, yes, self.yes, theme);
    }
}

/// Draws No and `yes` in a row, with the cursor on the one that is chosen.
pub(super) fn draw_buttons(
    frame: &mut Frame<'_>,
    area: Rect,
    yes: &str,
    yes_is_chosen: bool,
    theme: &Theme,
) {
    let style = |chosen: bool| theme.style(if chosen { Role::Selection } else { Role::Field });
    let no = "  No  ";
    let line = Line::from(vec![
        Span::styled(no, style(!yes_is_chosen)),
        Span::raw("  "),
        Span::styled(format!("  {yes}  "), style(yes_is_chosen)),
    ]);
    frame.render_widget(line, area);
    let column = if yes_is_chosen {
        no.len() as u16 + 2
    } else {
        0
    };
    frame.set_cursor_position((area.x + column, area.y));
}
