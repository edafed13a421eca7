//! Blanks before an opening quote, as in `"a" , "b"`: the `csv` crate would read the quote as a character of the cell.

/// Treatment of a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Pass,
    /// A blank that may precede a quote.
    Hold,
    /// A blank that was held back comes first; call again for the same byte.
    BlankFirst,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the start of a cell, or after blanks there.
    Start,
    Bare,
    Quoted,
    /// After a quote in a quoted cell: its end, or the first half of a quote within it.
    QuoteInQuoted,
}

/// Reads a file byte by byte and drops the blanks before opening quotes.
#[derive(Debug)]
pub(super) struct Opening {
    delimiter: u8,
    is_on: bool,
    place: Place,
    held: usize,
}

impl Opening {
    /// Passes every byte through unless `is_on`.
    pub(super) fn new(delimiter: u8, is_on: bool) -> Self {
        Self {
            delimiter,
            is_on,
            place: Place::Start,
            held: 0,
        }
    }

    /// Marks that the next byte begins a line outside of quotes.
    pub(super) fn begin_line(&mut self) {
        self.place = Place::Start;
        self.held = 0;
    }

    /// Treatment of the next byte, with line ends as `
    /// `.
    pub(super) fn next(&mut self, byte: u8) -> Step {
        if !self.is_on {
            return Step::Pass;
        }
        if self.place == Place::Start {
            if byte == b' ' {
                self.held += 1;
                return Step::Hold;
            }
            if byte == b'"' {
                self.held = 0;
            }
            if self.held > 0 {
                self.held -= 1;
                return Step::BlankFirst;
            }
        }
        self.place = match (self.place, byte) {
            (Place::Quoted, b'"') => Place::QuoteInQuoted,
            (Place::Quoted, _) => Place::Quoted,
            (Place::Start | Place::QuoteInQuoted, b'"') => Place::Quoted,
            (_, b'\n') => Place::Start,
            (_, byte) if byte == self.delimiter => Place::Start,
            _ => Place::Bare,
        };
        Step::Pass
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(text: &str, is_on: bool) -> String {
        let mut opening = Opening::new(b',', is_on);
        let mut out = String::new();
        for byte in text.bytes() {
            loop {
                match opening.next(byte) {
                    Step::BlankFirst => out.push(' '),
                    Step::Hold => break,
                    Step::Pass => {
                        out.push(char::from(byte));
                        break;
                    }
                }
            }
        }
        out
    }

    #[test]
    fn only_blanks_before_an_opening_quote_are_dropped() {
        for (from, to) in [
            ("\"a\" , \"b\"\n", "\"a\" ,\"b\"\n"),
            ("  \"a\",  b, c\n", "\"a\",  b, c\n"),
            (
                "\"a, \"\"b\"\" , c\" , \"d\"\n",
                "\"a, \"\"b\"\" , c\" ,\"d\"\n",
            ),
            ("5 \"x, \"y\"\n", "5 \"x,\"y\"\n"),
            (
                "\"two\nlines, \"\"\" , \"z\"",
                "\"two\nlines, \"\"\" ,\"z\"",
            ),
        ] {
            assert_eq!(passed(from, true), to);
            assert_eq!(passed(from, false), from);
        }
    }
}
