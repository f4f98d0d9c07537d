//! Reading and writing parts of a graph: attributes, small constants, new nodes.

use gaze_rig::{Error, ErrorKind};
use half::f16;
use onnx_protobuf::attribute_proto::AttributeType;
use onnx_protobuf::{AttributeProto, GraphProto, NodeProto, TensorProto};

use crate::onnx::element_types::{FLOAT, FLOAT16, INT64};
use crate::onnx::model_graph::quoted;

/// Before every name that adapting makes up; exports of PyTorch begin theirs with a slash or a word of the model.
pub(super) const PREFIX: &str = "gaze.";

/// Numbers in a constant at most to be read: shapes have one for each axis.
const MAX_CONSTANT: usize = 16;

/// A node that cannot be rewritten, and why.
pub(super) fn stuck(node: &NodeProto, why: &str) -> Error {
    let name = if node.name.is_empty() { node.output.first() } else { Some(&node.name) };
    let name = quoted(name.map_or("", String::as_str));
    Error::new(
        ErrorKind::Engine,
        format!("the model cannot be adapted: {} {name} {why}", quoted(&node.op_type)),
    )
}

pub(super) fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

pub(super) fn int_attribute(node: &NodeProto, name: &str, default: i64) -> i64 {
    attribute(node, name).map_or(default, |attribute| attribute.i)
}

/// A text attribute; empty where it is missing or no text.
pub(super) fn text_attribute<'a>(node: &'a NodeProto, name: &str) -> &'a str {
    attribute(node, name).and_then(|a| std::str::from_utf8(&a.s).ok()).unwrap_or_default()
}

/// Name of an input; none where it is left out.
pub(super) fn input(node: &NodeProto, index: usize) -> Option<&str> {
    node.input.get(index).map(String::as_str).filter(|name| !name.is_empty())
}

pub(super) fn graphs_in_mut(node: &mut NodeProto) -> impl Iterator<Item = &mut GraphProto> {
    node.attribute.iter_mut().flat_map(|a| a.g.mut_iter().chain(&mut a.graphs))
}

/// The numbers of a small tensor of 64-bit integers.
pub(super) fn small_ints(tensor: &TensorProto) -> Option<Vec<i64>> {
    if tensor.data_type != INT64 || tensor.data_location.value() != 0 {
        return None;
    }
    let ints = if tensor.raw_data.is_empty() {
        tensor.int64_data.get(..tensor.int64_data.len().min(MAX_CONSTANT + 1))?.to_vec()
    } else {
        let (numbers, rest) = tensor.raw_data.as_chunks::<8>();
        if !rest.is_empty() {
            return None;
        }
        numbers.iter().take(MAX_CONSTANT + 1).map(|bytes| i64::from_le_bytes(*bytes)).collect()
    };
    (ints.len() <= MAX_CONSTANT).then_some(ints)
}

/// The numbers of a small tensor of 32-bit or 16-bit floats.
pub(super) fn small_reals(tensor: &TensorProto) -> Option<Vec<f32>> {
    if tensor.data_location.value() != 0 {
        return None;
    }
    let reals: Vec<f32> = match tensor.data_type {
        FLOAT if tensor.raw_data.is_empty() => {
            tensor.float_data.iter().copied().take(MAX_CONSTANT + 1).collect()
        }
        FLOAT => {
            let (numbers, _) = tensor.raw_data.as_chunks::<4>();
            numbers.iter().take(MAX_CONSTANT + 1).map(|bytes| f32::from_le_bytes(*bytes)).collect()
        }
        FLOAT16 if tensor.raw_data.is_empty() => {
            let numbers = tensor.int32_data.iter().take(MAX_CONSTANT + 1);
            numbers.map(|&bits| f16::from_bits(bits as u16).to_f32()).collect()
        }
        FLOAT16 => {
            let (numbers, _) = tensor.raw_data.as_chunks::<2>();
            let halves = numbers.iter().take(MAX_CONSTANT + 1);
            halves.map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect()
        }
        _ => return None,
    };
    (reals.len() <= MAX_CONSTANT).then_some(reals)
}

pub(super) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { i: value, ..typed(name, AttributeType::INT) }
}

pub(super) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto { ints: values.to_vec(), ..typed(name, AttributeType::INTS) }
}

pub(super) fn text(name: &str, value: &str) -> AttributeProto {
    AttributeProto { s: value.as_bytes().to_vec(), ..typed(name, AttributeType::STRING) }
}

fn typed(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto { name: name.to_owned(), type_: kind.into(), ..AttributeProto::default() }
}

