//! The store as the rest of LUNNY sees it: opened, shared, killed and fed with hostile text.

mod accounts;
mod administration;
mod authenticator;
mod exams;
mod nodules;
mod opening;
mod passwords;
mod processes;
mod search;
mod second_factor;
mod support;
mod terms;
mod throttling;
mod tokens;
