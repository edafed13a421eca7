//! Memory of the database key: one page that is never written to the swap and is wiped when the key is dropped.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use region::LockGuard;
use zeroize::{Zeroize, Zeroizing};

use super::KEY_BYTES;

/// Size of a page of memory on every supported machine, or a multiple of it.
const PAGE: usize = 16_384;

/// A page of its own: locking works on whole pages, and unlocking one would unlock everything else on it.
#[repr(align(16384))]
struct Page([u8; PAGE]);

struct Locked {
    page: Box<Page>,
    /// None if the system refused: `ulimit -l` is too low.
    _lock: Option<LockGuard>,
}

impl Drop for Locked {
    fn drop(&mut self) {
        // Before the lock ends.
        self.page.0.zeroize();
    }
}

/// The bytes of a key. Clones share them.
#[derive(Clone)]
pub(crate) struct SecretBytes(Arc<Locked>);

impl SecretBytes {
    /// Moves the bytes to locked memory; the given ones are wiped.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the caller's copy has to be dropped, which wipes it"
    )]
    pub(crate) fn new(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let mut page = Box::new(Page([0; PAGE]));
        let lock = region::lock(page.0.as_ptr(), PAGE);
        if let Err(error) = &lock {
            tracing::debug!(%error, "the memory of the key is not locked");
        }
        for (to, from) in page.0.iter_mut().zip(bytes.iter()) {
            *to = *from;
        }
        Self(Arc::new(Locked {
            page,
            _lock: lock.ok(),
        }))
    }
}

impl Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.page.0.get(..KEY_BYTES).unwrap_or_default()
    }
}

impl PartialEq for SecretBytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for SecretBytes {}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretBytes(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_kept_and_hidden() {
        let secret = SecretBytes::new(Zeroizing::new([7; KEY_BYTES]));
        assert_eq!(*secret, [7; KEY_BYTES]);
        assert_eq!(secret, secret.clone());
        assert_ne!(secret, SecretBytes::new(Zeroizing::new([8; KEY_BYTES])));
        assert_eq!(format!("{secret:?}"), "SecretBytes(hidden)");
    }

    /// Number of locked kB in the mapping that holds `address`, as the kernel states it.
    #[cfg(target_os = "linux")]
    fn locked_at(address: usize) -> Option<u64> {
        let maps = std::fs::read_to_string("/proc/self/smaps").ok()?;
        let mut inside = false;
        for line in maps.lines() {
            if let Some((range, _)) = line.split_once(' ')
                && let Some((from, to)) = range.split_once('-')
                && let (Ok(from), Ok(to)) = (
                    usize::from_str_radix(from, 16),
                    usize::from_str_radix(to, 16),
                )
            {
                inside = (from..to).contains(&address);
            } else if inside && let Some(size) = line.strip_prefix("Locked:") {
                return size.trim().trim_end_matches(" kB").parse().ok();
            }
        }
        None
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_memory_is_locked_where_the_system_allows_it() {
        let secret = SecretBytes::new(Zeroizing::new([7; KEY_BYTES]));
        if secret.0._lock.is_none() {
            println!("skipped: this system does not lock memory");
            return;
        }
        let address = secret.as_ptr() as usize;
        assert!(locked_at(address).is_none_or(|size| size >= 4));
    }
}
