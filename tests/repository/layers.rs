//! Layers: a module knows only modules below it. ARCHITECTURE.md says why; this reads every path that begins with
//! `crate::` (or climbs there by `super::`) and fails on any other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{files_below, read, root};

/// Small modules that know nothing of LUNNY. Every module from `imaging` on may use them.
const HELPERS: [&str; 6] = [
    "cancel",
    "named_file",
    "place",
    "sealed",
    "text",
    "whole_file",
];

/// Every module of `src/lib.rs`, and the program, from the bottom up; and which modules each may know besides
/// [`HELPERS`].
const LAYERS: [(&str, &[&str]); 22] = [
    ("cancel", &[]),
    ("sealed", &[]),
    ("named_file", &["sealed"]),
    ("place", &[]),
    ("text", &[]),
    ("whole_file", &["sealed"]),
    // Medicine is pure: it uses no helper either.
    ("clinical", &[]),
    ("config", &["named_file"]),
    ("terminal", &["config"]),
    ("decode", &[]),
    ("imaging", &["clinical", "decode"]),
    ("model", &["clinical", "config", "imaging"]),
    ("training", &["clinical", "config", "imaging", "model"]),
    ("store", &["clinical", "config"]),
    ("report", &["clinical", "imaging"]),
    ("record_report", &["clinical", "report", "store"]),
    (
        "export",
        &["clinical", "record_report", "imaging", "report", "store"],
    ),
    (
        "import",
        &["clinical", "config", "imaging", "report", "store"],
    ),
    (
        "tui",
        &[
            "clinical",
            "config",
            "record_report",
            "export",
            "imaging",
            "import",
            "model",
            "report",
            "store",
            "terminal",
        ],
    ),
    (
        "serve",
        &["clinical", "config", "model", "store", "terminal", "tui"],
    ),
    (
        "cli",
        &[
            "serve",
            "clinical",
            "config",
            "record_report",
            "export",
            "imaging",
            "import",
            "model",
            "report",
            "store",
            "training",
            "terminal",
        ],
    ),
    // The same program decodes files when `decode` starts it to.
    ("main", &["cli", "config", "decode", "imaging", "tui"]),
];

/// Modules that use no helper beyond those that their row names.
const WITHOUT_HELPERS: [&str; 2] = ["clinical", "config"];

/// Edges against the table: the file below `src`, the module that it must not know, and why it still does. The list
/// only shrinks: an edge that is gone has to leave it.
const EXCEPTIONS: [(&str, &str, &str); 0] = [];

/// The module that a file below `src` belongs to, and how many modules deep the file's own module lies.
fn place(path: &Path) -> (String, usize) {
    let mut names: Vec<&str> = path.iter().filter_map(|name| name.to_str()).collect();
    let file = names.pop().unwrap_or_default();
    let stem = file.strip_suffix(".rs").unwrap_or(file);
    if stem != "mod" {
        names.push(stem);
    }
    let module = names.first().copied().unwrap_or_default();
    let depth = match stem {
        "lib" | "main" if names.len() == 1 => 0,
        _ => names.len(),
    };
    (module.to_owned(), depth)
}

/// The lines of code: without comments, and without the tests at the end of a file.
fn code(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let is_tests = |pair: &[&str]| {
        pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    };
    let end = lines.windows(2).position(is_tests).unwrap_or(lines.len());
    let lines = lines.into_iter().take(end);
    let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    lines
        .map(|line| line.split_once(" //").map_or(line, |(code, _)| code))
        .collect()
}

/// The modules at the root of the crate that a line names, where the file lies `depth` modules deep.
fn modules_named(line: &str, depth: usize) -> Vec<String> {
    let mut named = Vec::new();
    for root in ["crate::", "lunny::"] {
        let mut rest = line;
        while let Some((before, after)) = rest.split_once(root) {
            rest = after;
            let is_path = !before.ends_with(|letter: char| is_part_of_name(letter));
            if is_path {
                named.push(name_at_start(after));
            }
        }
    }
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("super::") {
        rest = after;
        let mut climbs = 1;
        while let Some(higher) = rest.strip_prefix("super::") {
            rest = higher;
            climbs += 1;
        }
        if climbs >= depth && !before.ends_with(is_part_of_name) {
            named.push(name_at_start(rest));
        }
    }
    named
}

fn is_part_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The name that the text begins with; `{` for a group, which names several.
fn name_at_start(text: &str) -> String {
    let name: String = (text.chars())
        .take_while(|&letter| is_part_of_name(letter))
        .collect();
    match name.is_empty() {
        true => text.chars().take(1).collect(),
        false => name,
    }
}