/// A list of integers.
pub(super) fn int_tensor(name: &str, values: &[i64]) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: vec![values.len() as i64],
        data_type: INT64,
        raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        ..TensorProto::default()
    }
}

/// Collects new nodes and constants under one prefix.
pub(super) struct Writer {
    prefix: String,
    count: usize,
    pub(super) nodes: Vec<NodeProto>,
    pub(super) constants: Vec<TensorProto>,
}

impl Writer {
    /// `part` must differ from that of every other writer of the graph.
    pub(super) fn new(part: &str) -> Self {
        let prefix = format!("{PREFIX}{part}");
        Self { prefix, count: 0, nodes: Vec::new(), constants: Vec::new() }
    }

    fn name(&mut self, what: &str) -> String {
        self.count += 1;
        format!("{}.{what}_{}", self.prefix, self.count)
    }

    /// A constant list of integers.
    pub(super) fn ints(&mut self, values: &[i64]) -> String {
        let name = self.name("ints");
        self.constants.push(int_tensor(&name, values));
        name
    }

    /// A constant list of 32-bit floats.
    pub(super) fn reals(&mut self, values: &[f32]) -> String {
        let name = self.real(0.0);
        if let Some(tensor) = self.constants.last_mut() {
            tensor.dims = vec![values.len() as i64];
            tensor.raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        }
        name
    }

    /// A constant integer without axes, as an index that removes its axis.
    pub(super) fn index(&mut self, value: i64) -> String {
        let name = self.name("index");
        self.constants.push(TensorProto { dims: Vec::new(), ..int_tensor(&name, &[value]) });
        name
    }

    /// A constant 32-bit float without axes.
    pub(super) fn real(&mut self, value: f32) -> String {
        let name = self.name("real");
        self.constants.push(TensorProto {
            name: name.clone(),
            data_type: FLOAT,
            raw_data: value.to_le_bytes().to_vec(),
            ..TensorProto::default()
        });
        name
    }

    /// A node; returns the name of what it gives.
    pub(super) fn op(
        &mut self,
        kind: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) -> String {
        let output = self.name(&kind.to_lowercase());
        self.op_to(&output, kind, inputs, attributes);
        output
    }

    /// A node that gives `output`.
    pub(super) fn op_to(
        &mut self,
        output: &str,
        kind: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) {
        self.nodes.push(NodeProto {
            name: format!("{output}.node"),
            op_type: kind.to_owned(),
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.to_owned()],
            attribute: attributes,
            ..NodeProto::default()
        });
    }

    /// A node that cuts its input into as many parts as there are `sizes`.
    pub(super) fn split(&mut self, value: &str, sizes: &[i64], axis: i64) -> Vec<String> {
        let sizes_name = self.ints(sizes);
        let first = self.op("Split", &[value, &sizes_name], vec![int("axis", axis)]);
        let mut outputs = vec![first];
        for _ in 1..sizes.len() {
            outputs.push(self.name("split"));
        }
        if let Some(node) = self.nodes.last_mut() {
            node.output.clone_from(&outputs);
        }
        outputs
    }

    /// A change of element type.
    pub(super) fn cast(&mut self, value: &str, element: i32) -> String {
        self.op("Cast", &[value], vec![int("to", element.into())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::element_types::{INT32, UINT8};

    #[test]
    fn only_small_constants_are_read() {
        let tensor = |data_type, raw_data: &[u8]| TensorProto {
            data_type,
            raw_data: raw_data.to_vec(),
            ..TensorProto::default()
        };
        assert_eq!(small_ints(&int_tensor("x", &[1, -2])), Some(vec![1, -2]));
        assert_eq!(small_ints(&int_tensor("x", &[7; 17])), None);
        assert_eq!(small_ints(&tensor(INT64, &[1; 9])), None);
        assert_eq!(small_ints(&tensor(INT32, &[1, 0, 0, 0])), None);
        let stored =
            TensorProto { int64_data: vec![5], data_type: INT64, ..TensorProto::default() };
        assert_eq!(small_ints(&stored), Some(vec![5]));
        assert_eq!(small_reals(&tensor(FLOAT, &1.5_f32.to_le_bytes())), Some(vec![1.5]));
        assert_eq!(small_reals(&tensor(FLOAT, &[0; 68])), None);
        assert_eq!(small_reals(&tensor(FLOAT16, &[0, 0x3c, 0, 0x40])), Some(vec![1.0, 2.0]));
        assert_eq!(small_reals(&tensor(UINT8, &[1])), None);
    }
}
