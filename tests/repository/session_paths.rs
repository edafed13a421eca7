//! Paths that users name: `src/tui/worker/paths.rs` knows every request that holds one, because on a server it makes them
//! paths of the account's own area. And errors beside form fields, which name no path of the server.

use super::{files_below, read, root};

/// Screens whose form shows errors as they are: they are about typed words, a code or a day, and never name a file of LUNNY's.
const WITHOUT_PATHS: [&str; 9] = [
    "follow_up.rs",
    "follow_ups/letters_form.rs",
    "list_dialogs/export_form.rs",
    "new_token.rs",
    "patient_form/mod.rs",
    "second_factor/enrol.rs",
    "second_factor/remove.rs",
    "share/mod.rs",
    "sign_in_code.rs",
];

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

#[test]
fn errors_on_screens_name_no_path_of_the_server() {
    let folder = root().join("src/tui/screens");
    let mut found = Vec::new();
    for path in files_below(&folder, "rs") {
        let name = path
            .strip_prefix(&folder)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        if WITHOUT_PATHS.contains(&name.as_str()) || name.contains("tests") {
            continue;
        }
        for line in read(&path).lines() {
            let shows = ["complain(", "panel::remark("]
                .iter()
                .any(|call| line.contains(call));
            if shows && line.contains("error.to_string()") {
                found.push(format!("{name}: {}", line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "take Context::sentence(): {found:#?}");
}
