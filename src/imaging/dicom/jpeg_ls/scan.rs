//! The pixels of the scan (ITU-T T.87 annex A).

use super::super::super::error::Fault;
use super::super::NO_CODE;
use super::super::bits::{BitReader, Stuffing};
use super::header::Header;

/// Number of contexts, including two for the ends of runs.
const CONTEXTS: usize = 367;
/// The most colours of a scan.
const COLOURS: usize = 3;
/// Index of the first context for the ends of runs.
const RUN_END: usize = 365;
/// The exponents of run lengths (A.2.1, J).
const RUN_ORDERS: [u32; 32] = [
    0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13,
    14, 15,
];

/// Statistics of one context.
#[derive(Debug, Clone, Copy)]
struct Context {
    /// A: sum of the errors' magnitudes.
    magnitude: i32,
    /// B: sum of the errors; for the end of a run, the number of negative ones (Nn).
    bias: i32,
    /// C: correction of the prediction.
    correction: i32,
    /// N: number of occurrences.
    count: i32,
}

impl Context {
    /// Golomb parameter: number of low bits of an error that are stored directly.
    fn order(&self, magnitude: i32) -> u32 {
        (0..24)
            .find(|&order| i64::from(self.count) << order >= i64::from(magnitude))
            .unwrap_or(24)
    }

    /// Updates the statistics with an error (A.6).
    fn learn(&mut self, error: i32, step: i32, reset: i32) {
        // Saturates only on hostile files.
        self.magnitude = self.magnitude.saturating_add(error.abs());
        self.bias = self.bias.saturating_add(error * step);
        if self.count == reset {
            self.magnitude >>= 1;
            self.bias >>= 1;
            self.count >>= 1;
        }
        self.count += 1;
        if self.bias <= -self.count {
            self.correction = (self.correction - 1).max(-128);
            self.bias = (self.bias + self.count).max(1 - self.count);
        } else if self.bias > 0 {
            self.correction = (self.correction + 1).min(127);
            self.bias = (self.bias - self.count).min(0);
        }
    }
}

/// The values that a pixel is predicted from (A.3.1).
#[derive(Debug, Clone, Copy)]
struct Neighbours {
    left: i32,
    over: i32,
    corner: i32,
    /// Above, one to the right.
    next: i32,
}

impl Neighbours {
    fn of(above: &[i32], line: &[i32], x: usize, width: usize) -> Self {
        Self {
            left: at(line, x - 1),
            over: at(above, x),
            corner: at(above, x - 1),
            // The last pixel has no neighbour above right.
            next: at(above, if x == width { x } else { x + 1 }),
        }
    }

    fn gradients(&self) -> [i32; 3] {
        let &Self {
            left,
            over,
            corner,
            next,
        } = self;
        [next - over, over - corner, corner - left]
    }

    fn are_alike(&self, near: i32) -> bool {
        self.gradients().iter().all(|step| step.abs() <= near)
    }
}

fn at(line: &[i32], index: usize) -> i32 {
    line.get(index).copied().unwrap_or_default()
}

fn fill(line: &mut [i32], from: usize, count: usize, value: i32) {
    for place in line.iter_mut().skip(from).take(count) {
        *place = value;
    }
}

/// Sets the position before the first pixel.
fn begin(above: &[i32], line: &mut [i32]) {
    fill(line, 0, 1, at(above, 1));
}

/// The state of the decoding of a scan, line by line.
pub(super) struct Scan<'a> {
    header: Header<'a>,
    bits: BitReader<'a>,
    contexts: [Context; CONTEXTS],
    run_order: usize,
    /// The run orders of the colours, between their lines.
    run_orders: [usize; COLOURS],
    /// 2 NEAR + 1.
    step: i32,
    /// Number of possible errors.
    range: i32,
    /// Number of bits of an error that is stored directly.
    error_bits: u32,
    /// Maximum length of a code.
    limit: u32,
}

