//! Question with yes and no. No is selected at first.

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

/// Question to confirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    Leave,
    SignOut,
    /// Discard an unsaved result.
    Discard,
    /// Delete a saved exam.
    DeleteExam,
    /// Delete a nodule of an exam.
    DeleteNodule(NoduleId),
    /// Perform an administrator's action on an account.
    Administer(AccountId, AccountAction),
    RevokeToken(TokenId),
    /// Leave a form with unsaved text.
    DiscardChanges,
    /// Delete a patient with the whole record.
    DeletePatient {
        exams: usize,
        nodules: usize,
        reports: usize,
    },
    /// Delete several patients with their records.
    DeletePatients {
        patients: usize,
    },
    /// Import rows of a file.
    Import {
        rows: u64,
    },
    /// Undo an import.
    UndoImport {
        import: ImportId,
        added: u32,
        changed: u32,
    },
    /// Sign a report.
    SignReport {
        version: u32,
    },
}

/// Texts of a question.
struct Words {
    title: Cow<'static, str>,
    sentence: Cow<'static, str>,
    /// Label of the yes button.
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
            Self::Leave => ("Quit", "Sign out and quit LUNNY? Saved data stays.", "Quit"),
            Self::SignOut => (
                "Sign out",
                "Sign out and return to the first screen?",
                "Sign out",
            ),
            Self::Discard => (
                "Discard result",
                "This result is not saved. Discard it? The scan file stays.",
                "Discard",
            ),
            Self::DeleteExam => (
                "Delete exam",
                "Delete this exam with its probability and category from the patient's record? The patient and \
                 the scan file stay. You can undo it until you leave this screen.",
                "Delete",
            ),
            Self::DeleteNodule(_) => (
                "Delete nodule",
                "Delete this nodule with its measurements? Press u to undo until you delete another or leave this \
                 list.",
                "Delete",
            ),
            Self::Administer(..) => ("Account", "Change this account?", "Change"),
            Self::RevokeToken(_) => (
                "Revoke token",
                "Revoke this token? Scripts that use it can no longer sign in.",
                "Revoke",
            ),
            Self::DiscardChanges => (
                "Discard changes",
                "Your changes are not saved. Leave without saving?",
                "Discard",
            ),
            Self::DeletePatient {
                exams,
                nodules,
                reports,
            } => {
                let sentence = format!(
                    "Delete this patient with {}, {} and {}? Press u to undo right after; later restore it \
                     from the deleted records. The scan files stay.",
                    counted(exams, "exam"),
                    counted(nodules, "nodule"),
                    counted(reports, "report"),
                );
                return Words::new("Delete patient", sentence, "Delete");
            }
            Self::DeletePatients { patients } => {
                let sentence = format!("Delete {}?", counted(patients, "patient"));
                return Words::new("Delete patients", sentence, "Delete");
            }
            Self::Import { rows } => {
                let sentence = format!(
                    "Import {} as in the dry run? Changed records keep their earlier version.",
                    counted(rows as usize, "row"),
                );
                return Words::new("Import patients", sentence, "Import");
            }
            Self::UndoImport { added, changed, .. } => {
                let sentence = format!(
                    "Undo this import? {} that it added will move to the deleted records and free their numbers; {} that it changed will get the earlier values back. Records that were changed since stay as they are.",
                    counted(added as usize, "patient"),
                    counted(changed as usize, "record"),
                );
                return Words::new("Undo import", sentence, "Undo");
            }
            Self::SignReport { version } => {
                let sentence = format!(
                    "Sign version {version} as final? As a radiologist you confirm that you read the images and that \
                     this text is your report. It cannot be changed or unsigned; a later version is an amendment.",
                );
                return Words::new("Sign report", sentence, "Sign");
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

    /// The same question with texts that name its subject.
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

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(_, Some(command)) = event else {
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

/// Draws No and `yes` in a row, with the cursor on the selected one.
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
