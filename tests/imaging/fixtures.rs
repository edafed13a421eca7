//! Files that the tests write, and helpers to read them back.

use std::io::{Cursor, Write};

use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use image::{DynamicImage, ImageBuffer, ImageFormat, Luma};
use lunny::imaging::{FrameFile, ImagingError, Pixels, Scan, load};
use openjph_core::codestream::Codestream;
use openjph_core::file::MemOutfile;
use openjph_core::types::{Point, Size};
use tempfile::TempDir;

pub struct Folder(pub TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn load(&self, bytes: &[u8]) -> Result<Scan, ImagingError> {
        let path = self.0.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        load(&path)
    }

    pub fn open(&self, bytes: &[u8]) -> Result<FrameFile, ImagingError> {
        let path = self.0.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        FrameFile::open(&path)
    }

    pub fn sentence(&self, bytes: &[u8]) -> String {
        let error = self.load(bytes).unwrap_err().to_string();
        error.replace(&self.0.path().display().to_string(), "…")
    }
}

pub fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub fn gradient() -> ImageBuffer<Luma<u8>, Vec<u8>> {
    ImageBuffer::from_fn(40, 30, |x, y| Luma([(x * 5 + y) as u8]))
}

pub fn grey(scan: &Scan) -> &[u8] {
    match &scan.pixels {
        Pixels::Grey(levels) => levels,
        Pixels::Hounsfield(_) => panic!("Hounsfield units"),
    }
}

pub fn hounsfield(scan: &Scan) -> &[i16] {
    match &scan.pixels {
        Pixels::Hounsfield(values) => values,
        Pixels::Grey(_) => panic!("grey levels"),
    }
}

/// Attributes of a CT slice to write.
pub struct Ct {
    pub rows: u16,
    pub columns: u16,
    pub stored: Vec<u16>,
    pub bits: [u16; 3],
    pub signed: bool,
    pub slope: &'static str,
    pub intercept: &'static str,
    pub more: Vec<DataElement<InMemDicomObject>>,
}

impl Default for Ct {
    fn default() -> Self {
        Self {
            rows: 2,
            columns: 3,
            stored: vec![0, 24, 1024, 1064, 2024, 4095],
            bits: [16, 12, 11],
            signed: false,
            slope: "1",
            intercept: "-1024",
            more: Vec::new(),
        }
    }
}

