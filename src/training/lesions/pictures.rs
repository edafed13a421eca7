//! Training pictures with marked lesions: crops around nodules, and whole slices.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Deserialize;

use super::LesionTrainingError;
use crate::imaging::{self, Pixels};
use crate::model::lesions::upright::Turn;

/// File name of the manifest of either kind of folder.
pub const MANIFEST: &str = "manifest.csv";
/// File name of the lesion boxes in a folder of whole slices.
const MARKS: &str = "marks.csv";
/// Hounsfield units of a crop's grey level 0, and the difference for one grey level.
const CROP_DARKEST_HU: f32 = -1000.0;
const CROP_HU_PER_LEVEL: f32 = 1600.0 / 255.0;

/// Diagnosis of the person on the slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Patient {
    /// A diagnosed cancer, or nodules that radiologists rated malignant.
    Malignant,
    /// Nodules on which radiologists do not agree.
    Indeterminate,
    /// No nodule.
    NoNodule,
    /// Pneumonia, no cancer.
    Pneumonia,
    /// A crop around a nodule: the person's other nodules are unknown.
    Unknown,
}

/// A lesion on a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mark {
    /// The centre, in pixels from 0.
    pub row: f32,
    pub column: f32,
    /// Half of its height and width, in pixels.
    pub half_height: f32,
    pub half_width: f32,
    /// The mean diameter of the whole lesion.
    pub diameter_mm: f32,
    /// From 0, benign, to 1, malignant; `None` if unknown.
    pub malignancy: Option<f32>,
}

/// Pixels of a picture, row by row.
#[derive(Debug, Clone, PartialEq)]
pub enum Plane {
    /// Grey levels of a crop: 0 is −1000 HU, 255 is +600 HU.
    Levels(Vec<u8>),
    Hounsfield(Vec<i16>),
}

impl Plane {
    /// Hounsfield units of a pixel; those of air outside the picture.
    pub fn at(&self, place: usize) -> f32 {
        match self {
            Self::Levels(levels) => levels.get(place).map_or(CROP_DARKEST_HU, |level| {
                CROP_DARKEST_HU + CROP_HU_PER_LEVEL * f32::from(*level)
            }),
            Self::Hounsfield(values) => {
                values.get(place).map_or(-1024.0, |value| f32::from(*value))
            }
        }
    }

    /// The whole picture in Hounsfield units.
    pub fn hounsfield(&self) -> Vec<i16> {
        match self {
            Self::Hounsfield(values) => values.clone(),
            Self::Levels(levels) => (0..levels.len())
                .map(|at| self.at(at).round() as i16)
                .collect(),
        }
    }
}

/// One picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// File name as in its manifest.
    pub file: String,
    /// Collection of the picture.
    pub source: String,
    pub patient: String,
    pub kind: Patient,
    /// The crop's nodule; `None` for a whole slice.
    pub nodule: Option<String>,
    pub width: usize,
    pub height: usize,
    /// Distance between rows and between columns, in mm.
    pub spacing_mm: [f32; 2],
    /// Slice thickness in mm, if the file states it.
    pub thickness_mm: Option<f32>,
    pub plane: Plane,
    /// Indices of the pictures of the neighbouring slices, if known.
    pub neighbours: [Option<usize>; 2],
    pub marks: Vec<Mark>,
    /// Position of the slice along the body, in mm, in one frame with the patient's other slices of the source.
    pub position_mm: Option<f32>,
    /// True if it shows a lesion of unknown position.
    pub unmarked_lesion: bool,
}

impl Picture {
    /// A whole slice of one black pixel, for tests.
    #[cfg(test)]
    pub(crate) fn blank(kind: Patient) -> Self {
        Self {
            file: String::new(),
            source: String::new(),
            patient: String::new(),
            kind,
            nodule: None,
            width: 1,
            height: 1,
            spacing_mm: [0.7; 2],
            thickness_mm: None,
            plane: Plane::Levels(vec![0]),
            neighbours: [None; 2],
            marks: Vec::new(),
            position_mm: None,
            unmarked_lesion: false,
        }
    }

    /// True for a crop around a nodule.
    pub fn is_crop(&self) -> bool {
        self.nodule.is_some()
    }

