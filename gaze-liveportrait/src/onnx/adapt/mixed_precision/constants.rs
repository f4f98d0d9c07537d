//! Weights that a graph works out as it runs, although it could know them.
//!
//! PyTorch exports the spectral norm of a layer as the products of its weights with two fixed vectors, by which the
//! weights are divided. ONNX Runtime computes that when it loads a model; to keep the result in 16 bits it must be
//! known before.

use std::collections::HashMap;

use onnx_protobuf::{GraphProto, NodeProto, TensorProto};

use super::super::graph::{PREFIX, attribute, input, small_ints};
use super::choice::is_layer;
use super::halves::floats;
use crate::onnx::element_types::FLOAT;

/// Steps from a layer back to constants; the spectral norm takes four.
const MAX_STEPS: usize = 12;

/// Gives those convolutions constant weights whose weights follow from constants by operators that are known.
pub(super) fn compute_weights(graph: &mut GraphProto) {
    let known = Known {
        constants: graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect(),
        nodes: graph
            .node
            .iter()
            .flat_map(|n| n.output.iter().map(move |o| (o.as_str(), n)))
            .collect(),
    };
    let mut computed: Vec<TensorProto> = Vec::new();
    let mut names: HashMap<String, String> = HashMap::new();
    for name in graph.node.iter().filter(|node| is_layer(node)).filter_map(|node| input(node, 1)) {
        if known.constants.contains_key(name) || names.contains_key(name) {
            continue;
        }
        if let Some(array) = known.compute(name, MAX_STEPS) {
            let new_name = format!("{PREFIX}weights_{}", computed.len() + 1);
            names.insert(name.to_owned(), new_name.clone());
            computed.push(array.into_tensor(new_name));
        }
    }
    for node in graph.node.iter_mut().filter(|node| is_layer(node)) {
        if let Some(name) = node.input.get(1).and_then(|name| names.get(name)) {
            node.input[1].clone_from(name);
        }
    }
    graph.initializer.extend(computed);
}

struct Known<'a> {
    constants: HashMap<&'a str, &'a TensorProto>,
    nodes: HashMap<&'a str, &'a NodeProto>,
}

/// Numbers with a shape.
struct Array {
    dims: Vec<i64>,
    values: Vec<f32>,
}

impl Known<'_> {
    fn compute(&self, name: &str, steps: usize) -> Option<Array> {
        if let Some(tensor) = self.constants.get(name) {
            return Array::from_tensor(tensor);
        }
        let node = self.nodes.get(name)?;
        let first = || self.compute(input(node, 0)?, steps.checked_sub(1)?);
        let second = || self.compute(input(node, 1)?, steps.checked_sub(1)?);
        match node.op_type.as_str() {
            "Constant" => Array::from_tensor(attribute(node, "value")?.t.as_ref()?),
            "Identity" => first(),
            "Reshape" => first()?.reshaped(&self.sizes(input(node, 1)?)?),
            "MatMul" => first()?.times(&second()?),
            "Div" => first()?.scaled(&second()?, |a, b| a / b),
            "Mul" => first()?.scaled(&second()?, |a, b| a * b),
            _ => None,
        }
    }

    /// The numbers of a constant shape.
    fn sizes(&self, name: &str) -> Option<Vec<i64>> {
        match self.constants.get(name) {
            Some(tensor) => small_ints(tensor),
            None => small_ints(attribute(self.nodes.get(name)?, "value")?.t.as_ref()?),
        }
    }
}

impl Array {
    fn from_tensor(tensor: &TensorProto) -> Option<Self> {
        Some(Self { dims: tensor.dims.clone(), values: floats(tensor)?.into_owned() })
    }

    fn into_tensor(self, name: String) -> TensorProto {
        let raw_data = self.values.iter().flat_map(|value| value.to_le_bytes()).collect();
        TensorProto { name, dims: self.dims, data_type: FLOAT, raw_data, ..TensorProto::default() }
    }

    fn reshaped(self, sizes: &[i64]) -> Option<Self> {
        let mut dims: Vec<i64> = sizes
            .iter()
            .enumerate()
            .map(|(axis, &size)| if size == 0 { self.dims.get(axis).copied() } else { Some(size) })
            .collect::<Option<_>>()?;
        let count =
            |dims: &[i64]| dims.iter().try_fold(1_i64, |count, &dim| count.checked_mul(dim));
        if let Some(open) = dims.iter().position(|&size| size == -1) {
            dims[open] = 1;
            dims[open] = i64::try_from(self.values.len()).ok()?.checked_div(count(&dims)?)?;
        }
        (count(&dims)? == self.values.len() as i64).then_some(Self { dims, ..self })
    }

    /// A matrix by a vector, or a vector by a vector.
    fn times(&self, vector: &Self) -> Option<Self> {
        let columns = *self.dims.last()?;
        let length = usize::try_from(columns).ok().filter(|&length| length > 0)?;
        if vector.dims != [columns] || self.dims.len() > 2 {
            return None;
        }
        let product = |row: &[f32]| {
            let products =
                row.iter().zip(&vector.values).map(|(&a, &b)| f64::from(a) * f64::from(b));
            products.sum::<f64>() as f32
        };
        let dims = self.dims[..self.dims.len() - 1].to_vec();
        Some(Self { dims, values: self.values.chunks_exact(length).map(product).collect() })
    }

    /// All numbers with the one of `other`.
    fn scaled(mut self, other: &Self, combine: impl Fn(f32, f32) -> f32) -> Option<Self> {
        let [number] = other.values[..] else { return None };
        if other.dims.len() > self.dims.len() {
            return None;
        }
        self.values.iter_mut().for_each(|value| *value = combine(*value, number));
        Some(self)
    }
}