impl<'a> Scan<'a> {
    /// Before the first line: contexts as the standard initialises them (T.87, A.2.1).
    pub(super) fn new(header: &Header<'a>) -> Self {
        let step = 2 * header.near + 1;
        let range = (header.largest + 2 * header.near) / step + 1;
        let bits_of = |values: i32| 32 - (values - 1).leading_zeros();
        let pixel_bits = bits_of(header.largest + 1).max(2);
        let fresh = Context {
            magnitude: ((range + 32) / 64).max(2),
            bias: 0,
            correction: 0,
            count: 1,
        };
        Self {
            header: *header,
            bits: BitReader::new(header.coded, Stuffing::Bit),
            contexts: [fresh; CONTEXTS],
            run_order: 0,
            run_orders: [0; COLOURS],
            step,
            range,
            error_bits: bits_of(range),
            limit: 2 * (pixel_bits + pixel_bits.max(8)),
        }
    }

    /// Decodes a line of one colour below its line `above`; both have a position before the first pixel and one after the
    /// last.
    pub(super) fn decode(
        &mut self,
        colour: usize,
        above: &[i32],
        line: &mut [i32],
    ) -> Result<(), Fault> {
        let width = line.len().saturating_sub(2);
        self.run_order = self.run_orders.get(colour).copied().unwrap_or_default();
        begin(above, line);
        let mut x = 1;
        while x <= width {
            let around = Neighbours::of(above, line, x, width);
            if around.are_alike(self.header.near) {
                let run = self.run(width + 1 - x)?;
                fill(line, x, run, around.left);
                x += run;
                if x <= width {
                    let over = at(above, x);
                    let alike = (around.left - over).abs() <= self.header.near;
                    let value = self.run_end(alike, around.left, over)?;
                    self.run_order = self.run_order.saturating_sub(1);
                    fill(line, x, 1, value);
                    x += 1;
                }
            } else {
                let value = self.pixel(&around)?;
                fill(line, x, 1, value);
                x += 1;
            }
        }
        if let Some(kept) = self.run_orders.get_mut(colour) {
            *kept = self.run_order;
        }
        Ok(())
    }

    /// Decodes a line of several colours, pixel by pixel: a run is one of all colours (B.1, B.3).
    pub(super) fn decode_together(
        &mut self,
        above: &[Vec<i32>],
        lines: &mut [Vec<i32>],
    ) -> Result<(), Fault> {
        let width = lines.first().map_or(0, Vec::len).saturating_sub(2);
        for (above, line) in above.iter().zip(lines.iter_mut()) {
            begin(above, line);
        }
        let mut x = 1;
        while x <= width {
            let pairs = above.iter().zip(lines.iter());
            let around = pairs.map(|(above, line)| Neighbours::of(above, line, x, width));
            let around: Vec<Neighbours> = around.collect();
            let in_run = (around.iter()).all(|around| around.are_alike(self.header.near));
            if in_run {
                let run = self.run(width + 1 - x)?;
                for (line, around) in lines.iter_mut().zip(&around) {
                    fill(line, x, run, around.left);
                }
                x += run;
            }
            if x > width {
                return Ok(());
            }
            for ((above, line), around) in above.iter().zip(lines.iter_mut()).zip(&around) {
                let value = match in_run {
                    true => self.run_end(false, around.left, at(above, x))?,
                    false => self.pixel(around)?,
                };
                fill(line, x, 1, value);
            }
            if in_run {
                self.run_order = self.run_order.saturating_sub(1);
            }
            x += 1;
        }
        Ok(())
    }

    /// Decodes a pixel that is not in a run (A.4, A.5).
    fn pixel(&mut self, around: &Neighbours) -> Result<i32, Fault> {
        let &Neighbours {
            left, over, corner, ..
        } = around;
        let classes = around.gradients().map(|gradient| self.class(gradient));
        let [first, second, third] = classes;
        let index = 81 * first + 9 * second + third;
        let sign = if index < 0 { -1 } else { 1 };
        let largest = self.header.largest;
        let (low, high) = (left.min(over), left.max(over));
        let predicted = if corner >= high {
            low
        } else if corner <= low {
            high
        } else {
            left + over - corner
        };
        let (near, step, reset) = (self.header.near, self.step, self.header.reset);
        let limit = self.limit;
        let index = index.unsigned_abs() as usize;
        let Some(&context) = self.contexts.get(index) else {
            return Err(Fault::damaged(NO_CODE));
        };
        let predicted = (predicted + sign * context.correction).clamp(0, largest);
        let order = context.order(context.magnitude);
        let mapped = self.code(order, limit)?;
        let mut error = if mapped & 1 == 0 {
            mapped >> 1
        } else {
            -(mapped >> 1) - 1
        };
        if near == 0 && order == 0 && 2 * context.bias <= -context.count {
            error = -error - 1;
        }
        if let Some(context) = self.contexts.get_mut(index) {
            context.learn(error, step, reset);
        }
        Ok(self.corrected(predicted, sign * error))
    }

