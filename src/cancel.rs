//! Asking work that is under way to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that one task raises and another looks at between steps.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the work that holds a clone of this flag to stop soon.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Stops the work that was given [`Owner::flag`] when this goes, however it goes.
#[derive(Debug, Default)]
pub struct Owner(Cancel);

impl Owner {
    /// For the work.
    pub fn flag(&self) -> Cancel {
        self.0.clone()
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
    fn work_stops_when_its_owner_goes() {
        let owner = Owner::default();
        let flag = owner.flag();
        assert!(!flag.is_cancelled());
        drop(owner);
        assert!(flag.is_cancelled());
    }
}
