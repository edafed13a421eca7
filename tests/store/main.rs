//! The store as the rest of LUNNY sees it: opened, shared, killed and fed with hostile text.

mod accounts;
mod administration;
mod attachments;
mod audit;
mod authenticator;
mod backup;
mod changes;
mod deletion;
mod drafts;
mod exams;
mod full_disk;
mod key;
mod lesion_decisions;
#[path = "../support/made_up.rs"]
mod made_up;
mod nodules;
mod opening;
mod owner;
mod passwords;
mod processes;
mod purging;
mod record_log;
mod reports;
mod restoring;
mod scan_owner;
mod search;
mod search_order;
mod second_factor;
mod sorting;
mod storm;
mod support;
mod terms;
mod throttling;
mod tokens;