    /// The class of a gradient, one of nine (A.3.3).
    fn class(&self, gradient: i32) -> i32 {
        let magnitude = gradient.abs();
        let class = if magnitude <= self.header.near {
            0
        } else {
            1 + (self.header.thresholds.iter())
                .filter(|&&from| magnitude >= from)
                .count() as i32
        };
        class * gradient.signum()
    }

    /// Number of pixels, of the `left` ones in the line, that repeat the previous one (A.7.1).
    fn run(&mut self, left: usize) -> Result<usize, Fault> {
        let mut run = 0;
        loop {
            let order = RUN_ORDERS.get(self.run_order).copied().unwrap_or(15);
            if self.bits.read(1)? == 0 {
                run += self.bits.read(order)? as usize;
                // The pixel that ends the run is in the line, too.
                return if run < left {
                    Ok(run)
                } else {
                    Err(Fault::damaged(NO_CODE))
                };
            }
            let length = 1 << order;
            if run + length <= left && self.run_order < 31 {
                self.run_order += 1;
            }
            run += length;
            if run >= left {
                return Ok(left);
            }
        }
    }

    /// Decodes the pixel that ends a run (A.7.2); `alike` if the neighbours `left` and `over` count as equal.
    fn run_end(&mut self, alike: bool, left: i32, over: i32) -> Result<i32, Fault> {
        let kind = i32::from(alike);
        let (predicted, sign) = if alike {
            (left, 1)
        } else {
            (over, if left > over { -1 } else { 1 })
        };
        let index = RUN_END + usize::from(alike);
        let Some(&context) = self.contexts.get(index) else {
            return Err(Fault::damaged(NO_CODE));
        };
        let half = if alike { context.count >> 1 } else { 0 };
        let magnitude = context.magnitude.saturating_add(half);
        let order = context.order(magnitude);
        let run_bits = RUN_ORDERS.get(self.run_order).copied().unwrap_or(15);
        let mapped = self.code(order, self.limit - run_bits - 1)?;
        let odd = (mapped + kind) & 1;
        let size = (mapped + kind + odd) / 2;
        let negative_is_odd = order != 0 || 2 * context.bias >= context.count;
        let error = if negative_is_odd == (odd == 1) {
            -size
        } else {
            size
        };
        let reset = self.header.reset;
        if let Some(context) = self.contexts.get_mut(index) {
            context.bias += i32::from(error < 0);
            context.magnitude = (context.magnitude).saturating_add((mapped + 1 - kind) >> 1);
            if context.count == reset {
                context.magnitude >>= 1;
                context.count >>= 1;
                context.bias >>= 1;
            }
            context.count += 1;
        }
        Ok(self.corrected(predicted, sign * error))
    }

    /// Decodes a mapped error: a Golomb code of this order, or its bits after a long row of zeros (A.5.3).
    fn code(&mut self, order: u32, limit: u32) -> Result<i32, Fault> {
        let escape = limit.saturating_sub(self.error_bits + 1);
        let zeros = self.bits.zeros(escape)?;
        let code = if zeros < escape {
            (zeros << order) | self.bits.read(order)?
        } else {
            self.bits.read(self.error_bits)? + 1
        };
        // No valid code exceeds twice the range.
        match i32::try_from(code) {
            Ok(code) if code <= 2 * self.range => Ok(code),
            _ => Err(Fault::damaged(NO_CODE)),
        }
    }

    /// A prediction plus its error, wrapped into the range of values.
    fn corrected(&self, predicted: i32, error: i32) -> i32 {
        let (near, largest) = (self.header.near, self.header.largest);
        let mut value = predicted + error * self.step;
        if value < -near {
            value += self.range * self.step;
        } else if value > largest + near {
            value -= self.range * self.step;
        }
        value.clamp(0, largest)
    }
}
