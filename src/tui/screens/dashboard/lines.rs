//! Lines of the dashboard: the work of today, the patients of before, and what the analyses run on.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::store::{Count, Overview, RecentPatient};
use crate::text::{clipped, file_size, scrub};
use crate::tui::areas::Click;
use crate::tui::context::{Context, ModelStatus};
use crate::tui::keymap::{self, Command, Key, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::paged_list::short;

/// Free space below which the disk is a warning: a record with its pictures and pages takes some megabytes.
const LITTLE_SPACE: u64 = 2_000_000_000;

/// Most cells of a patient's name among the recent ones.
const MOST_OF_A_NAME: usize = 24;

/// Words of a line, with the key that acts on them.
pub(super) struct Item {
    key: Option<Key>,
    words: String,
    role: Role,
}

impl Item {
    fn of(command: Command, words: String, role: Role) -> Self {
        Self {
            key: keymap::key_of(&[Scope::Dashboard], command),
            words,
            role,
        }
    }

    /// Cells of the item, with the gap before it.
    fn width(&self) -> usize {
        let key = self.key.map_or(0, |key| key.label().width() + 1);
        GAP.len() + key + self.words.width()
    }
}

/// Blanks before an item.
const GAP: &str = "  ";

/// Draws items in the middle of a row, notes that a click on one presses its key, and puts the cursor on the one with the index
/// `selected`.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    row: Rect,
    items: Vec<Item>,
    selected: Option<usize>,
    context: &Context<'_>,
) {
    if row.is_empty() {
        return;
    }
    let theme = context.theme;
    let whole: usize = items.iter().map(Item::width).sum();
    let mut x = row.x + row.width.saturating_sub(whole as u16) / 2;
    let mut line = Line::default();
    let start = x;
    for (index, item) in items.into_iter().enumerate() {
        let width = item.width() as u16;
        if selected == Some(index) {
            frame.set_cursor_position((x + GAP.len() as u16, row.y));
        }
        line.push_span(Span::raw(GAP));
        if let Some(key) = item.key {
            let place = Rect { x, width, ..row }.intersection(row);
            context.areas.note(place, Click::Key(key));
            line.push_span(Span::styled(key.label(), theme.style(Role::Accent)));
            line.push_span(Span::raw(" "));
        }
        line.push_span(Span::styled(item.words, theme.style(item.role)));
        x = x.saturating_add(width);
    }
    let place = Rect { x: start, ..row }.intersection(row);
    frame.render_widget(line, place);
}

/// The first of several wordings that fits into these cells, or the last one.
fn first_that_fits(wordings: impl IntoIterator<Item = Vec<Item>>, cells: usize) -> Vec<Item> {
    let mut last = Vec::new();
    for items in wordings {
        let width: usize = items.iter().map(Item::width).sum();
        last = items;
        if width <= cells {
            break;
        }
    }
    last
}

/// Work of today, each kind with its key; more words where there is room.
pub(super) fn today(overview: Option<&Overview>, cells: u16) -> Vec<Item> {
    let Some(overview) = overview else {
        let words = "Reading what waits today …".to_owned();
        let role = Role::Muted;
        return vec![Item {
            key: None,
            words,
            role,
        }];
    };
    let drafts = Count::Exactly(overview.drafts);
    let follow_ups = overview.follow_ups;
    // For one, and for several: in a wide line, in one of 80 columns, and in a narrower one.
    let kinds = [
        (
            Command::Worklist,
            overview.planned,
            [
                ["exam planned today", "exams planned today"],
                ["planned"; 2],
                ["planned"; 2],
            ],
        ),
        (
            Command::FollowUps,
            follow_ups.due,
            [["follow-up due", "follow-ups due"], ["due"; 2], ["due"; 2]],
        ),
        (
            Command::Overdue,
            follow_ups.overdue,
            [
                ["follow-up overdue", "follow-ups overdue"],
                ["overdue"; 2],
                ["overdue"; 2],
            ],
        ),
        (
            Command::Unsigned,
            overview.unsigned,
            [
                ["unsigned report", "unsigned reports"],
                ["unsigned report", "unsigned reports"],
                ["unsigned"; 2],
            ],
        ),
        (
            Command::Drafts,
            drafts,
            [
                ["unsaved draft", "unsaved drafts"],
                ["unsaved draft", "unsaved drafts"],
                ["unsaved"; 2],
            ],
        ),
    ];
    let wording = |level: usize| -> Vec<Item> {
        (kinds.iter())
            .map(|(command, count, words)| {
                let several = usize::from(*count != Count::Exactly(1));
                let number = match (level, count) {
                    (0, Count::Exactly(0)) => "no".to_owned(),
                    _ => short(*count),
                };
                let role = match count.known() {
                    0 => Role::Muted,
                    _ => Role::Warning,
                };
                let words = format!("{number} {}", words[level][several]);
                Item::of(*command, words, role)
            })
            .collect()
    };
    first_that_fits((0..3).map(wording), usize::from(cells))
}

