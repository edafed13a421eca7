//! The residual blocks of ResNet-50, read and packed on several threads.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use safetensors::SafeTensors;

use super::bottleneck::{Bottleneck, Middle};
use super::convolution::Convolution;
use super::kernels::table::KernelTable;
use super::plane::Plane;
use super::stem::Stem;
use super::winograd::Winograd;
use super::{FastError, weights};

/// Number of blocks in each stage of a ResNet-50.
const STAGES: [usize; 4] = [3, 4, 6, 3];

/// Index of a block: stage and number, from 0.
pub(super) type Place = (usize, usize);

/// The blocks of the first `depth` stages, stage by stage, each built by `block`. Packing 24 million weights takes most of the
/// loading time, so threads share it.
pub(super) fn stages<Block: Send>(
    threads: NonZeroUsize,
    depth: usize,
    block: impl Fn(Place) -> Result<Block, FastError> + Sync,
) -> Result<Vec<Vec<Block>>, FastError> {
    let blocks = |(stage, blocks): (usize, usize)| (0..blocks).map(move |block| (stage, block));
    let mut places: Vec<Place> = STAGES
        .into_iter()
        .take(depth)
        .enumerate()
        .flat_map(blocks)
        .collect();
    // The last blocks have the most weights; starting with those lets the threads finish at about the same
    // time.
    places.reverse();
    let next = AtomicUsize::new(0);
    let build = || {
        let place = || places.get(next.fetch_add(1, Ordering::Relaxed)).copied();
        std::iter::from_fn(place)
            .map(|place| Ok((place, block(place)?)))
            .collect::<Result<Vec<_>, FastError>>()
    };
    let parts = std::thread::scope(|scope| {
        let spawn = |_| std::thread::Builder::new().spawn_scoped(scope, build);
        // If the system cannot create a thread, this one does the work.
        let helpers: Vec<_> = (1..threads.get().min(places.len()))
            .flat_map(spawn)
            .collect();
        let mut parts = vec![build()];
        for helper in helpers {
            match helper.join() {
                Ok(part) => parts.push(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        parts
    });
    let mut built = Vec::with_capacity(places.len());
    for part in parts {
        built.extend(part?);
    }
    built.sort_by_key(|(place, _)| *place);
    let mut stages: Vec<Vec<Block>> = STAGES
        .into_iter()
        .take(depth)
        .map(Vec::with_capacity)
        .collect();
    for ((stage, _), block) in built {
        if let Some(blocks) = stages.get_mut(stage) {
            blocks.push(block);
        }
    }
    Ok(stages)
}

/// Input shape of a block: the output of the block before it, or of the stem.
fn input((stage, block): Place) -> Plane {
    let from = if block == 0 {
        stage.checked_sub(1)
    } else {
        Some(stage)
    };
    match from {
        None => Stem::OUTPUT,
        Some(stage) => Plane {
            channels: 256 << stage,
            side: Stem::OUTPUT.side >> stage,
            border: 0,
        },
    }
}

/// A block for single precision.
pub(super) fn bottleneck(
    file: &SafeTensors<'_>,
    table: &'static KernelTable,
    place: Place,
) -> Result<Bottleneck, FastError> {
    let (stage, block) = place;
    let name = format!("layer{}.{block}", stage + 1);
    let channels = 64 << stage;
    let input = input(place);
    let narrow = Plane {
        channels,
        side: input.side,
        border: 1,
    };
    let middle = Plane {
        channels,
        side: Stem::OUTPUT.side >> stage,
        border: 0,
    };
    let output = Plane {
        channels: 4 * channels,
        ..middle
    };
    let parts = |conv: &str, norm: &str, from: Plane, to: Plane, side: usize| {
        let name = |part: &str| format!("{name}.{part}");
        let filters = weights::filters(file, &name(conv), to.channels, from.channels, side)?;
        Ok::<_, FastError>((
            filters,
            weights::batch_norm(file, &name(norm), to.channels)?,
        ))
    };
    let direct = |conv: &str, norm: &str, from: Plane, to: Plane, side: usize, relu: bool| {
        let (filters, affine) = parts(conv, norm, from, to, side)?;
        Ok::<_, FastError>(Convolution::new(table, &filters, affine, relu, from, to))
    };
    let winograd = |size: usize| {
        let (filters, affine) = parts("conv2", "bn2", narrow, middle, 3)?;
        let winograd = Winograd::new(table, &filters, affine, size, narrow, middle);
        Ok::<_, FastError>(Middle::Winograd(winograd))
    };
    Ok(Bottleneck {
        first: direct("conv1", "bn1", input, narrow, 1, true)?,
        // Measured: tiles of 4 × 4 save the most where few weights have to be stored four times; at 7 × 7
        // pixels there are too few tiles to compensate for the weights.
        middle: match (narrow.side == middle.side, stage) {
            (true, 0 | 1) => winograd(4)?,
            (true, 2) => winograd(2)?,
            _ => Middle::Direct(direct("conv2", "bn2", narrow, middle, 3, true)?),
        },
        last: direct("conv3", "bn3", middle, output, 1, true)?,
        around: match block {
            0 => Some(direct(
                "downsample.0",
                "downsample.1",
                input,
                output,
                1,
                false,
            )?),
            _ => None,
        },
        narrow: 0,
    })
}
