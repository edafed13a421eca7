//! DICOM files: single slices, and files of many frames.
//!
//! A CT slice becomes Hounsfield units: rescaled, then clamped at -1024, which also covers the padding (often
//! -2000) outside the scanner's circle. Any other picture becomes grey levels from its darkest to its brightest
//! value, suitable for viewing; the input gate refuses it. A CT slice that states no rescale, or values of
//! another kind (RescaleType), is treated as such a picture, because its values are not Hounsfield units.
//!
//! MONOCHROME1 asks a display to show small values bright. It inverts grey levels, as the last step. Hounsfield
//! units are a measurement and unchanged; the network's window makes air black in every file.

mod bits;
mod character_sets;
mod colours;
mod dataset;
mod deflate;
mod element_header;
pub(super) mod elements;
mod encapsulated;
mod floats;
mod functional_groups;
mod jpeg;
mod jpeg_2000;
mod jpeg_ls;
mod jpeg_xl;
mod numbers;
mod padding;
mod palette;
mod pixels;
mod rle;
mod samples;
mod segments;
mod start;
mod stated;
mod syntax;
pub(super) mod tag_lines;
mod values;
mod walk;

use std::ops::Range;

use dicom_dictionary_std::tags;

use self::colours::Colours;
use self::dataset::{Body, DataSet};
use self::encapsulated::Stored;
use self::padding::Padding;
use self::palette::Palette;
use self::samples::{Samples, Shape, rows_and_columns};
use self::stated::{applied_rescale, modality, place, read_header, without_pixels};
use self::walk::{Extent, Values};
use super::Pixels;
use super::error::Fault;
use super::file::Picture;
use super::header::{Header, MOST_FRAMES};
use super::scan::DARKEST_HU;
use crate::cancel::Cancel;

pub(super) use self::start::{is_dicom, is_marked};

/// Error for packed pixels that no encoder could have written.
const NO_CODE: &str = "its packed pixels contain an invalid code";

/// The elements behind the file meta information, and their form.
pub(super) fn data_set<'a>(
    bytes: &'a [u8],
    cancel: &Cancel,
) -> Result<(&'a [u8], elements::Encoding), Fault> {
    let start::Parts { meta, body } = start::split(bytes, cancel)?;
    let meta = walk::walk(meta, elements::Encoding::EXPLICIT, Extent::Header, cancel)?;
    let syntax = meta.values.get(&tags::TRANSFER_SYNTAX_UID);
    let syntax = syntax.map(|uid| uid.to_str().trim_matches([' ', '\0']).to_owned());
    let declared = syntax.and_then(|uid| Some(syntax::layout(&uid).ok()?.0));
    Ok((body, start::encoding_of(body, declared)))
}

/// The header of a file that begins with `bytes`; [`Fault::CutShort`] if the bytes are too few.
pub(super) fn header(bytes: &[u8], whole: bool, cancel: &Cancel) -> Result<Header, Fault> {
    let (dataset, body) = DataSet::read(bytes, whole, Extent::Header, cancel)?;
    if !dataset.has_pixels {
        return Err(without_pixels(&dataset));
    }
    let header = read_header(&dataset)?;
    Ok(Header {
        surplus_end: body.end_in_file(&dataset),
        ..header
    })
}

/// A file whose elements are read, its pixels not yet decoded.
pub(super) struct Contents {
    dataset: DataSet,
    body: Body,
    frames: usize,
}

impl Contents {
    /// Reads the elements of a whole file.
    ///
    /// # Errors
    /// Damaged elements, or no pixels.
    pub(super) fn read(bytes: &[u8], cancel: &Cancel) -> Result<Self, Fault> {
        let (mut dataset, body) = DataSet::read(bytes, true, Extent::Pixels, cancel)?;
        if dataset.pixels.is_none() {
            return Err(without_pixels(&dataset));
        }
        let frames = frames(&dataset)?;
        let stored = body.of(bytes);
        if let Some(range) = pixels::extent(&dataset, frames, stored.len())? {
            dataset.pixels = Some(Stored::Native(range));
        }
        if let Some(Stored::Encapsulated { fragments, .. }) = &mut dataset.pixels {
            *fragments = encapsulated::one_by_one(stored, std::mem::take(fragments), frames);
        }
        Ok(Self {
            dataset,
            body,
            frames,
        })
    }

    /// Facts about the image besides its pixels.
    ///
    /// # Errors
    /// An element that cannot be used.
    pub(super) fn header(&self) -> Result<Header, Fault> {
        read_header(&self.dataset)
    }

    /// The content of a file that begins with `bytes`; [`Fault::CutShort`] if the bytes are too few.
    ///
    /// `None` if its pixels are packed or deflated, so that no frame can be read without the others.
    pub(super) fn of_beginning(bytes: &[u8], cancel: &Cancel) -> Result<Option<Self>, Fault> {
        let (dataset, body) = DataSet::read(bytes, false, Extent::Header, cancel)?;
        let native = matches!(dataset.pixels, Some(Stored::Native(_)))
            && matches!(body, Body::InFile(_))
            && pixels::is_native(&dataset)?;
        if !native {
            return Ok(None);
        }
        let frames = frames(&dataset)?;
        Ok(Some(Self {
            dataset,
            body,
            frames,
        }))
    }

    /// End of the pixels in a file whose frames can be read one by one.
    pub(super) fn end(&self) -> u64 {
        match (&self.dataset.pixels, &self.body) {
            (Some(Stored::Native(range)), Body::InFile(from)) => {
                (*from as u64).saturating_add(range.end as u64)
            }
            _ => u64::MAX,
        }
    }

