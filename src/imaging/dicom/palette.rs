//! Palettes: the colours that values are indices of (PS3.3 C.7.6.3.1.5 and C.7.9.2).

use dicom_core::Tag;
use dicom_core::value::PrimitiveValue;
use dicom_dictionary_std::tags;

use super::super::error::Fault;
use super::dataset::DataSet;
use super::numbers;

/// Descriptor, data, and data in segments of each colour.
const COLOURS: [[Tag; 3]; 3] = [
    [
        tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ],
    [
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ],
    [
        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
        tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
        tags::SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    ],
];

/// Maximum number of segments of a table, repeated ones included.
const MOST_SEGMENTS: usize = 1 << 17;

/// The levels of the three colours, from 0 to 255.
#[derive(Debug)]
pub(super) struct Palette([Table; 3]);

#[derive(Debug)]
struct Table {
    /// Value of the first entry.
    first: i64,
    /// At least one.
    levels: Vec<u8>,
}

impl Palette {
    pub(super) fn read(dataset: &DataSet) -> Result<Self, Fault> {
        let [red, green, blue] = COLOURS.map(|tags| Table::read(dataset, tags));
        Ok(Self([red?, green?, blue?]))
    }

    /// Red, green and blue of a value; of the nearest entry if it has none.
    pub(super) fn colour(&self, value: i64) -> [u8; 3] {
        let Self(tables) = self;
        [0, 1, 2].map(|colour: usize| tables.get(colour).map_or(0, |table| table.level(value)))
    }
}

impl Table {
    fn read(dataset: &DataSet, [descriptor, data, segments]: [Tag; 3]) -> Result<Self, Fault> {
        let damaged = || Fault::damaged("its palette is missing or invalid");
        let described = dataset.value(descriptor).and_then(numbers::all_numbers);
        let Some([entries, first, bits]) = described.as_deref().and_then(|all| all.first_chunk())
        else {
            return Err(damaged());
        };
        // The number of 65,536 entries does not fit into its 16 bits.
        let entries = match (*entries as i64).rem_euclid(1 << 16) {
            0 => 1 << 16,
            entries => entries as usize,
        };
        let words = match (dataset.value(data), dataset.value(segments)) {
            (Some(data), _) => entry_words(data, entries),
            (None, Some(segments)) => {
                expanded(&entry_words(segments, usize::MAX), entries).ok_or_else(damaged)?
            }
            (None, None) => return Err(damaged()),
        };
        let level = |&word: &u16| match *bits as i64 {
            8 => word.min(255) as u8,
            _ => ((u32::from(word) * 255 + 32_767) / 65_535) as u8,
        };
        let levels: Vec<u8> = words.iter().take(entries).map(level).collect();
        match levels.is_empty() {
            true => Err(damaged()),
            false => Ok(Self {
                first: *first as i64,
                levels,
            }),
        }
    }

    fn level(&self, value: i64) -> u8 {
        let last = self.levels.len() as i64 - 1;
        let index = value.saturating_sub(self.first).clamp(0, last);
        self.levels.get(index as usize).copied().unwrap_or_default()
    }
}

/// The entries as they are stored: in two bytes each, or, if there are as many bytes as entries, in one.
fn entry_words(data: &PrimitiveValue, entries: usize) -> Vec<u16> {
    // Numbers become bytes in the order of the machine.
    let bytes = data.to_bytes();
    if bytes.len() == entries || bytes.len() == entries.saturating_add(1) {
        return bytes.iter().map(|&byte| byte.into()).collect();
    }
    match data {
        PrimitiveValue::U8(bytes) => {
            let (words, _) = bytes.as_chunks();
            words.iter().map(|&word| u16::from_le_bytes(word)).collect()
        }
        _ => {
            let (words, _) = bytes.as_chunks();
            words.iter().map(|&word| u16::from_ne_bytes(word)).collect()
        }
    }
}

/// The entries that segments describe: discrete values, lines, and repetitions of segments before (PS3.3 C.7.9.2.2).
/// `None` if they are invalid.
fn expanded(words: &[u16], entries: usize) -> Option<Vec<u16>> {
    let mut found: Vec<u16> = Vec::new();
    // The rest of the segments, how many of them count, and where to go on after those.
    let (mut at, mut left, mut back) = (0, usize::MAX, None);
    for _ in 0..MOST_SEGMENTS {
        if found.len() >= entries {
            break;
        }
        if left == 0 {
            at = back.take()?;
            left = usize::MAX;
        }
        let (kind, length) = (*words.get(at)?, usize::from(*words.get(at + 1)?));
        at += 2;
        left -= 1;
        match kind {
            0 => {
                found.extend(words.get(at..at + length)?);
                at += length;
            }
            1 => {
                let (from, to) = (i64::from(*found.last()?), i64::from(*words.get(at)?));
                at += 1;
                let step = |index: i64| from + (to - from) * index / length.max(1) as i64;
                found.extend((1..=length as i64).map(|index| step(index) as u16));
            }
            // A repetition within a repetition is not allowed.
            2 if back.is_none() && length > 0 => {
                let [low, high] = [*words.get(at)?, *words.get(at + 1)?];
                back = Some(at + 2);
                // An offset in bytes.
                at = (usize::from(high) << 16 | usize::from(low)) / 2;
                left = length;
            }
            _ => return None,
        }
        if at == words.len() && left > 0 && back.is_none() {
            break;
        }
    }
    found.truncate(entries);
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_expanded() {
        let segments = [0, 2, 10, 20, 1, 4, 60, 2, 1, 0, 0, 0, 1, 7];
        let expected = [10, 20, 30, 40, 50, 60, 10, 20, 7];
        assert_eq!(expanded(&segments, 9), Some(expected.to_vec()));
        assert_eq!(expanded(&segments, 4), Some(expected[..4].to_vec()));
        for end in [1, 3, 6, 8, 10] {
            assert_eq!(expanded(&segments[..end], 9), None, "{end}");
        }
        // A repetition of itself.
        assert_eq!(expanded(&[0, 1, 5, 2, 2, 6, 0], 9), None);
        // Lines and repetitions without length or beginning.
        assert_eq!(expanded(&[1, 3, 5], 9), None);
        assert_eq!(expanded(&[2, 0, 0, 0], 9), None);
    }

    #[test]
    fn entries_of_one_byte_and_of_two_are_read() {
        let words = PrimitiveValue::U16([1u16, 2, 3].as_slice().into());
        assert_eq!(entry_words(&words, 3), [1, 2, 3]);
        let bytes = PrimitiveValue::U8([1u8, 2, 3, 0].as_slice().into());
        assert_eq!(entry_words(&bytes, 4), [1, 2, 3, 0]);
        assert_eq!(entry_words(&bytes, 2), [0x0201, 3]);
    }
}
