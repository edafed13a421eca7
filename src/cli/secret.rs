//! Passwords, codes and tokens from standard input: never from the command line, which every user of the machine can
//! read.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use anyhow::{Context, bail};
use rustix::termios::{self, LocalModes, OptionalActions, Termios};
use zeroize::Zeroizing;

/// Upper limit for a secret, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Next line of standard input, without its line end. At a terminal `prompt` asks for it on standard error, and the
/// typed text is not shown.
pub(super) fn ask(prompt: &str) -> anyhow::Result<Zeroizing<String>> {
    let input = io::stdin();
    let mut line = Zeroizing::new(Vec::new());
    if input.is_terminal() {
        eprint!("{prompt}: ");
        io::stderr().flush()?;
        let typed = Unseen::begin().and_then(|_unseen| type_line(&mut input.lock(), &mut line));
        eprintln!();
        if !typed.context("the terminal cannot be read")? {
            bail!("cancelled; nothing was changed");
        }
    } else {
        let read = input.lock().take(LONGEST).read_until(b'\n', &mut line)?;
        if read == 0 {
            bail!("standard input has no line for “{prompt}”: give one line for each secret");
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

/// Terminal that does not show what is typed, until this is dropped.
struct Unseen(Termios);

impl Unseen {
    fn begin() -> io::Result<Self> {
        let input = io::stdin();
        let before = termios::tcgetattr(&input)?;
        let mut unseen = before.clone();
        // Key by key and without signals, so that Ctrl-C arrives here and the echo is never left off.
        unseen.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        termios::tcsetattr(&input, OptionalActions::Now, &unseen)?;
        Ok(Self(before))
    }
}

impl Drop for Unseen {
    fn drop(&mut self) {
        // An error cannot be reported while the value is dropped.
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Reads keys until Enter; false after Ctrl-C or Ctrl-D.
fn type_line(keys: &mut impl Read, line: &mut Vec<u8>) -> io::Result<bool> {
    let mut key = [0];
    loop {
        if keys.read(&mut key)? == 0 {
            return Ok(false);
        }
        match key[0] {
            b'\r' | b'\n' => return Ok(true),
            0x03 | 0x04 => return Ok(false),
            // Backspace removes a whole character; its later UTF-8 bytes begin with the bits 10.
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
    fn a_cancelled_line_is_not_returned() {
        for keys in ["abc\u{3}", "abc\u{4}", "abc"] {
            assert!(!typed(keys).0, "{keys:?}");
        }
    }
}
