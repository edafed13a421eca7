//! Passwords, codes and tokens from standard input: never from the command line, where every user of the machine can
//! read them.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use anyhow::{Context, bail};
use rustix::termios::{self, LocalModes, OptionalActions, Termios};
use zeroize::Zeroizing;

/// More than any password has, in bytes.
const LONGEST: u64 = 64 * 1024;

/// The next line of standard input, without its end. At a terminal `prompt` asks for it on standard error, and what is
/// typed is not shown.
pub fn ask(prompt: &str) -> anyhow::Result<Zeroizing<String>> {
    let input = io::stdin();
    let mut line = Zeroizing::new(Vec::new());
    if input.is_terminal() {
        eprint!("{prompt}: ");
        io::stderr().flush()?;
        let typed = Unseen::begin().and_then(|_unseen| type_line(&mut input.lock(), &mut line));
        eprintln!();
        if !typed.context("the terminal cannot be read")? {
            bail!("nothing was done");
        }
    } else {
        let read = input.lock().take(LONGEST).read_until(b'\n', &mut line)?;
        if read == 0 {
            bail!("standard input has no line for “{prompt}”: write one line for each secret");
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    let text = str::from_utf8(&line).context("the line is not UTF-8 text: type it again")?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Unseen(Termios);

impl Unseen {
    fn begin() -> io::Result<Self> {
        let input = io::stdin();
        let before = termios::tcgetattr(&input)?;
        let mut unseen = before.clone();
        // Letter by letter and without signals, so that Ctrl-C comes here and the echo is never left turned off.
        unseen.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        termios::tcsetattr(&input, OptionalActions::Now, &unseen)?;
        Ok(Self(before))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Takes keys until Enter; false when Ctrl-C or Ctrl-D gave up.
fn type_line(keys: &mut impl Read, line: &mut Vec<u8>) -> io::Result<bool> {
    let mut key = [0];
    loop {
        if keys.read(&mut key)? == 0 {
            return Ok(false);
        }
        match key[0] {
            b'\r' | b'\n' => return Ok(true),
            0x03 | 0x04 => return Ok(false),
            // Backspace takes a whole letter, whose later bytes begin with 10.
            0x08 | 0x7f => while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            0x15 => line.clear(),
            byte => {
                if (line.len() as u64) < LONGEST {
                    line.push(byte);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &str) -> (bool, String) {
        let mut line = Vec::new();
        let done = type_line(&mut keys.as_bytes(), &mut line).unwrap();
        (done, String::from_utf8(line).unwrap())
    }

    #[test]
    fn a_line_is_typed_and_corrected_letter_by_letter() {
        assert_eq!(typed("sëx\u{7f}ven\r"), (true, "sëven".into()));
        assert_eq!(typed("oë\u{7f}ne\n"), (true, "one".into()));
        assert_eq!(typed("\u{7f}\u{8}a\r"), (true, "a".into()));
        assert_eq!(typed("wrong\u{15}right\r"), (true, "right".into()));
    }

    #[test]
    fn giving_up_gives_no_line() {
        for keys in ["abc\u{3}", "abc\u{4}", "abc"] {
            assert!(!typed(keys).0, "{keys:?}");
        }
    }
}
