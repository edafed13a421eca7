use super::*;
use crate::model::head::Class;
use crate::model::recipe::Recipe;

fn asked() -> RunRequest {
    RunRequest {
        recipe: Recipe::default(),
        init_sha256: "a".into(),
        data_sha256: "b".into(),
        finished: false,
    }
}

fn open(path: &Path, asked: RunRequest, resume: bool) -> Result<RunFolder, RunFolderError> {
    RunFolder::open(path, asked, resume, Duration::ZERO)
}

fn part() -> (Part, Vec<LabelledSlice>) {
    let slices = (0..3)
        .map(|case| LabelledSlice {
            file: format!("{case}.png"),
            class: Class::Benign,
            case,
        })
        .collect();
    let part = Part {
        number: 1,
        training: vec![0],
        validation: vec![2],
        test: vec![1],
    };
    (part, slices)
}

#[test]
fn an_unfinished_run_is_refused_and_continues_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let (part, slices) = part();
    let answers = Answers {
        validation: vec![[0.1, 1.0 / 3.0, -7e-12]],
        test: vec![[1.0, 2.0, 3.0]],
    };
    let mut run = open(folder.path(), asked(), false).unwrap();
    assert_eq!(run.answers(&part, &slices).unwrap(), None);
    run.answered(&part, &slices, &answers).unwrap();
    let busy = open(folder.path(), asked(), true).unwrap_err();
    assert!(matches!(busy, RunFolderError::Busy { .. }), "{busy}");
    drop(run);

    let refused = open(folder.path(), asked(), false).unwrap_err();
    assert!(refused.to_string().contains("--resume"), "{refused}");
    let mut run = open(folder.path(), asked(), true).unwrap();
    assert_eq!(run.answers(&part, &slices).unwrap(), Some(answers));
    run.finish().unwrap();
    drop(run);
    let run = open(folder.path(), asked(), false).unwrap();
    assert_eq!(run.answers(&part, &slices).unwrap(), None);
}

#[test]
fn a_changed_request_is_refused_with_the_difference() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path(), asked(), false).unwrap());
    let mut other = asked();
    other.data_sha256 = "c".into();
    let slices = open(folder.path(), other, true).unwrap_err().to_string();
    assert!(slices.contains("slices"), "{slices}");
    let mut other = asked();
    other.recipe.epochs = 7;
    let recipe = open(folder.path(), other, true).unwrap_err().to_string();
    assert!(recipe.contains("epochs was 24 and is 7"), "{recipe}");
}

#[test]
fn damaged_tables_and_checkpoints_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (part, slices) = part();
    drop(open(folder.path(), asked(), false).unwrap());
    fs::write(folder.path().join(CHECKPOINT), "invalid").unwrap();
    let rows = format!("{PREDICTIONS_HEADER}\nother.png,benign,2,1,validation,1,2,3\n");
    fs::write(folder.path().join(PREDICTIONS), rows).unwrap();
    let mut run = open(folder.path(), asked(), true).unwrap();
    let error = run.checkpoint(0, 3).unwrap_err().to_string();
    assert!(error.contains(CHECKPOINT), "{error}");
    let error = run.answers(&part, &slices).unwrap_err().to_string();
    assert!(error.contains("other.png"), "{error}");
    fs::write(folder.path().join(RUN), "{}").unwrap();
    drop(run);
    let error = open(folder.path(), asked(), true).unwrap_err().to_string();
    assert!(error.contains(RUN), "{error}");
}

#[test]
fn epochs_after_the_checkpoint_are_removed_from_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = open(folder.path(), asked(), false).unwrap();
    let mut progress = Progress::new(0, &[0.0; 2]);
    let mut epoch = Epoch {
        part: 0,
        member: 0,
        epoch: 0,
        rate: 1e-4,
        training_loss: 1.0,
        watched: None,
        seconds: 1.0,
    };
    progress.position.epoch = 1;
    run.keep(&epoch, &progress).unwrap();
    run.pause = Duration::MAX;
    progress.position.epoch = 2;
    epoch.epoch = 1;
    run.keep(&epoch, &progress).unwrap();
    drop(run);
    let mut run = open(folder.path(), asked(), true).unwrap();
    assert_eq!(run.log.len(), 2);
    let curves = curves(&run.log);
    assert_eq!(curves.len(), 1);
    assert_eq!(curves[0].training_loss, [1.0, 1.0]);
    assert!(curves[0].validation_auc.iter().all(|area| area.is_nan()));
    let kept = run.checkpoint(0, 2).unwrap().unwrap();
    assert_eq!((kept.position.epoch, run.log.len()), (1, 1));
}
