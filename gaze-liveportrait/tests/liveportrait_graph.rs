//! The adapted decoder in ONNX Runtime: does it give what the original gives?
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod onnxruntime;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use gaze_liveportrait::{
    BatchForm, DecoderForm, GridSampleForm, adapt_decoder, adapt_decoder_bytes, adapt_grid_samples,
};
use onnx_protobuf::attribute_proto::AttributeType;
use onnx_protobuf::tensor_shape_proto::Dimension;
use onnx_protobuf::{
    AttributeProto, GraphProto, Message, ModelProto, NodeProto, OperatorSetIdProto, ValueInfoProto,
};
use ort::environment::Environment;
use ort::session::{Session, SessionInputValue, SessionInputs};
use ort::value::Tensor;

const FORMS: [GridSampleForm; 2] = [GridSampleForm::Opset20, GridSampleForm::TwoSlices];
const SIDE: usize = 512;
const PIXELS: usize = SIDE * SIDE;
const FLOAT: i32 = 1;

/// ONNX Runtime as `ORT_DYLIB_PATH` names it.
fn environment() -> &'static Environment {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let library =
            std::env::var_os("ORT_DYLIB_PATH").expect("tests without a library are left out");
        ort::init_from(PathBuf::from(library)).unwrap().build().unwrap()
    })
}

fn session(model: &[u8]) -> Session {
    Session::builder(environment())
        .unwrap()
        .with_intra_threads(1)
        .unwrap()
        .commit_from_memory(model)
        .unwrap()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn model(name: &str) -> Vec<u8> {
    fs::read(fixtures().join("models").join(name)).unwrap()
}

fn tensor(shape: &[usize], values: &[f32]) -> SessionInputValue<'static> {
    // A tensor made before there is an environment would look for the library elsewhere.
    environment();
    Tensor::from_array((shape.to_vec(), values.to_vec())).unwrap().into()
}

/// What the decoder takes: the volume, where key points come from and, for each frame, where they go.
struct Input {
    volume: Vec<f32>,
    source: Vec<f32>,
    driving: Vec<f32>,
}

impl Input {
    /// The fixture's portrait in the poses that it has.
    fn of_reference() -> Self {
        let json = fs::read(fixtures().join("reference.json")).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
        let poses = json["poses"].as_array().unwrap();
        let driving = poses.iter().flat_map(|pose| numbers(&pose["x_d_stitched"])).collect();
        let img = tensor(&[1, 3, 256, 256], &crop(&json["crop"]));
        let mut session = session(&model("appearance_feature_extractor.onnx"));
        let outputs = session.run(ort::inputs!["img" => img]).unwrap();
        let volume = outputs[0].try_extract_tensor::<f32>().unwrap().1.to_vec();
        Self { volume, source: numbers(&json["x_s"]), driving }
    }

    fn frames(&self) -> usize {
        self.driving.len() / 63
    }

    fn frame(&self, index: usize) -> &[f32] {
        &self.driving[index * 63..][..63]
    }

    fn tensors(&self, driving: &[f32]) -> SessionInputs<'_, 'static> {
        ort::inputs![
            "feature_3d" => tensor(&[1, 32, 16, 64, 64], &self.volume),
            "kp_source" => tensor(&[1, 21, 3], &self.source),
            "kp_driving" => tensor(&[driving.len() / 63, 21, 3], driving),
        ]
        .into()
    }

    /// Bytes and flags that an adapted decoder gives for some frames.
    fn decode(&self, session: &mut Session, driving: &[f32]) -> (Vec<u8>, Vec<u8>) {
        let outputs = session.run(self.tensors(driving)).unwrap();
        let (shape, pixels) = outputs["pixels"].try_extract_tensor::<u8>().unwrap();
        let frames = (driving.len() / 63) as i64;
        assert_eq!(shape[..], [frames, SIDE as i64, SIDE as i64, 3]);
        let (shape, flags) = outputs["not_finite"].try_extract_tensor::<u8>().unwrap();
        assert_eq!(shape[..], [frames]);
        (pixels.to_vec(), flags.to_vec())
    }

    /// What the decoder as exported gives for one frame, channels first.
    fn decode_original(&self, session: &mut Session, index: usize) -> Vec<f32> {
        let outputs = session.run(self.tensors(self.frame(index))).unwrap();
        outputs["out"].try_extract_tensor::<f32>().unwrap().1.to_vec()
    }
}

