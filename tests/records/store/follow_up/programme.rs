//! Letters, and the figures of a screening programme.

use super::*;

#[test]
fn a_letter_has_the_text_that_an_administrator_set() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let technician = installation.enter_as("St. Mary", BO, Role::Technician);
    let store = &installation.store;
    let kind = LetterKind::Recall;
    let usual = kind.default_text();
    assert_eq!(store.letter_text(&technician, kind).unwrap(), usual);
    let refused = store.set_letter_text(&technician, kind, "Dear {name}");
    assert!(matches!(refused, Err(StoreError::NotAllowed { .. })));
    let unknown = store.set_letter_text(&access, kind, "Dear {nmae}");
    assert!(matches!(unknown, Err(StoreError::InvalidFollowUp(_))));
    store.set_letter_text(&access, kind, "Dear {name}").unwrap();
    assert_eq!(store.letter_text(&technician, kind).unwrap(), "Dear {name}");
    let overdue = LetterKind::Overdue;
    assert_eq!(
        store.letter_text(&access, overdue).unwrap(),
        overdue.default_text()
    );
    store.set_letter_text(&access, kind, " ").unwrap();
    assert_eq!(store.letter_text(&access, kind).unwrap(), usual);
    assert_eq!(installation.logged("set letter text", "done"), 2);
}

#[test]
fn the_overview_counts_what_waits_for_the_account() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    scanned(store, &access, "P-1", Date::constant(2025, 3, 1), None);
    store.save_draft(&access, "patient new", None, "x").unwrap();
    store.register(&registration("St. Mary", BO)).unwrap();
    let waits = store.overview(&access, TODAY).unwrap();
    assert_eq!((waits.drafts, waits.waiting_accounts), (1, 1));
    assert_eq!(waits.unsigned, Count::Exactly(1));
    assert_eq!(waits.follow_ups.due, Count::Exactly(1));
}

#[test]
fn the_figures_of_a_programme_are_those_of_its_exams() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let other = installation.enter("Elsewhere", BO);
    let store = &installation.store;
    let day = |year, month, day| Date::constant(year, month, day);
    // Due on 1 March 2025: made ten days late, in time; 40 days late; never; declined; died.
    for (number, made_on) in [
        ("IN-TIME", Some((3, 11))),
        ("LATE", Some((4, 10))),
        ("MISSED", None),
    ] {
        let saved = scanned(store, &access, number, day(2024, 3, 1), None);
        if let Some((month, on)) = made_on {
            let file = format!("{number}-2");
            again(store, &access, saved.patient, &file, day(2025, month, on));
        }
    }
    for (number, reason) in [
        ("DECLINED", ClosingReason::Declined),
        ("DIED", ClosingReason::Died),
    ] {
        let saved = scanned(store, &access, number, day(2024, 3, 1), None);
        let on = day(2025, 1, 5);
        store
            .close_follow_up(&access, saved.exam, reason, "", on)
            .unwrap();
    }
    // A cancer, found after a positive exam.
    let found = scanned(store, &access, "FOUND", day(2025, 5, 2), Some(160));
    let record = store.patient(&access, found.patient).unwrap();
    let diagnosed = person("FOUND", "Found", "", "2025-05-20");
    store
        .change_patient(&access, found.patient, record.revision, &diagnosed)
        .unwrap();
    save(store, &access, "NO-CATEGORY", "No Category");

    let year = (day(2025, 1, 1), day(2025, 12, 31));
    let figures = store.programme_figures(&access, year, TODAY).unwrap();
    let adherence = figures.adherence;
    assert_eq!((adherence.in_time, adherence.late), (1, 1));
    assert_eq!((adherence.missed, adherence.ended), (2, 2));
    assert_eq!(adherence.rate(), Some(0.25));
    assert_eq!(figures.median_delay_days, Some(25.0));
    assert_eq!(figures.cancers, 1);
    // The exams of 2025: two of category 1, and the one that found the cancer.
    assert_eq!((figures.exams(), figures.positive()), (3, 1));
    assert_eq!(figures.in_month(day(2025, 5, 1), Some(Category::FourB)), 1);
    let before = (day(2023, 1, 1), day(2023, 12, 31));
    let figures = store.programme_figures(&access, before, TODAY).unwrap();
    // The clock stands in November 2023.
    assert_eq!((figures.exams(), figures.of(None)), (1, 1));
    let elsewhere = store.programme_figures(&other, year, TODAY).unwrap();
    assert_eq!((elsewhere.exams(), elsewhere.cancers), (0, 0));
}
