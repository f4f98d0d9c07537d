//! Looking things up in a model's graph.

use std::collections::HashSet;

use onnx_protobuf::{AttributeProto, GraphProto, ModelProto, ValueInfoProto};

/// Characters of a name from a file that are repeated in a sentence.
const MAX_NAME: usize = 60;

/// Inputs that a caller gives: older files list their weights there too.
pub(crate) fn inputs_of(graph: &GraphProto) -> Vec<&ValueInfoProto> {
    let weights: HashSet<&str> =
        graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    graph.input.iter().filter(|input| !weights.contains(input.name.as_str())).collect()
}

/// Version of the operators of ONNX itself; 0 where the file says none.
pub(crate) fn opset_of(model: &ModelProto) -> i64 {
    let default =
        model.opset_import.iter().find(|set| ["", "ai.onnx"].contains(&set.domain.as_str()));
    default.map_or(0, |set| set.version)
}

/// Graphs that an attribute holds: branches and loop bodies.
pub(crate) fn graphs_in(attribute: &AttributeProto) -> impl Iterator<Item = &GraphProto> {
    attribute.g.iter().chain(&attribute.graphs)
}

/// Size along each axis, none where it is open; no shape at all where the file gives none.
pub(crate) fn dims_of(info: &ValueInfoProto) -> Option<Vec<Option<i64>>> {
    let shape = info.type_.tensor_type().shape.as_ref()?;
    Some(shape.dim.iter().map(|dim| dim.has_dim_value().then(|| dim.dim_value())).collect())
}

/// Name from a file, short and without control characters, for a sentence.
pub(crate) fn quoted(name: &str) -> String {
    let mut short: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    if name.chars().count() > MAX_NAME {
        short.push_str("...");
    }
    format!("\"{short}\"")
}
