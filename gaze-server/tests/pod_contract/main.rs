//! What clients of the pod rely on, line by line; and what the pod does beyond it.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod beyond;
mod contract;
mod deleting;
mod ending;
mod events;
mod hostile;
mod line;
mod restart;
#[expect(unused_imports, reason = "each test program uses a part of it")]
#[path = "../setup/mod.rs"]
mod setup;
