use std::num::NonZero;

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::*;

const SIZE: Size = Size::new(30, 6);

/// A piece of text on the screen.
type Piece = (u16, u16, String, usize, usize, u8);

const COLOURS: [Color; 6] = [
    Color::Reset,
    Color::Red,
    Color::LightCyan,
    Color::Indexed(123),
    Color::Rgb(14, 20, 27),
    Color::Rgb(228, 235, 241),
];

/// Attributes that the emulator of the tests knows. It does not know bold and dim together.
const KNOWN: Modifier = Modifier::BOLD
    .union(Modifier::ITALIC)
    .union(Modifier::UNDERLINED)
    .union(Modifier::REVERSED);

fn frame(pieces: &[Piece], ground: usize) -> Buffer {
    let area = Rect::from((Position::ORIGIN, SIZE));
    let mut buffer = Buffer::empty(area);
    buffer.set_style(area, Style::new().bg(COLOURS[ground]));
    for (x, y, text, foreground, background, attributes) in pieces {
        let style = Style::new()
            .fg(COLOURS[*foreground])
            .bg(COLOURS[*background])
            .add_modifier(Modifier::from_bits_truncate(u16::from(*attributes)) & KNOWN);
        buffer.set_string(*x, *y, text, style);
    }
    buffer
}

/// A cell as it is seen: the foreground of a blank is not.
fn seen(letters: &str, foreground: vt100::Color, background: vt100::Color, bits: u8) -> String {
    let is_blank = matches!(letters, "" | " ");
    let is_reversed = bits & 16 != 0;
    match is_blank {
        true if is_reversed => format!("blank reversed {foreground:?} {background:?} {bits}"),
        true => format!("blank {background:?} {}", bits & 8),
        false => format!("{letters} {foreground:?} {background:?} {bits}"),
    }
}

fn emulated(colour: Color) -> vt100::Color {
    match colour {
        Color::Reset => vt100::Color::Default,
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        Color::Red => vt100::Color::Idx(1),
        Color::LightCyan => vt100::Color::Idx(14),
        Color::Indexed(index) => vt100::Color::Idx(index),
        other => panic!("{other:?} is not in the test"),
    }
}

/// Cells as the emulator shows them, and as the buffer has them.
fn both(screen: &vt100::Screen, buffer: &Buffer) -> Vec<(String, String)> {
    let mut cells = Vec::new();
    for y in 0..SIZE.height {
        let mut covered = 0_usize;
        for x in 0..SIZE.width {
            let shown = screen.cell(y, x).unwrap();
            let meant = &buffer[(x, y)];
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = meant.symbol().width().saturating_sub(1);
            let bits = u8::from(shown.bold())
                | u8::from(shown.italic()) << 2
                | u8::from(shown.underline()) << 3
                | u8::from(shown.inverse()) << 4;
            let wanted = meant.modifier;
            let wanted = u8::from(wanted.contains(Modifier::BOLD))
                | u8::from(wanted.contains(Modifier::ITALIC)) << 2
                | u8::from(wanted.contains(Modifier::UNDERLINED)) << 3
                | u8::from(wanted.contains(Modifier::REVERSED)) << 4;
            cells.push((
                seen(shown.contents(), shown.fgcolor(), shown.bgcolor(), bits),
                seen(
                    meant.symbol(),
                    emulated(meant.fg),
                    emulated(meant.bg),
                    wanted,
                ),
            ));
        }
    }
    cells
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let text = prop_oneof!["[ a-c─日é]{1,30}", " {1,30}", "[a-z]{1,4} {5,20}[a-z]{1,3}",];
    let place = (0..SIZE.width, 0..SIZE.height);
    let piece = (place, text, 0..COLOURS.len(), 0..COLOURS.len(), any::<u8>());
    let piece = piece.prop_map(|((x, y), text, foreground, background, attributes)| {
        (x, y, text, foreground, background, attributes)
    });
    proptest::collection::vec(piece, 0..12)
}

proptest! {
    #[test]
    fn a_terminal_shows_what_was_drawn(
        frames in proptest::collection::vec((pieces(), 0..COLOURS.len()), 1..5),
        fills in any::<bool>(),
    ) {
        let mut terminal = emulator();
        let mut encoder = encoder(fills, false);
        let mut before = Buffer::empty(Rect::from((Position::ORIGIN, SIZE)));
        for (pieces, ground) in frames {
            let after = frame(&pieces, ground);
            let mut out = Vec::new();
            encoder.forget_cursor();
            encoder.encode(&before.diff(&after), &mut out);
            terminal.process(&out);
            for (shown, meant) in both(terminal.screen(), &after) {
                prop_assert_eq!(shown, meant);
            }
            before = after;
        }
    }
}

