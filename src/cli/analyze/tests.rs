use super::*;
use crate::clinical::assessment::{
    ClassProbabilities, DecisionRule, Lesion, ModelIdentity, TrainingRange,
};
use crate::imaging::Scan;
use crate::model::fake::FakeEngine;
use crate::model::{Attention, SliceAnalysis, WeightsError};

/// Engine that answers by the width of the scan: probability = width / 1000; below 100 a refusal, from 900 outside what
/// it has seen.
struct ByWidth(ModelIdentity);

impl ByWidth {
    fn new() -> Self {
        Self(ModelIdentity {
            id: "by-width".into(),
            sha256: "c0ffee".into(),
        })
    }
}

impl Engine for ByWidth {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    fn classify(&self, scan: &Scan, _: &Cancel) -> Result<SliceAnalysis, EngineError> {
        if scan.width < 100 {
            return Err(EngineError::Refused("the picture is small".into()));
        }
        let malignant = f64::from(scan.width) / 1000.0;
        let classes = ClassProbabilities {
            normal: 0.0,
            benign: 1.0 - malignant,
            malignant,
        };
        let rule = DecisionRule {
            threshold: 0.5,
            indeterminate_from: 0.45,
            indeterminate_to: 0.55,
            sensitivity: 0.9,
            specificity: 0.9,
            prevalence: 0.5,
        };
        let assessment = Assessment::of_classes(classes, rule, self.0.clone());
        let assessment = match scan.width {
            900.. => assessment.within(TrainingRange::Outside {
                reason: "it is wide".into(),
            }),
            _ => assessment,
        };
        Ok(SliceAnalysis {
            assessment,
            attention: Attention::new(1, vec![1.0]).unwrap(),
        })
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn slice(&self, width: u32) -> PathBuf {
        let path = self.0.path().join(format!("{width}.png"));
        image::GrayImage::new(width, 4).save(&path).unwrap();
        path
    }

    fn absent(&self) -> PathBuf {
        self.0.path().join("absent\u{1b}[2J.png")
    }

    /// Output for `paths`, with this folder as `…`, and the exit code.
    fn written(
        &self,
        paths: &[PathBuf],
        engine: Result<&dyn Engine, &WeightsError>,
        style: Style,
    ) -> (String, u8) {
        let (out, code) = answers(paths, engine, None, style);
        let folder = self.0.path().display().to_string();
        (out.replace(&folder, "…"), code)
    }
}

fn answers(
    paths: &[PathBuf],
    engine: Result<&dyn Engine, &WeightsError>,
    maps: Option<&mut HeatMaps>,
    style: Style,
) -> (String, u8) {
    let (mut out, mut tally) = (Vec::new(), Tally::default());
    let form = Form {
        style,
        prevalence: None,
    };
    let plan = (form, &Cancel::default());
    analyse(paths, engine, maps, plan, &mut out, &mut tally).unwrap();
    (String::from_utf8(out).unwrap(), tally.exit_code())
}

fn objects(out: &str) -> Vec<serde_json::Value> {
    let parse = |line| serde_json::from_str(line).unwrap();
    out.lines().map(parse).collect()
}

#[test]
fn at_a_given_prevalence_both_probabilities_are_shown() {
    let folder = Folder::new();
    let paths = [folder.slice(750)];
    for (style, message) in [
        (
            Style::Json,
            "\"at_prevalence\":{\"prevalence\":0.01,\"calibrated_at\":",
        ),
        (Style::Table, " at a prevalence of 1.0 %"),
    ] {
        let (mut out, mut tally) = (Vec::new(), Tally::default());
        let form = Form {
            style,
            prevalence: Some(0.01),
        };
        analyse(
            &paths,
            Ok(&ByWidth::new()),
            None,
            (form, &Cancel::default()),
            &mut out,
            &mut tally,
        )
        .unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains(message), "{out}");
    }
}

