//! Plain English: comments name their subject first, and a few words that make readers stop stand nowhere.
//! CONTRIBUTING.md gives the reason.

use std::path::PathBuf;

use super::{files_below, read, root};

/// Words and phrases, in lower case, that neither code nor documentation uses.
const UNUSED: [&str; 12] = [
    "for ever",
    "nought",
    "whoever",
    "whomever",
    "one whom",
    "how-manieth",
    "as it were",
    "whereof",
    "thereof",
    "henceforth",
    "hitherto",
    "betwixt",
];

/// Words that do not begin a comment: the sentence behind them names its subject last.
const OPENINGS: [&str; 6] = ["What", "Whether", "Who", "Whom", "Whose", "How"];

/// Rust files of the program, its tests and benchmarks.
fn code() -> Vec<PathBuf> {
    let folders = ["src", "tests", "benches"].map(|name| files_below(&root().join(name), "rs"));
    let is_this = |path: &PathBuf| path.ends_with("repository/language.rs");
    folders
        .into_iter()
        .flatten()
        .filter(|path| !is_this(path))
        .collect()
}

fn documents() -> Vec<PathBuf> {
    let mut documents: Vec<PathBuf> = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
    ]
    .map(|name| root().join(name))
    .into();
    documents.extend(files_below(&root().join("docs"), "md"));
    documents
}

/// The first of [`UNUSED`] in a line, as words of their own.
fn unused_word(line: &str) -> Option<&'static str> {
    let line = line.to_lowercase();
    UNUSED.into_iter().find(|word| {
        line.match_indices(word).any(|(start, _)| {
            let before = line[..start].chars().next_back();
            let after = line[start + word.len()..].chars().next();
            ![before, after]
                .into_iter()
                .flatten()
                .any(char::is_alphanumeric)
        })
    })
}

/// The text of a comment that is alone on its line.
fn comment(line: &str) -> Option<&str> {
    let text = line.trim_start().strip_prefix("//")?;
    Some(text.trim_start_matches(['/', '!']).trim_start())
}

/// "nobody" in a comment: the sentence can name the thing that is missing.
fn nobody(line: &str) -> Option<&'static str> {
    let text = comment(line)?.to_lowercase();
    let mut words = text.split(|letter: char| !letter.is_alphanumeric());
    words.any(|word| word == "nobody").then_some("nobody")
}

/// The first of [`OPENINGS`] that begins the comment of a line, where the line before is no comment.
fn opening(before: &str, line: &str) -> Option<&'static str> {
    let text = comment(line)?;
    if comment(before).is_some_and(|before| !before.is_empty()) {
        return None;
    }
    let first = text.split(|letter: char| !letter.is_alphabetic()).next()?;
    OPENINGS.into_iter().find(|word| *word == first)
}

/// Every place that `find` objects to: file, line and word.
fn objections(
    files: Vec<PathBuf>,
    find: impl Fn(&str, &str) -> Option<&'static str>,
) -> Vec<String> {
    let mut objections = Vec::new();
    for path in files {
        let text = read(&path);
        let mut before = "";
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(word) = find(before, line) {
                let name = path.strip_prefix(root()).unwrap_or(&path).display();
                objections.push(format!("{name}:{number}: {word}"));
            }
            before = line;
        }
    }
    objections
}

#[test]
fn unused_words_stand_nowhere() {
    let files = code().into_iter().chain(documents()).collect();
    let found = objections(files, |_, line| unused_word(line).or_else(|| nobody(line)));
    assert!(found.is_empty(), "say it otherwise:\n{}", found.join("\n"));
}

#[test]
fn a_comment_begins_with_its_subject() {
    let found = objections(code(), opening);
    assert!(
        found.is_empty(),
        "name the subject first:\n{}",
        found.join("\n")
    );
}

#[test]
fn words_and_openings_are_found_where_they_stand() {
    assert_eq!(nobody("// Nobody reads it."), Some("nobody"));
    assert_eq!(nobody("let nobody = [];"), None);
    assert_eq!(unused_word("below nought,"), Some("nought"));
    assert_eq!(unused_word("thoughts of noughties"), None);
    assert_eq!(opening("", "    /// How many rows there are."), Some("How"));
    assert_eq!(opening("fn f() {", "// What it is"), Some("What"));
    assert_eq!(opening("/// The row, and", "/// How it is drawn."), None);
    assert_eq!(opening("", "/// Howitzers"), None);
    assert_eq!(opening("", "let what = 1;"), None);
}
