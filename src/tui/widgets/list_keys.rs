//! Keys that refer to the rows of a list that is read in the background: Enter, delete, select and the like.
//!
//! Such a key acts on the row that the user sees. While the list is older than the last request (new search text,
//! another filter or order, a reading after a change), the key waits; at most one key waits. When the answer arrives:
//!
//! - no row: nothing is done, and a sentence says so;
//! - one row, or a row that the typed text names exactly (a patient's number): the key acts on it, as the Enter of a
//!   barcode scanner needs; but not on one row that the text does not name (a similar name, a birth date);
//! - the same request repeated: the key acts on the row that it was pressed on, if that still exists;
//! - several rows: nothing is done. The user checks the selected row and presses the key again.
//!
//! The last also holds for a list that has just arrived: for [`SEEN_AFTER`] the user cannot have read its rows, and a
//! key pressed by then was meant for the earlier ones. So it makes no difference whether the answer comes just before
//! or just after the key. A user who moves among the rows has read them.
//!
//! More typing, Esc and any other change of the request drop a waiting key; a failed reading drops it too. The
//! application passes a screen only the answer to its newest request, so an older answer is never mistaken for the
//! newest.

use std::time::Duration;

use super::rows::Selection;

/// Time for which rows have to be on the screen before a key refers to them. Barcode scanners and pasted keys have a
/// few milliseconds between two keys, people who react to the screen more than this.
pub const SEEN_AFTER: Duration = Duration::from_millis(200);

/// Request for rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Other rows: another text, filter, order or place in the list.
    Other,
    /// The same rows again, because something in them may have changed.
    Same,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The newest request has no answer yet.
    Asked,
    /// Answered; the time at which other rows arrived, if it matters.
    Answered(Option<Duration>),
    /// The newest request failed.
    Failed,
}

/// Waiting key, and the row that it was pressed on if that row belongs to the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Waiting<Key, Id> {
    key: Key,
    on: Option<Id>,
}

/// Immediate effect of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed<Key> {
    /// It acts on the selected row.
    Acts(Key),
    /// It waits for the answer.
    Waits,
    /// It waits, and the list has to be requested again because the last reading failed.
    Asks,
    /// The rows have just arrived, and there are several.
    Unseen,
}

/// Target row of a key that waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Row(usize),
    Refused(Refusal),
}

/// Reason why a key that waited does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The list is empty.
    Nothing,
    /// The row that it was pressed on no longer exists.
    Gone,
    /// Several rows are possible.
    Several,
}

impl Refusal {
    /// The reason as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Nothing => "The list is empty; nothing was done.",
            Self::Gone => "That row is no longer in the list; nothing was done.",
            Self::Several => "Check the selected row, then press the key again.",
        }
    }
}

/// Effect of the key that waited for rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled<Key> {
    /// No key waited.
    Rests,
    /// It acts on the row that is selected now.
    Acts(Key),
    Refused(Refusal),
}

/// Rows that arrived for a list.
pub struct Rows<'a, Id> {
    /// Row that was selected before they arrived.
    pub selected: Option<Id>,
    /// Number of rows in the whole list.
    pub count: usize,
    /// False if a single row may be another one than the typed text means.
    pub is_sure: bool,
    /// Row that the typed text names exactly.
    pub exact: Option<usize>,
    /// Finds a row in the list.
    pub place: &'a dyn Fn(Id) -> Option<usize>,
}

/// State of a list and the key that waits for its rows. `Key` is the effect of a key, `Id` identifies a row for as long
/// as it exists.
#[derive(Debug)]
pub struct ListKeys<Key, Id> {
    state: State,
    question: Question,
    waiting: Option<Waiting<Key, Id>>,
}

impl<Key, Id> Default for ListKeys<Key, Id> {
    fn default() -> Self {
        Self {
            state: State::Asked,
            question: Question::Other,
            waiting: None,
        }
    }
}

impl<Key: Copy, Id: Copy> ListKeys<Key, Id> {
    /// A request was sent. A waiting key keeps waiting.
    pub fn asked(&mut self, question: Question) {
        self.question = match (question, self.state) {
            // Repeating a request without an answer does not change which rows are expected.
            (Question::Same, State::Asked | State::Failed) => self.question,
            (question, _) => question,
        };
        self.state = State::Asked;
        if self.question == Question::Other
            && let Some(waiting) = &mut self.waiting
        {
            waiting.on = None;
        }
    }

    /// True if the loaded rows are older than the newest request.
    pub fn is_asked(&self) -> bool {
        self.state == State::Asked
    }

    /// The waiting key.
    pub fn waiting(&self) -> Option<Key> {
        self.waiting.as_ref().map(|waiting| waiting.key)
    }