#[test]
fn an_analysed_file_fills_every_name_in_its_order() {
    let folder = Folder::new();
    let (out, code) = folder.written(&[folder.slice(750)], Ok(&ByWidth::new()), Style::Json);
    let elapsed = &objects(&out)[0]["elapsed_ms"];
    assert!(elapsed.is_u64());
    let out = out.replace(&format!("\"elapsed_ms\":{elapsed}"), "\"elapsed_ms\":1");
    insta::assert_snapshot!(out, @r#"{"path":"…/750.png","status":"ok","reason":null,"result":"positive","reader":"slice","malignancy_probability":0.75,"classes":{"normal":0.0,"benign":0.25,"malignant":0.75},"confidence":0.75,"outside":false,"outside_reason":null,"lung_rads":{"category":"4B/4X","basis":"suggested by the model"},"lesions":[],"model":{"id":"by-width","sha256":"c0ffee","shipped":false},"elapsed_ms":1,"heatmap":null}"#);
    assert_eq!(code, 0);
}

#[test]
fn a_file_that_is_not_analysed_has_a_reason_and_nulls() {
    let folder = Folder::new();
    let paths = [folder.slice(40), folder.absent()];
    let (out, code) = folder.written(&paths, Ok(&ByWidth::new()), Style::Json);
    insta::assert_snapshot!(out, @r#"
    {"path":"…/40.png","status":"refused","reason":"the picture is small","result":null,"reader":null,"malignancy_probability":null,"classes":null,"confidence":null,"outside":null,"outside_reason":null,"lung_rads":null,"lesions":null,"model":null,"elapsed_ms":null,"heatmap":null}
    {"path":"…/absent\u001b[2J.png","status":"error","reason":"…/absent\u001b[2J.png: there is no such file; check the path","result":null,"reader":null,"malignancy_probability":null,"classes":null,"confidence":null,"outside":null,"outside_reason":null,"lung_rads":null,"lesions":null,"model":null,"elapsed_ms":null,"heatmap":null}
    "#);
    assert_eq!(code, 1);
}

#[test]
fn a_slice_outside_what_the_model_has_seen_is_indeterminate_and_says_why() {
    let folder = Folder::new();
    let paths = [folder.slice(950)];
    let (out, code) = folder.written(&paths, Ok(&ByWidth::new()), Style::Json);
    let object = &objects(&out)[0];
    assert_eq!(object["result"], "indeterminate");
    assert_eq!(object["outside"], true);
    assert_eq!(object["outside_reason"], "it is wide");
    for name in [
        "malignancy_probability",
        "classes",
        "confidence",
        "lung_rads",
    ] {
        assert!(object[name].is_null(), "{name}");
    }
    assert_eq!(code, 0);
    let (out, _) = folder.written(&paths, Ok(&ByWidth::new()), Style::Table);
    let line = out.lines().nth(1).unwrap();
    assert!(
        line.starts_with("Indeterminate        none        none  none "),
        "{line}"
    );
    assert!(
        line.ends_with("950.png: outside what the model has seen: it is wide"),
        "{line}"
    );
}

#[test]
fn the_lesion_reader_lists_its_lesions_the_most_suspicious_first() {
    let folder = Folder::new();
    let paths = [folder.slice(300)];
    let lesion = |row, malignancy_probability| Lesion {
        slice: 1,
        row,
        column: 80.5,
        position_mm: (row > 100.0).then_some([-1.5, 2.0, 30.0]),
        diameter_mm: (row > 100.0).then_some(8.25),
        size: None,
        malignancy_probability,
    };
    let lesions = vec![lesion(40.0, 0.2), lesion(120.0, 0.9)];
    let engine = FakeEngine::proposing(0.9, lesions.clone());
    let (out, _) = folder.written(&paths, Ok(&engine), Style::Json);
    let object = &objects(&out)[0];
    assert_eq!(
        (&object["reader"], &object["result"]),
        (&"lesions".into(), &"positive".into())
    );
    assert_eq!(object["malignancy_probability"], 0.9);
    assert!(object["classes"].is_null() && object["lung_rads"].is_null());
    let expected = serde_json::json!([
        {
            "slice": 1, "row": 120.0, "column": 80.5, "position_mm": [-1.5, 2.0, 30.0],
            "diameter_mm": 8.25, "size": null, "malignancy_probability": 0.9,
        },
        {
            "slice": 1, "row": 40.0, "column": 80.5, "position_mm": null,
            "diameter_mm": null, "size": null, "malignancy_probability": 0.2,
        },
    ]);
    assert_eq!(object["lesions"], expected);
    let (out, _) = folder.written(&paths, Ok(&engine), Style::Table);
    let line = out.lines().nth(2).unwrap();
    let words = "lesions proposed by the model: 1: row 120, column 80, about 8 mm, 90.0 %; 2: ";
    assert!(line.trim_start().starts_with(words), "{line}");

    let outside = FakeEngine::proposing_outside("it is noisy", lesions);
    let (out, _) = folder.written(&paths, Ok(&outside), Style::Json);
    let object = &objects(&out)[0];
    assert_eq!(object["outside"], true);
    assert!(object["malignancy_probability"].is_null());
    assert_eq!(object["lesions"][0]["row"], 120.0);
    assert!(object["lesions"][0]["malignancy_probability"].is_null());
    let (out, _) = folder.written(&paths, Ok(&outside), Style::Table);
    assert!(!out.contains('%'), "{out}");
}

#[test]
fn refusals_alone_exit_with_2_and_errors_with_1() {
    let folder = Folder::new();
    let (engine, good, small) = (ByWidth::new(), folder.slice(300), folder.slice(50));
    let code = |paths: &[PathBuf]| folder.written(paths, Ok(&engine), Style::Table).1;
    assert_eq!(code(std::slice::from_ref(&good)), 0);
    assert_eq!(code(&[good.clone(), small.clone()]), 2);
    assert_eq!(code(&[small, folder.absent(), good]), 1);
}

#[test]
fn without_weights_every_file_is_an_error_with_that_reason() {
    let folder = Folder::new();
    let paths = [folder.slice(750), folder.slice(300)];
    let error = WeightsError::Missing {
        name: "absent.safetensors",
        looked_in: Vec::new(),
        option: "--model",
    };
    let (out, code) = folder.written(&paths, Err(&error), Style::Json);
    let lines = objects(&out);
    assert_eq!(lines.len(), 2);
    assert!(
        lines
            .iter()
            .all(|line| line["status"] == "error" && line["reason"] == error.to_string())
    );
    assert_eq!(code, 1);
}

#[test]
fn the_table_is_aligned_scrubbed_and_disclaimed() {
    let folder = Folder::new();
    let paths = [
        folder.slice(750),
        folder.slice(500),
        folder.slice(101),
        folder.slice(40),
        folder.absent(),
    ];
    let (out, _) = folder.written(&paths, Ok(&ByWidth::new()), Style::Table);
    insta::assert_snapshot!(out, @r"
    Result         Malignancy       Score  Lung-RADS                       File
    Positive           75.0 %      75.0 %  4B/4X (suggested by the model)  …/750.png
    Indeterminate      50.0 %      50.0 %  4B/4X (suggested by the model)  …/500.png
    Negative           10.1 %      89.9 %  4A (suggested by the model)     …/101.png
    Refused        …/40.png: the picture is small
    Error          …/absent[2J.png: there is no such file; check the path

    3 analysed, 1 refused, 1 failed; model by-width (not shipped with LUNNY)
    Research and teaching software, not a medical device. A result is no diagnosis; a radiologist decides.
    ");
}

#[test]
fn a_series_is_analysed_without_its_damaged_files_and_names_them() {
    let folder = Folder::new();
    let series = folder.0.path().join("series");
    std::fs::create_dir(&series).unwrap();
    let slice = |number: u32| series.join(format!("{number}.png"));
    for number in 1..=5 {
        image::GrayImage::new(100, 100).save(slice(number)).unwrap();
    }
    let change = |path: PathBuf, change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = std::fs::read(&path).unwrap();
        change(&mut bytes);
        std::fs::write(path, bytes).unwrap();
    };
    // One without its end, and one with wrong pixels, which only a decoder finds.
    change(slice(2), &|bytes| bytes.truncate(40));
    change(slice(4), &|bytes| {
        let pixels = bytes.windows(4).position(|name| name == b"IDAT").unwrap();
        bytes[pixels + 4..pixels + 12].fill(0xff);
    });
    let engine = FakeEngine::new(0.9);
    let paths = [series.clone()];
    let (out, code) = folder.written(&paths, Ok(&engine), Style::Json);
    let object = &objects(&out)[0];
    assert_eq!((&object["status"], code), (&"ok".into(), 1), "{out}");
    let facts = &object["series"];
    assert_eq!(
        (&facts["slices"], &facts["analysed"]),
        (&4.into(), &3.into())
    );
    let remarks = facts["remarks"].to_string();
    for said in [
        "1 file could not be read: …/series/2.png is cut short",
        "slice 3 could not be read: …/series/4.png is damaged",
    ] {
        assert!(remarks.contains(said), "{remarks}");
    }
    let (out, _) = folder.written(&paths, Ok(&engine), Style::Table);
    assert!(
        out.contains("3 of 4 slices analysed, 1 unreadable"),
        "{out}"
    );
    assert!(
        out.contains("Slice 3 could not be read: …/series/4.png"),
        "{out}"
    );
    assert!(out.contains("1 analysed, 0 refused, 1 failed"), "{out}");

    // One slice is left.
    for number in [1, 3, 4] {
        std::fs::remove_file(slice(number)).unwrap();
    }
    let (out, code) = folder.written(&paths, Ok(&engine), Style::Json);
    let object = &objects(&out)[0];
    assert_eq!((&object["path"], code), (&"…/series/5.png".into(), 1));
    assert!(
        object["remarks"].to_string().contains("2.png is cut short"),
        "{out}"
    );
    std::fs::remove_file(slice(5)).unwrap();
    let (out, code) = folder.written(&paths, Ok(&engine), Style::Json);
    let object = &objects(&out)[0];
    assert_eq!((&object["status"], code), (&"error".into(), 1), "{out}");
}

#[test]
fn heat_maps_are_written_where_requested_and_answers_name_them() {
    let folder = Folder::new();
    let twin = folder.0.path().join("twin");
    std::fs::create_dir(&twin).unwrap();
    std::fs::copy(folder.slice(750), twin.join("750.png")).unwrap();
    let paths = [folder.slice(750), folder.slice(40), twin.join("750.png")];
    let target = folder.0.path().join("maps");
    let mut maps = HeatMaps::new(&target, &paths).unwrap();
    let engine = ByWidth::new();
    let (out, code) = answers(&paths, Ok(&engine), Some(&mut maps), Style::Json);
    let objects = objects(&out);
    let written = objects.iter().map(|object| object["heatmap"].clone());
    let expected = [Some("750-attention.png"), None, Some("750-attention-2.png")];
    let expected = expected.map(|name| match name {
        Some(name) => target.join(name).to_str().unwrap().into(),
        None => serde_json::Value::Null,
    });
    assert_eq!(written.collect::<Vec<_>>(), expected);
    for map in [&expected[0], &expected[2]] {
        let map = image::open(map.as_str().unwrap()).unwrap().to_rgb8();
        assert!(map.width() == 750 && map.height() > 4);
        let [red, green, blue] = map.get_pixel(3, 3).0;
        assert!(red > green && green > blue);
    }
    assert_eq!(std::fs::read_dir(&target).unwrap().count(), 2);
    assert_eq!(code, 2);
}

#[test]
fn a_map_never_replaces_a_slice_and_one_file_holds_one_map() {
    let folder = Folder::new();
    let slices = [folder.slice(750), folder.slice(300)];
    let before = std::fs::read(&slices[0]).unwrap();
    let complaint =
        |target: &Path, slices: &[PathBuf]| HeatMaps::new(target, slices).unwrap_err().to_string();
    assert!(complaint(&slices[0], &slices[..1]).contains("would replace the slice"));
    let file = folder.0.path().join("map.PNG");
    assert!(complaint(&file, &slices).contains("2 slices"));
    assert!(HeatMaps::new(&file, &slices[..1]).is_ok());

    // A slice whose name the heat map of another slice would get.
    let unlucky = folder.0.path().join("750-attention.png");
    std::fs::copy(&slices[0], &unlucky).unwrap();
    let slices = [slices[0].clone(), unlucky.clone()];
    let mut maps = HeatMaps::new(folder.0.path(), &slices).unwrap();
    let engine = ByWidth::new();
    let (out, code) = answers(&slices, Ok(&engine), Some(&mut maps), Style::Table);
    assert!(
        out.contains("Error          the heat map would replace"),
        "{out}"
    );
    assert!(
        out.contains("model attention, not lesion location: "),
        "{out}"
    );
    assert_eq!(std::fs::read(&unlucky).unwrap(), before);
    assert_eq!(code, 1);
}

#[test]
fn a_closed_output_ends_the_work_at_once() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let folder = Folder::new();
    let paths = [folder.slice(750), folder.slice(300)];
    for style in [Style::Json, Style::Table] {
        let mut tally = Tally::default();
        let engine = ByWidth::new();
        let form = Form {
            style,
            prevalence: None,
        };
        let plan = (form, &Cancel::default());
        let written = analyse(&paths, Ok(&engine), None, plan, &mut Closed, &mut tally);
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert!(tally.analysed <= 1);
    }
}

#[test]
fn nothing_more_is_analysed_once_the_reader_is_gone() {
    let folder = Folder::new();
    let paths = [folder.slice(750), folder.slice(750)];
    let (mut out, mut tally) = (Vec::new(), Tally::default());
    let form = Form {
        style: Style::Json,
        prevalence: None,
    };
    let gone = Cancel::default();
    gone.cancel();
    let plan = (form, &gone);
    let written = analyse(
        &paths,
        Ok(&ByWidth::new()),
        None,
        plan,
        &mut out,
        &mut tally,
    );
    assert_eq!(written.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert_eq!((out.len(), tally.analysed), (0, 0));
}
