//! The `gaze` command.

fn main() {}
