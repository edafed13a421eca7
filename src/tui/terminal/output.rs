//! Output of frames: colours reduced to the terminal's depth, each frame in one write inside a synchronised update, and
//! no bytes if nothing changed.

use std::io::{self, Write};

use crossterm::cursor::{Hide, Show};
use crossterm::queue;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use super::encoder::Encoder;
use crate::tui::session::Capabilities;

const BEGIN_SYNCHRONISED_UPDATE: &[u8] = b"\x1b[?2026h";
const END_SYNCHRONISED_UPDATE: &[u8] = b"\x1b[?2026l";

/// Bytes of a frame of text.
const USUAL_FRAME: usize = 16 * 1024;

/// Collects a frame and writes it in one piece, so that a slow link never shows half of one. Terminals without
/// synchronised updates ignore the marks.
struct FrameWriter<W: Write> {
    terminal: W,
    frame: Vec<u8>,
}

impl<W: Write> Write for FrameWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.frame.is_empty() {
            self.frame.extend_from_slice(BEGIN_SYNCHRONISED_UPDATE);
        }
        self.frame.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.frame.is_empty() {
            return Ok(());
        }
        self.frame.extend_from_slice(END_SYNCHRONISED_UPDATE);
        let written = self.terminal.write_all(&self.frame);
        self.frame.clear();
        // A picture may have taken megabytes.
        self.frame.shrink_to(USUAL_FRAME);
        written?;
        self.terminal.flush()
    }
}

/// Ratatui backend over any writer, with a size that is set from outside.
pub struct SessionBackend<W: Write> {
    inner: CrosstermBackend<FrameWriter<W>>,
    encoder: Encoder,
    /// Bytes of the cells that are drawn, kept for the next frame.
    encoded: Vec<u8>,
    /// Position of the visible cursor, if it is shown; unknown after cells were drawn.
    cursor: Cursor,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cursor {
    Unknown,
    Hidden,
    Shown(Option<Position>),
}

impl<W: Write> SessionBackend<W> {
    /// Backend that writes to `terminal` of this size and these capabilities.
    pub fn new(terminal: W, size: Size, capabilities: &Capabilities) -> Self {
        let writer = FrameWriter {
            terminal,
            frame: Vec::with_capacity(USUAL_FRAME),
        };
        Self {
            inner: CrosstermBackend::new(writer),
            encoder: Encoder::new(size, capabilities.colour, capabilities.shortcuts),
            encoded: Vec::new(),
            cursor: Cursor::Unknown,
        }
    }

    /// Sets the terminal's new size.
    pub fn resize(&mut self, size: Size) {
        self.encoder.size = size;
    }

    /// Sets the capabilities once the terminal has answered.
    pub fn set(&mut self, capabilities: &Capabilities) {
        self.encoder.depth = capabilities.colour;
        self.encoder.shortcuts = capabilities.shortcuts;
    }

    /// Writes a sequence that is not part of a frame, such as text for the clipboard.
    pub fn send(&mut self, sequence: &str) -> io::Result<()> {
        self.inner.write_all(sequence.as_bytes())?;
        Write::flush(&mut self.inner)
    }

    fn write_encoded(&mut self) -> io::Result<()> {
        let written = self.inner.write_all(&self.encoded);
        self.encoded.clear();
        self.encoded.shrink_to(USUAL_FRAME);
        written
    }
}

impl<W: Write> Backend for SessionBackend<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let changed: Vec<(u16, u16, &Cell)> = content.collect();
        if changed.is_empty() {
            return Ok(());
        }
        if let Cursor::Shown(_) = self.cursor {
            self.cursor = Cursor::Shown(None);
        }
        self.encoder.encode(&changed, &mut self.encoded);
        self.write_encoded()
    }

    // The crossterm backend would flush after each of these; they are part of the frame.

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor != Cursor::Hidden {
            queue!(self.inner, Hide)?;
            self.cursor = Cursor::Hidden;
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if !matches!(self.cursor, Cursor::Shown(_)) {
            queue!(self.inner, Show)?;
            self.cursor = Cursor::Shown(None);
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        match self.cursor {
            Cursor::Shown(Some(position)) => Ok(position),
            _ => Ok(Position::ORIGIN),
        }
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        let position = position.into();
        if self.cursor != Cursor::Shown(Some(position)) {
            self.encoder.go_to(position, &mut self.encoded);
            self.write_encoded()?;
            if let Cursor::Shown(_) = self.cursor {
                self.cursor = Cursor::Shown(Some(position));
            }
        }
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.cursor = Cursor::Unknown;
        self.encoder.forget_cursor();
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.encoder.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.encoder.size,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        // Output between two frames, by this program or another, may move the cursor.
        self.encoder.forget_cursor();
        Write::flush(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use ratatui::Terminal;
    use ratatui::style::{Color, Style};
    use ratatui::text::Span;

    use super::*;
    use crate::terminal::{ColourDepth, Graphics, Shortcuts};

    #[derive(Clone, Default)]
    struct Wire(Arc<Mutex<Vec<Vec<u8>>>>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn draw(terminal: &mut Terminal<SessionBackend<Wire>>, text: &str) {
        terminal
            .draw(|frame| {
                let style = Style::new()
                    .fg(Color::Rgb(250, 0, 0))
                    .bg(Color::Rgb(0, 0, 90));
                frame.render_widget(Span::styled(text, style), frame.area());
                frame.set_cursor_position((1, 0));
            })
            .unwrap();
    }

    fn terminal(wire: &Wire, depth: ColourDepth) -> Terminal<SessionBackend<Wire>> {
        let capabilities = Capabilities {
            colour: depth,
            shortcuts: Shortcuts::default(),
            graphics: Graphics::Shades,
            cell: None,
            reduced_motion: false,
            plain: false,
        };
        Terminal::new(SessionBackend::new(
            wire.clone(),
            Size::new(20, 3),
            &capabilities,
        ))
        .unwrap()
    }

    #[test]
    fn a_frame_is_one_write_between_the_marks() {
        let wire = Wire::default();
        draw(&mut terminal(&wire, ColourDepth::TrueColour), "hello");
        let writes = wire.0.lock().unwrap();
        assert_eq!(writes.len(), 1);
        assert!(writes[0].starts_with(BEGIN_SYNCHRONISED_UPDATE));
        assert!(writes[0].ends_with(END_SYNCHRONISED_UPDATE));
    }

    #[test]
    fn an_unchanged_frame_sends_nothing() {
        let wire = Wire::default();
        let mut terminal = terminal(&wire, ColourDepth::TrueColour);
        draw(&mut terminal, "hello");
        draw(&mut terminal, "hello");
        draw(&mut terminal, "hello");
        assert_eq!(wire.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn without_colours_no_colour_is_sent() {
        let wire = Wire::default();
        draw(&mut terminal(&wire, ColourDepth::Monochrome), "hello");
        let bytes = wire.0.lock().unwrap().concat();
        let sent = String::from_utf8_lossy(&bytes);
        assert!(sent.contains("hello") && !sent.contains("8;2;"), "{sent:?}");
    }
}
