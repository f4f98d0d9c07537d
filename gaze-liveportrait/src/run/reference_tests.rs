//! The whole way from a crop to decoded crops, against what `scripts/stand_in_reference.py` computes with NumPy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gaze_rig::{PoseAxes, Size};
use ort::memory::AllocationDevice;
use serde_json::Value;

use crate::math::affine::Rgb;
use crate::math::keypoints::{KeyPoints, stitched};
use crate::onnx::signature::Precision;
use crate::onnxruntime;
use crate::run::decoder::{Decode, OrtDecoder};
use crate::run::model_folder::ModelFolder;
use crate::run::networks::Networks;
use crate::run::open_decoder::{OpenedDecoder, open_decoder};
use crate::runtime::device::{Device, ProviderOptions};
use crate::runtime::fixed_memory::FixedMemory;
use crate::runtime::library::Runtime;
use crate::runtime::sessions::SessionOptions;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn reference() -> Value {
    let text = std::fs::read(fixtures().join("reference.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn rgb(path: &Path) -> image::RgbImage {
    image::open(path).unwrap().to_rgb8()
}

fn points(value: &Value) -> KeyPoints {
    let number = |i: usize| value[i].as_f64().unwrap() as f32;
    std::array::from_fn(|point| std::array::from_fn(|axis| number(point * 3 + axis)))
}

fn largest_difference(a: &KeyPoints, b: &KeyPoints) -> f32 {
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_crop_becomes_what_numpy_says() {
    if onnxruntime::is_missing() {
        return;
    }
    let reference = reference();
    let runtime = Runtime::load(None, &[]).unwrap();
    let provider = ProviderOptions::default();
    let options = SessionOptions { runtime: &runtime, device: Device::Cpu, provider, threads: 0 };
    // The adapted graph is written beside the models.
    let models = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixtures().join("models")).unwrap().map(|entry| entry.unwrap()) {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), models.path().join(entry.file_name())).unwrap();
        }
    }
    let folder = ModelFolder::open(models.path()).unwrap();
    let networks = Networks::open(folder.path(), &options).unwrap();

    let at = |key: &str| reference["crop"][key].as_u64().unwrap() as u32;
    let crop =
        rgb(&fixtures().join("../../../examples").join(reference["source"].as_str().unwrap()));
    let crop =
        image::imageops::crop_imm(&crop, at("left"), at("top"), at("side"), at("side")).to_image();
    let crop =
        Rgb { size: Size { width: at("side"), height: at("side") }, pixels: crop.into_raw() };

    let motion = networks.motion(&crop).unwrap();
    let source = motion.source_points();
    let expected_source = points(&reference["x_s"]);
    assert!(largest_difference(&source, &expected_source) < 1e-5);

    let poses: Vec<&Value> = reference["poses"].as_array().unwrap().iter().collect();
    let driving: Vec<KeyPoints> = poses
        .iter()
        .map(|entry| {
            let of = |key: &str| entry["pose"][key].as_f64().unwrap() as f32;
            motion.driving_points(&PoseAxes {
                pupil_x: of("pupil_x"),
                pupil_y: of("pupil_y"),
                head_pitch_deg: of("head_pitch_deg"),
                head_yaw_deg: of("head_yaw_deg"),
                eyebrow: of("eyebrow"),
                blink: [0.0; 2],
            })
        })
        .collect();
    let deltas = networks.stitch(&source, &driving).unwrap();
    let stitched: Vec<KeyPoints> = driving
        .iter()
        .zip(&deltas)
        .map(|(points, deltas)| stitched(points, deltas).unwrap())
        .collect();
    for (index, entry) in poses.iter().enumerate() {
        assert!(largest_difference(&driving[index], &points(&entry["x_d"])) < 1e-5, "pose {index}");
        assert!(
            largest_difference(&stitched[index], &points(&entry["x_d_stitched"])) < 1e-5,
            "pose {index}"
        );
    }

    let volume = networks.features(&crop).unwrap();
    let expected = rgb(&fixtures().join("reference.png"));
    let step = reference["decoded_step"].as_u64().unwrap() as u32;
    for (wanted, is_fixed) in [(1, false), (3, false), (3, true)] {
        let OpenedDecoder { session, batch, .. } =
            open_decoder(&folder, &options, wanted, Precision::Float32).unwrap();
        assert_eq!(batch, wanted, "the stand-in's graph can be made dynamic");
        if is_fixed {
            // As for CUDA graphs, in the processor's memory.
            let mut session = session.lock().unwrap();
            let fixed =
                FixedMemory::new(&session.session, AllocationDevice::CPU, 0, batch).unwrap();
            session.fixed = Some(fixed);
        }
        let mut decoder =
            OrtDecoder::new(session.clone(), batch, volume.clone(), &source, Arc::default())
                .unwrap();
        // Another portrait's turn in between.
        let mut other =
            OrtDecoder::new(session, batch, vec![0.0; volume.len()], &source, Arc::default())
                .unwrap();
        let decoded: Vec<Vec<u8>> = stitched
            .chunks(batch)
            .flat_map(|driving| {
                other.decode(driving).unwrap();
                decoder.decode(driving).unwrap()
            })
            .collect();
        assert_eq!(decoded.len(), stitched.len());
        for (index, crop) in decoded.iter().enumerate() {
            let side = 512 / step;
            for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
                let at = ((y * step * 512 + x * step) * 3) as usize;
                let seen = &crop[at..at + 3];
                let expected = expected.get_pixel(index as u32 * side + x, y).0;
                // The last bit of a float decides which way a value is truncated.
                let worst = seen.iter().zip(expected).map(|(a, b)| a.abs_diff(b)).max().unwrap();
                assert!(worst <= 1, "pose {index} at {x}, {y}: {seen:?} instead of {expected:?}");
            }
        }
    }
}
