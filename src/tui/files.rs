//! Files that the user of a session can name: those of the machine, or those of the account's own area, which looks like a
//! whole file system that begins at `/`.
//!
//! Screens hold paths as the user sees them. The worker turns them into paths of the machine, and back in its answers.

use std::borrow::Cow;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};

use crate::store::AccountId;

/// Folder of an area that received files arrive in. The file picker begins there.
pub const INBOX: &str = "inbox";
/// Folder of an area that reports and exports are written to.
pub const OUTBOX: &str = "outbox";

/// A path where nothing can exist or be created: the path of everything while no account is signed in.
const NOWHERE: &str = "/dev/null/none";

/// The files that a session can name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Files {
    /// Every file that this process may open, by its own path.
    #[default]
    Machine,
    /// Files of the area of the account that is signed in. The areas of all accounts are in this folder, whose path is
    /// canonical.
    Areas(PathBuf),
}

impl Files {
    /// Folder of an account's area; none where the files are those of the machine.
    pub fn area(&self, account: AccountId) -> Option<PathBuf> {
        match self {
            Self::Machine => None,
            Self::Areas(areas) => Some(areas.join(account.0.to_string())),
        }
    }

    /// Makes the folders of an account's area that are missing, for this user of the machine alone.
    ///
    /// # Errors
    /// Of the file system.
    pub fn prepare(&self, account: AccountId) -> io::Result<()> {
        let Some(area) = self.area(account) else {
            return Ok(());
        };
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(area.join(INBOX))?;
        builder.create(area.join(OUTBOX))
    }

    /// The path on the machine for a path of the user of `account`. In an area it is always below the area's folder: `..` ends
    /// at the top, and a link to the outside leads nowhere.
    pub fn real(&self, account: Option<AccountId>, named: &Path) -> PathBuf {
        if *self == Self::Machine {
            return named.to_path_buf();
        }
        let Some(area) = account.and_then(|account| self.area(account)) else {
            return PathBuf::from(NOWHERE);
        };
        // A path that an answer held already is one of the machine.
        let below = named.strip_prefix(&area).unwrap_or(named);
        let mut real = area.clone();
        let mut depth = 0_usize;
        for component in below.components() {
            match component {
                Component::Normal(name) if depth == 0 && name == "~" => {}
                Component::Normal(name) => {
                    real.push(name);
                    depth += 1;
                }
                Component::ParentDir if depth > 0 => {
                    real.pop();
                    depth -= 1;
                }
                Component::ParentDir
                | Component::CurDir
                | Component::RootDir
                | Component::Prefix(_) => {}
            }
        }
        match stays_below(&area, &real) {
            true => real,
            false => PathBuf::from(NOWHERE),
        }
    }

    /// The path as the user sees it; none for one that the user of `account` cannot name.
    pub fn shown(&self, account: Option<AccountId>, real: &Path) -> Option<PathBuf> {
        let Self::Areas(_) = self else {
            return Some(real.to_path_buf());
        };
        let area = self.area(account?)?;
        let below = real.strip_prefix(area).ok()?;
        Some(Path::new("/").join(below))
    }

    /// A sentence with the paths in it as the user sees them: those of the area without the folders before it, and those of
    /// LUNNY's own files by their names.
    pub fn in_words<'a>(&self, sentence: &'a str) -> Cow<'a, str> {
        let Self::Areas(areas) = self else {
            return Cow::Borrowed(sentence);
        };
        let home = areas.parent().unwrap_or(areas).to_string_lossy();
        // Without a folder of its own there is nothing to hide.
        if home.len() <= 1 || !sentence.contains(home.as_ref()) {
            return Cow::Borrowed(sentence);
        }
        let areas = areas.to_string_lossy();
        let mut parts = sentence.split(areas.as_ref());
        let mut words = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let below = part.strip_prefix('/').unwrap_or(part);
            let below = below.trim_start_matches(|letter: char| letter.is_ascii_digit());
            if !below.starts_with('/') {
                words.push('/');
            }
            words.push_str(below);
        }
        let words = words.replace(&format!("{home}/"), "");
        Cow::Owned(words.replace(home.as_ref(), "LUNNY's folder"))
    }
}

