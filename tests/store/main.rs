//! The store as the rest of LUNNY sees it: opened, shared, killed and fed with hostile text.

mod accounts;
mod audit;
mod exams;
mod full_disk;
mod key;
mod nodules;
mod opening;
mod processes;
mod search;
mod storm;
mod support;
mod terms;
