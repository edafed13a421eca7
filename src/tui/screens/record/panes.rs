//! Parts of a record and their areas: side by side on a large screen, one at a time on a small one.

use ratatui::layout::{Constraint, Layout, Rect};

use crate::tui::widgets::panel;

/// Size from which the panes are side by side.
const WIDE: (u16, u16) = (110, 34);
/// Rows of the frame with the patient.
const WHO: u16 = 4;
/// Largest number of exams listed before the list scrolls.
const MOST_EXAMS: u16 = 6;
/// Rows of the answer to an exam where it shares the screen.
const ANSWER: u16 = 10;
/// Rows of the exams over time where they share the screen.
const COURSE: u16 = 13;

/// Part of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Pane {
    /// The exams, and the answer to the selected one.
    #[default]
    Exams,
    /// All stated fields of the patient.
    Page,
    /// Pictures of the selected exam.
    Pictures,
    /// Exams over time.
    Timeline,
}

impl Pane {
    /// In the order of the Tab key.
    pub(super) const ALL: [Self; 4] = [Self::Exams, Self::Page, Self::Pictures, Self::Timeline];

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Exams => "Exams",
            Self::Page => "Record",
            Self::Pictures => "Pictures",
            Self::Timeline => "Over time",
        }
    }

    fn place(self) -> usize {
        Self::ALL
            .iter()
            .position(|pane| *pane == self)
            .unwrap_or_default()
    }

    /// The next pane, or the previous one.
    pub(super) fn neighbour(self, forward: bool) -> Self {
        let step = if forward { 1 } else { Self::ALL.len() - 1 };
        Self::ALL[(self.place() + step) % Self::ALL.len()]
    }
}

/// Areas of all parts; hidden ones have no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places {
    pub who: Rect,
    /// Names of the panes, if one is shown at a time.
    pub tabs: Rect,
    pub exams: Rect,
    pub answer: Rect,
    pub page: Rect,
    pub pictures: Rect,
    pub timeline: Rect,
    pub is_wide: bool,
}

impl Places {
    /// Areas for a record with this number of exams, of which `pane` is shown.
    pub(super) fn of(area: Rect, exams: usize, pane: Pane) -> Self {
        let is_wide = area.width >= WIDE.0 && area.height >= WIDE.1;
        let listed = u16::try_from(exams)
            .unwrap_or(MOST_EXAMS)
            .clamp(1, MOST_EXAMS)
            + 2;
        let none = Rect {
            width: 0,
            height: 0,
            ..area
        };
        let [who, tabs, body] = panel::stacked(
            area,
            [
                Constraint::Length(WHO),
                Constraint::Length(if is_wide { 0 } else { 1 }),
                Constraint::Min(0),
            ],
        );
        let nothing = Self {
            who,
            tabs,
            exams: none,
            answer: none,
            page: none,
            pictures: none,
            timeline: none,
            is_wide,
        };
        if is_wide {
            let halves = [Constraint::Fill(1), Constraint::Fill(1)];
            let [page, right] = Layout::horizontal(halves).areas(body);
            let [exams, answer, pictures, timeline] = panel::stacked(
                right,
                [
                    Constraint::Length(listed),
                    Constraint::Length(ANSWER),
                    Constraint::Min(0),
                    Constraint::Length(COURSE),
                ],
            );
            return Self {
                exams,
                answer,
                page,
                pictures,
                timeline,
                ..nothing
            };
        }
        match pane {
            Pane::Exams => {
                let [exams, answer] =
                    panel::stacked(body, [Constraint::Max(listed), Constraint::Min(0)]);
                Self {
                    exams,
                    answer,
                    ..nothing
                }
            }
            Pane::Page => Self {
                page: body,
                ..nothing
            },
            Pane::Pictures => Self {
                pictures: body,
                ..nothing
            },
            Pane::Timeline => Self {
                timeline: body,
                ..nothing
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tab_reaches_every_pane_in_both_directions() {
        let mut pane = Pane::default();
        for expected in [Pane::Page, Pane::Pictures, Pane::Timeline, Pane::Exams] {
            assert_eq!(expected.neighbour(false), pane);
            pane = pane.neighbour(true);
            assert_eq!(pane, expected);
        }
    }

    #[test]
    fn a_small_terminal_shows_one_pane_and_a_large_one_all() {
        let seen = |area: Rect, pane| {
            let places = Places::of(area, 3, pane);
            [places.exams, places.page, places.pictures, places.timeline]
                .map(|place| place.area() > 0)
        };
        let small = Rect::new(1, 1, 78, 22);
        assert_eq!(seen(small, Pane::Exams), [true, false, false, false]);
        assert_eq!(seen(small, Pane::Timeline), [false, false, false, true]);
        let large = Rect::new(1, 1, 158, 43);
        assert_eq!(seen(large, Pane::Exams), [true; 4]);
    }

    #[test]
    fn no_pane_leaves_its_area() {
        for width in 0..170 {
            for height in 0..50 {
                let area = Rect::new(1, 1, width, height);
                for pane in Pane::ALL {
                    let places = Places::of(area, 9, pane);
                    let all = [
                        places.who,
                        places.tabs,
                        places.exams,
                        places.answer,
                        places.page,
                        places.pictures,
                        places.timeline,
                    ];
                    assert!(all.iter().all(|place| area.union(*place) == area));
                }
            }
        }
    }
}
