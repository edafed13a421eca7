//! Colours by meaning. A theme is a TOML file of a palette and of roles that use it; it may inherit from another theme
//! and change only some entries.
//!
//! Some themes are compiled in. A file of the same name in the user's `themes` folder has priority.

mod depth;
mod file;

use std::path::{Path, PathBuf};

use ratatui::style::{Modifier, Style};

use crate::clinical::assessment::Classification;

/// Themes that are compiled in.
pub const BUILT_IN: [(&str, &str); 7] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("contrast", include_str!("../../themes/contrast.toml")),
    (
        "colour-blind",
        include_str!("../../themes/colour-blind.toml"),
    ),
    ("gruvbox", include_str!("../../themes/gruvbox.toml")),
    ("nord", include_str!("../../themes/nord.toml")),
    ("solarized", include_str!("../../themes/solarized.toml")),
];

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $name:literal or $fallback:ident,)*) => {
        /// Meaning of a colour.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Role { $($(#[$doc])* $role,)* }

        impl Role {
            const ALL: &[Role] = &[$(Role::$role,)*];

            /// Name of the role in a theme file.
            pub fn name(self) -> &'static str {
                match self { $(Role::$role => $name,)* }
            }

            /// Role whose colours are used if a theme does not define this one.
            fn fallback(self) -> Role {
                match self { $(Role::$role => Role::$fallback,)* }
            }
        }
    };
}

roles! {
    /// Text without another role, and the background.
    Text = "text" or Text,
    Muted = "text.muted" or Text,
    Heading = "text.heading" or Text,
    Accent = "text.accent" or Heading,
    /// Lines at the top and the bottom of the screen.
    Bar = "bar" or Text,
    Brand = "bar.brand" or Selection,
    BarKey = "bar.key" or Bar,
    Border = "border" or Muted,
    BorderFocus = "border.focus" or Accent,
    Field = "field" or Text,
    FieldFocus = "field.focus" or Field,
    Selection = "selection" or Accent,
    /// Letters that matched the typed text.
    Match = "match" or Accent,
    Positive = "result.positive" or Error,
    Negative = "result.negative" or Good,
    Indeterminate = "result.indeterminate" or Warning,
    Good = "notice.good" or Accent,
    Warning = "notice.warning" or Accent,
    Error = "notice.error" or Warning,
}

impl From<Classification> for Role {
    fn from(classification: Classification) -> Self {
        match classification {
            Classification::Positive => Self::Positive,
            Classification::Negative => Self::Negative,
            Classification::Indeterminate => Self::Indeterminate,
        }
    }
}

/// Style for each [`Role`].
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    name: String,
    styles: Vec<Style>,
}

/// Reason why a theme cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    #[error("there is no theme {name:?}; the themes are {known}")]
    Unknown { name: String, known: String },
    #[error("theme file {} cannot be read: {reason}; correct it, or move it away", path.display())]
    Unreadable { path: PathBuf, reason: String },
    /// `place` is the file and the line, or the name of a built-in theme.
    #[error("{place}: {reason}; correct the line or remove it")]
    Malformed { place: String, reason: String },
    #[error("theme {0:?} inherits from itself; correct “inherits” in its file")]
    Circular(String),
}

impl Theme {
    /// Default theme.
    pub const DEFAULT: &str = "dark";

    /// The theme called `name`: from `folder` if there is such a file, otherwise a built-in one.
    ///
    /// # Errors
    /// [`ThemeError`].
    pub fn load(name: &str, folder: &Path) -> Result<Self, ThemeError> {
        file::load(name, folder)
    }

    /// Names of the built-in themes, then those of the files in `folder`, sorted.
    pub fn names(folder: &Path) -> Vec<String> {
        file::names(folder)
    }

    /// The same meanings without colours: selections are reversed, input fields are underlined, bold text stays bold.
    pub fn without_colours(&self) -> Self {
        let styles = Role::ALL.iter().map(|&role| {
            let mark = match role {
                Role::Selection | Role::Brand => Modifier::REVERSED,
                Role::Field | Role::FieldFocus => Modifier::UNDERLINED,
                Role::Error | Role::Positive => Modifier::BOLD,
                _ => Modifier::empty(),
            };
            Style::default().add_modifier(self.style(role).add_modifier | mark)
        });
        self.with(styles.collect())
    }

