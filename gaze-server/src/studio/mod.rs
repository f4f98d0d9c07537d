//! The studio: the web app that people open.

pub mod backend;
