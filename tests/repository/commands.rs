//! The command reference is made of the program's `--help`. `UPDATE_DOCS=1` renews it.

use std::process::Command;

use super::{read, root};

/// Ends the part of `docs/commands.md` that people write; the rest is made here.
const MARK: &str =
    "<!-- Made from `--help`: renew it with UPDATE_DOCS=1 cargo test --test repository -->\n";

/// Answer of the program to `--help` after these words.
fn help(words: &[String]) -> String {
    let answer = Command::new(env!("CARGO_BIN_EXE_lunny"))
        .args(words)
        .arg("--help")
        .output()
        .expect("the program starts");
    assert!(answer.status.success(), "{words:?}");
    String::from_utf8(answer.stdout).expect("text")
}

/// The commands that a help text lists.
fn commands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| line.starts_with("  "));
    let named = lines.filter(|line| !line.starts_with("   "));
    let names = named.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// The long name of the option whose description begins with this line.
fn option(line: &str) -> Option<&str> {
    let trimmed = line.trim_start();
    let indent = line.len() - trimmed.len();
    if !(2..=6).contains(&indent) || !trimmed.starts_with('-') {
        return None;
    }
    let name = trimmed.split_once("--")?.1;
    name.split([' ', '[', '.']).next()
}

/// A help text without the options that are `left_out`: those that every command takes.
fn without(help: &str, left_out: &[&str]) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut leaves_out = false;
    for line in help.lines() {
        if let Some(name) = option(line) {
            leaves_out = left_out.contains(&name);
        } else if !line.is_empty() && !line.starts_with(' ') {
            leaves_out = false;
        }
        let is_blank_twice = line.is_empty() && kept.last().is_none_or(|last| last.is_empty());
        if !leaves_out && !is_blank_twice {
            kept.push(line.trim_end());
        }
    }
    // The headings of sections that are empty now, too.
    let is_heading = |line: &str| line.ends_with(':') && !line.starts_with(' ');
    let mut full: Vec<&str> = Vec::new();
    for line in kept.into_iter().rev() {
        let below = full.iter().rev().find(|line| !line.is_empty());
        let is_empty = below.is_none_or(|below| !below.starts_with(' '));
        match line.is_empty() && full.last().is_none_or(|last| last.is_empty()) {
            _ if is_heading(line) && is_empty => {}
            true => {}
            false => full.push(line),
        }
    }
    full.reverse();
    full.join("\n")
}

fn describe(words: &[String], left_out: &[&str], to: &mut String) {
    let help = help(words);
    let level = "#".repeat(3.min(words.len() + 1));
    let name = words.join(" ");
    to.push_str(&format!(
        "\n{level} lunny {name}\n\n```text\n{}\n```\n",
        without(&help, left_out)
    ));
    for command in commands(&help) {
        let words: Vec<String> = words.iter().cloned().chain([command]).collect();
        describe(&words, left_out, to);
    }
}

/// The whole reference.
fn reference() -> String {
    let whole = help(&[]);
    let common: Vec<&str> = whole.lines().filter_map(option).collect();
    let mut text = format!(
        "\n## Options of every command\n\n```text\n{}\n```\n",
        without(&whole, &[])
    );
    for command in commands(&whole) {
        describe(&[command], &common, &mut text);
    }
    text
}

#[test]
fn the_command_reference_is_what_the_program_says() {
    let path = root().join("docs/commands.md");
    let text = read(&path);
    let (written, made) = text
        .split_once(MARK)
        .expect("docs/commands.md has the mark under which the reference begins");
    let reference = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{written}{MARK}{reference}")).expect("it is written");
        return;
    }
    let line = (made.lines().zip(reference.lines())).find(|(made, told)| made != told);
    assert!(
        made == reference,
        "docs/commands.md is out of date, first at {line:?}; renew it with UPDATE_DOCS=1 cargo test --test repository"
    );
}

#[test]
fn options_of_every_command_stand_once() {
    let help = "\
Does it

Usage: lunny it [OPTIONS]

Options:
      --json
          Write one JSON object

  -h, --help
          Print help

Global options:
      --home <DIR>
          Folder of everything
";
    let kept = "\
Does it

Usage: lunny it [OPTIONS]

Options:
      --json
          Write one JSON object";
    assert_eq!(without(help, &["home", "help"]), kept);
    let bare = "Usage: lunny it [OPTIONS]";
    assert_eq!(
        without(help, &["json", "home", "help"]),
        format!("Does it\n\n{bare}")
    );
    let listing = "Does\n\nCommands:\n  info  Says\n  card  Writes\n  help  Helps\n\nOptions:\n";
    assert_eq!(commands(listing), ["info", "card"]);
}
