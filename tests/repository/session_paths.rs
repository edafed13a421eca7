//! Paths that users name: `src/tui/worker/paths.rs` knows every request that holds one, because on a server it makes them
//! paths of the account's own area.

use super::{files_below, read, root};

/// Variants of `pub enum Request` in a file that hold a path.
fn variants_with_a_path(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .skip_while(|line| *line != "pub enum Request {");
    let lines = lines.skip(1).take_while(|line| *line != "}");
    let mut variant = String::new();
    let mut found = Vec::new();
    for line in lines.filter(|line| !line.trim_start().starts_with("//")) {
        let indented = line.len() - line.trim_start().len();
        if indented == 4 && line.trim_start().starts_with(char::is_uppercase) {
            let name = line.trim_start();
            let end = name.find(|letter: char| !letter.is_alphanumeric());
            variant = name[..end.unwrap_or(name.len())].to_owned();
        }
        if line.contains("PathBuf") {
            found.push(variant.clone());
        }
    }
    found
}

#[test]
fn every_path_of_a_request_is_one_of_the_session() {
    let folder = root().join("src/tui/worker");
    let known = read(&folder.join("paths.rs"));
    let mut missing = Vec::new();
    let mut count = 0;
    for path in files_below(&folder, "rs") {
        let module = path.file_stem().unwrap().to_string_lossy().into_owned();
        for variant in variants_with_a_path(&read(&path)) {
            count += 1;
            let name = format!("{module}::Request::{variant}");
            if !known.contains(&name) {
                missing.push(name);
            }
        }
    }
    assert!(count > 10, "{count}");
    assert!(
        missing.is_empty(),
        "name them in src/tui/worker/paths.rs: {missing:?}"
    );
}
