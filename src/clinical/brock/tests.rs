use proptest::prelude::*;

use super::*;

const PLAIN: BrockInputs = BrockInputs {
    age_years: 62,
    female: false,
    family_history: false,
    emphysema: false,
    diameter_mm: 4.0,
    density: Density::Solid,
    upper_lobe: false,
    nodules: 4,
    spiculation: Some(false),
};

fn probability(inputs: BrockInputs) -> f64 {
    inputs.risk().unwrap().probability
}

#[test]
fn the_known_cases_agree_to_six_digits() {
    let larger = BrockInputs {
        diameter_mm: 8.0,
        nodules: 1,
        ..PLAIN
    };
    let gravest = BrockInputs {
        age_years: 70,
        female: true,
        family_history: true,
        emphysema: true,
        diameter_mm: 15.0,
        density: Density::PartSolid,
        upper_lobe: true,
        nodules: 1,
        spiculation: Some(true),
    };
    for (inputs, with, without) in [
        (PLAIN, 0.001_124_6, 0.001_104_7),
        (larger, 0.017_158, 0.019_064),
        (gravest, 0.691_257, 0.571_430),
    ] {
        let unknown = BrockInputs {
            spiculation: None,
            ..inputs
        };
        assert!((probability(inputs) - with).abs() < 1e-6, "{inputs:?}");
        assert!((probability(unknown) - without).abs() < 1e-6, "{inputs:?}");
    }
}

#[test]
fn unknown_spiculation_uses_the_model_without_it() {
    let model = |spiculation| {
        let inputs = BrockInputs {
            spiculation,
            ..PLAIN
        };
        inputs.risk().unwrap().model
    };
    assert_eq!(model(None), BrockModel::FullWithoutSpiculation);
    assert_eq!(model(Some(false)), BrockModel::FullWithSpiculation);
    assert_eq!(model(Some(true)), BrockModel::FullWithSpiculation);
}

#[test]
fn inputs_out_of_range_are_refused() {
    for age_years in [0, 17, 131, 255] {
        let inputs = BrockInputs { age_years, ..PLAIN };
        assert_eq!(inputs.risk(), Err(BrockError::Age));
    }
    for diameter_mm in [0.0, -4.0, 0.09, 300.1, 1e9, f64::NAN, f64::INFINITY] {
        let inputs = BrockInputs {
            diameter_mm,
            ..PLAIN
        };
        assert_eq!(inputs.risk(), Err(BrockError::Diameter), "{diameter_mm}");
    }
    for nodules in [0, 1001] {
        let inputs = BrockInputs { nodules, ..PLAIN };
        assert_eq!(inputs.risk(), Err(BrockError::Nodules));
    }
}

/// Any inputs that are in range.
fn inputs() -> impl Strategy<Value = BrockInputs> {
    const DENSITIES: [Density; 3] = [Density::Solid, Density::PartSolid, Density::NonSolid];
    (
        18u8..=130,
        any::<[bool; 4]>(),
        0.1..300.0,
        proptest::sample::select(&DENSITIES[..]),
        1u16..=1000,
        proptest::option::of(any::<bool>()),
    )
        .prop_map(
            |(age_years, so, diameter_mm, density, nodules, spiculation)| BrockInputs {
                age_years,
                female: so[0],
                family_history: so[1],
                emphysema: so[2],
                diameter_mm,
                density,
                upper_lobe: so[3],
                nodules,
                spiculation,
            },
        )
}

proptest! {
    #[test]
    fn a_larger_nodule_never_has_a_lower_risk(inputs in inputs(), larger in 0.0..100.0) {
        let diameter_mm = f64::min(inputs.diameter_mm + larger, 300.0);
        let grown = BrockInputs { diameter_mm, ..inputs };
        prop_assert!(probability(grown) >= probability(inputs));
        prop_assert!((0.0..=1.0).contains(&probability(grown)));
    }

    #[test]
    fn every_risk_factor_raises_the_risk(inputs in inputs()) {
        let without = BrockInputs {
            female: false, family_history: false, emphysema: false, upper_lobe: false,
            spiculation: inputs.spiculation.map(|_| false),
            ..inputs
        };
        for with in [
            BrockInputs { female: true, ..without },
            BrockInputs { family_history: true, ..without },
            BrockInputs { emphysema: true, ..without },
            BrockInputs { upper_lobe: true, ..without },
            BrockInputs { spiculation: without.spiculation.map(|_| true), ..without },
        ] {
            prop_assert!(probability(with) >= probability(without));
        }
    }
}
