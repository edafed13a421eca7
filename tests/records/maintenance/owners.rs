//! The rights over an installation: approval of hospitals, and owners.

use super::*;

#[test]
fn a_new_hospital_waits_and_its_administrator_has_no_right_over_the_installation() {
    let (folder, home) = with_records();
    let eve = register(&home, "Evil Clinic", EVE, "");
    assert_eq!(
        (&eve["standing"], &eve["hospital_waits"]),
        (&"pending".into(), &true.into())
    );
    let waits = refused(&by(EVE, &home, "backup eve.backup"));
    assert!(waits.contains("Evil Clinic is a new hospital"), "{waits}");
    let listed = done(&by(EMAIL, &home, "account hospitals"));
    assert!(
        listed.contains(EVE) && listed.contains("Evil Clinic"),
        "{listed}"
    );
    let opened = done(&by(
        EMAIL,
        &home,
        &format!("account approve-hospital {EVE}"),
    ));
    assert!(opened.contains("Evil Clinic is approved"), "{opened}");

    done(&by(EMAIL, &home, "backup monday.backup"));
    let elsewhere = folder.path().join("elsewhere");
    register(&elsewhere, "Evil Clinic", EVE, "");
    accept_terms_at_once(&elsewhere);
    done(&by(EVE, &elsewhere, "backup foreign.backup"));
    let before = listing(&home);
    let key = fs::read(home.join("lunny.key")).unwrap();
    for arguments in [
        "backup eve.backup",
        "backup monday.backup --force",
        "restore monday.backup --replace",
        "restore monday.backup --replace --older",
        "restore foreign.backup --key-file elsewhere/lunny.key --replace --foreign --older",
        "key rotate",
        "key rotate --to-passphrase",
        "account owners",
        "account hospitals",
        "account appoint-owner eve@example.org",
        "account withdraw-owner ada@example.org",
        "account approve-hospital eve@example.org",
    ] {
        let said = refused(&by(EVE, &home, arguments));
        assert!(
            said.contains("only an owner of this installation"),
            "{arguments}: {said}"
        );
    }
    for arguments in [
        "restore monday.backup --replace --records-unreadable",
        "restore foreign.backup --key-file elsewhere/lunny.key --replace --foreign --records-unreadable",
    ] {
        let said = refused(&by(EVE, &home, arguments));
        assert!(
            said.contains("leave out --records-unreadable"),
            "{arguments}: {said}"
        );
    }
    let said = refused(&by(EVE, &home, "account reset-code ada@example.org"));
    assert!(said.contains("not an account of your hospital"), "{said}");
    assert!(!folder.path().join("eve.backup").exists());
    let names = |files: Vec<(std::ffi::OsString, u64, u32)>| -> Vec<_> {
        files.into_iter().map(|file| file.0).collect()
    };
    assert_eq!(
        names(listing(&home)),
        names(before),
        "no file added or removed"
    );
    assert_eq!(fs::read(home.join("lunny.key")).unwrap(), key);
    let refusals = done(&by(EMAIL, &home, "audit verify"));
    assert!(refusals.contains("sound"), "{refusals}");
}

#[test]
fn open_registration_approves_a_hospital_and_gives_no_right_over_the_installation() {
    let (_folder, home) = with_records();
    let eve = register(&home, "Evil Clinic", EVE, "--open-registration");
    assert_eq!(
        (&eve["standing"], &eve["owner"]),
        (&"active".into(), &false.into())
    );
    refused(&by(EVE, &home, "backup eve.backup"));
    fs::write(home.join("config.toml"), "open_registration = true\n").unwrap();
    let bo = register(&home, "Other Clinic", "bo@example.org", "");
    assert_eq!(
        (&bo["standing"], &bo["role"]),
        (&"active".into(), &"administrator".into())
    );
}

#[test]
fn owners_are_appointed_and_withdrawn_and_the_last_one_stays() {
    let (_folder, home) = with_records();
    let last = refused(&by(
        EMAIL,
        &home,
        &format!("account withdraw-owner {EMAIL}"),
    ));
    assert!(last.contains("the last active owner"), "{last}");
    register(&home, "Evil Clinic", EVE, "--open-registration");
    let said = done(&by(EMAIL, &home, &format!("account appoint-owner {EVE}")));
    assert!(said.contains("is an owner"), "{said}");
    let owners = done(&by(EVE, &home, "account owners --json"));
    assert_eq!(owners.lines().count(), 2, "{owners}");
    done(&by(EVE, &home, &format!("account withdraw-owner {EMAIL}")));
    refused(&by(EMAIL, &home, "backup ada.backup"));
    let unknown = refused(&by(EVE, &home, "account appoint-owner unknown@example.org"));
    assert!(unknown.contains("unknown@example.org"), "{unknown}");
}