/// Part of a picture as the networks take it: channels first, 0 to 1.
fn crop(place: &serde_json::Value) -> Vec<f32> {
    let [left, top, side] =
        ["left", "top", "side"].map(|key| place[key].as_u64().unwrap() as usize);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/astronaut.png");
    let mut reader = png::Decoder::new(std::io::BufReader::new(fs::File::open(path).unwrap()))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let (width, bytes) = (info.width as usize, info.color_type.samples());
    let at = |channel: usize, y: usize, x: usize| {
        f32::from(pixels[((top + y) * width + left + x) * bytes + channel]) / 255.0
    };
    let rows = (0..3).flat_map(|channel| (0..side).map(move |y| (channel, y)));
    rows.flat_map(|(channel, y)| (0..side).map(move |x| (channel, y, x)))
        .map(|(channel, y, x)| at(channel, y, x))
        .collect()
}

fn numbers(json: &serde_json::Value) -> Vec<f32> {
    json.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

/// The recipe's rounding: trunc(clip(out, 0, 1) * 255), rows of pixels first.
fn to_bytes(out: &[f32]) -> Vec<u8> {
    let pixels =
        (0..PIXELS).flat_map(|pixel| [0, 1, 2].map(|channel| out[channel * PIXELS + pixel]));
    pixels.map(|value| (value.clamp(0.0, 1.0) * 255.0) as u8).collect()
}

/// Largest difference, and how many differ at all.
fn difference(a: &[u8], b: &[u8]) -> (u8, usize) {
    assert_eq!(a.len(), b.len());
    let largest = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    (largest, a.iter().zip(b).filter(|(a, b)| a != b).count())
}

#[test]
fn bytes_are_those_of_the_original() {
    if onnxruntime::is_missing() {
        return;
    }
    let input = Input::of_reference();
    let path = fixtures().join("models/warping_spade.onnx");
    let mut original = session(&fs::read(&path).unwrap());
    let expected: Vec<_> =
        (0..input.frames()).map(|i| to_bytes(&input.decode_original(&mut original, i))).collect();
    for batch in [BatchForm::One, BatchForm::Dynamic] {
        let mut exact = session(
            &adapt_decoder(&path, DecoderForm::new(GridSampleForm::Opset20, batch)).unwrap(),
        );
        let mut sliced = session(
            &adapt_decoder(&path, DecoderForm::new(GridSampleForm::TwoSlices, batch)).unwrap(),
        );
        for (index, expected) in expected.iter().enumerate() {
            let (pixels, flags) = input.decode(&mut exact, input.frame(index));
            assert_eq!(flags, [0]);
            // The kernel of opset 20 rounds coordinates in its own way: a level where a value lies on an edge.
            let (largest, differing) = difference(&pixels, expected);
            assert!(largest <= 1 && differing < 100, "{largest}, {differing}");
            // Coordinates in a picture of 1170 rows are less exact.
            let (pixels, flags) = input.decode(&mut sliced, input.frame(index));
            assert_eq!(flags, [0]);
            let (largest, differing) = difference(&pixels, expected);
            assert!(largest <= 1 && differing < 2000, "{largest}, {differing}");
        }
    }
}

/// An independent computation of the same in NumPy: scripts/stand_in_reference.py.
#[test]
fn frames_are_those_of_the_reference() {
    if onnxruntime::is_missing() {
        return;
    }
    let input = Input::of_reference();
    let file = fs::File::open(fixtures().join("reference.png")).unwrap();
    let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
    let mut expected = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut expected).unwrap();
    assert_eq!((info.width, info.height, info.color_type.samples()), (512, 128, 3));
    for form in FORMS {
        let adapted = adapt_decoder_bytes(
            &model("warping_spade.onnx"),
            DecoderForm::new(form, BatchForm::Dynamic),
        );
        let (pixels, _) = input.decode(&mut session(&adapted.unwrap()), &input.driving);
        for (frame, pixels) in pixels.chunks(PIXELS * 3).enumerate() {
            for (y, x, channel) in (0..128 * 128 * 3).map(|i| (i / 384, i / 3 % 128, i % 3)) {
                let seen = pixels[(y * 4 * SIDE + x * 4) * 3 + channel];
                let reference = expected[((y * 4 + frame) * 128 + x) * 3 + channel];
                assert!(seen.abs_diff(reference) <= 1, "{form:?} {frame}: {y}, {x}, {channel}");
            }
        }
    }
}

