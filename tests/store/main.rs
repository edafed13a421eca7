//! The store as the rest of LUNNY sees it: opened, shared, killed and fed with hostile text.

mod accounts;
mod exams;
mod full_disk;
mod nodules;
mod opening;
mod processes;
mod search;
mod search_order;
mod storm;
mod support;
mod terms;
