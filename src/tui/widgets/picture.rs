//! A scan as a terminal can show it: real pixels where there is a graphics protocol, half blocks or
//! shades of text where there is none.
//!
//! Encoding takes tens of milliseconds, so it happens off the loop; drawing what was encoded is cheap.

use image::{DynamicImage, GrayImage, imageops::FilterType};
use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::text::{Line, Text};
use ratatui_image::picker::{Picker, ProtocolType};
use ratatui_image::protocol::Protocol;
use ratatui_image::{FontSize, Image, Resize};

use crate::imaging::{Scan, Window};

/// How pictures reach a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Graphics {
    Kitty,
    Sixel,
    Iterm2,
    /// Two pixels a character cell, in colour.
    Halfblocks,
    /// Characters of growing ink, for terminals without colours.
    Shades,
    /// The user wants no pictures.
    None,
}

impl Graphics {
    /// What the user should know of the picture's quality; nothing where it is a real one.
    pub fn caption(self) -> Option<&'static str> {
        match self {
            Self::Kitty | Self::Sixel | Self::Iterm2 => None,
            Self::Halfblocks | Self::Shades => Some("low-resolution preview"),
            Self::None => Some("pictures are turned off"),
        }
    }
}

/// An encoded picture, made for one size in cells.
pub struct Picture {
    /// The space that it was made for.
    pub space: Size,
    ink: Ink,
}

enum Ink {
    Pixels(Box<Protocol>),
    Shades(Vec<String>),
    Nothing,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Picture({})", self.space)
    }
}

/// Width and height of a cell where the terminal did not tell: the usual one to two.
const USUAL_CELL: (u16, u16) = (10, 20);

impl Picture {
    /// Shrinks or grows `scan` into `space` cells, keeping its shape, in the model's window, and
    /// encodes it for the terminal. Fails with the encoder's own words.
    pub fn encode(
        scan: &Scan,
        graphics: Graphics,
        cell: Option<(u16, u16)>,
        space: Size,
    ) -> Result<Self, String> {
        let empty = Self {
            space,
            ink: Ink::Nothing,
        };
        if graphics == Graphics::None || space.width == 0 || space.height == 0 {
            return Ok(empty);
        }
        let levels = scan.grey(Window::MODEL).into_owned();
        let Some(grey) = GrayImage::from_raw(scan.width, scan.height, levels) else {
            return Err("its pixels do not fill its width and height".to_owned());
        };
        let cell = cell.unwrap_or(USUAL_CELL);
        let ink = match graphics {
            Graphics::Shades => Ink::Shades(shades(&grey, cell, space)),
            _ => Ink::Pixels(Box::new(pixels(grey, graphics, cell, space)?)),
        };
        Ok(Self { space, ink })
    }

    /// Draws the picture at the top middle of `area`. Returns the cells that it covers.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect) -> Rect {
        let size = match &self.ink {
            Ink::Pixels(protocol) => protocol.size(),
            Ink::Shades(lines) => Size::new(
                lines.first().map_or(0, |line| line.chars().count() as u16),
                lines.len() as u16,
            ),
            Ink::Nothing => Size::ZERO,
        };
        let width = size.width.min(area.width);
        let covered = Rect {
            x: area.x + (area.width - width) / 2,
            y: area.y,
            width,
            height: size.height.min(area.height),
        };
        match &self.ink {
            Ink::Pixels(protocol) => {
                frame.render_widget(Image::new(protocol).allow_clipping(true), covered);
            }
            Ink::Shades(lines) => {
                let lines = lines.iter().map(|line| Line::raw(line.as_str()));
                frame.render_widget(Text::from_iter(lines), covered);
            }
            Ink::Nothing => {}
        }
        covered
    }
}