    /// True for a whole slice without a lesion.
    pub fn is_without_lesion(&self) -> bool {
        !self.is_crop() && self.marks.is_empty() && !self.unmarked_lesion
    }
}

#[derive(Debug, Deserialize)]
struct CropRow {
    file: String,
    patient: String,
    nodule: String,
    mean_score: f32,
    diameter_mm: f32,
    pixel_spacing_mm: f32,
}

#[derive(Debug, Deserialize)]
struct SliceRow {
    file: String,
    source: String,
    patient: String,
    patient_class: String,
    lesion_on_slice: String,
    evidence: String,
}

#[derive(Debug, Deserialize)]
struct MarkRow {
    file: String,
    row_first: f32,
    row_last: f32,
    column_first: f32,
    column_last: f32,
}

/// The pictures below the folders: of crops (a manifest with `mean_score`, `diameter_mm`, `pixel_spacing_mm`), of
/// whole slices (a manifest with `patient_class` and `lesion_on_slice`, and `marks.csv`), and of axial slices with
/// pneumonia (DICOM files without a manifest, named `PATIENT-axial-…`).
///
/// # Errors
/// Names the folder, file or line that cannot be read.
pub fn read(folders: &[PathBuf]) -> Result<Vec<Picture>, LesionTrainingError> {
    let mut pictures = Vec::new();
    for folder in folders {
        let manifest = folder.join(MANIFEST);
        let read = match std::fs::read_to_string(&manifest) {
            Ok(text) => of_manifest(folder, &text)?,
            Err(_) => pneumonia(folder)?,
        };
        let first = pictures.len();
        pictures.extend(read.into_iter().map(|mut picture: Picture| {
            picture.neighbours = picture.neighbours.map(|it| it.map(|index| index + first));
            picture
        }));
    }
    match pictures.is_empty() {
        true => Err(LesionTrainingError::NoPictures),
        false => Ok(pictures),
    }
}

/// The crops or whole slices that a manifest lists, with the columns of either kind; files are below the
/// manifest's folder.
///
/// # Errors
/// Names the file or line that cannot be read.
pub fn read_manifest(manifest: &Path) -> Result<Vec<Picture>, LesionTrainingError> {
    let text =
        std::fs::read_to_string(manifest).map_err(|reason| LesionTrainingError::Manifest {
            path: manifest.to_owned(),
            reason: reason.to_string(),
        })?;
    of_manifest(manifest.parent().unwrap_or(Path::new("")), &text)
}

fn of_manifest(folder: &Path, text: &str) -> Result<Vec<Picture>, LesionTrainingError> {
    let heading = text.lines().next().unwrap_or_default();
    match heading.contains("mean_score") {
        true => crops(folder, text),
        false => slices(folder, text),
    }
}

