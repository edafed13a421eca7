//! The network in single precision beside the same network in bfloat16, for answers that are close to a limit.

use std::sync::OnceLock;

use super::lesions::calibration::logit;
use super::{ContentError, EngineError};

/// Distance of the log odds of a probability from those of a limit within which an answer in bfloat16 is computed again: several
/// times the largest difference that was measured; see docs/performance.md.
const MARGIN: f64 = 0.5;

/// A network in single precision, built when it is needed for the first time.
pub struct InSinglePrecision<T> {
    built: OnceLock<T>,
    build: Box<dyn Fn() -> Result<T, ContentError> + Send + Sync>,
}

impl<T> InSinglePrecision<T> {
    /// The network that `build` builds.
    pub fn new(build: impl Fn() -> Result<T, ContentError> + Send + Sync + 'static) -> Self {
        Self {
            built: OnceLock::new(),
            build: Box::new(build),
        }
    }

    /// The network.
    ///
    /// # Errors
    /// It could not be built.
    pub fn get(&self) -> Result<&T, EngineError> {
        if let Some(built) = self.built.get() {
            return Ok(built);
        }
        let built = (self.build)().map_err(|reason| EngineError::Failed(reason.to_string()))?;
        Ok(self.built.get_or_init(|| built))
    }
}

impl<T> std::fmt::Debug for InSinglePrecision<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let built = self.built.get().is_some();
        let mut debug = formatter.debug_struct("InSinglePrecision");
        debug.field("built", &built).finish_non_exhaustive()
    }
}

/// True if an error of bfloat16 could move `probability` across one of `limits`.
pub fn is_close(probability: f64, limits: impl IntoIterator<Item = f64>) -> bool {
    let mut limits = limits.into_iter();
    limits.any(|limit| (logit(probability) - logit(limit)).abs() <= MARGIN)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn it_is_built_once_when_it_is_needed() {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let lazy = InSinglePrecision::new(move || Ok(counted.fetch_add(1, Ordering::Relaxed)));
        assert_eq!(count.load(Ordering::Relaxed), 0);
        assert_eq!(lazy.get().ok(), Some(&0));
        assert_eq!(lazy.get().ok(), Some(&0));
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn answers_on_either_side_of_a_limit_are_close() {
        let limits = [0.02, 0.5];
        assert!(is_close(0.0195, limits) && is_close(0.52, limits));
        assert!(!is_close(0.04, limits) && !is_close(0.9, limits));
        assert!(is_close(0.0, [0.0]) && is_close(1.0, [1.0]));
    }
}
