//! A record form whose contents are saved as a draft: the part that a new record and the change of one share.

use crate::store::StoreError;
use crate::tui::context::Context;
use crate::tui::draft::DraftKeeper;
use crate::tui::keymap::Command;
use crate::tui::screens::{Action, ScreenEvent};
use crate::tui::worker::Answer;

use super::{FormOutcome, PatientForm, photo_missing};

/// A screen with a record form and its draft.
pub trait Drafted {
    /// The form and the keeper of its draft.
    fn parts(&mut self) -> (&mut PatientForm, &mut DraftKeeper);

    /// Text that is saved as the draft.
    fn content(&self) -> String;

    /// Fills in the form from the text of a draft.
    fn restore(&mut self, content: &str);

    /// True while the record is being saved: then no key changes it.
    fn is_saving(&self) -> bool;

    /// The saving ended in a fault of the program.
    fn stop_saving(&mut self);

    /// Requests as the screen opens, besides that for a draft.
    fn open(&mut self, context: &Context<'_>) -> Vec<Action>;

    /// Checks the form and saves the record.
    fn submit(&mut self, context: &Context<'_>) -> Vec<Action>;

    /// Takes an answer of the worker, other than one about the draft.
    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action>;

    /// Takes the reply of a dialog of the screen itself; none if the dialog was the form's.
    fn returned(&mut self, context: &Context<'_>) -> Option<Vec<Action>>;
}

/// Handles an event: first the draft, then the screen, then a photo that was named.
pub fn update(
    screen: &mut impl Drafted,
    event: ScreenEvent<'_>,
    context: &Context<'_>,
) -> Vec<Action> {
    let content = screen.content();
    let (_, draft) = screen.parts();
    let (restored, mut actions) = draft.on_answer(&event, &content, context);
    if let Some(content) = restored {
        screen.restore(&content);
    }
    actions.extend(handle(screen, event, context));
    let (form, _) = screen.parts();
    actions.extend(form.ask_for_photo());
    actions
}

fn handle(screen: &mut impl Drafted, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
    let is_saving = screen.is_saving();
    match event {
        ScreenEvent::Opened => {
            let content = screen.content();
            let (_, draft) = screen.parts();
            let mut actions = draft.begin(content, context);
            actions.extend(screen.open(context));
            return actions;
        }
        ScreenEvent::Answer(answer) => return screen.answered(answer, context),
        ScreenEvent::Failed => {
            screen.stop_saving();
            return Vec::new();
        }
        ScreenEvent::Key(..) | ScreenEvent::Paste(_) if is_saving => return Vec::new(),
        ScreenEvent::Key(_, Some(Command::Back)) => {
            let content = screen.content();
            let (_, draft) = screen.parts();
            return draft.leave(&content);
        }
        ScreenEvent::Key(key, command) => {
            let (form, _) = screen.parts();
            match form.take(key, command, context) {
                FormOutcome::Save => return screen.submit(context),
                FormOutcome::Acts(actions) => return actions,
                FormOutcome::Stays => {}
            }
        }
        ScreenEvent::Paste(text) => screen.parts().0.paste(text, context),
        ScreenEvent::Returned => match screen.returned(context) {
            Some(actions) => return actions,
            None => screen.parts().0.returned(),
        },
        _ => return Vec::new(),
    }
    let content = screen.content();
    let (_, draft) = screen.parts();
    draft.typed(&content, context);
    Vec::new()
}

/// The record is saved: the actions that say so, and a message if its photo is missing.
pub fn saved(mut actions: Vec<Action>, photo: Result<(), StoreError>) -> Vec<Action> {
    let missing = photo.err().map(|error| photo_missing(&error));
    actions.extend(missing);
    actions
}
