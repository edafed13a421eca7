//! How many rows each field of a section takes on a screen, and which of them are seen.

use ratatui::layout::{Margin, Rect, Size};

use super::PatientForm;
use crate::clinical::patient::{Field, Kind};
use crate::text::{scrub, wrap};
use crate::tui::widgets::{chrome, text_area};

/// From this width on the sections stand at the side.
const WIDE: u16 = 110;
/// Columns of the sections at the side.
const SIDE: u16 = 38;
/// Longer lines are tiring to read.
const WIDEST: u16 = 150;
/// Rows of a long text, while it is in focus and while it is not.
const MOST_ROWS: [u16; 2] = [8, 3];
/// Rows of a complaint.
const COMPLAINT_ROWS: u16 = 2;

/// Where the parts of the form are.
#[derive(Debug, Clone, Copy)]
pub struct Places {
    /// At the side, or a line at the top.
    pub sections: Rect,
    /// The frame around a section.
    pub section: Rect,
    /// In it: the fields, and a line about the one in focus.
    pub fields: Rect,
    pub hint: Rect,
    /// Columns of the fields' names.
    pub label: u16,
}

impl Places {
    pub fn of(area: Rect) -> Self {
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

    /// Columns of what is typed.
    pub fn value_width(&self) -> usize {
        usize::from(self.fields.width.saturating_sub(self.label))
    }

    /// As they are on a terminal of this size.
    pub fn on(size: Size) -> Self {
        Self::of(chrome::body(size))
    }
}

/// One field as it is seen.
#[derive(Debug, Clone)]
pub struct Seen {
    pub field: Field,
    /// Rows of its value.
    pub height: u16,
    /// Rows below of what is wrong with it.
    pub complaint: Vec<String>,
}

impl Seen {
    fn rows(&self) -> u16 {
        self.height + self.complaint.len() as u16
    }
}

impl PatientForm {
    /// The fields of the section in focus from the first one that is seen, so that the one in focus is, and the rows
    /// between two of them.
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
