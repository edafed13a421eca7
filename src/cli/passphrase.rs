//! Opening the records, asking for the passphrase if they are locked with one.

use std::io::{self, IsTerminal};

use anyhow::bail;

use super::secret;
use crate::cli::output::caution;
use crate::clinical::follow_up::WorkUpDays;
use crate::config::Config;
use crate::store::key::MIN_PASSPHRASE_CHARACTERS;
use crate::store::{FileLimits, KeySource, Passphrase, Store, StoreError};

/// Number of attempts at a terminal. From a pipe there is one, because the next line is something else.
const TRIES: usize = 3;

/// Opens the records of the home, and asks for the passphrase if one is needed and none was given.
///
/// # Errors
/// As [`Store::open_with_key`]; also if the right passphrase is not typed.
pub(super) fn open(config: &Config) -> anyhow::Result<Store> {
    let store = with_key(&config.key, |source| {
        Store::open_with_key(&config.home, source)
    })?;
    let work_up = WorkUpDays::new(config.work_up_days).unwrap_or_default();
    store.set_work_up_days(work_up)?;
    let limits = FileLimits::of_megabytes(config.attachment_mb, config.record_attachments_mb);
    Ok(store
        .with_open_registration(config.open_registration)
        .with_file_limits(limits))
}

/// Opens the records before the application takes the terminal, but only if a passphrase has to be typed.
pub fn open_where_asked(config: &Config) -> anyhow::Result<Option<Store>> {
    match Store::asks_for_passphrase(&config.home, &config.key) {
        true => open(config).map(Some),
        false => Ok(None),
    }
}

/// Opens something with `source`, and with the passphrase that the user types if `source` lacks one.
pub(super) fn with_key<T>(
    source: &KeySource,
    open: impl Fn(&KeySource) -> Result<T, StoreError>,
) -> anyhow::Result<T> {
    match open(source) {
        Err(StoreError::PassphraseNeeded { new: true, .. }) => {
            let passphrase = ask_for_new()?;
            return Ok(open(&with(source, passphrase))?);
        }
        Err(StoreError::PassphraseNeeded { new: false, .. }) => {}
        opened => return Ok(opened?),
    }
    for left in (0..tries()).rev() {
        let typed = secret::ask("Passphrase of the records")?;
        let Some(passphrase) = Passphrase::new(typed) else {
            caution!("{}", too_short());
            continue;
        };
        match open(&with(source, passphrase)) {
            Err(StoreError::WrongKey { .. }) if left > 0 => {
                caution!("Wrong passphrase. Try again.")
            }
            opened => return Ok(opened?),
        }
    }
    bail!("the records stay locked: start again with the right passphrase");
}

/// Asks for a new passphrase, twice at a terminal.
pub(super) fn ask_for_new() -> anyhow::Result<Passphrase> {
    caution!(
        "The records will be locked with a passphrase. Without it they cannot be read, and it cannot be reset."
    );
    for _ in 0..tries() {
        let Some(passphrase) = Passphrase::new(secret::ask("New passphrase")?) else {
            caution!("{}", too_short());
            continue;
        };
        if !io::stdin().is_terminal() {
            return Ok(passphrase);
        }
        let again = Passphrase::new(secret::ask("Repeat passphrase")?);
        if again.as_ref() == Some(&passphrase) {
            return Ok(passphrase);
        }
        caution!("The two passphrases differ. Try again.");
    }
    bail!("no passphrase was set and nothing was changed: run the command again");
}

fn tries() -> usize {
    match io::stdin().is_terminal() {
        true => TRIES,
        false => 1,
    }
}

fn too_short() -> String {
    format!(
        "A passphrase needs at least {MIN_PASSPHRASE_CHARACTERS} characters. Several words work well."
    )
}

/// `source` with this passphrase.
pub(super) fn with(source: &KeySource, passphrase: Passphrase) -> KeySource {
    KeySource {
        passphrase: Some(passphrase),
        ..source.clone()
    }
}
