//! Every plot of evaluations with many, few and no data.

use super::*;
use crate::model::head::Class;
use crate::training::plots::drawing::Mark;

const RULE: DecisionRule = DecisionRule {
    threshold: 0.4,
    indeterminate_from: 0.3,
    indeterminate_to: 0.5,
    sensitivity: 0.95,
    specificity: 0.9,
    prevalence: 0.5,
};

fn predictions(classes: &[Class]) -> Vec<Prediction> {
    (0..60)
        .map(|slice| {
            let class = classes[slice % classes.len()];
            let towards = if class == Class::Malignant { 0.65 } else { 0.3 };
            let malignant = towards + 0.3 * ((slice * 37 % 60) as f64 / 60.0 - 0.5);
            let rest = 1.0 - malignant;
            Prediction::of_classes(class, slice / 3, [0.7 * rest, 0.3 * rest, malignant])
        })
        .collect()
}

/// All plots of `predictions`, by name.
fn drawings(predictions: &[Prediction]) -> Vec<(&'static str, Drawing)> {
    let figures = Figures::measure(predictions, &RULE);
    let caption = Caption {
        model: "net <1>".into(),
        slices: figures.n,
        cases: figures.cases,
        cases_known: true,
    };
    let evaluation = Evaluation {
        predictions,
        figures: &figures,
        rule: &RULE,
        caption: &caption,
    };
    evaluation.drawings()
}

fn texts<'a>(drawing: &'a Drawing) -> Vec<&'a str> {
    let text = |mark: &'a Mark| match mark {
        Mark::Text(text) => Some(text.text.as_str()),
        _ => None,
    };
    drawing.marks.iter().filter_map(text).collect()
}

#[test]
fn every_plot_states_model_slices_and_cases() {
    for (name, drawing) in drawings(&predictions(&Class::ALL)) {
        let texts = texts(&drawing);
        assert!(
            texts.contains(&"net <1> · 60 slices of 20 cases"),
            "{name}: {texts:?}"
        );
        let disclaimed = texts
            .iter()
            .any(|text| text.contains("not a medical device"));
        assert!(disclaimed, "{name}");
    }
}

#[test]
fn unknown_cases_are_stated() {
    let caption = Caption {
        model: "net".into(),
        slices: 1,
        cases: 1,
        cases_known: false,
    };
    assert_eq!(caption.line(), "net · 1 slice, cases unknown");
}

#[test]
fn all_marks_are_inside_the_sheet() {
    let learning = learning_curves(
        "one fit",
        &[LearningCurve {
            training_loss: vec![1.1, 0.7, 0.5],
            validation_loss: vec![1.0, f64::NAN, 0.6],
            validation_auc: vec![0.8, 0.9, 0.97],
        }],
    );
    let mut all = drawings(&predictions(&Class::ALL));
    all.push(("learning", learning));
    for (name, drawing) in all {
        let inside = |&(x, y): &(f32, f32)| {
            (0.0..=drawing.width).contains(&x) && (0.0..=drawing.height).contains(&y)
        };
        for mark in &drawing.marks {
            let fits = match mark {
                Mark::Line { points, .. } | Mark::Area { points, .. } => points.iter().all(inside),
                Mark::Circle { centre, .. } => inside(centre),
                Mark::Text(text) => inside(&text.at),
            };
            assert!(fits, "{name}: {mark:?}");
        }
    }
}

#[test]
fn a_plot_without_data_says_so() {
    for (class, silent) in [
        (Class::Normal, ["roc", "precision-recall"]),
        (Class::Malignant, ["roc", "roc"]),
    ] {
        for (name, drawing) in drawings(&predictions(&[class])) {
            let said = texts(&drawing)
                .iter()
                .any(|text| text.starts_with("needs "));
            assert_eq!(said, silent.contains(&name), "{name} of {class}");
        }
    }
    assert_eq!(drawings(&[]).len(), 6);
    let nothing = learning_curves("before the first epoch", &[]);
    assert!(texts(&nothing).contains(&"no epoch has ended yet"));
}

#[test]
fn both_files_contain_the_same_picture() {
    let folder = tempfile::tempdir().unwrap();
    let stem = folder.path().join("new/curves.v1");
    let drawing = learning_curves("three epochs", &[LearningCurve::default()]);
    let [vector, raster] = write(&drawing, &stem).unwrap();
    assert!(vector.ends_with("new/curves.v1.svg"));
    let svg = std::fs::read_to_string(vector).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains(">three epochs</text>"));
    let picture = image::open(raster).unwrap();
    assert_eq!(picture.width() as f32, 2.0 * drawing.width);
}

#[test]
fn a_folder_that_is_a_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plots");
    std::fs::write(&file, "").unwrap();
    let reason = prepare_folder(&file).unwrap_err().to_string();
    assert!(
        reason.contains("plots") && reason.contains("--plots"),
        "{reason}"
    );
    prepare_folder(&folder.path().join("new")).unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path().join("new"))
        .unwrap()
        .collect();
    assert!(left.is_empty());
}
