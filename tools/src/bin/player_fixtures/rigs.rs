//! Rigs, and what a player must make of them.

use std::fs;
use std::path::Path;

use gaze_core::embedded::EmbeddedEngine;
use gaze_core::rig::{Rig, RigParts, Warp};
use gaze_core::rig_file::{RigFileOptions, rig_from_bytes, rig_to_bytes};
use gaze_core::{
    AXIS_EXTENT, Error, ErrorKind, Frame, GazeGenerator, Portrait, Result, Size, Sweep,
};
use gaze_rig::layers::Plane;
use serde_json::json;

/// Gazes of which frames are written, right and down.
const GAZES: [[f32; 2]; 6] =
    [[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.3, -1.0], [-0.7, 1.0], [0.123, 0.456]];
/// Pixels that the middle of the disc moves by a unit sine.
const REACH: f32 = 60.0;

/// A disc whose colours tell where it moves, before a flat background. Its fields end at its edge.
pub(crate) fn disc(size: Size) -> Result<Rig> {
    Rig::from_parts(parts(size).with_background(matte(size), 2.0))
}

/// The same without a background.
fn clear_disc(size: Size) -> Result<Rig> {
    let mut parts = parts(size).with_alpha();
    let pixels = parts.picture.pixels_mut().as_chunks_mut::<4>().0;
    for (pixel, coverage) in pixels.iter_mut().zip(&matte(size).values) {
        let alpha = (coverage * 255.0).round() as u8;
        *pixel = if alpha == 0 { [0; 4] } else { [pixel[0], pixel[1], pixel[2], alpha] };
    }
    Rig::from_parts(parts)
}

/// How far a point is from the middle, in radii of the disc.
fn distance(size: Size, x: f32, y: f32) -> f32 {
    let [w, h] = [size.width, size.height].map(|side| side as f32);
    (x - w / 2.0).hypot(y - h / 2.0) / (0.4 * w)
}

fn matte(size: Size) -> Plane {
    Plane::from_fn(size.width as usize, size.height as usize, |x, y| {
        ((1.0 - distance(size, x as f32, y as f32)) * 10.0).clamp(0.0, 1.0)
    })
}

fn parts(size: Size) -> RigParts {
    let pixel = |i: u32| {
        let (x, y) = (i % size.width, i / size.width);
        if distance(size, x as f32, y as f32) < 1.0 {
            [(x * 255 / size.width) as u8, (y * 255 / size.height) as u8, 60, 255]
        } else {
            [40, 80, 200, 255]
        }
    };
    let pixels: Vec<u8> = (0..size.area() as u32).flat_map(pixel).collect();
    let mut picture = Frame::new(size);
    picture.pixels_mut().copy_from_slice(&pixels);
    let fields = |directions: &[[f32; 2]]| {
        let spacing = 4;
        let [cols, rows] =
            [size.width, size.height].map(|side| side.div_ceil(spacing) as usize + 1);
        let field = |[right, down]: &[f32; 2]| {
            let node = |i: usize| {
                let [x, y] = [i % cols, i / cols].map(|at| (at as u32 * spacing) as f32);
                let share = (1.0 - distance(size, x, y).powi(2)).max(0.0).powi(2);
                [REACH * right * share, REACH * down * share]
            };
            (0..cols * rows).map(node).collect()
        };
        Warp { origin: [0, 0], spacing, cols, rows, basis: directions.iter().map(field).collect() }
    };
    let (head, features) = (fields(&[[1.0, 0.0], [0.0, 1.0]]), fields(&[[0.0; 2]; 5]));
    RigParts::new(picture, head, features)
}

/// Writes each rig into a folder of its own.
pub(crate) fn write_all(dir: &Path) -> Result<()> {
    let size = Size { width: 128, height: 160 };
    let half = Size { width: 64, height: 80 };
    write(&dir.join("rig"), &disc(size)?, &[size, half])?;
    write(&dir.join("rig-clear"), &clear_disc(size)?, &[size, half])?;
    let portrait = Portrait::open("examples/astronaut.png")?;
    let prepared =
        GazeGenerator::new(EmbeddedEngine::new()?).with_max_size(320).prepare(&portrait, &())?;
    let rig =
        prepared.rig().ok_or_else(|| Error::new(ErrorKind::Engine, "the engine makes no rig"))?;
    write(&dir.join("astronaut"), rig, &[rig.frame_size()])
}

/// `portrait.gaze`, the frames that must be drawn of it at these sizes, RGBA, and `frames.json` that says which they are.
fn write(dir: &Path, rig: &Rig, sizes: &[Size]) -> Result<()> {
    let written = |error: std::io::Error| Error::new(ErrorKind::Output, error.to_string());
    fs::create_dir_all(dir).map_err(written)?;
    let file = rig_to_bytes(rig, &RigFileOptions::default().with_quality(95))?;
    fs::write(dir.join("portrait.gaze"), &file).map_err(written)?;
    let rig = rig_from_bytes(&file)?;
    let mut frames = Vec::new();
    for size in sizes {
        let rig = rig.resized(*size)?;
        let mut frame = Frame::new(*size);
        for [x, y] in GAZES {
            rig.draw(&Sweep::default().pose_at(x * AXIS_EXTENT, y * AXIS_EXTENT), &mut frame)?;
            let name = format!("{}-{}.rgba", size.width, frames.len());
            fs::write(dir.join(&name), frame.pixels()).map_err(written)?;
            frames.push(json!({
                "file": name, "x": x, "y": y, "width": size.width, "height": size.height,
            }));
        }
    }
    fs::write(dir.join("frames.json"), json!(frames).to_string()).map_err(written)
}
