//! Keys of the files in accounts' areas: they stay with the records through a new key of the database.

use lunny::sealed::{self, AreaKeys, Folder};
use lunny::store::{NewKey, Store};
use lunny::whole_file::{self, Readers};
use std::io::Read;
use std::path::Path;

use crate::support::*;

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    sealed::open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn files_of_areas_are_read_after_a_new_key_of_the_database() {
    let installation = installation();
    installation.enter("St. Mary", "ada@example.org");
    let areas = tempfile::tempdir().unwrap();
    let areas = areas.path().canonicalize().unwrap();
    let seal = |keys: AreaKeys| Folder::new(areas.clone(), keys, 1 << 20).guard();
    let (old, new) = (areas.join("1/old"), areas.join("1/new"));

    let before = seal(installation.store.area_keys().unwrap());
    whole_file::write(&old, b"sent before", Readers::Owner).unwrap();
    drop(before);
    // Asked for again they are the same.
    let same = seal(installation.store.area_keys().unwrap());
    assert_eq!(read(&old).unwrap(), "sent before");
    drop(same);

    let owner = installation.owner();
    let Installation { home, store, .. } = installation;
    store.rotate_key(&owner, &NewKey::File).unwrap();
    let store = Store::open(home.path()).unwrap();
    let after = seal(store.area_keys().unwrap());
    assert_eq!(read(&old).unwrap(), "sent before");
    whole_file::write(&new, b"sent later", Readers::Owner).unwrap();
    assert_eq!(read(&new).unwrap(), "sent later");
    drop(after);
    let number = |path: &Path| std::fs::read(path).unwrap()[8];
    assert_eq!((number(&old), number(&new)), (1, 2));

    // Another installation reads neither.
    let other = tempfile::tempdir().unwrap();
    let other = Store::open(other.path()).unwrap();
    let _foreign = seal(other.area_keys().unwrap());
    assert!(read(&old).is_err() && read(&new).is_err());
}
