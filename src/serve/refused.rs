//! Reasons for refusing a request of a client, in sentences for its user.

use super::sessions::Full;

/// Reason for refusing a request of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("LUNNY cannot read this command: it is too long, or not UTF-8")]
    Command,
    #[error(
        "LUNNY runs commands for accounts only: connect with your email as the user name, as in ssh -p 2222 you@hospital.example@box scan info /inbox"
    )]
    NoAccountForCommand,
    #[error("LUNNY needs a terminal: connect with ssh -t")]
    NoTerminal,
    #[error(
        "files need an account: connect with your email as the user name, as in sftp -P 2222 you@hospital.example@box"
    )]
    NoAccount,
    #[error("accept the terms first: connect with ssh and sign in")]
    NoTerms,
    #[error("the server could not do this: try again later")]
    Fault,
    #[error(transparent)]
    Full(#[from] Full),
}
