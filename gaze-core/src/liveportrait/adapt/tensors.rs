//! What is known of a graph's tensors before it runs: shapes, element types, small constants.
//!
//! Exports of PyTorch declare the shapes of most tensors; the rules here fill gaps of the common operators.

use std::collections::HashMap;

use onnx_protobuf::{GraphProto, NodeProto, TensorProto};

use super::graph::{BOOL, FLOAT, INT64, attribute, input, int_attribute, small_ints};
use crate::liveportrait::signature::dims_of;

/// Size along each axis, none where it isn't known.
pub(super) type Dims = Vec<Option<i64>>;

/// Axes at most; LivePortrait has seven in places. A shape of more is treated as unknown.
const MAX_AXES: usize = 8;

/// What is known of each tensor of a graph by its name.
#[derive(Debug, Default)]
pub(super) struct Tensors {
    dims: HashMap<String, Dims>,
    elements: HashMap<String, i32>,
    ints: HashMap<String, Vec<i64>>,
}

impl Tensors {
    /// Collects what `graph` declares and what follows from it. Inner graphs are left out.
    pub(super) fn of(graph: &GraphProto) -> Self {
        let mut tensors = Self::default();
        for info in graph.input.iter().chain(&graph.output).chain(&graph.value_info) {
            if let Some(dims) = dims_of(info) {
                tensors.set_dims(&info.name, dims);
            }
            tensors.set_element(&info.name, info.type_.tensor_type().elem_type);
        }
        for tensor in &graph.initializer {
            tensors.add_constant(&tensor.name, tensor);
        }
        for node in &graph.node {
            tensors.add_node(node);
        }
        tensors
    }

    /// Shape of a tensor, as far as it is known.
    pub(super) fn dims(&self, name: &str) -> Option<&Dims> {
        self.dims.get(name)
    }

    /// Size of a tensor along one axis.
    pub(super) fn dim(&self, name: &str, axis: usize) -> Option<i64> {
        *self.dims.get(name)?.get(axis)?
    }

    /// Number of ONNX's element type; none where it isn't known.
    pub(super) fn element(&self, name: &str) -> Option<i32> {
        self.elements.get(name).copied()
    }

    /// Numbers of a small constant.
    pub(super) fn ints(&self, name: &str) -> Option<&[i64]> {
        self.ints.get(name).map(Vec::as_slice)
    }

    /// `axis` of a tensor counted from its first; none where it counts from the end of a shape that isn't known.
    pub(super) fn axis(&self, name: &str, axis: i64) -> Option<usize> {
        let from_end = || i64::try_from(self.dims.get(name)?.len()).ok()?.checked_add(axis);
        usize::try_from(if axis < 0 { from_end()? } else { axis }).ok()
    }

    fn set_dims(&mut self, name: &str, dims: Dims) {
        if dims.len() <= MAX_AXES {
            self.dims.insert(name.to_owned(), dims);
        }
    }

    fn set_element(&mut self, name: &str, element: i32) {
        if element != 0 {
            self.elements.insert(name.to_owned(), element);
        }
    }

    fn add_constant(&mut self, name: &str, tensor: &TensorProto) {
        self.set_dims(name, tensor.dims.iter().map(|&dim| Some(dim)).collect());
        self.set_element(name, tensor.data_type);
        if let Some(ints) = small_ints(tensor) {
            self.ints.insert(name.to_owned(), ints);
        }
    }

    fn add_node(&mut self, node: &NodeProto) {
        let Some(output) = node.output.first() else { return };
        if node.op_type == "Constant" {
            if let Some(tensor) = attribute(node, "value").and_then(|value| value.t.as_ref()) {
                self.add_constant(output, tensor);
            } else if let Some(value) = attribute(node, "value_ints") {
                if value.ints.len() <= MAX_AXES {
                    self.ints.insert(output.clone(), value.ints.clone());
                }
                self.set_dims(output, vec![i64::try_from(value.ints.len()).ok()]);
            }
            return;
        }
        if node.op_type == "Identity"
            && let Some(ints) = input(node, 0).and_then(|name| self.ints(name)).map(<[i64]>::to_vec)
        {
            self.ints.insert(output.clone(), ints);
        }
        if let Some(element) = self.element_of(node) {
            for output in &node.output {
                self.elements.entry(output.clone()).or_insert(element);
            }
        }
        if node.op_type == "Split" {
            self.add_parts(node);
        } else if !self.is_known(output)
            && let Some(dims) = self.dims_of_node(node)
        {
            self.set_dims(output, dims);
        }
    }

    fn is_known(&self, name: &str) -> bool {
        self.dims.get(name).is_some_and(|dims| dims.iter().all(Option::is_some))
    }

    fn element_of(&self, node: &NodeProto) -> Option<i32> {
        match node.op_type.as_str() {
            "Cast" => i32::try_from(int_attribute(node, "to", 0)).ok(),
            "Shape" | "Size" | "ArgMax" | "ArgMin" | "NonZero" => Some(INT64),
            "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "And" | "Or"
            | "Xor" | "Not" | "IsNaN" | "IsInf" => Some(BOOL),
            "ConstantOfShape" => {
                let value = attribute(node, "value").and_then(|value| value.t.as_ref());
                Some(value.map_or(FLOAT, |value| value.data_type))
            }
            "Where" => self.element(input(node, 1)?),
            _ => self.element(input(node, 0)?),
        }
    }

