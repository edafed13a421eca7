use std::path::Path;

use zeroize::Zeroizing;

use super::*;
use crate::cancel::Cancel;
use crate::clinical::patient::Field;
use crate::clinical::patient::PatientDraft;
use crate::clinical::terms;
use crate::config::{Config, Options};
use crate::model::WeightsError;
use crate::store::{Access, Account, AccountStatus, AuditQuery, Registration, Role, SignIn, Store};

const PASSWORD: &str = "seven quiet herons wade";

/// A server's records, and the area of each account in a folder of its own.
struct Server {
    home: tempfile::TempDir,
    store: Store,
}

impl Server {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path()).unwrap();
        Self {
            store: store.with_open_registration(true),
            home,
        }
    }

    /// Registers an account and signs it in; the first one of a hospital administers it.
    fn enter(&self, hospital: &str, email: &str, role: Role) -> SignIn {
        let account = self.register(hospital, email);
        if account.standing == AccountStatus::Pending {
            let administrator = self.sign_in(&format!("administrator@{}", host(email)));
            let access = &administrator.access;
            self.store
                .approve_account(access, account.id, role)
                .unwrap();
        }
        let entered = self.sign_in(email);
        self.store
            .accept_terms(&entered.access, terms::VERSION)
            .unwrap();
        entered
    }

    fn register(&self, hospital: &str, email: &str) -> Account {
        let registration = Registration {
            hospital: hospital.into(),
            admin_id: "RT-4471".into(),
            full_name: "Ada Byron".into(),
            email: email.into(),
            password: Zeroizing::new(PASSWORD.into()),
        };
        self.store.register(&registration).unwrap()
    }

    fn sign_in(&self, email: &str) -> SignIn {
        self.store.sign_in(email, PASSWORD).unwrap()
    }

    /// Output, errors and exit status of a command of an account.
    fn answer(&self, line: &str, access: &Access, account: &Account) -> (String, String, u8) {
        let options = Options {
            home: Some(self.home.path().to_owned()),
            ..Options::default()
        };
        let config = Config::load(&options).unwrap();
        let root = self.home.path().join(account.id.0.to_string());
        std::fs::create_dir_all(root.join("outbox")).unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let real = |named: &Path| root.join(named.strip_prefix("/").unwrap_or(named));
        let status = Remote.run(Call {
            line,
            config: &config,
            store: &self.store,
            access,
            account,
            real: &real,
            target: &|named| {
                let below = !named.is_absolute() && !named.starts_with("..");
                below.then(|| root.join("outbox").join(named))
            },
            networks: &|| {
                Err(WeightsError::Missing {
                    name: "x",
                    looked_in: vec!["/srv/secret".into()],
                    option: "--model",
                })
            },
            cancel: &Cancel::default(),
            out: &mut out,
            err: &mut err,
        });
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(out), text(err), status)
    }
}

fn host(email: &str) -> &str {
    email.split_once('@').unwrap().1
}

/// A server with one account, which administers its hospital.
fn one_account() -> (Server, SignIn) {
    let server = Server::new();
    let entered = server.enter("St. Mary", "administrator@mary.org", Role::Administrator);
    (server, entered)
}

#[test]
fn commands_that_are_not_offered_are_refused_in_a_sentence() {
    let (server, one) = one_account();
    let answer = |line: &str| server.answer(line, &one.access, &one.account);
    for line in [
        "id",
        "sh -c 'analyze x'",
        "backup x",
        "scp -t /inbox",
        "analyze",
        "analyze --heatmap /etc x",
        "--home / analyze x",
        "scan info a --config /etc/passwd",
        "patients merge P-1 P-2",
        "patients list --token-file /etc/passwd",
        "patients list --email administrator@mary.org",
        "report words P-1 --findings /etc/passwd",
        "worklist add P-1 --on 2026-01-01",
        "follow-up close P-1 --reason died",
        "import x.csv",
        "audit list",
        "account list",
    ] {
        let (out, err, status) = answer(line);
        assert_eq!((out.as_str(), status), ("", 2), "{line}: {err}");
        for name in offered::names() {
            assert!(err.contains(&name), "{line}: {err}");
        }
    }
    let (_, err, status) = answer("scan info 'a");
    assert_eq!(status, 2);
    assert!(err.contains("quotation mark"), "{err}");
    let (out, _, status) = answer("--help");
    assert_eq!(status, 0);
    assert!(out.contains("analyze") && out.contains("worklist"), "{out}");
}

#[test]
fn the_table_of_commands_is_what_the_sentence_names() {
    assert_eq!(
        offered::names(),
        [
            "analyze",
            "export",
            "follow-up list",
            "patients list",
            "patients show",
            "report",
            "scan info",
            "worklist list",
            "worklist export",
        ]
    );
    assert!(offered::sentence().contains("worklist list and worklist export; files"));
}

#[test]
fn a_scan_is_described_and_foreign_text_stays_harmless() {
    let (server, one) = one_account();
    let answer = |line: &str| server.answer(line, &one.access, &one.account);
    let (_, err, status) = answer("analyze x.dcm --json");
    assert_eq!(status, 1);
    assert!(
        !err.contains("/srv") && err.contains("administrator"),
        "{err}"
    );
    let (out, err, status) = answer("scan info \"no\u{9b}31m.dcm\" --json");
    assert_eq!((out.as_str(), status), ("", 1));
    assert!(
        err.starts_with("lunny: ") && !err.contains('\u{9b}'),
        "{err:?}"
    );
}