fn rows<T: serde::de::DeserializeOwned>(
    path: &Path,
    text: &str,
) -> Result<Vec<T>, LesionTrainingError> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows = reader.deserialize().collect::<Result<Vec<T>, _>>();
    rows.map_err(|error| LesionTrainingError::Manifest {
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

/// A decoded picture, upright.
struct Decoded {
    plane: Plane,
    width: usize,
    height: usize,
    /// Distance between rows and between columns in mm, if the file states it.
    spacing_mm: Option<[f64; 2]>,
    thickness_mm: Option<f32>,
    /// The turn that made it upright.
    turn: Turn,
}

/// Decodes the picture at `path` and turns it upright, as the lesion reader does before it reads a slice.
fn decode(path: &Path) -> Result<Decoded, LesionTrainingError> {
    let scan =
        imaging::load(path).map_err(|error| LesionTrainingError::Picture(error.to_string()))?;
    let turn = Turn::of(&scan);
    let scan = if turn.is_none() {
        scan
    } else {
        turn.upright_scan(&scan)
    };
    let dicom = scan.provenance.dicom.as_ref();
    let thickness_mm = dicom.and_then(|stated| stated.slice_thickness_mm);
    Ok(Decoded {
        thickness_mm: thickness_mm.map(|mm| mm as f32),
        plane: match scan.pixels {
            Pixels::Grey(levels) => Plane::Levels(levels),
            Pixels::Hounsfield(values) => Plane::Hounsfield(values),
        },
        width: scan.width as usize,
        height: scan.height as usize,
        spacing_mm: scan.spacing_mm,
        turn,
    })
}

impl Decoded {
    /// First and last row and column of a mark, which is given in pixels of the stored picture.
    fn upright_box(&self, mark: &MarkRow) -> [[f32; 2]; 2] {
        let size = [self.height, self.width].map(|length| length as f64);
        let corners = [
            [mark.row_first, mark.column_first],
            [mark.row_last, mark.column_last],
        ];
        let [one, other] =
            corners.map(|corner| self.turn.upright_place(corner.map(f64::from), size));
        let pair = |choose: fn(f64, f64) -> f64| {
            [
                choose(one[0], other[0]) as f32,
                choose(one[1], other[1]) as f32,
            ]
        };
        [pair(f64::min), pair(f64::max)]
    }
}

fn crops(folder: &Path, text: &str) -> Result<Vec<Picture>, LesionTrainingError> {
    let rows: Vec<CropRow> = rows(&folder.join(MANIFEST), text)?;
    let mut pictures: Vec<Picture> = (rows.into_par_iter())
        .map(|row| {
            let Decoded {
                plane,
                width,
                height,
                ..
            } = decode(&folder.join(&row.file))?;
            let half = row.diameter_mm / row.pixel_spacing_mm.max(0.1) / 2.0;
            Ok(Picture {
                source: "lidc-nodules".into(),
                patient: row.patient,
                kind: Patient::Unknown,
                nodule: Some(row.nodule),
                width,
                height,
                spacing_mm: [row.pixel_spacing_mm; 2],
                thickness_mm: None,
                plane,
                neighbours: [None; 2],
                marks: vec![Mark {
                    row: (height as f32 - 1.0) / 2.0,
                    column: (width as f32 - 1.0) / 2.0,
                    half_height: half,
                    half_width: half,
                    diameter_mm: row.diameter_mm,
                    malignancy: Some(((row.mean_score - 1.0) / 4.0).clamp(0.0, 1.0)),
                }],
                position_mm: None,
                unmarked_lesion: false,
                file: row.file,
            })
        })
        .collect::<Result<_, LesionTrainingError>>()?;
    // The file names of a nodule end with the number of the slice in it: `…-03.jpg` follows `…-02.jpg`.
    let number = |file: &str| -> Option<(String, usize)> {
        let (name, number) = file.rsplit_once('.')?.0.rsplit_once('-')?;
        Some((name.to_owned(), number.parse().ok()?))
    };
    let places: HashMap<(String, usize), usize> = (pictures.iter().enumerate())
        .filter_map(|(index, picture)| Some((number(&picture.file)?, index)))
        .collect();
    for picture in &mut pictures {
        if let Some((name, own)) = number(&picture.file) {
            let beside = |number: Option<usize>| places.get(&(name.clone(), number?)).copied();
            picture.neighbours = [beside(own.checked_sub(1)), beside(own.checked_add(1))];
        }
    }
    Ok(pictures)
}

fn slices(folder: &Path, text: &str) -> Result<Vec<Picture>, LesionTrainingError> {
    let rows_read: Vec<SliceRow> = rows(&folder.join(MANIFEST), text)?;
    let path = folder.join(MARKS);
    let marks = std::fs::read_to_string(&path).map_err(|reason| LesionTrainingError::Manifest {
        path: path.clone(),
        reason: reason.to_string(),
    })?;
    let mut boxes: HashMap<String, Vec<MarkRow>> = HashMap::new();
    for mark in rows::<MarkRow>(&path, &marks)? {
        boxes.entry(mark.file.clone()).or_default().push(mark);
    }
    (rows_read.into_par_iter())
        .map(|row| {
            let decoded = decode(&folder.join(&row.file))?;
            let spacing = decoded.spacing_mm.unwrap_or([0.7; 2]).map(|mm| mm as f32);
            let kind = match row.patient_class.as_str() {
                "malignant" => Patient::Malignant,
                "no-nodule" => Patient::NoNodule,
                _ => Patient::Indeterminate,
            };
            let malignancy = match (score(&row.evidence), kind) {
                (Some(score), _) => Some(((score - 1.0) / 4.0).clamp(0.0, 1.0)),
                (None, Patient::Malignant) => Some(1.0),
                (None, _) => None,
            };
            let marks = boxes.get(&row.file).into_iter().flatten().map(|it| {
                let [first, last] = decoded.upright_box(it);
                let half_height = (last[0] - first[0] + 1.0) / 2.0;
                let half_width = (last[1] - first[1] + 1.0) / 2.0;
                Mark {
                    row: (first[0] + last[0]) / 2.0,
                    column: (first[1] + last[1]) / 2.0,
                    half_height,
                    half_width,
                    diameter_mm: half_height * spacing[0] + half_width * spacing[1],
                    malignancy,
                }
            });
            let marks: Vec<Mark> = marks.collect();
            Ok(Picture {
                position_mm: position(&folder.join(&row.file)),
                unmarked_lesion: row.lesion_on_slice == "yes" && marks.is_empty(),
                file: row.file,
                source: row.source,
                patient: row.patient,
                kind,
                nodule: None,
                width: decoded.width,
                height: decoded.height,
                spacing_mm: spacing,
                thickness_mm: decoded.thickness_mm,
                plane: decoded.plane,
                neighbours: [None; 2],
                marks,
            })
        })
        .collect()
}

/// Stated position of a DICOM slice, from the feet up.
fn position(path: &Path) -> Option<f32> {
    let header = imaging::Header::read(path).ok()?;
    let [_, _, up] = header.frames.first()?.position_mm?;
    Some(up as f32)
}

/// The radiologists' mean score in a text such as `lidc malignancy 5/4/3`.
fn score(evidence: &str) -> Option<f32> {
    let scores = evidence.strip_prefix("lidc malignancy ")?;
    let scores: Vec<f32> = scores
        .split('/')
        .filter_map(|part| part.parse().ok())
        .collect();
    (!scores.is_empty()).then(|| scores.iter().sum::<f32>() / scores.len() as f32)
}

fn pneumonia(folder: &Path) -> Result<Vec<Picture>, LesionTrainingError> {
    let unreadable = |reason: std::io::Error| LesionTrainingError::Manifest {
        path: folder.to_owned(),
        reason: reason.to_string(),
    };
    let mut files: Vec<PathBuf> = (std::fs::read_dir(folder).map_err(unreadable)?)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().contains("-axial-"))
        .collect();
    files.sort();
    (files.into_par_iter())
        .map(|path| {
            let decoded = decode(&path)?;
            let file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Ok(Picture {
                source: "pneumonia".into(),
                patient: file.split('-').next().unwrap_or_default().to_owned(),
                kind: Patient::Pneumonia,
                nodule: None,
                width: decoded.width,
                height: decoded.height,
                spacing_mm: (decoded.spacing_mm.unwrap_or([0.7; 2])).map(|mm| mm as f32),
                thickness_mm: decoded.thickness_mm,
                plane: decoded.plane,
                neighbours: [None; 2],
                marks: Vec::new(),
                position_mm: None,
                unmarked_lesion: false,
                file,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_scores_are_averaged() {
        assert_eq!(score("lidc malignancy 5/4/3"), Some(4.0));
        assert_eq!(score("seg"), None);
        assert_eq!(score("lidc malignancy "), None);
    }

    #[test]
    fn a_mark_is_turned_upright_with_its_picture() {
        // Stored rows run to the front: the last stored column is the first upright row.
        let mark = MarkRow {
            file: String::new(),
            row_first: 1.0,
            row_last: 2.0,
            column_first: 6.0,
            column_last: 8.0,
        };
        let decoded = |turn| Decoded {
            plane: Plane::Levels(Vec::new()),
            width: 5,
            height: 10,
            spacing_mm: None,
            thickness_mm: None,
            turn,
        };
        assert_eq!(
            decoded(Turn::default()).upright_box(&mark),
            [[1.0, 6.0], [2.0, 8.0]]
        );
        let turn = Turn::of_orientation([0.0, -1.0, 0.0, 1.0, 0.0, 0.0]);
        assert_eq!(decoded(turn).upright_box(&mark), [[1.0, 1.0], [3.0, 2.0]]);
    }

    #[test]
    fn a_crops_levels_are_hounsfield_units() {
        let plane = Plane::Levels(vec![0, 255]);
        assert_eq!(plane.hounsfield(), [-1000, 600]);
    }
}
