//! The children that wait for questions.

use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::child::Child;
use super::{Ended, Hold, Question, Reply};
use crate::cancel::Cancel;

/// Interval between two cancellation checks of a wait for a child.
const LOOKED_EVERY: Duration = Duration::from_millis(50);

/// A child that waits, and the file that it holds.
struct Waiting {
    child: Child,
    holds: Option<String>,
}

/// Children that wait, and files that the others work on.
struct Pool {
    /// The one that waits longest first.
    waiting: Vec<Waiting>,
    /// The files that working children hold; a key for each child.
    held: Vec<String>,
}

static POOL: Mutex<Pool> = Mutex::new(Pool {
    waiting: Vec::new(),
    held: Vec::new(),
});

/// Wakes threads that wait for a child that holds their file.
static FREED: Condvar = Condvar::new();

pub(super) fn ask(
    program: &Path,
    question: &Question<'_>,
    cancel: &Cancel,
) -> Result<Reply, Ended> {
    let mut turn = Turn::take(question.hold, cancel)?;
    let mut child = match turn.child.take() {
        Some(child) => child,
        None => Child::start(program).map_err(|error| {
            tracing::warn!(%error, "no child process to decode with");
            Ended::NotStarted
        })?,
    };
    let reply = child.ask(question, cancel)?;
    if !question.last {
        turn.child = Some(child);
    }
    Ok(reply)
}

pub(super) fn release(key: &str) {
    let ended = with_pool(|pool| {
        let holds = |waiting: &mut Waiting| waiting.holds.as_deref() == Some(key);
        pool.waiting.extract_if(.., holds).collect::<Vec<_>>()
    });
    // Not while others wait for the pool.
    drop(ended);
}

fn with_pool<T>(work: impl FnOnce(&mut Pool) -> T) -> T {
    work(&mut POOL.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Use of a child: a waiting one, or a new one. It is returned to the pool unless it was taken out.
struct Turn<'a> {
    child: Option<Child>,
    hold: Option<Hold<'a>>,
}

impl<'a> Turn<'a> {
    /// Waits while the maximum number of children work on the file.
    fn take(hold: Option<Hold<'a>>, cancel: &Cancel) -> Result<Self, Ended> {
        let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if cancel.is_cancelled() {
                return Err(Ended::Cancelled);
            }
            if let Some(child) = pool.waiting_for(hold) {
                return Ok(Self { child, hold });
            }
            let woken = FREED.wait_timeout(pool, LOOKED_EVERY);
            pool = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let child = self.child.take();
        let beyond = with_pool(|pool| {
            let key = self.hold.map(|hold| hold.key.to_owned());
            if let Some(key) = &key
                && let Some(place) = pool.held.iter().position(|held| held == key)
            {
                pool.held.swap_remove(place);
            }
            let holds = key;
            pool.waiting
                .extend(child.map(|child| Waiting { child, holds }));
            let most = thread::available_parallelism().map_or(1, usize::from);
            let beyond = pool.waiting.len().saturating_sub(most);
            pool.waiting.drain(..beyond).collect::<Vec<_>>()
        });
        drop(beyond);
        FREED.notify_all();
    }
}

impl Pool {
    /// A waiting child, or permission to start one; none while others have to end first.
    fn waiting_for(&mut self, hold: Option<Hold<'_>>) -> Option<Option<Child>> {
        self.waiting
            .retain_mut(|waiting| waiting.child.is_running());
        let Some(Hold { key, most }) = hold else {
            return Some(self.take(None));
        };
        let working = self.held.iter().filter(|held| *held == key).count();
        let child = match self.take(Some(key)) {
            None if working >= most.max(1) => return None,
            // A child that is new to the file counts among those that hold it.
            None => self.take(None),
            child => child,
        };
        self.held.push(key.to_owned());
        Some(child)
    }

    /// Takes out the child that holds just this file, or none.
    fn take(&mut self, holds: Option<&str>) -> Option<Child> {
        let fits = |waiting: &Waiting| waiting.holds.as_deref() == holds;
        let place = self.waiting.iter().rposition(fits)?;
        Some(self.waiting.remove(place).child)
    }
}