impl Ct {
    pub fn object(self) -> InMemDicomObject {
        let [allocated, bits, high] = self.bits;
        let text = |tag, vr, text: &str| DataElement::new(tag, vr, PrimitiveValue::from(text));
        let number = |tag, number: u16| DataElement::new(tag, VR::US, PrimitiveValue::from(number));
        let pixels = match allocated {
            8 => {
                let bytes: Vec<u8> = self.stored.iter().map(|&value| value as u8).collect();
                PrimitiveValue::U8(bytes.into())
            }
            _ => PrimitiveValue::U16(self.stored.into()),
        };
        let mut object = InMemDicomObject::from_element_iter([
            text(tags::SOP_CLASS_UID, VR::UI, uids::CT_IMAGE_STORAGE),
            text(tags::SOP_INSTANCE_UID, VR::UI, "1.2.3"),
            text(tags::IMAGE_TYPE, VR::CS, "ORIGINAL\\PRIMARY\\AXIAL"),
            text(tags::STUDY_DATE, VR::DA, "20200131"),
            text(tags::MODALITY, VR::CS, "CT"),
            text(tags::BODY_PART_EXAMINED, VR::CS, "CHEST"),
            text(tags::SLICE_THICKNESS, VR::DS, "1.25"),
            text(tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\1\\0"),
            number(tags::SAMPLES_PER_PIXEL, 1),
            text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2"),
            number(tags::ROWS, self.rows),
            number(tags::COLUMNS, self.columns),
            text(tags::PIXEL_SPACING, VR::DS, "0.7\\0.8 "),
            number(tags::BITS_ALLOCATED, allocated),
            number(tags::BITS_STORED, bits),
            number(tags::HIGH_BIT, high),
            number(tags::PIXEL_REPRESENTATION, self.signed.into()),
            text(tags::RESCALE_INTERCEPT, VR::DS, self.intercept),
            text(tags::RESCALE_SLOPE, VR::DS, self.slope),
            DataElement::new(tags::PIXEL_DATA, VR::OW, pixels),
        ]);
        for element in self.more {
            object.put(element);
        }
        object
    }

    pub fn file(self, syntax: &str) -> Vec<u8> {
        written(self.object(), syntax)
    }

    pub fn with(tag: Tag, vr: VR, value: &str) -> Self {
        Self {
            more: vec![DataElement::new(tag, vr, PrimitiveValue::from(value))],
            ..Self::default()
        }
    }
}

pub fn written(object: InMemDicomObject, syntax: &str) -> Vec<u8> {
    let meta = FileMetaTableBuilder::new().transfer_syntax(syntax);
    let mut bytes = Vec::new();
    object
        .with_meta(meta)
        .unwrap()
        .write_all(&mut bytes)
        .unwrap();
    bytes
}

/// The elements of a file, without its meta information.
pub fn body(file: &[u8]) -> &[u8] {
    // (0002,0000) with its value comes after the preamble and states the length of the rest.
    let length = u32::from_le_bytes(file[140..144].try_into().unwrap());
    &file[144 + length as usize..]
}

/// A file of these elements, in a syntax that no encoder here writes.
pub fn with_syntax(syntax: &str, body: &[u8]) -> Vec<u8> {
    let mut uid = syntax.as_bytes().to_vec();
    uid.resize(uid.len().next_multiple_of(2), 0);
    let mut file = [&[0; 128][..], b"DICM\x02\0\0\0UL\x04\0"].concat();
    file.extend((uid.len() as u32 + 8).to_le_bytes());
    file.extend(b"\x02\0\x10\0UI");
    file.extend((uid.len() as u16).to_le_bytes());
    file.extend(uid);
    file.extend(body);
    file
}

/// A file whose pixels are packed in these fragments.
pub fn packed(ct: Ct, syntax: &str, fragments: &[&[u8]]) -> Vec<u8> {
    let mut object = ct.object();
    object.remove_element(tags::PIXEL_DATA);
    let plain = written(object, uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let mut elements = body(&plain).to_vec();
    elements.extend(b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0");
    for fragment in fragments {
        elements.extend(b"\xfe\xff\0\xe0");
        elements.extend((fragment.len().next_multiple_of(2) as u32).to_le_bytes());
        elements.extend(*fragment);
        elements.resize(elements.len() + fragment.len() % 2, 0);
    }
    elements.extend(b"\xfe\xff\xdd\xe0\0\0\0\0");
    with_syntax(syntax, &elements)
}

/// The picture in the files of `packed/`: flat at the top, steps below, then rough.
pub fn rough(bits: u16) -> Vec<u16> {
    let value = |x: u32, y: u32| {
        let value = match y {
            0..4 => 1000,
            4..8 => 1000 + x / 6 * 200,
            _ => x * 97 + y * 59 + x * y % 7 * 11,
        };
        match bits {
            16 => (value * 13) as u16,
            _ => (value & 0xfff) as u16 >> (12 - bits),
        }
    };
    (0..20)
        .flat_map(|y| (0..24).map(move |x| value(x, y)))
        .collect()
}

/// Attributes of a picture of 24 × 20 pixels with colours of 8 bits.
pub fn coloured(photometric: &str) -> Ct {
    let mut ct = Ct::with(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, photometric);
    ct.more.push(DataElement::new(
        tags::SAMPLES_PER_PIXEL,
        VR::US,
        PrimitiveValue::from(3u16),
    ));
    (ct.rows, ct.columns, ct.bits) = (20, 24, [8, 8, 7]);
    ct
}

/// Attributes of a file that contains [`rough`]; those of the CT slice, except for its pixels.
pub fn rough_ct(bits: u16, signed: bool) -> Ct {
    Ct {
        rows: 20,
        columns: 24,
        stored: rough(bits),
        bits: [if bits == 8 { 8 } else { 16 }, bits, bits - 1],
        signed,
        intercept: "0",
        ..Ct::default()
    }
}

/// A deflated file.
pub fn deflated(ct: Ct) -> Vec<u8> {
    let plain = ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body(&plain)).unwrap();
    with_syntax("1.2.840.10008.1.2.1.99", &encoder.finish().unwrap())
}

/// Run-length encoded 16-bit values (PS3.5 annex G).
pub fn run_lengths(values: &[u16]) -> Vec<u8> {
    let plane = |byte: usize| -> Vec<u8> {
        let bytes: Vec<u8> = values
            .iter()
            .map(|value| value.to_be_bytes()[byte])
            .collect();
        let mut packed = Vec::new();
        for run in bytes.chunk_by(|one, next| one == next) {
            for run in run.chunks(128) {
                match run {
                    [byte] => packed.extend([0, *byte]),
                    [byte, ..] => packed.extend([(1 - run.len() as i16) as u8, *byte]),
                    [] => {}
                }
            }
        }
        packed.resize(packed.len().next_multiple_of(2), 0x80);
        packed
    };
    let (high, low) = (plane(0), plane(1));
    let mut packed = Vec::new();
    for word in [2, 64, 64 + high.len() as u32] {
        packed.extend(word.to_le_bytes());
    }
    packed.resize(64, 0);
    [packed, high, low].concat()
}

/// A lossless stream of high-throughput JPEG 2000 (ITU-T T.814) of [`rough`].
pub fn high_throughput(bits: u16) -> Vec<u8> {
    let mut encoder = Codestream::new();
    let size = encoder.access_siz_mut();
    size.set_image_extent(Point::new(24, 20));
    size.set_num_components(1);
    size.set_comp_info(0, Point::new(1, 1), bits.into(), false);
    size.set_tile_size(Size::new(24, 20));
    let coding = encoder.access_cod_mut();
    coding.set_num_decomposition(2);
    coding.set_reversible(true);
    coding.set_color_transform(false);
    encoder.set_planar(0);
    let mut file = MemOutfile::new();
    encoder.write_headers(&mut file, &[]).unwrap();
    let values: Vec<i32> = rough(bits).into_iter().map(i32::from).collect();
    for line in values.chunks(24) {
        encoder.exchange(line, 0).unwrap();
    }
    encoder.flush(&mut file).unwrap();
    file.get_data().to_vec()
}

/// The boxes of a JP2 file around a code stream.
pub fn boxed(stream: &[u8]) -> Vec<u8> {
    let boxes = [
        b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 \0\0\0\0jp2 ".as_slice(),
        &(stream.len() as u32 + 8).to_be_bytes(),
        b"jp2c",
        stream,
    ];
    boxes.concat()
}

/// A NIfTI volume of version 1, with two bytes for each value and this matrix from voxels to the body.
pub fn nifti(size: [u16; 3], values: &[i16], affine: Option<[[f32; 4]; 3]>) -> Vec<u8> {
    let mut file = vec![0; 352];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &348u32.to_le_bytes());
    for (index, length) in [3, size[0], size[1], size[2]].iter().enumerate() {
        put(40 + 2 * index, &length.to_le_bytes());
    }
    put(70, &4u16.to_le_bytes());
    put(72, &16u16.to_le_bytes());
    for (index, step) in [1.0f32, 0.5, 0.75, 2.0].iter().enumerate() {
        put(76 + 4 * index, &step.to_le_bytes());
    }
    put(108, &352f32.to_le_bytes());
    put(112, &1f32.to_le_bytes());
    put(123, &[2]);
    for (row, values) in affine.iter().flatten().enumerate() {
        put(254, &1u16.to_le_bytes());
        for (column, value) in values.iter().enumerate() {
            put(280 + 16 * row + 4 * column, &value.to_le_bytes());
        }
    }
    put(344, b"n+1\0");
    file.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    file
}

pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The checksum of a PNG file's chunks.
pub fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, &byte: &u8| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| match crc & 1 {
            1 => crc >> 1 ^ 0xedb8_8320,
            _ => crc >> 1,
        })
    };
    !bytes.iter().fold(!0, step)
}

