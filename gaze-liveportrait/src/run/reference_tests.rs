//! The whole way from a crop to decoded crops, against what `scripts/stand_in_reference.py` computes with NumPy, for
//! files in every form that `scripts/stand_in_models.py` writes.
//!
//! `cargo test -p gaze-liveportrait parity -- --nocapture` prints the table of differences.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use gaze_rig::{PoseAxes, Size};
use onnx_protobuf::attribute_proto::AttributeType;
use onnx_protobuf::{AttributeProto, Message, ModelProto, NodeProto};
use ort::memory::AllocationDevice;
use serde_json::Value;

use crate::lids::Lids;
use crate::math::affine::Rgb;
use crate::math::keypoints::{KeyPoints, stitched};
use crate::onnx::adapt::{BatchForm, DecoderForm, GridSampleForm, adapt_decoder};
use crate::onnx::catalog::{DECODER, MODEL_FILES, STITCHING};
use crate::onnx::signature::{Precision, verify_model};
use crate::onnxruntime;
use crate::run::decoder::{Decode, DecoderSession, OrtDecoder};
use crate::run::loading::Loading;
use crate::run::model_folder::ModelFolder;
use crate::run::networks::Networks;
use crate::run::open_decoder::open_decoder;
use crate::run::stitching::Stitching;
use crate::runtime::device::Device;
use crate::runtime::fixed_memory::FixedMemory;
use crate::runtime::library::Runtime;
use crate::runtime::provider::ProviderOptions;
use crate::runtime::sessions::{SessionOptions, open_session_from_memory};

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

/// Forms of the stand-ins, and the folder of fixtures that each lies in.
const FILE_FORMS: [(&str, &str); 3] = [("plain", ""), ("folded", "folded"), ("dynamic", "dynamic")];
/// Coordinates of key points, in units of the crop's half width: 32-bit floats and the order of sums.
const POINT_TOLERANCE: f32 = 1e-5;
/// The last bit of a float decides which way a value is truncated.
const LEVEL_TOLERANCE: u8 = 1;

/// What NumPy computes, and what it starts from.
struct Reference {
    json: Value,
    /// Every [`step`](Self::step)th pixel of the decoded crops, side by side.
    decoded: image::RgbImage,
    crop: Rgb,
}

impl Reference {
    fn read() -> Self {
        let json = reference();
        let at = |key: &str| json["crop"][key].as_u64().unwrap() as u32;
        let (left, top, side) = (at("left"), at("top"), at("side"));
        let source = fixtures().join("../../../examples").join(json["source"].as_str().unwrap());
        let crop = image::imageops::crop_imm(&rgb(&source), left, top, side, side).to_image();
        let crop = Rgb { size: Size { width: side, height: side }, pixels: crop.into_raw() };
        let decoded = rgb(&fixtures().join("reference.png"));
        Self { json, decoded, crop }
    }

    fn poses(&self) -> Vec<PoseAxes> {
        let poses = self.json["poses"].as_array().unwrap().iter();
        poses
            .map(|entry| {
                let of = |key: &str| entry["pose"][key].as_f64().unwrap() as f32;
                PoseAxes {
                    pupil_x: of("pupil_x"),
                    pupil_y: of("pupil_y"),
                    head_pitch_deg: of("head_pitch_deg"),
                    head_yaw_deg: of("head_yaw_deg"),
                    eyebrow: of("eyebrow"),
                    blink: [0.0; 2],
                }
            })
            .collect()
    }

    /// Key points of all poses: `x_d`, or `x_d_stitched`.
    fn points(&self, key: &str) -> Vec<KeyPoints> {
        self.json["poses"].as_array().unwrap().iter().map(|entry| points(&entry[key])).collect()
    }

    fn source_points(&self) -> KeyPoints {
        points(&self.json["x_s"])
    }

    fn step(&self) -> u32 {
        self.json["decoded_step"].as_u64().unwrap() as u32
    }

    /// Largest difference of decoded crops, in grey levels.
    fn levels_off(&self, decoded: &[Vec<u8>]) -> u8 {
        let (step, mut worst) = (self.step(), 0);
        let side = 512 / step;
        assert_eq!(decoded.len() as u32 * side, self.decoded.width());
        for (index, crop) in decoded.iter().enumerate() {
            for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
                let at = ((y * step * 512 + x * step) * 3) as usize;
                let expected = self.decoded.get_pixel(index as u32 * side + x, y).0;
                let pairs = crop[at..at + 3].iter().zip(expected);
                worst = pairs.fold(worst, |worst, (a, b)| worst.max(a.abs_diff(b)));
            }
        }
        worst
    }
}

