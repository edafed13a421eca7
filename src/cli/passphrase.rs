//! Opening the records, with the passphrase asked for where they are locked with one.

use std::io::{self, IsTerminal};

use anyhow::bail;

use super::secret;
use crate::config::Config;
use crate::store::key::MIN_PASSPHRASE_CHARACTERS;
use crate::store::{KeySource, Passphrase, Store, StoreError};

/// How often a passphrase may be typed. From a pipe it comes once, and the next line is something else.
const TRIES: usize = 3;

/// Opens the records of the home, and asks for the passphrase where one is needed and none was given.
///
/// # Errors
/// As [`Store::open_with_key`]; also when nobody knows the passphrase.
pub fn open(config: &Config) -> anyhow::Result<Store> {
    let store = with_key(&config.key, |source| {
        Store::open_with_key(&config.home, source)
    })?;
    Ok(store.with_open_registration(config.open_registration))
}

/// Opens the records before the application takes the terminal, but only where a passphrase has to be typed.
pub fn open_where_asked(config: &Config) -> anyhow::Result<Option<Store>> {
    match Store::asks_for_passphrase(&config.home, &config.key) {
        true => open(config).map(Some),
        false => Ok(None),
    }
}

/// Opens something with `source`, and with the passphrase that is asked for where it lacks one.
pub fn with_key<T>(
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
            eprintln!("{}", too_short());
            continue;
        };
        match open(&with(source, passphrase)) {
            Err(StoreError::WrongKey { .. }) if left > 0 => eprintln!("That is not it."),
            opened => return Ok(opened?),
        }
    }
    bail!("the passphrase was not given: start again when you have it");
}

/// Asks for a new passphrase, twice at a terminal.
pub fn ask_for_new() -> anyhow::Result<Passphrase> {
    eprintln!(
        "The records will be locked with a passphrase. Nobody reads them without it, and nobody can reset it."
    );
    for _ in 0..tries() {
        let Some(passphrase) = Passphrase::new(secret::ask("New passphrase")?) else {
            eprintln!("{}", too_short());
            continue;
        };
        if !io::stdin().is_terminal() {
            return Ok(passphrase);
        }
        let again = Passphrase::new(secret::ask("The same again")?);
        if again.as_ref() == Some(&passphrase) {
            return Ok(passphrase);
        }
        eprintln!("These two differ.");
    }
    bail!("no passphrase was set and nothing was changed: start again");
}

fn tries() -> usize {
    match io::stdin().is_terminal() {
        true => TRIES,
        false => 1,
    }
}

fn too_short() -> String {
    format!(
        "A passphrase has at least {MIN_PASSPHRASE_CHARACTERS} characters; several words are good."
    )
}

/// `source` with this passphrase.
pub fn with(source: &KeySource, passphrase: Passphrase) -> KeySource {
    KeySource {
        passphrase: Some(passphrase),
        ..source.clone()
    }
}
