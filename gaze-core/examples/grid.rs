//! Writes a 5 x 5 overview of a portrait's sweep and enlarged eyes, to judge an engine by.
use gaze_core::{EyeStyle, Frame, Portrait, PrepareOptions, Sweep, embedded::EmbeddedEngine};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().collect();
    let portrait = Portrait::open(&args[1])?.resized(512);
    let mut options = PrepareOptions::default();
    options.remove_background = args.iter().any(|a| a == "alpha");
    if args.iter().any(|a| a == "soft") {
        options.eyes = EyeStyle::Soft;
    }
    let engine = EmbeddedEngine::new()?;
    let models = gaze_core::faces::FaceModels::embedded()?;
    let faces = models.find_faces(&portrait)?;
    let m = &faces[0].mesh;
    std::fs::write(
        format!("{}.txt", args[2]),
        format!("{} {} {} {}", m[33][0], m[33][1], m[263][0], m[263][1]),
    )?;
    let t = std::time::Instant::now();
    let (rig, warnings) = engine.build_rig(&portrait, &options, &())?;
    println!(
        "prepare {:?} warnings {warnings:?} moving {:?} layered {}",
        t.elapsed(),
        rig.moving_rect(),
        rig.has_layered_eyes()
    );
    let size = rig.frame_size();
    let (w, h) = (size.width, size.height);
    let mut frame = Frame::new(size);
    let sweep = Sweep::default();
    let t = std::time::Instant::now();
    for i in (0..60).cycle().take(600) {
        rig.draw(&sweep.pose_at(-15.0 + i as f32 * 0.5, 15.0 - i as f32 * 0.5), &mut frame)?;
    }
    println!("{:?} a frame {w}x{h}", t.elapsed() / 600);
    let axis = [-15.0, -7.5, 0.0, 7.5, 15.0];
    let mut grid = image::RgbaImage::new(w * 5, h * 5);
    for (r, y) in axis.iter().enumerate() {
        for (c, x) in axis.iter().enumerate() {
            rig.draw(&sweep.pose_at(*x, *y), &mut frame)?;
            let cell = image::RgbaImage::from_raw(w, h, frame.pixels().to_vec())
                .ok_or("a frame has four bytes a pixel")?;
            image::imageops::replace(
                &mut grid,
                &cell,
                i64::from(c as u32 * w),
                i64::from(r as u32 * h),
            );
        }
    }
    grid.save(format!("{}_grid.png", args[2]))?;
    Ok(())
}
