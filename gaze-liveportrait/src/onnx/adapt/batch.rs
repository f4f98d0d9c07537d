//! Makes a graph with a fixed batch of 1 take any batch.
//!
//! Exports with a fixed batch have its 1 in their constants: a Reshape to [1, 512, 64, 64], or to [22, -1, 16, 64, 64]
//! where 22 tensors of one frame are treated as a batch. The rule here follows every tensor that depends on the
//! frame from the inputs on. Its first axis is the batch times a number, its factor, which is the size that the
//! export has there. An operator that works within each row of the first axis keeps it. Of those that have the size
//! in a constant:
//!
//! - Reshape: the first number becomes -1, or 0 where another is -1 already and the factor stays; where it changes,
//!   the other -1 is worked out from the declared shapes;
//! - Expand: the first number becomes 1, which leaves the axis as it is;
//! - Resize to a size: the first axis is left out, by `axes` from opset 18 on, by factors before; a size that the
//!   export works out as it runs is a constant here, and so is every shape of one frame that it asks for, so that
//!   none has to be fetched from the device;
//! - Concat with a tensor that is the same for all frames: that one is repeated.
//!
//! Anything that mixes rows, or that no rule covers, is an error that names the node. No rule sees what the numbers
//! mean, so whoever runs the result compares a batch with single frames before relying on it.

use std::collections::{HashMap, HashSet};

use gaze_rig::Result;
use onnx_protobuf::{GraphProto, NodeProto, TensorProto};

use super::graph::{
    Writer, attribute, graphs_in_mut, input, int, int_attribute, int_tensor, ints, stuck,
    text_attribute,
};
use super::tensors::Tensors;

/// Operators that work on each row of their first axis by itself, whatever their attributes.
const BY_ROW: [&str; 58] = [
    "Abs",
    "Add",
    "And",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Ceil",
    "Clip",
    "Conv",
    "ConvTranspose",
    "Cos",
    "DepthToSpace",
    "Div",
    "Dropout",
    "Elu",
    "Equal",
    "Erf",
    "Exp",
    "Floor",
    "Gelu",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "Greater",
    "GreaterOrEqual",
    "GroupNormalization",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "InstanceNormalization",
    "IsInf",
    "IsNaN",
    "LRN",
    "LeakyRelu",
    "Less",
    "LessOrEqual",
    "Log",
    "Max",
    "MaxPool",
    "Min",
    "Mish",
    "Mod",
    "Mul",
    "Neg",
    "Not",
    "Or",
    "PRelu",
    "Pow",
    "Reciprocal",
    "Relu",
    "Round",
    "Sigmoid",
    "Sin",
    "Softplus",
    "SpaceToDepth",
    "Sqrt",
    "Sub",
    "Tanh",
    "Where",
];
/// Those of them whose inputs are stretched to a common shape, the last axes matched first.
const BROADCASTING: [&str; 18] = [
    "Add",
    "And",
    "Div",
    "Equal",
    "Greater",
    "GreaterOrEqual",
    "Less",
    "LessOrEqual",
    "Max",
    "Min",
    "Mod",
    "Mul",
    "Or",
    "PRelu",
    "Pow",
    "Sub",
    "Where",
    "MatMul",
];

/// Rewrites `graph` for any batch of `frame_inputs`, which have it in their first axis. `rows` names a tensor with a
/// zero for each frame. `opset` is the one that the graph will have.
pub(super) fn free_batch(
    graph: &mut GraphProto,
    tensors: &Tensors,
    frame_inputs: &[String],
    rows: &str,
    opset: i64,
) -> Result<()> {
    let mut pass = Pass {
        tensors,
        rows,
        opset,
        factors: frame_inputs.iter().map(|name| (name.clone(), 1)).collect(),
        sizes: HashSet::new(),
        writer: Writer::new("batch"),
    };
    for mut node in std::mem::take(&mut graph.node) {
        // Whoever uses the sizes of one frame is rewritten, so nobody has to ask for them as the graph runs.
        if let Some(sizes) = pass.known_shape(&node) {
            pass.writer.constants.push(sizes);
            continue;
        }
        pass.node(&mut node)?;
        graph.node.append(&mut pass.writer.nodes);
        graph.node.push(node);
    }
    graph.initializer.append(&mut pass.writer.constants);
    Ok(())
}

