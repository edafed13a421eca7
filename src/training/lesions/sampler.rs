//! Random choice of pictures, and parts of them, for a training step.

use std::collections::BTreeMap;

use rand::RngExt;
use rand::rngs::StdRng;

use super::canvas::Part;
use super::pictures::{Patient, Picture};

/// Shares of parts that are crops around nodules, and parts of slices around a marked lesion; the rest are parts of
/// slices without a lesion.
const CROPS: f32 = 0.60;
const MARKED: f32 = 0.16;
/// Shares of malignant and of benign nodules among the crops; the rest are those between.
const MALIGNANT: f32 = 0.40;
const BENIGN: f32 = 0.35;
/// Share of hard negatives among parts without a lesion: positions where the network saw a lesion.
const HARD: f32 = 0.5;
/// Maximum distance of a mark from the centre of its part, in pixels of the canvas.
const FREEDOM: f32 = 60.0;
/// Spacing of the possible centres of parts on a slice, in pixels.
const PLACES: usize = 12;
/// Range of lung, in Hounsfield units.
const LUNG_HU: std::ops::Range<f32> = -990.0..-500.0;

/// A position on a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PicturePoint {
    pub picture: usize,
    pub row: f32,
    pub column: f32,
}

/// Chooses parts at random.
#[derive(Debug, Clone, Default)]
pub struct Sampler {
    /// Crops of each nodule, in groups: malignant, benign, indeterminate.
    nodules: [Vec<Vec<usize>>; 3],
    /// Slices with marks.
    marked: Vec<usize>,
    /// Positions in the lungs of slices without a lesion, by group: people without nodules, pneumonia, other
    /// slices of patients with a lesion; one list for each slice.
    clean: Vec<Vec<Vec<PicturePoint>>>,
    /// Hard negatives: positions where the network saw a lesion and there is none.
    pub hard: Vec<PicturePoint>,
}

impl Sampler {
    /// A sampler of the pictures with the indices `chosen`.
    pub fn new(pictures: &[Picture], chosen: &[usize]) -> Self {
        let mut sampler = Self::default();
        let mut nodules: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
        let mut clean: BTreeMap<u8, Vec<Vec<PicturePoint>>> = BTreeMap::new();
        for &index in chosen {
            let Some(picture) = pictures.get(index) else {
                continue;
            };
            if let Some(nodule) = &picture.nodule {
                nodules
                    .entry((&picture.patient, nodule))
                    .or_default()
                    .push(index);
            } else if !picture.marks.is_empty() {
                sampler.marked.push(index);
            } else if picture.is_without_lesion() {
                let group = match picture.kind {
                    Patient::NoNodule => 0,
                    Patient::Pneumonia => 1,
                    _ => 2,
                };
                let spots = lung_spots(picture, index);
                if !spots.is_empty() {
                    clean.entry(group).or_default().push(spots);
                }
            }
        }
        sampler.clean = clean.into_values().collect();
        for crops in nodules.into_values() {
            let malignancy = pictures[crops[0]]
                .marks
                .first()
                .and_then(|mark| mark.malignancy);
            let group = match malignancy.unwrap_or(0.5) {
                high if high > 0.625 => 0,
                low if low < 0.375 => 1,
                _ => 2,
            };
            sampler.nodules[group].push(crops);
        }
        sampler
    }

    /// True if there is nothing to choose from.
    pub fn is_empty(&self) -> bool {
        self.nodules.iter().all(Vec::is_empty)
    }

    /// A part for a training canvas.
    pub fn draw(&self, pictures: &[Picture], rng: &mut StdRng) -> Part {
        let kind = rng.random::<f32>();
        let part = if kind < CROPS {
            None
        } else if kind < CROPS + MARKED {
            self.marked_part(pictures, rng)
        } else {
            self.clean_part(rng)
        };
        part.unwrap_or_else(|| self.crop_part(pictures, rng))
    }

    fn crop_part(&self, pictures: &[Picture], rng: &mut StdRng) -> Part {
        let kind = rng.random::<f32>();
        let group = match kind {
            kind if kind < MALIGNANT => 0,
            kind if kind < MALIGNANT + BENIGN => 1,
            _ => 2,
        };
        let groups = [
            &self.nodules[group],
            &self.nodules[0],
            &self.nodules[1],
            &self.nodules[2],
        ];
        let crops = groups.into_iter().find_map(|group| choose(group, rng));
        let picture = crops
            .and_then(|crops| choose(crops, rng))
            .copied()
            .unwrap_or(0);
        let middle = |length: usize| (length as f32 - 1.0) / 2.0;
        let size = pictures
            .get(picture)
            .map_or([1; 2], |it| [it.height, it.width]);
        Part {
            picture,
            focus: size.map(middle),
            freedom: None,
        }
    }

    fn marked_part(&self, pictures: &[Picture], rng: &mut StdRng) -> Option<Part> {
        let picture = *choose(&self.marked, rng)?;
        let mark = choose(&pictures.get(picture)?.marks, rng)?;
        Some(Part {
            picture,
            focus: [mark.row, mark.column],
            freedom: Some(FREEDOM),
        })
    }

    fn clean_part(&self, rng: &mut StdRng) -> Option<Part> {
        let hard = rng.random::<f32>() < HARD;
        let spot = match hard.then(|| choose(&self.hard, rng)).flatten() {
            Some(spot) => spot,
            None => {
                let group = choose(&self.clean, rng)?;
                choose(choose(group, rng)?, rng)?
            }
        };
        Some(Part {
            picture: spot.picture,
            focus: [spot.row, spot.column],
            freedom: Some(FREEDOM),
        })
    }
}

/// A random element of `from`.
fn choose<'a, T>(from: &'a [T], rng: &mut StdRng) -> Option<&'a T> {
    match from.len() {
        0 => None,
        length => from.get(rng.random_range(0..length)),
    }
}

/// Positions in the lungs of a whole slice, or near them.
fn lung_spots(picture: &Picture, index: usize) -> Vec<PicturePoint> {
    let lungs = |row: usize, column: usize| {
        let near = [(0, 0), (0, 4), (4, 0), (4, 4)]
            .iter()
            .filter(|(down, across)| {
                LUNG_HU.contains(
                    &picture
                        .plane
                        .at((row + down) * picture.width + column + across),
                )
            });
        near.count() >= 2
    };
    let (rows, columns) = (picture.height / 10, picture.width / 10);
    let mut spots = Vec::new();
    for row in (rows..picture.height.saturating_sub(rows)).step_by(PLACES) {
        for column in (columns..picture.width.saturating_sub(columns)).step_by(PLACES) {
            if lungs(row, column) {
                spots.push(PicturePoint {
                    picture: index,
                    row: row as f32,
                    column: column as f32,
                });
            }
        }
    }
    spots
}