/// A folder with the four files; those that `form_of` names a form for in that form.
fn models(form_of: impl Fn(&str) -> &'static str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in MODEL_FILES.iter().filter(|file| file.is_required) {
        let path = fixtures().join("models").join(form_of(file.name)).join(file.name);
        verify_model(&path, file).unwrap().into_sound().unwrap();
        std::fs::copy(path, folder.path().join(file.name)).unwrap();
    }
    folder
}

fn loading() -> Loading<'static> {
    Loading::new(&())
}

/// Opens the decoder as for a run, or with two slices, which the CPU has no need of.
fn decoder(
    folder: &Path,
    options: &SessionOptions<'_>,
    sampling: GridSampleForm,
    batch: usize,
) -> Arc<Mutex<DecoderSession>> {
    if sampling == GridSampleForm::Opset20 {
        let folder = ModelFolder::open(folder, loading()).unwrap();
        let opened = open_decoder(&folder, options, batch, Precision::Float32, loading()).unwrap();
        assert_eq!((opened.batch, opened.note), (batch, None), "the batch can be free");
        return opened.session;
    }
    let form = DecoderForm::new(sampling, BatchForm::Dynamic);
    let model = adapt_decoder(folder.join(DECODER), form).unwrap();
    let session = open_session_from_memory(&model, options).unwrap();
    Arc::new(Mutex::new(DecoderSession { session, fixed: None, is_halved: false }))
}

fn decode(
    session: &Arc<Mutex<DecoderSession>>,
    batch: usize,
    volume: &[f32],
    source: &KeyPoints,
    driving: &[KeyPoints],
) -> Vec<Vec<u8>> {
    let mut decoder =
        OrtDecoder::new(session.clone(), batch, volume.to_vec(), source, Arc::default()).unwrap();
    // Another portrait's turn in between.
    let mut other =
        OrtDecoder::new(session.clone(), batch, vec![0.0; volume.len()], source, Arc::default())
            .unwrap();
    let batches = driving.chunks(batch).flat_map(|driving| {
        other.decode(driving).unwrap();
        decoder.decode(driving).unwrap()
    });
    batches.collect()
}

fn stitched_points(
    networks: &Networks,
    source: &KeyPoints,
    driving: &[KeyPoints],
) -> Vec<KeyPoints> {
    let deltas = networks.stitch(source, driving).unwrap();
    driving.iter().zip(&deltas).map(|(points, deltas)| stitched(points, deltas).unwrap()).collect()
}

fn worst(seen: &[KeyPoints], expected: &[KeyPoints]) -> f32 {
    assert_eq!(seen.len(), expected.len());
    let pairs = seen.iter().zip(expected);
    pairs.map(|(a, b)| largest_difference(a, b)).fold(0.0, f32::max)
}

/// One file at a time in each form, and all four of them.
#[test]
fn parity_of_every_file_in_every_form() {
    if onnxruntime::is_missing() {
        return;
    }
    let reference = Reference::read();
    let runtime = Runtime::load(None, &[]).unwrap();
    let provider = ProviderOptions::default();
    let options = SessionOptions { runtime: &runtime, device: Device::Cpu, provider, threads: 0 };
    let (source, poses) = (reference.source_points(), reference.poses());
    let (driving, stitched) = (reference.points("x_d"), reference.points("x_d_stitched"));
    let plain = models(|_| "");
    let plain_volume =
        Networks::open(plain.path(), &options).unwrap().features(&reference.crop).unwrap();
    println!("{:34} {:8} {:>7} {:10} {:>18}", "file", "form", "at once", "sampling", "difference");
    let row = |file: &str, form: &str, count: usize, sampling: &str, difference: String| {
        println!("{file:34} {form:8} {count:7} {sampling:10} {difference:>18}");
    };
    for (form, folder) in FILE_FORMS {
        let in_form =
            |name: &'static str| models(move |file| if file == name { folder } else { "" });

        let name = "appearance_feature_extractor.onnx";
        let models_here = in_form(name);
        let networks = Networks::open(models_here.path(), &options).unwrap();
        let volume = networks.features(&reference.crop).unwrap();
        let session = decoder(plain.path(), &options, GridSampleForm::Opset20, 1);
        let off = reference.levels_off(&decode(&session, 1, &volume, &source, &stitched));
        row(name, form, 1, "", format!("{off} levels"));
        assert!(off <= LEVEL_TOLERANCE);

        let name = "motion_extractor.onnx";
        let models_here = in_form(name);
        let motion =
            Networks::open(models_here.path(), &options).unwrap().motion(&reference.crop).unwrap();
        let moved: Vec<_> =
            poses.iter().map(|pose| motion.driving_points(pose, Lids::Still)).collect();
        let off = worst(&moved, &driving).max(worst(&[motion.source_points()], &[source]));
        row(name, form, 1, "", format!("{off:.1e}"));
        assert!(off < POINT_TOLERANCE);

        let models_here = in_form(STITCHING);
        let networks = Networks::open(models_here.path(), &options).unwrap();
        for count in [1, driving.len()] {
            let seen: Vec<KeyPoints> = driving
                .chunks(count)
                .flat_map(|driving| stitched_points(&networks, &source, driving))
                .collect();
            let off = worst(&seen, &stitched);
            row(STITCHING, form, count, "", format!("{off:.1e}"));
            assert!(off < POINT_TOLERANCE);
        }

        let models_here = in_form(DECODER);
        for (sampling, name) in
            [(GridSampleForm::Opset20, "opset20"), (GridSampleForm::TwoSlices, "two-slices")]
        {
            for batch in [1, 3] {
                let session = decoder(models_here.path(), &options, sampling, batch);
                let decoded = decode(&session, batch, &plain_volume, &source, &stitched);
                let off = reference.levels_off(&decoded);
                row(DECODER, form, batch, name, format!("{off} levels"));
                assert!(off <= LEVEL_TOLERANCE);
            }
        }

        // The whole way, as a run goes it.
        let models_here = models(|_| folder);
        let networks = Networks::open(models_here.path(), &options).unwrap();
        let motion = networks.motion(&reference.crop).unwrap();
        let source = motion.source_points();
        let moved: Vec<_> =
            poses.iter().map(|pose| motion.driving_points(pose, Lids::Still)).collect();
        let stitched = stitched_points(&networks, &source, &moved);
        let volume = networks.features(&reference.crop).unwrap();
        for batch in [1, 3] {
            let session = decoder(models_here.path(), &options, GridSampleForm::Opset20, batch);
            let off = reference.levels_off(&decode(&session, batch, &volume, &source, &stitched));
            row("all four", form, batch, "opset20", format!("{off} levels"));
            assert!(off <= LEVEL_TOLERANCE);
        }
    }
}

