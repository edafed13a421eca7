//! Drawing of the three stages.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::{Line, Text};

use super::{BUNDLE, DEIDENTIFIED, FORMATS, Found, Share, Stage};
use crate::export::Format;
use crate::text::{counted, scrub, sentence, wrap};
use crate::tui::context::Context;
use crate::tui::files::Files;
use crate::tui::theme::Role;
use crate::tui::widgets::{chrome, panel, progress};

/// Largest width of a form or list.
const WIDTH: u16 = 100;
/// Rows of the sentence under the form.
const SENTENCE: u16 = 4;

const WHOLE: &str = "The copies hold the whole record, with names and dates. Each copy is entered in the audit log.";
const BUNDLES: &str = "A collection is a file to be read. A transaction is sent to a FHIR server: a second one adds nothing \
    that is there, and replaces results that changed.";
const DEIDENTIFIED_COPIES: &str = "Removed: names, numbers, addresses, dates, free text, photos, and pictures that \
    might show a name. A pseudonym replaces the patient, the age the birth date. Rare findings may still identify \
    the patient. Each copy is entered in the audit log.";

impl Share {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        match &self.stage {
            Stage::Choosing => self.draw_form(frame, area, context),
            Stage::Working { progress, .. } => {
                draw_wait(frame, area, progress.get(), context);
            }
            Stage::Done(found, first) => self.draw_end(frame, area, (found, *first), context),
        }
    }

    fn draw_form(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let title = format!("Copies of {}", counted(self.patients.len(), "record"));
        let area = panel::centred(area, WIDTH, area.height);
        let inner = panel::framed(frame, area, &title, theme, true);
        let rows = [Constraint::Min(0), Constraint::Length(SENTENCE)];
        let [form, below] = panel::stacked(inner, rows);
        let overlong = self.form.view(frame, form, context);
        let (words, role) = match (&overlong, self.says_yes(DEIDENTIFIED)) {
            (Some(complaint), _) => (complaint.as_str(), Role::Error),
            (None, true) => (DEIDENTIFIED_COPIES, Role::Accent),
            (None, false) => (self.explanation(), Role::Muted),
        };
        let sentence = panel::paragraph(words).style(theme.style(role));
        frame.render_widget(sentence, below);
    }

    /// Explanation of the focused format, or of the contents of all copies.
    fn explanation(&self) -> &'static str {
        if self.form.focus == BUNDLE {
            return BUNDLES;
        }
        let format = self.form.focus.checked_sub(FORMATS);
        let format = format.and_then(|place| Format::ALL.get(place));
        format.map_or(WHOLE, |format| format.described().1)
    }

    fn draw_end(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        (found, first): (&Found, usize),
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let area = panel::centred(area, WIDTH, area.height);
        let inner = panel::framed(frame, area, "Copies", theme, true);
        let lines = found.lines(usize::from(inner.width), context.files);
        let shown = lines
            .into_iter()
            .skip(first)
            .map(|(line, role)| Line::styled(line, theme.style(role)));
        frame.render_widget(Text::from_iter(shown), inner);
        frame.set_cursor_position((inner.x, inner.y));
    }

    /// Largest first line at which the last line is still shown.
    pub(super) fn furthest(&self, context: &Context<'_>) -> usize {
        let Stage::Done(found, _) = &self.stage else {
            return 0;
        };
        let body = chrome::body(context.size);
        let columns = body.width.min(WIDTH).saturating_sub(4);
        let rows = body.height.saturating_sub(2);
        let lines = found.lines(usize::from(columns), context.files).len();
        lines.saturating_sub(usize::from(rows))
    }
}

fn draw_wait(frame: &mut Frame<'_>, area: Rect, (done, of): (usize, usize), context: &Context<'_>) {
    let theme = context.theme;
    let area = panel::centred(area, area.width, 3);
    let [bar, _, words] = panel::stacked(area, [Constraint::Length(1); 3]);
    progress::bar(frame, bar, (done, of), theme);
    let text = match of {
        0 => "Making the copies …".to_owned(),
        of => format!("{done} of {of}"),
    };
    let line = Line::styled(text, theme.style(Role::Muted)).alignment(Alignment::Center);
    frame.render_widget(line, words);
    frame.set_cursor_position((words.x, words.y));
}

impl Found {
    /// Result as text, in lines of this many columns, with paths as the user sees them.
    fn lines(&self, columns: usize, files: &Files) -> Vec<(String, Role)> {
        let mut parts: Vec<(String, Role)> = Vec::new();
        match &self.copied {
            Some(Ok(())) => parts.push((
                "The summary was copied to the clipboard.".into(),
                Role::Good,
            )),
            Some(Err(error)) => parts.push((sentence(&error.to_string()), Role::Error)),
            None => {}
        }
        if let Some(exported) = &self.exported {
            if let Some(error) = &exported.error {
                parts.push((sentence(&error.to_string()), Role::Error));
            }
            let files = &exported.files;
            if !files.is_empty() {
                let count = counted(files.len(), "file");
                parts.push((
                    format!("{count} written, readable only by you:"),
                    Role::Good,
                ));
            }
            let paths = files.iter().map(|file| file.to_string_lossy());
            parts.extend(paths.map(|path| (path.into_owned(), Role::Text)));
            let left_out = exported.left_out.iter();
            parts.extend(left_out.map(|sentence| (sentence.clone(), Role::Warning)));
        }
        let broken = parts.into_iter().flat_map(|(text, role)| {
            let lines = wrap(&scrub(&files.in_words(&text)), columns);
            lines.into_iter().map(move |line| (line, role))
        });
        broken.collect()
    }
}
