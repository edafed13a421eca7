//! Every row and every edge of the table.

mod properties;
mod steps;

use super::Category::*;
use super::*;
use crate::clinical::measurement::{Axes, Millimetres};
use crate::clinical::nodule::{
    AirwayLevel, Calcification, CystWall, Margin, NoduleDraft, NoduleType, Status,
};

fn length(tenths: u16) -> Millimetres {
    Millimetres::from_tenths(tenths).unwrap()
}

fn round(tenths: u16) -> Axes {
    Axes::new(length(tenths), length(tenths))
}

fn draft(nodule_type: NoduleType, status: Status, tenths: u16) -> NoduleDraft {
    NoduleDraft {
        status,
        ..NoduleDraft::new(nodule_type, round(tenths))
    }
}

fn category_of(draft: NoduleDraft) -> Category {
    classify(&draft.validate().unwrap()).category
}

fn rule_of(draft: NoduleDraft) -> String {
    classify(&draft.validate().unwrap()).rule
}

fn category(nodule_type: NoduleType, status: Status, tenths: u16) -> Category {
    category_of(draft(nodule_type, status, tenths))
}

fn part_solid(status: Status, total: u16, solid: u16) -> NoduleDraft {
    NoduleDraft {
        solid_part: Some(round(solid)),
        ..draft(NoduleType::PartSolid, status, total)
    }
}

fn airway(level: AirwayLevel, status: Status) -> NoduleDraft {
    NoduleDraft {
        airway_level: Some(level),
        ..draft(NoduleType::Airway, status, 50)
    }
}

fn cyst(wall: Option<CystWall>, multilocular: bool, status: Status) -> NoduleDraft {
    NoduleDraft {
        cyst_wall: wall,
        multilocular,
        ..draft(NoduleType::Cyst, status, 200)
    }
}

/// Checks the category a tenth below each limit and at it; `edges` are sizes in tenths with the category from there on.
fn assert_edges(
    nodule_type: NoduleType,
    status: Status,
    first: Category,
    edges: &[(u16, Category)],
) {
    let mut below = first;
    assert_eq!(category(nodule_type, status, 1), first);
    for &(edge, above) in edges {
        let (under, on) = (
            category(nodule_type, status, edge - 1),
            category(nodule_type, status, edge),
        );
        assert_eq!((under, on), (below, above), "{status:?} at {edge} tenths");
        below = above;
    }
    assert_eq!(category(nodule_type, status, 3000), below);
}

#[test]
fn every_limit_of_solid_nodules_is_that_of_the_table() {
    use NoduleType::Solid;
    assert_edges(
        Solid,
        Status::Baseline,
        Two,
        &[(60, Three), (80, FourA), (150, FourB)],
    );
    assert_edges(
        Solid,
        Status::New,
        Two,
        &[(40, Three), (60, FourA), (80, FourB)],
    );
    assert_edges(Solid, Status::Growing, FourA, &[(80, FourB)]);
    // Stable: a 3 becomes a 2 and a 4A a 3.
    assert_edges(Solid, Status::Stable, Two, &[(80, Three), (150, FourB)]);
    assert_edges(Solid, Status::SlowlyGrowing, NeedsRadiologist, &[]);
}

#[test]
fn every_limit_of_non_solid_nodules_is_that_of_the_table() {
    use NoduleType::NonSolid;
    assert_edges(NonSolid, Status::Baseline, Two, &[(300, Three)]);
    assert_edges(NonSolid, Status::New, Two, &[(300, Three)]);
    assert_edges(NonSolid, Status::Stable, Two, &[]);
    assert_edges(NonSolid, Status::SlowlyGrowing, Two, &[]);
    assert_edges(NonSolid, Status::Growing, Two, &[(300, NeedsRadiologist)]);
}

#[test]
fn every_limit_of_juxtapleural_nodules_is_that_of_the_table() {
    use NoduleType::Juxtapleural;
    assert_edges(
        Juxtapleural,
        Status::Baseline,
        Two,
        &[(100, FourA), (150, FourB)],
    );
    assert_edges(Juxtapleural, Status::New, Two, &[(100, FourB)]);
    assert_edges(Juxtapleural, Status::Growing, FourA, &[(80, FourB)]);
    assert_edges(
        Juxtapleural,
        Status::Stable,
        Two,
        &[(100, Three), (150, FourB)],
    );
    assert_edges(Juxtapleural, Status::SlowlyGrowing, NeedsRadiologist, &[]);
}

