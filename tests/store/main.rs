//! The store as the rest of LUNNY sees it: opened, shared, killed and fed with hostile text.

mod accounts;
mod exams;
mod key;
mod nodules;
mod opening;
mod processes;
mod search;
mod support;
mod terms;
