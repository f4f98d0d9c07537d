//! A portrait becomes a folder of sheets.
//!
//! `cargo run --release -p gaze-examples --example minimal -- portrait.png portrait-gaze`

use gaze_core::{GazeGenerator, Portrait, embedded::EmbeddedEngine};

fn main() -> gaze_core::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let portrait = arguments.next().unwrap_or("portrait.png".into());
    let out = arguments.next().unwrap_or("portrait-gaze".into());

    let portrait = Portrait::open(portrait)?;
    let outcome = GazeGenerator::new(EmbeddedEngine::new()?).generate(&portrait, out, &())?;
    for warning in &outcome.warnings {
        eprintln!("warning: {}", warning.message);
    }
    println!("{} frames in {:?}", outcome.manifest.grid.cells(), outcome.total_time);
    Ok(())
}
