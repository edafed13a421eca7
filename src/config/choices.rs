//! Choices of a setting by name.

use clap::ValueEnum;

/// Number of colours that the screen is drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColourChoice {
    /// As many as the terminal reports
    #[default]
    Auto,
    /// Only bold, underlined and reversed text
    None,
    #[value(name = "16")]
    Sixteen,
    #[value(name = "256")]
    TwoHundredFiftySix,
    #[value(name = "truecolor")]
    TrueColour,
}

/// Order of day and month in imported dates, where nothing in their file decides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DateOrderChoice {
    /// Day, month, year
    Dmy,
    /// Month, day, year
    Mdy,
    /// Year, month, day
    Ymd,
}

/// The protocol by which a picture is sent to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum GraphicsChoice {
    /// The best protocol that the terminal supports
    #[default]
    Auto,
    Kitty,
    Sixel,
    Iterm2,
    /// Block elements in two colours per character cell, in any terminal with colours
    Symbols,
    /// The same with half blocks only
    Halfblocks,
    /// No pictures.
    None,
}

/// The block elements that a picture is drawn with where no protocol sends pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum SymbolsChoice {
    /// The finest that the terminal is known to draw
    #[default]
    Auto,
    /// Half blocks
    Half,
    /// Quarters and eighths, too
    Quadrants,
    /// Sixths, too
    Sextants,
    /// All patterns of eight parts, too
    Octants,
}