    fn dims_of_node(&self, node: &NodeProto) -> Option<Dims> {
        let first = |index| self.dims(input(node, index)?);
        let ints = |index| self.ints(input(node, index)?);
        match node.op_type.as_str() {
            "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Min" | "Max" | "Where" | "Equal"
            | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "And" | "Or" | "PRelu"
            | "Mod" => {
                let mut shapes = (0..node.input.len()).map(first);
                shapes.next()?.cloned().and_then(|dims| {
                    shapes.try_fold(dims, |dims, other| Some(broadcast(&dims, other?)))
                })
            }
            "Reshape" => Some(reshaped(first(0), ints(1)?)),
            "Expand" => {
                let target: Dims = ints(1)?.iter().map(|&dim| Some(dim)).collect();
                Some(broadcast(first(0)?, &target))
            }
            "Transpose" => {
                let perm = &attribute(node, "perm")?.ints;
                let dims = first(0)?;
                perm.iter().map(|&axis| dims.get(usize::try_from(axis).ok()?).copied()).collect()
            }
            "Unsqueeze" => unsqueezed(first(0)?, ints(1)?),
            "Tile" => {
                let repeats = ints(1)?;
                let dims = first(0)?.iter().zip(repeats);
                Some(dims.map(|(dim, &times)| dim.and_then(|dim| dim.checked_mul(times))).collect())
            }
            "Concat" => {
                let axis = self.axis(input(node, 0)?, int_attribute(node, "axis", 0))?;
                let mut dims = first(0)?.clone();
                let sizes = (0..node.input.len()).map(|i| self.dim(input(node, i)?, axis));
                *dims.get_mut(axis)? =
                    sizes.into_iter().try_fold(0_i64, |sum, size| sum.checked_add(size?));
                Some(dims)
            }
            "GridSample" => {
                let mut dims = first(0)?.get(..2)?.to_vec();
                let grid = first(1)?;
                dims.extend(grid.get(1..grid.len().checked_sub(1)?)?);
                Some(dims)
            }
            "Conv" => {
                let mut dims = vec![None; first(0)?.len()];
                *dims.get_mut(0)? = *first(0)?.first()?;
                *dims.get_mut(1)? = *first(1)?.first()?;
                Some(dims)
            }
            _ if KEEP_SHAPE.contains(&node.op_type.as_str()) => first(0).cloned(),
            _ => None,
        }
    }

    fn add_parts(&mut self, node: &NodeProto) {
        let Some(value) = input(node, 0) else { return };
        let Some(axis) = self.axis(value, int_attribute(node, "axis", 0)) else { return };
        let Some(dims) = self.dims(value).cloned() else { return };
        let Some(whole) = dims.get(axis).copied() else { return };
        let sizes = input(node, 1).and_then(|name| self.ints(name)).map(<[i64]>::to_vec);
        for (index, output) in node.output.iter().enumerate() {
            let mut part = dims.clone();
            part[axis] = match &sizes {
                Some(sizes) => sizes.get(index).copied(),
                None => whole.map(|whole| whole / node.output.len() as i64),
            };
            if !self.is_known(output) {
                self.set_dims(output, part);
            }
        }
    }
}

/// Operators whose output has the shape of their first input.
const KEEP_SHAPE: [&str; 34] = [
    "Abs",
    "BatchNormalization",
    "Cast",
    "Ceil",
    "Clip",
    "Cos",
    "Dropout",
    "Elu",
    "Erf",
    "Exp",
    "Floor",
    "Gelu",
    "GroupNormalization",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "InstanceNormalization",
    "IsInf",
    "IsNaN",
    "LayerNormalization",
    "LeakyRelu",
    "Log",
    "LogSoftmax",
    "Neg",
    "Not",
    "Reciprocal",
    "Relu",
    "Round",
    "Sigmoid",
    "Sin",
    "Softmax",
    "Softplus",
    "Sqrt",
    "Tanh",
];

/// Shape of two tensors combined number by number.
fn broadcast(a: &[Option<i64>], b: &[Option<i64>]) -> Dims {
    let axes = a.len().max(b.len());
    let at = |dims: &[Option<i64>], axis: usize| {
        (axis + dims.len()).checked_sub(axes).map_or(Some(1), |index| dims[index])
    };
    let combined = |axis| match (at(a, axis), at(b, axis)) {
        (Some(1), other) | (other, Some(1)) => other,
        (Some(size), _) | (None, Some(size)) => Some(size),
        (None, None) => None,
    };
    (0..axes).map(combined).collect()
}

/// Shape after Reshape: 0 keeps an axis, -1 takes what is left.
fn reshaped(dims: Option<&Dims>, target: &[i64]) -> Dims {
    let mut result: Dims = target
        .iter()
        .enumerate()
        .map(|(axis, &size)| match size {
            0 => *dims?.get(axis)?,
            -1 => None,
            size => Some(size),
        })
        .collect();
    let product = |dims: &[Option<i64>]| {
        dims.iter().try_fold(1_i64, |product, dim| product.checked_mul((*dim)?))
    };
    if let Some(open) = target.iter().position(|&size| size == -1) {
        result[open] = Some(1);
        let whole = dims.and_then(|dims| product(dims));
        result[open] = product(&result).filter(|&n| n > 0).and_then(|n| Some(whole? / n));
    }
    result
}

fn unsqueezed(dims: &[Option<i64>], axes: &[i64]) -> Option<Dims> {
    let count = dims.len() + axes.len();
    let mut result: Vec<Option<Option<i64>>> = vec![None; count];
    for &axis in axes {
        let axis = if axis < 0 { axis.checked_add(count as i64)? } else { axis };
        *result.get_mut(usize::try_from(axis).ok()?)? = Some(Some(1));
    }
    let mut rest = dims.iter();
    result.into_iter().map(|dim| dim.or_else(|| rest.next().copied())).collect()
}
