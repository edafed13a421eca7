//! Labelled slices for the evaluation of a model: a folder of class folders, or a manifest.
//!
//! More is accepted here than in a training set ([`super::dataset::Dataset`]): labels of public data
//! sets ([`labels`]), and slices of unknown cases.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::dataset::{self, Dataset, DatasetError, MANIFEST, Reading};
use super::{features, labels};
use crate::model::head::{Class, PerClass};

/// Maximum size of a manifest, in bytes: enough for a million slices.
const MOST_BYTES: u64 = 128 << 20;
/// Maximum folder depth below a class folder; deeper ones are a loop of links.
const DEEPEST: usize = 12;

/// A slice with its true class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    pub path: PathBuf,
    pub class: Class,
    /// Index of the case among the set's cases.
    pub case: usize,
}

/// Labelled slices in the order of the manifest, or of classes and file names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EvaluationSet {
    pub slices: Vec<Slice>,
    /// Number of cases.
    pub cases: usize,
    /// True if the cases of the slices are known. If not, every slice is its own case, and intervals over cases
    /// are too narrow.
    pub cases_known: bool,
    /// Number of slices with unknown labels that were left out on request.
    pub left_out: usize,
}

/// Errors of reading an evaluation set. One sentence; scrub it before display.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationSetError {
    #[error("{} could not be opened: {reason}; name a folder of slices or a manifest", path.display())]
    Unreadable { path: PathBuf, reason: io::Error },
    #[error("{} is not a manifest: {reason}; name a folder of class folders or a table with the columns file, class and, if known, case", path.display())]
    NoManifest { path: PathBuf, reason: io::Error },
    #[error(transparent)]
    Manifest(#[from] DatasetError),
    #[error("the folder {} is not named after a class: classes are normal, benign and malignant; rename it, or leave it out with --ignore-unknown", path.display())]
    UnknownClass { path: PathBuf },
    #[error("{} goes deeper than {DEEPEST} folders; remove the link or folder", path.display())]
    TooDeep { path: PathBuf },
    #[error("{} contains no slices; it needs a {MANIFEST}, or folders named normal, benign or malignant with slices in them", path.display())]
    Empty { path: PathBuf },
}

impl EvaluationSet {
    /// Finds the slices below `path` without opening them.
    ///
    /// A file is read as a manifest, and so is `manifest.csv` in a folder. Any other folder is read by its
    /// class folders: a file in one is a slice and its own case, a folder in one is a case. Hidden files and
    /// folders are skipped; with `ignore_unknown` also those with labels of no class.
    pub fn read(path: &Path, ignore_unknown: bool) -> Result<Self, EvaluationSetError> {
        let unreadable = |reason| EvaluationSetError::Unreadable {
            path: path.into(),
            reason,
        };
        let metadata = fs::metadata(path).map_err(unreadable)?;
        let manifest = path.join(MANIFEST);
        let set = if !metadata.is_dir() {
            Self::from_manifest(path, ignore_unknown)?
        } else if manifest.exists() {
            Self::from_manifest(&manifest, ignore_unknown)?
        } else {
            Self::from_folders(path, ignore_unknown)?
        };
        match set.slices.is_empty() {
            true => Err(EvaluationSetError::Empty { path: path.into() }),
            false => Ok(set),
        }
    }

    /// Number of slices of each class.
    pub fn slices_per_class(&self) -> PerClass<usize> {
        Class::ALL.map(|class| {
            let of_class = self.slices.iter().filter(|slice| slice.class == class);
            of_class.count()
        })
    }

    fn from_manifest(path: &Path, ignore_unknown: bool) -> Result<Self, EvaluationSetError> {
        let text = manifest_text(path).map_err(|reason| EvaluationSetError::NoManifest {
            path: path.into(),
            reason,
        })?;
        let reading = Reading {
            class_of: labels::class_of,
            without_cases: true,
            without_unknown: ignore_unknown,
        };
        let listed = dataset::parse(&text, path, reading)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let slices = listed.slices.into_iter().map(|slice| Slice {
            path: folder.join(slice.file),
            class: slice.class,
            case: slice.case,
        });
        Ok(Self {
            slices: slices.collect(),
            cases: listed.cases,
            cases_known: listed.cases_known,
            left_out: listed.left_out,
        })
    }

