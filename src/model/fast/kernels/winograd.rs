//! Winograd's minimal filtering for 3×3 convolutions: the transforms before and after the products.
//!
//! An output tile of `SIZE` × `SIZE` pixels needs (`SIZE` + 2)² products for each pair of channels, instead of
//! 9 `SIZE`²: 2.25 times fewer for 2 × 2, 4 times fewer for 4 × 4. A. Lavin and S. Gray, "Fast Algorithms for
//! Convolutional Neural Networks", CVPR 2016, with the points 0, ±1 (, ±2), ∞.

use super::vector::Vector;
use crate::model::fast::block::CHANNELS;

/// One tile of input, sixteen channels. Strides are in values.
#[derive(Debug, Clone, Copy)]
pub struct InputTile {
    /// Top left of (`SIZE` + 2)² pixels.
    pub input: *const f32,
    pub input_row: usize,
    pub output: *mut f32,
    /// Stride from one of the (`SIZE` + 2)² outputs to the next.
    pub output_step: usize,
}

/// One tile of products, sixteen channels. Strides are in values.
#[derive(Debug, Clone, Copy)]
pub struct OutputTile {
    pub input: *const f32,
    /// Stride from one of the (`SIZE` + 2)² products to the next.
    pub input_step: usize,
    /// Top left of `SIZE`² pixels.
    pub output: *mut f32,
    pub output_row: usize,
    /// Batch norm of the sixteen channels; a ReLU follows.
    pub factor: *const f32,
    pub addend: *const f32,
}

/// A transform of an input tile.
///
/// # Safety
/// The processor must have the instruction set that the kernel was built for; all addresses of the tile must be
/// inside its buffers, which no other thread may access during the call, except to read the input.
pub type TransformInput = unsafe fn(&InputTile);

/// A transform of a tile of products.
///
/// # Safety
/// As [`TransformInput`].
pub type TransformOutput = unsafe fn(&OutputTile);

/// The input transform along one axis; uses the first `SIZE + 2` of six values.
#[inline(always)]
unsafe fn spread<V: Vector, const SIZE: usize>(d: [V; 6]) -> [V; 6] {
    // SAFETY: only register arithmetic; the caller guarantees the instruction set.
    unsafe {
        if SIZE == 2 {
            return [
                d[0].subtract(d[2]),
                d[1].add(d[2]),
                d[2].subtract(d[1]),
                d[1].subtract(d[3]),
                d[4],
                d[5],
            ];
        }
        let even = d[2].multiply_add(V::splat(-4.0), d[4]);
        let odd = d[1].multiply_add(V::splat(-4.0), d[3]);
        let outer_even = d[4].subtract(d[2]);
        let outer_odd = d[3].subtract(d[1]);
        let two = V::splat(2.0);
        [
            d[0].multiply_add(V::splat(4.0), d[2].multiply_add(V::splat(-5.0), d[4])),
            even.add(odd),
            even.subtract(odd),
            outer_odd.multiply_add(two, outer_even),
            outer_odd.multiply_add(V::splat(-2.0), outer_even),
            d[1].multiply_add(V::splat(4.0), d[3].multiply_add(V::splat(-5.0), d[5])),
        ]
    }
}

/// The output transform along one axis; returns `SIZE` of four values.
#[inline(always)]
unsafe fn gather<V: Vector, const SIZE: usize>(m: [V; 6]) -> [V; 4] {
    // SAFETY: only register arithmetic; the caller guarantees the instruction set.
    unsafe {
        let sum = m[1].add(m[2]);
        let difference = m[1].subtract(m[2]);
        if SIZE == 2 {
            return [m[0].add(sum), difference.subtract(m[3]), m[4], m[5]];
        }
        let outer_sum = m[3].add(m[4]);
        let outer_difference = m[3].subtract(m[4]);
        [
            m[0].add(sum).add(outer_sum),
            outer_difference.multiply_add(V::splat(2.0), difference),
            outer_sum.multiply_add(V::splat(4.0), sum),
            outer_difference
                .multiply_add(V::splat(8.0), difference)
                .add(m[5]),
        ]
    }
}

/// The body of every input transform.
///
/// # Safety
/// As [`TransformInput`].
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "rows and columns are positions, in memory and in registers alike"
)]
pub unsafe fn transform_input<V: Vector, const SIZE: usize>(call: &InputTile) {
    // SAFETY: guaranteed by the caller: (`SIZE` + 2)² pixels in, as many blocks out.
    unsafe {
        for channel in (0..CHANNELS).step_by(V::WIDTH) {
            let input = call.input.add(channel);
            let output = call.output.add(channel);
            let mut columns = [[V::zero(); 6]; 6];
            for column in 0..SIZE + 2 {
                let mut pixels = [V::zero(); 6];
                for row in 0..SIZE + 2 {
                    pixels[row] = V::load(input.add(row * call.input_row + column * CHANNELS));
                }
                columns[column] = spread::<V, SIZE>(pixels);
            }
            for row in 0..SIZE + 2 {
                let mut along = [V::zero(); 6];
                for column in 0..SIZE + 2 {
                    along[column] = columns[column][row];
                }
                let done = spread::<V, SIZE>(along);
                for column in 0..SIZE + 2 {
                    done[column].store(output.add((row * (SIZE + 2) + column) * call.output_step));
                }
            }
        }
    }
}

/// The body of every output transform.
///
/// # Safety
/// As [`TransformOutput`].
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "rows and columns are positions, in memory and in registers alike"
)]
pub unsafe fn transform_output<V: Vector, const SIZE: usize>(call: &OutputTile) {
    // SAFETY: guaranteed by the caller: (`SIZE` + 2)² blocks in, `SIZE`² pixels out, one block of factors and
    // addends.
    unsafe {
        for channel in (0..CHANNELS).step_by(V::WIDTH) {
            let input = call.input.add(channel);
            let output = call.output.add(channel);
            let (factor, addend) = (
                V::load(call.factor.add(channel)),
                V::load(call.addend.add(channel)),
            );
            let mut columns = [[V::zero(); 4]; 6];
            for column in 0..SIZE + 2 {
                let mut products = [V::zero(); 6];
                for row in 0..SIZE + 2 {
                    products[row] =
                        V::load(input.add((row * (SIZE + 2) + column) * call.input_step));
                }
                columns[column] = gather::<V, SIZE>(products);
            }
            for row in 0..SIZE {
                let mut along = [V::zero(); 6];
                for column in 0..SIZE + 2 {
                    along[column] = columns[column][row];
                }
                let done = gather::<V, SIZE>(along);
                for column in 0..SIZE {
                    done[column]
                        .multiply_add(factor, addend)
                        .max(V::zero())
                        .store(output.add(row * call.output_row + column * CHANNELS));
                }
            }
        }
    }
}