#[test]
fn every_limit_of_part_solid_nodules_is_that_of_the_table() {
    for (status, total, solid, expected) in [
        (Status::Baseline, 59, 1, Two),
        (Status::Baseline, 59, 59, Two),
        (Status::Baseline, 60, 1, Three),
        (Status::Baseline, 60, 59, Three),
        (Status::Baseline, 3000, 59, Three),
        (Status::Baseline, 60, 60, FourA),
        (Status::Baseline, 79, 79, FourA),
        (Status::Baseline, 80, 79, FourA),
        (Status::Baseline, 80, 80, FourB),
        (Status::New, 59, 39, Three),
        (Status::New, 59, 59, Three),
        (Status::New, 60, 39, FourA),
        (Status::New, 60, 40, FourB),
        (Status::Growing, 59, 39, FourA),
        (Status::Growing, 59, 40, FourB),
        (Status::Growing, 300, 39, FourA),
        (Status::Growing, 300, 40, FourB),
        (Status::Stable, 59, 59, Two),
        (Status::Stable, 60, 59, Two),
        (Status::Stable, 80, 79, Three),
        (Status::Stable, 80, 80, FourB),
        (Status::SlowlyGrowing, 80, 80, NeedsRadiologist),
        (Status::GrowingTotalAlone, 80, 20, NeedsRadiologist),
    ] {
        let found = category_of(part_solid(status, total, solid));
        assert_eq!(found, expected, "{status:?}, {total}, {solid}");
    }
}

#[test]
fn airway_nodules_are_classified_by_level_and_status() {
    for level in AirwayLevel::ALL {
        let is_distal = level == AirwayLevel::Subsegmental;
        for (status, distal, proximal) in [
            (Status::Baseline, Two, FourA),
            (Status::New, Two, NeedsRadiologist),
            (Status::Stable, Two, FourB),
            (Status::SlowlyGrowing, NeedsRadiologist, FourB),
            (Status::Growing, NeedsRadiologist, FourB),
        ] {
            let expected = if is_distal { distal } else { proximal };
            let found = category_of(airway(level, status));
            assert_eq!(found, expected, "{level:?}, {status:?}");
        }
    }
}

#[test]
fn cysts_are_classified_by_wall_chambers_and_growth() {
    let (thin, thick) = (Some(CystWall::Thin), Some(CystWall::Thick));
    for (status, thin_walled, thick_walled, multilocular) in [
        (Status::Baseline, NeedsRadiologist, FourA, FourA),
        (Status::New, NeedsRadiologist, FourA, FourA),
        (Status::Stable, NeedsRadiologist, Three, Three),
        (
            Status::SlowlyGrowing,
            NeedsRadiologist,
            NeedsRadiologist,
            NeedsRadiologist,
        ),
        (Status::Growing, NeedsRadiologist, Three, NeedsRadiologist),
        (Status::GrowingWall, FourB, FourB, FourB),
    ] {
        assert_eq!(category_of(cyst(thin, false, status)), thin_walled);
        assert_eq!(category_of(cyst(thick, false, status)), thick_walled);
        for wall in [None, thin, thick] {
            assert_eq!(category_of(cyst(wall, true, status)), multilocular);
        }
    }
}

#[test]
fn fat_and_benign_calcification_make_a_1_of_any_size() {
    for pattern in Calcification::ALL {
        let calcified = NoduleDraft {
            calcification: pattern,
            ..draft(NoduleType::Solid, Status::Baseline, 200)
        };
        let benign = !matches!(pattern, Calcification::None | Calcification::Other);
        let expected = if benign { One } else { FourB };
        assert_eq!(category_of(calcified), expected, "{pattern:?}");
    }
    let fatty = |nodule| NoduleDraft {
        fat: true,
        ..nodule
    };
    assert_eq!(category_of(fatty(part_solid(Status::New, 200, 100))), One);
    let elsewhere = [
        airway(AirwayLevel::Main, Status::Stable),
        cyst(Some(CystWall::Thick), false, Status::Baseline),
    ];
    for nodule in elsewhere {
        assert_eq!(category_of(fatty(nodule)), NeedsRadiologist);
    }
}

