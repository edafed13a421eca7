//! Waiting time after too many wrong passwords, counted down beside the password field.

use std::time::Duration;

use crate::store::StoreError;
use crate::tui::context::{Moment, Notice};

/// Time for which the store refuses another attempt.
#[derive(Debug, Clone, Copy, Default)]
pub struct Throttle {
    /// Since the program's start.
    until: Option<Duration>,
}

impl Throttle {
    /// Handles an error of the store: a waiting time is counted down, any other error is returned as a message.
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

    /// Rest of the waiting time, as a sentence.
    pub fn sentence(&self, moment: &Moment) -> Option<String> {
        let seconds = self.left(moment)?.as_millis().div_ceil(1000);
        let time = match (seconds / 60, seconds % 60) {
            (0, seconds) => format!("{seconds} s"),
            (minutes, seconds) => format!("{minutes} min {seconds:02} s"),
        };
        Some(format!("Too many failed attempts. Try again in {time}."))
    }

    /// Once a second while the waiting time is shown, and at its end.
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
        let notice = throttle.refused(StoreError::TooManyAttempts { wait }, &at(500));
        assert!(notice.is_none());
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
