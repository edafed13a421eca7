//! Widgets that several screens share.

pub mod calendar;
pub mod canvas;
pub mod choice;
pub mod chrome;
pub mod curve;
pub mod form;
pub mod frame;
pub mod fuzzy;
pub mod heat_scale;
pub mod lesion_mark;
pub mod list_keys;
pub mod new_password;
pub mod paged_list;
pub mod panel;
pub mod picture;
pub mod picture_error;
pub mod plain;
pub mod progress;
pub mod qr;
pub mod rows;
pub mod scan_view;
pub mod slice;
pub mod symbols;
pub mod text_area;
pub mod throttle;
pub mod timeline;