    /// Position of the stored values of a frame in a file whose frames can be read one by one.
    pub(super) fn place(&self, frame: usize) -> Result<Range<u64>, Fault> {
        let (Some(Stored::Native(range)), Body::InFile(from)) = (&self.dataset.pixels, &self.body)
        else {
            return Err(Fault::CutShort);
        };
        let place = pixels::place(range, &Shape::read(&self.dataset)?, frame)?;
        let from = *from as u64;
        Ok(from + place.start as u64..from + place.end as u64)
    }

    /// Decodes one frame of the file that the elements were read from.
    pub(super) fn decode(&self, file: &[u8], frame: usize) -> Result<Picture, Fault> {
        let body = self.body.of(file);
        if self.dataset.values_are != Values::Integers {
            return self.picture_of_floats(body, frame);
        }
        let (samples, photometric) = pixels::unpack(&self.dataset, body, frame, self.frames)?;
        self.picture(&samples, &photometric, frame)
    }

    /// Decodes one frame whose stored values, at [`Self::place`], are `stored`.
    pub(super) fn decode_stored(&self, stored: &[u8], frame: usize) -> Result<Picture, Fault> {
        let samples = Samples {
            shape: Shape::read(&self.dataset)?,
            stored: stored.into(),
            byte_order: self.dataset.layout.byte_order,
        };
        self.picture(&samples, &pixels::photometric(&self.dataset), frame)
    }

    fn picture(
        &self,
        samples: &Samples,
        photometric: &str,
        frame: usize,
    ) -> Result<Picture, Fault> {
        let dataset = &self.dataset;
        let group = dataset.groups.frame(frame);
        let stated = modality(dataset, &group);
        let (pixels, colourfulness) = match (Colours::of(photometric), samples.shape.per_pixel) {
            (Colours::Palette, 1) => {
                let palette = Palette::read(dataset)?;
                let values = samples.values().map(|value| palette.colour(value));
                colours::grey(values)
            }
            // One value for each pixel is grey, whatever the file calls it.
            (colours, 1) => {
                let inverted = colours == Colours::Inverted;
                let pixels = match applied_rescale(dataset, &group, &stated)? {
                    Some(rescale) => hounsfield_units(rescale, samples, Padding::read(dataset)),
                    None => grey_levels(samples, inverted),
                };
                (pixels, 0.0)
            }
            (Colours::Rgb, 3) => colours::grey(samples.colours()),
            (Colours::Differences, 3) => {
                colours::grey(samples.colours().map(colours::of_differences))
            }
            _ => {
                return Err(Fault::Unsupported {
                    what: format!("DICOM with {photometric} colours"),
                    advice: "export it in grey",
                });
            }
        };
        Ok(Picture {
            pixels,
            width: samples.shape.columns,
            height: samples.shape.rows,
            spacing_mm: place(dataset, &group).spacing_mm,
            colourfulness,
            dicom: Some(stated),
        })
    }

    /// A frame whose values are floating-point numbers.
    fn picture_of_floats(&self, body: &[u8], frame: usize) -> Result<Picture, Fault> {
        let dataset = &self.dataset;
        let values = floats::values(dataset, body, frame)?;
        let group = dataset.groups.frame(frame);
        let stated = modality(dataset, &group);
        let (height, width) = rows_and_columns(dataset)?;
        let rescale = applied_rescale(dataset, &group, &stated)?;
        Ok(Picture {
            pixels: floats::pixels(&values, rescale),
            width,
            height,
            spacing_mm: place(dataset, &group).spacing_mm,
            colourfulness: 0.0,
            dicom: Some(stated),
        })
    }
}

/// Number of frames that a file declares. Some writers state none for a single picture.
fn frames(dataset: &DataSet) -> Result<usize, Fault> {
    match dataset.whole_number::<i64>(tags::NUMBER_OF_FRAMES)? {
        None | Some(0) => Ok(1),
        Some(frames) if frames < 0 => Err(Fault::damaged("it declares a picture without frames")),
        Some(frames) if frames > MOST_FRAMES as i64 => Err(Fault::too_many_frames(frames)),
        Some(frames) => Ok(frames as usize),
    }
}

/// Rescaled values. Padding becomes the darkest value, whatever it is rescaled to.
fn hounsfield_units(
    [slope, intercept]: [f64; 2],
    samples: &Samples,
    padding: Option<Padding>,
) -> Pixels {
    let rescaled = |value: i64| value as f64 * slope + intercept;
    let padding = padding.filter(|padding| padding.is_no_tissue(rescaled));
    let values = samples.words().map(|word| {
        let value = samples.shape.value(word);
        if padding.is_some_and(|padding| padding.holds(word, value, &samples.shape)) {
            return DARKEST_HU as i16;
        }
        let hounsfield = rescaled(value).round();
        hounsfield.clamp(DARKEST_HU, f64::from(i16::MAX)) as i16
    });
    Pixels::Hounsfield(values.collect())
}

/// Grey levels from the darkest to the brightest value.
fn grey_levels(samples: &Samples, inverted: bool) -> Pixels {
    let (darkest, brightest) = (samples.values())
        .fold((i64::MAX, i64::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    let range = brightest.saturating_sub(darkest).max(1);
    let levels = samples.values().map(|value| {
        let level = ((value - darkest) * 255 / range) as u8;
        if inverted { 255 - level } else { level }
    });
    Pixels::Grey(levels.collect())
}
