//! Block elements that a terminal draws without gaps: by its name and version if it states them, otherwise by its
//! environment.
//!
//! Half blocks and quadrants are in the fonts of every terminal. Sextants (Unicode 13) and octants (Unicode 16) are in few
//! fonts, so they are used only where the terminal draws them itself, from the version on whose notes say so.

/// Block elements that pictures are drawn with; each has those before it, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symbols {
    /// Upper and left half.
    Half,
    /// Quarters, and eighths of the height or the width.
    Quadrants,
    /// Every pattern of two by three parts.
    Sextants,
    /// Every pattern of two by four parts.
    Octants,
}

impl Symbols {
    /// Rows and columns of parts into which a cell is divided.
    pub fn grid(self) -> [u32; 2] {
        match self {
            Self::Half => [2, 1],
            Self::Quadrants => [2, 2],
            Self::Sextants => [3, 2],
            Self::Octants => [4, 2],
        }
    }

    /// Symbols of a terminal that names itself and its version, as in `foot(1.20.2)`, `VTE(7802)` or `ghostty 1.2.0`;
    /// `None` if its name is not known.
    pub fn of_version(stated: &str) -> Option<Self> {
        let end = stated.find(|letter: char| !letter.is_ascii_alphabetic());
        let (name, rest) = stated.split_at(end.unwrap_or(stated.len()));
        let mut numbers = rest
            .split(|letter: char| !letter.is_ascii_digit())
            .filter(|digits| !digits.is_empty())
            .map(|digits| digits.parse::<u32>().unwrap_or(u32::MAX));
        let version = [numbers.next(), numbers.next()].map(Option::unwrap_or_default);
        let (sextants, octants) = match name.to_ascii_lowercase().as_str() {
            "kitty" => ([0, 18], Some([0, 40])),
            "foot" => ([1, 8], Some([1, 20])),
            "ghostty" => ([1, 0], Some([1, 2])),
            // Major and minor version in one number.
            "vte" => ([6400, 0], Some([7800, 0])),
            "wezterm" => ([20_210_000, 0], None),
            "alacritty" => ([0, 14], None),
            "contour" => ([0, 2], None),
            _ => return None,
        };
        Some(match octants {
            Some(octants) if version >= octants => Self::Octants,
            _ if version >= sextants => Self::Sextants,
            _ => Self::Quadrants,
        })
    }

    /// Symbols of a terminal that did not state its version. `variable` looks up a name in its environment.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = |name: &str| variable(name).unwrap_or_default();
        let term = said("TERM");
        // The terminal around a multiplexer is unknown, and may be another one tomorrow.
        if term.starts_with("tmux") || term.starts_with("screen") {
            return Self::Quadrants;
        }
        if matches!(
            term.as_str(),
            "linux" | "ansi" | "dumb" | "vt100" | "vt220" | ""
        ) {
            return Self::Half;
        }
        let vte = said("VTE_VERSION");
        let program = format!("{} {}", said("TERM_PROGRAM"), said("TERM_PROGRAM_VERSION"));
        let stated = [format!("vte {vte}"), program];
        let stated = stated.iter().skip(usize::from(vte.is_empty()));
        if let Some(symbols) = stated.filter_map(|stated| Self::of_version(stated)).max() {
            return symbols;
        }
        // The name alone travels over SSH. All but the oldest versions draw sextants.
        let known = [
            "xterm-kitty",
            "foot",
            "xterm-ghostty",
            "ghostty",
            "wezterm",
            "alacritty",
            "contour",
        ];
        match known.iter().any(|name| term.starts_with(name)) {
            true => Self::Sextants,
            false => Self::Quadrants,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stated_version_decides() {
        for (stated, symbols) in [
            ("kitty(0.36.4)", Some(Symbols::Sextants)),
            ("kitty(0.40.0)", Some(Symbols::Octants)),
            ("foot(1.16.2)", Some(Symbols::Sextants)),
            ("foot(1.20.2)", Some(Symbols::Octants)),
            ("ghostty 1.1.3", Some(Symbols::Sextants)),
            ("ghostty 1.10.0", Some(Symbols::Octants)),
            ("VTE(7006)", Some(Symbols::Sextants)),
            ("VTE(7802)", Some(Symbols::Octants)),
            ("VTE(5202)", Some(Symbols::Quadrants)),
            ("WezTerm 20240203-110809-5046fc22", Some(Symbols::Sextants)),
            ("XTerm(379)", None),
            ("tmux 3.4", None),
            ("", None),
            ("foot(99999999999999999999.1)", Some(Symbols::Octants)),
        ] {
            assert_eq!(Symbols::of_version(stated), symbols, "{stated}");
        }
    }

    #[test]
    fn the_environment_decides_where_no_version_was_stated() {
        let with = |variables: &[(&str, &str)]| {
            Symbols::from_environment(|name| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        let vte = ("VTE_VERSION", "7802");
        let xterm = ("TERM", "xterm-256color");
        assert_eq!(with(&[xterm]), Symbols::Quadrants);
        assert_eq!(with(&[xterm, vte]), Symbols::Octants);
        assert_eq!(with(&[("TERM", "tmux-256color"), vte]), Symbols::Quadrants);
        assert_eq!(with(&[("TERM", "linux")]), Symbols::Half);
        assert_eq!(with(&[]), Symbols::Half);
        assert_eq!(with(&[("TERM", "foot")]), Symbols::Sextants);
        assert_eq!(with(&[("TERM", "alacritty")]), Symbols::Sextants);
        let program = [
            xterm,
            ("TERM_PROGRAM", "ghostty"),
            ("TERM_PROGRAM_VERSION", "1.2.3"),
        ];
        assert_eq!(with(&program), Symbols::Octants);
    }
}
