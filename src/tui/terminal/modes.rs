//! Modes that LUNNY sets on a terminal, and restoring them.
//!
//! Every end passes through [`restore`]: a normal end, an error, a panic, a signal, a suspension. It resets all modes
//! one by one, whichever were set, and may be called any number of times.

use std::fs::File;
use std::io::IsTerminal;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

use crate::imaging::photo::DRAWING_THREAD;
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// Set and reset sequences in pairs; reset in reverse order.
const MODES: [(&str, &str); 3] = [
    ("\x1b[?1049h", "\x1b[?1049l"), // alternate screen
    ("\x1b[?2004h", "\x1b[?2004l"), // bracketed paste
    ("\x1b[?25l", "\x1b[?25h"),     // hidden cursor
];

/// Reset although never set by [`enter`]: a synchronised update that a panic interrupted, colours, and the mouse.
const LEFTOVERS: &str = "\x1b[?2026l\x1b[0m\x1b[?1006l\x1b[?1000l";

/// Sequence that turns mouse reports on or off, in the form for large terminals.
pub fn mouse(on: bool) -> &'static str {
    match on {
        true => "\x1b[?1000h\x1b[?1006h",
        false => "\x1b[?1006l\x1b[?1000l",
    }
}

/// Standard error while it is silenced, to be restored.
static STANDARD_ERROR: Mutex<Option<OwnedFd>> = Mutex::new(None);

/// Keeps text that a library prints to standard error, such as a decoder's warning about a damaged file, off the
/// screen. A stream that is redirected to a file is not changed.
fn silence_standard_error() -> io::Result<()> {
    let mut kept = STANDARD_ERROR
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if kept.is_some() || !io::stderr().is_terminal() {
        return Ok(());
    }
    let own = rustix::io::dup(io::stderr())?;
    let nowhere = File::options().write(true).open("/dev/null")?;
    rustix::stdio::dup2_stderr(&nowhere)?;
    *kept = Some(own);
    Ok(())
}

/// Restores standard error, if it was silenced.
fn give_standard_error_back() {
    let mut kept = STANDARD_ERROR
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(own) = kept.take() {
        let _ = rustix::stdio::dup2_stderr(&own);
    }
}

/// Sequence that sets LUNNY's modes.
pub fn entering() -> String {
    MODES.iter().map(|(set, _)| *set).collect()
}

/// Sequence that resets LUNNY's modes, whichever were set.
pub fn leaving() -> String {
    std::iter::once(LEFTOVERS)
        .chain(MODES.iter().rev().map(|(_, undo)| *undo))
        .collect()
}

/// Raw mode, the alternate screen, bracketed paste, no cursor.
pub fn enter(terminal: &mut dyn Write) -> io::Result<()> {
    enable_raw_mode()?;
    // The screen is drawn even if standard error cannot be silenced.
    let _ = silence_standard_error();
    terminal.write_all(entering().as_bytes())?;
    terminal.flush()
}

/// Restores the terminal. Errors are ignored, because they can no longer be shown.
pub fn restore(terminal: &mut dyn Write) {
    let _ = terminal.write_all(leaving().as_bytes());
    let _ = terminal.flush();
    let _ = disable_raw_mode();
    give_standard_error_back();
}

/// From here on, a panic on this thread restores the terminal before it is reported. A panic on another thread ends one
/// request and not the program: the terminal stays as it is, and the log states the place. The panic message is not
/// logged, since it may contain patient data. A panic on a page of a hostile file is expected and not logged.
pub fn restore_on_panic() {
    let own = std::thread::current().id();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let thread = std::thread::current();
        if thread.name() == Some(DRAWING_THREAD) {
            return;
        }
        if thread.id() != own {
            let place = panic.location().map(ToString::to_string);
            let place = place.as_deref().unwrap_or("an unknown place");
            tracing::error!("a piece of work ended in a panic at {place}");
            return;
        }
        restore(&mut io::stdout());
        report(panic);
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_that_is_set_is_undone_in_reverse_order() {
        let mut undone = Vec::new();
        restore(&mut undone);
        let undone = String::from_utf8(undone).unwrap();
        let positions: Vec<usize> = MODES
            .iter()
            .map(|(_, undo)| undone.find(undo).expect("each mode is undone"))
            .collect();
        assert!(
            positions.windows(2).all(|pair| pair[0] > pair[1]),
            "{undone:?}"
        );
        assert!(undone.contains("\x1b[?2026l") && undone.contains(mouse(false)));
    }
}
