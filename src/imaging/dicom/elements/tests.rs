use proptest::prelude::*;

use super::*;

const SEQUENCE: &[u8] = b"\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff";
const PACKED: &[u8] = b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff";
const BEGIN: &[u8] = b"\xfe\xff\0\xe0\xff\xff\xff\xff";
const FRAGMENT: &[u8] = b"\xfe\xff\0\xe0\x04\0\0\0abcd";
const END: &[u8] = b"\xfe\xff\x0d\xe0\0\0\0\0";
const LAST: &[u8] = b"\xfe\xff\xdd\xe0\0\0\0\0";
const VALUE: &[u8] = b"\x08\0\x60\0CS\x02\0CT";
const DESCRIPTION: &[u8] = b"\x08\0\x3e\x10LO\x04\0lung";
const DESCRIPTION_LATER: &[u8] = b"\x08\0\x20\x11LO\x04\0lung";

/// Number of events, and the result of the iteration.
fn walk(pieces: &[&[u8]], cancel: &Cancel) -> (usize, Result<(), Fault>) {
    let bytes = pieces.concat();
    let mut elements = Elements::new(&bytes, Encoding::EXPLICIT, cancel);
    let mut events = 0;
    loop {
        match elements.next(|_, _| events % 2 == 0) {
            Ok(Some(_)) => events += 1,
            Ok(None) => return (events, Ok(())),
            Err(fault) => return (events, Err(fault)),
        }
    }
}

/// Every value with its tag and depth; finally the open levels and remaining bytes.
fn values(bytes: &[u8], encoding: Encoding) -> Vec<String> {
    let cancel = Cancel::default();
    let mut elements = Elements::new(bytes, encoding, &cancel);
    let mut found = Vec::new();
    while let Some(event) = elements.next(|_, _| true).unwrap() {
        if let Event::Value {
            header,
            value: Some(value),
            ..
        } = event
        {
            let depth = elements.open().len() / 2;
            found.push(format!("{depth} {} {}", header.tag, value.to_str()));
        }
    }
    assert!(elements.open().is_empty());
    assert_eq!(elements.position(), bytes.len());
    found
}

#[test]
fn packed_pixels_are_read_fragment_by_fragment() {
    let pieces = [VALUE, PACKED, FRAGMENT, FRAGMENT, LAST, VALUE];
    assert_eq!(walk(&pieces, &Cancel::default()), (6, Ok(())));
}

#[test]
fn delimiters_that_are_missing_or_close_nothing_are_tolerated() {
    let description = DESCRIPTION_LATER;
    let expected = ["1 (0008,0060) CT", "0 (0008,1120) lung"];
    let defined = |length: u8, pieces: &[&[u8]]| {
        let item = [b"\xfe\xff\0\xe0".as_slice(), &[length, 0, 0, 0]].concat();
        [SEQUENCE, &item, &pieces.concat(), description].concat()
    };
    for bytes in [
        [SEQUENCE, BEGIN, VALUE, END, LAST, description].concat(),
        [SEQUENCE, BEGIN, VALUE, LAST, description].concat(),
        [SEQUENCE, BEGIN, VALUE, END, description].concat(),
        [SEQUENCE, BEGIN, VALUE, END, END, LAST, description].concat(),
        [SEQUENCE, BEGIN, VALUE, END, LAST, LAST, description].concat(),
        defined(10, &[VALUE, END, LAST]),
        // A length that includes the delimiter.
        defined(18, &[VALUE, END, LAST]),
        defined(10, &[VALUE]),
    ] {
        assert_eq!(values(&bytes, Encoding::EXPLICIT), expected, "{bytes:x?}");
    }
    let two = [SEQUENCE, BEGIN, VALUE, BEGIN, VALUE, LAST].concat();
    assert_eq!(values(&two, Encoding::EXPLICIT), ["1 (0008,0060) CT"; 2]);
}

#[test]
fn an_item_outside_a_sequence_is_an_error() {
    for pieces in [
        &[END, BEGIN][..],
        &[VALUE, BEGIN, VALUE],
        &[SEQUENCE, BEGIN, VALUE, LAST, BEGIN],
        &[VALUE, b"\xfe\xff\x0d\xe0\x04\0\0\0", VALUE],
    ] {
        let (_, end) = walk(pieces, &Cancel::default());
        assert_eq!(end, Err(Fault::damaged(MALFORMED)), "{pieces:?}");
    }
}

