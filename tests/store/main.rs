//! The store as the rest of LUNNY sees it: opened, shared, killed and fed with hostile text.

mod accounts;
mod attachments;
mod audit;
mod changes;
mod deletion;
mod drafts;
mod exams;
mod full_disk;
mod nodules;
mod opening;
mod processes;
mod purging;
mod reports;
mod search;
mod storm;
mod support;
mod terms;