    fn from_folders(path: &Path, ignore_unknown: bool) -> Result<Self, EvaluationSetError> {
        let mut set = Self::default();
        for folder in entries(path)?.into_iter().filter(|entry| entry.is_dir()) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            match labels::class_of(&name) {
                Some(class) => set.add_class(&folder, class)?,
                None if ignore_unknown => set.left_out += files_below(&folder, 0)?.len(),
                None => return Err(EvaluationSetError::UnknownClass { path: folder }),
            }
        }
        Ok(set)
    }

    fn add_class(&mut self, folder: &Path, class: Class) -> Result<(), EvaluationSetError> {
        for entry in entries(folder)? {
            let is_case = entry.is_dir();
            let paths = match is_case {
                true => files_below(&entry, 0)?,
                false => vec![entry],
            };
            if paths.is_empty() {
                continue;
            }
            let case = self.cases;
            self.cases += 1;
            self.cases_known |= is_case;
            let slices = paths.into_iter().map(|path| Slice { path, class, case });
            self.slices.extend(slices);
        }
        Ok(())
    }
}

/// True if the set at `path` is, slice for slice, the one with the fingerprint that a weight file stores as
/// `data_sha256` (see [`features::fingerprint`]): figures on training slices are too good. A part of such a
/// set, or another arrangement of it, is not recognised.
pub fn is_training_set(path: &Path, data_sha256: &str) -> bool {
    let folder = match path.file_name() {
        Some(name) if name == MANIFEST => path.parent(),
        _ => Some(path),
    };
    folder.is_some_and(|folder| {
        let dataset = Dataset::read(folder).ok();
        let fingerprint = dataset.and_then(|dataset| features::fingerprint(&dataset).ok());
        fingerprint.as_deref() == Some(data_sha256)
    })
}

/// The text of a manifest.
fn manifest_text(path: &Path) -> io::Result<String> {
    // Checked before it is opened: opening a pipe waits for its other end.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        let reason = format!("it is larger than {} MB", MOST_BYTES >> 20);
        return Err(io::Error::other(reason));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("it is not text in UTF-8"))
}

/// Entries of a folder that are not hidden, in the order of names.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, EvaluationSetError> {
    let unreadable = |reason| EvaluationSetError::Unreadable {
        path: folder.into(),
        reason,
    };
    let hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if !hidden(&entry.file_name()) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// All files in a folder and the folders in it, in the order of names.
