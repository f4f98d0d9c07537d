//! `gaze models` as its users meet it, against a hub on this machine that fails in many ways.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod adapt;
mod failures;
mod hub;
mod list;
mod misplaced;
mod pull;
mod resume;
mod setup;
mod verify;
