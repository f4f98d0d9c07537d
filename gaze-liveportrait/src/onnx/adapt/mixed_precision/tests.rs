//! A mixed graph: which types its nodes have, what it shows, and how large it is.

use std::collections::HashMap;

use onnx_protobuf::{GraphProto, Message, ModelProto, NodeProto};
use ort::session::Session;
use ort::value::Tensor;

use super::super::graph::{attribute, input, int_attribute};
use super::super::{BatchForm, DecoderForm, GridSampleForm, adapt_decoder_bytes};
use super::small_decoder::small_decoder;
use crate::onnx::element_types::{FLOAT, FLOAT16};
use crate::onnx::signature::Precision;
use crate::onnxruntime;
use crate::runtime::library::Runtime;

const FORMS: [GridSampleForm; 2] = [GridSampleForm::Opset20, GridSampleForm::TwoSlices];
const CROP: usize = 512 * 512 * 3;

fn adapt(form: GridSampleForm, batch: BatchForm, precision: Precision) -> Vec<u8> {
    let form = DecoderForm::new(form, batch).with_precision(precision);
    adapt_decoder_bytes(&small_decoder(), form).unwrap()
}

fn mixed(form: GridSampleForm, batch: BatchForm) -> GraphProto {
    let bytes = adapt(form, batch, Precision::Float16);
    ModelProto::parse_from_bytes(&bytes).unwrap().graph.unwrap()
}

/// The floats of each tensor: 16 or 32 bits, as far as the inputs and casts say; nothing is known of other types.
fn floats(graph: &GraphProto) -> HashMap<&str, i32> {
    let mut types: HashMap<&str, i32> = HashMap::new();
    for info in &graph.input {
        types.insert(&info.name, info.type_.tensor_type().elem_type);
    }
    for tensor in &graph.initializer {
        types.insert(&tensor.name, tensor.data_type);
    }
    for node in &graph.node {
        let kind = match node.op_type.as_str() {
            "Cast" => Some(int_attribute(node, "to", 0) as i32),
            "Constant" => {
                attribute(node, "value").and_then(|value| Some(value.t.as_ref()?.data_type))
            }
            "Less" | "IsNaN" => Some(9),
            _ => input(node, 0).and_then(|name| types.get(name).copied()),
        };
        for output in &node.output {
            types.insert(output, kind.unwrap_or_else(|| panic!("{} has no type", node.name)));
        }
    }
    types
}

fn nodes<'a>(graph: &'a GraphProto, kind: &'a str) -> impl Iterator<Item = &'a NodeProto> {
    graph.node.iter().filter(move |node| node.op_type == kind)
}

#[test]
fn types_are_those_of_the_rules() {
    for (form, batch) in
        FORMS.into_iter().flat_map(|form| [(form, BatchForm::One), (form, BatchForm::Dynamic)])
    {
        let graph = mixed(form, batch);
        let types = floats(&graph);
        let of = |name: &str| types[name];
        let given = |node: &NodeProto| of(&node.output[0]);
        for node in nodes(&graph, "Conv").chain(nodes(&graph, "InstanceNormalization")) {
            assert!(node.input.iter().all(|name| of(name) == FLOAT16), "{form:?} {}", node.name);
        }
        for kind in ["GridSample", "Softmax", "Exp", "Pow", "ReduceSum", "Clip", "DepthToSpace"] {
            assert!(nodes(&graph, kind).count() > 0, "{form:?} {kind}");
            for node in nodes(&graph, kind) {
                let typed = if kind == "ReduceSum" { &node.input[..1] } else { &node.input[..] };
                assert!(typed.iter().all(|name| of(name) == FLOAT), "{form:?} {}", node.name);
            }
        }
        // All between convolutions, and one before pixels and one of visibility.
        for node in nodes(&graph, "Relu").chain(nodes(&graph, "LeakyRelu")) {
            assert_eq!(given(node), FLOAT16, "{form:?} {}", node.name);
        }
        let sigmoids: Vec<i32> = nodes(&graph, "Sigmoid").map(given).collect();
        assert_eq!(sigmoids, [FLOAT16, FLOAT]);
        // Nodes that combine floats combine floats of one kind.
        for node in
            ["Add", "Sub", "Mul", "Div", "Concat"].iter().flat_map(|kind| nodes(&graph, kind))
        {
            assert!(
                node.input.iter().all(|name| of(name) == given(node)),
                "{form:?} {}",
                node.name
            );
        }
        // No tensor is cast twice to the same type.
        let mut casts: Vec<_> = nodes(&graph, "Cast")
            .map(|node| (&node.input[0], int_attribute(node, "to", 0)))
            .collect();
        let count = casts.len();
        casts.sort();
        casts.dedup();
        assert_eq!(casts.len(), count);
    }
}

/// The norms of weights are worked out beforehand, so that no copy of them in 32 bits is kept.
#[test]
fn weights_take_half_the_room() {
    let bytes = |precision| adapt(GridSampleForm::Opset20, BatchForm::One, precision);
    let (full, half) = (bytes(Precision::Float32), bytes(Precision::Float16));
    assert_eq!(half, bytes(Precision::Float16), "the same model gives the same file");
    // Besides weights there are nodes, which are much of so small a file.
    assert!(half.len() * 100 < full.len() * 55, "{} of {}", half.len(), full.len());
    let graph = ModelProto::parse_from_bytes(&half).unwrap().graph.unwrap();
    assert_eq!(nodes(&graph, "MatMul").count(), 0);
    let large = graph.initializer.iter().filter(|tensor| tensor.data_type == FLOAT);
    let largest = large.map(|tensor| tensor.raw_data.len()).max().unwrap();
    // The grid of the volume's places.
    assert_eq!(largest, 4 * 16 * 16 * 3 * 4);
}

