//! The part of a result that only the lesion reader's has: circles on the slice, and the way from one lesion to the next.

use super::FindingScreen;
use crate::tui::context::Context;
use crate::tui::keymap::Command;
use crate::tui::screens::Action;
use crate::tui::widgets::lesion_mark;

impl FindingScreen {
    /// Circles the lesions of the slice that is shown, which need not be the one that is wanted.
    pub(super) fn mark(&mut self) {
        let (shown, spacing_mm) = match &self.course {
            Some(course) => (course.shown(), course.series().geometry.spacing_mm),
            None => (Some(0), self.view.spacing_mm()),
        };
        let lesions = &self.slice.assessment.lesions;
        let marks =
            shown.map(|slice| lesion_mark::on_slice(lesions, slice, spacing_mm, self.lesion));
        self.view.mark(marks.unwrap_or_default());
    }

    /// Goes to the next lesion or to the one before, round at the ends, on whichever slice it lies.
    pub(super) fn go_to_lesion(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let lesions = &self.slice.assessment.lesions;
        self.lesion = lesion_mark::step(lesions.len(), self.lesion, command);
        let lesion = self.lesion.and_then(|index| lesions.get(index));
        if let (Some(course), Some(lesion)) = (&mut self.course, lesion) {
            course.go_to(lesion.slice.saturating_sub(1));
        }
        self.fit(context)
    }
}
