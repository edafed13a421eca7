//! The form by its keys.
