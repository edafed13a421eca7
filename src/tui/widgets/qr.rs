//! QR code in half blocks: two modules a cell, dark on light in fixed colours, in every theme.

use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::style::{Color, Style};
use zeroize::Zeroizing;

/// Light modules around the code. ISO/IEC 18004 requires four; readers accept two if a terminal has no room for more.
const QUIET_ZONES: [u16; 2] = [4, 2];

const DARK: Color = Color::Rgb(0, 0, 0);
const LIGHT: Color = Color::Rgb(255, 255, 255);

/// Encoded QR code.
pub struct QrCode {
    /// Row by row; true for a dark module.
    modules: Zeroizing<Vec<bool>>,
    width: u16,
}

impl QrCode {
    /// `None` for a text that is too long for any code.
    pub fn new(text: &str) -> Option<Self> {
        let level = qrcode::EcLevel::L;
        let code = qrcode::QrCode::with_error_correction_level(text, level).ok()?;
        let dark = |colour| colour == qrcode::Color::Dark;
        Some(Self {
            width: u16::try_from(code.width()).ok()?,
            modules: Zeroizing::new(code.into_colors().into_iter().map(dark).collect()),
        })
    }

    /// Widest quiet zone with which it fits into `room`, and its size in cells.
    fn fitted(&self, room: Size) -> Option<(u16, Size)> {
        QUIET_ZONES.into_iter().find_map(|quiet| {
            let modules = self.width + 2 * quiet;
            let size = Size::new(modules, modules.div_ceil(2));
            (size.width <= room.width && size.height <= room.height).then_some((quiet, size))
        })
    }

    /// Size in cells within `room`; `None` if it does not fit.
    pub fn size(&self, room: Size) -> Option<Size> {
        self.fitted(room).map(|(_, size)| size)
    }

    fn is_dark(&self, column: Option<u16>, row: Option<u16>) -> bool {
        let inside = |place: Option<u16>| place.filter(|place| *place < self.width);
        let (Some(column), Some(row)) = (inside(column), inside(row)) else {
            return false;
        };
        let index = usize::from(row) * usize::from(self.width) + usize::from(column);
        self.modules.get(index).copied().unwrap_or(false)
    }

    /// Draws it into the top left corner of `area`, if it fits.
    pub fn view(&self, frame: &mut Frame<'_>, area: Rect) {
        let Some((quiet, size)) = self.fitted(area.as_size()) else {
            return;
        };
        for row in 0..size.height {
            for column in 0..size.width {
                let colour = |half: u16| {
                    let (column, row) = (
                        column.checked_sub(quiet),
                        (2 * row + half).checked_sub(quiet),
                    );
                    if self.is_dark(column, row) {
                        DARK
                    } else {
                        LIGHT
                    }
                };
                let style = Style::reset().fg(colour(0)).bg(colour(1));
                if let Some(cell) = frame.buffer_mut().cell_mut((area.x + column, area.y + row)) {
                    cell.set_char('▀').set_style(style);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;

    const URI: &str = "otpauth://totp/LUNNY:dana%40example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=LUNNY";

    /// Text that a camera would read from the terminal, with eight pixels a module.
    fn read(columns: u16, rows: u16) -> Option<String> {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        let code = QrCode::new(URI).unwrap();
        terminal
            .draw(|frame| code.view(frame, frame.area()))
            .unwrap();
        let buffer = terminal.backend().buffer();
        let pixels = |x: usize, y: usize| {
            let (column, module) = (x / 8, y / 8);
            let cell = &buffer[(column as u16, (module / 2) as u16)];
            let colour = if module % 2 == 0 { cell.fg } else { cell.bg };
            // The terminal around it is dark.
            if colour == LIGHT { 255 } else { 0 }
        };
        let (width, height) = (usize::from(columns) * 8, usize::from(rows) * 16);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixels);
        let grid = image.detect_grids().into_iter().next()?;
        Some(grid.decode().unwrap().1)
    }

    #[test]
    fn a_reader_reads_what_is_drawn_with_a_wide_and_a_narrow_margin() {
        assert_eq!(read(100, 40).as_deref(), Some(URI));
        assert_eq!(read(41, 21).as_deref(), Some(URI));
    }

    #[test]
    fn a_code_that_does_not_fit_is_not_drawn() {
        let code = QrCode::new(URI).unwrap();
        assert_eq!(code.size(Size::new(80, 24)), Some(Size::new(45, 23)));
        assert_eq!(code.size(Size::new(80, 22)), Some(Size::new(41, 21)));
        assert_eq!(code.size(Size::new(80, 20)), None);
        assert_eq!(read(40, 21), None);
        assert!(QrCode::new(&"x".repeat(5000)).is_none());
    }
}
