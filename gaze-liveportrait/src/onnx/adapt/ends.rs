//! The decoder's new inputs and outputs: what is uploaded and downloaded for each frame is as little as can be.

use onnx_protobuf::tensor_shape_proto::Dimension;
use onnx_protobuf::type_proto::Tensor;
use onnx_protobuf::{GraphProto, TensorShapeProto, TypeProto, ValueInfoProto};

use super::graph::{PREFIX, Writer, graphs_in_mut, int, ints};
use super::tensors::Tensors;
use crate::onnx::element_types::{BOOL, FLOAT, FLOAT16, INT32, UINT8};

/// The decoder's inputs, the one that differs from frame to frame last.
pub(super) const INPUTS: [&str; 3] = ["feature_3d", "kp_source", "kp_driving"];
/// Its output: pixels as floats, 0 to 1, channels first.
const OUTPUT: &str = "out";
/// Names of the outputs that take its place.
pub(super) const PIXELS: &str = "pixels";
pub(super) const NOT_FINITE: &str = "not_finite";

/// What stands for an input within the graph.
pub(super) fn inner_name(input: &str) -> String {
    format!("{PREFIX}{input}")
}

/// Name of the tensor with a zero for each frame.
pub(super) fn rows_name() -> String {
    format!("{PREFIX}rows")
}

/// Puts nodes before and behind those of `graph` so that it takes 32-bit floats, volume and source key points once
/// for all frames, and gives bytes, rows of pixels first.
pub(super) fn write_ends(graph: &mut GraphProto, tensors: &Tensors, is_dynamic: bool) {
    for name in INPUTS {
        rename_uses(graph, name, &inner_name(name));
    }
    let mut head = Writer::new("head");
    if is_dynamic {
        write_rows(&mut head, "kp_driving", 3);
    }
    for name in INPUTS {
        let is_half = tensors.element(name) == Some(FLOAT16);
        let mut value = name.to_owned();
        if is_half {
            value = head.cast(&value, FLOAT16);
        }
        let inner = inner_name(name);
        if is_dynamic && name != "kp_driving" {
            head.op_to(&inner, "Gather", &[&value, &rows_name()], vec![int("axis", 0)]);
        } else {
            head.op_to(&inner, "Identity", &[&value], Vec::new());
        }
    }
    let mut tail = Writer::new("tail");
    write_tail(&mut tail, tensors.element(OUTPUT) == Some(FLOAT16));

    let body = std::mem::take(&mut graph.node);
    graph.node = head.nodes.into_iter().chain(body).chain(tail.nodes).collect();
    graph.initializer.extend(head.constants.into_iter().chain(tail.constants));
    // Types and shapes have changed; the runtime works them out again.
    graph.value_info.clear();
    for input in &mut graph.input {
        let batch = if is_dynamic && input.name == "kp_driving" { None } else { Some(1) };
        let dims: &[i64] = match input.name.as_str() {
            "feature_3d" => &[32, 16, 64, 64],
            "kp_driving" | "kp_source" => &[21, 3],
            _ => continue,
        };
        *input = value_info(&input.name, FLOAT, batch, dims);
    }
    let batch = if is_dynamic { None } else { Some(1) };
    graph.output = vec![
        value_info(PIXELS, UINT8, batch, &[512, 512, 3]),
        value_info(NOT_FINITE, UINT8, batch, &[]),
    ];
}

/// Opens the first axis of these inputs and outputs, and puts nodes before the others that count the rows.
pub(super) fn open_rows(graph: &mut GraphProto, inputs: &[String], outputs: &[String]) {
    let mut head = Writer::new("head");
    if let Some(input) = inputs.first() {
        write_rows(&mut head, input, 2);
    }
    graph.node.splice(0..0, head.nodes);
    graph.initializer.append(&mut head.constants);
    graph.value_info.clear();
    for info in graph.input.iter_mut().chain(&mut graph.output) {
        if inputs.contains(&info.name) || outputs.contains(&info.name) {
            let kind = info.type_.mut_or_insert_default().mut_tensor_type();
            if let Some(first) = kind.shape.mut_or_insert_default().dim.first_mut() {
                first.set_dim_param("batch".to_owned());
            }
        }
    }
}

/// A zero for each frame, whatever is in `input`, of which it is the first of `axes`: no number is less than itself.
/// To pick row 0 as often as there are frames repeats a tensor on the device; Expand would need the batch on the host.
fn write_rows(head: &mut Writer, input: &str, axes: i64) {
    let first = head.index(0);
    let mut rows = input.to_owned();
    for axis in (1..axes).rev() {
        rows = head.op("Gather", &[&rows, &first], vec![int("axis", axis)]);
    }
    let never = head.op("Less", &[&rows, &rows], Vec::new());
    head.op_to(&rows_name(), "Cast", &[&never], vec![int("to", INT32.into())]);
}

/// trunc(clip(out, 0, 1) * 255) as bytes, rows of pixels first, and whether a frame holds NaN.
///
/// Only operators that are the same from opset 16 to 20 and beyond, or that CUDA has in each version: it has no
/// ReduceMax of opset 20.
fn write_tail(tail: &mut Writer, is_half: bool) {
    let out = if is_half { tail.cast(OUTPUT, FLOAT) } else { OUTPUT.to_owned() };
    let (zero, one, levels) = (tail.real(0.0), tail.real(1.0), tail.real(255.0));
    let clipped = tail.op("Clip", &[&out, &zero, &one], Vec::new());
    let scaled = tail.op("Mul", &[&clipped, &levels], Vec::new());
    let bytes = tail.cast(&scaled, UINT8);
    tail.op_to(PIXELS, "Transpose", &[&bytes], vec![ints("perm", &[0, 2, 3, 1])]);

    let nan = tail.op("IsNaN", &[&out], Vec::new());
    let counted = tail.cast(&nan, FLOAT);
    let axes = tail.ints(&[1, 2, 3]);
    let count = tail.op("ReduceSum", &[&counted, &axes], vec![int("keepdims", 0)]);
    let any = tail.cast(&count, BOOL);
    tail.op_to(NOT_FINITE, "Cast", &[&any], vec![int("to", UINT8.into())]);
}

/// Lets all nodes that read `from`, also those of inner graphs, read `to`.
fn rename_uses(graph: &mut GraphProto, from: &str, to: &str) {
    for node in &mut graph.node {
        for name in node.input.iter_mut().filter(|name| *name == from) {
            to.clone_into(name);
        }
        for inner in graphs_in_mut(node) {
            rename_uses(inner, from, to);
        }
    }
}

/// A tensor with `batch` as its first axis, which is open where there is none.
fn value_info(name: &str, element: i32, batch: Option<i64>, dims: &[i64]) -> ValueInfoProto {
    let mut shape = TensorShapeProto::new();
    let mut first = Dimension::new();
    match batch {
        Some(size) => first.set_dim_value(size),
        None => first.set_dim_param("batch".to_owned()),
    }
    shape.dim.push(first);
    for &size in dims {
        let mut dim = Dimension::new();
        dim.set_dim_value(size);
        shape.dim.push(dim);
    }
    let tensor = Tensor { elem_type: element, shape: Some(shape).into(), ..Tensor::default() };
    let mut kind = TypeProto::new();
    kind.set_tensor_type(tensor);
    ValueInfoProto { name: name.to_owned(), type_: Some(kind).into(), ..ValueInfoProto::default() }
}