    /// A key is pressed at `now`, on the row `on` of the loaded rows. `is_sure` means that no other row is possible:
    /// there is only this one, or the typed text names it exactly.
    pub fn press(
        &mut self,
        key: Key,
        on: Option<Id>,
        is_sure: bool,
        now: Duration,
    ) -> Pressed<Key> {
        let on = on.filter(|_| self.question == Question::Same);
        match self.state {
            State::Answered(Some(since)) if !is_sure && now < since + SEEN_AFTER => {
                // A second key of the same burst does not answer the sentence about the first.
                self.state = State::Answered(Some(now));
                Pressed::Unseen
            }
            State::Answered(_) => Pressed::Acts(key),
            State::Asked => {
                self.waiting = Some(Waiting { key, on });
                Pressed::Waits
            }
            State::Failed => {
                self.waiting = Some(Waiting { key, on });
                Pressed::Asks
            }
        }
    }

    /// The user moved among the loaded rows, and so has read them.
    pub fn looked(&mut self) {
        if let State::Answered(since) = &mut self.state {
            *since = None;
        }
    }

    /// The selection moved to another row at `now`.
    fn moved(&mut self, now: Duration) {
        if let State::Answered(since) = &mut self.state {
            *since = Some(now);
        }
    }

    /// The newest request is answered at `now`. Returns the key that waited.
    fn answered(&mut self, now: Duration) -> Option<Waiting<Key, Id>> {
        self.state = match self.question {
            Question::Other => State::Answered(Some(now)),
            Question::Same => State::Answered(None),
        };
        self.waiting.take()
    }

    /// The newest request is answered with `rows` at `now`: after a repeated request the selection stays on its row,
    /// after another request it moves to the exact one.
    pub fn settle(
        &mut self,
        selection: &mut Selection,
        rows: Rows<'_, Id>,
        now: Duration,
    ) -> Settled<Key> {
        let Rows {
            selected,
            count,
            is_sure,
            exact,
            place,
        } = rows;
        let is_same = self.question == Question::Same;
        let stays = selected.filter(|_| is_same).and_then(place);
        let goes = exact.filter(|_| !is_same);
        if let Some(place) = stays.or(goes) {
            selection.index = place;
        }
        selection.keep_within(count);
        let waited = self.answered(now);
        if is_same && selected.is_some() && stays.is_none() {
            self.moved(now);
        }
        let Some(waited) = waited else {
            return Settled::Rests;
        };
        let key = waited.key;
        match waited.target((count, is_sure), exact, place) {
            Target::Row(place) => {
                selection.index = place;
                Settled::Acts(key)
            }
            Target::Refused(refusal) => Settled::Refused(refusal),
        }
    }

    /// As [`ListKeys::settle`], for a list without a search whose rows `ids` are all loaded.
    pub fn settle_all(
        &mut self,
        selection: &mut Selection,
        selected: Option<Id>,
        ids: &[Id],
        now: Duration,
    ) -> Settled<Key>
    where
        Id: PartialEq,
    {
        let is_first = self.question == Question::Other;
        let rows = Rows {
            selected,
            count: ids.len(),
            is_sure: true,
            exact: None,
            place: &|id| ids.iter().position(|other| *other == id),
        };
        let settled = self.settle(selection, rows, now);
        // Nothing was typed that the first row could be mistaken for the answer to.
        if is_first {
            self.looked();
        }
        settled
    }

    /// The newest request failed. True if a key waited for it; it is dropped.
    pub fn failed(&mut self) -> bool {
        self.state = State::Failed;
        self.drop_waiting()
    }

    /// The newest request is cancelled, and the loaded rows stay. True if a key waited for it; it is dropped.
    pub fn withdrawn(&mut self) -> bool {
        self.state = State::Answered(None);
        self.drop_waiting()
    }

    /// Drops the waiting key; false if there was none.
    pub fn drop_waiting(&mut self) -> bool {
        self.waiting.take().is_some()
    }
}