/// As for CUDA graphs, in the processor's memory.
#[test]
fn memory_that_stays_where_it_is_gives_the_same() {
    if onnxruntime::is_missing() {
        return;
    }
    let reference = Reference::read();
    let runtime = Runtime::load(None, &[]).unwrap();
    let provider = ProviderOptions::default();
    let options = SessionOptions { runtime: &runtime, device: Device::Cpu, provider, threads: 0 };
    let models = models(|_| "");
    let networks = Networks::open(models.path(), &options).unwrap();
    let volume = networks.features(&reference.crop).unwrap();
    let session = decoder(models.path(), &options, GridSampleForm::Opset20, 3);
    {
        let mut session = session.lock().unwrap();
        let fixed = FixedMemory::new(&session.session, AllocationDevice::CPU, 0, 3).unwrap();
        session.fixed = Some(fixed);
    }
    let (source, stitched) = (reference.source_points(), reference.points("x_d_stitched"));
    let decoded = decode(&session, 3, &volume, &source, &stitched);
    assert!(reference.levels_off(&decoded) <= LEVEL_TOLERANCE);
}

/// A stitching network that mixes what would be rows: freed it would be wrong, so it runs row by row.
#[test]
fn stitching_that_cannot_be_freed_runs_row_by_row() {
    if onnxruntime::is_missing() {
        return;
    }
    let runtime = Runtime::load(None, &[]).unwrap();
    let provider = ProviderOptions::default();
    let options = SessionOptions { runtime: &runtime, device: Device::Cpu, provider, threads: 0 };
    let reference = Reference::read();
    let (source, driving) = (reference.source_points(), reference.points("x_d"));
    let folder = models(|_| "folded");
    let path = folder.path().join(STITCHING);
    let is_free = |path: &Path| Stitching::open(path, &options).unwrap().is_free();
    assert!(is_free(&path), "a product of matrices works row by row");

    let mut model = ModelProto::parse_from_bytes(&std::fs::read(&path).unwrap()).unwrap();
    let graph = model.graph.as_mut().unwrap();
    let input = graph.input[0].name.clone();
    let first = graph.node.iter_mut().find(|node| node.input[0] == input).unwrap();
    first.input[0] = "flat".to_owned();
    let axis = AttributeProto { name: "axis".to_owned(), ..AttributeProto::default() };
    let flatten = NodeProto {
        op_type: "Flatten".to_owned(),
        input: vec![input],
        output: vec!["flat".to_owned()],
        attribute: vec![AttributeProto { type_: AttributeType::INT.into(), ..axis }],
        ..NodeProto::default()
    };
    graph.node.insert(0, flatten);
    std::fs::write(&path, model.write_to_bytes().unwrap()).unwrap();
    assert!(!is_free(&path));
    let networks = Networks::open(folder.path(), &options).unwrap();
    let seen = stitched_points(&networks, &source, &driving);
    assert!(worst(&seen, &reference.points("x_d_stitched")) < POINT_TOLERANCE);
}
