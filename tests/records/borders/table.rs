//! Every subcommand with the rights that it needs.

use lunny::store::TokenScope::{self, Export, Read, Write};

/// Right that a subcommand needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// No account: it touches no records, or brings its own password or code.
    Nothing,
    /// An account of the hospital; of a token these scopes.
    Account(&'static [TokenScope]),
    /// A radiologist; of a token these scopes.
    Radiologist(&'static [TokenScope]),
    /// An administrator; of a token these scopes.
    Administrator(&'static [TokenScope]),
    /// A person with a password.
    Person,
    /// An administrator with a password.
    AdministratorInPerson,
    /// An owner of the installation with a password.
    Owner,
}

use Need::{Account, Administrator, AdministratorInPerson, Nothing, Owner, Person, Radiologist};

/// A subcommand: its name, its need, and arguments with which it works on objects of St. Mary.
pub struct Row {
    pub name: &'static str,
    pub need: Need,
    pub arguments: &'static str,
}

const fn row(name: &'static str, need: Need, arguments: &'static str) -> Row {
    Row {
        name,
        need,
        arguments,
    }
}

/// One row for each subcommand that can be run. A new one needs a row here.
pub const TABLE: &[Row] = &[
    row("account accept-terms", Nothing, ""),
    row("account appoint-owner", Owner, "max@example.org"),
    row("account approve", AdministratorInPerson, "will@example.org"),
    row("account approve-hospital", Owner, "hugo@example.org"),
    row("account disable", AdministratorInPerson, "theo@example.org"),
    row("account enable", AdministratorInPerson, "disa@example.org"),
    row("account hospitals", Owner, ""),
    row("account list", AdministratorInPerson, ""),
    row("account owners", Owner, ""),
    row("account password", Nothing, ""),
    row("account refuse", AdministratorInPerson, "will@example.org"),
    row("account refuse-hospital", Owner, "hugo@example.org"),
    row("account register", Nothing, ""),
    row(
        "account reset-code",
        AdministratorInPerson,
        "theo@example.org",
    ),
    row("account reset-password", Nothing, ""),
    row(
        "account role",
        AdministratorInPerson,
        "theo@example.org radiologist",
    ),
    row("account ssh-key add", Person, "laptop.pub"),
    row("account ssh-key list", Person, ""),
    row("account ssh-key remove", Person, "1"),
    row("account token list", Account(&[Read]), ""),
    row("account token make", Person, "nightly"),
    row("account token revoke", Person, "1"),
    row("account withdraw-owner", Owner, "ada@example.org"),
    row("analyze", Nothing, ""),
    row("attachment add", Account(&[Read, Write]), "P-1 note.png"),
    row("attachment delete", Account(&[Write]), "A-1"),
    row("attachment list", Account(&[Read]), "P-1"),
    row("attachment restore", Account(&[Write]), "A-2"),
    row(
        "attachment save",
        Account(&[Read, Export]),
        "P-1 --all --to out",
    ),
    row("audit export", Administrator(&[Export]), "log.jsonl"),
    row("audit head", Administrator(&[Read]), ""),
    row("audit verify", Administrator(&[Read]), ""),
    row("backup", Owner, "made.backup"),
    row("bench inference", Nothing, ""),
    row("brock", Nothing, ""),
    row("completions", Nothing, ""),
    row("doctor", Owner, "--repair"),
    row("evaluate", Nothing, ""),
    row(
        "export",
        Account(&[Read, Export]),
        "P-1 --to out --format json",
    ),
    row(
        "follow-up close",
        Account(&[Read, Write]),
        "P-1 --reason moved",
    ),
    row(
        "follow-up letter-text",
        Administrator(&[Read, Write]),
        "recall --set note.txt",
    ),
    row(
        "follow-up letters",
        Account(&[Read, Export]),
        "P-1 --to out",
    ),
    row("follow-up list", Account(&[Read]), ""),
    row("follow-up reopen", Account(&[Read, Write]), "P-1"),
    row("import", Account(&[Read, Write]), "patients.csv"),
    row("import list", Account(&[Read]), ""),
    row("import undo", Account(&[Write]), "1"),
    row("key rotate", Owner, ""),
    row("key status", Nothing, ""),
    row("label", Account(&[Read, Export]), "P-1 --to out"),
    row("lung-rads", Nothing, ""),
    row("man", Nothing, ""),
    row("model card", Nothing, ""),
    row("model gate", Nothing, ""),
    row("model info", Nothing, ""),
    row("patients distinct", Account(&[Read, Write]), "P-1 P-2"),
    row("patients duplicates", Account(&[Read]), ""),
    row("patients list", Account(&[Read]), ""),
    row("patients merge", Account(&[Read, Write]), "P-1 P-2"),
    row("patients merges", Account(&[Read]), ""),
    row("patients show", Account(&[Read, Export]), "P-1"),
    row("patients unmerge", Account(&[Write]), "1"),
    row("report", Account(&[Read, Export]), "P-1 --pdf out.pdf"),
    row(
        "report addendum",
        Radiologist(&[Read, Write]),
        "P-1 --text note.txt",
    ),
    row(
        "report words",
        Radiologist(&[Read, Write]),
        "P-1 --findings note.txt",
    ),
    row("restore", Owner, "monday.backup --replace --older"),
    row("sample", Nothing, ""),
    row("scan info", Nothing, ""),
    row("serve", Nothing, ""),
    row("serve status", Nothing, ""),
    row("statistics", Account(&[Read]), ""),
    row("train", Nothing, ""),
    row("train lesions", Nothing, ""),
    row(
        "worklist add",
        Account(&[Read, Write]),
        "P-1 --on 2050-01-31",
    ),
    row(
        "worklist cancel",
        Account(&[Read, Write]),
        "ACC-1 --reason moved",
    ),
    row("worklist export", Account(&[Read, Export]), "--to out"),
    row("worklist import", Account(&[Read, Write]), "plans.csv"),
    row("worklist list", Account(&[Read]), ""),
    row("worklist reopen", Account(&[Read, Write]), "ACC-2"),
];