struct Pass<'a> {
    tensors: &'a Tensors,
    rows: &'a str,
    opset: i64,
    /// Tensors that depend on the frame: size of their first axis for one frame.
    factors: HashMap<String, i64>,
    /// Tensors worked out of the shape of such a tensor while the graph runs; right for any batch by themselves.
    sizes: HashSet<String>,
    writer: Writer,
}

impl Pass<'_> {
    /// The shape of a frame's tensor that a node gives, as a constant.
    fn known_shape(&self, node: &NodeProto) -> Option<TensorProto> {
        let output = node.output.first().filter(|_| node.op_type == "Shape")?;
        let sizes = self.tensors.ints(output)?;
        self.factors.contains_key(input(node, 0)?).then(|| int_tensor(output, sizes))
    }

    fn node(&mut self, node: &mut NodeProto) -> Result<()> {
        let by_frame = node.input.iter().any(|name| self.factors.contains_key(name));
        let by_size = node.input.iter().any(|name| self.sizes.contains(name));
        if !by_frame && !by_size {
            return Ok(());
        }
        if graphs_in_mut(node).next().is_some() {
            return Err(stuck(node, "holds a graph of its own, which only runs with a batch of 1"));
        }
        // Sizes that are known for one frame are constants like others; whoever uses them is rewritten.
        if node.output.first().is_some_and(|name| self.tensors.ints(name).is_some()) {
            return Ok(());
        }
        let makes_frames =
            ["ConstantOfShape", "Expand", "Reshape", "Tile"].contains(&node.op_type.as_str());
        if ["Shape", "Size"].contains(&node.op_type.as_str()) || !by_frame && !makes_frames {
            self.sizes.extend(node.output.iter().cloned());
            return Ok(());
        }
        let factor = if by_size { 1 } else { self.factor(node)? };
        let outputs = node.output.iter().filter(|name| !name.is_empty());
        self.factors.extend(outputs.map(|name| (name.clone(), factor)));
        Ok(())
    }

    /// Rewrites a node where it must be; gives the factor of its outputs.
    fn factor(&mut self, node: &mut NodeProto) -> Result<i64> {
        let kind = node.op_type.as_str();
        match kind {
            "Reshape" => return self.reshape(node),
            "Flatten" => return self.flatten(node),
            "Concat" | "GridSample" => return self.join(node),
            "Expand" => self.expand(node)?,
            "Resize" => self.resize(node)?,
            "Transpose" => {
                let perm = attribute(node, "perm").map(|perm| perm.ints.as_slice());
                if perm.and_then(<[i64]>::first) != Some(&0) {
                    return Err(stuck(node, MOVES_ROWS));
                }
            }
            "Tile" if self.constant(node, 1)?.first() == Some(&1) => {}
            "Pad" => {
                let pads = self.constant(node, 1)?;
                let (before, after) = pads.split_at(pads.len() / 2);
                let is_plain = input(node, 3).is_none();
                if !is_plain || (before.first(), after.first()) != (Some(&0), Some(&0)) {
                    return Err(stuck(node, MOVES_ROWS));
                }
            }
            "Unsqueeze" | "Squeeze" | "ReduceSum" | "Slice" => {
                let place = if kind == "Slice" { 3 } else { 1 };
                let axes = self.constant(node, place)?.to_vec();
                self.spare_rows(node, &axes)?;
            }
            "Split" | "Gather" => self.spare_rows(node, &[int_attribute(node, "axis", 0)])?,
            "Softmax" | "LogSoftmax" | "LayerNormalization" => {
                self.spare_rows(node, &[int_attribute(node, "axis", -1)])?;
            }
            "ArgMax" | "ArgMin" => self.spare_rows(node, &[int_attribute(node, "axis", 0)])?,
            "Gemm" => {
                let is_by_row = int_attribute(node, "transA", 0) == 0
                    && [1, 2].iter().all(|&i| self.input_factor(node, i).is_none());
                if !is_by_row {
                    return Err(stuck(node, MOVES_ROWS));
                }
            }
            "MatMul" => {}
            _ if kind.starts_with("Reduce") => {
                let axes = match attribute(node, "axes") {
                    Some(axes) => axes.ints.clone(),
                    None => self.constant(node, 1)?.to_vec(),
                };
                self.spare_rows(node, &axes)?;
            }
            _ if BY_ROW.contains(&kind) => {}
            _ => return Err(stuck(node, "is not known to work frame by frame")),
        }
        self.common_factor(node)
    }

    fn input_factor(&self, node: &NodeProto, index: usize) -> Option<i64> {
        input(node, index).and_then(|name| self.factors.get(name)).copied()
    }

    /// The numbers of a constant input.
    fn constant(&self, node: &NodeProto, index: usize) -> Result<&[i64]> {
        let ints = input(node, index).and_then(|name| self.tensors.ints(name));
        ints.filter(|ints| !ints.is_empty())
            .ok_or_else(|| stuck(node, "takes numbers that aren't known before it runs"))
    }

    /// Fails where one of `axes` is the first.
    fn spare_rows(&self, node: &NodeProto, axes: &[i64]) -> Result<()> {
        // New axes are counted in what comes out.
        let counted = if node.op_type == "Unsqueeze" {
            node.output.first().map(String::as_str)
        } else {
            input(node, 0)
        };
        // Where an axis counts from an unknown end, running it will tell.
        let is_first =
            |&axis: &i64| counted.and_then(|name| self.tensors.axis(name, axis)) == Some(0);
        if axes.iter().any(is_first) || self.input_factor(node, 0).is_none() {
            return Err(stuck(node, MOVES_ROWS));
        }
        Ok(())
    }

    /// The one factor of all inputs that depend on the frame.
    fn common_factor(&self, node: &NodeProto) -> Result<i64> {
        let names = || node.input.iter().filter(|name| !name.is_empty());
        let mut factors = names().filter_map(|name| Some((name, *self.factors.get(name)?)));
        let Some((name, factor)) = factors.next() else {
            return Err(stuck(node, "takes no frame"));
        };
        if factors.any(|(_, other)| other != factor) {
            return Err(stuck(node, "joins tensors with different numbers of rows for a frame"));
        }
        let kind = node.op_type.as_str();
        if BROADCASTING.contains(&kind) {
            self.check_broadcast(node, self.tensors.dims(name).map(Vec::len))?;
        } else if !["Concat", "GridSample"].contains(&kind)
            && (1..node.input.len()).any(|index| self.input_factor(node, index).is_some())
        {
            return Err(stuck(node, "takes weights that depend on the frame"));
        }
        Ok(factor)
    }

    /// Fails where tensors that are stretched to a common shape would not keep their rows apart: the frames' have
    /// `axes` axes.
    fn check_broadcast(&self, node: &NodeProto, axes: Option<usize>) -> Result<()> {
        let Some(axes) = axes else { return Ok(()) };
        for (index, name) in node.input.iter().enumerate() {
            let Some(dims) = self.tensors.dims(name) else { continue };
            let is_frame = self.factors.contains_key(name);
            let is_several = |rows: &Option<i64>| rows.is_some_and(|rows| rows != 1);
            let has_rows = dims.len() == axes && dims.first().is_some_and(is_several);
            let is_matrix = node.op_type == "MatMul" && index == 1 && axes < 3;
            if dims.len() > axes
                || is_frame && (dims.len() < axes || is_matrix)
                || !is_frame && has_rows && node.op_type != "MatMul"
            {
                return Err(stuck(node, MOVES_ROWS));
            }
        }
        Ok(())
    }

    fn reshape(&mut self, node: &mut NodeProto) -> Result<i64> {
        let mut target = self.constant(node, 1)?.to_vec();
        let Some(factor) = self.input_factor(node, 0) else {
            return Err(stuck(node, "takes its shape from a frame"));
        };
        let Some(&first) = target.first() else { return Err(stuck(node, MOVES_ROWS)) };
        let open = target.iter().position(|&size| size == -1);
        let output = |axis| self.tensors.dim(node.output.first()?, axis);
        let unknown =
            || stuck(node, "has a shape that isn't known: give the model declared shapes first");
        match (first, open) {
            (0, _) if int_attribute(node, "allowzero", 0) == 0 => return Ok(factor),
            (-1, _) => return output(0).filter(|&rows| rows > 0).ok_or_else(unknown),
            (..=0, _) => return Err(unknown()),
            (_, None) => target[0] = -1,
            (_, Some(axis)) => match output(axis) {
                Some(size) => {
                    target[0] = -1;
                    target[axis] = size;
                }
                None if first == factor && int_attribute(node, "allowzero", 0) == 0 => {
                    target[0] = 0
                }
                None => return Err(unknown()),
            },
        }
        node.input[1] = self.writer.ints(&target);
        Ok(first)
    }

    fn flatten(&self, node: &NodeProto) -> Result<i64> {
        let rows = node.output.first().and_then(|name| self.tensors.dim(name, 0));
        match (int_attribute(node, "axis", 1), self.input_factor(node, 0), rows) {
            (1, Some(factor), _) => Ok(factor),
            (2.., Some(_), Some(rows)) => Ok(rows),
            _ => Err(stuck(node, MOVES_ROWS)),
        }
    }

    /// Inputs that must have the same number of rows: those that are the same for all frames are repeated.
    fn join(&mut self, node: &mut NodeProto) -> Result<i64> {
        if node.op_type == "Concat" {
            let axis = int_attribute(node, "axis", 0);
            let any = input(node, 0).unwrap_or_default();
            if self.tensors.axis(any, axis) == Some(0) {
                return Err(stuck(node, MOVES_ROWS));
            }
        }
        let factor = self.common_factor(node)?;
        for index in 0..node.input.len() {
            if self.input_factor(node, index).is_some() {
                continue;
            }
            let name = &node.input[index];
            if factor != 1 || self.tensors.dim(name, 0).is_some_and(|rows| rows != 1) {
                return Err(stuck(node, "joins a frame with a constant of several rows"));
            }
            node.input[index] = self.writer.op("Gather", &[name, self.rows], vec![int("axis", 0)]);
        }
        Ok(factor)
    }

    fn expand(&mut self, node: &mut NodeProto) -> Result<()> {
        let mut target = self.constant(node, 1)?.to_vec();
        let rank = input(node, 0).and_then(|name| self.tensors.dims(name)).map(Vec::len);
        let Some(&rows) = target.first() else { return Err(stuck(node, MOVES_ROWS)) };
        if self.input_factor(node, 0).is_none_or(|factor| rows != 1 && rows != factor)
            || rank.is_some_and(|rank| rank != target.len())
        {
            return Err(stuck(node, MOVES_ROWS));
        }
        target[0] = 1;
        node.input[1] = self.writer.ints(&target);
        Ok(())
    }

    fn resize(&mut self, node: &mut NodeProto) -> Result<()> {
        let crops = text_attribute(node, "coordinate_transformation_mode") == "tf_crop_and_resize";
        if crops || attribute(node, "axes").is_some() || input(node, 3).is_none() {
            // Factors of an export have a 1 for the batch; nothing to rewrite.
            return Ok(());
        }
        let sizes = self.constant(node, 3)?.to_vec();
        if self.opset >= 18 {
            let axes: Vec<i64> = (1..sizes.len() as i64).collect();
            node.attribute.push(ints("axes", &axes));
            node.input[3] = self.writer.ints(&sizes[1..]);
            return Ok(());
        }
        let from =
            input(node, 0).and_then(|name| self.tensors.dims(name)).cloned().unwrap_or_default();
        let scales = std::iter::once(Some(1.0)).chain(
            sizes
                .iter()
                .zip(from)
                .skip(1)
                .map(|(&to, from)| Some(to as f32 / from.filter(|&n| n > 0)? as f32)),
        );
        let scales: Option<Vec<f32>> = scales.collect();
        let Some(scales) = scales.filter(|scales| scales.len() == sizes.len()) else {
            return Err(stuck(
                node,
                "has a shape that isn't known: give the model declared shapes first",
            ));
        };
        node.input.truncate(2);
        let scales = self.writer.reals(&scales);
        node.input.push(scales);
        Ok(())
    }
}

const MOVES_ROWS: &str = "works across frames, so that it only runs with a batch of 1";
