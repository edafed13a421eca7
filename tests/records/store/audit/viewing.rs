//! Pages, filters and export of the audit log, and the accounts that may see it.

use super::*;

/// All entries of the hospital, newest first, page by page.
fn pages(store: &Store, access: &Access, query: &AuditQuery) -> Vec<i64> {
    let mut query = query.clone();
    let mut seen = Vec::new();
    loop {
        let page = store.audit_entries(access, &query).unwrap();
        seen.extend(page.entries.iter().map(|entry| entry.seq));
        match page.entries.last() {
            Some(last) if page.more => query.place = AuditPlace::Before(last.position()),
            _ => return seen,
        }
    }
}

#[test]
fn pages_of_the_log_follow_without_gaps_in_both_directions() {
    let (installation, access) = busy();
    let end = last(&installation);
    let query = AuditQuery {
        limit: 3,
        ..AuditQuery::default()
    };
    let down = pages(&installation.store, &access, &query);
    assert_eq!(down, (1..=end).rev().collect::<Vec<_>>());

    // Back up from the oldest entry; viewing has added an entry meanwhile.
    let mut up = Vec::new();
    let mut query = AuditQuery {
        place: AuditPlace::Oldest,
        ..query
    };
    loop {
        let page = installation.store.audit_entries(&access, &query).unwrap();
        up.extend(page.entries.iter().rev().map(|entry| entry.seq));
        match page.entries.first() {
            Some(first) if page.more => query.place = AuditPlace::After(first.position()),
            _ => break,
        }
    }
    assert_eq!(up, (1..=end + 2).collect::<Vec<_>>());
}

#[test]
fn the_log_is_filtered_by_account_action_object_time_and_outcome() {
    let (installation, ada) = busy();
    let grace = installation.enter("St. Mary", "grace@example.org");
    let saved = save(&installation.store, &grace, "P-4", "Jean Bartik");
    installation.store.delete_exam(&grace, saved.exam).unwrap();
    assert!(
        installation
            .store
            .sign_in("grace@example.org", "wrong")
            .is_err()
    );
    let found = |query: AuditQuery| {
        let page = installation.store.audit_entries(&ada, &query).unwrap();
        let line = |entry: &lunny::store::AuditEntry| {
            let name = entry.object.as_ref().and_then(|object| object.name.clone());
            format!("{} {}", entry.action, name.unwrap_or_default())
        };
        page.entries.iter().map(line).collect::<Vec<_>>()
    };
    let all = || AuditQuery::default();
    let of_p4 = found(AuditQuery {
        patient: " p-4 ".into(),
        ..all()
    });
    assert_eq!(
        of_p4,
        ["delete exam P-4", "save exam P-4", "create patient P-4"]
    );
    assert_eq!(
        found(AuditQuery {
            patient: "P-9".into(),
            ..all()
        }),
        [""; 0]
    );
    let deleted = found(AuditQuery {
        action: "Del".into(),
        ..all()
    });
    assert_eq!(deleted, ["delete exam P-4"]);
    let two_words = found(AuditQuery {
        action: "re".into(),
        ..all()
    });
    assert_eq!(
        two_words,
        ["register grace@example.org", "register ada@example.org"]
    );
    let refused = AuditQuery {
        outcome: Some(AuditOutcome::Refused),
        ..all()
    };
    assert_eq!(found(refused.clone()), ["sign in grace@example.org"]);
    assert_eq!(
        found(AuditQuery {
            account: "ada@".into(),
            ..refused
        }),
        [""; 0]
    );
    // Entries by this account, and about it.
    let of_grace = found(AuditQuery {
        account: "GRACE@".into(),
        ..all()
    });
    assert_eq!(
        of_grace.first().map(String::as_str),
        Some("sign in grace@example.org")
    );
    assert!(of_grace.contains(&"approve account grace@example.org".to_owned()));
    assert!(of_grace.contains(&"create patient P-4".to_owned()));
    assert!(!of_grace.iter().any(|line| line.contains("P-1")));
    let both = AuditQuery {
        account: "grace".into(),
        action: "save".into(),
        ..all()
    };
    assert_eq!(found(both), ["save exam P-4"]);
    let start = Timestamp::constant(1_700_000_000, 0);
    let early = AuditQuery {
        until: Some(start + 4.seconds()),
        ..all()
    };
    assert_eq!(found(early), ["register ada@example.org"]);
    let late = AuditQuery {
        from: Some(start + 1.hours()),
        ..all()
    };
    assert_eq!(found(late), [""; 0]);
}

