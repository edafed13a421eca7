//! Capabilities of a terminal: number of colours and the way that pictures are drawn, from the user's settings, its answers
//! and the environment. Asking the terminal is left to `tui`.

use crate::config::{ColourChoice, Config, GraphicsChoice};

/// Number of colours that a terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourDepth {
    /// None, or the user asked for none: bold, dim, underline and reverse carry the meaning.
    Monochrome,
    /// The sixteen named colours, as the user's palette paints them.
    Sixteen,
    /// The xterm cube of 216 colours and 24 greys.
    TwoHundredFiftySix,
    /// Red, green and blue in 256 steps each.
    TrueColour,
}

/// Graphics mode of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Graphics {
    Kitty,
    Sixel,
    Iterm2,
    /// Two pixels a character cell, in colour.
    Halfblocks,
    /// Characters from dark to bright, for terminals without colours.
    Shades,
    /// The user turned pictures off.
    None,
}

/// Abilities that a terminal states when it is asked; none of them where it was not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Abilities {
    pub kitty: bool,
    /// Sixel pictures, with the size of a cell in pixels known.
    pub sixel: bool,
    pub true_colour: bool,
}

impl ColourDepth {
    /// Colour depth from the environment, for a terminal that did not answer the question itself. A non-empty
    /// `NO_COLOR` has priority over everything (<https://no-color.org>).
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = |name: &str| variable(name).unwrap_or_default();
        if !said("NO_COLOR").is_empty() {
            return Self::Monochrome;
        }
        let term = said("TERM");
        if matches!(said("COLORTERM").as_str(), "truecolor" | "24bit") || term.ends_with("-direct")
        {
            return Self::TrueColour;
        }
        match term.as_str() {
            "dumb" | "vt100" | "vt220" => Self::Monochrome,
            "linux" | "xterm" | "ansi" | "" => Self::Sixteen,
            _ if term.contains("256color") => Self::TwoHundredFiftySix,
            _ => Self::Sixteen,
        }
    }
}

impl Abilities {
    /// Number of colours and graphics mode: the user's setting, otherwise the terminal's answer, otherwise the environment.
    pub fn shown(self, config: &Config) -> (ColourDepth, Graphics) {
        let environment = ColourDepth::from_environment(|name| std::env::var(name).ok());
        let colour = match config.colour {
            ColourChoice::None => ColourDepth::Monochrome,
            ColourChoice::Sixteen => ColourDepth::Sixteen,
            ColourChoice::TwoHundredFiftySix => ColourDepth::TwoHundredFiftySix,
            ColourChoice::TrueColour => ColourDepth::TrueColour,
            ColourChoice::Auto if environment == ColourDepth::Monochrome => environment,
            ColourChoice::Auto if self.true_colour => ColourDepth::TrueColour,
            ColourChoice::Auto => environment,
        };
        let iterm2 = std::env::var("LC_TERMINAL").is_ok_and(|terminal| terminal.contains("iTerm"));
        let graphics = match config.graphics {
            GraphicsChoice::Kitty => Graphics::Kitty,
            GraphicsChoice::Sixel => Graphics::Sixel,
            GraphicsChoice::Iterm2 => Graphics::Iterm2,
            GraphicsChoice::Halfblocks => Graphics::Halfblocks,
            GraphicsChoice::None => Graphics::None,
            GraphicsChoice::Auto if self.kitty => Graphics::Kitty,
            GraphicsChoice::Auto if iterm2 => Graphics::Iterm2,
            GraphicsChoice::Auto if self.sixel => Graphics::Sixel,
            GraphicsChoice::Auto if colour == ColourDepth::Monochrome => Graphics::Shades,
            GraphicsChoice::Auto => Graphics::Halfblocks,
        };
        (colour, graphics)
    }
}
