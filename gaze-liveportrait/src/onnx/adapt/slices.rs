//! Samples a volume with the GridSample of pictures.
//!
//! The slices of the volume lie below each other in one tall picture, one row of zeros above each, and a slice of
//! zeros before the first and after the last. With y held to [-1, H] and z to [-1, D], a sample never reaches the
//! wrong slice, and beyond the volume it reads zeros, as padding with zeros demands. Each point is sampled in the
//! slices at floor(z) and one further, mixed by the rest of z.

use gaze_rig::Result;
use onnx_protobuf::NodeProto;

use super::graph::{Writer, input, int, int_attribute, stuck, text, text_attribute};
use super::tensors::Tensors;

/// Sides at most, so that rows of the tall picture are exact in 32-bit floats.
const MAX_SIDE: i64 = 1 << 10;

/// Nodes that give what `node`, a GridSample of a volume of 32-bit floats, does. `mode` is the name that bilinear
/// sampling has in the graph's opset.
pub(super) fn write_slices(
    writer: &mut Writer,
    node: &NodeProto,
    tensors: &Tensors,
    (volume, grid): (&str, &str),
    mode: &str,
) -> Result<String> {
    if !["", "linear", "bilinear"].contains(&text_attribute(node, "mode")) {
        return Err(stuck(node, "has a mode that two slices cannot give: use the opset 20 form"));
    }
    if !["", "zeros"].contains(&text_attribute(node, "padding_mode")) {
        return Err(stuck(
            node,
            "pads in a way that two slices cannot give: use the opset 20 form",
        ));
    }
    let corners = int_attribute(node, "align_corners", 0) != 0;
    let side = |index, axis| {
        let side = tensors.dim(input(node, index)?, axis)?;
        (1..=MAX_SIDE).contains(&side).then_some(side)
    };
    let sides =
        || Some(([side(0, 2)?, side(0, 3)?, side(0, 4)?], [side(1, 1)?, side(1, 2)?, side(1, 3)?]));
    let Some(([depth, height, width], [out_depth, out_height, out_width])) = sides() else {
        return Err(stuck(
            node,
            "samples a volume whose size isn't known: give the model declared shapes first",
        ));
    };
    if corners && width == 1 {
        return Err(stuck(node, "samples a volume of one column: use the opset 20 form"));
    }
    let rows = (depth + 2) * (height + 1);
    let pads = writer.ints(&[0, 0, 1, 1, 0, 0, 0, 1, 0, 0]);
    let padded = writer.op("Pad", &[volume, &pads], Vec::new());
    let shape = writer.ints(&[0, 0, rows, width]);
    let tall = writer.op("Reshape", &[&padded, &shape], Vec::new());

    let parts = writer.split(grid, &[1, 1, 1], 4);
    let [x, y, z] = parts.as_slice() else { return Err(stuck(node, "has no grid")) };
    // A point just outside, where only zeros are, stands for all beyond: infinity would become NaN.
    let edge = if corners { 1.0 + 2.0 / (width - 1) as f32 } else { 1.0 + 1.0 / width as f32 };
    let (low, high) = (writer.real(-edge), writer.real(edge));
    let x = writer.op("Clip", &[x, &low, &high], Vec::new());
    let y = place(writer, y, height, corners);
    let z = place(writer, z, depth, corners);
    let slice = writer.op("Floor", &[&z], Vec::new());
    let share = writer.op("Sub", &[&z, &slice], Vec::new());
    let (one, last) = (writer.real(1.0), writer.real(depth as f32));
    let next = writer.op("Add", &[&slice, &one], Vec::new());
    let next = writer.op("Min", &[&next, &last], Vec::new());

    let flat = writer.ints(&[0, out_depth * out_height, out_width, 2]);
    let mut sampled = |slice: &str| {
        let row = tall_row(writer, slice, &y, height, rows, corners);
        let grid = writer.op("Concat", &[&x, &row], vec![int("axis", 4)]);
        let grid = writer.op("Reshape", &[&grid, &flat], Vec::new());
        let attributes = vec![
            text("mode", mode),
            text("padding_mode", "zeros"),
            int("align_corners", corners.into()),
        ];
        writer.op("GridSample", &[&tall, &grid], attributes)
    };
    let (near, far) = (sampled(&slice), sampled(&next));
    let shape = writer.ints(&[0, 1, out_depth * out_height, out_width]);
    let share = writer.op("Reshape", &[&share, &shape], Vec::new());
    let rest = writer.op("Sub", &[&one, &share], Vec::new());
    let near = writer.op("Mul", &[&near, &rest], Vec::new());
    let far = writer.op("Mul", &[&far, &share], Vec::new());
    let mixed = writer.op("Add", &[&near, &far], Vec::new());
    let shape = writer.ints(&[0, 0, out_depth, out_height, out_width]);
    Ok(writer.op("Reshape", &[&mixed, &shape], Vec::new()))
}

/// From -1 .. 1 to voxels, held to one voxel beyond the volume.
fn place(writer: &mut Writer, value: &str, side: i64, corners: bool) -> String {
    let scale = if corners { side - 1 } else { side } as f32 / 2.0;
    let (scale, middle) = (writer.real(scale), writer.real((side - 1) as f32 / 2.0));
    let scaled = writer.op("Mul", &[value, &scale], Vec::new());
    let voxel = writer.op("Add", &[&scaled, &middle], Vec::new());
    let (low, high) = (writer.real(-1.0), writer.real(side as f32));
    writer.op("Clip", &[&voxel, &low, &high], Vec::new())
}

/// Row of `y` of a slice in the tall picture, as GridSample counts it: from -1 to 1.
fn tall_row(
    writer: &mut Writer,
    slice: &str,
    y: &str,
    height: i64,
    rows: i64,
    corners: bool,
) -> String {
    let (pitch, offset) = (writer.real((height + 1) as f32), writer.real((height + 2) as f32));
    let top = writer.op("Mul", &[slice, &pitch], Vec::new());
    let top = writer.op("Add", &[&top, &offset], Vec::new());
    let row = writer.op("Add", &[&top, y], Vec::new());
    let (scale, offset) = if corners {
        (2.0 / (rows - 1) as f32, -1.0)
    } else {
        (2.0 / rows as f32, 1.0 / rows as f32 - 1.0)
    };
    let (scale, offset) = (writer.real(scale), writer.real(offset));
    let scaled = writer.op("Mul", &[&row, &scale], Vec::new());
    writer.op("Add", &[&scaled, &offset], Vec::new())
}
