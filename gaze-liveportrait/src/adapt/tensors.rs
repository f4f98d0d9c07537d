//! What is known of a graph's tensors before it runs: shapes, element types, small constants.
//!
//! Exports of PyTorch declare the shapes of inputs and outputs and little else, and some work out sizes of constant
//! shapes as they run. The rules here follow both, for a batch of 1.

use std::collections::HashMap;

use onnx_protobuf::{GraphProto, NodeProto, TensorProto};

use super::graph::{BOOL, FLOAT, INT64, attribute, input, int_attribute, small_ints, small_reals};
use super::shapes::shape_of;
use crate::signature::dims_of;

/// Size along each axis, none where it isn't known.
pub(super) type Dims = Vec<Option<i64>>;

/// Axes at most; LivePortrait has seven in places. A shape of more is treated as unknown.
const MAX_AXES: usize = 8;
/// Numbers in a list of sizes at most.
const MAX_INTS: usize = 2 * MAX_AXES;

/// What is known of each tensor of a graph by its name.
#[derive(Debug, Default)]
pub(super) struct Tensors {
    dims: HashMap<String, Dims>,
    elements: HashMap<String, i32>,
    ints: HashMap<String, Vec<i64>>,
    reals: HashMap<String, Vec<f32>>,
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

    /// The same of floats.
    pub(super) fn reals(&self, name: &str) -> Option<&[f32]> {
        self.reals.get(name).map(Vec::as_slice)
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
        if let Some(reals) = small_reals(tensor) {
            self.reals.insert(name.to_owned(), reals);
        }
    }

    fn add_node(&mut self, node: &NodeProto) {
        let Some(output) = node.output.first() else { return };
        if node.op_type == "Constant" {
            if let Some(tensor) = attribute(node, "value").and_then(|value| value.t.as_ref()) {
                self.add_constant(output, tensor);
            } else if let Some(value) = attribute(node, "value_ints") {
                if value.ints.len() <= MAX_INTS {
                    self.ints.insert(output.clone(), value.ints.clone());
                }
                self.set_dims(output, vec![i64::try_from(value.ints.len()).ok()]);
            }
            return;
        }
        let is_cast = ["Cast", "Identity"].contains(&node.op_type.as_str());
        if let Some(reals) = input(node, 0).and_then(|name| self.reals(name)).filter(|_| is_cast) {
            let reals = reals.to_vec();
            self.reals.insert(output.clone(), reals);
        }
        if let Some(ints) = self.ints_of(node).filter(|ints| ints.len() <= MAX_INTS) {
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
            && let Some(dims) = shape_of(node, self)
        {
            self.set_dims(output, dims);
        }
    }

    /// Numbers that follow from constants and known shapes.
    fn ints_of(&self, node: &NodeProto) -> Option<Vec<i64>> {
        let first = || self.ints(input(node, 0)?);
        match node.op_type.as_str() {
            "Identity" | "Unsqueeze" | "Squeeze" => first().map(<[i64]>::to_vec),
            "Cast" if int_attribute(node, "to", 0) == i64::from(INT64) => {
                first().map(<[i64]>::to_vec)
            }
            "Shape" => {
                let is_whole = attribute(node, "start").or(attribute(node, "end")).is_none();
                self.dims(input(node, 0)?)?
                    .iter()
                    .copied()
                    .collect::<Option<_>>()
                    .filter(|_| is_whole)
            }
            "Concat" => {
                let mut parts = node.input.iter().map(|name| self.ints(name));
                parts.try_fold(Vec::new(), |all, part| {
                    Some([all, part?.to_vec()].concat()).filter(|all| all.len() <= MAX_INTS)
                })
            }
            "Gather" => {
                let (from, which) = (first()?, self.ints(input(node, 1)?)?);
                let at = |&i: &i64| from.get(place(i, from.len())).copied();
                which.iter().map(at).collect()
            }
            "Slice" => {
                let number = |index| self.ints(input(node, index)?)?.first().copied();
                let from = first()?;
                let is_plain = input(node, 4).is_none() || number(4) == Some(1);
                let (start, end) = (place(number(1)?, from.len()), place(number(2)?, from.len()));
                from.get(start..end.min(from.len())).map(<[i64]>::to_vec).filter(|_| is_plain)
            }
            "ConstantOfShape" => {
                let value =
                    attribute(node, "value").and_then(|value| small_ints(value.t.as_ref()?));
                let [count] = first()? else { return None };
                let count = usize::try_from(*count).ok().filter(|&count| count <= MAX_INTS)?;
                Some(vec![*value?.first()?; count])
            }
            _ => None,
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

/// Index from the end where it is negative.
fn place(index: i64, count: usize) -> usize {
    let from_end = if index < 0 { index.saturating_add(count as i64).max(0) } else { index };
    usize::try_from(from_end).unwrap_or(usize::MAX)
}
