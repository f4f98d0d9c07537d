//! Shows how well the embedded engine does on a portrait: a 5 x 5 picture of its sweep to look at,
//! and how far the face moves beside what LivePortrait moves it.
//!
//! `cargo run --release -p gaze-tools --bin judge -- PORTRAIT OUT.png [soft] [alpha]`
//!
//! The figures are measured on the drawn frames with the crate's own face mesh, in distances between
//! the eyes. Small faces are measured badly: the mesh is unsure by a hundredth or two.

use gaze_core::embedded::EmbeddedEngine;
use gaze_core::faces::{Face, FaceModels};
use gaze_core::rig::Rig;
use gaze_core::{EyeStyle, Frame, Portrait, PrepareOptions, Sweep};

type AnyError = Box<dyn std::error::Error>;

/// Where the axes are looked at.
const PLACES: [f32; 5] = [-15.0, -7.5, 0.0, 7.5, 15.0];

/// A part of the face: mesh points, and LivePortrait's shifts across and down at -15, -7.5, 7.5, 15.
type Part = (&'static str, &'static [usize], [f32; 4], [f32; 4]);

const PARTS: [Part; 6] = [
    ("nose tip", &[1, 4], [-0.25, -0.10, 0.15, 0.25], [-0.25, -0.12, 0.15, 0.24]),
    ("forehead top", &[10], [-0.26, -0.11, 0.15, 0.24], [-0.25, -0.13, 0.14, 0.25]),
    ("inner corners", &[133, 362], [-0.26, -0.13, 0.12, 0.18], [-0.24, -0.11, 0.12, 0.21]),
    ("lips", &[61, 291, 0, 17], [-0.19, -0.09, 0.12, 0.20], [-0.20, -0.09, 0.11, 0.19]),
    ("chin", &[152], [-0.16, -0.06, 0.09, 0.16], [-0.14, -0.05, 0.06, 0.11]),
    ("oval at ears", &[234, 454], [-0.09, -0.06, 0.04, 0.08], [-0.16, -0.07, 0.07, 0.15]),
];

fn main() -> Result<(), AnyError> {
    let mut args = std::env::args().skip(1);
    let (Some(portrait), Some(out)) = (args.next(), args.next()) else {
        return Err("usage: judge PORTRAIT OUT.png [soft] [alpha]".into());
    };
    let words: Vec<String> = args.collect();
    let has = |word: &str| words.iter().any(|w| w == word);
    let mut options = PrepareOptions::default();
    options.remove_background = has("alpha");
    options.eyes = if has("soft") { EyeStyle::Soft } else { EyeStyle::Auto };

    let portrait = Portrait::open(portrait)?.resized(512);
    let (rig, warnings) = EmbeddedEngine::new()?.build_rig(&portrait, &options, &())?;
    for warning in warnings {
        println!("warning: {}", warning.message);
    }
    save_grid(&rig, &out)?;
    print_motion(&rig)
}

fn frame_at(rig: &Rig, x: f32, y: f32) -> Result<Frame, AnyError> {
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(&Sweep::default().pose_at(x, y), &mut frame)?;
    Ok(frame)
}

fn save_grid(rig: &Rig, out: &str) -> Result<(), AnyError> {
    let (width, height) = (rig.frame_size().width, rig.frame_size().height);
    let mut grid = image::RgbaImage::new(width * 5, height * 5);
    for (row, y) in PLACES.into_iter().enumerate() {
        for (col, x) in PLACES.into_iter().enumerate() {
            let pixels = frame_at(rig, x, y)?.pixels().to_vec();
            let cell = image::RgbaImage::from_raw(width, height, pixels)
                .ok_or("a frame has four bytes a pixel")?;
            let (left, top) = (col as u32 * width, row as u32 * height);
            image::imageops::replace(&mut grid, &cell, left.into(), top.into());
        }
    }
    Ok(grid.save(out)?)
}

fn print_motion(rig: &Rig) -> Result<(), AnyError> {
    let models = FaceModels::embedded()?;
    let measure = |x: f32, y: f32| -> Result<Face, AnyError> {
        let frame = Portrait::from_frame(frame_at(rig, x, y)?)?;
        let faces = models.find_faces(&frame)?;
        Ok(faces.into_iter().next().ok_or("the face was lost in a drawn frame")?)
    };
    let rest = measure(0.0, 0.0)?;
    let mean = |face: &Face, points: &[usize]| -> [f32; 2] {
        let sum = |axis: usize| points.iter().map(|&i| face.mesh[i][axis]).sum::<f32>();
        [0, 1].map(|axis| sum(axis) / points.len() as f32)
    };
    let (right, left) = (mean(&rest, &[33, 133]), mean(&rest, &[362, 263]));
    let (dx, dy) = (left[0] - right[0], left[1] - right[1]);
    let distance = dx.hypot(dy);
    let axes = [[dx / distance, dy / distance], [-dy / distance, dx / distance]];

    println!("{distance:.1} px between the eyes; shift (LivePortrait's) at -15, -7.5, 7.5, 15");
    for (axis, name) in ["across", "down"].into_iter().enumerate() {
        let ends = PLACES.into_iter().filter(|&p| p != 0.0);
        let faces: Vec<Face> = ends
            .map(|p| if axis == 0 { measure(p, 0.0) } else { measure(0.0, p) })
            .collect::<Result<_, _>>()?;
        for (part, points, across, down) in PARTS {
            print!("{part:14} {name:6}");
            let from = mean(&rest, points);
            for (face, target) in faces.iter().zip([across, down][axis]) {
                let to = mean(face, points);
                let shift = (to[0] - from[0]) * axes[axis][0] + (to[1] - from[1]) * axes[axis][1];
                print!("  {:+.3} ({target:+.2})", shift / distance);
            }
            println!();
        }
    }
    Ok(())
}
