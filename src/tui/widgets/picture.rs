//! Picture of a scan for a terminal: pixels with a graphics protocol, otherwise block elements or shades of text.
//!
//! Encoding takes tens of milliseconds, so it runs on a background thread; drawing an encoded picture is cheap.

mod cells;

use image::imageops::FilterType;
use image::{DynamicImage, GrayImage};
use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::text::{Line, Text};
use ratatui_image::picker::{Picker, ProtocolType};
use ratatui_image::protocol::Protocol;
use ratatui_image::{FontSize, Image, Resize};

use self::cells::{INK, RIM_CAPTION, blocks, fitted, scaled, shades};
use super::canvas::Canvas;
use super::picture_error::PictureError;
use super::symbols::{self, Mosaic};
use crate::imaging::overlay::{CAPTION, HeatMap};
use crate::imaging::{Scan, Window};
pub use crate::terminal::Graphics;
use crate::tui::session::Capabilities;

impl Graphics {
    /// Captions of a picture in this graphics mode, one line each: meaning of a heat map over it, its form without
    /// colours, and the quality of a picture that is not drawn in pixels.
    pub fn captions(self, with_heat_map: bool) -> Vec<&'static str> {
        let quality = match self {
            Self::Kitty | Self::Sixel | Self::Iterm2 => None,
            Self::Symbols(_) | Self::Shades => Some("low-resolution preview"),
            Self::None => return vec!["pictures are turned off"],
        };
        let map = with_heat_map.then_some(CAPTION);
        let rim = (with_heat_map && self == Self::Shades).then_some(RIM_CAPTION);
        map.into_iter().chain(rim).chain(quality).collect()
    }
}

/// Encoded picture for one size in cells.
pub struct Picture {
    /// Space that it was made for.
    pub space: Size,
    /// True if a heat map lies over the scan.
    pub with_heat_map: bool,
    ink: Ink,
}

enum Ink {
    Pixels(Box<Protocol>),
    Blocks(Mosaic),
    Shades(Vec<String>),
    Nothing,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Picture({})", self.space)
    }
}

/// Width and height of a cell if the terminal did not report them: the usual one to two.
pub const USUAL_CELL: (u16, u16) = (10, 20);

impl Picture {
    /// Scales `scan` into `space` cells, keeping its aspect ratio, in the model's window, with `heat_map` over it if
    /// there is one, and encodes it for the terminal.
    ///
    /// # Errors
    /// [`PictureError::Incomplete`], [`PictureError::Encoder`].
    pub fn encode(
        scan: &Scan,
        heat_map: Option<&HeatMap>,
        capabilities: &Capabilities,
        space: Size,
    ) -> Result<Self, PictureError> {
        let graphics = capabilities.graphics;
        let with_heat_map = heat_map.is_some();
        if graphics == Graphics::None || space.width == 0 || space.height == 0 {
            return Ok(Self {
                space,
                with_heat_map,
                ink: Ink::Nothing,
            });
        }
        let levels = scan.grey(Window::MODEL).into_owned();
        let Some(grey) = GrayImage::from_raw(scan.width, scan.height, levels) else {
            return Err(PictureError::Incomplete);
        };
        let cell = capabilities.cell.unwrap_or(USUAL_CELL);
        let ink = match graphics {
            Graphics::Shades => Ink::Shades(shades(&grey, heat_map, cell, space)),
            Graphics::Symbols(symbols) => {
                let cells = fitted([grey.width(), grey.height()], cell, space);
                let strengths = heat_map
                    .map(|map| map.stretched(u32::from(cells.width), u32::from(cells.height)));
                let style = symbols::Style {
                    symbols,
                    depth: capabilities.colour,
                };
                let grey = scaled(&grey, cells);
                Ink::Blocks(Mosaic::of_grey(&grey, cells, strengths.as_deref(), style))
            }
            _ => {
                let picture = match heat_map {
                    Some(map) => DynamicImage::ImageRgb8(map.over(&grey)),
                    None => DynamicImage::ImageLuma8(grey),
                };
                let filter = Resize::Scale(Some(FilterType::CatmullRom));
                Ink::Pixels(Box::new(pixels(picture, graphics, cell, space, filter)?))
            }
        };
        Ok(Self {
            space,
            with_heat_map,
            ink,
        })
    }

