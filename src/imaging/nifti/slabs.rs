//! Slices of a large volume that stores them across one another: axial slices along the first or second axis of the voxels.
//!
//! One pass through the values gathers as many neighbouring slices as fit into memory.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::super::error::Fault;
use super::super::file::Picture;
use super::volume::{Range as Values, Voxels};

/// Number of bytes of the slices that are gathered at a time.
const MOST_GATHERED: usize = 256 << 20;
/// Number of bytes of values that are read at a time.
const PIECE: usize = 1 << 20;

/// The slices of a volume, and those that were gathered last.
pub(super) struct Slabs {
    /// The voxels as they are gathered: slice after slice.
    gathered: Voxels,
    /// Number of voxels along the axes as stored, and the axis of the slices: the first or the second.
    size: [usize; 3],
    axis: usize,
    /// Start of the values, in bytes.
    from: u64,
    /// Number of slices that are gathered at a time.
    at_once: usize,
    kept: Mutex<Option<Slab>>,
}

/// Values of neighbouring slices.
struct Slab {
    slices: Range<usize>,
    values: Vec<u8>,
}

impl Slabs {
    /// `None` if the volume stores its slices one after the other.
    pub(crate) fn of(voxels: &Voxels) -> Option<Self> {
        Self::with_most(voxels, MOST_GATHERED)
    }

    fn with_most(voxels: &Voxels, most: usize) -> Option<Self> {
        let axis = voxels.slicing.slices.stored;
        if voxels.in_pieces() {
            return None;
        }
        let gathered = voxels.slice_after_slice();
        let (_, pixels) = gathered.piece(0);
        let bytes = pixels * gathered.header.stored.bytes();
        Some(Self {
            size: voxels.header.size.map(|length| length as usize),
            axis,
            from: voxels.header.from as u64,
            at_once: (most / bytes.max(1)).max(1),
            kept: Mutex::new(None),
            gathered,
        })
    }

    /// One slice. `read` fills a buffer with the bytes of the file from a place on.
    pub(crate) fn decode(
        &self,
        frame: usize,
        range: Values,
        read: impl Fn(u64, &mut [u8]) -> Result<(), Fault>,
    ) -> Result<Picture, Fault> {
        let (voxel, pixels) = self.gathered.piece(frame);
        let slice = voxel / pixels.max(1);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let slab = match kept.take().filter(|slab| slab.slices.contains(&slice)) {
            Some(slab) => slab,
            None => self.gather(slice, read)?,
        };
        let slab = kept.insert(slab);
        let first = slab.slices.start * pixels;
        Ok(self.gathered.picture(&slab.values, first, range, frame))
    }

    /// The slab with a slice, from one pass through the values.
    fn gather(
        &self,
        slice: usize,
        read: impl Fn(u64, &mut [u8]) -> Result<(), Fault>,
    ) -> Result<Slab, Fault> {
        let [columns, rows, planes] = self.size;
        let count = self.size.get(self.axis).copied().unwrap_or(1);
        let start = slice / self.at_once * self.at_once;
        let slices = start..count.min(start + self.at_once);
        let each = self.gathered.header.stored.bytes();
        let (_, pixels) = self.gathered.piece(0);
        let mut values = vec![0; slices.len() * pixels * each];
        let row_bytes = columns * each;
        let mut piece = vec![0; (PIECE / row_bytes).max(1) * row_bytes];
        let mut row = 0;
        while row < rows * planes {
            let wanted = piece.len().min((rows * planes - row) * row_bytes);
            let piece = piece.get_mut(..wanted).unwrap_or_default();
            read(self.from + row as u64 * row_bytes as u64, piece)?;
            for stored in piece.chunks_exact(row_bytes) {
                match self.axis {
                    // A voxel for each slice.
                    0 => {
                        let voxels = stored.chunks_exact(each).skip(slices.start);
                        let places = values.chunks_exact_mut(pixels * each);
                        for (voxel, slice) in voxels.zip(places) {
                            put(slice, row * each, voxel);
                        }
                    }
                    // A row of one slice.
                    _ if slices.contains(&(row % rows)) => {
                        let slice = row % rows - slices.start;
                        let place = slice * pixels * each + row / rows * row_bytes;
                        put(&mut values, place, stored);
                    }
                    _ => {}
                }
                row += 1;
            }
        }
        Ok(Slab { slices, values })
    }
}

fn put(values: &mut [u8], place: usize, bytes: &[u8]) {
    let place = values.get_mut(place..place + bytes.len());
    if let Some(place) = place {
        place.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::super::header::{Header, Stored};
    use super::super::orient::Slicing;
    use super::*;
    use crate::imaging::Pixels;

    const SIZE: [u32; 3] = [4, 3, 5];

    /// A volume of 16-bit values whose slices lie along `axis`, stored forwards or backwards.
    fn voxels(axis: usize, backwards: bool) -> Voxels {
        let mut affine = [[0.0; 4]; 3];
        let others = [0, 1, 2].into_iter().filter(|&other| other != axis);
        for (stored, (row, step)) in others.zip([(0, -1.0), (1, 1.0)]) {
            affine[row][stored] = step;
        }
        affine[2][axis] = if backwards { -2.0 } else { 2.0 };
        let header = Header {
            big_endian: false,
            size: SIZE,
            stored: Stored::I16,
            from: 7,
            slope: 1.0,
            intercept: 0.0,
            spacing_mm: None,
            affine: Some(affine),
        };
        Voxels {
            slicing: Slicing::of(&header),
            header,
        }
    }

    #[test]
    fn slices_along_any_axis_are_those_of_the_volume_in_memory() {
        let values: Vec<i16> = (0..60).map(|value| value * 16 - 1000).collect();
        let stored: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        let file = [&[0; 7], stored.as_slice()].concat();
        let read = |place: u64, buffer: &mut [u8]| {
            let place = place as usize;
            buffer.copy_from_slice(&file[place..place + buffer.len()]);
            Ok(())
        };
        for (axis, backwards) in [(0, false), (0, true), (1, false), (1, true)] {
            let voxels = voxels(axis, backwards);
            let mut range = Values::default();
            voxels.extend_range(&mut range, &stored);
            let count = SIZE[axis] as usize;
            // One slice at a time, two, and all.
            for most in [1, 2 * 60 / count * 2, 1000] {
                let slabs = Slabs::with_most(&voxels, most).unwrap();
                for frame in (0..count).chain([0, count - 1]) {
                    let found = slabs.decode(frame, range, read).unwrap();
                    let expected = voxels.picture(&stored, 0, range, frame);
                    assert_eq!(found.pixels, expected.pixels, "{axis} {backwards} {most}");
                    assert_eq!(
                        (found.width, found.height),
                        (expected.width, expected.height)
                    );
                    assert!(matches!(found.pixels, Pixels::Hounsfield(_)));
                }
            }
        }
        assert!(Slabs::of(&voxels(2, false)).is_none());
    }
}