/// The way a file is stored in an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    Stored,
    Deflated,
}

/// A zip archive of files by name (APPNOTE.TXT of PKWARE, 4.3).
pub fn zipped(files: &[(&str, &[u8], Packing)]) -> Vec<u8> {
    let (mut archive, mut list) = (Vec::new(), Vec::new());
    for (name, bytes, packing) in files {
        let (method, packed) = match packing {
            Packing::Stored => (0u16, bytes.to_vec()),
            Packing::Deflated => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(bytes).unwrap();
                (8, encoder.finish().unwrap())
            }
        };
        let sizes = [crc32(bytes), packed.len() as u32, bytes.len() as u32];
        let sizes: Vec<u8> = sizes.iter().flat_map(|size| size.to_le_bytes()).collect();
        // Version, flags, method, time and date.
        let common = [
            &[20, 0, 0, 0][..],
            &method.to_le_bytes(),
            &[0, 0, 0x21, 0],
            &sizes,
            &(name.len() as u16).to_le_bytes(),
            &[0, 0],
        ]
        .concat();
        let place = archive.len() as u32;
        archive.extend([b"PK\x03\x04", &common[..], name.as_bytes(), &packed].concat());
        // Comment, disk and attributes.
        let rest = [&[0; 10][..], &place.to_le_bytes(), name.as_bytes()].concat();
        list.extend([b"PK\x01\x02\x14\0", &common[..], &rest].concat());
    }
    let count = (files.len() as u16).to_le_bytes();
    let place = [list.len() as u32, archive.len() as u32].map(u32::to_le_bytes);
    archive.extend(list);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].concat());
    archive.extend(place.concat());
    archive.extend([0, 0]);
    archive
}