#[test]
fn a_sequence_of_unknown_representation_has_implicit_items() {
    // (0029,1010) UN of undefined and of stated length, and a sequence that the dictionary defines.
    let implicit =
        b"\xfe\xff\0\xe0\xff\xff\xff\xff\x08\0\x60\0\x02\0\0\0CT\xfe\xff\x0d\xe0\0\0\0\0";
    let explicit = [BEGIN, VALUE, END].concat();
    let description = b"\x2b\0\x3e\x10LO\x04\0lung";
    let expected = ["1 (0008,0060) CT", "0 (002B,103E) lung"];
    for items in [&implicit[..], &explicit] {
        let private = [
            b"\x29\0\x10\x10UN\0\0\xff\xff\xff\xff".as_slice(),
            items,
            LAST,
            description,
        ];
        assert_eq!(values(&private.concat(), Encoding::EXPLICIT), expected);
        let length = (items.len() as u32).to_le_bytes();
        let known = [
            b"\x08\0\x15\x11UN\0\0".as_slice(),
            &length,
            items,
            DESCRIPTION_LATER,
        ];
        assert_eq!(
            values(&known.concat(), Encoding::EXPLICIT),
            ["1 (0008,0060) CT", "0 (0008,1120) lung"]
        );
    }
    // Private bytes of stated length stay bytes.
    let bytes = b"\x29\0\x10\x10UN\0\0\x04\0\0\0abcd";
    assert_eq!(values(bytes, Encoding::EXPLICIT).len(), 1);
}

#[test]
fn elements_in_another_form_than_their_data_set_are_read() {
    let implicit = b"\x08\0\x60\0\x02\0\0\0CT";
    let mixed = [&implicit[..], DESCRIPTION].concat();
    let expected = ["0 (0008,0060) CT", "0 (0008,103E) lung"];
    assert_eq!(values(&mixed, Encoding::EXPLICIT), expected);
    let mixed = [VALUE, b"\x08\0\x3e\x10\x04\0\0\0lung"].concat();
    assert_eq!(values(&mixed, Encoding::IMPLICIT), expected);
}

#[test]
fn a_character_set_applies_within_its_item() {
    let greek = b"\x08\0\x05\0CS\x0a\0ISO_IR 126";
    let text = b"\x08\0\x3e\x10LO\x02\0\xc8 ";
    let later = b"\x08\0\x20\x11LO\x02\0\xc8 ";
    let bytes = [SEQUENCE, BEGIN, greek, text, END, LAST, later].concat();
    let found = values(&bytes, Encoding::EXPLICIT);
    assert_eq!(found[1..], ["1 (0008,103E) Θ", "0 (0008,1120) È"]);
}

#[test]
fn nesting_is_bounded() {
    let pieces = [SEQUENCE, BEGIN].repeat(100);
    let (events, end) = walk(&pieces, &Cancel::default());
    assert_eq!((events, end), (64, Err(Fault::damaged(MALFORMED))));
}

#[test]
fn the_number_of_steps_is_bounded() {
    let empty: &[u8] = b"\x08\0\x60\0CS\0\0";
    let pieces = vec![empty; MOST_STEPS + 1];
    let (events, end) = walk(&pieces, &Cancel::default());
    assert_eq!((events, end), (MOST_STEPS, Err(too_many_steps())));
}

#[test]
fn a_walk_stops_when_it_is_cancelled() {
    let cancel = Cancel::default();
    cancel.cancel();
    assert_eq!(walk(&[VALUE], &cancel), (0, Err(Fault::Cancelled)));
}

proptest! {
    #[test]
    fn every_order_of_delimiters_ends(order in prop::collection::vec(0usize..8, 0..40)) {
        let pieces = [SEQUENCE, PACKED, BEGIN, FRAGMENT, END, LAST, VALUE, b"\0"];
        let pieces: Vec<&[u8]> = order.iter().filter_map(|&index| pieces.get(index).copied()).collect();
        let (events, _) = walk(&pieces, &Cancel::default());
        prop_assert!(events <= 3 * pieces.len());
    }
}