/// True if no link on the way to `path`, which may not exist yet, leads out of `folder`.
fn stays_below(folder: &Path, path: &Path) -> bool {
    let mut existing = path;
    loop {
        match existing.canonicalize() {
            Ok(canonical) => return canonical.starts_with(folder),
            // A link to a missing file: creating it through the link would create it elsewhere.
            Err(_) if existing.is_symlink() => return false,
            Err(_) => match existing.parent() {
                // Nothing of the area exists yet, so no link does.
                Some(parent) if parent.starts_with(folder) => existing = parent,
                _ => return true,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use proptest::prelude::*;

    use super::*;

    const ADA: Option<AccountId> = Some(AccountId(7));

    fn areas() -> (tempfile::TempDir, Files, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let files = Files::Areas(root.clone());
        files.prepare(AccountId(7)).unwrap();
        files.prepare(AccountId(8)).unwrap();
        (folder, files, root)
    }

    #[test]
    fn an_area_looks_like_a_whole_file_system() {
        let (_folder, files, root) = areas();
        for (named, real) in [
            ("/", "7"),
            ("~", "7"),
            ("~/inbox/a.dcm", "7/inbox/a.dcm"),
            ("/inbox/a.dcm", "7/inbox/a.dcm"),
            ("/../../etc/passwd", "7/etc/passwd"),
            ("/inbox/../../8/inbox", "7/8/inbox"),
            ("outbox/new/list.csv", "7/outbox/new/list.csv"),
        ] {
            let found = files.real(ADA, Path::new(named));
            assert_eq!(found, root.join(real), "{named}");
            // Answers hold such paths; asked for again they stay what they are.
            assert_eq!(files.real(ADA, &found), found);
        }
        let file = root.join("7/inbox/a.dcm");
        assert_eq!(files.shown(ADA, &file), Some("/inbox/a.dcm".into()));
        assert_eq!(files.shown(ADA, &root.join("7")), Some("/".into()));
        assert_eq!(files.shown(ADA, &root.join("8/inbox")), None);
        assert_eq!(files.shown(ADA, Path::new("/etc/passwd")), None);
    }

    #[test]
    fn without_an_account_there_are_no_files() {
        let (_folder, files, root) = areas();
        let real = files.real(None, Path::new("/inbox"));
        assert!(std::fs::create_dir_all(real).is_err());
        assert_eq!(files.shown(None, &root.join("7/inbox")), None);
    }

    #[test]
    fn a_link_out_of_the_area_leads_nowhere() {
        let (_folder, files, root) = areas();
        std::fs::write(root.join("8/inbox/secret.dcm"), b"x").unwrap();
        symlink(root.join("8/inbox"), root.join("7/inbox/other")).unwrap();
        symlink("/etc/passwd", root.join("7/inbox/passwd")).unwrap();
        symlink(root.join("8/inbox/new"), root.join("7/outbox/dangling")).unwrap();
        for named in [
            "/inbox/other/secret.dcm",
            "/inbox/passwd",
            "/outbox/dangling",
            "/outbox/dangling/x",
        ] {
            let real = files.real(ADA, Path::new(named));
            assert!(std::fs::create_dir_all(&real).is_err(), "{named}");
            assert!(std::fs::write(&real, b"x").is_err(), "{named}");
        }
    }

    #[test]
    fn sentences_name_no_folder_of_the_server() {
        let files = Files::Areas("/var/lib/lunny/files".into());
        let said = "/var/lib/lunny/files/7/inbox/a.dcm is empty; so is /var/lib/lunny/files/7";
        assert_eq!(files.in_words(said), "/inbox/a.dcm is empty; so is /");
        assert_eq!(Files::Machine.in_words(said), said);
        let said = "/var/lib/lunny/lunny.db is damaged; restore /var/lib/lunny from a backup";
        assert_eq!(
            files.in_words(said),
            "lunny.db is damaged; restore LUNNY's folder from a backup"
        );
    }

    proptest! {
        #[test]
        fn no_path_leaves_the_area(named in "(/|\\.\\.|~|inbox|outbox|7|8|\\.|\u{0}|é|//){0,12}") {
            let (_folder, files, root) = areas();
            let real = files.real(ADA, Path::new(&named));
            prop_assert!(real.starts_with(root.join("7")));
            let shown = files.shown(ADA, &real).unwrap();
            prop_assert_eq!(files.real(ADA, &shown), real);
        }
    }
}
