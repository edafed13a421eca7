//! Every public item has documentation: functions, types, traits, constants and modules. With the lint `unreachable_pub`
//! an item is `pub` only if it can be reached from outside the library, so these are the items that readers meet.
//!
//! Fields and variants are left to judgement: they are documented where name and type do not tell the meaning or the unit.
//! That is why the lint `missing_docs`, which knows no difference, is off.

use super::{files_below, read, root};

/// Words between `pub` and the kind of an item.
const QUALIFIERS: [&str; 4] = ["async", "const", "unsafe", "default"];

/// The kind and name of the public item that a line begins.
fn public_item(line: &str) -> Option<(&str, &str)> {
    let mut words = line.trim_start().strip_prefix("pub ")?.split_whitespace();
    let mut kind = words.next()?;
    let mut name = words.next()?;
    while QUALIFIERS.contains(&kind) && is_kind(name) {
        (kind, name) = (name, words.next()?);
    }
    is_kind(kind).then(|| {
        let end = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        (kind, &name[..end.unwrap_or(name.len())])
    })
}

fn is_kind(word: &str) -> bool {
    matches!(
        word,
        "fn" | "struct" | "enum" | "union" | "trait" | "const" | "static" | "type" | "mod"
    ) || QUALIFIERS.contains(&word)
}

/// True if the lines before an item end in documentation, with or without attributes behind it.
fn is_documented(before: &[&str]) -> bool {
    let mut depth = 0_i32;
    for line in before.iter().rev() {
        let line = line.trim();
        let closes = line.matches(['(', '[']).count() as i32;
        let opens = line.matches([')', ']']).count() as i32;
        if depth == 0 && !line.starts_with("#[") && !line.ends_with(']') {
            return line.starts_with("///");
        }
        depth += opens - closes;
    }
    false
}

/// Line and name of each public item without documentation. Modules in files of their own have it there.
fn undocumented(source: &str) -> Vec<(usize, String)> {
    let lines: Vec<&str> = source.lines().collect();
    // A module of tests comes last.
    let is_module = |line: &str| line.contains("mod ") && line.ends_with('{');
    let begins_tests = |pair: &[&str]| pair[0].trim() == "#[cfg(test)]" && is_module(pair[1]);
    let end = lines.windows(2).position(begins_tests);
    let end = end.unwrap_or(lines.len());
    let items = (0..end).filter_map(|at| {
        let (kind, name) = public_item(lines[at])?;
        let is_elsewhere = kind == "mod" && lines[at].trim_end().ends_with(';');
        let is_missing = !is_elsewhere && !is_documented(&lines[..at]);
        is_missing.then(|| (at + 1, name.to_owned()))
    });
    items.collect()
}

#[test]
fn every_public_item_is_documented() {
    let mut missing = Vec::new();
    let files = files_below(&root().join("src"), "rs").into_iter();
    for path in files.filter(|path| !path.ends_with("tests.rs")) {
        let source = read(&path);
        let shown = path.strip_prefix(root()).unwrap_or(&path).display();
        if !source.starts_with("//!") {
            missing.push(format!("{shown}:1: the module"));
        }
        for (line, name) in undocumented(&source) {
            missing.push(format!("{shown}:{line}: {name}"));
        }
    }
    assert!(
        missing.is_empty(),
        "document these:\n{}",
        missing.join("\n")
    );
}

#[test]
fn an_item_without_documentation_is_found() {
    let names = |source: &str| -> Vec<String> {
        let missing = undocumented(source).into_iter();
        missing.map(|(_, name)| name).collect()
    };
    assert_eq!(names("pub fn sum(a: u8) -> u8 {"), ["sum"]);
    assert_eq!(names("    pub const unsafe fn at<T>(self) {"), ["at"]);
    assert_eq!(
        names("// Not for readers.\npub const LENGTH: usize = 1;"),
        ["LENGTH"]
    );
    assert_eq!(names("/// A length.\n\npub struct Length(u8);"), ["Length"]);
    let documented = [
        "/// The sum.\npub fn sum() {}",
        "/// A thing.\n#[derive(Debug)]\n#[error(\n    \"of [two] lines\",\n    name\n)]\npub struct Thing;",
        "pub(crate) fn inner() {}",
        "pub use self::inner::Thing;",
        "pub mod inner;",
        "    pub width_mm: f64,",
        "#[cfg(test)]\nmod tests {\n    pub fn helper() {}\n}",
    ];
    for source in documented {
        assert!(names(source).is_empty(), "{source}");
    }
}