#[test]
fn suspicious_features_raise_only_3_and_4_to_4x() {
    let nodules = [
        draft(NoduleType::Solid, Status::Baseline, 59),
        draft(NoduleType::Solid, Status::Baseline, 60),
        draft(NoduleType::Solid, Status::Baseline, 80),
        draft(NoduleType::Solid, Status::Baseline, 150),
        draft(NoduleType::NonSolid, Status::Growing, 300),
    ];
    for (nodule, expected) in nodules
        .into_iter()
        .zip([Two, FourX, FourX, FourX, NeedsRadiologist])
    {
        let suspicious = NoduleDraft {
            suspicious: true,
            ..nodule
        };
        let spiculated = NoduleDraft {
            margin: Some(Margin::Spiculated),
            ..nodule
        };
        assert_eq!(category_of(suspicious), expected);
        assert_eq!(category_of(spiculated), expected);
    }
    let fatty = NoduleDraft {
        fat: true,
        suspicious: true,
        ..nodules[3]
    };
    assert_eq!(category_of(fatty), One);
}

#[test]
fn a_juxtapleural_nodule_that_is_not_smooth_is_classified_as_solid() {
    for (margin, expected) in [
        (Margin::Smooth, Two),
        (Margin::Lobulated, FourA),
        (Margin::Irregular, FourA),
        (Margin::Spiculated, FourX),
    ] {
        let nodule = NoduleDraft {
            margin: Some(margin),
            ..draft(NoduleType::Juxtapleural, Status::Baseline, 90)
        };
        assert_eq!(category_of(nodule), expected, "{margin:?}");
    }
}

#[test]
fn the_mean_is_rounded_before_the_bands() {
    let nodule = NoduleDraft::new(NoduleType::Solid, Axes::new(length(149), length(150)));
    assert_eq!(category_of(nodule), FourB);
    let solid_part = Some(Axes::new(length(79), length(80)));
    let nodule = NoduleDraft {
        solid_part,
        ..draft(NoduleType::PartSolid, Status::Baseline, 120)
    };
    assert_eq!(category_of(nodule), FourB);
}

#[test]
fn a_new_solid_nodule_below_4_mm_is_a_2() {
    assert_eq!(category(NoduleType::Solid, Status::New, 39), Two);
}

#[test]
fn a_large_stable_non_solid_nodule_is_a_2() {
    for status in [Status::Stable, Status::SlowlyGrowing] {
        assert_eq!(category(NoduleType::NonSolid, status, 450), Two);
    }
}

#[test]
fn every_rule_states_type_status_and_row() {
    let rules = [
        draft(NoduleType::Solid, Status::Baseline, 100),
        draft(NoduleType::Solid, Status::Stable, 100),
        draft(NoduleType::Solid, Status::SlowlyGrowing, 100),
        part_solid(Status::Baseline, 100, 60),
        part_solid(Status::Stable, 100, 90),
        draft(NoduleType::NonSolid, Status::Stable, 310),
        draft(NoduleType::Juxtapleural, Status::New, 99),
        draft(NoduleType::Juxtapleural, Status::New, 100),
        airway(AirwayLevel::Lobar, Status::Baseline),
        cyst(None, true, Status::Stable),
        NoduleDraft {
            suspicious: true,
            ..draft(NoduleType::Solid, Status::New, 70)
        },
    ]
    .map(rule_of);
    insta::assert_snapshot!(rules.join("\n"), @r"
    solid, baseline, 8 to <15 mm
    solid, stable, 8 to <15 mm: a category 4A stable at 3 months
    the table has no row for a solid nodule that grows slowly
    part-solid, baseline, total 6 mm or more, solid part 6 to <8 mm
    part-solid, stable, solid part 8 mm or more
    non-solid, stable, 30 mm or more
    juxtapleural, new, <10 mm
    juxtapleural, taken as solid, new, 8 mm or more
    airway, segmental or more proximal, baseline
    cyst, stable, multilocular: a category 4A stable at 3 months
    solid, new, 6 to <8 mm, with a further suspicious feature
    ");
}
