//! The store as the rest of LUNNY sees it: opened, shared, killed and fed with hostile text.

mod accounts;
mod changes;
mod deletion;
mod exams;
mod nodules;
mod opening;
mod processes;
mod search;
mod support;
mod terms;
