//! One engine for several sessions: its work is done a batch at a time, and the sessions take turns.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::cancel::Cancel;
use crate::clinical::assessment::{Assessment, ModelIdentity};
use crate::clinical::series_assessment::SeriesAssessment;
use crate::imaging::Scan;
use crate::model::{Engine, EngineError, SliceAnalysis, SliceInContext, SlicePlace};

/// Interval between two cancellation checks of work that waits for its turn.
const LOOK: Duration = Duration::from_millis(50);

/// A queue without gaps: work runs in the order in which it came, one at a time.
///
/// A session asks for its next batch only after the one before is done, so sessions that analyse at the same time
/// alternate, however long their series are.
#[derive(Debug, Default)]
pub struct Turns {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    next: u64,
    /// Numbers that wait or run, in order; the first one runs.
    numbers: std::collections::VecDeque<u64>,
}

/// A turn. The next one begins when it is dropped.
struct Turn<'a> {
    turns: &'a Turns,
    number: u64,
}

impl Turns {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Number of pieces of work that run or wait.
    pub fn length(&self) -> usize {
        self.queue().numbers.len()
    }

    /// Waits for the turn. `place` is set to the number of others before it meanwhile.
    fn take(&self, cancel: &Cancel, place: &AtomicUsize) -> Result<Turn<'_>, EngineError> {
        let mut queue = self.queue();
        let number = queue.next;
        queue.next += 1;
        queue.numbers.push_back(number);
        // From here on it leaves the queue when it is dropped, also without its turn.
        let turn = Turn {
            turns: self,
            number,
        };
        loop {
            let before = queue.numbers.iter().take_while(|&&one| one != number);
            let before = before.count();
            place.store(before, Ordering::Relaxed);
            if before == 0 {
                return Ok(turn);
            }
            if cancel.is_cancelled() {
                place.store(0, Ordering::Relaxed);
                drop(queue);
                return Err(EngineError::Cancelled);
            }
            let waited = self.changed.wait_timeout(queue, LOOK);
            (queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut queue = self.turns.queue();
        queue.numbers.retain(|&other| other != self.number);
        drop(queue);
        self.turns.changed.notify_all();
    }
}

/// The engine as one session sees it.
pub(super) struct SharedEngine {
    engine: Arc<dyn Engine>,
    turns: Arc<Turns>,
    /// Number of others before this session's work.
    place: AtomicUsize,
}

impl SharedEngine {
    pub(super) fn new(engine: Arc<dyn Engine>, turns: Arc<Turns>) -> Self {
        Self {
            engine,
            turns,
            place: AtomicUsize::new(0),
        }
    }
}

impl Engine for SharedEngine {
    fn identity(&self) -> &ModelIdentity {
        self.engine.identity()
    }

    fn identities(&self) -> Vec<&ModelIdentity> {
        self.engine.identities()
    }

    fn runs_on(&self) -> &str {
        self.engine.runs_on()
    }

    fn place_in_queue(&self) -> usize {
        self.place.load(Ordering::Relaxed)
    }

    fn classify(&self, scan: &Scan, cancel: &Cancel) -> Result<SliceAnalysis, EngineError> {
        let _turn = self.turns.take(cancel, &self.place)?;
        self.engine.classify(scan, cancel)
    }

    fn assess(&self, scans: &[Arc<Scan>], cancel: &Cancel) -> Vec<Result<Assessment, EngineError>> {
        match self.turns.take(cancel, &self.place) {
            Ok(_turn) => self.engine.assess(scans, cancel),
            Err(_) => scans.iter().map(|_| Err(EngineError::Cancelled)).collect(),
        }
    }

    fn assess_in_context(
        &self,
        slices: &[SliceInContext],
        cancel: &Cancel,
    ) -> Vec<Result<Assessment, EngineError>> {
        match self.turns.take(cancel, &self.place) {
            Ok(_turn) => self.engine.assess_in_context(slices, cancel),
            Err(_) => slices.iter().map(|_| Err(EngineError::Cancelled)).collect(),
        }
    }

    fn assess_exactly(
        &self,
        slices: &[SliceInContext],
        cancel: &Cancel,
    ) -> Vec<Result<Assessment, EngineError>> {
        match self.turns.take(cancel, &self.place) {
            Ok(_turn) => self.engine.assess_exactly(slices, cancel),
            Err(_) => slices.iter().map(|_| Err(EngineError::Cancelled)).collect(),
        }
    }

    fn close_slices(&self, slices: &[Option<Assessment>], places: &[SlicePlace]) -> Vec<usize> {
        self.engine.close_slices(slices, places)
    }

    fn exam(
        &self,
        slices: &[Option<Assessment>],
        places: &[SlicePlace],
    ) -> Option<SeriesAssessment> {
        self.engine.exam(slices, places)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    /// Waits until so many pieces of work are in the queue.
    fn wait_for(turns: &Turns, length: usize) {
        while turns.length() != length {
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn work_runs_in_the_order_in_which_it_came_and_knows_its_place() {
        let turns = Arc::new(Turns::default());
        let place = AtomicUsize::new(0);
        let first = turns.take(&Cancel::default(), &place).unwrap();
        let (sender, order) = mpsc::channel();
        let mut places = Vec::new();
        for number in 1..=5 {
            let (turns, sender) = (Arc::clone(&turns), sender.clone());
            let place = Arc::new(AtomicUsize::new(99));
            places.push(Arc::clone(&place));
            let before = turns.length();
            let waiting = Arc::clone(&turns);
            thread::spawn(move || {
                let _turn = turns.take(&Cancel::default(), &place).unwrap();
                sender.send(number).unwrap();
            });
            wait_for(&waiting, before + 1);
        }
        let known = |place: &Arc<AtomicUsize>| place.load(Ordering::Relaxed);
        while places.iter().map(known).collect::<Vec<_>>() != [1, 2, 3, 4, 5] {
            thread::sleep(Duration::from_millis(1));
        }
        drop(first);
        assert_eq!(order.iter().take(5).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        wait_for(&turns, 0);
    }

    #[test]
    fn two_sessions_alternate_whatever_they_have_to_do() {
        let turns = Arc::new(Turns::default());
        let start = turns
            .take(&Cancel::default(), &AtomicUsize::new(0))
            .unwrap();
        let (sender, order) = mpsc::channel();
        for (session, batches) in [("long", 20), ("short", 3)] {
            let (waiting, turns) = (Arc::clone(&turns), Arc::clone(&turns));
            let (before, sender) = (turns.length(), sender.clone());
            thread::spawn(move || {
                let place = AtomicUsize::new(0);
                for _ in 0..batches {
                    let turn = turns.take(&Cancel::default(), &place).unwrap();
                    sender.send(session).unwrap();
                    // Longer than the other session takes to ask for its next batch.
                    thread::sleep(Duration::from_millis(20));
                    drop(turn);
                }
            });
            wait_for(&waiting, before + 1);
        }
        drop((start, sender));
        let order: Vec<_> = order.iter().collect();
        let last = order.iter().rposition(|&session| session == "short");
        assert!(last <= Some(6), "{order:?}");
    }

    #[test]
    fn cancelled_work_leaves_the_queue() {
        let turns = Turns::default();
        let place = AtomicUsize::new(0);
        let running = turns.take(&Cancel::default(), &place).unwrap();
        let cancel = Cancel::default();
        cancel.cancel();
        assert!(matches!(
            turns.take(&cancel, &place),
            Err(EngineError::Cancelled)
        ));
        assert_eq!(turns.length(), 1);
        drop(running);
        assert_eq!(turns.length(), 0);
    }
}
