//! Asks the terminal once for its abilities, before anything else reads its answers.
//!
//! Every terminal answers the last question, so the wait ends with that answer. Keys typed meanwhile are passed on.

use std::io::{self, Write};
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_image::FontSize;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::terminal::Symbols;

/// Longest wait for an answer; a slow link needs a moment.
pub const PATIENCE: Duration = Duration::from_millis(1500);

/// In this order: kitty graphics, device attributes (sixel), cell size in pixels, name and version (XTVERSION), 24-bit
/// colour (DECRQSS), and last the status report that every terminal answers.
pub const QUESTIONS: &str = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\
    \x1b[c\x1b[16t\x1b[>0q\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[0m\x1b[5n";

/// Maximum number of bytes of one answer.
const LONGEST_ANSWER: usize = 4096;

/// Answers of the terminal.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    pub kitty: bool,
    pub sixel: bool,
    pub true_colour: bool,
    /// Width and height of a character cell in pixels.
    pub cell: Option<FontSize>,
    /// Block elements that its name and version stand for.
    pub symbols: Option<Symbols>,
    /// Its name and version, as it stated them.
    pub stated: Option<String>,
}

/// Size of a cell by a window's columns, rows, width and height in pixels, as the operating system knows them: some
/// terminals state it there and do not answer the question. `None` for numbers that no font has.
pub fn cell_of_window([columns, rows]: [u16; 2], [width, height]: [u16; 2]) -> Option<FontSize> {
    let cell = FontSize::new(width.checked_div(columns)?, height.checked_div(rows)?);
    let is_likely =
        (4..=64).contains(&cell.width) && (cell.width..=4 * cell.width).contains(&cell.height);
    is_likely.then_some(cell)
}

/// Sends the questions to the terminal and calls `typed` for each key that arrives among the answers. Blocks until the
/// last answer arrives or the time is over.
pub fn ask(
    input: BorrowedFd<'_>,
    terminal: &mut dyn Write,
    mut typed: impl FnMut(KeyEvent),
) -> io::Result<Answers> {
    terminal.write_all(QUESTIONS.as_bytes())?;
    terminal.flush()?;
    let deadline = Instant::now() + PATIENCE;
    let mut conversation = Conversation::default();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec {
            tv_sec: left.as_secs() as i64,
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        let mut input_ready = [PollFd::new(&input, PollFlags::IN)];
        let waited = poll(&mut input_ready, Some(&timeout));
        if left.is_zero() || !matches!(waited, Ok(1..)) {
            break;
        }
        let mut buffer = [0; 256];
        let count = rustix::io::read(input, &mut buffer)?;
        if count == 0 {
            break;
        }
        if conversation.take(&buffer[..count], &mut typed) {
            break;
        }
    }
    let (answers, rest) = conversation.end();
    hand_on(&String::from_utf8_lossy(&rest), &mut typed);
    Ok(answers)
}

/// Answers that arrive in pieces, among keys that were typed.
#[derive(Debug, Default)]
pub struct Conversation {
    answers: Answers,
    /// Bytes of a sequence whose end has not arrived, or bytes after the last answer.
    pending: Vec<u8>,
}

impl Conversation {
    /// Takes what arrived, and calls `typed` for each key in it. Returns true once the last answer is there; bytes after
    /// it are kept for [`Conversation::end`].
    pub fn take(&mut self, bytes: &[u8], mut typed: impl FnMut(KeyEvent)) -> bool {
        self.pending.extend_from_slice(bytes);
        while let Some((token, length)) = next_token(&self.pending) {
            let finished = token == Token::Control("[0n");
            self.answers.take(&token, &mut typed);
            self.pending.drain(..length);
            if finished {
                return true;
            }
        }
        // No answer is longer. What never ends is not one, and would be searched again with every byte.
        if self.pending.len() > LONGEST_ANSWER {
            self.pending.clear();
        }
        false
    }

    /// The answers so far, and the bytes that belong to none.
    pub fn end(self) -> (Answers, Vec<u8>) {
        (self.answers, self.pending)
    }
}

/// Part of a terminal's output.
#[derive(Debug, PartialEq, Eq)]
enum Token<'a> {
    /// Escape sequence without its ESC and without the string terminator.
    Control(&'a str),
    /// Text between escape sequences.
    Text(&'a str),
}

/// First whole token and its length in bytes; `None` until its end has arrived.
fn next_token(bytes: &[u8]) -> Option<(Token<'_>, usize)> {
    const ESCAPE: u8 = 0x1b;
    let text = |range: &'_ [u8]| std::str::from_utf8(range).map(str::len).ok();
    if bytes.first()? != &ESCAPE {
        let end = bytes.iter().position(|&byte| byte == ESCAPE);
        let end = end.unwrap_or(bytes.len());
        // Bytes that are not text are dropped as an empty token.
        let valid = text(&bytes[..end]).unwrap_or(0);
        return Some((Token::Text(as_text(&bytes[..valid])), end));
    }
    match bytes.get(1)? {
        b'[' => {
            let last = bytes[2..]
                .iter()
                .position(|byte| (0x40..=0x7e).contains(byte))?
                + 2;
            Some((Token::Control(as_text(&bytes[1..=last])), last + 1))
        }
        b'_' | b'P' | b']' => {
            let end = bytes.windows(2).position(|pair| pair == b"\x1b\\")?;
            Some((Token::Control(as_text(&bytes[1..end])), end + 2))
        }
        _ => Some((Token::Control(""), 1)),
    }
}

fn as_text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or("")
}

impl Answers {
    fn take(&mut self, token: &Token<'_>, typed: &mut impl FnMut(KeyEvent)) {
        match token {
            Token::Text(text) => hand_on(text, typed),
            Token::Control(sequence) => {
                if let Some(key) = cursor_key(sequence) {
                    typed(KeyEvent::new(key, KeyModifiers::NONE));
                } else if sequence.starts_with("_Gi=31;") {
                    self.kitty = sequence.ends_with("OK");
                } else if let Some(attributes) = within(sequence, "[?", "c") {
                    self.sixel = attributes.split(';').any(|attribute| attribute == "4");
                } else if let Some(size) = within(sequence, "[6;", "t") {
                    self.cell = size.split_once(';').and_then(|(height, width)| {
                        let cell = FontSize::new(width.parse().ok()?, height.parse().ok()?);
                        (cell.width > 0 && cell.height > 0).then_some(cell)
                    });
                } else if let Some(stated) = within(sequence, "P>|", "") {
                    self.symbols = Symbols::of_version(stated);
                    self.stated = Some(stated.to_owned());
                } else if let Some(style) = within(sequence, "P1$r", "m") {
                    let kept = ["48:2:1:2:3", "48:2::1:2:3", "48;2;1;2;3"];
                    self.true_colour = kept.iter().any(|kept| style.contains(kept));
                }
            }
        }
    }
}

fn within<'a>(sequence: &'a str, start: &str, end: &str) -> Option<&'a str> {
    sequence.strip_prefix(start)?.strip_suffix(end)
}

fn cursor_key(sequence: &str) -> Option<KeyCode> {
    Some(match sequence {
        "" => KeyCode::Esc,
        "[A" => KeyCode::Up,
        "[B" => KeyCode::Down,
        "[C" => KeyCode::Right,
        "[D" => KeyCode::Left,
        "[Z" => KeyCode::BackTab,
        _ => return None,
    })
}

/// Passes typed text on as key presses.
fn hand_on(text: &str, typed: &mut impl FnMut(KeyEvent)) {
    for character in text.chars() {
        let (code, modifiers) = match character {
            '\r' | '\n' => (KeyCode::Enter, KeyModifiers::NONE),
            '\t' => (KeyCode::Tab, KeyModifiers::NONE),
            '\x7f' => (KeyCode::Backspace, KeyModifiers::NONE),
            '\x1b' => (KeyCode::Esc, KeyModifiers::NONE),
            '\x01'..='\x1a' => {
                let letter = char::from(character as u8 - 1 + b'a');
                (KeyCode::Char(letter), KeyModifiers::CONTROL)
            }
            _ if character.is_control() => continue,
            _ => (KeyCode::Char(character), KeyModifiers::NONE),
        };
        typed(KeyEvent::new(code, modifiers));
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    /// Runs `ask` on `said` from a pipe; returns the answers and the keys.
    fn conversation(said: &str) -> (Answers, Vec<KeyCode>) {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(said.as_bytes()).unwrap();
        drop(writer);
        let mut keys = Vec::new();
        let answers = ask(reader.as_fd(), &mut Vec::new(), |key| keys.push(key.code)).unwrap();
        (answers, keys)
    }

    #[test]
    fn a_capable_terminal_is_understood() {
        let (answers, keys) = conversation(
            "\x1b_Gi=31;OK\x1b\\\x1b[?62;4;22c\x1b[6;20;10t\x1bP>|foot(1.20.2)\x1b\\\x1bP1$r0;48:2::1:2:3m\x1b\\\x1b[0n",
        );
        assert!(answers.kitty && answers.sixel && answers.true_colour);
        assert_eq!(answers.symbols, Some(Symbols::Octants));
        let cell = answers.cell.unwrap();
        assert_eq!((cell.width, cell.height), (10, 20));
        assert!(keys.is_empty(), "{keys:?}");
    }

    #[test]
    fn a_cell_follows_from_the_window_unless_its_pixels_are_made_up() {
        let cell = |pixels| {
            let cell = cell_of_window([100, 32], pixels);
            cell.map(|cell| (cell.width, cell.height))
        };
        // With a border around the cells.
        assert_eq!(cell([804, 548]), Some((8, 17)));
        assert_eq!(
            [[0, 0], [100, 32], [804, 60], [804, 6000]].map(cell),
            [None; 4]
        );
        assert!(cell_of_window([0, 0], [804, 548]).is_none());
    }

    #[test]
    fn a_plain_terminal_has_no_abilities() {
        let (answers, _) = conversation("\x1b[?1;2c\x1bP0$r\x1b\\\x1b[0n");
        assert!(!answers.kitty && !answers.sixel && !answers.true_colour);
        assert!(answers.cell.is_none());
    }

    #[test]
    fn keys_typed_during_the_answers_are_passed_on() {
        let (answers, keys) = conversation("a\x1b[?62;4c\x1b[B\rö\x1b[0nz\t");
        assert!(answers.sixel);
        let expected = [
            KeyCode::Char('a'),
            KeyCode::Down,
            KeyCode::Enter,
            KeyCode::Char('ö'),
            KeyCode::Char('z'),
            KeyCode::Tab,
        ];
        assert_eq!(keys, expected);
    }

    #[test]
    fn an_answer_without_an_end_takes_no_room() {
        let mut conversation = Conversation::default();
        for _ in 0..1000 {
            assert!(!conversation.take(&[b'\x1b', b'P', b'1', b'1'].repeat(16), |_| {}));
        }
        assert!(conversation.pending.len() <= LONGEST_ANSWER);
        let mut keys = Vec::new();
        assert!(conversation.take(b"\x1b\\\x1b[0nq", |key| keys.push(key.code)));
        assert_eq!(conversation.end().1, b"q");
    }

    #[test]
    fn a_hang_up_during_an_answer_is_no_error() {
        let (answers, _) = conversation("\x1b[?62;4c\x1bP1$r0;48");
        assert!(answers.sixel && !answers.true_colour);
    }
}
