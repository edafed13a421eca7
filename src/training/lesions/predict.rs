//! Predictions of a network for held-out pictures.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::LesionTrainingError;
use super::pictures::{Mark, Picture};
use super::sampler::PicturePoint;
use crate::imaging::lungs;
use crate::model::Cancel;
use crate::model::lesions::STEP;
use crate::model::lesions::maps::SliceMaps;
use crate::model::lesions::reader::{LesionReader, Proposal, Region, SliceInput};

/// Distance from every mark, in pixels, from which a position is not part of a marked lesion.
const CLEAR_OF_MARK: f32 = 12.0;
/// Number of positions around a crop's centre that are read, to each side.
const AROUND: usize = 1;

/// The answer for one picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Index of the picture in the data.
    pub picture: usize,
    pub file: String,
    /// Most suspicious first; empty for a crop.
    pub proposals: Vec<Place>,
    /// True for a whole slice without lungs, which has no answer.
    #[serde(default)]
    pub refused: bool,
    /// Outputs at a crop's centre.
    pub middle: Option<Place>,
}

/// A proposed position.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub row: f32,
    pub column: f32,
    pub diameter_mm: f32,
    pub score: f32,
    pub lesion: f32,
}

impl From<&Proposal> for Place {
    fn from(proposal: &Proposal) -> Self {
        Self {
            row: proposal.row,
            column: proposal.column,
            diameter_mm: proposal.diameter_mm,
            score: proposal.score,
            lesion: proposal.lesion,
        }
    }
}

impl From<&Place> for Proposal {
    fn from(place: &Place) -> Self {
        Self {
            row: place.row,
            column: place.column,
            diameter_mm: place.diameter_mm,
            score: place.score,
            lesion: place.lesion,
        }
    }
}

/// The answers of `reader` for the pictures with the indices `chosen`.
///
/// # Errors
/// The network failed on a picture, or `cancel` was raised.
pub fn predict(
    reader: &LesionReader,
    pictures: &[Picture],
    chosen: &[usize],
    cancel: &Cancel,
) -> Result<Vec<Prediction>, LesionTrainingError> {
    let mut predictions = Vec::with_capacity(chosen.len());
    for &number in chosen {
        let Some(picture) = pictures.get(number) else {
            continue;
        };
        predictions.push(answer(reader, pictures, number, picture, cancel)?);
    }
    Ok(predictions)
}

/// The answers for `pictures` among those of a training run's `folder`, each by a network that had not seen the picture.
///
/// # Errors
/// The folder has no such answers, or none for one of the pictures.
pub fn held_out(
    folder: &Path,
    pictures: &[Picture],
) -> Result<Vec<Prediction>, LesionTrainingError> {
    let unread = |path: &Path, reason: std::io::Error| LesionTrainingError::HeldOutAnswers {
        path: path.to_owned(),
        reason,
    };
    let mut kept: HashMap<String, Prediction> = HashMap::new();
    for part in 0.. {
        let path = folder.join(predictions_file(part));
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            // Every run has a first part.
            Err(reason) if reason.kind() == ErrorKind::NotFound && part > 0 => break,
            Err(reason) => return Err(unread(&path, reason)),
        };
        for prediction in from_lines(&bytes).map_err(|error| unread(&path, error.into()))? {
            kept.insert(prediction.file.clone(), prediction);
        }
    }
    let own = |(number, picture): (usize, &Picture)| {
        let prediction = kept.get(&picture.file).cloned();
        let prediction = prediction.ok_or_else(|| LesionTrainingError::NotHeldOut {
            folder: folder.to_owned(),
            file: picture.file.clone(),
        })?;
        Ok(Prediction {
            picture: number,
            ..prediction
        })
    };
    pictures.iter().enumerate().map(own).collect()
}

/// File name of the held-out answers of a run's network in its folder.
pub fn predictions_file(part: usize) -> String {
    format!("predictions-{part}.jsonl")
}

/// File name of the held-out answers of a run's network before its size output counted for malignancy.
pub fn unweighted_file(part: usize) -> String {
    format!("unweighted-{part}.jsonl")
}

/// Answers from a file with one JSON object on each line.
///
/// # Errors
/// A line is no answer.
pub fn from_lines(bytes: &[u8]) -> serde_json::Result<Vec<Prediction>> {
    serde_json::Deserializer::from_slice(bytes)
        .into_iter()
        .collect()
}

