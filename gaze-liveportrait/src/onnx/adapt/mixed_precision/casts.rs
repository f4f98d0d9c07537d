//! Writes the chosen nodes in 16 bits, with casts where types meet.

use std::collections::{HashMap, HashSet};

use onnx_protobuf::{GraphProto, NodeProto, TensorProto};

use super::super::graph::{PREFIX, Writer};
use super::choice::is_typed;
use super::halves::halved;
use crate::onnx::element_types::{FLOAT, FLOAT16};

/// Lets the nodes that `is_half` marks compute in 16 bits: their constants become halves, and whatever they exchange
/// with others is cast, once for all that want it.
pub(super) fn write_halves(graph: &mut GraphProto, is_half: &[bool]) {
    let constants = std::mem::take(&mut graph.initializer);
    let mut pass = Pass {
        constants: constants.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect(),
        halves: Vec::new(),
        half_tensors: HashSet::new(),
        casts: HashMap::new(),
        writer: Writer::new("half"),
    };
    for (mut node, &is_half) in std::mem::take(&mut graph.node).into_iter().zip(is_half) {
        pass.node(&mut node, is_half);
        graph.node.append(&mut pass.writer.nodes);
        graph.node.push(node);
    }
    graph.initializer = pass.halves;
    graph.initializer.extend(constants);
}

struct Pass<'a> {
    constants: HashMap<&'a str, &'a TensorProto>,
    /// Constants in 16 bits.
    halves: Vec<TensorProto>,
    /// Tensors in 16 bits that nodes give.
    half_tensors: HashSet<String>,
    /// Tensors in the other type by their names.
    casts: HashMap<String, String>,
    writer: Writer,
}

impl Pass<'_> {
    fn node(&mut self, node: &mut NodeProto, is_half: bool) {
        for index in 0..node.input.len() {
            let name = &node.input[index];
            if name.is_empty() {
                continue;
            }
            let other = match (is_half && is_typed(node, index), self.half_tensors.contains(name)) {
                (true, false) => self.half(name),
                (false, true) => self.cast(name, FLOAT),
                (true, true) | (false, false) => continue,
            };
            node.input[index] = other;
        }
        if is_half {
            self.half_tensors.extend(node.output.iter().filter(|name| !name.is_empty()).cloned());
        }
    }

    /// Name of a tensor in 16 bits.
    fn half(&mut self, name: &str) -> String {
        if let Some(half) = self.casts.get(name) {
            return half.clone();
        }
        let half_name = format!("{PREFIX}half.{name}");
        let Some(half) = self.constants.get(name).and_then(|constant| halved(constant, &half_name))
        else {
            return self.cast(name, FLOAT16);
        };
        self.halves.push(half);
        self.casts.insert(name.to_owned(), half_name.clone());
        half_name
    }

    fn cast(&mut self, name: &str, element: i32) -> String {
        if let Some(cast) = self.casts.get(name) {
            return cast.clone();
        }
        let cast = self.writer.cast(name, element);
        self.casts.insert(name.to_owned(), cast.clone());
        cast
    }
}