/// Only the end of the graph is compared here, so its bytes must be exact: both graphs sample alike.
#[test]
fn the_tail_rounds_exactly() {
    if onnxruntime::is_missing() {
        return;
    }
    let input = Input::of_reference();
    let raised = adapt_grid_samples(&model("warping_spade.onnx"), GridSampleForm::Opset20).unwrap();
    let mut floats = session(&raised);
    let mut bytes = session(
        &adapt_decoder_bytes(
            &model("warping_spade.onnx"),
            DecoderForm::new(GridSampleForm::Opset20, BatchForm::One),
        )
        .unwrap(),
    );
    let mut is_clipped = [false; 2];
    for index in 0..input.frames() {
        let out = input.decode_original(&mut floats, index);
        is_clipped[0] |= out.iter().any(|&value| value < 0.0);
        is_clipped[1] |= out.iter().any(|&value| value > 1.0);
        assert_eq!(input.decode(&mut bytes, input.frame(index)).0, to_bytes(&out));
    }
    assert_eq!(is_clipped, [true; 2]);
}

#[test]
fn a_batch_is_its_frames() {
    if onnxruntime::is_missing() {
        return;
    }
    let input = Input::of_reference();
    for form in FORMS {
        for name in ["warping_spade.onnx", "fp16/warping_spade.onnx"] {
            let adapted =
                adapt_decoder_bytes(&model(name), DecoderForm::new(form, BatchForm::Dynamic))
                    .unwrap();
            let mut session = session(&adapted);
            let (together, flags) = input.decode(&mut session, &input.driving);
            assert_eq!(flags, [0; 4]);
            for (index, pixels) in together.chunks(PIXELS * 3).enumerate() {
                let (alone, _) = input.decode(&mut session, input.frame(index));
                // Products of matrices are summed in another order.
                let (largest, differing) = difference(pixels, &alone);
                assert!(largest <= 1 && differing < 20, "{form:?}, {name}, {index}: {differing}");
            }
        }
    }
}

#[test]
fn what_is_not_a_number_is_flagged() {
    if onnxruntime::is_missing() {
        return;
    }
    let input = Input::of_reference();
    for form in FORMS {
        let adapted = adapt_decoder_bytes(
            &model("warping_spade.onnx"),
            DecoderForm::new(form, BatchForm::Dynamic),
        );
        let mut session = session(&adapted.unwrap());
        let (sound, _) = input.decode(&mut session, &input.driving[..3 * 63]);
        let mut driving = input.driving[..3 * 63].to_vec();
        driving[63 + 5] = f32::NAN;
        let (pixels, flags) = input.decode(&mut session, &driving);
        assert_eq!(flags, [0, 1, 0], "{form:?}");
        for index in [0, 2] {
            let frame = index * PIXELS * 3..(index + 1) * PIXELS * 3;
            assert_eq!(pixels[frame.clone()], sound[frame]);
        }
        // The first number picks the rows that are repeated.
        driving[0] = f32::NAN;
        assert_eq!(input.decode(&mut session, &driving).1, [1, 1, 0]);
    }
}

#[test]
fn half_precision_is_close() {
    if onnxruntime::is_missing() {
        return;
    }
    let input = Input::of_reference();
    let mut original = session(&model("warping_spade.onnx"));
    let expected = to_bytes(&input.decode_original(&mut original, 1));
    for form in FORMS {
        let adapted = adapt_decoder_bytes(
            &model("fp16/warping_spade.onnx"),
            DecoderForm::new(form, BatchForm::One),
        );
        let (pixels, flags) = input.decode(&mut session(&adapted.unwrap()), input.frame(1));
        assert_eq!(flags, [0]);
        let (largest, _) = difference(&pixels, &expected);
        let sum: u32 = pixels.iter().zip(&expected).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        let mean = f64::from(sum) / pixels.len() as f64;
        assert!(largest <= 24 && mean < 1.0, "{largest}, {mean}");
    }
}

/// A model of one GridSample.
fn grid_sample(opset: i64, x: &[i64], grid: &[i64], corners: bool) -> Vec<u8> {
    let value = |name: &str, dims: &[i64]| {
        let mut value = ValueInfoProto { name: name.to_owned(), ..ValueInfoProto::default() };
        let tensor = value.type_.mut_or_insert_default().mut_tensor_type();
        tensor.elem_type = FLOAT;
        for &size in dims {
            let mut dim = Dimension::new();
            dim.set_dim_value(size);
            tensor.shape.mut_or_insert_default().dim.push(dim);
        }
        value
    };
    let align = AttributeProto {
        name: "align_corners".to_owned(),
        type_: AttributeType::INT.into(),
        i: corners.into(),
        ..AttributeProto::default()
    };
    let mode = AttributeProto {
        name: "mode".to_owned(),
        type_: AttributeType::STRING.into(),
        s: if opset < 20 { b"bilinear".to_vec() } else { b"linear".to_vec() },
        ..AttributeProto::default()
    };
    let node = NodeProto {
        op_type: "GridSample".to_owned(),
        input: vec!["x".to_owned(), "grid".to_owned()],
        output: vec!["y".to_owned()],
        attribute: vec![align, mode],
        ..NodeProto::default()
    };
    let y = [&x[..2], &grid[1..4]].concat();
    let graph = GraphProto {
        name: "sample".to_owned(),
        node: vec![node],
        input: vec![value("x", x), value("grid", grid)],
        output: vec![value("y", &y)],
        ..GraphProto::default()
    };
    let set = OperatorSetIdProto { version: opset, ..OperatorSetIdProto::default() };
    ModelProto {
        ir_version: 8,
        opset_import: vec![set],
        graph: Some(graph).into(),
        ..ModelProto::default()
    }
    .write_to_bytes()
    .unwrap()
}

