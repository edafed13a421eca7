//! Files stay short enough to be read at once: a longer one holds two ideas, or says here why it is one.

use super::{files_below, read, root};

/// Maximum number of lines of a source file.
const MAX_LINES: usize = 500;

/// Longer files, each with the reason.
const LONGER: [(&str, &str); 3] = [
    (
        "src/clinical/patient/table.rs",
        "one table: the description of every field of the record",
    ),
    (
        "src/serve/files/area.rs",
        "every access to an account's files, each check of a path beside its use",
    ),
    (
        "src/tui/keymap/table.rs",
        "one table: a line for every key of every screen",
    ),
];

#[test]
fn a_source_file_has_at_most_five_hundred_lines() {
    let mut longer = Vec::new();
    for folder in ["src", "tests", "benches", "fuzz/fuzz_targets"] {
        for path in files_below(&root().join(folder), "rs") {
            let name = path.strip_prefix(root()).unwrap_or(&path);
            let name = name.display().to_string();
            let lines = read(&path).lines().count();
            if lines > MAX_LINES {
                longer.push((name, lines));
            }
        }
    }
    let unnamed: Vec<_> = (longer.iter())
        .filter(|(name, _)| LONGER.iter().all(|(allowed, _)| allowed != name))
        .collect();
    assert!(unnamed.is_empty(), "split these by idea: {unnamed:#?}");
}
