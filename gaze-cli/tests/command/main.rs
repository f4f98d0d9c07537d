//! The `gaze` program as its users meet it, without LivePortrait.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod generate;
mod maker;
mod originals;
mod player;
#[cfg(feature = "servers")]
mod pod;
mod program;
mod rig;
mod sheets;
mod usage;
