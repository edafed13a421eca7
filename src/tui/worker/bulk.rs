//! Work on many patients at once: finding them, their dependent records, deleting and restoring them.

use crate::store::{
    Access, DependentRecords, PAGE_ROWS, PageStart, PatientId, PatientQuery, Store, StoreError,
};

/// Patients that one transaction deletes or restores: other users can write in between.
const AT_ONCE: usize = 100;

/// Work for a background thread.
pub enum Request {
    /// Patients that a search finds, up to a number.
    Found {
        access: Access,
        query: Box<PatientQuery>,
        most: usize,
    },
    /// Records that would be deleted with these patients.
    DependentRecords {
        access: Access,
        patients: Vec<PatientId>,
    },
    Delete {
        access: Access,
        patients: Vec<PatientId>,
    },
    Restore {
        access: Access,
        patients: Vec<PatientId>,
    },
}

/// Outcome of the work.
pub enum Answer {
    Found(Result<Found, StoreError>),
    DependentRecords(Result<Together, StoreError>),
    Deleted(Done),
    Restored(Done),
}

/// Patients that a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub patients: Vec<PatientId>,
    /// True if there are more than requested.
    pub more: bool,
}

/// Records that are deleted with several patients.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Together {
    /// Those that are still there.
    pub patients: Vec<PatientId>,
    pub dependents: DependentRecords,
}

/// Progress of deleting or restoring.
#[derive(Debug)]
pub struct Done {
    /// Those that it was done to. Somebody else may have been faster with the others.
    pub patients: Vec<PatientId>,
    /// Why it stopped there.
    pub error: Option<StoreError>,
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(self, Self::Found { .. } | Self::DependentRecords { .. })
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::Found {
            access,
            query,
            most,
        } => Answer::Found(store.and_then(|store| found(&store, &access, *query, most))),
        Request::DependentRecords { access, patients } => {
            Answer::DependentRecords(store.and_then(|store| together(&store, &access, &patients)))
        }
        Request::Delete { access, patients } => {
            Answer::Deleted(in_turns(store, &patients, |store, some| {
                store.delete_patients(&access, some)
            }))
        }
        Request::Restore { access, patients } => {
            Answer::Restored(in_turns(store, &patients, |store, some| {
                store.restore_patients(&access, some)
            }))
        }
    }
}

fn found(
    store: &Store,
    access: &Access,
    mut query: PatientQuery,
    most: usize,
) -> Result<Found, StoreError> {
    let mut patients = Vec::new();
    query.start = PageStart::First;
    query.skip = 0;
    query.limit = PAGE_ROWS;
    loop {
        let rows = store.search_patients(access, &query)?.rows;
        let room = most - patients.len();
        patients.extend(rows.iter().take(room).map(|row| row.id));
        if rows.len() > room {
            return Ok(Found {
                patients,
                more: true,
            });
        }
        match rows.last() {
            Some(last) if rows.len() == PAGE_ROWS as usize => {
                query.start = PageStart::After(last.cursor);
            }
            _ => {
                return Ok(Found {
                    patients,
                    more: false,
                });
            }
        }
    }
}

fn together(
    store: &Store,
    access: &Access,
    patients: &[PatientId],
) -> Result<Together, StoreError> {
    let mut together = Together::default();
    for &patient in patients {
        let more = match store.dependents(access, patient) {
            Ok(more) => more,
            Err(StoreError::NoSuchPatient | StoreError::PatientMerged { .. }) => continue,
            Err(error) => return Err(error),
        };
        together.patients.push(patient);
        let all = &mut together.dependents;
        all.exams += more.exams;
        all.nodules += more.nodules;
        all.reports += more.reports;
        all.attachments += more.attachments;
        all.files += more.files;
    }
    Ok(together)
}

fn in_turns(
    store: Result<Store, StoreError>,
    patients: &[PatientId],
    act: impl Fn(&Store, &[PatientId]) -> Result<Vec<PatientId>, StoreError>,
) -> Done {
    let mut done = Done {
        patients: Vec::new(),
        error: None,
    };
    let store = match store {
        Ok(store) => store,
        Err(error) => {
            done.error = Some(error);
            return done;
        }
    };
    for some in patients.chunks(AT_ONCE) {
        match act(&store, some) {
            Ok(some) => done.patients.extend(some),
            Err(error) => {
                done.error = Some(error);
                break;
            }
        }
    }
    done
}
