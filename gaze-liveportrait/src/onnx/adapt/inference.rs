//! What follows from what a graph declares of its tensors.
//!
//! Exports of PyTorch declare the shapes of inputs and outputs and little else, and some work out sizes of constant
//! shapes as they run. The rules here follow both, for a batch of 1.

use onnx_protobuf::{GraphProto, NodeProto};

use super::graph::{attribute, input, int_attribute, small_ints};
use super::shapes::shape_of;
use super::tensors::{MAX_INTS, Tensors};
use crate::onnx::element_types::{BOOL, FLOAT, INT64};

/// Collects what `graph` declares and what follows from it. Inner graphs are left out.
pub(super) fn infer_tensors(graph: &GraphProto) -> Tensors {
    let mut tensors = Tensors::declared_in(graph);
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
    let is_cast = ["Cast", "Identity"].contains(&node.op_type.as_str());
    if let Some(reals) = input(node, 0).and_then(|name| tensors.reals(name)).filter(|_| is_cast) {
        let reals = reals.to_vec();
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

/// Numbers that follow from constants and known shapes.
fn ints_of(tensors: &Tensors, node: &NodeProto) -> Option<Vec<i64>> {
    let first = || tensors.ints(input(node, 0)?);
    match node.op_type.as_str() {
        "Identity" | "Unsqueeze" | "Squeeze" => first().map(<[i64]>::to_vec),
        "Cast" if int_attribute(node, "to", 0) == i64::from(INT64) => first().map(<[i64]>::to_vec),
        "Shape" => {
            let is_whole = attribute(node, "start").or(attribute(node, "end")).is_none();
            tensors
                .dims(input(node, 0)?)?
                .iter()
                .copied()
                .collect::<Option<_>>()
                .filter(|_| is_whole)
        }
        "Concat" => {
            let mut parts = node.input.iter().map(|name| tensors.ints(name));
            parts.try_fold(Vec::new(), |all, part| {
                Some([all, part?.to_vec()].concat()).filter(|all| all.len() <= MAX_INTS)
            })
        }
        "Gather" => {
            let (from, which) = (first()?, tensors.ints(input(node, 1)?)?);
            let at = |&i: &i64| from.get(place(i, from.len())).copied();
            which.iter().map(at).collect()
        }
        "Slice" => {
            let number = |index| tensors.ints(input(node, index)?)?.first().copied();
            let from = first()?;
            let is_plain = input(node, 4).is_none() || number(4) == Some(1);
            let (start, end) = (place(number(1)?, from.len()), place(number(2)?, from.len()));
            from.get(start..end.min(from.len())).map(<[i64]>::to_vec).filter(|_| is_plain)
        }
        "ConstantOfShape" => {
            let value = attribute(node, "value").and_then(|value| small_ints(value.t.as_ref()?));
            let [count] = first()? else { return None };
            let count = usize::try_from(*count).ok().filter(|&count| count <= MAX_INTS)?;
            Some(vec![*value?.first()?; count])
        }
        _ => None,
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

/// Index from the end where it is negative.
fn place(index: i64, count: usize) -> usize {
    let from_end = if index < 0 { index.saturating_add(count as i64).max(0) } else { index };
    usize::try_from(from_end).unwrap_or(usize::MAX)
}
