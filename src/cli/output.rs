//! Standard output and standard error, on which foreign text cannot control the terminal.
//!
//! File names, tags and records may hold control characters, direction marks and invisible characters. Every line that a
//! subcommand prints goes through here, so that none of them reaches the terminal: in text they are left out, in JSON they are
//! escaped. `tests/repository/output.rs` finds subcommands that print past it.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, StderrLock, StdoutLock, Write};

use crate::text::{is_hidden, is_space};

/// Standard output, line by line.
pub(crate) fn out() -> Harmless<StdoutLock<'static>> {
    Harmless::new(io::stdout().lock())
}

/// Standard error, line by line.
pub(crate) fn err() -> Harmless<StderrLock<'static>> {
    Harmless::new(io::stderr().lock())
}

/// Prints a message, which may have several lines, on standard error.
pub fn complain(message: &str) {
    // A closed standard error has no reader.
    let _ = writeln!(err(), "{message}");
}

/// As `println!`, with harmless text. A closed pipe is no error: the reader has what it wanted.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!($crate::cli::output::out(), $($words)*);
    }};
}

/// As `eprintln!`, with harmless text.
macro_rules! caution {
    ($($words:tt)*) => {
        $crate::cli::output::complain(&format!($($words)*))
    };
}

pub(crate) use {caution, say};

/// A writer that makes every line harmless before it passes it on.
pub(crate) struct Harmless<W: Write> {
    inner: W,
    /// The line so far.
    line: Vec<u8>,
}

impl<W: Write> Harmless<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            line: Vec::new(),
        }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        self.inner.write_all(harmless(&line).as_bytes())
    }
}

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            if self.line.last() == Some(&b'\n') {
                self.pass_on()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // The rest of a line may end within a letter; it waits for the end of the line.
        self.inner.flush()
    }
}

impl<W: Write> Drop for Harmless<W> {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            // An error cannot be reported while the value is dropped.
            let _ = self.pass_on();
        }
        let _ = self.inner.flush();
    }
}

/// One line, with its end if it has one, without what would control a terminal.
fn harmless(line: &str) -> Cow<'_, str> {
    let (content, end) = match line.strip_suffix('\n') {
        Some(content) => (content.strip_suffix('\r').unwrap_or(content), "\n"),
        None => (line, ""),
    };
    let harms = |letter: char| letter != '\t' && (is_space(letter) || is_hidden(letter));
    if !content.contains(harms) {
        return line.into();
    }
    // Text that looks like JSON is escaped, which harms neither.
    let is_json = content.trim_start().starts_with(['{', '[', '"', '}', ']']);
    let mut made = String::with_capacity(line.len());
    for letter in content.chars() {
        match (harms(letter), is_json) {
            (false, _) => made.push(letter),
            (true, true) => escape(letter, &mut made),
            (true, false) if is_space(letter) => made.push(' '),
            (true, false) => {}
        }
    }
    made.push_str(end);
    made.into()
}

/// The letter as JSON escapes it: its one or two UTF-16 units.
fn escape(letter: char, made: &mut String) {
    for unit in letter.encode_utf16(&mut [0; 2]) {
        // Writing into a string cannot fail.
        let _ = write!(made, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(parts: &[&[u8]]) -> String {
        let mut bytes = Vec::new();
        let mut out = Harmless::new(&mut bytes);
        for part in parts {
            out.write_all(part).unwrap();
        }
        drop(out);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn text_loses_what_controls_a_terminal() {
        let hostile = "scan\u{1b}]52;c;aGk=\u{7}\u{9b}31m\u{202e}.dcm\tä\r\nnext\u{2028}line";
        assert_eq!(
            printed(&[hostile.as_bytes()]),
            "scan]52;c;aGk=31m.dcm\tä\nnext line"
        );
    }

    #[test]
    fn json_keeps_its_values() {
        let value = "a\u{9b}\u{202e}\u{e0041}\u{200b}b\u{1b}";
        for line in [
            serde_json::json!({ "file": value }).to_string(),
            serde_json::to_string_pretty(&serde_json::json!([value])).unwrap(),
        ] {
            let told = printed(&[line.as_bytes(), b"\n"]);
            assert!(!told.contains(is_hidden_but_lines), "{told:?}");
            let read: serde_json::Value = serde_json::from_str(&told).unwrap();
            let read = read.get("file").or(read.get(0)).unwrap();
            assert_eq!(read, value);
        }
    }

    fn is_hidden_but_lines(letter: char) -> bool {
        letter != '\n' && is_hidden(letter)
    }

    #[test]
    fn a_letter_that_comes_in_two_parts_stays_whole() {
        let [one, other] = [&"ä\u{9b}".as_bytes()[..3], &"ä\u{9b}".as_bytes()[3..]];
        assert_eq!(printed(&[one, other, b"b\nc"]), "äb\nc");
    }

    proptest::proptest! {
        #[test]
        fn no_output_controls_the_terminal(text in "\\PC*|.*") {
            let told = printed(&[text.as_bytes()]);
            let allowed = |letter: char| matches!(letter, '\n' | '\t');
            proptest::prop_assert!(told.chars().all(|c| allowed(c) || !is_hidden(c)), "{:?}", told);
        }
    }
}