/// Every command on a patient's record, and one word of a good answer.
const COMMANDS: [(&str, &str); 9] = [
    ("patients list", "Kim Marsh"),
    (
        "patients list --json --search marsh",
        "\"full_name\":\"Kim Marsh\"",
    ),
    ("patients show M-1", "Kim Marsh"),
    ("report M-1 --text record.txt", "record.txt"),
    (
        "report M-1 --fhir record.json --pdf record.pdf",
        "record.pdf",
    ),
    ("export M-1 --to . --format csv", ".csv"),
    ("worklist list --list next --json", "M-1"),
    ("worklist export --list next --to .", ".csv: 1 row"),
    ("follow-up list", "0 follow-ups"),
];

#[test]
fn every_role_reads_the_records_of_its_own_hospital_and_no_others() {
    let server = Server::new();
    let mary = server.enter("St. Mary", "administrator@mary.org", Role::Administrator);
    let anne = server.enter("St. Anne", "administrator@anne.org", Role::Administrator);
    let mut draft = PatientDraft::default();
    draft.set(Field::Number, "M-1");
    draft.set(Field::FullName, "Kim Marsh");
    let today = jiff::civil::date(2026, 3, 9);
    let patient = draft.validate(today).unwrap();
    let id = server.store.create_patient(&mary.access, &patient).unwrap();
    let tomorrow = jiff::Zoned::now().date().tomorrow().unwrap();
    let plan = crate::clinical::worklist::ExamPlan::new(tomorrow, "ACC-1", "screening").unwrap();
    server.store.plan_exam(&mary.access, id, &plan).unwrap();
    for role in Role::ALL {
        let of = |hospital: &str, host: &str, first: &SignIn| match role {
            Role::Administrator => (first.access.clone(), first.account.clone()),
            _ => {
                let email = format!("{}@{host}", role.as_str());
                let entered = server.enter(hospital, &email, role);
                (entered.access.clone(), entered.account.clone())
            }
        };
        let (own, own_account) = of("St. Mary", "mary.org", &mary);
        let (other, other_account) = of("St. Anne", "anne.org", &anne);
        for (line, word) in COMMANDS {
            let (out, err, status) = server.answer(line, &own, &own_account);
            assert_eq!((status, err.as_str()), (0, ""), "{role:?}: {line}");
            assert!(out.contains(word), "{role:?}: {line}: {out}");
            let (out, err, _) = server.answer(line, &other, &other_account);
            assert!(
                !out.contains("Marsh") && !out.contains("M-1"),
                "{role:?}: {line}: {out}"
            );
            assert!(!err.contains("Marsh"), "{role:?}: {line}: {err}");
            let names_her = line.contains(" M-1");
            assert_eq!(
                names_her,
                err.contains("no patient of your hospital"),
                "{line}: {err}"
            );
        }
        let other_files = server
            .home
            .path()
            .join(other_account.id.0.to_string())
            .join("outbox");
        let lists = std::fs::read_dir(other_files).unwrap().flatten();
        for file in lists {
            let text = std::fs::read_to_string(file.path()).unwrap_or_default();
            assert!(!text.contains("Marsh"), "{text}");
        }
    }
}

#[test]
fn copies_leave_only_into_the_outbox_and_are_entered_in_the_log() {
    let (server, one) = one_account();
    let mut draft = PatientDraft::default();
    draft.set(Field::Number, "M-1");
    draft.set(Field::FullName, "Kim Marsh");
    let patient = draft.validate(jiff::civil::date(2026, 3, 9)).unwrap();
    server.store.create_patient(&one.access, &patient).unwrap();
    let answer = |line: &str| server.answer(line, &one.access, &one.account);
    for line in [
        "report M-1 --text /etc/record.txt",
        "report M-1 --pdf ../inbox/record.pdf",
        "export M-1 --to /tmp --format csv",
        "worklist export --to ../..",
    ] {
        let (out, err, status) = answer(line);
        assert_eq!((out.as_str(), status), ("", 1), "{line}: {err}");
        assert!(err.contains("below /outbox"), "{line}: {err}");
    }
    let copies = || {
        let query = AuditQuery::default();
        let page = server.store.audit_entries(&one.access, &query).unwrap();
        let actions = page
            .entries
            .iter()
            .filter(|entry| entry.action == "export record");
        actions.count()
    };
    let before = copies();
    for line in [
        "report M-1 --text a.txt",
        "patients show M-1",
        "export M-1 --to . --format csv",
    ] {
        assert_eq!(answer(line).2, 0, "{line}");
    }
    assert_eq!(copies(), before + 3);
    // A copy is replaced only where that is said.
    let (_, err, status) = answer("report M-1 --text a.txt");
    assert_eq!(status, 1);
    assert!(err.contains("already exists"), "{err}");
}

#[test]
fn without_terms_and_after_the_account_is_closed_nothing_is_read() {
    let (server, one) = one_account();
    let account = server.register("St. Mary", "technician@mary.org");
    server
        .store
        .approve_account(&one.access, account.id, Role::Technician)
        .unwrap();
    let entered = server.sign_in("technician@mary.org");
    let answer = |line: &str| server.answer(line, &entered.access, &entered.account);
    for line in ["patients list", "worklist list", "follow-up list"] {
        let (out, err, status) = answer(line);
        assert_eq!((out.as_str(), status), ("", 1), "{line}");
        assert!(err.contains("terms"), "{line}: {err}");
    }
    server
        .store
        .accept_terms(&entered.access, terms::VERSION)
        .unwrap();
    assert_eq!(answer("patients list").2, 0);
    server
        .store
        .disable_account(&one.access, account.id)
        .unwrap();
    let (out, err, status) = answer("patients list");
    assert_eq!((out.as_str(), status), ("", 1), "{err}");
}
