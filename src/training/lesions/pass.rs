//! Forward and backward pass of the trained layers of the lesion reader.

use rayon::prelude::*;

use super::canvas::Target;
use super::layers::LesionLayers;
use super::loss::{self, Loss};
use crate::model::lesions::MAP;
use crate::model::lesions::head::{DEEP, HIDDEN, NEAR, OUTPUTS};
use crate::model::product::{Matrix, multiply};
use crate::training::tuning::pass::{Back, block_backward, block_forward};
use crate::training::tuning::scratch::Scratch as TrunkScratch;

/// Rows, and columns, of the third stage.
pub(super) const COARSE: usize = MAP / 2;

/// Buffers of a forward and a backward pass, allocated once.
#[derive(Debug)]
pub struct Scratch {
    trunk: TrunkScratch,
    /// `(images · places, HIDDEN)`, after the ReLU.
    hidden: Vec<f32>,
    hidden_gradients: Vec<f32>,
    /// `(images · places / 4, HIDDEN)`
    coarse: Vec<f32>,
    near_gradients: Vec<f32>,
    /// `(images · places, OUTPUTS)`
    pub outputs: Vec<f32>,
}

impl Scratch {
    /// For up to `images` images at once.
    pub fn new(layers: &LesionLayers, images: usize) -> Self {
        let places = images * MAP * MAP;
        Self {
            trunk: TrunkScratch::new(&layers.trunk, images, true),
            hidden: vec![0.0; places * HIDDEN],
            hidden_gradients: vec![0.0; places * HIDDEN],
            coarse: vec![0.0; places / 4 * HIDDEN],
            near_gradients: vec![0.0; places * NEAR],
            outputs: vec![0.0; places * OUTPUTS],
        }
    }
}

/// Runs `images`, `(images, 56, 56, 256)` as they leave the first stage, through the learnt layers: the outputs of every
/// place, `(images · places, 3)`, are in `scratch` then.
pub fn forward(layers: &LesionLayers, parameters: &[f32], images: &[f32], scratch: &mut Scratch) {
    let count = images.len() / layers.trunk.image().max(1);
    let mut input = images;
    let mut rest = &mut scratch.trunk.blocks[..];
    for block in &layers.trunk.blocks {
        let Some((own, behind)) = rest.split_first_mut() else {
            break;
        };
        block_forward(block, parameters, input, own, count);
        input = &own.output[..count * block.last.pixels() * block.last.outputs];
        rest = behind;
    }
    let places = count * MAP * MAP;
    let (near, deep) = stages(layers, &scratch.trunk, count);
    let hidden = &mut scratch.hidden[..places * HIDDEN];
    let weights = |range: &std::ops::Range<usize>, rows, columns| {
        Matrix::new(&parameters[range.clone()], rows, columns)
    };
    multiply(hidden, near, weights(&layers.near, HIDDEN, NEAR).turned());
    let coarse = &mut scratch.coarse[..places / 4 * HIDDEN];
    multiply(coarse, deep, weights(&layers.deep, HIDDEN, DEEP).turned());
    let bias = &parameters[layers.hidden_bias.clone()];
    let coarse = &*coarse;
    hidden
        .par_chunks_mut(HIDDEN)
        .enumerate()
        .for_each(|(place, row)| {
            let under = under(place) * HIDDEN;
            let both = coarse[under..under + HIDDEN].iter().zip(bias);
            for (value, (coarse, bias)) in row.iter_mut().zip(both) {
                *value = (*value + coarse + bias).max(0.0);
            }
        });
    let outputs = &mut scratch.outputs[..places * OUTPUTS];
    let hidden = Matrix::new(hidden, places, HIDDEN);
    multiply(
        outputs,
        hidden,
        weights(&layers.output, OUTPUTS, HIDDEN).turned(),
    );
    let bias = &parameters[layers.output_bias.clone()];
    for row in outputs.chunks_exact_mut(OUTPUTS) {
        row.iter_mut()
            .zip(bias)
            .for_each(|(value, bias)| *value += bias);
    }
}

/// The place of the third stage under a place of the map; both counted through all images.
pub(super) fn under(place: usize) -> usize {
    let (image, place) = (place / (MAP * MAP), place % (MAP * MAP));
    (image * COARSE + place / MAP / 2) * COARSE + place % MAP / 2
}

/// Outputs of the second and the third stage, a row for each pixel.
fn stages<'a>(
    layers: &LesionLayers,
    trunk: &'a TrunkScratch,
    count: usize,
) -> (Matrix<'a>, Matrix<'a>) {
    let third = layers.third_stage();
    let near = count * MAP * MAP;
    let deep = count * COARSE * COARSE;
    (
        Matrix::new(&trunk.blocks[third - 1].output[..near * NEAR], near, NEAR),
        Matrix::new(
            &trunk.blocks[trunk.blocks.len() - 1].output[..deep * DEEP],
            deep,
            DEEP,
        ),
    )
}

