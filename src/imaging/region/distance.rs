//! Distances to the nearest voxel of a set.

/// Squared distance in mm² from every voxel to the nearest one for which `is_in` says yes, exact, by three passes of
/// lower envelopes (Felzenszwalb and Huttenlocher, Theory of Computing 2012;8:415–428). Infinite when there is none.
pub(super) fn squared(
    size: [usize; 3],
    spacing_mm: [f64; 3],
    is_in: impl Fn(usize) -> bool,
) -> Vec<f32> {
    let count = size.iter().product();
    let mut distances: Vec<f32> = (0..count)
        .map(|index| if is_in(index) { 0.0 } else { f32::INFINITY })
        .collect();
    let strides = [size[1] * size[2], size[2], 1];
    let mut line = Vec::new();
    let mut envelope = Envelope::default();
    for axis in [2, 1, 0] {
        let (length, stride) = (size[axis], strides[axis]);
        if length == 1 {
            continue;
        }
        for start in (0..count).filter(|index| index / stride % length == 0) {
            line.clear();
            line.extend((0..length).map(|step| f64::from(distances[start + step * stride])));
            envelope.build(&line, spacing_mm[axis]);
            for step in 0..length {
                distances[start + step * stride] = envelope.at(&line, step, spacing_mm[axis]);
            }
        }
    }
    distances
}

/// The lowest of the parabolas over a line: which one, and from where on.
#[derive(Debug, Default)]
struct Envelope {
    parabolas: Vec<(usize, f64)>,
    current: usize,
}

impl Envelope {
    fn build(&mut self, line: &[f64], spacing: f64) {
        self.parabolas.clear();
        self.current = 0;
        for (step, &height) in line
            .iter()
            .enumerate()
            .filter(|(_, height)| height.is_finite())
        {
            let x = step as f64 * spacing;
            let mut from = f64::NEG_INFINITY;
            while let Some(&(last, begins)) = self.parabolas.last() {
                let last_x = last as f64 * spacing;
                let crossing =
                    (height + x * x - line[last] - last_x * last_x) / (2.0 * (x - last_x));
                if crossing > begins {
                    from = crossing;
                    break;
                }
                self.parabolas.pop();
            }
            self.parabolas.push((step, from));
        }
    }

    /// Its height at a step; steps are asked for in rising order.
    fn at(&mut self, line: &[f64], step: usize, spacing: f64) -> f32 {
        let x = step as f64 * spacing;
        while (self.parabolas.get(self.current + 1)).is_some_and(|&(_, begins)| begins <= x) {
            self.current += 1;
        }
        match self.parabolas.get(self.current) {
            Some(&(at, _)) => ((at as f64 * spacing - x).powi(2) + line[at]) as f32,
            None => f32::INFINITY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_trying_every_pair() {
        let (size, spacing) = ([4, 5, 6], [2.5, 0.7, 0.9]);
        let marked = |index: usize| index % 37 == 5;
        let place = |index: usize| [index / 30, index / 6 % 5, index % 6];
        let found = squared(size, spacing, marked);
        for (index, &distance) in found.iter().enumerate() {
            let here = place(index);
            let every = (0..120).filter(|&other| marked(other)).map(|other| {
                let there = place(other);
                (0..3)
                    .map(|axis| ((here[axis] as f64 - there[axis] as f64) * spacing[axis]).powi(2))
                    .sum::<f64>()
            });
            let nearest = every.fold(f64::INFINITY, f64::min);
            assert!((f64::from(distance) - nearest).abs() < 1e-4, "{index}");
        }
    }
}
