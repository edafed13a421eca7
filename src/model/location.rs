//! Where the weights are: named by the configuration, or shipped with the program.

use std::path::{Path, PathBuf};

use super::weights::{Weights, WeightsError};
use crate::config::Config;

/// The file that LUNNY ships.
const SHIPPED: &str = "lunny-resnet50-2.safetensors";
/// What [`SHIPPED`] must hash to.
const SHIPPED_SHA256: &str = include_str!("../../models/lunny-resnet50-2.sha256");

/// Reads the weights that `config` names or, if it names none, the shipped ones.
///
/// A named file is taken as it is, unless a file of the same name ending in `.sha256` lies beside it:
/// then it must match that. Shipped weights must match the hash that the program was built with.
pub fn find(config: &Config) -> Result<Weights, WeightsError> {
    if let Some(path) = &config.model {
        let expected = std::fs::read_to_string(path.with_extension("sha256")).ok();
        let expected = expected
            .as_deref()
            .and_then(|text| text.split_whitespace().next());
        return Weights::read(path, expected);
    }
    let folders = folders(std::env::current_exe().ok().as_deref(), &config.home);
    let found = (folders.iter().map(|folder| folder.join(SHIPPED))).find(|path| path.exists());
    match found {
        Some(path) => Weights::read(&path, Some(SHIPPED_SHA256.trim())),
        None => Err(WeightsError::Missing {
            name: SHIPPED,
            looked_in: folders,
        }),
    }
}

/// The folders that shipped weights may lie in, the likeliest first: beside the program, in the
/// repository that it was built in or runs from, in LUNNY's own folder.
fn folders(program: Option<&Path>, home: &Path) -> Vec<PathBuf> {
    let beside = program.and_then(Path::parent);
    // `target/release/lunny`, or with a target triple in between, and `deps` for a test.
    let above = beside
        .into_iter()
        .flat_map(|folder| folder.ancestors().skip(1).take(4));
    let repository = above.filter(|folder| folder.join("Cargo.toml").exists());
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR"));

    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in (beside.into_iter().chain(repository)).chain([built_in, home]) {
        let folder = folder.join("models");
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beside_the_program_comes_before_the_repository_and_home_comes_last() {
        let repository = tempfile::tempdir().unwrap();
        std::fs::write(repository.path().join("Cargo.toml"), "").unwrap();
        let program = repository.path().join("target/release/lunny");
        let folders = folders(Some(&program), Path::new("/home/of/lunny"));
        let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let expected = [
            repository.path().join("target/release/models"),
            repository.path().join("models"),
            built_in,
            PathBuf::from("/home/of/lunny/models"),
        ];
        assert_eq!(folders, expected);
    }

    #[test]
    fn a_program_of_unknown_place_still_has_folders_to_look_in() {
        let folders = folders(None, Path::new("/home/of/lunny"));
        assert_eq!(folders.len(), 2);
    }

    #[test]
    fn the_hash_built_in_is_a_hash() {
        let hash = SHIPPED_SHA256.trim();
        assert_eq!(hash.len(), 64);
        assert!(
            hash.bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        );
    }
}