fn pixels(
    grey: GrayImage,
    graphics: Graphics,
    (width, height): (u16, u16),
    space: Size,
) -> Result<Protocol, String> {
    // Asking the terminal again would steal keys from the loop, so its earlier answer is passed in
    // through the one constructor that takes it.
    #[expect(
        deprecated,
        reason = "the only constructor that takes a known cell size"
    )]
    let mut picker = Picker::from_fontsize(FontSize::new(width, height));
    picker.set_protocol_type(match graphics {
        Graphics::Kitty => ProtocolType::Kitty,
        Graphics::Sixel => ProtocolType::Sixel,
        Graphics::Iterm2 => ProtocolType::Iterm2,
        Graphics::Halfblocks | Graphics::Shades | Graphics::None => ProtocolType::Halfblocks,
    });
    let filter = Resize::Scale(Some(FilterType::CatmullRom));
    picker
        .new_protocol(DynamicImage::ImageLuma8(grey), space, filter)
        .map_err(|error| error.to_string())
}

/// One character a cell, by the mean brightness under it.
fn shades(grey: &GrayImage, (cell_width, cell_height): (u16, u16), space: Size) -> Vec<String> {
    const INK: [char; 5] = [' ', '░', '▒', '▓', '█'];
    let cell_shape = f64::from(cell_height) / f64::from(cell_width.max(1));
    let picture_shape = f64::from(grey.width()) / f64::from(grey.height().max(1));
    let rows = (f64::from(space.width) / (picture_shape * cell_shape)).min(f64::from(space.height));
    let columns = (rows * picture_shape * cell_shape).round().max(1.0) as u32;
    let rows = rows.round().max(1.0) as u32;
    let small = image::imageops::resize(grey, columns, rows, FilterType::Triangle);
    small
        .rows()
        .map(|row| {
            row.map(|level| INK[usize::from(level.0[0]) * INK.len() / 256])
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{Format, Pixels, Provenance};

    /// A bright body with a dark middle.
    fn generated_scan(width: u32, height: u32) -> Scan {
        let dark = |at: u32, of: u32| (of / 4..of * 3 / 4).contains(&at);
        let level = |index: u32| match dark(index % width, width) && dark(index / width, height) {
            true => 20,
            false => 230,
        };
        Scan {
            pixels: Pixels::Grey((0..width * height).map(level).collect()),
            width,
            height,
            spacing_mm: None,
            colourfulness: 0.0,
            provenance: Provenance {
                path: "slice.png".into(),
                format: Format::Png,
                bytes: 0,
                sha256: String::new(),
                dicom: None,
            },
        }
    }

    #[test]
    fn every_way_of_drawing_stays_inside_its_space() {
        let scan = generated_scan(128, 96);
        let ways = [
            Graphics::Kitty,
            Graphics::Sixel,
            Graphics::Iterm2,
            Graphics::Halfblocks,
            Graphics::Shades,
            Graphics::None,
        ];
        for graphics in ways {
            for space in [
                Size::new(40, 20),
                Size::new(3, 20),
                Size::new(1, 1),
                Size::new(0, 5),
            ] {
                let picture = Picture::encode(&scan, graphics, Some((8, 16)), space).unwrap();
                let backend = ratatui::backend::TestBackend::new(60, 30);
                let mut terminal = ratatui::Terminal::new(backend).unwrap();
                let area = Rect::new(5, 5, space.width, space.height);
                let mut covered = Rect::ZERO;
                terminal
                    .draw(|frame| covered = picture.render(frame, area))
                    .unwrap();
                let kept = covered.area() == 0 || area.intersection(covered) == covered;
                assert!(kept, "{graphics:?} {space}: {covered}");
            }
        }
    }

    #[test]
    fn shades_show_dark_lungs_in_a_bright_body() {
        let scan = generated_scan(64, 64);
        let picture = Picture::encode(&scan, Graphics::Shades, None, Size::new(40, 20)).unwrap();
        let Ink::Shades(lines) = picture.ink else {
            panic!("no shades")
        };
        let text = lines.concat();
        assert!(text.contains('░') || text.contains(' '), "{text}");
        assert!(text.contains('▓') || text.contains('█'), "{text}");
    }
}
