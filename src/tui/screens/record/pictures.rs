//! Pictures of a record: requested when they become visible, drawn when they have arrived.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Text};

use super::page;
use super::panes::Places;
use crate::imaging::overlay::CAPTION;
use crate::store::{Access, ExamId, PatientId, StoreError};
use crate::tui::context::Context;
use crate::tui::screens::Action;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::picture::Graphics;
use crate::tui::worker::Request;
use crate::tui::worker::record_view::{self, Drawing, Drawn, Kept, Of};

/// Rows of the text under a picture.
const WORDS: u16 = 2;

/// Pictures that were read and encoded.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    /// Exam whose pictures were requested last; `None` before the first request.
    asked: Option<Option<ExamId>>,
    /// Exam that these pictures belong to.
    exam: Option<ExamId>,
    kept: Option<Result<Of<Kept>, StoreError>>,
    drawn: Of<Drawn>,
}

impl Pictures {
    /// Requests the pictures of this exam, unless they were requested already.
    pub(super) fn want(
        &mut self,
        access: Option<&Access>,
        patient: PatientId,
        exam: Option<ExamId>,
    ) -> Option<Action> {
        if self.asked == Some(exam) {
            return None;
        }
        let access = access.cloned()?;
        self.asked = Some(exam);
        Some(Action::Ask(Request::RecordView(
            record_view::Request::Pictures {
                access,
                patient,
                exam,
            },
        )))
    }

    /// Drops the pictures because the record was read again; they are read again when visible.
    pub(super) fn forget(&mut self) {
        self.asked = None;
    }

    pub(super) fn has_photo(&self) -> bool {
        matches!(&self.kept, Some(Ok(kept)) if kept.photo.is_some())
    }

    /// Stores the pictures that arrived.
    pub(super) fn arrived(&mut self, exam: Option<ExamId>, kept: Result<Of<Kept>, StoreError>) {
        self.exam = exam;
        self.kept = Some(kept);
        self.drawn = Of::default();
    }

    /// Encodes them for their areas.
    pub(super) fn fit(&self, places: &Places, context: &Context<'_>) -> Option<Action> {
        let Some(Ok(kept)) = &self.kept else {
            return None;
        };
        let [key_image, heat_map] = halves(places.pictures);
        let [_, photo] = page::parts(places.page, self.has_photo());
        let drawing = |kept: &Kept, space: Rect| {
            let Some(Ok(image)) = kept else {
                return None;
            };
            (space.area() > 0).then(|| Drawing {
                image: image.clone(),
                space: space.as_size(),
            })
        };
        let drawings = Of {
            photo: drawing(&kept.photo, photo),
            key_image: drawing(&kept.key_image, key_image),
            heat_map: drawing(&kept.heat_map, heat_map).filter(|_| is_coloured(context)),
        };
        let is_any =
            drawings.photo.is_some() || drawings.key_image.is_some() || drawings.heat_map.is_some();
        let capabilities = context.capabilities.clone();
        is_any.then(|| {
            Action::Ask(Request::RecordView(record_view::Request::Draw {
                drawings,
                capabilities,
            }))
        })
    }

    pub(super) fn encoded(&mut self, drawn: Of<Drawn>) {
        self.drawn = drawn;
    }

    pub(super) fn draw_photo(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        if area.area() == 0 {
            return;
        }
        match (&self.kept, &self.drawn.photo) {
            (_, Some(Ok(picture))) => _ = picture.render(frame, area),
            (_, Some(Err(error))) => {
                panel::failure(frame, area, error, Role::Warning, context);
            }
            (Some(Ok(kept)), None) => {
                if let Some(Err(error)) = &kept.photo {
                    panel::failure(frame, area, error, Role::Warning, context);
                }
            }
            _ => {}
        }
    }

    /// Draws the pane with the slice and the heat map of `exam`.
    pub(super) fn draw(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        exam: Option<ExamId>,
        is_focused: bool,
        context: &Context<'_>,
    ) {
        if area.area() == 0 {
            return;
        }
        let theme = context.theme;
        let inner = panel::framed(frame, area, "Pictures of the exam", theme, is_focused);
        if is_focused {
            frame.set_cursor_position((inner.x, inner.y));
        }
        let kept = match &self.kept {
            _ if exam.is_none() => {
                let words = "There are no exams, so there are no pictures.";
                return panel::remark(frame, inner, words, Role::Muted, theme);
            }
            Some(Err(error)) => {
                return panel::failure(frame, inner, error, Role::Error, context);
            }
            Some(Ok(kept)) if self.exam == exam => kept,
            _ => return panel::remark(frame, inner, "Reading …", Role::Muted, theme),
        };
        if kept.key_image.is_none() && kept.heat_map.is_none() {
            let words = "No key image was kept with this exam.";
            return panel::remark(frame, inner, words, Role::Muted, theme);
        }
        let [key_image, heat_map] = halves(area);
        let nothing = "No heat map was kept.";
        let unseen = "The heat map needs colours, which this terminal does not show.";
        let without_map = match kept.heat_map.is_some() {
            true if !is_coloured(context) => unseen,
            _ => nothing,
        };
        one(
            frame,
            key_image,
            (&kept.key_image, &self.drawn.key_image),
            "No slice was kept.",
            context,
        );
        one(
            frame,
            heat_map,
            (&kept.heat_map, &self.drawn.heat_map),
            without_map,
            context,
        );
        for (space, is_map) in [(key_image, false), (heat_map, true)] {
            let below = Rect {
                y: space.bottom(),
                height: WORDS,
                ..space
            }
            .intersection(inner);
            let caption = match is_map {
                true => CAPTION,
                false => "slice as it was shown",
            };
            let quality = context.capabilities.graphics.captions(false);
            let words = std::iter::once(caption).chain(quality).map(Line::raw);
            let words = Text::from_iter(words).style(theme.style(Role::Muted));
            frame.render_widget(words.centered(), below);
        }
    }
}

/// True if pictures can have colours on this terminal.
fn is_coloured(context: &Context<'_>) -> bool {
    context.capabilities.graphics != Graphics::Shades
}

/// Areas of the slice and of the heat map within the pane.
fn halves(area: Rect) -> [Rect; 2] {
    let inner = Rect {
        x: area.x.saturating_add(2),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2 + WORDS),
    };
    let halves = [Constraint::Fill(1), Constraint::Fill(1)];
    Layout::horizontal(halves).spacing(2).areas(inner)
}

/// Draws one picture, or the reason why there is none.
fn one(
    frame: &mut Frame<'_>,
    area: Rect,
    (kept, drawn): (&Kept, &Drawn),
    nothing: &str,
    context: &Context<'_>,
) {
    let theme = context.theme;
    match (kept, drawn) {
        (Some(Err(error)), _) => panel::failure(frame, area, error, Role::Warning, context),
        (Some(Ok(_)), Some(Err(error))) => {
            panel::failure(frame, area, error, Role::Warning, context);
        }
        (Some(Ok(_)), Some(Ok(picture))) => _ = picture.render(frame, area),
        _ => panel::remark(frame, area, nothing, Role::Muted, theme),
    }
}
