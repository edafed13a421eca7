use super::NoduleError::*;
use super::*;

fn length(tenths: u16) -> Millimetres {
    Millimetres::from_tenths(tenths).unwrap()
}

fn round(tenths: u16) -> Axes {
    Axes::new(length(tenths), length(tenths))
}

fn draft(nodule_type: NoduleType) -> NoduleDraft {
    NoduleDraft::new(nodule_type, round(100))
}

fn part_solid(solid: Axes) -> NoduleDraft {
    NoduleDraft {
        solid_part: Some(solid),
        ..draft(NoduleType::PartSolid)
    }
}

fn earlier(mean: u16, solid: Option<u16>) -> Option<Earlier> {
    let sizes = Sizes {
        mean: length(mean),
        solid_mean: solid.map(length),
    };
    Some(Earlier {
        sizes,
        category: None,
    })
}

#[test]
fn every_type_requires_its_own_data() {
    let needs = [
        (NoduleType::Solid, None),
        (NoduleType::PartSolid, Some(NoSolidPart)),
        (NoduleType::NonSolid, None),
        (NoduleType::Juxtapleural, None),
        (NoduleType::Airway, Some(NoAirwayLevel)),
        (NoduleType::Cyst, Some(NoCystWall)),
    ];
    for (nodule_type, error) in needs {
        assert_eq!(
            draft(nodule_type).validate().err(),
            error,
            "{nodule_type:?}"
        );
    }
}

#[test]
fn data_of_another_type_is_refused() {
    for nodule_type in NoduleType::ALL {
        let draft = draft(nodule_type);
        let with_solid_part = NoduleDraft {
            solid_part: Some(round(30)),
            ..draft
        };
        let with_level = NoduleDraft {
            airway_level: Some(AirwayLevel::Lobar),
            ..draft
        };
        let with_wall = NoduleDraft {
            cyst_wall: Some(CystWall::Thin),
            ..draft
        };
        let with_chambers = NoduleDraft {
            multilocular: true,
            ..draft
        };
        for (draft, owner, error) in [
            (with_solid_part, NoduleType::PartSolid, SolidPartElsewhere),
            (with_level, NoduleType::Airway, AirwayLevelElsewhere),
            (with_wall, NoduleType::Cyst, CystElsewhere),
            (with_chambers, NoduleType::Cyst, CystElsewhere),
        ] {
            let expected = (nodule_type != owner).then_some(error);
            assert_eq!(draft.validate().err(), expected, "{draft:?}");
        }
    }
}

#[test]
fn a_solid_part_fits_into_its_nodule() {
    assert!(part_solid(round(100)).validate().is_ok());
    assert_eq!(part_solid(round(101)).validate(), Err(SolidPartTooLarge));
    // A mean that would fit is not enough: each axis must fit.
    let long = Axes::new(length(101), length(10));
    assert_eq!(part_solid(long).validate(), Err(SolidPartTooLarge));
}

#[test]
fn a_status_of_another_type_is_refused() {
    let solid = |status| NoduleDraft {
        status,
        ..draft(NoduleType::Solid)
    };
    let total = solid(Status::GrowingTotalAlone).validate();
    assert_eq!(total, Err(TotalAloneElsewhere));
    let wall = solid(Status::GrowingWall).validate();
    assert_eq!(wall, Err(GrowingWallElsewhere));
}

#[test]
fn an_earlier_size_must_agree_with_the_status() {
    let now = |status, earlier| {
        let draft = NoduleDraft {
            status,
            earlier,
            ..draft(NoduleType::Solid)
        };
        draft.validate().err()
    };
    let (just_not, grown) = (earlier(85, None), earlier(84, None));
    assert_eq!(now(Status::Stable, just_not), None);
    assert_eq!(now(Status::Stable, grown), Some(GrewWhileStable));
    assert_eq!(now(Status::Growing, just_not), Some(NoGrowth));
    assert_eq!(now(Status::Growing, grown), None);
    assert_eq!(now(Status::SlowlyGrowing, just_not), None);
    for status in [Status::Baseline, Status::New] {
        assert_eq!(now(status, grown), Some(EarlierUnheardOf(status)));
    }
    let with_solid_part = earlier(85, Some(20));
    assert_eq!(now(Status::Stable, with_solid_part), Some(EarlierSolidPart));
}

#[test]
fn growth_of_a_part_solid_nodule_is_that_of_its_solid_part() {
    let now = |status, earlier| {
        let draft = NoduleDraft {
            status,
            earlier,
            ..part_solid(round(50))
        };
        draft.validate().err()
    };
    let (total, solid) = (earlier(80, Some(40)), earlier(95, Some(30)));
    assert_eq!(now(Status::Growing, total), Some(NoGrowth));
    assert_eq!(now(Status::GrowingTotalAlone, total), None);
    assert_eq!(now(Status::Growing, solid), None);
    assert_eq!(now(Status::GrowingTotalAlone, solid), Some(NoGrowth));
    for earlier in [total, solid] {
        assert_eq!(now(Status::Stable, earlier), Some(GrewWhileStable));
    }
    let (missing, too_large) = (earlier(95, None), earlier(40, Some(41)));
    assert_eq!(now(Status::Stable, missing), Some(EarlierSolidPart));
    assert_eq!(now(Status::Growing, missing), None);
    let error = now(Status::SlowlyGrowing, too_large);
    assert_eq!(error, Some(EarlierSolidPartTooLarge));
}

#[test]
fn a_category_that_no_measured_nodule_had_is_refused() {
    for category in Category::ALL {
        let draft = NoduleDraft {
            status: Status::Stable,
            earlier: earlier(100, None).map(|earlier| Earlier {
                category: Some(category),
                ..earlier
            }),
            ..draft(NoduleType::Solid)
        };
        let refused = matches!(
            category,
            Category::Zero | Category::One | Category::NeedsRadiologist
        );
        let error = refused.then_some(EarlierCategory(category));
        assert_eq!(draft.validate().err(), error);
    }
}

#[test]
fn a_spiculated_margin_is_a_suspicious_feature() {
    for margin in Margin::ALL {
        let draft = NoduleDraft {
            margin: Some(margin),
            ..draft(NoduleType::Solid)
        };
        let suspicious = draft.validate().unwrap().has_suspicious_features();
        assert_eq!(suspicious, margin == Margin::Spiculated);
    }
}
