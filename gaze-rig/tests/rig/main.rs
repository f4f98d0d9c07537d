//! Rigs that no engine made: stored, read and drawn.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod blink;
mod stored;
#[path = "../synthetic_rig/mod.rs"]
mod synthetic_rig;
