//! Colours of an 8-bit JPEG: red, green and blue, or brightness and colour differences.
//!
//! A decoder for JPEG files takes three values of a pixel for brightness and differences, unless a marker states otherwise.
//! A DICOM file states it in its attributes, and some writers add no marker, or a wrong one. So the decoder is given the
//! stream with one marker that states what was decided here.

use super::super::super::error::Fault;
use super::super::segments::Segments;

/// Content of an application segment that states the colours (ITU-T T.872, 6.5.3), up to the last byte.
const ADOBE: &[u8] = b"Adobe\0\x64\0\0\0\0";

/// Number of bytes between the name in the segment and its last byte.
const BEFORE_TRANSFORM: usize = 6;

/// The stream with a marker that states its colours, without other application segments.
///
/// In this order the colours are decided by the names of the three values, if these are the letters R, G and B; a JFIF marker
/// (always differences); an Adobe marker; (0028,0004) PhotometricInterpretation.
pub(super) fn marked(packed: &[u8], photometric: &str) -> Result<Vec<u8>, Fault> {
    let mut segments = Segments::after_start(packed)?;
    let (mut named, mut jfif, mut adobe) = (false, false, None);
    let mut kept = Vec::with_capacity(packed.len());
    loop {
        let (marker, content) = segments.next()?;
        match (marker, content) {
            (0xe0, [b'J', b'F', b'I', b'F', 0, ..]) => jfif = true,
            (0xee, content) => adobe = transform(content).or(adobe),
            (0xe0..=0xef, _) => {}
            (marker, content) => {
                if let (0xc0..=0xc2, [.., a, _, _, b, _, _, c, _, _]) = (marker, content) {
                    named = matches!([a, b, c], [b'R', b'G', b'B'] | [b'r', b'g', b'b']);
                }
                append(&mut kept, marker, content);
            }
        }
        if marker == 0xda {
            break;
        }
    }
    let differences = match (named, jfif, adobe) {
        (true, ..) => false,
        (_, true, _) => true,
        (_, _, Some(transform)) => transform != 0,
        _ => photometric != "RGB",
    };
    let mut stream = Vec::with_capacity(kept.len() + segments.rest().len() + 18);
    stream.extend(b"\xff\xd8");
    append(&mut stream, 0xee, &[ADOBE, &[differences.into()]].concat());
    stream.extend(kept);
    stream.extend(segments.rest());
    Ok(stream)
}

/// The last byte of an Adobe segment: 0 for colours as they are, 1 for brightness and differences.
fn transform(content: &[u8]) -> Option<u8> {
    let rest = content.strip_prefix(b"Adobe")?;
    rest.get(BEFORE_TRANSFORM).copied()
}

fn append(stream: &mut Vec<u8>, marker: u8, content: &[u8]) {
    stream.extend([0xff, marker]);
    // It was read from a segment whose length has two bytes.
    stream.extend((content.len() as u16 + 2).to_be_bytes());
    stream.extend(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The headers of a stream whose values have these names, behind these segments.
    fn headers(before: &[u8], names: [u8; 3]) -> Vec<u8> {
        let [a, b, c] = names;
        let frame = [8, 0, 1, 0, 1, 3, a, 0x11, 0, b, 0x11, 0, c, 0x11, 0];
        let mut stream = b"\xff\xd8".to_vec();
        stream.extend(before);
        append(&mut stream, 0xc0, &frame);
        append(&mut stream, 0xda, &[0; 10]);
        stream.extend(b"coded");
        stream
    }

    #[test]
    fn the_names_then_the_markers_then_the_attributes_decide() {
        const JFIF: &[u8] = b"\xff\xe0\0\x07JFIF\0";
        const AS_THEY_ARE: &[u8] = b"\xff\xee\0\x0eAdobe\0\x65\0\0\0\0\0";
        const DIFFERENCES: &[u8] = b"\xff\xee\0\x0eAdobe\0\x65\0\0\0\0\x01";
        const SHORT: &[u8] = b"\xff\xee\0\x0cAdobe\0\0\0\0\0";
        const NUMBERS: [u8; 3] = [1, 2, 3];
        for (before, names, photometric, expected) in [
            (&b""[..], NUMBERS, "RGB", 0),
            (b"", NUMBERS, "YBR_FULL_422", 1),
            (b"", *b"RGB", "YBR_FULL", 0),
            (JFIF, *b"rgb", "YBR_FULL", 0),
            (JFIF, NUMBERS, "RGB", 1),
            (AS_THEY_ARE, NUMBERS, "YBR_FULL", 0),
            (DIFFERENCES, NUMBERS, "RGB", 1),
            (SHORT, NUMBERS, "RGB", 0),
            (SHORT, NUMBERS, "YBR_FULL", 1),
        ] {
            let stream = headers(before, names);
            let marked = marked(&stream, photometric).unwrap();
            let marker = [ADOBE, &[expected]].concat();
            let mut stated = Vec::new();
            append(&mut stated, 0xee, &marker);
            assert_eq!(
                marked,
                headers(&stated, names),
                "{before:?} {names:?} {photometric}"
            );
        }
    }
}