impl<Key, Id> Waiting<Key, Id> {
    /// Target among `count` rows, of which a single one `is_sure` to be meant or not: `exact` is the one that the typed text names
    /// exactly, `place` finds a row.
    fn target(
        self,
        (count, is_sure): (usize, bool),
        exact: Option<usize>,
        place: impl FnOnce(Id) -> Option<usize>,
    ) -> Target {
        match (self.on, exact, count) {
            (_, _, 0) => Target::Refused(Refusal::Nothing),
            (Some(on), ..) => place(on).map_or(Target::Refused(Refusal::Gone), Target::Row),
            (None, Some(exact), _) => Target::Row(exact),
            (None, None, 1) if is_sure => Target::Row(0),
            (None, None, _) => Target::Refused(Refusal::Several),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(5);

    type Keys = ListKeys<char, u32>;

    /// A list whose rows have all been seen.
    fn seen() -> Keys {
        let mut keys = Keys::default();
        keys.answered(Duration::ZERO);
        keys
    }

    fn place(rows: &'static [u32]) -> impl FnOnce(u32) -> Option<usize> {
        move |id| rows.iter().position(|row| *row == id)
    }

    #[test]
    fn a_key_on_rows_that_answer_the_question_acts_at_once() {
        assert_eq!(seen().press('o', Some(7), false, NOW), Pressed::Acts('o'));
    }

    #[test]
    fn a_key_on_older_rows_waits_and_then_selects_none_of_several() {
        let mut keys = seen();
        keys.asked(Question::Other);
        assert_eq!(keys.press('o', Some(7), true, NOW), Pressed::Waits);
        assert_eq!(keys.waiting(), Some('o'));
        let waited = keys.answered(NOW).unwrap();
        assert_eq!(
            waited.target((2, true), None, place(&[7, 8])),
            Target::Refused(Refusal::Several)
        );
        assert_eq!(
            waited.target((2, true), Some(1), place(&[7, 8])),
            Target::Row(1)
        );
        assert_eq!(waited.target((1, true), None, place(&[9])), Target::Row(0));
        assert_eq!(
            waited.target((1, false), None, place(&[9])),
            Target::Refused(Refusal::Several)
        );
        assert_eq!(
            waited.target((0, true), None, place(&[])),
            Target::Refused(Refusal::Nothing)
        );
        assert_eq!(keys.waiting(), None);
    }

    #[test]
    fn a_key_during_a_second_reading_acts_on_its_own_row() {
        let mut keys = seen();
        keys.asked(Question::Same);
        keys.press('d', Some(7), false, NOW);
        let waited = keys.answered(NOW).unwrap();
        assert_eq!(
            waited.target((3, true), Some(0), place(&[5, 6, 7])),
            Target::Row(2)
        );
        assert_eq!(
            waited.target((1, true), None, place(&[8])),
            Target::Refused(Refusal::Gone)
        );
        // The rows are the same as before: they need not be read again.
        assert_eq!(keys.press('d', Some(7), false, NOW), Pressed::Acts('d'));
    }

    #[test]
    fn another_request_voids_the_row_under_a_waiting_key() {
        let mut keys = seen();
        keys.asked(Question::Same);
        keys.press('d', Some(7), false, NOW);
        keys.asked(Question::Other);
        keys.asked(Question::Same);
        let waited = keys.answered(NOW).unwrap();
        assert_eq!(
            waited.target((2, true), None, place(&[7, 8])),
            Target::Refused(Refusal::Several)
        );
    }

    #[test]
    fn several_new_rows_have_to_be_seen_before_a_key_counts() {
        let mut keys = Keys::default();
        keys.answered(NOW);
        assert_eq!(keys.press('o', Some(7), true, NOW), Pressed::Acts('o'));
        assert_eq!(keys.press('o', Some(7), false, NOW), Pressed::Unseen);
        let late = NOW + SEEN_AFTER / 2;
        assert_eq!(keys.press('o', Some(7), false, late), Pressed::Unseen);
        let later = late + SEEN_AFTER;
        assert_eq!(keys.press('o', Some(7), false, later), Pressed::Acts('o'));
    }

    #[test]
    fn a_reading_that_fails_drops_the_key_and_the_next_key_asks_again() {
        let mut keys = seen();
        keys.asked(Question::Other);
        keys.press('o', Some(7), false, NOW);
        assert!(keys.failed());
        assert_eq!(keys.waiting(), None);
        assert_eq!(keys.press('o', Some(7), false, NOW), Pressed::Asks);
        keys.asked(Question::Same);
        let waited = keys.answered(NOW).unwrap();
        assert_eq!(
            waited.target((2, true), None, place(&[7, 8])),
            Target::Refused(Refusal::Several)
        );
    }

    #[test]
    fn a_dropped_key_never_acts() {
        let mut keys = seen();
        keys.asked(Question::Other);
        keys.press('o', None, false, NOW);
        assert!(keys.drop_waiting() && !keys.drop_waiting());
        assert_eq!(keys.answered(NOW), None);
    }

    #[test]
    fn the_selection_stays_with_its_row_and_a_new_row_there_has_to_be_seen() {
        let mut keys = seen();
        let mut selection = Selection { index: 1 };
        keys.asked(Question::Same);
        let settled = keys.settle_all(&mut selection, Some(7), &[5, 6, 7], NOW);
        assert_eq!((settled, selection.index), (Settled::Rests, 2));
        assert_eq!(keys.press('d', Some(7), false, NOW), Pressed::Acts('d'));
        keys.asked(Question::Same);
        keys.settle_all(&mut selection, Some(7), &[5, 6], NOW);
        assert_eq!(selection.index, 1);
        assert_eq!(keys.press('d', Some(6), false, NOW), Pressed::Unseen);
        keys.looked();
        assert_eq!(keys.press('d', Some(6), false, NOW), Pressed::Acts('d'));
    }

    #[test]
    fn the_row_named_by_the_text_is_selected_and_the_key_acts_on_it() {
        let mut keys = seen();
        let mut selection = Selection::default();
        keys.asked(Question::Other);
        keys.press('o', Some(1), false, NOW);
        let rows = Rows {
            selected: Some(1),
            count: 900,
            is_sure: true,
            exact: Some(3),
            place: &|_| None,
        };
        let settled = keys.settle(&mut selection, rows, NOW);
        assert_eq!((settled, selection.index), (Settled::Acts('o'), 3));
    }
}
