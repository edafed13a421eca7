//! The key by which clients know the server: made at the first start, readable by the server's user alone.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use russh::keys::PrivateKey;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::{Ed25519Keypair, KeypairData};
use zeroize::Zeroizing;

use super::error::ServeError;
use crate::named_file;

/// Name of the file in LUNNY's folder.
pub const FILE_NAME: &str = "ssh_host_ed25519_key";

/// Maximum size of the file in bytes.
const MOST: u64 = 16 << 10;

/// The host key in `home`, which is made if there is none.
///
/// # Errors
/// If it cannot be read or written, is no key, or other users can read it.
pub(super) fn read_or_make(home: &Path) -> Result<PrivateKey, ServeError> {
    let path = home.join(FILE_NAME);
    let failed = |reason: String| ServeError::HostKey {
        path: path.clone(),
        reason,
    };
    match named_file::text(&path, MOST) {
        Ok(text) => {
            let text = Zeroizing::new(text);
            let metadata = fs::metadata(&path).map_err(|error| failed(error.to_string()))?;
            if metadata.permissions().mode() & 0o077 != 0 {
                return Err(ServeError::HostKeyOpen(path));
            }
            PrivateKey::from_openssh(text.as_bytes()).map_err(|error| failed(error.to_string()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut seed = Zeroizing::new([0; 32]);
            getrandom::fill(seed.as_mut_slice()).map_err(ServeError::NoRandomness)?;
            let pair = KeypairData::Ed25519(Ed25519Keypair::from_seed(&seed));
            let key = PrivateKey::new(pair, "lunny")
                .and_then(|key| Ok((key.to_openssh(LineEnding::LF)?, key)));
            let (text, key) = key.map_err(|error| failed(error.to_string()))?;
            write(&path, text.as_bytes()).map_err(|error| failed(error.to_string()))?;
            Ok(key)
        }
        Err(error) => Err(failed(error.to_string())),
    }
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let written = file.write_all(text).and_then(|()| file.sync_all());
    if written.is_err() {
        // Half a key would stop the next start.
        let _ = fs::remove_file(path);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_for_this_user_alone() {
        let home = tempfile::tempdir().unwrap();
        let first = read_or_make(home.path()).unwrap();
        let path = home.path().join(FILE_NAME);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = read_or_make(home.path()).unwrap();
        assert_eq!(first.public_key(), again.public_key());
        let other = tempfile::tempdir().unwrap();
        let other = read_or_make(other.path()).unwrap();
        assert_ne!(first.public_key(), other.public_key());
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_damaged_is_refused() {
        let home = tempfile::tempdir().unwrap();
        read_or_make(home.path()).unwrap();
        let path = home.path().join(FILE_NAME);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(
            read_or_make(home.path()),
            Err(ServeError::HostKeyOpen(_))
        ));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "no key").unwrap();
        assert!(matches!(
            read_or_make(home.path()),
            Err(ServeError::HostKey { .. })
        ));
    }
}
