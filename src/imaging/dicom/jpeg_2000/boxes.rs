//! The boxes of a JP2 file, which some writers keep around the code stream (ITU-T T.800, annex I).

use super::super::super::error::Fault;

/// The complete first box.
const SIGNATURE: &[u8] = b"\0\0\0\x0cjP  \r\n\x87\n";

/// Type of the box with the code stream.
const CODE_STREAM: &[u8; 4] = b"jp2c";

/// True if bytes begin with the first box of a JP2 file.
pub(super) fn begins(packed: &[u8]) -> bool {
    packed.starts_with(SIGNATURE)
}

/// The code stream in the first box that has one.
pub(super) fn stream(packed: &[u8]) -> Result<&[u8], Fault> {
    let mut rest = packed;
    // Each box is at least as long as its header, so the loop ends.
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (kind, after) = after.split_first_chunk::<4>().ok_or(Fault::CutShort)?;
        let (header, length) = match u32::from_be_bytes(*length) {
            // To the end of the file.
            0 => (8, rest.len() as u64),
            1 => {
                let long = after.first_chunk::<8>().ok_or(Fault::CutShort)?;
                (16, u64::from_be_bytes(*long))
            }
            length => (8, u64::from(length)),
        };
        let length = usize::try_from(length).map_err(|_| Fault::CutShort)?;
        if length < header {
            return Err(Fault::damaged(
                "the boxes of its packed pixels cannot be parsed",
            ));
        }
        if kind == CODE_STREAM {
            // The stream marks its own end; the length of the box is often wrong.
            return Ok(rest.get(header..length.min(rest.len())).unwrap_or_default());
        }
        rest = rest.get(length..).ok_or(Fault::CutShort)?;
    }
    Err(Fault::CutShort)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let length = (content.len() as u32 + 8).to_be_bytes();
        [&length[..], kind, content].concat()
    }

    #[test]
    fn the_code_stream_is_found_behind_other_boxes() {
        let before = [
            SIGNATURE,
            &boxed(b"ftyp", b"jp2 \0\0\0\0jp2 "),
            &boxed(b"jp2h", b""),
        ]
        .concat();
        let content = b"\xff\x4f\xff\x51 and so on";
        let short = [&before[..], &boxed(CODE_STREAM, content)].concat();
        assert!(begins(&short));
        assert_eq!(stream(&short), Ok(&content[..]));
        let open = [&before[..], b"\0\0\0\0jp2c", content].concat();
        assert_eq!(stream(&open), Ok(&content[..]));
        let long = (content.len() as u64 + 16).to_be_bytes();
        let long = [&before[..], b"\0\0\0\x01jp2c", &long, content].concat();
        assert_eq!(stream(&long), Ok(&content[..]));
    }

    #[test]
    fn boxes_without_a_stream_are_refused() {
        assert_eq!(stream(SIGNATURE), Err(Fault::CutShort));
        assert_eq!(
            stream(&[SIGNATURE, b"\0\0\x10\0ftyp"].concat()),
            Err(Fault::CutShort)
        );
        let none = [SIGNATURE, b"\0\0\0\x07ftyp"].concat();
        assert!(matches!(stream(&none), Err(Fault::Damaged(_))));
    }
}
