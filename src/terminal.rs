//! Capabilities of a terminal: number of colours and the way that pictures are drawn, from the user's settings, its answers
//! and the environment. Asking the terminal is left to `tui`.

mod shortcuts;
mod symbols;

use crate::config::{ColourChoice, Config, GraphicsChoice, SymbolsChoice};

pub use shortcuts::Shortcuts;
pub use symbols::Symbols;

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
    /// Block elements in two colours a cell.
    Symbols(Symbols),
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
    /// Block elements that its name and version stand for.
    pub symbols: Option<Symbols>,
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
    /// Number of colours and graphics mode: the user's setting, otherwise the terminal's answer, otherwise the environment,
    /// in which `variable` looks up a name.
    pub fn shown(
        self,
        config: &Config,
        variable: impl Fn(&str) -> Option<String>,
    ) -> (ColourDepth, Graphics) {
        let environment = ColourDepth::from_environment(&variable);
        let colour = match config.colour {
            ColourChoice::None => ColourDepth::Monochrome,
            ColourChoice::Sixteen => ColourDepth::Sixteen,
            ColourChoice::TwoHundredFiftySix => ColourDepth::TwoHundredFiftySix,
            ColourChoice::TrueColour => ColourDepth::TrueColour,
            ColourChoice::Auto if environment == ColourDepth::Monochrome => environment,
            ColourChoice::Auto if self.true_colour => ColourDepth::TrueColour,
            ColourChoice::Auto => environment,
        };
        let iterm2 = variable("LC_TERMINAL").is_some_and(|terminal| terminal.contains("iTerm"));
        let symbols = match config.symbols {
            SymbolsChoice::Half => Symbols::Half,
            SymbolsChoice::Quadrants => Symbols::Quadrants,
            SymbolsChoice::Sextants => Symbols::Sextants,
            SymbolsChoice::Octants => Symbols::Octants,
            SymbolsChoice::Auto => {
                (self.symbols).unwrap_or_else(|| Symbols::from_environment(&variable))
            }
        };
        let drawn = |symbols| match colour {
            // Two colours a cell need colours.
            ColourDepth::Monochrome => Graphics::Shades,
            _ => Graphics::Symbols(symbols),
        };
        let graphics = match config.graphics {
            GraphicsChoice::Kitty => Graphics::Kitty,
            GraphicsChoice::Sixel => Graphics::Sixel,
            GraphicsChoice::Iterm2 => Graphics::Iterm2,
            GraphicsChoice::Symbols => drawn(symbols),
            GraphicsChoice::Halfblocks => drawn(Symbols::Half),
            GraphicsChoice::None => Graphics::None,
            GraphicsChoice::Auto if self.kitty => Graphics::Kitty,
            GraphicsChoice::Auto if iterm2 => Graphics::Iterm2,
            GraphicsChoice::Auto if self.sixel => Graphics::Sixel,
            GraphicsChoice::Auto => drawn(symbols),
        };
        (colour, graphics)
    }
}

impl Graphics {
    /// Name of the mode for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Kitty => "kitty protocol",
            Self::Sixel => "sixel",
            Self::Iterm2 => "iTerm2 protocol",
            Self::Symbols(Symbols::Half) => "half blocks",
            Self::Symbols(Symbols::Quadrants) => "quadrants",
            Self::Symbols(Symbols::Sextants) => "sextants",
            Self::Symbols(Symbols::Octants) => "octants",
            Self::Shades => "shades of text",
            Self::None => "off",
        }
    }
}

impl ColourDepth {
    /// Name of the depth for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Monochrome => "no colours",
            Self::Sixteen => "16 colours",
            Self::TwoHundredFiftySix => "256 colours",
            Self::TrueColour => "24-bit colour",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Options;

    fn shown(abilities: Abilities, options: &Options, term: &str) -> (ColourDepth, Graphics) {
        let home = tempfile::tempdir().unwrap();
        let options = Options {
            home: Some(home.path().into()),
            ..options.clone()
        };
        let config = Config::load(&options).unwrap();
        abilities.shown(&config, |name| (name == "TERM").then(|| term.to_owned()))
    }

    #[test]
    fn symbols_follow_the_setting_then_the_answer_then_the_environment() {
        let mut options = Options::default();
        let mut abilities = Abilities::default();
        let symbols = |(_, graphics): (ColourDepth, Graphics)| graphics;
        let of = |symbols| Graphics::Symbols(symbols);
        assert_eq!(
            symbols(shown(abilities, &options, "linux")),
            of(Symbols::Half)
        );
        abilities.symbols = Some(Symbols::Octants);
        assert_eq!(
            symbols(shown(abilities, &options, "linux")),
            of(Symbols::Octants)
        );
        options.symbols = Some(SymbolsChoice::Sextants);
        assert_eq!(
            symbols(shown(abilities, &options, "linux")),
            of(Symbols::Sextants)
        );
        options.graphics = Some(GraphicsChoice::Halfblocks);
        assert_eq!(
            symbols(shown(abilities, &options, "linux")),
            of(Symbols::Half)
        );
        abilities.sixel = true;
        options.graphics = None;
        assert_eq!(
            symbols(shown(abilities, &options, "linux")),
            Graphics::Sixel
        );
        options.graphics = Some(GraphicsChoice::Symbols);
        assert_eq!(
            symbols(shown(abilities, &options, "linux")),
            of(Symbols::Sextants)
        );
    }

    #[test]
    fn without_colours_pictures_are_shades() {
        let options = Options {
            graphics: Some(GraphicsChoice::Halfblocks),
            ..Options::default()
        };
        let dumb = shown(Abilities::default(), &options, "dumb");
        assert_eq!(dumb, (ColourDepth::Monochrome, Graphics::Shades));
    }
}
