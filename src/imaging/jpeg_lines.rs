//! The height of a JPEG or JPEG-LS picture that states it behind its first scan (DNL, ITU-T T.81 B.2.5 and T.87 C.1.2).

use std::borrow::Cow;

use super::error::Fault;

/// Marker of the segment that defines the number of lines.
const LINES: u8 = 0xdc;
/// Marker of the header of a scan.
const SCAN: u8 = 0xda;

/// The picture with its height in the header of its frame, where decoders look for it; unchanged if it is there.
///
/// # Errors
/// No height is stated.
pub(super) fn with_height(packed: &[u8]) -> Result<Cow<'_, [u8]>, Fault> {
    let Some(height) = missing_height(packed) else {
        return Ok(packed.into());
    };
    // In the coded part, no byte of these follows a byte of ones.
    let begins = |bytes: &[u8]| bytes.starts_with(&[0xff, LINES, 0, 4]);
    let lines = (packed.get(height..).unwrap_or_default().windows(6)).position(begins);
    let segment = lines.and_then(|at| Some((height + at, packed.get(height + at..)?)));
    let Some((at, [_, _, _, _, high, low, behind @ ..])) = segment else {
        return Err(Fault::damaged("the picture does not state its height"));
    };
    let mut whole = packed.get(..at).unwrap_or_default().to_vec();
    if let Some(stated) = whole.get_mut(height..height + 2) {
        stated.copy_from_slice(&[*high, *low]);
    }
    whole.extend(behind);
    Ok(whole.into())
}

/// Position of the height in the header of the frame, if it is 0.
fn missing_height(packed: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        let rest = packed.get(at..)?;
        let fill = rest.iter().take_while(|&&byte| byte == 0xff).count();
        let &[marker, high, low, ref content @ ..] = rest.get(fill..)? else {
            return None;
        };
        match marker {
            _ if fill == 0 => return None,
            // Of tables, conditioning and extensions.
            0xc4 | 0xc8 | 0xcc => {}
            0xc0..=0xcf | 0xf7 => {
                return matches!(content, [_, 0, 0, ..]).then_some(at + fill + 4);
            }
            0xd8 | 0xd9 | SCAN => return None,
            _ => {}
        }
        at += fill + 1 + usize::from(u16::from_be_bytes([high, low])).max(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_height_behind_the_scan_is_put_into_the_header() {
        let picture = |height: &[u8], lines: &[u8]| {
            [
                b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xc3\0\x0b\x08".as_slice(),
                height,
                b"\0\x08\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\x01\0\0coded\xff\0",
                lines,
                b"\xff\xd9",
            ]
            .concat()
        };
        let stated = picture(&[0, 9], b"");
        assert_eq!(with_height(&stated).unwrap(), stated);
        let behind = picture(&[0, 0], b"\xff\xdc\0\x04\0\x09");
        assert_eq!(with_height(&behind).unwrap(), stated);
        for lines in [b"".as_slice(), b"\xff\xdc\0", b"\xff\xdc\0\x03\0"] {
            let picture = picture(&[0, 0], lines);
            assert_eq!(
                with_height(&picture),
                Err(Fault::damaged("the picture does not state its height"))
            );
        }
        for length in 0..behind.len() {
            let _ = with_height(&behind[..length]);
        }
    }
}
