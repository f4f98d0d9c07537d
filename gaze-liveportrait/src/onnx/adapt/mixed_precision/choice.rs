//! Which nodes compute in 16 bits.

use std::collections::{HashMap, HashSet};

use onnx_protobuf::{GraphProto, NodeProto, TensorProto};

use super::super::graph::{attribute, input};
use super::halves::{Keep, hold};
use crate::onnx::model_graph::graphs_in;

/// Operators that carry 16-bit floats from one convolution to the next. Those that CUDA has kernels of 16 bits for,
/// and of which no result is worse than its inputs by more than rounding it.
const BETWEEN: [&str; 28] = [
    "Add",
    "AveragePool",
    "Clip",
    "Concat",
    "DepthToSpace",
    "Dropout",
    "Expand",
    "Flatten",
    "Identity",
    "InstanceNormalization",
    "LeakyRelu",
    "MaxPool",
    "Mul",
    "PRelu",
    "Pad",
    "Relu",
    "Reshape",
    "Resize",
    "Sigmoid",
    "Slice",
    "SpaceToDepth",
    "Split",
    "Squeeze",
    "Sub",
    "Tanh",
    "Tile",
    "Transpose",
    "Unsqueeze",
];

/// Whether a node is what 16 bits are for.
pub(super) fn is_layer(node: &NodeProto) -> bool {
    ["Conv", "ConvTranspose"].contains(&node.op_type.as_str())
}

/// The inputs of a node that have the type of its output: the others are sizes, axes and the like.
pub(super) fn is_typed(node: &NodeProto, index: usize) -> bool {
    match node.op_type.as_str() {
        "Expand" | "Reshape" | "Resize" | "Slice" | "Split" | "Squeeze" | "Tile" | "Unsqueeze"
        | "Dropout" => index == 0,
        "Pad" => index == 0 || index == 2,
        _ => true,
    }
}

/// For each node of `graph`, whether it computes in 16 bits.
pub(super) fn half_nodes(graph: &GraphProto) -> Vec<bool> {
    let constants = constants_of(graph);
    // Graphs within nodes see tensors by their names, and expect 32 bits.
    let mut seen_inside = HashSet::new();
    graph.node.iter().for_each(|node| add_inner_reads(node, &mut seen_inside));
    let mut half: HashSet<&str> = HashSet::new();
    let mut is_half = Vec::with_capacity(graph.node.len());
    for node in &graph.node {
        let chosen = ["", "ai.onnx"].contains(&node.domain.as_str())
            && !node.output.iter().any(|name| seen_inside.contains(name.as_str()))
            && if is_layer(node) {
                layer_fits(node, &constants)
            } else {
                may_carry(node, &constants, &half)
            };
        if chosen {
            half.extend(node.output.iter().map(String::as_str));
        }
        is_half.push(chosen);
    }
    spare_grids(graph, &mut is_half);
    spare_tail(graph, &mut is_half);
    is_half
}

/// Constants by their names.
fn constants_of(graph: &GraphProto) -> HashMap<&str, &TensorProto> {
    let weights = graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor));
    let nodes = graph.node.iter().filter(|node| node.op_type == "Constant").filter_map(|node| {
        Some((node.output.first()?.as_str(), attribute(node, "value")?.t.as_ref()?))
    });
    weights.chain(nodes).collect()
}

fn add_inner_reads<'a>(node: &'a NodeProto, reads: &mut HashSet<&'a str>) {
    for graph in node.attribute.iter().flat_map(graphs_in) {
        reads.extend(graph.output.iter().map(|output| output.name.as_str()));
        for node in &graph.node {
            reads.extend(node.input.iter().map(String::as_str));
            add_inner_reads(node, reads);
        }
    }
}

fn layer_fits(node: &NodeProto, constants: &HashMap<&str, &TensorProto>) -> bool {
    let constant = |index| constants.get(input(node, index)?);
    // ConvTranspose has its outputs along the second axis.
    let keep = if node.op_type == "Conv" { Keep::Rows } else { Keep::Whole };
    constant(1).is_some_and(|weights| hold(weights, keep))
        && (input(node, 2).is_none() || constant(2).is_some_and(|bias| hold(bias, Keep::Range)))
}

/// Whether all that a node takes is in 16 bits, or constants that can be.
fn may_carry(
    node: &NodeProto,
    constants: &HashMap<&str, &TensorProto>,
    half: &HashSet<&str>,
) -> bool {
    if !BETWEEN.contains(&node.op_type.as_str()) {
        return false;
    }
    let mut takes_half = false;
    let fits = node.input.iter().enumerate().all(|(index, name)| {
        if name.is_empty() || !is_typed(node, index) {
            return true;
        }
        takes_half |= half.contains(name.as_str());
        half.contains(name.as_str())
            || constants.get(name.as_str()).is_some_and(|c| hold(c, Keep::Whole))
    });
    fits && takes_half
}

/// Takes back what a grid is made of, as far back as it is of 16 bits.
fn spare_grids(graph: &GraphProto, is_half: &mut [bool]) {
    let grids = graph.node.iter().filter(|node| node.op_type == "GridSample");
    let mut spared: HashSet<&str> = grids.filter_map(|node| input(node, 1)).collect();
    for (node, is_half) in graph.node.iter().zip(is_half).rev() {
        if *is_half && node.output.iter().any(|name| spared.contains(name.as_str())) {
            *is_half = false;
            spared.extend(node.input.iter().map(String::as_str));
        }
    }
}

/// Takes back what follows the last convolution.
fn spare_tail(graph: &GraphProto, is_half: &mut [bool]) {
    let mut before_layer: HashSet<&str> = HashSet::new();
    for (node, is_half) in graph.node.iter().zip(is_half).rev() {
        let leads_to_layer = node.output.iter().any(|name| before_layer.contains(name.as_str()));
        *is_half &= is_layer(node) || leads_to_layer;
        if leads_to_layer || is_layer(node) {
            before_layer.extend(node.input.iter().map(String::as_str));
        }
    }
}
