//! Lesions on a result of the lesion reader: circles on the slice, and keys from one lesion to the next.

use super::ResultScreen;
use crate::tui::context::Context;
use crate::tui::keymap::Command;
use crate::tui::screens::Action;
use crate::tui::widgets::lesion_mark;

impl ResultScreen {
    /// Circles the lesions of the shown slice, which may differ from the requested one.
    pub(super) fn mark(&mut self) {
        let (shown, spacing_mm) = match &self.series_curve {
            Some(series_curve) => (
                series_curve.shown(),
                series_curve.series().geometry.spacing_mm,
            ),
            None => (Some(0), self.view.spacing_mm()),
        };
        let lesions = &self.slice.assessment.lesions;
        let marks =
            shown.map(|slice| lesion_mark::on_slice(lesions, slice, spacing_mm, self.lesion));
        self.view.mark(marks.unwrap_or_default());
    }

    /// Goes to the next lesion or the previous one, starting again at the ends, on any slice.
    pub(super) fn go_to_lesion(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let lesions = &self.slice.assessment.lesions;
        self.lesion = lesion_mark::step(lesions.len(), self.lesion, command);
        let lesion = self.lesion.and_then(|index| lesions.get(index));
        if let (Some(series_curve), Some(lesion)) = (&mut self.series_curve, lesion) {
            series_curve.go_to(lesion.slice.saturating_sub(1));
        }
        self.fit(context)
    }
}
