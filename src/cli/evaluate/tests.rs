//! Outcomes of slices and their output, without a network.

use super::*;
use crate::model::fake::FakeEngine;

/// Set of three classes with the named slices; those named `absent…` have no file.
fn set(folder: &Path, files: &[(&str, Class)]) -> EvaluationSet {
    let slices = files.iter().enumerate().map(|(case, (name, class))| {
        let path = folder.join(name);
        if !name.starts_with("absent") {
            image::GrayImage::new(8, 8).save(&path).unwrap();
        }
        Slice {
            path,
            class: *class,
            case: case / 2,
        }
    });
    EvaluationSet {
        slices: slices.collect(),
        cases: files.len().div_ceil(2),
        cases_known: true,
        left_out: 0,
    }
}

const IDENTITY: fn() -> ModelIdentity = || ModelIdentity {
    id: "net\u{1b}[2J".into(),
    sha256: "c0ffee".repeat(10),
};

/// Output for `outcomes`, as text and as an object, with `folder` as `…`.
fn output(set: &EvaluationSet, outcomes: &Outcomes, folder: &Path) -> (String, serde_json::Value) {
    let rule = outcomes.rule.unwrap_or(UNKNOWN_RULE);
    let model = IDENTITY();
    let measured = Measured {
        path: folder,
        set,
        learnt_from: !set.cases_known,
        model: &model,
        figures: Figures::measure(&outcomes.predictions, &rule),
        rule,
        plots: None,
        outcomes,
    };
    let text = table::text(&measured).replace(&*folder.to_string_lossy(), "…");
    let object = answer::object(&measured).unwrap();
    (text, serde_json::from_str(&object).unwrap())
}

/// Answers of a network that is right about most slices.
fn outcomes(set: &EvaluationSet) -> Outcomes<'_> {
    let predictions = set.slices.iter().enumerate().map(|(number, slice)| {
        let towards = match slice.class {
            Class::Malignant => 0.85,
            Class::Benign => 0.6,
            Class::Normal => 0.1,
        };
        let malignant: f64 = towards - 0.15 * (number % 4) as f64;
        let malignant = malignant.clamp(0.02, 0.98);
        let rest = 1.0 - malignant;
        Prediction::of_classes(slice.class, slice.case, [0.6 * rest, 0.4 * rest, malignant])
    });
    Outcomes {
        predictions: predictions.collect(),
        rule: Some(FakeEngine::RULE),
        ..Outcomes::default()
    }
}

#[test]
fn every_slice_is_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let set = set(
        folder.path(),
        &[
            ("a.png", Class::Malignant),
            ("absent\u{202e}.png", Class::Normal),
            ("b.png", Class::Benign),
        ],
    );
    let mut steps = std::cell::Cell::new(0);
    let outcomes = Outcomes::all(&set, &FakeEngine::new(0.8), || steps.set(steps.get() + 1));
    assert_eq!(*steps.get_mut(), 3);
    assert_eq!((outcomes.predictions.len(), outcomes.errors.len()), (2, 1));
    assert_eq!(outcomes.exit_code(), 1);
    let (text, object) = output(&set, &outcomes, folder.path());
    assert_eq!(object["n"], 2);
    assert_eq!(object["listed"]["normal"], 1);
    assert_eq!(object["errors"][0]["class"], "normal");
    let reason = object["errors"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("no such file"), "{reason}");
    // One negative was wrongly called positive; no normal slice was analysed.
    assert_eq!(object["confusion"]["fp"], 1);
    assert!(object["balanced_accuracy"].is_null());
    assert!(text.contains("2 analysed, 0 refused, 1 failed"), "{text}");
    assert!(
        text.contains("…/absent.png: there is no such file"),
        "{text}"
    );
}

#[test]
fn refusals_are_listed_with_their_reason_and_exit_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let set = set(folder.path(), &[("a.png", Class::Malignant)]);
    let engine = FakeEngine::refusing("it is a photograph");
    let outcomes = Outcomes::all(&set, &engine, || ());
    assert_eq!(outcomes.exit_code(), 2);
    let (text, object) = output(&set, &outcomes, folder.path());
    assert_eq!(object["refused"][0]["reason"], "it is a photograph");
    assert_eq!(object["n"], 0);
    for name in [
        "accuracy",
        "threshold",
        "indeterminate_band",
        "auc",
        "auc_ci",
    ] {
        assert!(object[name].is_null(), "{name}");
    }
    assert!(text.contains("Nothing was analysed"), "{text}");
    assert!(text.contains("…/a.png: it is a photograph"), "{text}");
}

