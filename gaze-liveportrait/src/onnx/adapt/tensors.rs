//! What is known of a graph's tensors before it runs: shapes, element types, small constants.

use std::collections::HashMap;

use onnx_protobuf::{GraphProto, TensorProto};

use super::graph::{small_ints, small_reals};
use crate::onnx::model_graph::dims_of;

/// Size along each axis, none where it isn't known.
pub(super) type Dims = Vec<Option<i64>>;

/// Axes at most; LivePortrait has seven in places. A shape of more is treated as unknown.
const MAX_AXES: usize = 8;
/// Numbers in a list of sizes at most.
pub(super) const MAX_INTS: usize = 2 * MAX_AXES;

/// What is known of each tensor of a graph by its name.
#[derive(Debug, Default)]
pub(super) struct Tensors {
    dims: HashMap<String, Dims>,
    elements: HashMap<String, i32>,
    ints: HashMap<String, Vec<i64>>,
    reals: HashMap<String, Vec<f32>>,
}

impl Tensors {
    /// Collects what `graph` declares. Inner graphs are left out.
    pub(super) fn declared_in(graph: &GraphProto) -> Self {
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

    /// Numbers of a small constant of integers.
    pub(super) fn ints(&self, name: &str) -> Option<&[i64]> {
        self.ints.get(name).map(Vec::as_slice)
    }

    /// Numbers of a small constant of floats.
    pub(super) fn reals(&self, name: &str) -> Option<&[f32]> {
        self.reals.get(name).map(Vec::as_slice)
    }

    /// `axis` of a tensor counted from its first; none where it counts from the end of a shape that isn't known.
    pub(super) fn axis(&self, name: &str, axis: i64) -> Option<usize> {
        let from_end = || i64::try_from(self.dims.get(name)?.len()).ok()?.checked_add(axis);
        usize::try_from(if axis < 0 { from_end()? } else { axis }).ok()
    }

    /// Whether the whole shape of a tensor is known.
    pub(super) fn is_known(&self, name: &str) -> bool {
        self.dims.get(name).is_some_and(|dims| dims.iter().all(Option::is_some))
    }

    pub(super) fn set_dims(&mut self, name: &str, dims: Dims) {
        if dims.len() <= MAX_AXES {
            self.dims.insert(name.to_owned(), dims);
        }
    }

    pub(super) fn set_ints(&mut self, name: &str, ints: Vec<i64>) {
        if ints.len() <= MAX_INTS {
            self.ints.insert(name.to_owned(), ints);
        }
    }

    pub(super) fn set_reals(&mut self, name: &str, reals: Vec<f32>) {
        self.reals.insert(name.to_owned(), reals);
    }

    fn set_element(&mut self, name: &str, element: i32) {
        if element != 0 {
            self.elements.insert(name.to_owned(), element);
        }
    }

    /// Sets the element type of a tensor that declares none.
    pub(super) fn set_missing_element(&mut self, name: &str, element: i32) {
        self.elements.entry(name.to_owned()).or_insert(element);
    }

    pub(super) fn add_constant(&mut self, name: &str, tensor: &TensorProto) {
        self.set_dims(name, tensor.dims.iter().map(|&dim| Some(dim)).collect());
        self.set_element(name, tensor.data_type);
        if let Some(ints) = small_ints(tensor) {
            self.ints.insert(name.to_owned(), ints);
        }
        if let Some(reals) = small_reals(tensor) {
            self.reals.insert(name.to_owned(), reals);
        }
    }
}
