//! Rewrites how a graph samples volumes.

use gaze_rig::Result;
use onnx_protobuf::{GraphProto, NodeProto};

use super::forms::GridSampleForm;
use super::graph::{Writer, graphs_in_mut, input, int, stuck};
use super::opset::OPSET;
use super::slices;
use super::tensors::Tensors;
use crate::onnx::element_types::{FLOAT, FLOAT16};
use crate::onnx::model_graph::graphs_in;

/// Rewrites every GridSample of a volume. CUDA samples volumes of 32-bit floats only, so others are cast.
pub(super) fn rewrite_grid_samples(
    graph: &mut GraphProto,
    tensors: &Tensors,
    form: GridSampleForm,
    opset: i64,
) -> Result<()> {
    let mut nodes = Vec::with_capacity(graph.node.len());
    for (number, mut node) in std::mem::take(&mut graph.node).into_iter().enumerate() {
        if form == GridSampleForm::TwoSlices && graphs_in_mut(&mut node).any(|inner| samples(inner))
        {
            return Err(stuck(&node, "samples in an inner graph: use the opset 20 form"));
        }
        if node.op_type != "GridSample" {
            nodes.push(node);
            continue;
        }
        let axes = (0..2).find_map(|index| tensors.dims(input(&node, index)?)).map(Vec::len);
        let is_half = input(&node, 0).and_then(|name| tensors.element(name)) == Some(FLOAT16);
        if form == GridSampleForm::TwoSlices && axes.is_none() {
            return Err(stuck(
                &node,
                "samples something of unknown shape: give the model declared shapes first",
            ));
        }
        let is_sliced = form == GridSampleForm::TwoSlices && axes == Some(5);
        if !is_half && !is_sliced {
            nodes.push(node);
            continue;
        }
        let mut writer = Writer::new(&format!("sample_{number}"));
        rewrite_grid_sample(&mut writer, &node, tensors, is_half, is_sliced.then_some(opset))?;
        nodes.append(&mut writer.nodes);
        graph.initializer.append(&mut writer.constants);
    }
    graph.node = nodes;
    Ok(())
}

/// Writes what takes the place of a GridSample; in slices where the `sliced` graph's opset is given.
fn rewrite_grid_sample(
    writer: &mut Writer,
    node: &NodeProto,
    tensors: &Tensors,
    is_half: bool,
    sliced: Option<i64>,
) -> Result<()> {
    let (Some(volume), Some(grid), Some(output)) =
        (input(node, 0), input(node, 1), node.output.first())
    else {
        return Err(stuck(node, "has no input or output"));
    };
    let (mut volume, mut grid) = (volume.to_owned(), grid.to_owned());
    if is_half {
        volume = writer.cast(&volume, FLOAT);
        grid = writer.cast(&grid, FLOAT);
    }
    let sampled = match sliced {
        Some(opset) => {
            let mode = if opset >= OPSET { "linear" } else { "bilinear" };
            slices::write_slices(writer, node, tensors, (&volume, &grid), mode)?
        }
        None => writer.op("GridSample", &[&volume, &grid], node.attribute.clone()),
    };
    // Under the old name, for those that read it.
    if is_half {
        writer.op_to(output, "Cast", &[&sampled], vec![int("to", FLOAT16.into())]);
    } else {
        writer.op_to(output, "Identity", &[&sampled], Vec::new());
    }
    Ok(())
}

fn samples(graph: &GraphProto) -> bool {
    graph.node.iter().any(|node| {
        node.op_type == "GridSample" || node.attribute.iter().flat_map(graphs_in).any(samples)
    })
}
