//! The lesion reader: slices in, proposals out.

use std::num::NonZeroUsize;
use std::ops::Range;

use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use rayon::prelude::*;

use super::head::{DEEP, HIDDEN, Head, HeadMaps, NEAR, OUTPUTS};
use super::maps::SliceMaps;
use super::peaks;
use super::plane::Plane;
use super::tiles;
use super::trunk::Trunk;
use super::{CHANNELS, MAP, MM_PER_PIXEL, TILE};
use crate::model::ContentError;
use crate::model::placement::Placement;
use crate::model::{Cancel, EngineError};

/// Batch size of tiles.
const TOGETHER: usize = 8;

/// A slice to read, with its neighbours in the series where these are close enough to be useful.
#[derive(Debug, Clone, Copy)]
pub struct SliceInput<'a> {
    /// Hounsfield units, `(height, width)`.
    pub hounsfield: &'a [i16],
    pub width: usize,
    pub height: usize,
    /// Distance between rows and between columns, in mm.
    pub spacing_mm: Option<[f32; 2]>,
    /// Slices of the same size and spacing.
    pub before: Option<&'a [i16]>,
    pub after: Option<&'a [i16]>,
}

/// A position on the slice that looks like a lesion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proposal {
    /// Position in pixels of the slice, from 0.
    pub row: f32,
    pub column: f32,
    pub diameter_mm: f32,
    /// Suspicion, from 0 to 1; not calibrated.
    pub score: f32,
    /// Probability of a lesion; not calibrated.
    pub lesion: f32,
}

/// The part of a slice to read, in its pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    pub rows: Range<usize>,
    pub columns: Range<usize>,
}

/// Result of the reader for a slice.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceReading {
    /// Most suspicious first.
    pub proposals: Vec<Proposal>,
    pub maps: SliceMaps,
    /// Pixels of the slice for each pixel of the maps' plane: rows, columns.
    pub scale: [f32; 2],
}

/// A trained lesion reader.
#[derive(Debug)]
pub struct LesionReader {
    trunk: Trunk,
    head: Head,
}

impl LesionReader {
    /// The reader in the safetensors file `bytes`, run as `placement` says on up to `threads` threads.
    ///
    /// # Errors
    /// The reason alone; it names the tensor that is missing or has a wrong shape.
    pub fn build(
        bytes: &[u8],
        placement: &Placement,
        threads: NonZeroUsize,
    ) -> Result<Self, ContentError> {
        let values = |name: &str, shape: &[usize]| -> Result<Vec<f32>, ContentError> {
            VarBuilder::from_slice_safetensors(bytes, DType::F32, &Device::Cpu)
                .and_then(|tensors| tensors.get(shape, name)?.flatten_all()?.to_vec1())
                .map_err(|_| ContentError::MissingOrShape {
                    name: name.to_owned(),
                    shape: shape.to_vec(),
                })
        };
        let head = Head {
            near: values("lesions.near.weight", &[HIDDEN, NEAR])?,
            deep: values("lesions.deep.weight", &[HIDDEN, DEEP])?,
            hidden_bias: values("lesions.hidden.bias", &[HIDDEN])?,
            output: values("lesions.output.weight", &[OUTPUTS, HIDDEN])?,
            output_bias: values("lesions.output.bias", &[OUTPUTS])?,
        };
        if !head.is_sound() {
            return Err(ContentError::NotFinite);
        }
        let trunk = Trunk::build(bytes, placement, threads)?;
        Ok(Self { trunk, head })
    }

    /// Name of the instruction set of LUNNY's own engine; `None` for candle.
    pub fn instructions(&self) -> Option<&'static str> {
        self.trunk.instructions()
    }

    /// The head's maps of `tiles`, `(count, 3, 224, 224)` in [0, 1], in order.
    ///
    /// # Errors
    /// The pass failed, or `cancel` was raised.
    pub fn maps(&self, tiles: &[f32], cancel: &Cancel) -> Result<Vec<HeadMaps>, EngineError> {
        let stages = self.trunk.run(tiles, cancel)?;
        let maps = (stages.tiles()).map(|tile| self.head.maps(tile.near, tile.deep, MAP));
        Ok(maps.collect())
    }

    /// Reads the `region` of a slice; proposes positions for which `allowed` is true (row and column, in its
    /// pixels).
    ///
    /// # Errors
    /// The slice has no pixels or their number does not match its size, the pass failed, or `cancel` was
    /// raised.
    pub fn read(
        &self,
        slice: &SliceInput<'_>,
        region: &Region,
        allowed: impl Fn(usize, usize) -> bool + Sync,
        cancel: &Cancel,
    ) -> Result<SliceReading, EngineError> {
        let part = Part {
            slice: *slice,
            region: region.clone(),
            allowed: &allowed,
        };
        let mut readings = self.read_all(&[part], cancel)?;
        readings.pop().unwrap_or_else(|| Err(broken(slice)))
    }

    /// As [`Self::read`] for several slices: their tiles run together. The answers do not depend on the other slices.
    ///
    /// # Errors
    /// The pass failed, or `cancel` was raised. For a slice: it has no pixels or their number does not match its size.
    pub fn read_all(
        &self,
        parts: &[Part<'_>],
        cancel: &Cancel,
    ) -> Result<Vec<Result<SliceReading, EngineError>>, EngineError> {
        let prepared: Vec<Result<Prepared, EngineError>> =
            parts.par_iter().map(Prepared::new).collect();
        let tiles: Vec<(&Prepared, [usize; 2])> = (prepared.iter().flatten())
            .flat_map(|slice| slice.begins.iter().map(move |begin| (slice, *begin)))
            .collect();
        let mut answers = Vec::with_capacity(tiles.len());
        for tiles in tiles.chunks(TOGETHER) {
            let tile = |(slice, begin): &(&Prepared, [usize; 2])| tile(&slice.channels(), *begin);
            let tiles: Vec<Vec<f32>> = tiles.par_iter().map(tile).collect();
            answers.extend(self.maps(&tiles.concat(), cancel)?);
        }
        let mut answers = answers.into_iter();
        let answers: Vec<Vec<HeadMaps>> = (prepared.iter())
            .map(|slice| {
                let tiles = slice.as_ref().map_or(0, |slice| slice.begins.len());
                answers.by_ref().take(tiles).collect()
            })
            .collect();
        let read = |((part, slice), answers): (
            (&Part<'_>, Result<Prepared, EngineError>),
            Vec<HeadMaps>,
        )| { Ok(slice?.reading(part, &answers)) };
        let parts = parts.par_iter().zip(prepared);
        Ok(parts.zip(answers).map(read).collect())
    }
}

/// Input of a reading: a slice, its region, and positions in its pixels, row and column, that may be proposed.
#[derive(Clone)]
pub struct Part<'a> {
    pub slice: SliceInput<'a>,
    pub region: Region,
    pub allowed: &'a (dyn Fn(usize, usize) -> bool + Sync),
}

