//! Location of the weights: named by the configuration, or shipped with the program.

use std::path::{Path, PathBuf};

use super::lesions::weights::LesionWeights;
use super::weight_file::{Description, WeightFile, WeightsError};
use super::weights::Weights;
use crate::config::Config;
use crate::named_file;

/// Maximum size of a file that notes a hash, in bytes.
const MAX_HASH_FILE: u64 = 4 << 10;

/// File name of the shipped weights.
const SHIPPED: &str = "lunny-resnet50-2.safetensors";
/// Expected hash of [`SHIPPED`].
const SHIPPED_SHA256: &str = include_str!("../../models/lunny-resnet50-2.sha256");

/// File name of the shipped lesion reader, and its hash.
const SHIPPED_LESIONS: &str = "lunny-lesions-3.safetensors";
const SHIPPED_LESIONS_SHA256: &str = include_str!("../../models/lunny-lesions-3.sha256");

/// Reads the slice classifier's weights that `config` names, or else the shipped ones.
///
/// A named file is accepted with any hash, unless a file of the same name ending in `.sha256` is beside it:
/// then it must match that. Shipped weights must match the hash that the program was built with.
///
/// # Errors
/// The file is missing, damaged, changed, or does not contain a slice classifier.
pub fn find(config: &Config) -> Result<Weights, WeightsError> {
    read(config.model.as_deref(), (SHIPPED, SHIPPED_SHA256), config)
}

/// Reads the lesion reader's weights that `config` names, or else the shipped ones; as [`find`].
///
/// # Errors
/// The file is missing, damaged, changed, or does not contain a lesion reader.
pub fn find_lesions(config: &Config) -> Result<LesionWeights, WeightsError> {
    let shipped = (SHIPPED_LESIONS, SHIPPED_LESIONS_SHA256);
    read(config.lesion_model.as_deref(), shipped, config)
}

/// The weight file `named`, or else the shipped one with this name and hash.
fn read<D: Description>(
    named: Option<&Path>,
    (name, sha256): (&'static str, &str),
    config: &Config,
) -> Result<WeightFile<D>, WeightsError> {
    match named {
        Some(path) => WeightFile::read(path, noted_hash(path).as_deref()),
        None => {
            let path = shipped::<D>(name, config)?;
            WeightFile::read(&path, Some(sha256.trim()))
        }
    }
}

/// True if a model card is about a network that this program ships: it names one of their files.
pub fn describes_shipped(card: &str) -> bool {
    [SHIPPED, SHIPPED_LESIONS]
        .iter()
        .any(|name| card.contains(name.trim_end_matches(".safetensors")))
}

/// The hash in the file of the same name ending in `.sha256`, if there is one.
fn noted_hash(path: &Path) -> Option<String> {
    let text = named_file::text(&path.with_extension("sha256"), MAX_HASH_FILE).ok()?;
    text.split_whitespace().next().map(str::to_owned)
}

/// Path of the shipped file `name`.
fn shipped<D: Description>(name: &'static str, config: &Config) -> Result<PathBuf, WeightsError> {
    let looked_in = folders(std::env::current_exe().ok().as_deref(), &config.home);
    let paths = looked_in.iter().map(|folder| folder.join(name));
    (paths.into_iter().find(|path| path.exists())).ok_or(WeightsError::Missing {
        name,
        looked_in,
        option: D::OPTION,
    })
}

/// The folders that may contain shipped weights, the likeliest first: beside the program, in the repository
/// that it was built in or runs from, in LUNNY's home folder.
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
    fn a_program_of_unknown_path_still_has_folders_to_search() {
        let folders = folders(None, Path::new("/home/of/lunny"));
        assert_eq!(folders.len(), 2);
    }

    #[test]
    fn the_hashes_built_in_are_hashes() {
        for hash in [SHIPPED_SHA256, SHIPPED_LESIONS_SHA256] {
            let hash = hash.trim();
            assert_eq!(hash.len(), 64);
            assert!(
                hash.bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            );
        }
    }
}
