//! Every subcommand as every kind of account and token, on records of its own and of another hospital.

mod home;
mod table;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use clap::CommandFactory;
use lunny::cli::Cli;
use lunny::store::{Role, TokenScope};

use self::home::{SECRET, Template};
use self::table::{Need, Row, TABLE};
use crate::support::PASSWORD;
use std::io::Write as _;

/// The ways to run a subcommand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Actor {
    /// A person with a password, by email.
    Person(&'static str),
    /// A token of an administrator of St. Mary with these scopes.
    Token(&'static [TokenScope]),
    /// Not signed in.
    SignedOut,
}

const OWNER: &str = "ada@example.org";
const STRANGER: &str = "eve@example.org";
const WITHOUT_TERMS: &str = "nora@example.org";

const ACTORS: [Actor; 11] = [
    Actor::Person(OWNER),
    Actor::Person("max@example.org"),
    Actor::Person("rhea@example.org"),
    Actor::Person("theo@example.org"),
    Actor::Person(WITHOUT_TERMS),
    Actor::Person(STRANGER),
    Actor::Token(&[TokenScope::Read]),
    Actor::Token(&[TokenScope::Write]),
    Actor::Token(&[TokenScope::Export]),
    Actor::Token(&TokenScope::ALL),
    Actor::SignedOut,
];

fn role(email: &str) -> Role {
    match email {
        "rhea@example.org" => Role::Radiologist,
        "theo@example.org" | WITHOUT_TERMS => Role::Technician,
        _ => Role::Administrator,
    }
}

/// True if the actor may do this in a hospital of its own.
fn may(actor: Actor, need: Need) -> bool {
    let covers = |scopes: &[TokenScope], needed: &[TokenScope]| {
        needed.iter().all(|scope| scopes.contains(scope))
    };
    match (actor, need) {
        (_, Need::Nothing) => true,
        (Actor::SignedOut | Actor::Person(WITHOUT_TERMS), _) => false,
        (Actor::Person(_), Need::Account(_) | Need::Person) => true,
        (Actor::Person(email), Need::Radiologist(_)) => role(email) == Role::Radiologist,
        (Actor::Person(email), Need::Administrator(_) | Need::AdministratorInPerson) => {
            role(email) == Role::Administrator
        }
        (Actor::Person(email), Need::Owner) => email == OWNER,
        (Actor::Token(scopes), Need::Account(needed) | Need::Administrator(needed)) => {
            covers(scopes, needed)
        }
        (Actor::Token(_), _) => false,
    }
}

/// Sentences of refusals for want of a right, or because there is no such object in the hospital.
const REFUSALS: [&str; 12] = [
    "sign in: give --email",
    "accepted the terms of use",
    "does not have the scope",
    "opened with a token",
    "for administrators",
    "only an administrator",
    "only a radiologist",
    "owner of the installation",
    "owners of the installation",
    "sign in with your password",
    "administrator",
    "radiologist",
];

/// Sentences about objects that are found by reading, before the right to change or copy is asked for.
const EARLIER: [&str; 2] = ["gets a letter", "no follow-up was closed by a person"];

fn run(home: &Path, folder: &Path, arguments: &str, actor: Actor, token: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lunny"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("LUNNY_") {
            command.env_remove(name);
        }
    }
    command.arg("--home").arg(home).current_dir(folder);
    command.args(arguments.split_whitespace());
    if let Actor::Person(email) = actor {
        command.args(["--email", email]);
    }
    if let Some(token) = token {
        command.env("LUNNY_TOKEN", token);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that refuses at once does not read its input.
    let _ = writeln!(child.stdin.take().unwrap(), "{PASSWORD}");
    child.wait_with_output().unwrap()
}

/// Runs one subcommand as one actor on a fresh copy of the home. Returns what is wrong, if anything.
fn crossed(template: &Template, row: &Row, actor: Actor) -> Option<String> {
    let copy = template.copy();
    let (home, folder) = (copy.path().join("home"), copy.path().join("work"));
    let token = match actor {
        Actor::Token(scopes) => Some(template.token(scopes)),
        _ => None,
    };
    let files = home::files_below(&folder);
    let stranger = actor == Actor::Person(STRANGER);
    let allowed = may(actor, row.need);
    // Allowed work of a stranger adds rows of the other hospital.
    let before = home::records_of(&home, !allowed);
    let arguments = format!("{} {}", row.name, row.arguments);
    let output = run(&home, &folder, &arguments, actor, token);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let case = format!("{} {} as {actor:?}", row.name, row.arguments);
    let refused = REFUSALS.iter().any(|words| said.contains(words));
    if allowed && !stranger {
        if std::env::var_os("LUNNY_SHOW_BORDERS").is_some() && output.status.code() != Some(0) {
            println!("{case}: {said}");
        }
        // It may still fail for want of an object, but not for want of a right.
        let fails = refused || said.contains("panicked");
        return fails.then(|| format!("{case} should be allowed: {said}"));
    }
    let mut wrong = Vec::new();
    // A stranger may fail earlier, because there is no such object.
    let earlier = stranger || EARLIER.iter().any(|words| said.contains(words));
    if !allowed && (output.status.success() || !(refused || earlier)) {
        wrong.push(format!("was not refused: {told} {said}"));
    }
    if told.contains(SECRET) || said.contains(SECRET) {
        wrong.push(format!("shows a record: {told} {said}"));
    }
    if home::records_of(&home, !allowed) != before {
        wrong.push("changed records".to_owned());
    }
    for file in home::files_below(&folder) {
        if files.contains(&file) {
            continue;
        }
        let bytes = fs::read(&file).unwrap();
        let shows = bytes
            .windows(SECRET.len())
            .any(|part| part == SECRET.as_bytes());
        if shows || !allowed {
            wrong.push(format!("wrote {}", file.display()));
        }
    }
    (!wrong.is_empty()).then(|| format!("{case} {}", wrong.join("; ")))
}

/// Names of the subcommands that can be run, such as `account token make`.
fn runnable(command: &clap::Command, before: &str, found: &mut Vec<String>) {
    for inner in command.get_subcommands() {
        if inner.get_name() == "help" {
            continue;
        }
        let name = format!("{before}{}", inner.get_name());
        if !inner.is_subcommand_required_set() {
            found.push(name.clone());
        }
        runnable(inner, &format!("{name} "), found);
    }
}

#[test]
fn every_subcommand_has_its_row() {
    let mut found = Vec::new();
    runnable(&Cli::command(), "", &mut found);
    found.sort();
    let rows: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
    assert_eq!(
        found, rows,
        "tests/records/borders/table.rs states the right of each"
    );
}

#[test]
fn no_subcommand_crosses_a_border() {
    let template = Template::new();
    let rows = TABLE.iter().filter(|row| row.need != Need::Nothing);
    let cases: Vec<(&Row, Actor)> = rows
        .flat_map(|row| ACTORS.map(|actor| (row, actor)))
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut wrong = Vec::new();
        while let Some((row, actor)) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            wrong.extend(crossed(&template, row, *actor));
        }
        wrong
    };
    let wrong: Vec<String> = thread::scope(|scope| {
        let workers: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        let found = workers.into_iter().map(|worker| worker.join().unwrap());
        found.flatten().collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} cases, 0 borders crossed", cases.len());
}
