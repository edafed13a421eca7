//! The values of an element, parsed from its bytes (PS3.5, 6.2).

use dicom_core::VR;
use dicom_core::value::PrimitiveValue;

use super::character_sets::CharacterSets;
use super::element_header::{Encoding, is_text};

/// The values of `bytes` in a value representation; an incomplete last number is ignored.
pub(super) fn value(
    representation: VR,
    bytes: &[u8],
    encoding: Encoding,
    characters: CharacterSets,
) -> PrimitiveValue {
    if is_text(representation) {
        return text(representation, bytes, characters);
    }
    let big_endian = encoding.big_endian;
    macro_rules! numbers {
        ($number:ty, $variant:ident) => {{
            let numbers = bytes
                .chunks_exact(size_of::<$number>())
                .filter_map(|bytes| {
                    let bytes = bytes.try_into().ok()?;
                    Some(match big_endian {
                        true => <$number>::from_be_bytes(bytes),
                        false => <$number>::from_le_bytes(bytes),
                    })
                });
            PrimitiveValue::$variant(numbers.collect())
        }};
    }
    match representation {
        VR::US | VR::OW => numbers!(u16, U16),
        VR::SS => numbers!(i16, I16),
        VR::UL | VR::OL => numbers!(u32, U32),
        VR::SL => numbers!(i32, I32),
        VR::UV | VR::OV => numbers!(u64, U64),
        VR::SV => numbers!(i64, I64),
        VR::FL | VR::OF => numbers!(f32, F32),
        VR::FD | VR::OD => numbers!(f64, F64),
        VR::AT => {
            let tags = bytes.chunks_exact(4).filter_map(|tag| encoding.tag(tag, 0));
            PrimitiveValue::Tags(tags.collect())
        }
        _ => PrimitiveValue::U8(bytes.into()),
    }
}

fn text(representation: VR, bytes: &[u8], characters: CharacterSets) -> PrimitiveValue {
    // A backslash is an ordinary character in these (PS3.5, 6.2).
    let single = matches!(representation, VR::ST | VR::LT | VR::UT | VR::UR);
    let characters = match representation {
        VR::SH | VR::LO | VR::ST | VR::LT | VR::UT | VR::PN | VR::UC => characters,
        _ => CharacterSets::default(),
    };
    let text = characters.decode(bytes, !single, representation == VR::PN);
    match single {
        true => PrimitiveValue::Str(text),
        false => PrimitiveValue::Strs(text.split('\\').map(str::to_owned).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(representation: VR, bytes: &[u8], encoding: Encoding) -> String {
        let characters = CharacterSets::of(&["ISO_IR 101"]);
        let value = value(representation, bytes, encoding, characters);
        value.to_multi_str().join("|")
    }

    #[test]
    fn every_representation_has_its_values() {
        let little = |vr, bytes: &[u8]| shown(vr, bytes, Encoding::EXPLICIT);
        assert_eq!(little(VR::DS, b"0.7\\0.8 "), "0.7|0.8");
        assert_eq!(little(VR::LT, b"a\\b"), "a\\b");
        assert_eq!(little(VR::LO, b"\xa3"), "Ł");
        // Codes have only ASCII characters.
        assert_eq!(little(VR::CS, b"\xa3"), "£");
        assert_eq!(little(VR::US, b"\x01\x02\x03"), "513");
        assert_eq!(little(VR::SS, b"\xff\xff"), "-1");
        assert_eq!(little(VR::FD, &0.7f64.to_le_bytes()), "0.7");
        assert_eq!(
            shown(VR::UL, b"\0\0\x01\0", Encoding::EXPLICIT_BIG_ENDIAN),
            "256"
        );
        assert_eq!(
            shown(VR::US, b"\x01\x02", Encoding::EXPLICIT_BIG_ENDIAN),
            "258"
        );
    }
}
