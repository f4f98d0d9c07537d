//! Live rigs as files, and beside the sheets of a run.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod files;
mod one_rig;
mod pictures;
mod sheets;
#[path = "../../../gaze-rig/tests/synthetic_rig/mod.rs"]
mod synthetic_rig;
