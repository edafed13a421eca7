//! The windows of a convolution as matrix rows (im2col), so that the convolution is one matrix product; and the
//! reverse for gradients (col2im).

use rayon::prelude::*;

use crate::model::layers::Convolution;

/// Number of pixels in a thread's chunk.
const PIXELS_TOGETHER: usize = 16;

/// Copies every output pixel's window from `images`, `(batch, side, side, inputs)`, to `windows`, `(batch ·
/// pixels, filter · filter · inputs)`. Zeros outside the picture.
pub fn gather(layer: &Convolution, images: &[f32], windows: &mut [f32]) {
    let image = layer.side * layer.side * layer.inputs;
    let rows = windows.par_chunks_mut(layer.window());
    rows.with_min_len(PIXELS_TOGETHER)
        .enumerate()
        .for_each(|(row, window)| {
            let (number, pixel) = (row / layer.pixels(), row % layer.pixels());
            let image = &images[number * image..(number + 1) * image];
            for (tap, channels) in window.chunks_exact_mut(layer.inputs).enumerate() {
                match under(layer, pixel, tap) {
                    Some(at) => {
                        let at = at * layer.inputs;
                        channels.copy_from_slice(&image[at..at + layer.inputs]);
                    }
                    None => channels.fill(0.0),
                }
            }
        });
}

/// Adds every value of `windows` to the position in `images` that [`gather`] read it from.
pub fn scatter_onto(layer: &Convolution, windows: &[f32], images: &mut [f32]) {
    let image = layer.side * layer.side * layer.inputs;
    let rows = layer.pixels() * layer.window();
    // Windows of one image overlap, so one thread processes an image: the order of additions is deterministic.
    (images.par_chunks_mut(image).zip(windows.par_chunks(rows))).for_each(|(image, windows)| {
        for (pixel, window) in windows.chunks_exact(layer.window()).enumerate() {
            for (tap, channels) in window.chunks_exact(layer.inputs).enumerate() {
                if let Some(at) = under(layer, pixel, tap) {
                    let at = at * layer.inputs;
                    let into = image[at..at + layer.inputs].iter_mut();
                    into.zip(channels).for_each(|(sum, value)| *sum += value);
                }
            }
        }
    });
}

/// Index of the input pixel under a tap of the filter at an output pixel, if there is one.
fn under(layer: &Convolution, pixel: usize, tap: usize) -> Option<usize> {
    let padding = layer.filter / 2;
    let place = |out: usize, tap: usize| {
        let place = (out * layer.stride + tap).checked_sub(padding)?;
        (place < layer.side).then_some(place)
    };
    let row = place(pixel / layer.side_out(), tap / layer.filter)?;
    let column = place(pixel % layer.side_out(), tap % layer.filter)?;
    Some(row * layer.side + column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(side: usize, filter: usize, stride: usize) -> Convolution {
        Convolution {
            name: String::new(),
            norm: String::new(),
            inputs: 2,
            outputs: 1,
            filter,
            stride,
            side,
            weight: 0..filter * filter * 2,
            bias: 0..1,
        }
    }

    #[test]
    fn a_window_contains_the_pixels_around_its_own_and_zeros_outside() {
        let layer = layer(3, 3, 2);
        let image: Vec<f32> = (0..18).map(|value| 1.0 + value as f32).collect();
        let mut windows = vec![f32::NAN; 4 * 18];
        gather(&layer, &image, &mut windows);
        let first = [
            0., 0., 0., 0., 0., 0., 0., 0., 1., 2., 3., 4., 0., 0., 7., 8., 9., 10.,
        ];
        assert_eq!(windows[..18], first);
    }

    #[test]
    fn scattering_is_the_transpose_of_gathering() {
        // ⟨gather(x), y⟩ = ⟨x, scatter(y)⟩ for every shape in use.
        for (side, filter, stride) in [(4, 3, 1), (4, 3, 2), (5, 3, 2), (4, 1, 2)] {
            let layer = layer(side, filter, stride);
            let wave = |count: usize, pace: f32| -> Vec<f32> {
                (0..count).map(|at| (pace * at as f32).sin()).collect()
            };
            let images = wave(2 * side * side * 2, 0.7);
            let windows = wave(2 * layer.pixels() * layer.window(), 1.3);
            let mut gathered = vec![0.0; windows.len()];
            gather(&layer, &images, &mut gathered);
            let mut scattered = vec![0.0; images.len()];
            scatter_onto(&layer, &windows, &mut scattered);
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
            let (left, right) = (dot(&gathered, &windows), dot(&images, &scattered));
            assert!((left - right).abs() < 1e-4, "{left} and {right}");
        }
    }
}
