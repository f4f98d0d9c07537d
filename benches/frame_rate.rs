//! Frames a second that `GazeGenerator::frames` hands out, for the Python package's bench to compare with.
//!
//! `cargo run --release -p gaze-bench --bin frame_rate -- PORTRAIT GRID MAX_SIZE`; prints frames and seconds.

use std::error::Error;
use std::time::Instant;

use gaze_core::embedded::EmbeddedEngine;
use gaze_core::{GazeGenerator, Grid, Portrait};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, portrait, grid, max_size] = &arguments[..] else {
        return Err("usage: frame_rate PORTRAIT GRID MAX_SIZE".into());
    };
    let portrait = Portrait::open(portrait)?;
    let generator = GazeGenerator::new(EmbeddedEngine::new()?)
        .with_grid(Grid::from_side(grid.parse()?)?)
        .with_max_size(max_size.parse()?);
    let frames = generator.frames(&portrait, &())?;
    let start = Instant::now();
    let mut count = 0;
    for frame in frames {
        std::hint::black_box(frame?);
        count += 1;
    }
    println!("{count} {}", start.elapsed().as_secs_f64());
    Ok(())
}
