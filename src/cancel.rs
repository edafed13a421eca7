//! Cancellation of running work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that one task sets and another checks between steps.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the work that holds a clone of this flag to stop soon.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// True if cancellation was requested.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Cancels the work that holds [`Owner::flag`] when dropped, for any reason.
#[derive(Debug, Default)]
pub struct Owner(Cancel);

impl Owner {
    /// The flag for the work.
    pub fn flag(&self) -> Cancel {
        self.0.clone()
    }
}

impl From<Cancel> for Owner {
    /// Stops the work that was given this flag.
    fn from(flag: Cancel) -> Self {
        Self(flag)
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_stops_when_its_owner_is_dropped() {
        let owner = Owner::default();
        let flag = owner.flag();
        assert!(!flag.is_cancelled());
        drop(owner);
        assert!(flag.is_cancelled());
    }
}
