//! The studio's backends: against real pods, and against what only says that it is one.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

#[cfg(unix)]
mod gpu;
#[cfg(unix)]
mod gpu_cli;
mod http;
mod jobs;
mod lies;
mod proxy;
#[path = "../setup/round.rs"]
mod round;
#[expect(dead_code, unused_imports, reason = "each test program uses a part of it")]
#[path = "../setup/mod.rs"]
mod setup;
