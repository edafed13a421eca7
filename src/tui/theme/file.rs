//! Theme files: reading, inheritance, colours.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use super::{BUILT_IN, Role, Theme, ThemeError};
use crate::named_file;

/// Size limit of a theme file in bytes; one with every role has some 4 kB.
const MOST_BYTES: u64 = 256 << 10;
/// Number of inheritance steps above which a theme is taken to be circular.
const LONGEST_INHERITANCE: usize = 8;
/// Number of files in the user's folder that are looked at.
const MOST_FILES: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    inherits: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    roles: BTreeMap<Spanned<String>, RoleStyle>,
}

#[derive(Deserialize, Clone, Default)]
#[serde(deny_unknown_fields, default)]
struct RoleStyle {
    fg: Option<Spanned<String>>,
    bg: Option<Spanned<String>>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

/// Text of a theme, and where it is from.
struct Source {
    place: String,
    text: String,
    /// True for a file, which has lines that the user can correct.
    is_file: bool,
}

/// Entry of a theme, with the place to name if it is wrong.
struct Entry<T> {
    value: T,
    place: String,
}

impl Source {
    /// The file and the line at this offset.
    fn place(&self, offset: usize) -> String {
        let before = self.text.bytes().take(offset);
        let line = 1 + before.filter(|byte| *byte == b'\n').count();
        match self.is_file {
            true => format!("{}, line {line}", self.place),
            false => format!("theme {:?}", self.place),
        }
    }

    fn malformed(&self, offset: usize, reason: String) -> ThemeError {
        ThemeError::Malformed {
            place: self.place(offset),
            reason,
        }
    }
}

pub(super) fn load(name: &str, folder: &Path) -> Result<Theme, ThemeError> {
    let mut palette: BTreeMap<String, Color> = BTreeMap::new();
    let mut roles: BTreeMap<String, Entry<RoleStyle>> = BTreeMap::new();
    let mut next = Some(name.to_owned());
    let mut own_files = Some(folder);
    for _ in 0..LONGEST_INHERITANCE {
        let Some(inherited) = next.take() else {
            return Ok(Theme {
                name: name.to_owned(),
                styles: styles(&palette, &roles)?,
            });
        };
        let source = source(&inherited, own_files)?;
        let file: File = toml::from_str(&source.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            source.malformed(offset, error.message().to_owned())
        })?;
        // Entries of the inheriting file stay; inherited ones fill the gaps.
        for (name, value) in file.palette {
            let at = value.span().start;
            let value = value.into_inner();
            let colour = Color::from_str(&value)
                .map_err(|_| source.malformed(at, format!("{value:?} is not a colour")))?;
            palette.entry(name).or_insert(colour);
        }
        for (role, value) in file.roles {
            let at = role.span().start;
            let role = role.into_inner();
            if !Role::ALL.iter().any(|known| known.name() == role) {
                return Err(source.malformed(at, format!("there is no role {role:?}")));
            }
            let place = source.place(at);
            roles.entry(role).or_insert(Entry { value, place });
        }
        // A user's "dark" may inherit from the built-in one of the same name.
        own_files = own_files.filter(|_| file.inherits.as_ref() != Some(&inherited));
        next = file.inherits;
    }
    Err(ThemeError::Circular(name.to_owned()))
}

/// The style of each role, in their order.
fn styles(
    palette: &BTreeMap<String, Color>,
    roles: &BTreeMap<String, Entry<RoleStyle>>,
) -> Result<Vec<Style>, ThemeError> {
    let mut styles = Vec::with_capacity(Role::ALL.len());
    for &role in Role::ALL {
        let mut source = role;
        while !roles.contains_key(source.name()) && source != source.fallback() {
            source = source.fallback();
        }
        styles.push(match roles.get(source.name()) {
            Some(entry) => style(entry, palette)?,
            None => Style::default(),
        });
    }
    Ok(styles)
}

fn style(entry: &Entry<RoleStyle>, palette: &BTreeMap<String, Color>) -> Result<Style, ThemeError> {
    let colour = |name: &Option<Spanned<String>>| -> Result<Option<Color>, ThemeError> {
        let Some(name) = name else { return Ok(None) };
        let name = name.as_ref();
        let known = palette.get(name).copied();
        let colour = known.or_else(|| Color::from_str(name).ok());
        let colour = colour.ok_or_else(|| ThemeError::Malformed {
            place: entry.place.clone(),
            reason: format!("{name:?} is neither a colour nor in the palette"),
        })?;
        Ok(Some(colour))
    };
    let said = &entry.value;
    let modifiers = [
        (said.bold, Modifier::BOLD),
        (said.dim, Modifier::DIM),
        (said.italic, Modifier::ITALIC),
        (said.underline, Modifier::UNDERLINED),
        (said.reverse, Modifier::REVERSED),
    ];
    let wanted = modifiers.into_iter().filter(|(wanted, _)| *wanted);
    Ok(Style {
        fg: colour(&said.fg)?,
        bg: colour(&said.bg)?,
        add_modifier: wanted.map(|(_, modifier)| modifier).collect(),
        ..Style::default()
    })
}

/// True for a name that stays in the folder.
fn is_plain(name: &str) -> bool {
    name.chars()
        .all(|c| c.is_alphanumeric() || "-_ ".contains(c))
}

fn source(name: &str, folder: Option<&Path>) -> Result<Source, ThemeError> {
    if let Some(folder) = folder.filter(|_| is_plain(name)) {
        let path = folder.join(format!("{name}.toml"));
        match named_file::trusted_text(&path, MOST_BYTES) {
            Ok(text) => {
                return Ok(Source {
                    place: path.display().to_string(),
                    text,
                    is_file: true,
                });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let reason = error.to_string();
                return Err(ThemeError::Unreadable { path, reason });
            }
        }
    }
    let built_in = BUILT_IN.iter().find(|(built_in, _)| *built_in == name);
    built_in
        .map(|(_, text)| Source {
            place: name.to_owned(),
            text: (*text).to_owned(),
            is_file: false,
        })
        .ok_or_else(|| ThemeError::Unknown {
            name: name.to_owned(),
            known: BUILT_IN.map(|(built_in, _)| built_in).join(", "),
        })
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let built_in = BUILT_IN.iter().map(|(name, _)| (*name).to_owned());
    let files = std::fs::read_dir(folder).into_iter().flatten();
    let mut own: Vec<String> = files
        .take(MOST_FILES)
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_stem()?.to_str()?.to_owned();
            let is_theme = path.extension().is_some_and(|ending| ending == "toml");
            let is_new = BUILT_IN.iter().all(|(built_in, _)| *built_in != name);
            (is_theme && is_new && is_plain(&name)).then_some(name)
        })
        .collect();
    own.sort();
    built_in.chain(own).collect()
}