/// Heading before the recent patients.
const RECENT: &str = "Recent:";

/// The patients of before that fit into these cells, each with its digit; the one with the index `selected` is marked.
pub(super) fn recent(recent: &[RecentPatient], cells: u16, selected: Option<usize>) -> Vec<Item> {
    let name = |patient: &RecentPatient| {
        let name = scrub(&patient.full_name).into_owned();
        let name = clipped(&name, MOST_OF_A_NAME).into_owned();
        format!("{name} {}", scrub(&patient.number))
    };
    let mut room = usize::from(cells).saturating_sub(GAP.len() + RECENT.len());
    let mut items = Vec::new();
    for (index, patient) in recent.iter().enumerate() {
        let role = match selected == Some(index) {
            true => Role::Selection,
            false => Role::Text,
        };
        let item = Item::of(Command::RecentPatient(index), name(patient), role);
        let Some(left) = room.checked_sub(item.width()) else {
            break;
        };
        room = left;
        items.push(item);
    }
    items
}

/// Draws the recent patients behind their heading.
pub(super) fn draw_recent(
    frame: &mut Frame<'_>,
    row: Rect,
    patients: Vec<Item>,
    selected: Option<usize>,
    context: &Context<'_>,
) {
    let heading = Item {
        key: None,
        words: RECENT.to_owned(),
        role: Role::Muted,
    };
    let items = std::iter::once(heading).chain(patients).collect();
    draw(frame, row, items, selected.map(|index| index + 1), context);
}

/// Networks, device and free space of the disk, shorter where there is little room.
pub(super) fn machine(free_bytes: Option<u64>, cells: u16, context: &Context<'_>) -> Vec<Item> {
    let item = |words: String, role| Item {
        key: None,
        words,
        role,
    };
    let engine = match context.model {
        ModelStatus::Ready(engine) => Some(engine),
        ModelStatus::Loading | ModelStatus::Unavailable(_) => None,
    };
    let networks = |level: usize| -> Item {
        let Some(engine) = engine else {
            let role = match context.model {
                ModelStatus::Loading => Role::Muted,
                _ => Role::Error,
            };
            let words = match context.model {
                ModelStatus::Loading => "the networks are being loaded",
                _ => "no network: scans cannot be analysed",
            };
            return item(words.to_owned(), role);
        };
        let names: Vec<String> = engine.identities().iter().map(|it| it.named()).collect();
        let device = engine.runs_on();
        let short_device = device.split(',').next().unwrap_or(device);
        let words = match (level, names.as_slice()) {
            (0, [of_slices, of_pictures]) => {
                format!("{of_slices} for CT slices, {of_pictures} for pictures, on {device}")
            }
            (0, names) => format!("{} on {device}", names.join(" and ")),
            (1, names) => format!("{} on {short_device}", names.join(" and ")),
            (_, names) => names.first().cloned().unwrap_or_default(),
        };
        item(scrub(&words).into_owned(), Role::Muted)
    };
    let disk = free_bytes.map(|bytes| {
        let role = match bytes < LITTLE_SPACE {
            true => Role::Warning,
            false => Role::Muted,
        };
        item(format!("{} of disk free", file_size(bytes)), role)
    });
    let Some(disk) = disk else {
        return first_that_fits(
            (0..3).map(|level| vec![networks(level)]),
            usize::from(cells),
        );
    };
    let line = |level: usize| vec![networks(level), item(disk.words.clone(), disk.role)];
    first_that_fits((0..3).map(line), usize::from(cells))
}