fn files_below(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, EvaluationSetError> {
    if depth > DEEPEST {
        let path = folder.into();
        return Err(EvaluationSetError::TooDeep { path });
    }
    let mut files = Vec::new();
    for entry in entries(folder)? {
        match entry.is_dir() {
            true => files.extend(files_below(&entry, depth + 1)?),
            false => files.push(entry),
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn error_of(path: &Path) -> String {
        EvaluationSet::read(path, false).unwrap_err().to_string()
    }

    #[test]
    fn class_folders_give_classes_and_their_folders_cases() {
        let folder = folder(&[
            "Normal cases/b.png",
            "Normal cases/a.png",
            "Normal cases/.DS_Store",
            "malignant/person 1/2.png",
            "malignant/person 1/series/1.png",
            "malignant/person 2/1.png",
            "notes.txt",
        ]);
        let set = EvaluationSet::read(folder.path(), false).unwrap();
        let names: Vec<_> = (set.slices.iter())
            .map(|slice| {
                let name = slice.path.file_name().unwrap().to_str().unwrap();
                (name, slice.class, slice.case)
            })
            .collect();
        let (normal, malignant) = (Class::Normal, Class::Malignant);
        assert_eq!(
            names,
            [
                ("a.png", normal, 0),
                ("b.png", normal, 1),
                ("2.png", malignant, 2),
                ("1.png", malignant, 2),
                ("1.png", malignant, 3)
            ]
        );
        assert_eq!((set.cases, set.cases_known), (4, true));
        assert_eq!(set.slices_per_class(), [2, 0, 3]);
    }

    #[test]
    fn a_manifest_may_omit_cases() {
        let folder = folder(&[]);
        let manifest = folder.path().join(MANIFEST);
        fs::write(
            &manifest,
            "file,class\na/1.png,adenocarcinoma\na/1.png,Normal\n",
        )
        .unwrap();
        for path in [folder.path(), &manifest] {
            let set = EvaluationSet::read(path, false).unwrap();
            assert_eq!((set.cases, set.cases_known), (2, false));
            assert_eq!(set.slices[0].class, Class::Malignant);
            assert_eq!(set.slices[0].path, folder.path().join("a/1.png"));
        }
        fs::write(
            &manifest,
            "case,file,class\nx,1.png,benign\nx,2.png,normal\n",
        )
        .unwrap();
        let set = EvaluationSet::read(&manifest, false).unwrap();
        assert_eq!((set.cases, set.cases_known), (1, true));
    }

    #[test]
    fn an_unknown_label_is_named_or_left_out_on_request() {
        let folder = folder(&["normal/1.png", "tumour/1.png", "tumour/2.png"]);
        let reason = error_of(folder.path());
        assert!(
            reason.contains("tumour") && reason.contains("--ignore-unknown"),
            "{reason}"
        );
        let set = EvaluationSet::read(folder.path(), true).unwrap();
        assert_eq!((set.slices.len(), set.left_out), (1, 2));

        let manifest = folder.path().join(MANIFEST);
        fs::write(&manifest, "file,class\n1.png,normal\n2.png,tumour\n").unwrap();
        let reason = error_of(&manifest);
        assert!(reason.contains("line 3: \"tumour\""), "{reason}");
        let set = EvaluationSet::read(&manifest, true).unwrap();
        assert_eq!((set.slices.len(), set.left_out), (1, 1));
    }

    #[test]
    fn an_empty_set_is_one_sentence_that_names_the_path() {
        let folder = folder(&["normal/.hidden", "picture.png"]);
        let empty = error_of(folder.path());
        assert!(empty.contains("contains no slices"), "{empty}");
        let missing = error_of(&folder.path().join("nowhere"));
        assert!(missing.contains("nowhere"), "{missing}");
        fs::write(folder.path().join("picture.png"), [0xff, 0xfe]).unwrap();
        let picture = error_of(&folder.path().join("picture.png"));
        assert!(picture.contains("not text in UTF-8"), "{picture}");
        fs::write(folder.path().join(MANIFEST), "").unwrap();
        let header = error_of(folder.path());
        assert!(header.contains("no column \"file\""), "{header}");
        fs::write(folder.path().join(MANIFEST), "file,class\n").unwrap();
        assert!(error_of(folder.path()).contains("contains no slices"));
    }

    #[test]
    fn the_training_set_of_a_model_is_recognised() {
        let folder = folder(&["1.png", "2.png"]);
        let manifest = folder.path().join(MANIFEST);
        fs::write(
            &manifest,
            "file,class,case\n1.png,normal,a\n2.png,benign,b\n",
        )
        .unwrap();
        let dataset = Dataset::read(folder.path()).unwrap();
        let data_sha256 = features::fingerprint(&dataset).unwrap();
        assert!(is_training_set(folder.path(), &data_sha256));
        assert!(is_training_set(&manifest, &data_sha256));
        assert!(!is_training_set(&folder.path().join("1.png"), &data_sha256));
        fs::write(folder.path().join("2.png"), "another").unwrap();
        assert!(!is_training_set(&manifest, &data_sha256));
    }

    #[test]
    fn folders_that_contain_themselves_come_to_an_end() {
        let folder = folder(&["normal/case/1.png"]);
        let inside = folder.path().join("normal/case");
        std::os::unix::fs::symlink(&inside, inside.join("again")).unwrap();
        assert!(error_of(folder.path()).contains("goes deeper"));
    }
}
