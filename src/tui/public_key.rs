//! Public keys of users: parsing a key file, and the accepted kinds.

use russh::keys::ssh_key::{Algorithm, HashAlg, PublicKey};

/// A public key from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserKey {
    /// In the form in which SSH sends it.
    pub bytes: Vec<u8>,
    /// Comment of the file, such as the name of the machine.
    pub comment: String,
    /// As `ssh-keygen -l` shows it.
    pub fingerprint: String,
}

impl UserKey {
    /// Name for lists: the comment, where there is one.
    pub fn name(&self) -> &str {
        match self.comment.trim() {
            "" => "key",
            comment => comment,
        }
    }
}

/// Reason why a text gives no key to sign in with.
#[derive(Debug, thiserror::Error)]
pub enum PublicKeyError {
    #[error(
        "this is a private key: keep it to yourself, and give the file with the same name and .pub"
    )]
    Private,
    #[error("this is no public key of OpenSSH: give a file such as id_ed25519.pub")]
    Unreadable,
    #[error(
        "keys of the kind {0} cannot sign in: make one with ssh-keygen -t ed25519, and give its .pub file"
    )]
    Kind(String),
}

/// Reads a public key in the form of OpenSSH.
///
/// # Errors
/// [`PublicKeyError`] for another text, and for keys that are neither Ed25519 nor ECDSA.
pub fn read(text: &str) -> Result<UserKey, PublicKeyError> {
    if text.contains("PRIVATE KEY") {
        return Err(PublicKeyError::Private);
    }
    let key = PublicKey::from_openssh(text.trim()).map_err(|_| PublicKeyError::Unreadable)?;
    let algorithm = key.algorithm();
    if !matches!(algorithm, Algorithm::Ed25519 | Algorithm::Ecdsa { .. }) {
        return Err(PublicKeyError::Kind(algorithm.to_string()));
    }
    Ok(UserKey {
        bytes: bytes(&key).ok_or(PublicKeyError::Unreadable)?,
        comment: key.comment().to_string(),
        fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
    })
}

/// The key in the form in which SSH sends it.
pub(crate) fn bytes(key: &PublicKey) -> Option<Vec<u8>> {
    key.to_bytes().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti dana@ward-3\n";

    #[test]
    fn a_public_key_has_its_comment_and_fingerprint() {
        let key = read(KEY).unwrap();
        assert_eq!(key.comment, "dana@ward-3");
        assert_eq!(
            key.fingerprint,
            "SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ"
        );
        assert_eq!(key.bytes.len(), 51);
    }

    #[test]
    fn other_texts_say_what_to_give() {
        let private = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
        assert!(matches!(read(private), Err(PublicKeyError::Private)));
        for text in ["", "ssh-ed25519", "hello world", "ssh-ed25519 AAAA x"] {
            assert!(
                matches!(read(text), Err(PublicKeyError::Unreadable)),
                "{text}"
            );
        }
    }
}