/// The loss of `images` held against `targets`, `(images · places)`; writes its gradient for every parameter.
pub fn backward(
    layers: &LesionLayers,
    parameters: &[f32],
    images: &[f32],
    targets: &[Target],
    scratch: &mut Scratch,
    gradients: &mut [f32],
) -> Loss {
    forward(layers, parameters, images, scratch);
    let count = images.len() / layers.trunk.image().max(1);
    let places = count * MAP * MAP;
    let mut slopes = vec![0.0; places * OUTPUTS];
    let cost = loss::loss(&scratch.outputs[..places * OUTPUTS], targets, &mut slopes);

    // The output and the hidden layer.
    let slopes = Matrix::new(&slopes, places, OUTPUTS);
    let hidden = Matrix::new(&scratch.hidden[..places * HIDDEN], places, HIDDEN);
    multiply(
        &mut gradients[layers.output.clone()],
        slopes.turned(),
        hidden,
    );
    let ones = vec![1.0; places];
    let ones = Matrix::new(&ones, 1, places);
    multiply(&mut gradients[layers.output_bias.clone()], ones, slopes);
    let output = Matrix::new(&parameters[layers.output.clone()], OUTPUTS, HIDDEN);
    let hidden_gradients = &mut scratch.hidden_gradients[..places * HIDDEN];
    multiply(hidden_gradients, slopes, output);
    (hidden_gradients
        .par_iter_mut()
        .zip(&scratch.hidden[..places * HIDDEN]))
    .for_each(|(gradient, value)| {
        if *value <= 0.0 {
            *gradient = 0.0;
        }
    });
    let coarse = &mut scratch.coarse[..places / 4 * HIDDEN];
    coarse.fill(0.0);
    for (place, row) in hidden_gradients.chunks_exact(HIDDEN).enumerate() {
        let under = under(place) * HIDDEN;
        let sums = coarse[under..under + HIDDEN].iter_mut();
        sums.zip(row).for_each(|(sum, value)| *sum += value);
    }
    let fine = Matrix::new(hidden_gradients, places, HIDDEN);
    let coarse = Matrix::new(coarse, places / 4, HIDDEN);
    multiply(&mut gradients[layers.hidden_bias.clone()], ones, fine);
    let (near, deep) = stages(layers, &scratch.trunk, count);
    multiply(&mut gradients[layers.near.clone()], fine.turned(), near);
    multiply(&mut gradients[layers.deep.clone()], coarse.turned(), deep);
    let weights = |range: &std::ops::Range<usize>, columns| {
        Matrix::new(&parameters[range.clone()], HIDDEN, columns)
    };
    let near_gradients = &mut scratch.near_gradients[..places * NEAR];
    multiply(near_gradients, fine, weights(&layers.near, NEAR));
    let trunk = &mut scratch.trunk;
    multiply(
        &mut trunk.trunk[0][..places / 4 * DEEP],
        coarse,
        weights(&layers.deep, DEEP),
    );

    // The trunk; where the second stage ends, the head's own gradient comes in.
    for (number, block) in layers.trunk.blocks.iter().enumerate().rev() {
        let (before, own) = trunk.blocks.split_at_mut(number);
        let input = before.last().map_or(images, |before| &before.output);
        let Some(own) = own.first() else { break };
        let back = Back {
            parameters,
            input: &input[..count * block.first.side * block.first.side * block.first.inputs],
            own,
            count,
            further: number > 0,
        };
        let [given, taken] = &mut trunk.trunk;
        let swapped = block_backward(
            block,
            &back,
            given,
            taken,
            &mut trunk.narrow,
            &mut trunk.windows,
            gradients,
        );
        if swapped {
            trunk.trunk.swap(0, 1);
        }
        if number == layers.third_stage() {
            let pairs = trunk.trunk[0][..places * NEAR]
                .par_iter_mut()
                .zip(&*near_gradients);
            pairs.for_each(|(sum, value)| *sum += value);
        }
    }
    cost
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::training::rng::{self, Purpose};

    #[test]
    fn the_gradient_matches_a_finite_difference() {
        let layers = LesionLayers::new();
        let mut rng = rng::of(3, Purpose::Head, &[0]);
        let mut trunk = vec![0.0_f32; layers.trunk.parameters];
        for layer in layers.trunk.convolutions() {
            // Small enough that sixteen residual blocks do not grow their input without bound.
            let reach = 0.5 * (3.0 / layer.window() as f32).sqrt();
            for value in &mut trunk[layer.weight.clone()] {
                *value = rng.random_range(-reach..reach);
            }
        }
        let mut parameters = layers.start(&trunk, &mut rng);
        parameters[layers.output_bias.start] = 0.0;
        let images: Vec<f32> = (0..layers.trunk.image())
            .map(|_| rng.random_range(0.0..1.0))
            .collect();
        let targets: Vec<Target> = (0..MAP * MAP)
            .map(|place| Target {
                lesion: (place % 5 != 0).then_some(place % 3 == 0),
                malignancy: (place % 3 == 0).then_some(0.75),
                size: (place % 3 == 0).then_some(0.4),
                ..Target::default()
            })
            .collect();
        let mut scratch = Scratch::new(&layers, 1);
        let mut gradients = vec![0.0; layers.parameters];
        backward(
            &layers,
            &parameters,
            &images,
            &targets,
            &mut scratch,
            &mut gradients,
        );
        let length = gradients
            .iter()
            .map(|slope| f64::from(*slope).powi(2))
            .sum::<f64>()
            .sqrt();
        let step = 2e-3 / length as f32;
        let mut cost = |by: f32| -> f64 {
            let moved: Vec<f32> = (parameters.iter().zip(&gradients))
                .map(|(value, slope)| value + by * slope)
                .collect();
            forward(&layers, &moved, &images, &mut scratch);
            let places = MAP * MAP * OUTPUTS;
            let cost = loss::loss(&scratch.outputs[..places], &targets, &mut vec![0.0; places]);
            f64::from(cost.total())
        };
        let change = (cost(step) - cost(-step)) / f64::from(2.0 * step);
        let expected = length * length;
        assert!(
            (change / expected - 1.0).abs() < 0.03,
            "{change} and {expected}"
        );
    }
}
