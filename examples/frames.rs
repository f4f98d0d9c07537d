//! Single poses without sheets: the face follows a pointer that moves along a circle, as PNG files.
//!
//! `cargo run --release -p gaze-examples --example frames -- portrait.png frames`

use std::error::Error;
use std::f32::consts::TAU;
use std::path::PathBuf;

use gaze_core::{AXIS_EXTENT, Frame, GazeGenerator, Portrait, Sweep, embedded::EmbeddedEngine};

const STEPS: u32 = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let portrait = Portrait::open(arguments.next().unwrap_or("portrait.png".into()))?;
    let out: PathBuf = arguments.next().unwrap_or("frames".into()).into();
    std::fs::create_dir_all(&out)?;

    // Prepared once, rendered many times, from any thread.
    let prepared = GazeGenerator::new(EmbeddedEngine::new()?).prepare(&portrait, &())?;
    let mut frame = Frame::new(prepared.frame_size());
    for step in 0..STEPS {
        let angle = TAU * step as f32 / STEPS as f32;
        let pose = Sweep::default().pose_at(AXIS_EXTENT * angle.cos(), AXIS_EXTENT * angle.sin());
        prepared.render(&pose, &mut frame)?;
        let (size, name) = (frame.size(), format!("{step:02}.png"));
        let rgba = image::ExtendedColorType::Rgba8;
        image::save_buffer(out.join(name), frame.pixels(), size.width, size.height, rgba)?;
    }
    println!("{STEPS} frames in {}", out.display());
    Ok(())
}