#[test]
fn weights_that_do_not_fit_stay() {
    let mut model = ModelProto::parse_from_bytes(&small_decoder()).unwrap();
    let graph = model.graph.as_mut().unwrap();
    let layers: Vec<NodeProto> = nodes(graph, "Conv").cloned().collect();
    let weights_of = |layer: &NodeProto| layer.input[1].clone();
    for (layer, number) in [(&layers[1], 1e5_f32), (&layers[2], 1e-9)] {
        let tensor = graph.initializer.iter_mut().find(|t| t.name == weights_of(layer)).unwrap();
        let row = tensor.raw_data.len() / tensor.dims[0] as usize;
        for bytes in tensor.raw_data[..row].as_chunks_mut::<4>().0 {
            *bytes = number.to_le_bytes();
        }
    }
    let form = DecoderForm::new(GridSampleForm::Opset20, BatchForm::One)
        .with_precision(Precision::Float16);
    let adapted = adapt_decoder_bytes(&model.write_to_bytes().unwrap(), form).unwrap();
    let graph = ModelProto::parse_from_bytes(&adapted).unwrap().graph.unwrap();
    let types = floats(&graph);
    let kinds: Vec<i32> =
        nodes(&graph, "Conv").map(|node| types[node.output[0].as_str()]).collect();
    assert_eq!(kinds[..4], [FLOAT16, FLOAT, FLOAT, FLOAT16]);
    assert!(kinds[4..].iter().all(|&kind| kind == FLOAT16));

    // Where no layer can be, it is better said than done.
    for tensor in &mut model.graph.as_mut().unwrap().initializer {
        if tensor.dims.len() > 3 {
            tensor.raw_data[..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
        }
    }
    let refused = adapt_decoder_bytes(&model.write_to_bytes().unwrap(), form).unwrap_err();
    assert!(refused.to_string().contains("none of its convolutions"), "{refused}");
}

fn session(model: &[u8]) -> Session {
    let runtime = Runtime::load(None, &[]).unwrap();
    let builder = Session::builder(&runtime.environment).unwrap().with_intra_threads(1).unwrap();
    { builder }.commit_from_memory(model).unwrap()
}

/// Pixels of the frames with these key points.
fn decode(session: &mut Session, driving: &[f32]) -> Vec<u8> {
    let wave = |i: usize| ((i * 7919 % 1009) as f32 / 504.5 - 1.0) * 1.7;
    let volume: Vec<f32> = (0..32 * 16 * 64 * 64).map(|i| wave(i / 5)).collect();
    let frames = driving.len() / 63;
    let tensor =
        |shape: Vec<usize>, values: &[f32]| Tensor::from_array((shape, values.to_vec())).unwrap();
    let outputs = session
        .run(ort::inputs![
            "feature_3d" => tensor(vec![1, 32, 16, 64, 64], &volume),
            "kp_source" => tensor(vec![1, 21, 3], &points(0)),
            "kp_driving" => tensor(vec![frames, 21, 3], driving),
        ])
        .unwrap();
    assert!(
        outputs["not_finite"].try_extract_tensor::<u8>().unwrap().1.iter().all(|&flag| flag == 0)
    );
    outputs["pixels"].try_extract_tensor::<u8>().unwrap().1.to_vec()
}

/// 21 key points; those of other numbers lie a little beside those of 0.
fn points(number: usize) -> Vec<f32> {
    let rest = |i: usize| (i * 37 % 101) as f32 / 50.0 - 1.0;
    (0..63)
        .map(|i| rest(i) * 0.8 + if number == 0 { 0.0 } else { rest(i * 13 + number * 29) * 0.1 })
        .collect()
}

/// Within the bounds that hold for the full-size stand-in, frame by frame and several together.
#[test]
fn frames_are_nearly_those_of_32_bits() {
    if onnxruntime::is_missing() {
        return;
    }
    let frames: Vec<Vec<f32>> = (1..4).map(points).collect();
    let mut full = session(&adapt(GridSampleForm::Opset20, BatchForm::One, Precision::Float32));
    let expected: Vec<Vec<u8>> = frames.iter().map(|points| decode(&mut full, points)).collect();
    let spread = |pixels: &[u8]| {
        let (low, high) = (pixels.iter().min().unwrap(), pixels.iter().max().unwrap());
        high - low
    };
    assert!(spread(&expected[0]) > 200, "there is something to see");
    let differing =
        expected[0].iter().zip(&expected[1]).filter(|(a, b)| a.abs_diff(**b) > 8).count();
    assert!(differing > CROP / 20, "key points matter: {differing}");
    for form in FORMS {
        let mut one = session(&adapt(form, BatchForm::One, Precision::Float16));
        let mut any = session(&adapt(form, BatchForm::Dynamic, Precision::Float16));
        let together = decode(&mut any, &frames.concat());
        for (index, (points, expected)) in frames.iter().zip(&expected).enumerate() {
            let alone = decode(&mut one, points);
            let in_batch = &together[index * CROP..][..CROP];
            for (name, pixels) in [("one", &alone[..]), ("batch", in_batch)] {
                let differences = || pixels.iter().zip(expected).map(|(a, b)| a.abs_diff(*b));
                let (largest, sum) =
                    (differences().max().unwrap(), differences().map(u64::from).sum::<u64>());
                let off = differences().filter(|&d| d > 2).count();
                let figures = format!("{form:?}, {name}, {index}: {largest}, {sum}, {off}");
                assert!(largest <= 8 && sum < (CROP / 2) as u64 && off <= CROP / 100, "{figures}");
                assert!(sum > 0, "{figures}: nothing was rounded");
            }
            let between = alone.iter().zip(in_batch).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(between <= 2, "{form:?}, {index}: {between}");
        }
    }
}
