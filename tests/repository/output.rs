//! Subcommands print through `src/cli/output.rs`, which makes foreign text harmless.

use super::{files_below, read, root};

#[test]
fn no_subcommand_prints_past_the_filter() {
    let source = root().join("src");
    let mut files = files_below(&source.join("cli"), "rs");
    files.push(source.join("main.rs"));
    assert!(files.len() > 40);
    let mut found = Vec::new();
    for file in files {
        if file.ends_with("cli/output.rs") || file.ends_with("tests.rs") {
            continue;
        }
        let text = read(&file);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code.lines().enumerate() {
            let line = line.trim_start();
            // The prompt for a password, whose words are fixed, and the question whether there is a terminal.
            let is_allowed = line.contains("is_terminal()")
                || (file.ends_with("cli/secret.rs") && line.starts_with("eprint"));
            let prints = [
                "println!(",
                "print!(",
                "eprintln!(",
                "eprint!(",
                "io::stdout()",
            ];
            let passes = prints.iter().any(|print| line.contains(print));
            if passes && !is_allowed && !line.contains("bar.println") && !line.starts_with("//") {
                found.push(format!("{}:{}", file.display(), number + 1));
            }
        }
    }
    assert!(found.is_empty(), "use crate::cli::output: {found:#?}");
}
