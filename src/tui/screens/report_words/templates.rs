//! Templates of the hospital: filled into the empty parts of an exam's words, or edited themselves.

use tui_input::Input;

use super::{Purpose, WordsForm, ask_for};
use crate::clinical::lung_rads::Category;
use crate::clinical::report::{ReportWords, template};
use crate::tui::context::{Context, Notice};
use crate::tui::screens::Action;
use crate::tui::worker::reports;

impl WordsForm {
    /// Asks for the template of the exam's category, or turns to the next category.
    pub(super) fn fill_in(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let is_touched = self.is_touched();
        match &mut self.purpose {
            Purpose::Addendum(_) => Vec::new(),
            Purpose::Exam { about: None, .. } => Vec::new(),
            Purpose::Exam {
                about: Some(about), ..
            } => {
                let measured = about.0.category();
                let category = measured.map_or(Category::NeedsRadiologist, |it| it.category);
                vec![ask_for(reports::Request::Template { access, category })]
            }
            Purpose::Template(_) if is_touched => {
                let message = "The template was changed: F2 saves it, Esc leaves it.";
                vec![Action::Tell(Notice::warning(message))]
            }
            Purpose::Template(category) => {
                let at = Category::ALL.iter().position(|one| one == category);
                let next = (at.unwrap_or(0) + 1) % Category::ALL.len();
                *category = Category::ALL[next];
                self.kept = None;
                self.ask(context)
            }
        }
    }

    /// Stores a template: whole where templates are edited, otherwise in the parts that are empty.
    pub(super) fn on_template(&mut self, words: &ReportWords) -> Vec<Action> {
        let Purpose::Exam { about, .. } = &self.purpose else {
            self.set(words);
            return Vec::new();
        };
        let Some(about) = about else {
            return Vec::new();
        };
        let filled = template::fill(words, &about.0, about.1);
        let parts: Vec<String> = filled.parts().map(|(_, text)| text.to_owned()).collect();
        let mut count = 0;
        for (area, text) in self.areas.iter_mut().zip(parts) {
            if area.value().trim().is_empty() && !text.is_empty() {
                *area = Input::new(text);
                count += 1;
            }
        }
        let message = match count {
            0 => "The template fills empty parts alone; there was nothing to fill.",
            _ => "The template is filled in; read it before you save.",
        };
        vec![Action::Tell(Notice::remark(message))]
    }
}
