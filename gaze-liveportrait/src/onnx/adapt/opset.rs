//! Raises a model to opset 20, the first whose GridSample samples volumes by definition.
//!
//! Of the operators that changed from 16 to 20, these changed what a node must look like or mean, by the
//! changelog of ONNX: the reductions (axes became an input, 18), Split (parts of equal size must be counted, 18),
//! AveragePool (windows beyond the edge, 19), DFT (its axis became an input, 20) and GridSample (names of its modes, 20).
//! Pad, Resize, Cast and the others only learnt more: what they did before, they do as before.

use gaze_rig::Result;
use onnx_protobuf::{GraphProto, ModelProto, NodeProto};

use super::graph::{
    PREFIX, attribute, graphs_in_mut, input, int, int_attribute, int_tensor, stuck, text_attribute,
};
use crate::onnx::model_graph::opset_of;

/// The opset that models are raised to.
pub(super) const OPSET: i64 = 20;
/// The version of the file format that knows opset 20.
const IR_VERSION: i64 = 9;

/// Reductions whose axes were an attribute before opset 18.
const REDUCTIONS: [&str; 9] = [
    "ReduceL1",
    "ReduceL2",
    "ReduceLogSum",
    "ReduceLogSumExp",
    "ReduceMax",
    "ReduceMean",
    "ReduceMin",
    "ReduceProd",
    "ReduceSumSquare",
];

/// Raises `model` to opset 20, the graphs within it too; one that is there already stays as it is.
pub(super) fn raise_opset(model: &mut ModelProto) -> Result<()> {
    let from = opset_of(model);
    if from >= OPSET {
        return Ok(());
    }
    if let Some(graph) = model.graph.as_mut() {
        raise_graph(graph, from, &mut 0)?;
    }
    for set in &mut model.opset_import {
        if ["", "ai.onnx"].contains(&set.domain.as_str()) {
            set.version = OPSET;
        }
    }
    model.ir_version = model.ir_version.max(IR_VERSION);
    Ok(())
}

fn raise_graph(graph: &mut GraphProto, from: i64, count: &mut usize) -> Result<()> {
    for node in &mut graph.node {
        for inner in graphs_in_mut(node) {
            raise_graph(inner, from, count)?;
        }
        if !["", "ai.onnx"].contains(&node.domain.as_str()) {
            continue;
        }
        if from < 18 && REDUCTIONS.contains(&node.op_type.as_str()) {
            if node.input.len() != 1 {
                return Err(stuck(node, "has axes in two places: export the model again"));
            }
            if let Some(axes) = attribute(node, "axes") {
                *count += 1;
                let name = format!("{PREFIX}axes_{count}");
                graph.initializer.push(int_tensor(&name, &axes.ints));
                node.input.push(name);
                node.attribute.retain(|attribute| attribute.name != "axes");
            }
        } else {
            raise_node(node, from)?;
        }
    }
    Ok(())
}

fn raise_node(node: &mut NodeProto, from: i64) -> Result<()> {
    match node.op_type.as_str() {
        "Split" if from < 18 && input(node, 1).is_none() => {
            node.input.truncate(1);
            node.attribute.push(int("num_outputs", node.output.len() as i64));
        }
        "GridSample" => rename_mode(node)?,
        "Resize" => {
            let known = [
                "",
                "half_pixel",
                "pytorch_half_pixel",
                "align_corners",
                "asymmetric",
                "tf_crop_and_resize",
            ];
            if !known.contains(&text_attribute(node, "coordinate_transformation_mode")) {
                return Err(stuck(node, "places pixels in a way that opset 20 does not know"));
            }
        }
        "Pad" if !["", "constant", "reflect", "edge"].contains(&text_attribute(node, "mode")) => {
            return Err(stuck(node, "pads in a way that changed before opset 20"));
        }
        // Floats of 8 bits came later, and with them the question of what does not fit.
        "Cast" if int_attribute(node, "to", 0) > 16 => {
            return Err(stuck(node, "casts to a type whose rounding changed before opset 20"));
        }
        "AveragePool" if from < 19 && int_attribute(node, "ceil_mode", 0) != 0 => {
            return Err(stuck(
                node,
                "rounds its size up, which counts differently from opset 19 on",
            ));
        }
        "DFT" => return Err(stuck(node, "takes its axis in another way from opset 20 on")),
        _ => {}
    }
    Ok(())
}

fn rename_mode(node: &mut NodeProto) -> Result<()> {
    let mode = match text_attribute(node, "mode") {
        "" => return Ok(()),
        "bilinear" => "linear",
        "bicubic" => "cubic",
        "nearest" => "nearest",
        _ => return Err(stuck(node, "has a mode that GridSample does not know")),
    };
    if let Some(attribute) = node.attribute.iter_mut().find(|attribute| attribute.name == "mode") {
        attribute.s = mode.as_bytes().to_vec();
    }
    Ok(())
}
