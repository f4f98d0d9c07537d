//! What follows from what a graph declares of its tensors.
//!
//! Exports of PyTorch declare the shapes of inputs and outputs and little else, and some work out sizes of constant
//! shapes as they run. The rules here follow both, for a batch of 1.

use onnx_protobuf::{GraphProto, NodeProto};

use super::graph::{attribute, input, int_attribute};
use super::shapes::shape_of;
use super::tensors::{Dims, Tensors};
use super::values::{ints_of, reals_of};
use crate::onnx::element_types::{BOOL, FLOAT, INT64};

/// Collects what `graph` declares and what follows from it. Inner graphs are left out.
pub(super) fn infer_tensors(graph: &GraphProto) -> Tensors {
    infer_tensors_of(graph, &[])
}

/// The same where inputs of known names have these shapes, whatever the graph leaves open.
pub(super) fn infer_tensors_of(graph: &GraphProto, inputs: &[(String, Dims)]) -> Tensors {
    let mut tensors = Tensors::declared_in(graph);
    for (name, dims) in inputs {
        tensors.set_dims(name, dims.clone());
    }
    for node in &graph.node {
        add_node(&mut tensors, node);
    }
    tensors
}

fn add_node(tensors: &mut Tensors, node: &NodeProto) {
    let Some(output) = node.output.first() else { return };
    if node.op_type == "Constant" {
        if let Some(tensor) = attribute(node, "value").and_then(|value| value.t.as_ref()) {
            tensors.add_constant(output, tensor);
        } else if let Some(value) = attribute(node, "value_ints") {
            tensors.set_ints(output, value.ints.clone());
            tensors.set_dims(output, vec![i64::try_from(value.ints.len()).ok()]);
        }
        return;
    }
    if let Some(reals) = reals_of(tensors, node) {
        tensors.set_reals(output, reals);
    }
    if let Some(ints) = ints_of(tensors, node) {
        tensors.set_ints(output, ints);
    }
    if let Some(element) = element_of(tensors, node) {
        for output in &node.output {
            tensors.set_missing_element(output, element);
        }
    }
    if node.op_type == "Split" {
        add_parts(tensors, node);
    } else if !tensors.is_known(output)
        && let Some(dims) = shape_of(node, tensors)
    {
        tensors.set_dims(output, dims);
    }
}

fn element_of(tensors: &Tensors, node: &NodeProto) -> Option<i32> {
    match node.op_type.as_str() {
        "Cast" => i32::try_from(int_attribute(node, "to", 0)).ok(),
        "Shape" | "Size" | "ArgMax" | "ArgMin" | "NonZero" => Some(INT64),
        "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "And" | "Or" | "Xor"
        | "Not" | "IsNaN" | "IsInf" => Some(BOOL),
        "ConstantOfShape" => {
            let value = attribute(node, "value").and_then(|value| value.t.as_ref());
            Some(value.map_or(FLOAT, |value| value.data_type))
        }
        "Where" => tensors.element(input(node, 1)?),
        _ => tensors.element(input(node, 0)?),
    }
}

fn add_parts(tensors: &mut Tensors, node: &NodeProto) {
    let Some(value) = input(node, 0) else { return };
    let Some(axis) = tensors.axis(value, int_attribute(node, "axis", 0)) else { return };
    let Some(dims) = tensors.dims(value).cloned() else { return };
    let Some(whole) = dims.get(axis).copied() else { return };
    let sizes = input(node, 1).and_then(|name| tensors.ints(name)).map(<[i64]>::to_vec);
    for (index, output) in node.output.iter().enumerate() {
        let mut part = dims.clone();
        part[axis] = match &sizes {
            Some(sizes) => sizes.get(index).copied(),
            None => whole.map(|whole| whole / node.output.len() as i64),
        };
        if !tensors.is_known(output) {
            tensors.set_dims(output, part);
        }
    }
}
