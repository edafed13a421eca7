//! Errors have a type: no function of the program answers with a bare text as its error.

use super::{files_below, read, root};

/// The arguments between the brackets of a generic type, from the text behind `<`.
fn arguments(text: &str) -> Vec<String> {
    let (mut depth, mut before) = (0, ' ');
    let mut found = vec![String::new()];
    for letter in text.chars() {
        match letter {
            '<' | '(' | '[' => depth += 1,
            '>' if before == '-' => {}
            '>' | ')' | ']' if depth == 0 => break,
            '>' | ')' | ']' => depth -= 1,
            _ => {}
        }
        before = letter;
        match (letter, found.last_mut()) {
            (',', _) if depth == 0 => found.push(String::new()),
            (_, Some(last)) => last.push(letter),
            (_, None) => {}
        }
    }
    found
}

/// True if text, owned or borrowed, is part of this type.
fn is_text(error: &str) -> bool {
    let mut words = error.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.any(|word| matches!(word, "String" | "str"))
}

/// Byte offset and error type of every `Result` with text as its error.
fn results_with_text(source: &str) -> Vec<(usize, String)> {
    let starts = source.match_indices("Result<");
    let errors = starts.filter_map(|(at, found)| {
        let arguments = arguments(&source[at + found.len()..]);
        // One argument: an alias such as `io::Result`, which has its own error.
        let error = arguments.get(1)?.trim();
        is_text(error).then(|| (at, error.to_owned()))
    });
    errors.collect()
}

/// Files that still answer with text: complaints about fields of forms. The list only becomes shorter.
const REMAINING: [&str; 5] = [
    "src/tui/screens/audit_log/filter.rs",
    "src/tui/screens/circumstances.rs",
    "src/tui/screens/list_dialogs/filter_form.rs",
    "src/tui/screens/patients/filter_form.rs",
    "src/tui/widgets/form.rs",
];

#[test]
fn every_error_has_a_type() {
    let mut found = Vec::new();
    let mut mended = REMAINING.to_vec();
    for path in files_below(&root().join("src"), "rs") {
        let source = read(&path);
        let name = path
            .strip_prefix(root())
            .unwrap_or(&path)
            .display()
            .to_string();
        let results = results_with_text(&source);
        if !results.is_empty() && REMAINING.contains(&name.as_str()) {
            mended.retain(|listed| *listed != name);
            continue;
        }
        for (at, error) in results {
            let line = source[..at].lines().count();
            found.push(format!("{name}:{line}: {error}"));
        }
    }
    assert!(mended.is_empty(), "take these from the list: {mended:?}");
    assert!(
        found.is_empty(),
        "give these errors a type (`thiserror`):\n{}",
        found.join("\n")
    );
}

#[test]
fn text_as_an_error_is_found_where_it_is_one() {
    let is_found = |source: &str| !results_with_text(source).is_empty();
    assert!(is_found("fn f() -> Result<u8, String> {"));
    assert!(is_found("Result<Vec<(u8, u8)>, &'static str>"));
    assert!(is_found(
        "Result<\n    HashMap<u8, String>,\n    (usize, String),\n>"
    ));
    assert!(is_found("Result<Box<dyn Fn(u8) -> u8>, Option<String>>"));
    assert!(!is_found("serde_json::Result<HashMap<String, String>>"));
    assert!(!is_found("Result<String, StoreError>"));
    assert!(!is_found("Result<(String, u8), Strings>"));
}
