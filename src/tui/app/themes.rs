//! The theme: that of the settings until somebody signs in, then the one that the account chose.

use super::{APPLICATION, App, Effect};
use crate::cancel::Cancel;
use crate::tui::context::Notice;
use crate::tui::theme::Theme;
use crate::tui::worker::themes;

impl App {
    /// Draws in another theme without choosing it.
    pub(super) fn preview_theme(&mut self, theme: Option<&Theme>) {
        let theme = theme.unwrap_or(&self.theme);
        self.shown_theme = theme.at(self.capabilities.colour);
        self.previewed = theme.clone();
    }

    /// The previewed theme becomes the chosen one.
    pub(super) fn choose_theme(&mut self) {
        self.theme = self.previewed.clone();
    }

    /// Returns to the theme of the settings: the account that chose another one is signed out.
    pub(super) fn forget_theme(&mut self) {
        self.theme = self.usual_theme.clone();
        self.preview_theme(None);
    }

    /// Asks for the theme of the account that signed in.
    pub(super) fn ask_for_theme(&mut self, effects: &mut Vec<Effect>) {
        let Some(signed_in) = &self.signed_in else {
            return;
        };
        let request = themes::Request::Own {
            access: signed_in.access.clone(),
            folder: self.home.join("themes"),
        };
        effects.push(self.ask(APPLICATION, request.into(), Cancel::default()));
    }

    pub(super) fn take_theme(&mut self, answer: themes::Answer) {
        // Without an answer the theme of the settings stays.
        let themes::Answer::Own(Ok(Some(loaded))) = answer else {
            return;
        };
        match loaded {
            Ok(theme) if self.signed_in.is_some() => {
                self.theme = theme;
                self.preview_theme(None);
            }
            Ok(_) => {}
            Err(error) => self.tell(Notice::warning(error.to_string())),
        }
    }
}