/// Every edge from one module to another, with the files that draw it.
fn edges() -> BTreeMap<(String, String), BTreeSet<String>> {
    let source = root().join("src");
    let mut edges: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for path in files_below(&source, "rs") {
        let path = path.strip_prefix(&source).expect("a file below src");
        if path
            .iter()
            .any(|name| name == "tests" || name == "tests.rs")
        {
            continue;
        }
        let (module, depth) = place(path);
        for line in code(&read(&source.join(path))) {
            for named in modules_named(line, depth) {
                if named != module && module != "lib" {
                    let files = edges.entry((module.clone(), named)).or_default();
                    files.insert(path.display().to_string());
                }
            }
        }
    }
    edges
}

fn may_know(module: &str, other: &str) -> bool {
    let row = LAYERS.iter().find(|(name, _)| *name == module);
    let is_helper = HELPERS.contains(&other);
    let is_free = !HELPERS.contains(&module) && !WITHOUT_HELPERS.contains(&module);
    row.is_some_and(|(_, known)| known.contains(&other) || (is_helper && is_free))
}

fn is_exception(file: &str, module: &str) -> bool {
    EXCEPTIONS
        .iter()
        .any(|(its_file, its_module, _)| *its_file == file && *its_module == module)
}

#[test]
fn a_module_knows_only_modules_below_it() {
    let mut wrong = Vec::new();
    for ((module, other), files) in edges() {
        let files = files.iter().filter(|file| !is_exception(file, &other));
        for file in files.filter(|_| !may_know(&module, &other)) {
            wrong.push(match other.as_str() {
                "{" => format!("src/{file}: name each module of a group in a path of its own"),
                other => format!("src/{file}: `{module}` must not know `{other}`"),
            });
        }
    }
    assert!(
        wrong.is_empty(),
        "edges against the layers (see ARCHITECTURE.md, Layers):\n{}",
        wrong.join("\n")
    );
}

#[test]
fn an_exception_that_is_mended_leaves_the_list() {
    let edges = edges();
    for (file, other, _) in EXCEPTIONS {
        let (module, _) = place(Path::new(file));
        assert!(!may_know(&module, other), "{file}: no exception is needed");
        let files = edges.get(&(module, other.to_owned()));
        assert!(
            files.is_some_and(|files| files.contains(file)),
            "src/{file} does not know `{other}` any more: take it off the list of exceptions"
        );
    }
}

#[test]
fn the_layers_list_every_module_once_and_each_above_what_it_knows() {
    let library = read(&root().join("src/lib.rs"));
    let modules = library.lines().filter_map(|line| {
        let name = line.strip_prefix("pub mod ")?;
        name.strip_suffix(';')
    });
    let modules: BTreeSet<&str> = modules.chain(["main"]).collect();
    let listed: BTreeSet<&str> = LAYERS.iter().map(|(module, _)| *module).collect();
    assert_eq!(listed, modules);
    assert_eq!(listed.len(), LAYERS.len());
    for (place, (module, known)) in LAYERS.iter().enumerate() {
        for other in *known {
            let below = LAYERS.iter().take(place).any(|(below, _)| below == other);
            assert!(below, "`{other}` does not stand below `{module}`");
        }
    }
}

#[test]
fn paths_are_found_wherever_they_stand_and_comments_are_not_read() {
    let text = "\
//! See [`crate::tui`].
use crate::store::{Access, Store};
fn work(place: super::super::report::Fact) -> crate::model::Loaded { // crate::cli
    mycrate::training::run()
}
#[cfg(test)]
mod tests {
    use crate::training::plots;
}";
    let named = |depth| -> Vec<String> {
        let lines = code(text).into_iter();
        lines.flat_map(|line| modules_named(line, depth)).collect()
    };
    assert_eq!(named(3), ["store", "model"]);
    assert_eq!(named(2), ["store", "model", "report"]);
    assert_eq!(modules_named("use crate::{store, tui};", 1), ["{"]);
    assert_eq!(place(Path::new("tui/app/watch.rs")), ("tui".into(), 3));
    assert_eq!(place(Path::new("tui/mod.rs")), ("tui".into(), 1));
    assert_eq!(place(Path::new("config.rs")), ("config".into(), 1));
    assert_eq!(place(Path::new("main.rs")), ("main".into(), 0));
}

#[test]
fn what_the_layers_forbid_is_forbidden() {
    for (module, other) in [
        ("config", "store"),
        ("config", "text"),
        ("clinical", "text"),
        ("clinical", "imaging"),
        ("imaging", "model"),
        ("model", "store"),
        ("store", "imaging"),
        ("store", "tui"),
        ("report", "store"),
        ("tui", "cli"),
        ("tui", "training"),
        ("cli", "tui"),
        ("text", "clinical"),
        ("imaging", "{"),
    ] {
        assert!(!may_know(module, other), "{module} → {other}");
    }
    assert!(may_know("model", "imaging") && may_know("store", "text"));
}