    /// As [`Picture::encode`], for an image kept of a scan; `with_heat_map` is true if a heat map is drawn into it.
    ///
    /// # Errors
    /// [`PictureError::Encoder`].
    pub fn of_image(
        image: &DynamicImage,
        with_heat_map: bool,
        capabilities: &Capabilities,
        space: Size,
    ) -> Result<Self, PictureError> {
        let cell = capabilities.cell.unwrap_or(USUAL_CELL);
        let ink = match capabilities.graphics {
            _ if space.width == 0 || space.height == 0 => Ink::Nothing,
            Graphics::None => Ink::Nothing,
            Graphics::Shades => Ink::Shades(shades(&image.to_luma8(), None, cell, space)),
            Graphics::Symbols(symbols) => {
                let cells = fitted([image.width(), image.height()], cell, space);
                let style = symbols::Style {
                    symbols,
                    depth: capabilities.colour,
                };
                Ink::Blocks(blocks(image, with_heat_map, cells, style))
            }
            graphics => {
                let filter = Resize::Scale(Some(FilterType::CatmullRom));
                let protocol = pixels(image.clone(), graphics, cell, space, filter)?;
                Ink::Pixels(Box::new(protocol))
            }
        };
        Ok(Self {
            space,
            with_heat_map,
            ink,
        })
    }

    /// Encodes a canvas that was painted for these cells.
    ///
    /// # Errors
    /// [`PictureError::Encoder`].
    pub fn of_canvas(canvas: &Canvas, capabilities: &Capabilities) -> Result<Self, PictureError> {
        let cell = capabilities.cell.unwrap_or(USUAL_CELL);
        let ink = match capabilities.graphics {
            Graphics::None => Ink::Nothing,
            Graphics::Shades => Ink::Shades(canvas.letters(INK)),
            Graphics::Symbols(symbols) => Ink::Blocks(canvas.mosaic(symbols::Style {
                symbols,
                depth: capabilities.colour,
            })),
            graphics @ (Graphics::Kitty | Graphics::Sixel | Graphics::Iterm2) => {
                // It already has the right size, so nothing is resized.
                let (picture, filter) = (canvas.picture(), Resize::Fit(None));
                let protocol = pixels(picture, graphics, cell, canvas.cells, filter)?;
                Ink::Pixels(Box::new(protocol))
            }
        };
        Ok(Self {
            space: canvas.cells,
            with_heat_map: false,
            ink,
        })
    }

    /// Draws the picture at the top middle of `area`. Returns the cells that it covers.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect) -> Rect {
        let size = match &self.ink {
            Ink::Pixels(protocol) => protocol.size(),
            Ink::Blocks(blocks) => blocks.size(),
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
            Ink::Blocks(blocks) => blocks.render(frame.buffer_mut(), covered),
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
    picture: DynamicImage,
    graphics: Graphics,
    (width, height): (u16, u16),
    space: Size,
    filter: Resize,
) -> Result<Protocol, PictureError> {
    // Asking the terminal again would take keys from the event loop, so its earlier answer is passed in through the one
    // constructor that accepts it.
    #[expect(
        deprecated,
        reason = "the only constructor that takes a known cell size"
    )]
    let mut picker = Picker::from_fontsize(FontSize::new(width, height));
    picker.set_protocol_type(match graphics {
        Graphics::Kitty => ProtocolType::Kitty,
        Graphics::Sixel => ProtocolType::Sixel,
        Graphics::Iterm2 => ProtocolType::Iterm2,
        Graphics::Symbols(_) | Graphics::Shades | Graphics::None => ProtocolType::Halfblocks,
    });
    Ok(picker.new_protocol(picture, space, filter)?)
}

#[cfg(test)]
mod tests {
    use super::cells::RIM;
    use super::*;
    use crate::imaging::{Format, Pixels, Provenance};
    use crate::terminal::{ColourDepth, Symbols};

    fn with(graphics: Graphics, colour: ColourDepth) -> Capabilities {
        Capabilities {
            colour,
            shortcuts: Default::default(),
            graphics,
            cell: None,
            reduced_motion: false,
            plain: false,
        }
    }

    const HALF: Graphics = Graphics::Symbols(Symbols::Half);

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
            HALF,
            Graphics::Symbols(Symbols::Octants),
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
                let map = HeatMap::new(2, vec![1.0, 0.5, 0.0, 0.0]);
                let capabilities = Capabilities {
                    cell: Some((8, 16)),
                    ..with(graphics, ColourDepth::TrueColour)
                };
                let picture = Picture::encode(&scan, Some(&map), &capabilities, space).unwrap();
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

    fn shaded(heat_map: Option<&HeatMap>) -> Vec<String> {
        let (scan, space) = (generated_scan(64, 64), Size::new(40, 20));
        let capabilities = with(Graphics::Shades, ColourDepth::Monochrome);
        let picture = Picture::encode(&scan, heat_map, &capabilities, space).unwrap();
        assert_eq!(picture.with_heat_map, heat_map.is_some());
        match picture.ink {
            Ink::Shades(lines) => lines,
            _ => panic!("no shades"),
        }
    }

