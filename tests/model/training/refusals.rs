//! Requests that are refused before the network is trained.

use super::*;

fn refusal(data: &Path, init: &Path) -> String {
    let out = tempfile::tempdir().unwrap();
    let mut steps = 0;
    let refused = run(&request(data, init, out.path()), |_| steps += 1);
    assert_eq!(steps, 0, "the slow part began");
    assert_eq!(
        fs::read_dir(out.path()).unwrap().count(),
        0,
        "something was written"
    );
    refused.unwrap_err().to_string()
}

#[test]
fn a_missing_data_folder_is_refused() {
    let reason = refusal(Path::new("no/such/folder"), Path::new("init"));
    assert!(
        reason.contains("no/such/folder") && reason.contains("--data"),
        "{reason}"
    );
}

#[test]
fn a_manifest_without_its_columns_is_refused() {
    let data = data(&ALL);
    fs::write(data.path().join("manifest.csv"), "file,class\n").unwrap();
    let reason = refusal(data.path(), Path::new("init"));
    assert!(reason.contains("no column \"case\""), "{reason}");
}

#[test]
fn one_class_alone_is_refused() {
    let data = data(&["malignant"]);
    let reason = refusal(data.path(), Path::new("init"));
    assert!(reason.contains("no case of class \"normal\""), "{reason}");
}

#[test]
fn a_missing_slice_is_refused_before_the_network_is_read() {
    let data = data(&ALL);
    fs::remove_file(data.path().join("benign-1.png")).unwrap();
    let reason = refusal(data.path(), Path::new("init"));
    assert!(reason.contains("benign-1.png"), "{reason}");
}

#[test]
fn an_init_file_that_is_missing_damaged_or_of_another_network_is_refused() {
    let data = data(&ALL);
    let folder = tempfile::tempdir().unwrap();
    let init = folder.path().join("init.safetensors");
    let missing = refusal(data.path(), &init);
    assert!(
        missing.contains("init.safetensors") && missing.contains("--init"),
        "{missing}"
    );
    fs::write(&init, "not tensors at all").unwrap();
    assert!(refusal(data.path(), &init).contains("--init"));
    let view = TensorView::new(Dtype::F32, vec![2], &[0; 8]).unwrap();
    let tiny = safetensors::serialize([("conv1.weight", view)], None).unwrap();
    fs::write(&init, tiny).unwrap();
    let unfit = refusal(data.path(), &init);
    assert!(unfit.contains("conv1.weight"), "{unfit}");
    assert!(!unfit.contains('\n'), "{unfit}");
}

#[test]
fn a_network_of_another_size_is_refused_before_a_folder_is_made() {
    let (data, out) = (data(&ALL), tempfile::tempdir().unwrap());
    let mut request = tuning(data.path(), out.path());
    request.network = Config::RESNET_50;
    let error = run(&request, |_| ()).unwrap_err().to_string();
    assert!(
        error.contains("--init") && error.contains("weight"),
        "{error}"
    );
    assert!(!request.out.with_extension("run").exists());
}
