//! Sequences that save bytes and that not every terminal knows.

/// Beginnings of the names (`TERM`) of terminals that erase in the background colour of the text: `bce` in terminfo, or what their
/// source does.
const FILLING: [&str; 20] = [
    "alacritty",
    "contour",
    "cygwin",
    "foot",
    "ghostty",
    "gnome",
    "iterm",
    "kitty",
    "konsole",
    "linux",
    "mintty",
    "mlterm",
    "ms-terminal",
    "nsterm",
    "putty",
    "rxvt",
    "st-",
    "tmux",
    "vte",
    "xterm",
];

/// Names that terminals with `rep` in terminfo state themselves. The name `xterm` in the environment says little: others have it, too.
const REPEATING: [&str; 11] = [
    "alacritty",
    "contour",
    "foot",
    "ghostty",
    "iterm",
    "kitty",
    "konsole",
    "mintty",
    "vte",
    "wezterm",
    "xterm",
];

/// Sequences besides the usual ones that a terminal understands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shortcuts {
    /// Erased cells get the background colour of the text, so that a run of blanks can be erased.
    pub fills: bool,
    /// The last character can be repeated.
    pub repeats: bool,
}

impl Shortcuts {
    /// Of a terminal with this environment, that stated its name and version as `stated` if it did.
    ///
    /// GNU Screen erases in its own colours unless its user asks for more; tmux does not, and often has the name of GNU Screen.
    pub fn of(stated: Option<&str>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = |name: &str| variable(name).unwrap_or_default();
        let term = said("TERM");
        let is_tmux = said("TERM_PROGRAM") == "tmux" || !said("TMUX").is_empty();
        let is_screen = term.starts_with("screen");
        let stated = stated.unwrap_or_default().to_ascii_lowercase();
        Self {
            fills: FILLING.iter().any(|name| term.starts_with(name))
                || (is_screen && (is_tmux || term.ends_with("-bce"))),
            repeats: REPEATING.iter().any(|name| stated.starts_with(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(stated: Option<&str>, told: &[(&str, &str)]) -> Shortcuts {
        Shortcuts::of(stated, |name| {
            let found = told.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn runs_of_blanks_are_erased_where_the_terminal_is_known_to_fill_them() {
        let fills = |told: &[(&str, &str)]| of(None, told).fills;
        assert!(fills(&[("TERM", "xterm-256color")]));
        assert!(fills(&[("TERM", "tmux-256color")]));
        let screen = ("TERM", "screen-256color");
        assert!(fills(&[screen, ("TMUX", "/tmp/tmux,1,0")]));
        assert!(!fills(&[screen]));
        assert!(!fills(&[("TERM", "vt220")]));
        assert!(!fills(&[]));
    }

    #[test]
    fn a_character_is_repeated_where_the_terminal_named_itself() {
        let term = [("TERM", "xterm-256color")];
        assert!(of(Some("XTerm(390)"), &term).repeats);
        assert!(of(Some("VTE(7802)"), &term).repeats);
        assert!(!of(Some("tmux 3.4"), &term).repeats);
        assert!(!of(None, &term).repeats);
    }
}
