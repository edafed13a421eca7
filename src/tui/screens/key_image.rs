//! Key image kept with an exam, shown even if the scan file is gone.

use std::path::PathBuf;
use std::sync::Arc;

use image::DynamicImage;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect, Size};
use ratatui::text::{Line, Text};

use super::{Action, Screen, ScreenEvent};
use crate::imaging::overlay::CAPTION;
use crate::store::{Exam, ExamId, PatientId};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::picture::{Graphics, Picture};
use crate::tui::widgets::picture_error::PictureError;
use crate::tui::widgets::{chrome, heat_scale, panel};
use crate::tui::worker::key_image::{KeptPictures, KeyImageError};
use crate::tui::worker::{Answer, pictures};

/// Rows of the text under a picture.
const WORDS: u16 = 4;

/// The screen.
pub struct KeyImage {
    patient: PatientId,
    exam: ExamId,
    source: PathBuf,
    saved_at: Timestamp,
    kept: Option<Result<Box<KeptPictures>, KeyImageError>>,
    wants_heat_map: bool,
    picture: Option<Result<Arc<Picture>, PictureError>>,
}

impl KeyImage {
    /// Key image of an exam of this patient.
    pub fn new(patient: PatientId, exam: &Exam) -> Self {
        Self {
            patient,
            exam: exam.id,
            source: exam.slice.source_path.clone(),
            saved_at: exam.created_at,
            kept: None,
            wants_heat_map: false,
            picture: None,
        }
    }

    fn kept(&self) -> Option<&KeptPictures> {
        match &self.kept {
            Some(Ok(kept)) => Some(kept),
            _ => None,
        }
    }

    fn image(&self) -> Option<&Arc<DynamicImage>> {
        let kept = self.kept()?;
        match self.wants_heat_map {
            true => kept.heat_map.as_ref(),
            false => kept.key_image.as_ref(),
        }
    }

    /// Encodes the picture for this terminal.
    fn fit(&self, context: &Context<'_>) -> Vec<Action> {
        let body = chrome::body(context.size);
        let space = Size::new(
            body.width.saturating_sub(4),
            body.height.saturating_sub(2 + WORDS),
        );
        let encode = |image: &Arc<DynamicImage>| {
            Action::ask(pictures::Request::Kept {
                image: Arc::clone(image),
                with_heat_map: self.wants_heat_map,
                space,
                capabilities: context.capabilities.clone(),
            })
        };
        self.image().map(encode).into_iter().collect()
    }

    fn toggle(&mut self, context: &Context<'_>) -> Vec<Action> {
        if self.kept().is_some_and(|kept| kept.heat_map.is_none()) {
            let sentence = "No heat map was kept with this exam.";
            return vec![Action::Tell(Notice::warning(sentence))];
        }
        if context.capabilities.graphics == Graphics::Shades {
            let sentence = "The heat map needs colours, which this terminal does not show.";
            return vec![Action::Tell(Notice::warning(sentence))];
        }
        self.wants_heat_map = !self.wants_heat_map;
        self.fit(context)
    }

    fn words(&self, kept: &KeptPictures, width: u16, context: &Context<'_>) -> Text<'static> {
        let theme = context.theme;
        let at = context.moment.local(self.saved_at);
        let name = self.source.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let name = scrub(&name);
        let (there, role) = match kept.source_is_there {
            true => (format!("The scan file {name} still exists."), Role::Muted),
            false => (
                format!("The scan file {name} was moved or deleted."),
                Role::Warning,
            ),
        };
        let drawn = match &self.picture {
            Some(Ok(picture)) => picture.with_heat_map,
            _ => false,
        };
        let mut lines = vec![Line::styled(
            at.strftime("Key image, as shown when the exam was saved, %Y-%m-%d %H:%M.")
                .to_string(),
            theme.style(Role::Accent),
        )];
        lines.push(Line::styled(there, theme.style(role)));
        let captions = context.capabilities.graphics.captions(drawn);
        let room = usize::from(width).saturating_sub(CAPTION.len() + 2) as u16;
        lines.extend(captions.into_iter().map(|words| {
            let mut line = Line::styled(words, theme.style(Role::Muted));
            let scale = heat_scale::line(room, context.capabilities);
            if let Some(scale) = scale.filter(|_| words == CAPTION) {
                line.push_span("  ");
                line.extend(scale);
            }
            line
        }));
        Text::from(lines)
    }
}

impl Screen for KeyImage {
    fn title(&self) -> &str {
        "Key image"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::KeyImage]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                let Some(access) = context.access.cloned() else {
                    return Vec::new();
                };
                vec![Action::ask(pictures::Request::OfExam {
                    access,
                    patient: self.patient,
                    exam: self.exam,
                    source: self.source.clone(),
                })]
            }
            ScreenEvent::Reshaped => self.fit(context),
            ScreenEvent::Answer(Answer::Pictures(pictures::Answer::OfExam(kept))) => {
                self.kept = Some(kept);
                self.fit(context)
            }
            ScreenEvent::Answer(Answer::Pictures(pictures::Answer::Encoded(picture))) => {
                self.picture = Some(picture);
                Vec::new()
            }
            ScreenEvent::Key(_, Some(Command::Attention)) => self.toggle(context),
            ScreenEvent::Key(_, Some(Command::Back)) => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let name = self.source.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let inner = panel::framed(frame, area, &scrub(&name), theme, true);
        frame.set_cursor_position((inner.x, inner.y));
        let kept = match &self.kept {
            None => return panel::remark(frame, inner, "Reading …", Role::Muted, theme),
            Some(Err(error)) => {
                return panel::failure(frame, inner, error, Role::Error, context);
            }
            Some(Ok(kept)) => kept,
        };
        if kept.key_image.is_none() {
            let words = "No key image was kept with this exam.";
            return panel::remark(frame, inner, words, Role::Muted, theme);
        }
        let words = Constraint::Length(WORDS);
        let [space, below] = panel::stacked(inner, [Constraint::Min(0), words]);
        frame.render_widget(self.words(kept, below.width, context).centered(), below);
        match &self.picture {
            // A picture encoded for a larger space would spill over; the right one is on its way.
            Some(Ok(picture))
                if picture.space.width <= space.width && picture.space.height <= space.height =>
            {
                picture.render(frame, space);
            }
            Some(Err(error)) => panel::failure(frame, space, error, Role::Warning, context),
            _ => panel::remark(frame, space, "…", Role::Muted, theme),
        }
    }
}