/// A slice as the network sees it, and the begins of the tiles that cover its region.
struct Prepared {
    own: Plane,
    beside: [Option<Plane>; 2],
    begins: Vec<[usize; 2]>,
}

impl Prepared {
    fn new(part: &Part<'_>) -> Result<Self, EngineError> {
        let slice = &part.slice;
        let plane =
            |values: &[i16]| Plane::new(values, slice.width, slice.height, slice.spacing_mm);
        let own = plane(slice.hounsfield).ok_or_else(|| broken(slice))?;
        let scaled = |range: &Range<usize>, scale: f32, most: usize| {
            let at = |pixel: usize| (pixel as f32 / scale) as usize;
            at(range.start).min(most)..(at(range.end) + 1).min(most)
        };
        let rows = scaled(&part.region.rows, own.scale[0], own.height);
        let columns = scaled(&part.region.columns, own.scale[1], own.width);
        Ok(Self {
            beside: [slice.before, slice.after].map(|it| it.and_then(plane)),
            begins: tiles::cover(rows, columns),
            own,
        })
    }

    /// The slice before, the slice itself, and the slice after.
    fn channels(&self) -> [&Plane; CHANNELS] {
        let [before, after] = &self.beside;
        [
            before.as_ref().unwrap_or(&self.own),
            &self.own,
            after.as_ref().unwrap_or(&self.own),
        ]
    }

    /// The result, from the maps of the tiles.
    fn reading(&self, part: &Part<'_>, answers: &[HeadMaps]) -> SliceReading {
        let Self { own, begins, .. } = self;
        let mut maps = SliceMaps::new(own.height, own.width);
        for (begin, of_tile) in begins.iter().zip(answers) {
            maps.add(*begin, of_tile);
        }
        let on_slice = |row: f32, column: f32| {
            let [row, column] = own.to_slice(row, column);
            [
                row.clamp(0.0, part.slice.height as f32 - 1.0),
                column.clamp(0.0, part.slice.width as f32 - 1.0),
            ]
        };
        let peaks = peaks::find(&maps, MM_PER_PIXEL, |row, column| {
            let [row, column] = on_slice(row as f32, column as f32);
            (part.allowed)(row.round() as usize, column.round() as usize)
        });
        let proposals = peaks.iter().map(|peak| {
            let [row, column] = on_slice(peak.row, peak.column);
            Proposal {
                row,
                column,
                diameter_mm: peak.diameter_mm,
                score: peak.score,
                lesion: peak.lesion,
            }
        });
        SliceReading {
            proposals: proposals.collect(),
            scale: own.scale,
            maps,
        }
    }
}

fn broken(slice: &SliceInput<'_>) -> EngineError {
    let (count, width, height) = (slice.hounsfield.len(), slice.width, slice.height);
    EngineError::Failed(format!("{count} pixels are not {width} by {height}"))
}

/// One tile of the channels, `(3, 224, 224)`; black outside the plane.
fn tile(channels: &[&Plane; CHANNELS], [row, column]: [usize; 2]) -> Vec<f32> {
    let mut tile = vec![0.0; CHANNELS * TILE * TILE];
    for (plane, to) in channels.iter().zip(tile.chunks_exact_mut(TILE * TILE)) {
        for (down, to) in to.chunks_exact_mut(TILE).enumerate() {
            let start = (row + down) * plane.width;
            let (from, end) = (
                start + column.min(plane.width),
                start + (column + TILE).min(plane.width),
            );
            if let Some(values) = plane
                .levels
                .get(from..end)
                .filter(|_| row + down < plane.height)
            {
                to[..values.len()].copy_from_slice(values);
            }
        }
    }
    tile
}
