//! Rendering by itself, on one thread of this process.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use gaze_core::embedded::EmbeddedEngine;
use gaze_core::{Frame, GazeGenerator, Grid, Portrait};

/// Milliseconds a frame takes to render on one thread, at this grid.
pub(crate) fn frame_millis(portrait: &Path, grid: Grid) -> Result<f64, Box<dyn Error>> {
    let portrait = Portrait::open(portrait)?;
    let generator = GazeGenerator::new(EmbeddedEngine::new()?).with_grid(grid);
    let prepared = generator.prepare(&portrait, &())?;
    let mut frame = Frame::new(prepared.frame_size());
    let sweep = generator.options().sweep;
    let start = Instant::now();
    for cell in sweep.cells() {
        prepared.render(&sweep.pose(cell), &mut frame)?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e3 / f64::from(grid.cells()))
}

/// Writes every frame of the sweep, row by row, as bare RGB: what both encoders start from.
pub(crate) fn write_frames(portrait: &Path, grid: Grid, to: &Path) -> Result<(), Box<dyn Error>> {
    let portrait = Portrait::open(portrait)?;
    let generator = GazeGenerator::new(EmbeddedEngine::new()?).with_grid(grid);
    let mut file = BufWriter::new(File::create(to)?);
    let mut failure = None;
    generator.render_frames(&portrait, &(), |_, frame| {
        let rgb: Vec<u8> =
            frame.pixels().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        if let Err(e) = file.write_all(&rgb) {
            failure.get_or_insert(e);
        }
        Ok(())
    })?;
    file.flush()?;
    failure.map_or(Ok(()), |e| Err(e.into()))
}
