//! Compares a model file with what the catalog declares, and says in sentences what differs.

mod matching;
mod report;
mod verify;

pub use report::{ModelReport, Precision};
pub(crate) use verify::examine;
pub use verify::{verify_model, verify_model_bytes};
