//! Opening the records, with the passphrase asked for at the terminal where they are locked with one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};

use anyhow::{Context, bail};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::store::key::SHORTEST_PASSPHRASE;
use crate::store::{KeySource, Passphrase, Store, StoreError};
use crate::text::scrub;

/// How often a passphrase may be typed.
const TRIES: usize = 3;

/// Bytes of the longest line that is taken.
const MOST_BYTES: usize = 1024;

const CANCEL: u8 = 0x03;
const END: u8 = 0x04;
const DELETE_LINE: u8 = 0x15;

/// Opens the records of the home, and asks for the passphrase where one is needed and none was given.
///
/// # Errors
/// As [`Store::open_with_key`]; also when a passphrase is needed and there is no terminal to ask at, or nobody knows it.
pub fn open(config: &Config) -> anyhow::Result<Store> {
    match Store::open_with_key(&config.home, &config.key) {
        Err(StoreError::PassphraseNeeded { new, .. }) => ask_and_open(config, new),
        opened => Ok(opened?),
    }
}

/// Opens the records before the application takes the terminal, but only where a passphrase has to be typed.
pub fn open_where_asked(config: &Config) -> anyhow::Result<Option<Store>> {
    match Store::asks_for_passphrase(&config.home, &config.key) {
        true => open(config).map(Some),
        false => Ok(None),
    }
}

fn ask_and_open(config: &Config, new: bool) -> anyhow::Result<Store> {
    let mut terminal = Prompt::open()?;
    if new {
        let passphrase = ask_for_new(&mut terminal)?;
        return Ok(Store::open_with_key(
            &config.home,
            &with(&config.key, passphrase),
        )?);
    }
    for left in (0..TRIES).rev() {
        let typed = terminal.ask("Passphrase of the records: ")?;
        let Some(passphrase) = Passphrase::new(typed) else {
            terminal.say(&too_short())?;
            continue;
        };
        match Store::open_with_key(&config.home, &with(&config.key, passphrase)) {
            Err(StoreError::WrongKey { .. }) if left > 0 => terminal.say("That is not it.")?,
            opened => return Ok(opened?),
        }
    }
    bail!("no right passphrase was typed in {TRIES} tries: start again when you have it")
}

/// Asks for a new passphrase, twice.
pub(super) fn ask_for_new(terminal: &mut Prompt) -> anyhow::Result<Passphrase> {
    terminal.say(
        "The records will be locked with a passphrase. Nobody can read them without it, and nobody can reset it.",
    )?;
    for _ in 0..TRIES {
        let typed = terminal.ask("New passphrase: ")?;
        let Some(passphrase) = Passphrase::new(typed) else {
            terminal.say(&too_short())?;
            continue;
        };
        let again = terminal.ask("The same again: ")?;
        if Passphrase::new(again).as_ref() == Some(&passphrase) {
            return Ok(passphrase);
        }
        terminal.say("These two differ.")?;
    }
    bail!("no passphrase was set in {TRIES} tries: nothing was changed, start again")
}

fn too_short() -> String {
    format!("A passphrase has at least {SHORTEST_PASSPHRASE} characters: several words are good.")
}

fn with(source: &KeySource, passphrase: Passphrase) -> KeySource {
    KeySource {
        passphrase: Some(passphrase),
        ..source.clone()
    }
}

/// The terminal that the process was started on, for questions whose answers it does not show.
pub(super) struct Prompt {
    terminal: File,
}

impl Prompt {
    /// # Errors
    /// When the process has no terminal.
    pub fn open() -> anyhow::Result<Self> {
        let opened = OpenOptions::new().read(true).write(true).open("/dev/tty");
        let terminal = opened.context(
            "a passphrase is needed and there is no terminal to ask for it: give it in the variable LUNNY_PASSPHRASE",
        )?;
        Ok(Self { terminal })
    }

    /// Prints one line.
    pub fn say(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.terminal, "{}", scrub(line))
    }

    /// Asks, and takes a line that is not shown. Ctrl-C and the end of the input are errors.
    pub fn ask(&mut self, question: &str) -> anyhow::Result<Zeroizing<String>> {
        self.terminal.write_all(question.as_bytes())?;
        self.terminal.flush()?;
        let line = {
            let hidden = Hidden::begin(&self.terminal)?;
            take_line(hidden.terminal)
        };
        self.terminal.write_all(b"\n")?;
        let line = line?;
        match std::str::from_utf8(&line) {
            Ok(text) => Ok(Zeroizing::new(text.to_owned())),
            Err(_) => bail!("what was typed is no UTF-8 text: check the terminal's encoding"),
        }
    }
}

/// Echo, line editing and signals are off from `begin` until this is dropped: a signal in between would leave a terminal
/// without echo behind.
struct Hidden<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Hidden<'a> {
    fn begin(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut hidden = before.clone();
        hidden.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        hidden.special_codes[SpecialCodeIndex::VMIN] = 1;
        hidden.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal, OptionalActions::Flush, &hidden)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // There is nothing else to try on a terminal that is gone.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Bytes up to Enter, edited by Backspace and Ctrl-U.
fn take_line(mut terminal: impl Read) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(MOST_BYTES));
    let mut byte = [0];
    loop {
        match terminal.read(&mut byte) {
            Ok(0) => bail!("nothing was typed"),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        }
        match byte[0] {
            b'\r' | b'\n' => return Ok(line),
            CANCEL => bail!("stopped"),
            END if line.is_empty() => bail!("nothing was typed"),
            0x08 | 0x7f => while line.pop().is_some_and(|gone| gone & 0xc0 == 0x80) {},
            DELETE_LINE => line.clear(),
            _ if line.len() == MOST_BYTES => bail!("that line is too long"),
            typed => line.push(typed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_edited_by_whole_letters_and_ends_with_enter() {
        let line = |typed: &str| take_line(typed.as_bytes()).map(|line| line.to_vec());
        assert_eq!(line("abc\rmore").unwrap(), b"abc");
        assert_eq!(line("ab\u{e9}\u{7f}c\n").unwrap(), b"abc");
        assert_eq!(line("\u{7f}wrong\u{15}right\r").unwrap(), b"right");
        for refused in ["", "abc", "abc\u{3}", "\u{4}", &"a".repeat(2000)] {
            assert!(line(refused).is_err(), "{refused:?}");
        }
    }
}
