//! The wait after too many wrong passwords, counted down where the next one is typed.

use std::time::Duration;

use crate::store::StoreError;
use crate::tui::context::{Moment, Notice};

/// How long the store takes no further attempt, if it does not.
#[derive(Debug, Clone, Copy, Default)]
pub struct Throttle {
    /// Since the program's start.
    until: Option<Duration>,
}

impl Throttle {
    /// Takes the store's refusal: a wait is counted down from now on, anything else is to be told under the screen.
    pub fn refused(&mut self, error: StoreError, moment: &Moment) -> Option<Notice> {
        self.until = None;
        match error {
            StoreError::TooManyAttempts { wait } => {
                self.until = Some(moment.since_start + wait);
                None
            }
            error => Some(Notice::error(error.to_string())),
        }
    }

    fn left(&self, moment: &Moment) -> Option<Duration> {
        let left = self.until?.checked_sub(moment.since_start)?;
        (!left.is_zero()).then_some(left)
    }

    /// What is left of the wait, as a sentence.
    pub fn sentence(&self, moment: &Moment) -> Option<String> {
        let seconds = self.left(moment)?.as_millis().div_ceil(1000);
        let time = match (seconds / 60, seconds % 60) {
            (0, seconds) => format!("{seconds} s"),
            (minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        };
        Some(format!(
            "Too many attempts failed. The next one is taken in {time}."
        ))
    }

    /// Once a second while the wait is shown, and once more at its end.
    pub fn next_frame(&self, moment: &Moment) -> Option<Duration> {
        let left = self.left(moment)?;
        let part = Duration::from_nanos(u64::from(left.subsec_nanos()));
        let step = match part.is_zero() {
            true => Duration::from_secs(1),
            false => part,
        };
        Some(moment.since_start + step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Moment {
        Moment {
            since_start: Duration::from_millis(milliseconds),
            now: jiff::Zoned::default(),
        }
    }

    #[test]
    fn the_wait_is_counted_in_whole_seconds_and_ends() {
        let mut throttle = Throttle::default();
        assert_eq!(throttle.next_frame(&at(0)), None);
        let wait = Duration::from_secs(61);
        let told = throttle.refused(StoreError::TooManyAttempts { wait }, &at(500));
        assert!(told.is_none());
        assert!(
            throttle
                .sentence(&at(500))
                .unwrap()
                .ends_with("in 1 min 01 s.")
        );
        assert_eq!(
            throttle.next_frame(&at(500)),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(
            throttle.next_frame(&at(700)),
            Some(Duration::from_millis(1500))
        );
        assert!(throttle.sentence(&at(61_400)).unwrap().ends_with("in 1 s."));
        assert_eq!(
            throttle.next_frame(&at(61_400)),
            Some(Duration::from_millis(61_500))
        );
        assert_eq!(throttle.sentence(&at(61_500)), None);
    }
}