fn emulator() -> vt100::Parser {
    let [rows, columns] = [SIZE.height, SIZE.width].map(|cells| NonZero::new(cells).unwrap());
    vt100::Parser::new(rows, columns, 0)
}

fn encoder(fills: bool, repeats: bool) -> Encoder {
    let shortcuts = Shortcuts { fills, repeats };
    Encoder::new(SIZE, ColourDepth::TrueColour, shortcuts)
}

fn encoded(before: &Buffer, after: &Buffer, fills: bool) -> String {
    let mut out = Vec::new();
    let mut encoder = encoder(fills, false);
    encoder.encode(&before.diff(after), &mut out);
    String::from_utf8(out).unwrap()
}

fn piece(x: u16, y: u16, text: &str, background: usize) -> Piece {
    (x, y, text.to_owned(), 0, background, 0)
}

#[test]
fn a_run_of_blanks_is_erased_where_the_terminal_fills_it_with_the_background() {
    let before = frame(&[piece(0, 1, &"x".repeat(30), 0)], 0);
    let after = frame(&[piece(0, 1, &" ".repeat(30), 4)], 0);
    let night = "\x1b[2H\x1b[48;2;14;20;27m";
    assert_eq!(
        encoded(&before, &after, true),
        format!("{night}\x1b[K\x1b[m")
    );
    let written = format!("{night}{}\x1b[m", " ".repeat(30));
    assert_eq!(encoded(&before, &after, false), written);
    // On the terminal's own background all terminals erase alike.
    let after = frame(&[], 0);
    assert_eq!(encoded(&before, &after, false), "\x1b[2H\x1b[K");
}

#[test]
fn the_words_of_an_erased_row_alone_are_written() {
    let row = |background| [piece(0, 2, "one                    two    ", background)];
    let sent = encoded(&frame(&row(0), 0), &frame(&row(4), 0), true);
    assert_eq!(sent.replace('\x1b', ""), "[3H[48;2;14;20;27m[Kone[20Ctwo[m");
}

#[test]
fn a_border_goes_down_before_the_words_beside_it() {
    let mut pieces = Vec::new();
    for y in 0..3 {
        let mut border = piece(0, y, "│", 0);
        border.3 = 5;
        pieces.extend([border, piece(1, y, "word", 0)]);
    }
    let sent = encoded(&frame(&[], 0), &frame(&pieces, 0), true);
    let border = "[38;2;228;235;241m│\n\u{8}│\n\u{8}│";
    let words = "[2A[mword\n\u{8}\u{8}\u{8}\u{8}word\n\u{8}\u{8}\u{8}\u{8}word";
    assert_eq!(sent.replace('\x1b', ""), format!("[H{border}{words}"));
}

#[test]
fn a_line_is_repeated_where_the_terminal_can() {
    let after = frame(&[piece(2, 1, &"─".repeat(20), 0)], 0);
    let before = frame(&[], 0);
    let mut out = Vec::new();
    encoder(true, true).encode(&before.diff(&after), &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap().replace('\x1b', ""),
        "[2;3H─[19b"
    );
    assert!(encoded(&before, &after, true).ends_with(&"─".repeat(20)));
}

#[test]
fn the_cursor_takes_the_shorter_way() {
    let empty = frame(&[], 0);
    let after = frame(
        &[
            piece(3, 1, "a", 0),
            piece(8, 1, "b", 0),
            piece(0, 2, "c", 0),
            piece(29, 2, "d", 0),
            piece(0, 3, "e", 0),
        ],
        0,
    );
    let sent = encoded(&empty, &after, true).replace('\x1b', "");
    assert_eq!(sent, "[2;4Ha[4Cb\n\rc[28Cd[4He");
}

#[test]
fn after_a_picture_nothing_is_taken_for_granted() {
    let mut after = frame(&[piece(0, 1, "x", 0)], 0);
    after[(4, 0)].set_symbol("\x1b_Gpicture\x1b\\");
    let sent = encoded(&frame(&[], 0), &after, true);
    assert!(sent.ends_with("picture\x1b\\\x1b[2H\x1b[mx"), "{sent:?}");
}