    #[test]
    fn shades_rim_the_strongest_part_and_nothing_else() {
        // The cell at the bottom left of three by three.
        let map = HeatMap::new(3, [[0.0; 6].as_slice(), &[1.0, 0.0, 0.0]].concat());
        let (plain, rimmed) = (shaded(None), shaded(Some(&map)));
        let mut rim = 0;
        for (row, (plain, rimmed)) in plain.iter().zip(&rimmed).enumerate() {
            for (column, (plain, rimmed)) in plain.chars().zip(rimmed.chars()).enumerate() {
                if rimmed == RIM {
                    rim += 1;
                    assert!(row >= 11 && column <= 18, "{row} {column}");
                } else {
                    assert_eq!(plain, rimmed, "{row} {column}");
                }
            }
        }
        assert!((10..60).contains(&rim), "{rim}\n{}", rimmed.join("\n"));
        assert_eq!(shaded(Some(&HeatMap::new(1, vec![0.4]))), plain);
    }

    /// The picture in 16 by 8 cells.
    fn drawn(picture: &Picture) -> ratatui::buffer::Buffer {
        let backend = ratatui::backend::TestBackend::new(16, 8);
        let mut terminal = ratatui::Terminal::new(backend).unwrap();
        let draw = |frame: &mut Frame<'_>| _ = picture.render(frame, Rect::new(0, 0, 16, 8));
        terminal.draw(draw).unwrap();
        terminal.backend().buffer().clone()
    }

    fn is_coloured(cell: &ratatui::buffer::Cell) -> bool {
        use ratatui::style::Color;
        let coloured = |colour| match colour {
            Color::Rgb(red, green, blue) => red != green || green != blue,
            Color::Indexed(index) => (17..231).contains(&index),
            other => {
                let greys = [Color::Black, Color::DarkGray, Color::Gray, Color::White];
                !greys.contains(&other)
            }
        };
        coloured(cell.bg) || (cell.symbol() != " " && coloured(cell.fg))
    }

    const DEPTHS: [ColourDepth; 3] = [
        ColourDepth::TrueColour,
        ColourDepth::TwoHundredFiftySix,
        ColourDepth::Sixteen,
    ];

    #[test]
    fn heat_is_seen_at_every_depth_over_its_part_and_nowhere_else() {
        // The quarter at the top right; the middle of the scan is as dark as a lung.
        let map = HeatMap::new(4, [[0.0, 0.0, 1.0, 1.0].repeat(2), vec![0.0; 8]].concat());
        let scan = generated_scan(64, 64);
        let levels = scan.grey(Window::MODEL).into_owned();
        let kept = map.over(&GrayImage::from_raw(64, 64, levels).unwrap());
        let kept = DynamicImage::ImageRgb8(kept);
        for symbols in [Symbols::Half, Symbols::Quadrants, Symbols::Octants] {
            for depth in DEPTHS {
                let capabilities = with(Graphics::Symbols(symbols), depth);
                let space = Size::new(16, 8);
                let of = |map| Picture::encode(&scan, map, &capabilities, space).unwrap();
                let old = Picture::of_image(&kept, true, &capabilities, space).unwrap();
                for picture in [of(Some(&map)), old] {
                    let buffer = drawn(&picture);
                    for (column, row) in (0..128).map(|at| (at % 16, at / 16)) {
                        let coloured = is_coloured(&buffer[(column, row)]);
                        let at = format!("{symbols:?} {depth:?} {column} {row}");
                        if column >= 10 && row <= 2 {
                            assert!(coloured, "{at}");
                        } else if column <= 3 || row >= 6 {
                            assert!(!coloured, "{at}");
                        }
                    }
                }
                let plain = drawn(&of(None));
                assert!(!plain.content().iter().any(is_coloured), "{depth:?}");
            }
        }
    }

    #[test]
    fn a_photo_keeps_its_colours_where_there_are_enough() {
        let photo = image::RgbImage::from_pixel(64, 64, image::Rgb([200, 120, 60]));
        let photo = DynamicImage::ImageRgb8(photo);
        for (depth, coloured) in DEPTHS.into_iter().zip([true, true, false]) {
            let capabilities = with(HALF, depth);
            let picture = Picture::of_image(&photo, false, &capabilities, Size::new(16, 8));
            assert_eq!(
                is_coloured(&drawn(&picture.unwrap())[(8, 4)]),
                coloured,
                "{depth:?}"
            );
        }
    }

    #[test]
    fn every_heat_map_has_its_caption() {
        for graphics in [Graphics::Kitty, Graphics::Sixel, Graphics::Iterm2] {
            assert_eq!(graphics.captions(true), [CAPTION]);
            assert!(graphics.captions(false).is_empty());
        }
        let low = "low-resolution preview";
        assert_eq!(HALF.captions(true), [CAPTION, low]);
        assert_eq!(Graphics::Shades.captions(true), [CAPTION, RIM_CAPTION, low]);
        assert_eq!(Graphics::Shades.captions(false), [low]);
    }

    #[test]
    fn shades_show_dark_lungs_in_a_bright_body() {
        let text = shaded(None).concat();
        assert!(text.contains('░') || text.contains(' '), "{text}");
        assert!(text.contains('▓') || text.contains('█'), "{text}");
    }
}