#[test]
fn a_slice_unlike_the_training_slices_counts_as_outside() {
    use crate::clinical::assessment::{ClassProbabilities, TrainingRange};

    let slice = Slice {
        path: "a.png".into(),
        class: Class::Normal,
        case: 3,
    };
    let classes = ClassProbabilities {
        normal: 0.1,
        benign: 0.0,
        malignant: 0.9,
    };
    let assessment = Assessment::of_classes(classes, FakeEngine::RULE, IDENTITY());
    let plain = prediction(&slice, &assessment);
    assert_eq!(plain.malignancy, Some(0.9));
    assert_eq!((plain.classes, plain.case), (Some([0.1, 0.0, 0.9]), 3));
    let reason = "its lungs are white".to_owned();
    let outside = prediction(
        &slice,
        &assessment.within(TrainingRange::Outside { reason }),
    );
    assert_eq!((outside.malignancy, outside.classes), (None, None));
    let figures = Figures::measure(&[plain, outside], &FakeEngine::RULE);
    assert_eq!((figures.n, figures.outside), (2, 1));
}

#[test]
fn the_lesion_reader_is_measured_without_the_three_classes() {
    let folder = tempfile::tempdir().unwrap();
    let files = [("a.png", Class::Malignant), ("b.png", Class::Normal)];
    let set = set(folder.path(), &files);
    let outcomes = Outcomes::all(&set, &FakeEngine::proposing(0.8, Vec::new()), || ());
    let (_, object) = output(&set, &outcomes, folder.path());
    assert_eq!(
        (&object["n"], &object["sensitivity"]),
        (&2.into(), &1.0.into())
    );
    assert!(object["three_class_accuracy"].is_null());
    let outside = FakeEngine::proposing_outside("it is noisy", Vec::new());
    let outcomes = Outcomes::all(&set, &outside, || ());
    let (text, object) = output(&set, &outcomes, folder.path());
    assert!(object["sensitivity"].is_null());
    assert_eq!(
        (&object["outside"], &object["coverage"]),
        (&2.into(), &0.0.into())
    );
    assert!(text.contains("except 2 outside"), "{text}");
}

#[test]
fn scripts_find_every_name() {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<(String, Class)> = (0..24)
        .map(|number| (format!("{number}.png"), Class::ALL[number / 2 % 3]))
        .collect();
    let files: Vec<(&str, Class)> = (files.iter())
        .map(|(name, class)| (name.as_str(), *class))
        .collect();
    let set = set(folder.path(), &files);
    let (text, object) = output(&set, &outcomes(&set), folder.path());
    let names = [
        "accuracy",
        "sensitivity",
        "specificity",
        "precision",
        "f1",
        "auc",
        "average_precision",
        "brier",
        "ece",
        "coverage",
        "selective_accuracy",
        "three_class_accuracy",
        "balanced_accuracy",
        "sensitivity_at_90_specificity",
        "sensitivity_at_95_specificity",
        "risk_coverage_area",
    ];
    for name in names {
        assert!(object[name].is_number(), "{name}");
        let interval = &object[format!("{name}_ci")];
        assert!(interval[0].as_f64() <= interval[1].as_f64(), "{name}");
    }
    assert_eq!((&object["n"], &object["cases"]), (&24.into(), &12.into()));
    assert_eq!(object["threshold"], 0.5);
    let confusion = &object["confusion"];
    let counts = ["tn", "fp", "fn", "tp"].map(|name| confusion[name].as_u64().unwrap());
    assert_eq!(counts.iter().sum::<u64>(), 24);
    assert_eq!(object["intervals_over"], "cases");
    assert_eq!(object["outside"], 0);
    assert!(object["plots"].is_null());
    insta::assert_snapshot!(text);
}

#[test]
fn causes_of_too_good_figures_are_stated() {
    let folder = tempfile::tempdir().unwrap();
    let mut set = set(folder.path(), &[("a.png", Class::Malignant)]);
    set.cases_known = false;
    let outcomes = outcomes(&set);
    let (text, object) = output(&set, &outcomes, folder.path());
    assert_eq!(object["intervals_over"], "slices");
    assert!(text.contains("too narrow"), "{text}");
    assert!(text.contains("trained on these very slices"), "{text}");
    assert_eq!(object["learnt_from"], true);
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn many_refusals_are_counted_rather_than_listed() {
    let folder = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..25).map(|number| format!("{number:02}.png")).collect();
    let files: Vec<(&str, Class)> = names.iter().map(|n| (n.as_str(), Class::Normal)).collect();
    let set = set(folder.path(), &files);
    let outcomes = Outcomes::all(&set, &FakeEngine::refusing("blank"), || ());
    let (text, object) = output(&set, &outcomes, folder.path());
    assert_eq!(text.matches(": blank").count(), 20);
    assert!(text.contains("and 5 more; --json lists all"), "{text}");
    assert_eq!(object["refused"].as_array().unwrap().len(), 25);
}
