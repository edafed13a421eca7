//! `lunny brock` from a script.

use crate::script::{complaint, lunny, object};

/// A man of 62 with four solid nodules, this one of 4 mm.
const PLAIN: &str = "--age 62 --sex male --diameter-mm 4 --type solid --nodules 4";
/// Every factor that the models have.
const GRAVEST: &str = "--age 70 --sex female --family-history --emphysema --diameter-mm 15 \
    --type part-solid --upper-lobe --nodules 1";

#[test]
fn the_known_cases_come_out_of_either_model() {
    let full = (
        "brock-full-with-spiculation",
        "brock-full-without-spiculation",
    );
    let larger = PLAIN
        .replace("mm 4", "mm 8")
        .replace("nodules 4", "nodules 1");
    for (arguments, spiculation, probability, model) in [
        (PLAIN, "no", 0.001_124_6, full.0),
        (PLAIN, "unknown", 0.001_104_7, full.1),
        (&larger, "no", 0.017_158, full.0),
        (&larger, "unknown", 0.019_064, full.1),
        (GRAVEST, "yes", 0.691_257, full.0),
        (GRAVEST, "unknown", 0.571_430, full.1),
    ] {
        let object = object("brock", &format!("{arguments} --spiculation {spiculation}"));
        let found = object["probability"].as_f64().unwrap();
        assert!((found - probability).abs() < 1e-6, "{arguments}: {found}");
        assert_eq!(object["model"], model);
    }
    assert_eq!(object("brock", PLAIN)["model"], full.1);
}

#[test]
fn the_object_has_its_keys_and_no_others() {
    let object = object("brock", PLAIN);
    let mut names: Vec<&String> = object.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["model", "probability"]);
}

#[test]
fn people_read_the_risk_its_model_and_the_disclaimer() {
    let output = lunny("brock", &format!("{GRAVEST} --spiculation yes"));
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap(), @r"
    Malignancy  69.1 %
    Model       Brock, full model with spiculation, McWilliams et al. 2013

    Research and teaching software, not a medical device. A result is no diagnosis; a radiologist decides.
    ");
}

#[test]
fn values_out_of_range_are_refused_in_one_sentence() {
    for (right, wrong, said) in [
        ("--age 62", "--age 17", "the age"),
        ("--age 62", "--age -1", "--age"),
        ("--age 62", "--age 62.5", "--age"),
        ("--age 62", "--age 200", "the age"),
        ("--age 62", "--age 1e9", "--age"),
        ("mm 4", "mm 0", "the diameter"),
        ("mm 4", "mm -4", "the diameter"),
        ("mm 4", "mm NaN", "the diameter"),
        ("mm 4", "mm inf", "the diameter"),
        ("mm 4", "mm 1e9", "the diameter"),
        ("mm 4", "mm four", "--diameter-mm"),
        ("nodules 4", "nodules 0", "the number of nodules"),
        ("nodules 4", "nodules -1", "--nodules"),
        ("nodules 4", "nodules 1e9", "--nodules"),
        ("type solid", "type cyst", "not the type cyst"),
        (
            "type solid",
            "type juxtapleural",
            "not the type juxtapleural",
        ),
    ] {
        let complaint = complaint("brock", &PLAIN.replace(right, wrong));
        assert_eq!(complaint.lines().count(), 1, "{complaint}");
        assert!(complaint.contains(said), "{complaint}");
    }
}

#[test]
fn a_sex_that_the_models_do_not_have_is_refused() {
    let complaint = complaint("brock", &PLAIN.replace("male", "other"));
    assert!(complaint.contains("--sex"), "{complaint}");
}
