//! One attachment, drawn for the terminal: a picture, or the first page of a PDF file.

use std::sync::Arc;

use image::DynamicImage;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect, Size};
use ratatui::text::{Line, Text};

use super::{save, saved_notice, work};
use crate::store::{AttachedFile, FileType};
use crate::text::{file_size, scrub};
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::picture::Picture;
use crate::tui::widgets::picture_error::PictureError;
use crate::tui::widgets::{chrome, panel};
use crate::tui::worker::attachments::{Answer as Done, AttachmentError, Request};
use crate::tui::worker::{Answer, pictures};

/// Rows of the text under the picture.
const WORDS: u16 = 2;

/// The screen.
pub(super) struct ShownAttachment {
    file: AttachedFile,
    image: Option<Result<Arc<DynamicImage>, AttachmentError>>,
    picture: Option<Result<Arc<Picture>, PictureError>>,
    is_saving: bool,
}

impl ShownAttachment {
    pub(super) fn new(file: AttachedFile) -> Self {
        Self {
            file,
            image: None,
            picture: None,
            is_saving: false,
        }
    }

    /// Encodes the picture for this terminal.
    fn fit(&self, context: &Context<'_>) -> Vec<Action> {
        let Some(Ok(image)) = &self.image else {
            return Vec::new();
        };
        let body = chrome::body(context.size);
        let space = Size::new(
            body.width.saturating_sub(4),
            body.height.saturating_sub(2 + WORDS),
        );
        vec![Action::ask(pictures::Request::Kept {
            image: Arc::clone(image),
            with_heat_map: false,
            space,
            capabilities: context.capabilities.clone(),
        })]
    }

    fn words(&self, context: &Context<'_>) -> Text<'static> {
        let file = &self.file;
        let at = context.moment.local(file.created_at);
        let part = match file.file_type {
            FileType::Pdf => "first page of a PDF file",
            FileType::Jpeg | FileType::Png => file.file_type.label(),
        };
        let about = format!(
            "{part}, {}, attached {} by {}",
            file_size(file.bytes_len),
            at.strftime("%Y-%m-%d %H:%M"),
            scrub(&file.created_by)
        );
        Text::from(Line::styled(about, context.theme.style(Role::Muted)))
    }
}

impl Screen for ShownAttachment {
    fn title(&self) -> &str {
        "Attachment"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::ShownAttachment]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                let file = Box::new(self.file.clone());
                work(context, |access| Request::Open { access, file })
            }
            ScreenEvent::Reshaped => self.fit(context),
            ScreenEvent::Failed => {
                self.is_saving = false;
                Vec::new()
            }
            ScreenEvent::Answer(Answer::Attachments(Done::Opened(image))) => {
                self.image = Some(image);
                self.fit(context)
            }
            ScreenEvent::Answer(Answer::Attachments(Done::Saved(saved))) => {
                self.is_saving = false;
                vec![saved_notice(saved)]
            }
            ScreenEvent::Answer(Answer::Pictures(pictures::Answer::Encoded(picture))) => {
                self.picture = Some(picture);
                Vec::new()
            }
            ScreenEvent::Key(_, Some(Command::Save)) if !self.is_saving => {
                self.is_saving = true;
                save(self.file.clone(), context)
            }
            ScreenEvent::Key(_, Some(Command::Back)) => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let inner = panel::framed(frame, area, &scrub(&self.file.name), theme, true);
        frame.set_cursor_position((inner.x, inner.y));
        let [space, below] = panel::stacked(inner, [Constraint::Min(0), Constraint::Length(WORDS)]);
        frame.render_widget(self.words(context).centered(), below);
        match (&self.image, &self.picture) {
            (Some(Err(error)), _) => panel::failure(frame, space, error, Role::Error, context),
            (_, Some(Err(error))) => panel::failure(frame, space, error, Role::Error, context),
            // A picture encoded for a larger space would spill over; the right one is on its way.
            (_, Some(Ok(picture)))
                if picture.space.width <= space.width && picture.space.height <= space.height =>
            {
                picture.render(frame, space);
            }
            _ => panel::remark(frame, space, "Reading …", Role::Muted, theme),
        }
    }
}
