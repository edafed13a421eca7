//! High-throughput JPEG 2000 (ITU-T T.814): a part 1 stream with another block coder.

use std::sync::Once;
use std::thread;

use openjph_core::codestream::Codestream;
use openjph_core::file::MemInfile;
use openjph_core::message::{MessageHandler, MsgLevel, set_message_handler};

use super::super::super::error::Fault;
use super::super::super::photo::DRAWING_THREAD;
use super::super::samples::Shape;
use super::part_15::{self, Transform};
use super::tile_parts;

/// Position of the depth of the first component: behind the start marker, and the header and 36 bytes of the size segment.
const FIRST_DEPTH: usize = 2 + 4 + 36;
/// Bit of the depth that states signed values.
const SIGNED: u8 = 0x80;

/// Sends the decoder's messages to the log.
struct Log;

impl MessageHandler for Log {
    fn handle(&self, _: MsgLevel, code: u32, message: &str) {
        tracing::debug!(code, message, "high-throughput JPEG 2000");
    }
}

static LOG: Once = Once::new();

/// The values of each component of a stream whose size and blocks were already checked; `shift` is added to unsigned ones.
///
/// Runs on a separate thread, because the decoder panics on some damaged streams.
pub(super) fn decode(stream: &[u8], shape: &Shape, shift: i32) -> Result<Vec<Vec<i32>>, Fault> {
    let transform = part_15::main_header(stream)?.transform;
    let mut stream = tile_parts::joined(stream)?;
    if transform.is_some() {
        // The decoder leaves brightness and differences, and would cut these to the range of colours.
        for depth in stream
            .iter_mut()
            .skip(FIRST_DEPTH)
            .step_by(3)
            .take(shape.per_pixel)
        {
            *depth |= SIGNED;
        }
    }
    LOG.call_once(|| set_message_handler(Some(Box::new(Log))));
    let damaged = || Fault::damaged("its high-throughput JPEG 2000 pixels cannot be decoded");
    thread::scope(|scope| {
        let decoding = thread::Builder::new().name(DRAWING_THREAD.to_owned());
        let decoding = decoding.spawn_scoped(scope, || components(&stream, shape));
        let decoded = decoding.map_err(Fault::damaged)?.join();
        let mut components = decoded.map_err(|_| damaged())?.ok_or_else(damaged)?;
        if let (Some(transform), [red, green, blue]) = (transform, components.as_mut_slice()) {
            let pixels = red.iter_mut().zip(green).zip(blue);
            for ((first, second), third) in pixels {
                let colours = colours(transform, [*first, *second, *third]);
                [*first, *second, *third] = colours.map(|value| value.saturating_add(shift));
            }
        }
        Ok(components)
    })
}

/// Red, green and blue of brightness and differences (ITU-T T.800, G.2.2 and G.3.2).
fn colours(transform: Transform, [brightness, blue, red]: [i32; 3]) -> [i32; 3] {
    match transform {
        Transform::Reversible => {
            let green = brightness.saturating_sub(blue.saturating_add(red) >> 2);
            [red.saturating_add(green), green, blue.saturating_add(green)]
        }
        Transform::Irreversible => {
            let [brightness, blue, red] = [brightness, blue, red].map(f64::from);
            let green = brightness - 0.344_136 * blue - 0.714_136 * red;
            let colours = [brightness + 1.402 * red, green, brightness + 1.772 * blue];
            colours.map(|value| value.round() as i32)
        }
    }
}

/// `None` if the decoder refuses the stream or returns fewer values than there are pixels.
fn components(stream: &[u8], shape: &Shape) -> Option<Vec<Vec<i32>>> {
    let mut decoder = Codestream::new();
    let mut file = MemInfile::new(stream);
    decoder.read_headers(&mut file).ok()?;
    decoder.create(&mut file).ok()?;
    let mut components = vec![Vec::with_capacity(shape.pixels()); shape.per_pixel];
    for _ in 0..shape.rows {
        for (index, component) in (0..).zip(&mut components) {
            let line = decoder.pull(index)?;
            if line.len() != shape.columns as usize {
                return None;
            }
            component.extend(line);
        }
    }
    Some(components)
}

#[cfg(test)]
mod tests {
    use openjph_core::file::MemOutfile;
    use openjph_core::types::{Point, Size};

    use super::super::decode;
    use super::*;

    /// A lossless stream of `values`, row by row.
    fn packed(values: &[i32], [width, height]: [u32; 2], bits: u32, signed: bool) -> Vec<u8> {
        let mut encoder = Codestream::new();
        let size = encoder.access_siz_mut();
        size.set_image_extent(Point::new(width, height));
        size.set_num_components(1);
        size.set_comp_info(0, Point::new(1, 1), bits, signed);
        size.set_tile_size(Size::new(width, height));
        let coding = encoder.access_cod_mut();
        coding.set_num_decomposition(3);
        coding.set_reversible(true);
        coding.set_color_transform(false);
        encoder.set_planar(0);
        let mut file = MemOutfile::new();
        encoder.write_headers(&mut file, &[]).unwrap();
        for line in values.chunks(width as usize) {
            encoder.exchange(line, 0).unwrap();
        }
        encoder.flush(&mut file).unwrap();
        file.get_data().to_vec()
    }

    fn ramp(from: i32) -> Vec<i32> {
        let value = |at: i32| from + at * 37 % 3000 + at % 7;
        (0..40 * 30).map(value).collect()
    }

    #[test]
    fn lossless_streams_are_read_exactly() {
        for (bits, signed, from) in [(12, false, 0), (16, false, 40_000), (16, true, -1500)] {
            let values = ramp(from);
            let stream = packed(&values, [40, 30], bits, signed);
            let expected: Vec<u8> = values
                .iter()
                .flat_map(|&value| (value as i16).to_le_bytes())
                .collect();
            let shape = Shape::of_grey(40, 30, 2);
            assert_eq!(decode(&stream, &shape), Ok(expected), "{bits} {signed}");
        }
    }

    #[test]
    fn brightness_and_differences_become_colours() {
        use Transform::{Irreversible, Reversible};
        // Of red 200, green 100 and blue 50.
        assert_eq!(colours(Reversible, [112, -50, 100]), [200, 100, 50]);
        assert_eq!(colours(Irreversible, [124, -42, 54]), [200, 100, 50]);
        assert_eq!(colours(Reversible, [i32::MIN, i32::MAX, i32::MAX])[0], -1);
    }

    #[test]
    fn a_damaged_stream_is_refused_or_read_without_a_panic() {
        let stream = packed(&ramp(0), [40, 30], 12, false);
        let shape = Shape::of_grey(40, 30, 2);
        for at in 45..stream.len() {
            let mut changed = stream.clone();
            changed[at] ^= 0xff;
            let _ = decode(&changed, &shape);
            assert!(decode(&stream[..at], &shape).is_err(), "{at}");
        }
        assert!(matches!(
            decode(&stream, &Shape::of_grey(41, 30, 2)),
            Err(Fault::Damaged(_))
        ));
    }
}