fn answer(
    reader: &LesionReader,
    pictures: &[Picture],
    number: usize,
    picture: &Picture,
    cancel: &Cancel,
) -> Result<Prediction, LesionTrainingError> {
    let failed = |error: crate::model::EngineError| match error {
        crate::model::EngineError::Cancelled => LesionTrainingError::Cancelled,
        error => LesionTrainingError::Frozen(error),
    };
    let own = picture.plane.hounsfield();
    let beside = picture
        .neighbours
        .map(|it| Some(pictures.get(it?)?.plane.hounsfield()));
    let input = SliceInput {
        hounsfield: &own,
        width: picture.width,
        height: picture.height,
        spacing_mm: Some(picture.spacing_mm),
        before: beside[0].as_deref(),
        after: beside[1].as_deref(),
    };
    let mut prediction = Prediction {
        picture: number,
        file: picture.file.clone(),
        proposals: Vec::new(),
        refused: false,
        middle: None,
    };
    if picture.is_crop() {
        let whole = Region {
            rows: 0..picture.height,
            columns: 0..picture.width,
        };
        let reading = reader
            .read(&input, &whole, |_, _| false, cancel)
            .map_err(failed)?;
        prediction.middle = picture
            .marks
            .first()
            .and_then(|mark| middle(&reading.maps, reading.scale, mark));
    } else if let Ok(mask) = lungs::find(
        &own,
        picture.width,
        picture.height,
        Some(picture.spacing_mm),
    ) {
        let (rows, columns) = mask.bounding_box();
        let region = Region { rows, columns };
        let allowed = |row, column| mask.contains(row, column);
        let reading = reader
            .read(&input, &region, allowed, cancel)
            .map_err(failed)?;
        prediction.proposals = reading.proposals.iter().map(Place::from).collect();
    } else {
        prediction.refused = true;
    }
    Ok(prediction)
}

/// Outputs at a mark's centre: those of the most certain position next to it.
fn middle(maps: &SliceMaps, scale: [f32; 2], mark: &Mark) -> Option<Place> {
    let at =
        |pixel: f32, scale: f32| (((pixel + 0.5) / scale - 0.5) / STEP as f32).max(0.0) as usize;
    let (row, column) = (at(mark.row, scale[0]), at(mark.column, scale[1]));
    let rows = row.saturating_sub(AROUND)..=row + AROUND;
    let places = rows.flat_map(|row| {
        (column.saturating_sub(AROUND)..=column + AROUND)
            .filter_map(move |column| maps.at(row, column))
    });
    let cells: Vec<_> = places.collect();
    let surest = cells.iter().max_by(|a, b| a.lesion.total_cmp(&b.lesion))?;
    let weights: f32 = cells.iter().map(|cell| cell.lesion).sum();
    let malignancy = cells.iter().map(|cell| cell.suspicion()).sum::<f32>() / weights.max(1e-6);
    Some(Place {
        row: mark.row,
        column: mark.column,
        diameter_mm: surest.diameter_mm,
        score: malignancy,
        lesion: surest.lesion,
    })
}

/// True if a position is on a mark, or within `tolerance` pixels of it.
pub fn on_mark(place: &Place, mark: &Mark, tolerance: f32) -> bool {
    (place.row - mark.row).abs() <= mark.half_height - 0.5 + tolerance
        && (place.column - mark.column).abs() <= mark.half_width - 0.5 + tolerance
}

/// Positions on whole slices that the network takes for a lesion, with a score of at least `least`, and that
/// are on no mark. Slices with a lesion of unknown position are excluded.
///
/// # Errors
/// As [`predict`].
pub fn false_lesions(
    reader: &LesionReader,
    pictures: &[Picture],
    chosen: &[usize],
    least: f32,
    cancel: &Cancel,
) -> Result<Vec<PicturePoint>, LesionTrainingError> {
    let slices: Vec<usize> = (chosen.iter().copied())
        .filter(|number| {
            (pictures.get(*number))
                .is_some_and(|picture| !picture.is_crop() && !picture.unmarked_lesion)
        })
        .collect();
    let predictions = predict(reader, pictures, &slices, cancel)?;
    let mut spots = Vec::new();
    for prediction in &predictions {
        let marks = (pictures.get(prediction.picture)).map_or(&[][..], |picture| &picture.marks);
        let false_places = prediction.proposals.iter().filter(|place| {
            place.lesion.max(place.score) >= least
                && !marks.iter().any(|mark| on_mark(place, mark, CLEAR_OF_MARK))
        });
        spots.extend(false_places.map(|place| PicturePoint {
            picture: prediction.picture,
            row: place.row,
            column: place.column,
        }));
    }
    Ok(spots)
}
