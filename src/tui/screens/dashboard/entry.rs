//! The entries of the dashboard's menu and the screens that they open.

use crate::clinical::follow_up::List;
use crate::clinical::worklist::PlannedList;
use crate::store::PatientId;
use crate::tui::context::Context;
use crate::tui::reply::Reply;
use crate::tui::screens::Screen;
use crate::tui::screens::accounts::Accounts;
use crate::tui::screens::audit_log::AuditLog;
use crate::tui::screens::confirm::Confirm;
use crate::tui::screens::deleted::Deleted;
use crate::tui::screens::duplicates::Duplicates;
use crate::tui::screens::follow_ups::FollowUps;
use crate::tui::screens::import::Import;
use crate::tui::screens::my_account::MyAccount;
use crate::tui::screens::new_patient::NewPatient;
use crate::tui::screens::patients::Patients;
use crate::tui::screens::picker::Picker;
use crate::tui::screens::statistics::Statistics;
use crate::tui::screens::worklist::Worklist;

/// Entry of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    Analysis,
    NewRecord,
    Patients,
    Worklist,
    FollowUps,
    Statistics,
    Import,
    Duplicates,
    DeletedRecords,
    Accounts,
    AuditLog,
    MyAccount,
    SignOut,
}

impl Entry {
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Analysis => ("New analysis", "choose a chest CT scan and analyse it"),
            Self::NewRecord => ("New record", "enter a new patient"),
            Self::Patients => ("Patients", "search and open records"),
            Self::Import => ("Import", "import patients from a CSV file, with a dry run"),
            Self::Duplicates => (
                "Duplicates",
                "records that may be of the same person, merging them",
            ),
            Self::DeletedRecords => ("Deleted records", "view and restore deleted records"),
            Self::Accounts => ("Accounts", "users of this hospital, waiting accounts"),
            Self::AuditLog => ("Audit log", "who did what and when"),
            Self::MyAccount => ("My account", "password, second factor, tokens, sign-ins"),
            Self::SignOut => ("Sign out", "return to the first screen"),
            Self::Worklist => (
                "Worklist",
                "exams planned for today and the next days, missed, done",
            ),
            Self::FollowUps => (
                "Follow-up",
                "exams that are due and overdue, letters, closing",
            ),
            Self::Statistics => (
                "Statistics",
                "exams by month and category, cancers, adherence",
            ),
        }
    }

    /// The screen that it opens. `created` takes the record that its form makes.
    pub(super) fn screen(
        self,
        created: Reply<PatientId>,
        context: &Context<'_>,
    ) -> Box<dyn Screen> {
        match self {
            Self::Analysis => Box::new(Picker::default()),
            Self::NewRecord => Box::new(NewPatient::record(created)),
            Self::Patients => Box::new(Patients::browse()),
            Self::Worklist => Box::new(Worklist::on(PlannedList::Today)),
            Self::FollowUps => Box::new(FollowUps::on(List::Due)),
            Self::Statistics => Box::new(Statistics::default()),
            Self::Import => Box::new(Import::new()),
            Self::Duplicates => Box::new(Duplicates::default()),
            Self::DeletedRecords => Box::new(Deleted::new(context)),
            Self::Accounts => Box::new(Accounts::default()),
            Self::AuditLog => Box::new(AuditLog::default()),
            Self::MyAccount => Box::new(MyAccount::default()),
            Self::SignOut => Box::new(Confirm::to_sign_out(&context.analyses.loss())),
        }
    }
}

/// Entries for every user.
pub(super) const WORK: [Entry; 9] = [
    Entry::Analysis,
    Entry::NewRecord,
    Entry::Patients,
    Entry::Worklist,
    Entry::FollowUps,
    Entry::Statistics,
    Entry::Import,
    Entry::Duplicates,
    Entry::DeletedRecords,
];

/// Entries for administrators only.
pub(super) const ADMINISTRATION: [Entry; 2] = [Entry::Accounts, Entry::AuditLog];

/// Entries for owners of the installation who administer no hospital.
pub(super) const OWNERSHIP: [Entry; 1] = [Entry::Accounts];
