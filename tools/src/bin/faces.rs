//! Prints every landmark of every face in a portrait as JSON.
//!
//! `cargo run -p gaze-tools --bin faces -- portrait.jpg [--max-size 512] [--mask mask.pgm]`

use std::error::Error;
use std::time::Instant;

use gaze_core::FaceChoice;
use gaze_core::Portrait;
use gaze_core::faces::{FaceModels, warnings};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let mut path = None;
    let mut max_size = 512;
    let mut mask_path = None;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--max-size" => max_size = args.next().ok_or("--max-size needs a number")?.parse()?,
            "--mask" => mask_path = Some(args.next().ok_or("--mask needs a path")?),
            _ => path = Some(arg),
        }
    }
    let portrait = Portrait::open(path.ok_or("name a portrait")?)?.resized(max_size);
    let start = Instant::now();
    let models = FaceModels::embedded()?;
    let loaded = start.elapsed();
    let start = Instant::now();
    let faces = models.find_faces(&portrait)?;
    let found = start.elapsed();
    eprintln!("models loaded in {loaded:.1?}, {} face(s) found in {found:.1?}", faces.len());

    if let (Some(path), Some(face)) = (mask_path, faces.first()) {
        let mask = models.person_mask(&portrait, face)?;
        let mut pgm = format!("P5 {} {} 255\n", mask.size.width, mask.size.height).into_bytes();
        pgm.extend(mask.values.iter().map(|v| (v * 255.0).round() as u8));
        std::fs::write(path, pgm)?;
    }
    let described: Vec<_> = faces
        .iter()
        .map(|face| {
            let eyes: Vec<_> = face
                .eyes
                .iter()
                .map(|eye| {
                    json!({
                        "contour": eye.contour.to_vec(),
                        "iris_center": eye.iris_center,
                        "iris_radius": eye.iris_radius,
                        "openness": eye.openness,
                    })
                })
                .collect();
            let warnings: Vec<_> = warnings(face, &[], FaceChoice::Largest)
                .iter()
                .map(|w| w.message.clone())
                .collect();
            json!({
                "presence": face.presence,
                "detection_score": face.detection_score,
                "mesh": face.mesh,
                "eyes": eyes,
                "warnings": warnings,
            })
        })
        .collect();
    let size = portrait.size();
    println!("{}", json!({ "width": size.width, "height": size.height, "faces": described }));
    Ok(())
}
