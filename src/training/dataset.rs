//! A folder of labelled slices and the manifest that lists them.
//!
//! `manifest.csv` has a header line and the columns `file` (below the folder), `class` (one of [`Class::ALL`])
//! and `case`. Slices of one case are similar, so a case is never split between training and held-out slices.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::head::{Class, PerClass};

/// Name of the file that lists a data set's slices.
pub const MANIFEST: &str = "manifest.csv";

/// One labelled slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledSlice {
    /// Path below the data set's folder, as in the manifest.
    pub file: String,
    pub class: Class,
    /// Index of the case among the data set's cases, in order of appearance.
    pub case: usize,
}

/// Labelled slices in the manifest's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    pub folder: PathBuf,
    pub slices: Vec<LabelledSlice>,
    /// Number of cases.
    pub cases: usize,
}

/// Errors of reading a data set.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("the data folder {} could not be opened: {reason}; name an existing one with --data", path.display())]
    NoFolder { path: PathBuf, reason: io::Error },
    #[error("{} could not be read: {reason}; a data folder needs a {MANIFEST} with the columns file, class and case", path.display())]
    NoManifest { path: PathBuf, reason: io::Error },
    #[error("{} has no column \"{column}\"; its first line must name file, class and case", path.display())]
    NoColumn { path: PathBuf, column: &'static str },
    #[error("{}, line {line}: {reason}; correct the line or remove it", path.display())]
    Line {
        path: PathBuf,
        /// Counted from one.
        line: usize,
        reason: String,
    },
    #[error("{} lists {found} of class \"{class}\", but {needed} are needed to hold cases out; add some or use fewer --folds", path.display(), found = cases(*found))]
    TooFewCases {
        path: PathBuf,
        class: Class,
        found: usize,
        needed: usize,
    },
}

fn cases(number: usize) -> String {
    match number {
        0 => "no case".into(),
        1 => "one case".into(),
        number => format!("{number} cases"),
    }
}

impl Dataset {
    /// Reads the manifest in `folder`. Opens no slice.
    pub fn read(folder: &Path) -> Result<Self, DatasetError> {
        std::fs::read_dir(folder).map_err(|reason| DatasetError::NoFolder {
            path: folder.into(),
            reason,
        })?;
        let path = folder.join(MANIFEST);
        let text = std::fs::read_to_string(&path).map_err(|reason| DatasetError::NoManifest {
            path: path.clone(),
            reason,
        })?;
        let listed = parse(&text, &path, Reading::STRICT)?;
        Ok(Self {
            folder: folder.into(),
            slices: listed.slices,
            cases: listed.cases,
        })
    }

    /// Number of slices of each class.
    pub fn slices_per_class(&self) -> PerClass<usize> {
        let mut count = PerClass::default();
        for slice in &self.slices {
            if let Some(count) = count.get_mut(slice.class.index()) {
                *count += 1;
            }
        }
        count
    }

    /// Fails unless every class has slices in at least `folds` cases.
    pub fn require_cases(&self, folds: usize) -> Result<(), DatasetError> {
        for class in Class::ALL {
            let mut cases: Vec<usize> = (self.slices.iter())
                .filter(|slice| slice.class == class)
                .map(|slice| slice.case)
                .collect();
            cases.sort_unstable();
            cases.dedup();
            if cases.len() < folds {
                return Err(DatasetError::TooFewCases {
                    path: self.folder.join(MANIFEST),
                    class,
                    found: cases.len(),
                    needed: folds,
                });
            }
        }
        Ok(())
    }
}

/// Tolerance of the manifest parser.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// The class for a label.
    pub class_of: fn(&str) -> Option<Class>,
    /// If true, a manifest without the column `case` makes every slice its own case; otherwise it is an error.
    pub without_cases: bool,
    /// If true, slices with an unknown label are left out; otherwise they are an error.
    pub without_unknown: bool,
}

impl Reading {
    /// For training: everything must be labelled.
    pub(super) const STRICT: Self = Self {
        class_of: Class::from_name,
        without_cases: false,
        without_unknown: false,
    };
}

/// Content of a manifest.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub slices: Vec<LabelledSlice>,
    pub cases: usize,
    /// True if the manifest states which slices belong together.
    pub cases_known: bool,
    /// Number of slices that were left out because of an unknown label.
    pub left_out: usize,
}

