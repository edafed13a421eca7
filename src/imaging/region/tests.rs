use super::*;

/// A ball of soft tissue in lung, each voxel by the share of it that the ball fills.
fn ball(diameter_mm: f64, spacing_mm: [f64; 3], shift: [f64; 3]) -> Crop {
    let size = spacing_mm.map(|mm| 2 * ((diameter_mm / mm).ceil() as usize + 3) + 1);
    let middle = [0, 1, 2].map(|axis| ((size[axis] / 2) as f64 + shift[axis]) * spacing_mm[axis]);
    let count: usize = size.iter().product();
    let mut crop = Crop {
        values: vec![-860; count],
        size,
        origin: [0; 3],
        spacing_mm,
        seed: size.map(|length| length / 2),
        stepped: true,
        cut: [[true; 2]; 3],
    };
    for index in 0..count {
        let place = crop.place(index);
        let mut filled = 0;
        for sample in 0..216 {
            let parts = [sample / 36, sample / 6 % 6, sample % 6];
            let away = (0..3).map(|axis| {
                let at = place[axis] as f64 + (parts[axis] as f64 + 0.5) / 6.0 - 0.5;
                (at * spacing_mm[axis] - middle[axis]).powi(2)
            });
            filled += i32::from(away.sum::<f64>().sqrt() * 2.0 < diameter_mm);
        }
        crop.values[index] = (-860 + 900 * filled / 216) as i16;
    }
    crop
}

#[test]
fn a_ball_is_as_wide_as_it_was_made() {
    for (diameter, spacing, shift) in [
        (6.0, [1.0, 0.7, 0.7], [0.2, 0.3, -0.4]),
        (12.0, [1.25, 0.6, 0.6], [0.4, 0.1, 0.2]),
        (20.0, [2.5, 0.8, 0.8], [0.3, -0.3, 0.5]),
    ] {
        let crop = ball(diameter, spacing, shift);
        let region = in_crop(&crop, SOLID_HU, &Cancel::default())
            .unwrap()
            .unwrap();
        let mean = region.mean_diameter_mm();
        assert!((mean - diameter).abs() < 0.5, "{diameter}: {mean}");
        let volume = std::f64::consts::PI / 6.0 * diameter.powi(3);
        assert!(
            (region.volume_mm3 / volume - 1.0).abs() < 0.12,
            "{diameter}: {}",
            region.volume_mm3
        );
        let [long, short] = [region.long, region.short]
            .map(|line| [line.to[0] - line.from[0], line.to[1] - line.from[1]]);
        let cosine = (long[0] * short[0] + long[1] * short[1]) * spacing[1] * spacing[2]
            / (region.long.mm * region.short.mm);
        assert!(cosine.abs() < 1e-6);
    }
}
