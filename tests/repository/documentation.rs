//! The documentation tells of what is there: paths, functions and links.

use std::path::{Path, PathBuf};

use super::{files_below, read, root};

/// Every text that a reader may follow.
fn documents() -> Vec<PathBuf> {
    let mut documents: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]
        .map(|name| root().join(name))
        .into();
    documents.extend(files_below(&root().join("docs"), "md"));
    documents
}

/// The paragraphs, list items and table rows of a document outside its code blocks, with the number of their first
/// line, counted from 1.
fn items(text: &str) -> Vec<(usize, String)> {
    let mut items: Vec<(usize, String)> = Vec::new();
    let mut in_block = false;
    let mut goes_on = false;
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim();
        if trimmed.starts_with("```") {
            in_block = !in_block;
            goes_on = false;
            continue;
        }
        if in_block || trimmed.is_empty() {
            goes_on = false;
            continue;
        }
        let is_numbered = trimmed.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let is_numbered = is_numbered.len() < trimmed.len() && is_numbered.starts_with(". ");
        let begins = trimmed.starts_with(['|', '#']) || trimmed.starts_with("- ") || is_numbered;
        match items.last_mut() {
            Some((_, item)) if goes_on && !begins => {
                item.push(' ');
                item.push_str(trimmed);
            }
            _ => items.push((number, trimmed.to_owned())),
        }
        goes_on = true;
    }
    items
}

/// Text in back-ticks.
fn spans(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

/// The path that a span names, where it names one of the repository.
fn path_of(span: &str) -> Option<&str> {
    let is_path = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    if !span.chars().all(is_path) {
        return None;
    }
    let below = [
        "src/", "tests/", "benches/", "models/", "docs/", "themes/", ".ci/",
    ];
    let is_below = below.iter().any(|folder| span.starts_with(folder));
    let is_source = span.ends_with(".rs") || span.ends_with(".sql");
    let is_document = span.ends_with(".md") && !span.contains('/');
    (is_below || is_source || is_document || span.starts_with("Cargo.")).then_some(span)
}

/// The function that a span names: `name()`, or `Type::name()`.
fn function_of(span: &str) -> Option<&str> {
    let name = span.strip_suffix("()")?;
    let name = name.rsplit("::").next()?;
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    (!name.is_empty() && name.chars().all(is_part)).then_some(name)
}

/// Where the links of a line lead within the repository.
fn links(line: &str) -> Vec<&str> {
    let targets = line.split("](").skip(1);
    let targets = targets.filter_map(|rest| rest.split_once(')'));
    let targets = targets.map(|(target, _)| target.split('#').next().unwrap_or_default());
    targets
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .collect()
}

fn holds(path: &Path, function: &str) -> bool {
    let text = read(path);
    let begins = [format!("fn {function}("), format!("fn {function}<")];
    begins.iter().any(|begin| text.contains(begin))
}

#[test]
fn every_path_that_is_named_exists() {
    let mut missing = Vec::new();
    for document in documents() {
        let text = read(&document);
        for (number, line) in items(&text) {
            let folder = document.parent().expect("a folder");
            let paths = spans(&line).into_iter().filter_map(path_of);
            let paths = paths.map(|path| root().join(path));
            let linked = links(&line).into_iter().map(|link| folder.join(link));
            for path in paths.chain(linked).filter(|path| !path.exists()) {
                missing.push(format!(
                    "{}:{number}: {}",
                    document.display(),
                    path.display()
                ));
            }
        }
    }
    assert!(missing.is_empty(), "no such file:\n{}", missing.join("\n"));
}

#[test]
fn every_function_that_is_named_stands_in_a_file_named_beside_it() {
    let mut missing = Vec::new();
    for document in documents() {
        let text = read(&document);
        for (number, line) in items(&text) {
            let named = spans(&line);
            let files: Vec<PathBuf> = (named.iter())
                .filter_map(|span| path_of(span))
                .filter(|path| path.ends_with(".rs"))
                .map(|path| root().join(path))
                .collect();
            for function in named.iter().filter_map(|span| function_of(span)) {
                let is_there = |file: &PathBuf| file.exists() && holds(file, function);
                if !files.iter().any(is_there) {
                    missing.push(format!("{}:{number}: {function}()", document.display()));
                }
            }
        }
    }
    assert!(
        missing.is_empty(),
        "no file of the same paragraph has such a function:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_document_is_reached_from_the_readme() {
    let readme = read(&root().join("README.md"));
    let linked: Vec<PathBuf> = (readme.lines().flat_map(links))
        .map(|link| root().join(link))
        .collect();
    for document in documents().into_iter().skip(1) {
        assert!(
            linked.contains(&document),
            "README.md has no link to {}",
            document.display()
        );
    }
}

#[test]
fn the_readme_is_short_enough_to_be_read() {
    let length = read(&root().join("README.md")).len();
    assert!(
        length <= 12_000,
        "README.md has {length} bytes; at most 12,000"
    );
}

#[test]
fn spans_links_and_code_blocks_are_told_apart() {
    let text = "see `src/lib.rs`,\n`a()` and [b](docs/x.md#y)\n- item\n1. step\n```\n`src/nowhere.rs`\n```\nend";
    let items = items(text);
    let starts: Vec<usize> = items.iter().map(|(number, _)| *number).collect();
    assert_eq!(starts, [1, 3, 4, 8]);
    let (_, first) = &items[0];
    assert_eq!(spans(first), ["src/lib.rs", "a()"]);
    assert_eq!(links(first), ["docs/x.md"]);
    assert_eq!(path_of("src/lib.rs"), Some("src/lib.rs"));
    assert_eq!(path_of("model/readers.rs"), Some("model/readers.rs"));
    for other in ["lunny scan info", "config.toml", "a/b", "src/a b"] {
        assert_eq!(path_of(other), None, "{other}");
    }
    assert_eq!(function_of("Readers::classify()"), Some("classify"));
    assert_eq!(function_of("classify"), None);
}
