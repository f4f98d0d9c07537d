//! Whether a device does the work that it was asked for.

use std::collections::HashSet;

use gaze_rig::{Error, ErrorKind, Hint, Result};
use onnx_protobuf::GraphProto;
use ort::session::Session;

use crate::runtime::device::Device;
use crate::runtime::sessions::nodes_on_cpu;

/// Operators that ONNX Runtime's GPU providers leave to the CPU on purpose, whatever the nodes are called: they compute
/// shapes, not pixels.
const SHAPE_OPERATORS: [&str; 10] = [
    "Shape",
    "Gather",
    "Concat",
    "Slice",
    "Unsqueeze",
    "Squeeze",
    "Cast",
    "Constant",
    "ConstantOfShape",
    "Size",
];

/// Checks that no node of a session that handles pixels was left to the CPU. `graph` gives the session's graph; it is
/// asked for only where something was left there.
///
/// # Errors
/// [`ErrorKind::Engine`] naming a node that was.
pub(crate) fn check_placement(
    session: &Session,
    device: Device,
    graph: impl FnOnce() -> Result<GraphProto>,
) -> Result<()> {
    if device == Device::Cpu {
        return Ok(());
    }
    let mut stray = nodes_on_cpu(session)?;
    stray.retain(|(operator, _)| !SHAPE_OPERATORS.contains(&operator.as_str()));
    if stray.is_empty() {
        return Ok(());
    }
    let graph = graph()?;
    let of_shapes = shape_nodes(&graph);
    stray.retain(|(_, name)| !of_shapes.contains(name.as_str()));
    match stray.first() {
        None => Ok(()),
        Some((operator, name)) => Err(Error::new(
            ErrorKind::Engine,
            format!(
                "{device} leaves {} nodes of the decoder to the CPU, {operator} {name} for one, which would be slow: \
                 install a newer ONNX Runtime",
                stray.len()
            ),
        )
        .with_hint(Hint::UseCpu)),
    }
}

/// Names of the nodes that see nothing but shapes and constants. Their arithmetic is a few numbers, which providers
/// like to leave to the CPU.
fn shape_nodes(graph: &GraphProto) -> HashSet<&str> {
    let mut known: HashSet<&str> =
        graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let mut names = HashSet::new();
    // In ONNX, nodes come after those that they read from.
    for node in &graph.node {
        let has_graphs = node.attribute.iter().any(|a| a.g.is_some() || !a.graphs.is_empty());
        let reads_shapes = matches!(node.op_type.as_str(), "Shape" | "Size");
        let is_known = |input: &String| input.is_empty() || known.contains(input.as_str());
        if reads_shapes || (!has_graphs && node.input.iter().all(is_known)) {
            known.extend(node.output.iter().map(String::as_str));
            names.insert(node.name.as_str());
        }
    }
    // Nodes without a name cannot be told apart.
    names.remove("");
    names
}

#[cfg(test)]
mod tests {
    use onnx_protobuf::{NodeProto, TensorProto};

    use super::*;

    fn node(name: &str, operator: &str, inputs: &[&str], output: &str) -> NodeProto {
        NodeProto {
            name: name.to_owned(),
            op_type: operator.to_owned(),
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![output.to_owned()],
            ..NodeProto::default()
        }
    }

    #[test]
    fn arithmetic_of_shapes_is_told_from_that_of_pixels() {
        let constant = |name: &str| TensorProto { name: name.to_owned(), ..TensorProto::default() };
        let graph = GraphProto {
            initializer: vec![constant("two"), constant("weights")],
            node: vec![
                node("conv", "Conv", &["picture", "weights"], "features"),
                node("shape", "Shape", &["features"], "sides"),
                node("side", "Gather", &["sides", "two"], "side"),
                node("twice", "Mul", &["side", "two"], "twice"),
                node("", "Add", &["side", "two"], "more"),
                node("scale", "Mul", &["features", "two"], "scaled"),
                node("place", "Reshape", &["scaled", "twice"], "placed"),
                node("rest", "Resize", &["placed", "", "two"], "resized"),
            ],
            ..GraphProto::default()
        };
        assert_eq!(shape_nodes(&graph), HashSet::from(["shape", "side", "twice"]));
    }
}
