//! Time without a key and its consequences: first the screen is locked, in the end
//! the session is over.

use std::time::Duration;

use jiff::Timestamp;

use crate::tui::context::Moment;

/// Time without a key after which the user is signed out.
pub const LOG_OFF_AFTER: Duration = Duration::from_secs(60 * 60);

/// Time between two checks that the account of the session still has its rights.
pub const CHECK_EVERY: Duration = Duration::from_secs(2);

/// Consequence of the time without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Lock,
    LogOff,
}

/// Time of the last key that is known to be of the signed-in user.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) lock_after: Duration,
    since_start: Duration,
    now: Timestamp,
    /// Time since the start at which the rights of the account were last asked for.
    checked: Duration,
}

impl Watch {
    pub(super) fn new(lock_after: Duration, moment: &Moment) -> Self {
        Self {
            lock_after,
            since_start: moment.since_start,
            now: moment.now.timestamp(),
            checked: moment.since_start,
        }
    }

    pub(super) fn touch(&mut self, moment: &Moment) {
        self.since_start = moment.since_start;
        self.now = moment.now.timestamp();
    }

    /// True if the rights of the account are to be checked now; the next check is then due later.
    pub(super) fn check(&mut self, moment: &Moment) -> bool {
        let is_due = moment.since_start >= self.next_check();
        if is_due {
            self.checked = moment.since_start;
        }
        is_due
    }

    /// Time since the program's start at which the rights of the account are to be checked.
    pub(super) fn next_check(&self) -> Duration {
        self.checked + CHECK_EVERY
    }

    /// The time since the last key. The clock on the wall counts too where it says more: the other one stops
    /// while a computer sleeps.
    fn idle(&self, moment: &Moment) -> Duration {
        let counted = moment.since_start.saturating_sub(self.since_start);
        let by_the_wall = moment.now.timestamp().duration_since(self.now);
        counted.max(Duration::try_from(by_the_wall).unwrap_or_default())
    }

    pub(super) fn due(&self, moment: &Moment) -> Due {
        let idle = self.idle(moment);
        if idle >= LOG_OFF_AFTER {
            Due::LogOff
        } else if idle >= self.lock_after {
            Due::Lock
        } else {
            Due::Nothing
        }
    }

    /// Time since the program's start at which the next consequence is due.
    pub(super) fn next(&self, locked: bool) -> Duration {
        let wait = match locked {
            true => LOG_OFF_AFTER,
            false => self.lock_after.min(LOG_OFF_AFTER),
        };
        self.since_start + wait
    }
}

#[cfg(test)]
mod tests {
    use jiff::{ToSpan, Zoned};

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn after(counted_minutes: u32, minutes_by_the_wall: i64) -> Moment {
        let start: Zoned = "2026-03-02T09:30:00+00:00[UTC]".parse().unwrap();
        Moment {
            since_start: MINUTE * counted_minutes,
            now: start + minutes_by_the_wall.minutes(),
        }
    }

    #[test]
    fn the_screen_is_covered_first_and_the_session_ends_later() {
        let watch = Watch::new(10 * MINUTE, &after(0, 0));
        assert_eq!(watch.due(&after(9, 9)), Due::Nothing);
        assert_eq!(watch.due(&after(10, 10)), Due::Lock);
        assert_eq!(watch.due(&after(60, 60)), Due::LogOff);
        assert_eq!(watch.next(false), 10 * MINUTE);
        assert_eq!(watch.next(true), LOG_OFF_AFTER);
    }

    #[test]
    fn a_computer_that_slept_counts_by_the_wall_and_a_clock_set_back_does_not_help() {
        let watch = Watch::new(10 * MINUTE, &after(0, 0));
        assert_eq!(watch.due(&after(1, 30)), Due::Lock);
        assert_eq!(watch.due(&after(10, -600)), Due::Lock);
    }

    #[test]
    fn a_key_starts_the_time_anew() {
        let mut watch = Watch::new(10 * MINUTE, &after(0, 0));
        watch.touch(&after(9, 9));
        assert_eq!(watch.due(&after(18, 18)), Due::Nothing);
        assert_eq!(watch.next(false), 19 * MINUTE);
    }
}
