//! The shipped networks in bfloat16 and in single precision: the same decisions.

use std::path::Path;

use lunny::clinical::assessment::Assessment;
use lunny::config::{Config, Options, PrecisionChoice};
use lunny::imaging::phantom::{Grid, Phantom};
use lunny::model::series::{self, PartialAnalysis, SeriesAnalysis};
use lunny::model::{Cancel, Engine, Loaded};

fn loaded(home: &Path, precision: PrecisionChoice) -> Loaded {
    let options = Options {
        home: Some(home.into()),
        precision: Some(precision),
        ..Options::default()
    };
    lunny::model::load(&Config::load(&options).unwrap()).unwrap()
}

fn analysed(engine: &dyn Engine) -> SeriesAnalysis {
    let series = Phantom::new(3).series(&Grid::chest(128, 2.4, 2, 5.0));
    let (cancel, so_far) = (Cancel::default(), PartialAnalysis::default());
    series::analyse(engine, &series, &cancel, &so_far, &mut |_, _| {}).unwrap()
}

fn assert_alike(one: &Assessment, other: &Assessment) {
    assert_eq!(one.classification, other.classification);
    assert_eq!(one.training_range, other.training_range);
    let probabilities = [one, other].map(Assessment::malignancy_probability);
    if let [Some(one), Some(other)] = probabilities {
        assert!((one - other).abs() < 0.01, "{one} and {other}");
    }
}

#[test]
fn a_series_gets_the_same_decisions_in_either_precision_and_the_same_answer_twice() {
    let home = tempfile::tempdir().unwrap();
    let single = loaded(home.path(), PrecisionChoice::F32).engine;
    let mixed = loaded(home.path(), PrecisionChoice::Bf16).engine;
    assert!(!single.runs_on().contains("bfloat16"));
    let (expected, got) = (analysed(&*single), analysed(&*mixed));
    assert_alike(&got.exam.assessment, &expected.exam.assessment);
    assert_eq!(got.exam.suspicious, expected.exam.suspicious);
    let lesions = |analysis: &SeriesAnalysis| {
        let lesions = analysis.exam.assessment.lesions.iter();
        lesions.map(|lesion| lesion.slice).collect::<Vec<_>>()
    };
    assert_eq!(lesions(&got), lesions(&expected));
    for (got, expected) in got.slices.iter().zip(&expected.slices) {
        match (got.assessment(), expected.assessment()) {
            (Some(got), Some(expected)) => assert_alike(got, expected),
            (got, expected) => assert_eq!(got, expected),
        }
    }
    assert_eq!(analysed(&*mixed), got);
}