    fn with(&self, styles: Vec<Style>) -> Self {
        Self {
            name: self.name.clone(),
            styles,
        }
    }

    /// Name by which it was loaded.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    fn folder_with(name: &str, text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
        folder
    }

    #[test]
    fn the_built_in_themes_name_every_role() {
        let nowhere = Path::new("/nowhere");
        let dark = Theme::load("dark", nowhere).unwrap();
        let light = Theme::load("light", nowhere).unwrap();
        assert_ne!(dark.style(Role::Text), light.style(Role::Text));
        for role in Role::ALL {
            let entry = format!("\n\"{}\" = ", role.name());
            assert!(BUILT_IN[0].1.contains(&entry), "{}", role.name());
        }
    }

    #[test]
    fn a_user_s_file_changes_only_its_entries() {
        let folder = folder_with(
            "mine",
            "inherits = \"dark\"\n[palette]\nsky = \"#ffffff\"\n",
        );
        let mine = Theme::load("mine", folder.path()).unwrap();
        let dark = Theme::load("dark", folder.path()).unwrap();
        assert_eq!(mine.style(Role::Accent).fg, Some(Color::Rgb(255, 255, 255)));
        assert_eq!(mine.style(Role::Error), dark.style(Role::Error));
    }

    #[test]
    fn a_user_s_dark_may_build_on_the_built_in_one() {
        let folder = folder_with(
            "dark",
            "inherits = \"dark\"\n[palette]\nsky = \"#ffffff\"\n",
        );
        let mine = Theme::load("dark", folder.path()).unwrap();
        assert_eq!(mine.style(Role::Accent).fg, Some(Color::Rgb(255, 255, 255)));
    }

    #[test]
    fn without_colours_the_selection_still_shows() {
        let theme = Theme::load("dark", Path::new("/nowhere"))
            .unwrap()
            .without_colours();
        for &role in Role::ALL {
            assert_eq!((theme.style(role).fg, theme.style(role).bg), (None, None));
        }
        let reversed = |role| theme.style(role).add_modifier.contains(Modifier::REVERSED);
        assert!(reversed(Role::Selection) && !reversed(Role::Text) && !reversed(Role::Heading));
    }

    #[test]
    fn the_names_are_those_of_the_built_in_themes_and_of_the_files() {
        let folder = folder_with("mine", "");
        for other in ["dark.toml", "notes.txt", "../x.toml"] {
            let _ = std::fs::write(folder.path().join(other), "");
        }
        let names = Theme::names(folder.path());
        assert_eq!(names.len(), BUILT_IN.len() + 1, "{names:?}");
        assert_eq!(names.last().map(String::as_str), Some("mine"));
    }

    #[test]
    fn a_theme_of_one_role_is_complete() {
        let folder = folder_with("bare", "[roles]\ntext = { fg = \"white\" }\n");
        let bare = Theme::load("bare", folder.path()).unwrap();
        assert_eq!(bare.style(Role::Positive).fg, Some(Color::White));
    }

    #[test]
    fn errors_name_the_wrong_entry() {
        let complaint = |text: &str| {
            let folder = folder_with("bad", text);
            Theme::load("bad", folder.path()).unwrap_err().to_string()
        };
        assert!(complaint("[roles]\ntxet = { fg = \"red\" }").contains("txet"));
        assert!(complaint("[roles]\ntext = { fg = \"reddish\" }").contains("reddish"));
        assert!(complaint("inherits = \"bad\"").contains("no theme"));
        assert!(complaint("[roles").contains("bad.toml, line 1: unclosed table"));
        let late = complaint("[palette]\nsky = \"#ffffff\"\nmint = \"mauve\"\n");
        assert!(
            late.contains("bad.toml, line 3: \"mauve\" is not a colour"),
            "{late}"
        );
        let folder = folder_with("one", "inherits = \"two\"");
        std::fs::write(folder.path().join("two.toml"), "inherits = \"one\"").unwrap();
        let circle = Theme::load("one", folder.path()).unwrap_err();
        assert!(
            circle.to_string().contains("inherits from itself"),
            "{circle}"
        );
        let unknown = Theme::load("../dark", Path::new("/nowhere")).unwrap_err();
        assert!(unknown.to_string().contains("dark, light"), "{unknown}");
    }
}
