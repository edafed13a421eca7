//! Rows of each field of a section on the screen, and the visible part.

use ratatui::layout::{Margin, Rect, Size};

use super::PatientForm;
use crate::clinical::patient::{Field, Kind};
use crate::text::{scrub, wrap};
use crate::tui::widgets::{chrome, text_area};

/// Width in columns from which the sections are listed at the side.
const WIDE: u16 = 110;
/// Width of the sections at the side.
const SIDE: u16 = 38;
/// Longest line that is comfortable to read.
const WIDEST: u16 = 150;
/// Most rows of paragraphs, while focused and while not.
const MOST_ROWS: [u16; 2] = [8, 3];
/// Most rows of a complaint.
const COMPLAINT_ROWS: u16 = 2;

/// Areas of the parts of the form.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    /// At the side, or a line at the top.
    pub sections: Rect,
    /// Frame around a section.
    pub section: Rect,
    /// Inside the frame: the fields, and a line about the focused one.
    pub fields: Rect,
    pub hint: Rect,
    /// Columns of the fields' names.
    pub label: u16,
}

impl Places {
    pub(super) fn of(area: Rect) -> Self {
        let width = area.width.min(WIDEST);
        let area = Rect {
            x: area.x + (area.width - width) / 2,
            width,
            ..area
        };
        let is_wide = area.width >= WIDE;
        let (sections, section) = match is_wide {
            true => (
                Rect {
                    width: SIDE,
                    ..area
                },
                Rect {
                    x: area.x + SIDE,
                    width: area.width - SIDE,
                    ..area
                },
            ),
            false => {
                let line = area.height.min(1);
                (
                    Rect {
                        height: line,
                        ..area
                    },
                    Rect {
                        y: area.y + line,
                        height: area.height - line,
                        ..area
                    },
                )
            }
        };
        let inner = section.inner(Margin::new(2, 1));
        let below = inner.height.min(1);
        let fields = Rect {
            height: inner.height - below,
            ..inner
        };
        let hint = Rect {
            y: fields.bottom(),
            height: below,
            ..inner
        };
        let longest = Field::all()
            .map(|field| field.label().chars().count())
            .max();
        Self {
            sections,
            section,
            fields,
            hint,
            label: longest.unwrap_or_default() as u16 + 2,
        }
    }

    /// Columns of a typed value.
    pub(super) fn value_width(&self) -> usize {
        usize::from(self.fields.width.saturating_sub(self.label))
    }

    /// Areas on a terminal of this size.
    pub(super) fn on(size: Size) -> Self {
        Self::of(chrome::body(size))
    }
}

/// A field as it is drawn.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub field: Field,
    /// Rows of its value.
    pub height: u16,
    /// Lines below it with the complaint.
    pub complaint: Vec<String>,
}

impl Seen {
    fn rows(&self) -> u16 {
        self.height + self.complaint.len() as u16
    }
}

impl PatientForm {
    /// Visible fields of the focused section, scrolled so that the focused field is visible, and the rows between two
    /// of them.
    pub(super) fn seen(&self, places: &Places) -> (Vec<Seen>, u16) {
        let width = places.value_width();
        let height = places.fields.height;
        let fields = self.focus.section().fields();
        let mut all: Vec<Seen> = fields
            .map(|field| self.seen_field(field, width, height))
            .collect();
        let rows: u16 = all.iter().map(Seen::rows).sum();
        let gaps = all.len().saturating_sub(1) as u16;
        let gap = u16::from(rows + gaps <= height);
        let at = all
            .iter()
            .position(|seen| seen.field == self.focus)
            .unwrap_or_default();
        let mut first = 0;
        let through = |first: usize| -> u16 {
            let seen = all.get(first..=at).unwrap_or_default();
            seen.iter().map(|seen| seen.rows() + gap).sum()
        };
        while first < at && through(first) > height + gap {
            first += 1;
        }
        (all.split_off(first), gap)
    }

    fn seen_field(&self, field: Field, width: usize, most: u16) -> Seen {
        let focused = field == self.focus;
        let [in_focus, elsewhere] = MOST_ROWS;
        let rows = match field.kind() {
            Kind::Paragraphs(_) => {
                let text = if focused {
                    self.input.value()
                } else {
                    self.value(field)
                };
                text_area::rows(text, width).len() as u16
            }
            Kind::FollowUps => self.follow_ups().len() as u16 + u16::from(focused),
            _ => 1,
        };
        let allowed = if focused { in_focus } else { elsewhere };
        let complaint = self.complaints.get(&field);
        let mut complaint = complaint.map_or(Vec::new(), |sentence| wrap(&scrub(sentence), width));
        complaint.truncate(usize::from(COMPLAINT_ROWS));
        let room = most.saturating_sub(complaint.len() as u16);
        Seen {
            field,
            height: rows.clamp(1, allowed).min(room.max(1)),
            complaint,
        }
    }
}