fn sample(
    model: &[u8],
    (x_dims, x): (&[usize], &[f32]),
    (grid_dims, grid): (&[usize], &[f32]),
) -> Vec<f32> {
    let inputs = ort::inputs!["x" => tensor(x_dims, x), "grid" => tensor(grid_dims, grid)];
    let mut session = session(model);
    let outputs = session.run(inputs).unwrap();
    outputs["y"].try_extract_tensor::<f32>().unwrap().1.to_vec()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter()
        .zip(b)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, |max, d| if d > max || d.is_nan() { d } else { max })
}

fn as_i64(dims: &[usize]) -> Vec<i64> {
    dims.iter().map(|&dim| dim as i64).collect()
}

#[test]
fn volumes_are_sampled_as_pytorch_does() {
    if onnxruntime::is_missing() {
        return;
    }
    let json = fs::read(fixtures().join("gridsample5d.json")).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let [x, grid, y] = ["x", "grid", "y"].map(|key| {
        let dims = numbers(&json[key]["shape"]).iter().map(|&dim| dim as usize).collect::<Vec<_>>();
        (dims, numbers(&json[key]["values"]))
    });
    for opset in [16, 18, 20] {
        let original = grid_sample(opset, &as_i64(&x.0), &as_i64(&grid.0), false);
        for (form, tolerance) in
            [(GridSampleForm::Opset20, 1e-6), (GridSampleForm::TwoSlices, 1e-4)]
        {
            let adapted = adapt_grid_samples(&original, form).unwrap();
            let seen = sample(&adapted, (&x.0, &x.1), (&grid.0, &grid.1));
            let difference = largest_difference(&seen, &y.1);
            assert!(difference < tolerance, "opset {opset}, {form:?}: {difference}");
        }
    }
}

/// Pseudo-random numbers from -1 to 1.
fn noise(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// At the network's size, inside, on the borders and far outside; the kernel for volumes is the measure.
#[test]
fn two_slices_give_what_a_volume_gives() {
    if onnxruntime::is_missing() {
        return;
    }
    let (x_dims, grid_dims) = ([2, 3, 16, 64, 64], [2, 5, 16, 64, 3]);
    let x = noise(1, x_dims.iter().product());
    for corners in [false, true] {
        let mut grid = noise(2, grid_dims.iter().product());
        for (index, value) in grid.iter_mut().enumerate() {
            *value *= match index % 5 {
                0 => 1.05,
                1 => 3.0,
                2 => 1e6,
                _ => 1.0,
            };
            if index % 97 == 0 {
                *value = value.signum();
            }
        }
        let original = grid_sample(16, &as_i64(&x_dims), &as_i64(&grid_dims), corners);
        let expected = sample(&original, (&x_dims, &x), (&grid_dims, &grid));
        let sliced = adapt_grid_samples(&original, GridSampleForm::TwoSlices).unwrap();
        let seen = sample(&sliced, (&x_dims, &x), (&grid_dims, &grid));
        let difference = largest_difference(&seen, &expected);
        assert!(difference < 4e-4, "{corners}: {difference}");

        // Beyond everything: zeros, but for rounding, and never what is not a number.
        grid.iter_mut().step_by(7).for_each(|value| *value = f32::INFINITY * value.signum());
        let seen = sample(&sliced, (&x_dims, &x), (&grid_dims, &grid));
        let points = grid.chunks(3).map(|point| point.iter().all(|value| value.is_finite()));
        let points: Vec<bool> = points.collect();
        let per_frame = points.len() / 2;
        for (index, &value) in seen.iter().enumerate() {
            let frame = index / (3 * per_frame);
            let is_inside = points[frame * per_frame + index % per_frame];
            assert!(is_inside && value.is_finite() || value.abs() < 4e-4, "{index}: {value}");
        }
    }
}
