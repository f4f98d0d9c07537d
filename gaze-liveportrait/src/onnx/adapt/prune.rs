//! Removes nodes that no output needs any more: sizes that have become constants.

use std::collections::HashSet;

use onnx_protobuf::GraphProto;

use crate::onnx::model_graph::graphs_in;

/// Removes nodes and constants that no output of `graph` depends on.
pub(super) fn remove_unused(graph: &mut GraphProto) {
    let mut used: HashSet<String> = graph.output.iter().map(|output| output.name.clone()).collect();
    // A node comes after those that it reads.
    let mut nodes = std::mem::take(&mut graph.node);
    nodes.reverse();
    nodes.retain(|node| {
        let is_used = node.output.iter().any(|name| used.contains(name));
        if is_used {
            used.extend(node.input.iter().cloned());
            node.attribute.iter().flat_map(graphs_in).for_each(|inner| add_reads(inner, &mut used));
        }
        is_used
    });
    nodes.reverse();
    graph.node = nodes;
    graph.initializer.retain(|tensor| used.contains(&tensor.name));
}

/// Names that an inner graph reads, those from outside among them.
fn add_reads(graph: &GraphProto, used: &mut HashSet<String>) {
    used.extend(graph.output.iter().map(|output| output.name.clone()));
    for node in &graph.node {
        used.extend(node.input.iter().cloned());
        node.attribute.iter().flat_map(graphs_in).for_each(|inner| add_reads(inner, used));
    }
}
