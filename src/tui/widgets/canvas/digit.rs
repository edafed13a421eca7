//! Digits made of dots, for numbers drawn into a picture.

/// Dots across a digit, and down.
pub(super) const WIDTH: u32 = 3;
pub(super) const HEIGHT: u32 = 5;

/// Dots of a digit, down and across; empty for another letter.
pub(super) fn dots(letter: char) -> impl Iterator<Item = [u32; 2]> {
    let rows = rows(letter);
    (0..HEIGHT).zip(rows).flat_map(|(down, row)| {
        let columns = (0..WIDTH).filter(move |across| row >> (WIDTH - 1 - across) & 1 == 1);
        columns.map(move |across| [down, across])
    })
}

/// Row by row, the highest of three bits on the left.
fn rows(letter: char) -> [u8; HEIGHT as usize] {
    match letter {
        '0' => [0b111, 0b101, 0b101, 0b101, 0b111],
        '1' => [0b010, 0b110, 0b010, 0b010, 0b111],
        '2' => [0b111, 0b001, 0b111, 0b100, 0b111],
        '3' => [0b111, 0b001, 0b111, 0b001, 0b111],
        '4' => [0b101, 0b101, 0b111, 0b001, 0b001],
        '5' => [0b111, 0b100, 0b111, 0b001, 0b111],
        '6' => [0b111, 0b100, 0b111, 0b101, 0b111],
        '7' => [0b111, 0b001, 0b010, 0b010, 0b010],
        '8' => [0b111, 0b101, 0b111, 0b101, 0b111],
        '9' => [0b111, 0b101, 0b111, 0b001, 0b111],
        _ => [0; HEIGHT as usize],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_digits_differ() {
        let digits: Vec<Vec<[u32; 2]>> = ('0'..='9').map(|digit| dots(digit).collect()).collect();
        for (index, one) in digits.iter().enumerate() {
            assert!(!one.is_empty());
            assert!(!digits[index + 1..].contains(one), "{index}");
        }
        assert_eq!(dots('x').count(), 0);
    }
}
