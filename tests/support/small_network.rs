//! A network like ResNet-50 but small, with weights from a formula, so that training takes moments.

use super::Config;
use safetensors::tensor::{Dtype, TensorView};

/// Two channels where ResNet-50 has sixty-four, and seven bottlenecks.
pub const SMALL: Config = Config {
    width: 2,
    blocks: [1, 2, 2, 2],
};

/// The weight file of a network of this size, under torchvision's names.
pub fn weight_file(config: &Config) -> Vec<u8> {
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    let mut tensor = |name: String, shape: Vec<usize>, centre: f32, swing: f32| {
        let mut state = name
            .bytes()
            .fold(1_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte));
        let values = (0..shape.iter().product::<usize>()).flat_map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let even = (state >> 40) as f32 / (1 << 23) as f32 - 1.0;
            (centre + swing * even).to_le_bytes()
        });
        let values = values.collect();
        tensors.push((name, shape, values));
    };
    let mut convolution = |conv: String, norm: String, shape: [usize; 4]| {
        let fan_in: usize = shape[1..].iter().product();
        let swing = 2.4 / (fan_in as f32).sqrt();
        tensor(format!("{conv}.weight"), shape.to_vec(), 0.0, swing);
        for (part, centre, swing) in [
            ("weight", 1.0, 0.2),
            ("bias", 0.1, 0.1),
            ("running_mean", 0.0, 0.1),
            ("running_var", 1.0, 0.3),
        ] {
            tensor(format!("{norm}.{part}"), vec![shape[0]], centre, swing);
        }
    };
    convolution("conv1".into(), "bn1".into(), [config.width, 3, 7, 7]);
    let mut inputs = config.width;
    for (stage, &blocks) in config.blocks.iter().enumerate() {
        let width = config.width << stage;
        for block in 0..blocks {
            let at = format!("layer{}.{block}", stage + 1);
            for (number, shape) in [
                [width, inputs, 1, 1],
                [width, width, 3, 3],
                [4 * width, width, 1, 1],
            ]
            .into_iter()
            .enumerate()
            {
                let number = number + 1;
                convolution(
                    format!("{at}.conv{number}"),
                    format!("{at}.bn{number}"),
                    shape,
                );
            }
            if block == 0 {
                let around = [4 * width, inputs, 1, 1];
                let (conv, norm) = (format!("{at}.downsample.0"), format!("{at}.downsample.1"));
                convolution(conv, norm, around);
            }
            inputs = 4 * width;
        }
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
        )
    });
    safetensors::serialize(views, None).unwrap()
}
