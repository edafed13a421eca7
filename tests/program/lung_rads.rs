//! `lunny lung-rads` from a script.

use serde_json::Value;

use crate::script::{complaint, lunny, object};

fn category(arguments: &str) -> String {
    object("lung-rads", arguments)["category"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn solid(long: &str, short: &str, more: &str) -> String {
    format!("--type solid --long-mm {long} --short-mm {short} {more}")
}

#[test]
fn the_object_has_its_keys_in_order() {
    let output = lunny(
        "lung-rads",
        &solid("14.9", "15.0", "--status baseline --json"),
    );
    let object = String::from_utf8(output.stdout).unwrap();
    insta::assert_snapshot!(object, @r#"{"category":"4B","modifier":null,"management":"Diagnostic CT, PET/CT, tissue sampling or referral, as a radiologist advises","mean_diameter_mm":15.0,"rule":"solid, baseline, 15 mm or more"}"#);
}

#[test]
fn half_a_tenth_goes_up_and_over_the_edge() {
    for (long, short) in [("14.9", "15.0"), ("15.0", "14.9")] {
        let object = object("lung-rads", &solid(long, short, "--status baseline"));
        assert_eq!(object["mean_diameter_mm"], 15.0);
        assert_eq!(object["category"], "4B");
    }
    assert_eq!(category(&solid("14.9", "14.9", "--status baseline")), "4A");
}

#[test]
fn the_modifier_is_beside_the_category() {
    let small = |more| solid("5", "5", &format!("--status baseline {more}"));
    let with = object("lung-rads", &small("--modifier-s"));
    assert_eq!(
        (&with["category"], &with["modifier"]),
        (&"2".into(), &"S".into())
    );
    assert_eq!(object("lung-rads", &small(""))["modifier"], Value::Null);
    let printed = lunny("lung-rads", &small("--modifier-s")).stdout;
    let printed = String::from_utf8(printed).unwrap();
    assert!(printed.contains("2S, measured"), "{printed}");
}

#[test]
fn every_type_is_accepted_on_the_command_line() {
    for (expected, arguments) in [
        (
            "3",
            "--type part-solid --long-mm 8 --short-mm 8 --solid-long-mm 5 --solid-short-mm 5 --status baseline",
        ),
        (
            "4B",
            "--type part-solid --long-mm 8 --short-mm 8 --solid-long-mm 5 --solid-short-mm 5 --status growing",
        ),
        (
            "2",
            "--type non-solid --long-mm 31 --short-mm 31 --status slowly-growing",
        ),
        (
            "2",
            "--type juxtapleural --long-mm 9.9 --short-mm 9.9 --status baseline",
        ),
        (
            "4A",
            "--type airway --airway-level segmental --long-mm 5 --short-mm 5 --status baseline",
        ),
        (
            "4A",
            "--type cyst --multilocular --long-mm 20 --short-mm 20 --status baseline",
        ),
        (
            "3",
            "--type cyst --cyst-wall thick --long-mm 20 --short-mm 20 --status growing",
        ),
        (
            "4B",
            "--type cyst --cyst-wall thin --long-mm 20 --short-mm 20 --status growing-wall",
        ),
        (
            "1",
            "--type solid --long-mm 20 --short-mm 20 --status baseline --calcification popcorn",
        ),
        (
            "1",
            "--type solid --long-mm 20 --short-mm 20 --status baseline --fat",
        ),
        (
            "4X",
            "--type solid --long-mm 7 --short-mm 7 --status baseline --suspicious",
        ),
        (
            "4A",
            "--type solid --long-mm 8 --short-mm 8 --status stable --prior-mean-mm 7.9",
        ),
        (
            "3",
            "--type solid --long-mm 7 --short-mm 7 --status stable --prior-mean-mm 7 --prior-category 4A",
        ),
        (
            "2",
            "--type part-solid --long-mm 8 --short-mm 8 --solid-long-mm 5 --solid-short-mm 5 --status stable --prior-mean-mm 8 --prior-solid-mean-mm 5",
        ),
    ] {
        assert_eq!(category(arguments), expected, "{arguments}");
    }
}

#[test]
fn cases_outside_the_rules_need_a_radiologist_and_say_why() {
    for (arguments, why) in [
        (
            "--type airway --airway-level main --long-mm 5 --short-mm 5 --status new",
            "new airway nodule",
        ),
        (
            "--type non-solid --long-mm 30 --short-mm 30 --status growing",
            "non-solid",
        ),
        (
            "--type part-solid --long-mm 9 --short-mm 9 --solid-long-mm 3 --solid-short-mm 3 --status growing-total-alone",
            "only the total size grows",
        ),
        (
            "--type solid --long-mm 9 --short-mm 9 --status slowly-growing",
            "slowly",
        ),
        (
            "--type cyst --cyst-wall thin --long-mm 9 --short-mm 9 --status baseline",
            "thin wall",
        ),
    ] {
        let object = object("lung-rads", arguments);
        assert_eq!(object["category"], "needs-radiologist", "{arguments}");
        assert!(object["rule"].as_str().unwrap().contains(why), "{object}");
    }
}

#[test]
fn people_read_the_category_its_reason_and_the_disclaimer() {
    let part_solid = "--type part-solid --long-mm 12.1 --short-mm 9.4 \
        --solid-long-mm 7.0 --solid-short-mm 6.1 --status baseline";
    let output = lunny("lung-rads", part_solid);
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap(), @r"
    Lung-RADS v2022  4A, measured
    Management       Low-dose CT in 3 months; PET/CT if a solid nodule or solid part is 8 mm or more
    Decided by       part-solid, baseline, total 6 mm or more, solid part 6 to <8 mm
    Mean diameter    10.8 mm (12.1 × 9.4 mm)
    Solid part       6.6 mm (7.0 × 6.1 mm)
    Volume           660 mm³, as a sphere of the mean diameter

    Research and teaching software, not a medical device. A result is no diagnosis; a radiologist decides.
    ");
}

#[test]
fn contradicting_values_are_refused_in_one_sentence() {
    let baseline = "--status baseline";
    let part_solid = "--type part-solid --long-mm 9 --short-mm 8 --status baseline";
    for (arguments, said) in [
        (solid("20.05", "8", baseline), "--long-mm: “20.05”"),
        (solid("8", "0", baseline), "--short-mm: “0”"),
        (solid("8", "-5", baseline), "--short-mm: “-5”"),
        (solid("NaN", "8", baseline), "--long-mm: “NaN”"),
        (solid("1e9", "8", baseline), "--long-mm: “1e9”"),
        (
            solid("1000000000", "8", baseline),
            "--long-mm: “1000000000”",
        ),
        (solid("inf", "8", baseline), "--long-mm: “inf”"),
        (part_solid.into(), "solid part"),
        (
            format!("{part_solid} --solid-long-mm 4"),
            "must be given together",
        ),
        (
            format!("{part_solid} --solid-long-mm 4 --solid-short-mm 0"),
            "--solid-short-mm: “0”",
        ),
        (
            format!("{part_solid} --solid-long-mm 9.1 --solid-short-mm 1"),
            "larger than the whole",
        ),
        (
            solid(
                "8",
                "8",
                "--status baseline --solid-long-mm 4 --solid-short-mm 4",
            ),
            "only a part-solid",
        ),
        (
            solid("8", "8", "--status baseline --airway-level main"),
            "only an airway",
        ),
        (
            solid("8", "8", "--status baseline --cyst-wall thin"),
            "only a cyst",
        ),
        (
            solid("8", "8", "--status baseline --multilocular"),
            "only a cyst",
        ),
        (
            "--type airway --long-mm 5 --short-mm 5 --status new".into(),
            "level of its airway",
        ),
        (
            "--type cyst --long-mm 5 --short-mm 5 --status new".into(),
            "needs its wall",
        ),
        (
            solid("9.5", "9.5", "--status growing --prior-mean-mm 8"),
            "more than 1.5 mm",
        ),
        (
            solid("9.6", "9.6", "--status stable --prior-mean-mm 8"),
            "not stable",
        ),
        (
            solid("9.6", "9.6", "--status new --prior-mean-mm 8"),
            "no earlier size",
        ),
    ] {
        for json in ["", " --json"] {
            let complaint = complaint("lung-rads", &format!("{arguments}{json}"));
            assert_eq!(complaint.lines().count(), 1, "{complaint}");
            assert!(complaint.contains(said), "{complaint}");
        }
    }
}

#[test]
fn an_unknown_value_is_refused_with_the_valid_ones() {
    let complaint = complaint(
        "lung-rads",
        "--type soft --long-mm 8 --short-mm 8 --status baseline",
    );
    assert!(
        complaint.contains("--type") && complaint.contains("juxtapleural"),
        "{complaint}"
    );
}