/// Reads the `text` of the manifest at `path`.
pub(super) fn parse(text: &str, path: &Path, reading: Reading) -> Result<Listed, DatasetError> {
    let mut lines = text.lines().enumerate();
    let header = lines.next().map_or("", |(_, line)| line);
    let names: Vec<&str> = fields(header.trim_start_matches('\u{feff}')).collect();
    let column = |column: &'static str| {
        let place = names.iter().position(|name| *name == column);
        place.ok_or_else(|| DatasetError::NoColumn {
            path: path.into(),
            column,
        })
    };
    let (file, class) = (column("file")?, column("class")?);
    let case = match column("case") {
        Err(_) if reading.without_cases => None,
        case => Some(case?),
    };

    let mut listed = Listed {
        cases_known: case.is_some(),
        ..Listed::default()
    };
    let mut cases = HashMap::new();
    for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |reason: String| DatasetError::Line {
            path: path.into(),
            line: index + 1,
            reason,
        };
        let values: Vec<&str> = fields(line).collect();
        if values.len() != names.len() {
            return Err(wrong(format!(
                "{} fields, not {}",
                values.len(),
                names.len()
            )));
        }
        let value = |place: usize| values.get(place).copied().unwrap_or("");
        // Line numbers are all different, so every slice is its own case if the manifest states none.
        let own_case = index.to_string();
        let (file, class) = (value(file), value(class));
        let case = case.map_or(own_case.as_str(), value);
        if file.is_empty() || case.is_empty() {
            return Err(wrong("a slice needs a file and a case".into()));
        }
        let class = match (reading.class_of)(class) {
            Some(class) => class,
            None if reading.without_unknown => {
                listed.left_out += 1;
                continue;
            }
            None => {
                let known = Class::ALL.map(Class::name).join(", ");
                return Err(wrong(format!("\"{class}\" is none of the classes {known}")));
            }
        };
        let next = cases.len();
        listed.slices.push(LabelledSlice {
            file: file.into(),
            class,
            case: *cases.entry(case.to_owned()).or_insert(next),
        });
    }
    listed.cases = cases.len();
    Ok(listed)
}

/// The values of a line. The manifests contain file names and labels, so quoting is not supported.
fn fields(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(str::trim)
}

#[cfg(test)]
impl Dataset {
    /// One slice for each case, all of one class.
    pub fn of_files(folder: &Path, files: &[&str]) -> Self {
        let slices = (files.iter().enumerate())
            .map(|(case, file)| LabelledSlice {
                file: (*file).into(),
                class: Class::Normal,
                case,
            })
            .collect();
        Self {
            folder: folder.into(),
            slices,
            cases: files.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(manifest: &str) -> Result<Dataset, DatasetError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(MANIFEST), manifest).unwrap();
        Dataset::read(folder.path())
    }

    fn error_of(manifest: &str) -> String {
        read(manifest).unwrap_err().to_string()
    }

    #[test]
    fn columns_are_found_by_name_and_cases_counted_as_they_appear() {
        let manifest = "case,note,file,class\r\nb,x,1.png,normal\r\na,,2.png,malignant\r\n\r\nb,,3.png,benign\r\n";
        let dataset = read(manifest).unwrap();
        let cases: Vec<usize> = dataset.slices.iter().map(|slice| slice.case).collect();
        assert_eq!(cases, [0, 1, 0]);
        assert_eq!(dataset.cases, 2);
        assert_eq!(dataset.slices[1].file, "2.png");
        assert_eq!(dataset.slices_per_class(), [1, 1, 1]);
    }

    #[test]
    fn a_missing_folder_manifest_or_column_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Dataset::read(&folder.path().join("nowhere")).unwrap_err();
        assert!(missing.to_string().contains("nowhere"), "{missing}");
        let empty = Dataset::read(folder.path()).unwrap_err();
        assert!(empty.to_string().contains(MANIFEST), "{empty}");
        assert!(error_of("file,class\n1.png,normal\n").contains("no column \"case\""));
        assert!(error_of("").contains("no column \"file\""));
    }

    #[test]
    fn a_wrong_line_is_reported_by_its_number() {
        let class = error_of("file,class,case\n1.png,normal,a\n2.png,tumour,b\n");
        assert!(class.contains("line 3: \"tumour\" is none of"), "{class}");
        let short = error_of("file,class,case\n1.png,normal\n");
        assert!(short.contains("line 2: 2 fields, not 3"), "{short}");
        assert!(error_of("file,class,case\n,normal,a\n").contains("line 2"));
    }

    #[test]
    fn one_class_alone_is_not_enough() {
        let dataset = read("file,class,case\n1.png,malignant,a\n2.png,malignant,b\n").unwrap();
        let error = dataset.require_cases(2).unwrap_err().to_string();
        assert!(
            error.contains("no case of class \"normal\", but 2"),
            "{error}"
        );
    }
}
