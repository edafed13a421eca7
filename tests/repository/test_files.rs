//! No test file is forgotten: Cargo looks for no tests by itself (`autotests = false`), so a file that no module
//! declares would never be compiled.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::{files_below, read, root};

/// Crate roots of the test programs, as Cargo.toml names them.
fn test_programs() -> Vec<PathBuf> {
    let manifest: toml::Table = read(&root().join("Cargo.toml")).parse().expect("TOML");
    let tests = manifest["test"].as_array().expect("tables of tests");
    (tests.iter())
        .map(|test| root().join(test["path"].as_str().expect("a path")))
        .collect()
}

/// Modules that a source text declares in files of their own, each with its `#[path]` if it has one.
fn declared(text: &str) -> Vec<(String, Option<String>)> {
    let mut found = Vec::new();
    let mut path = None;
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("#[path = \"") {
            path = rest.strip_suffix("\"]").map(str::to_owned);
            continue;
        }
        let line = line.strip_prefix("pub ").unwrap_or(line);
        let module = line
            .strip_prefix("mod ")
            .and_then(|rest| rest.strip_suffix(';'));
        if let Some(name) = module {
            found.push((name.to_owned(), path.take()));
        }
    }
    found
}

/// The path without its `..`.
fn straightened(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                straight.pop();
            }
            part => straight.push(part),
        }
    }
    straight
}

/// Adds `file` and every file whose module it declares to `reached`.
fn follow(file: &Path, is_root: bool, reached: &mut BTreeSet<PathBuf>) {
    if !reached.insert(file.to_owned()) {
        return;
    }
    let folder = file.parent().expect("a folder");
    let holds_folder = is_root || file.ends_with("mod.rs");
    let below = if holds_folder {
        folder.to_owned()
    } else {
        file.with_extension("")
    };
    for (name, path) in declared(&read(file)) {
        let module = match path {
            Some(path) => straightened(&folder.join(path)),
            None => {
                let beside = below.join(format!("{name}.rs"));
                if beside.exists() {
                    beside
                } else {
                    below.join(name).join("mod.rs")
                }
            }
        };
        follow(&module, false, reached);
    }
}

#[test]
fn every_test_file_belongs_to_a_test_program() {
    let mut reached = BTreeSet::new();
    for program in test_programs() {
        follow(&program, true, &mut reached);
    }
    let forgotten: Vec<PathBuf> = (files_below(&root().join("tests"), "rs").into_iter())
        .filter(|file| !reached.contains(file))
        .collect();
    assert!(
        forgotten.is_empty(),
        "declare these in the main.rs or mod.rs of their folder: {forgotten:#?}"
    );
}

#[test]
fn module_declarations_are_read_with_their_paths() {
    let text =
        "mod a;\n#[path = \"../b.rs\"]\n#[allow(dead_code)]\npub mod b;\nmod inline {\n}\nuse c;";
    let expected = [
        ("a".to_owned(), None),
        ("b".to_owned(), Some("../b.rs".to_owned())),
    ];
    assert_eq!(declared(text), expected);
}