#[test]
fn only_administrators_see_the_log_and_only_that_of_their_hospital() {
    let (installation, ada) = busy();
    let other = installation.enter("St. Luke", "luke@example.org");
    save(&installation.store, &other, "P-1", "Somebody Else");
    let technician = installation.enter_as("St. Mary", "grace@example.org", Role::Technician);
    let refused = installation
        .store
        .audit_entries(&technician, &AuditQuery::default());
    assert!(matches!(refused, Err(StoreError::NotAllowed { .. })));
    let refused = installation.store.verify_audit_as(&technician, None);
    assert!(matches!(refused, Err(StoreError::NotAllowed { .. })));
    assert!(matches!(
        installation.store.audit_head(&technician),
        Err(StoreError::NotAllowed { .. })
    ));
    let refused =
        installation
            .store
            .export_audit(&technician, AuditSpan::default(), &mut Vec::new());
    assert!(matches!(
        refused,
        Err(AuditExportError::Store(StoreError::NotAllowed { .. }))
    ));

    let mine = pages(&installation.store, &ada, &AuditQuery::default());
    let theirs = pages(&installation.store, &other, &AuditQuery::default());
    assert!(!theirs.is_empty() && !mine.iter().any(|seq| theirs.contains(seq)));
    // Another hospital's account and patient cannot be queried.
    let luke = AuditQuery {
        account: "luke".into(),
        ..AuditQuery::default()
    };
    assert_eq!(
        installation
            .store
            .audit_entries(&ada, &luke)
            .unwrap()
            .entries,
        []
    );
    let number = AuditQuery {
        patient: "P-1".into(),
        ..AuditQuery::default()
    };
    let entries = installation
        .store
        .audit_entries(&other, &number)
        .unwrap()
        .entries;
    assert_eq!(entries.len(), 2);
    // An unknown email belongs to no hospital.
    assert!(
        installation
            .store
            .sign_in("unknown@example.org", PASSWORD)
            .is_err()
    );
    let refused = AuditQuery {
        outcome: Some(AuditOutcome::Refused),
        ..AuditQuery::default()
    };
    assert_eq!(
        installation
            .store
            .audit_entries(&ada, &refused)
            .unwrap()
            .entries,
        []
    );
}

#[test]
fn an_export_contains_the_hospital_s_entries_and_the_head_and_no_patient_data() {
    let (installation, ada) = busy();
    let other = installation.enter("St. Luke", "luke@example.org");
    save(&installation.store, &other, "P-1", "Somebody Else");
    let mut out = Vec::new();
    let export = installation
        .store
        .export_audit(&ada, AuditSpan::default(), &mut out)
        .unwrap();
    let text = String::from_utf8(out).unwrap();
    for secret in ["P-1", "Hopper", "luke@", "Somebody"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len() as u64, export.entries + 1);
    assert_eq!(lines[0]["action"], "register");
    assert_eq!(lines[0]["account"], "ada@example.org");
    assert_eq!(lines[lines.len() - 2]["action"], "export log");
    let kept = AuditHead::parse(text.lines().last().unwrap()).unwrap();
    assert_eq!(kept, export.head);
    assert_eq!(kept.seq, last(&installation));
    installation.store.accept_terms(&ada, "1").unwrap();
    assert_eq!(
        installation.store.verify_audit(Some(&kept)).unwrap().fault,
        None
    );

    let late = AuditSpan {
        from: Some(Timestamp::constant(1_800_000_000, 0)),
        until: None,
    };
    let mut out = Vec::new();
    assert_eq!(
        installation
            .store
            .export_audit(&ada, late, &mut out)
            .unwrap()
            .entries,
        0
    );
}
