//! Colours by meaning. A theme is a TOML file of a palette and of roles that use it; it may inherit from another theme
//! and change only some entries.
//!
//! Two themes are compiled in. A file of the same name in the user's `themes` folder has priority.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::clinical::assessment::Classification;
use crate::named_file;

const BUILT_IN: [(&str, &str); 2] = [
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
];

/// Number of inheritance steps above which a theme is taken to be circular.
const LONGEST_INHERITANCE: usize = 8;

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
    styles: Vec<Style>,
}

/// Reason why a theme cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    #[error("there is no theme {name:?}; the themes are {known}")]
    Unknown { name: String, known: String },
    #[error("theme file {} cannot be read: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("theme {name:?}: {reason}")]
    Malformed { name: String, reason: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    inherits: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<String, RoleStyle>,
}

#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
struct RoleStyle {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

impl Theme {
    /// Default theme.
    pub const DEFAULT: &str = "dark";

    /// The theme called `name`: from `folder` if there is such a file, otherwise a built-in one.
    pub fn load(name: &str, folder: &Path) -> Result<Self, ThemeError> {
        let mut palette = BTreeMap::new();
        let mut roles = BTreeMap::new();
        let mut next = Some(name.to_owned());
        let mut own_files = Some(folder);
        for _ in 0..LONGEST_INHERITANCE {
            let Some(name) = next.take() else {
                return Self::assemble(name, &palette, &roles);
            };
            let text = text_of(&name, own_files)?;
            let file: File = toml::from_str(&text).map_err(|error| ThemeError::Malformed {
                reason: error.message().to_owned(),
                name: name.clone(),
            })?;
            // Entries of the inheriting file stay; inherited ones fill the gaps.
            for (colour, value) in file.palette {
                palette.entry(colour).or_insert(value);
            }
            for (role, style) in file.roles {
                roles.entry(role).or_insert(style);
            }
            // A user's "dark" may inherit from the built-in one of the same name.
            own_files = own_files.filter(|_| file.inherits.as_ref() != Some(&name));
            next = file.inherits;
        }
        Err(ThemeError::Malformed {
            name: name.to_owned(),
            reason: "its inheritance is circular".to_owned(),
        })
    }

    fn assemble(
        theme: &str,
        palette: &BTreeMap<String, String>,
        roles: &BTreeMap<String, RoleStyle>,
    ) -> Result<Self, ThemeError> {
        let malformed = |reason: String| ThemeError::Malformed {
            name: theme.to_owned(),
            reason,
        };
        if let Some(role) = roles
            .keys()
            .find(|name| !Role::ALL.iter().any(|role| role.name() == name.as_str()))
        {
            return Err(malformed(format!("there is no role {role:?}")));
        }
        let colour = |name: &Option<String>| -> Result<Option<Color>, ThemeError> {
            let Some(name) = name else { return Ok(None) };
            let value = palette.get(name).unwrap_or(name);
            Color::from_str(value)
                .map(Some)
                .map_err(|_| malformed(format!("{value:?} is not a colour")))
        };
        let mut styles = Vec::with_capacity(Role::ALL.len());
        for &role in Role::ALL {
            let mut source = role;
            while !roles.contains_key(source.name()) && source != source.fallback() {
                source = source.fallback();
            }
            let said = roles.get(source.name()).cloned().unwrap_or_default();
            let modifiers = [
                (said.bold, Modifier::BOLD),
                (said.dim, Modifier::DIM),
                (said.italic, Modifier::ITALIC),
                (said.underline, Modifier::UNDERLINED),
                (said.reverse, Modifier::REVERSED),
            ];
            styles.push(Style {
                fg: colour(&said.fg)?,
                bg: colour(&said.bg)?,
                add_modifier: modifiers
                    .into_iter()
                    .filter(|(wanted, _)| *wanted)
                    .map(|(_, modifier)| modifier)
                    .collect(),
                ..Style::default()
            });
        }
        Ok(Self { styles })
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
        Self {
            styles: styles.collect(),
        }
    }

    /// Style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

/// Size limit of a theme file in bytes; one with every role has some 4 kB.
const MOST_BYTES: u64 = 256 << 10;

fn text_of(name: &str, folder: Option<&Path>) -> Result<String, ThemeError> {
    let plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || "-_ ".contains(c));
    if let Some(folder) = folder.filter(|_| plain) {
        let path = folder.join(format!("{name}.toml"));
        match named_file::text(&path, MOST_BYTES) {
            Ok(text) => return Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let reason = error.to_string();
                return Err(ThemeError::Unreadable { path, reason });
            }
        }
    }
    BUILT_IN
        .iter()
        .find(|(built_in, _)| *built_in == name)
        .map(|(_, text)| (*text).to_owned())
        .ok_or_else(|| ThemeError::Unknown {
            name: name.to_owned(),
            known: BUILT_IN.map(|(built_in, _)| built_in).join(", "),
        })
}

#[cfg(test)]
mod tests {
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
        let text: File = toml::from_str(BUILT_IN[0].1).unwrap();
        for role in Role::ALL {
            assert!(text.roles.contains_key(role.name()), "{}", role.name());
        }
    }

    #[test]
    fn text_and_background_have_enough_contrast() {
        let brightness = |colour: Option<Color>| match colour {
            Some(Color::Rgb(red, green, blue)) => {
                let linear = |value: u8| (f64::from(value) / 255.0).powf(2.2);
                0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
            }
            other => panic!("{other:?}"),
        };
        for name in ["dark", "light"] {
            let theme = Theme::load(name, Path::new("/nowhere")).unwrap();
            let ground = theme.style(Role::Text).bg;
            for &role in Role::ALL {
                let style = theme.style(role);
                if matches!(role, Role::Border) {
                    continue;
                }
                let (one, other) = (brightness(style.fg), brightness(style.bg.or(ground)));
                let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
                assert!(contrast >= 4.5, "{name} {}: {contrast:.1}", role.name());
            }
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
        assert!(complaint("[roles").contains("bad"));
        let folder = folder_with("one", "inherits = \"two\"");
        std::fs::write(folder.path().join("two.toml"), "inherits = \"one\"").unwrap();
        let circle = Theme::load("one", folder.path()).unwrap_err();
        assert!(circle.to_string().contains("circular"), "{circle}");
        let unknown = Theme::load("../dark", Path::new("/nowhere")).unwrap_err();
        assert!(unknown.to_string().contains("dark, light"), "{unknown}");
    }
}
