//! Shapes that follow from a node's inputs.

use onnx_protobuf::NodeProto;

use super::graph::{attribute, input, int_attribute, text_attribute};
use super::tensors::{Dims, Tensors};

/// Operators whose output has the shape of their first input.
const KEEP_SHAPE: [&str; 34] = [
    "Abs",
    "BatchNormalization",
    "Cast",
    "Ceil",
    "Clip",
    "Cos",
    "Dropout",
    "Elu",
    "Erf",
    "Exp",
    "Floor",
    "Gelu",
    "GroupNormalization",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "InstanceNormalization",
    "IsInf",
    "IsNaN",
    "LayerNormalization",
    "LeakyRelu",
    "Log",
    "LogSoftmax",
    "Neg",
    "Not",
    "Reciprocal",
    "Relu",
    "Round",
    "Sigmoid",
    "Sin",
    "Softmax",
    "Softplus",
    "Sqrt",
    "Tanh",
];

/// Shape of a node's first output; none where no rule tells it.
pub(super) fn shape_of(node: &NodeProto, tensors: &Tensors) -> Option<Dims> {
    let first = |index| tensors.dims(input(node, index)?);
    let ints = |index| tensors.ints(input(node, index)?);
    match node.op_type.as_str() {
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Min" | "Max" | "Where" | "Equal" | "Greater"
        | "GreaterOrEqual" | "Less" | "LessOrEqual" | "And" | "Or" | "PRelu" | "Mod" => {
            let dims = first(0)?.clone();
            (1..node.input.len())
                .try_fold(dims, |dims, index| Some(broadcast(&dims, first(index)?)))
        }
        // Lists of sizes.
        "Shape" | "Slice" => {
            let list = tensors.ints(node.output.first()?)?;
            Some(vec![i64::try_from(list.len()).ok()])
        }
        "ConstantOfShape" => Some(ints(0)?.iter().map(|&size| Some(size)).collect()),
        "Reshape" => Some(reshaped(first(0), ints(1)?)),
        "Expand" => {
            let target: Dims = ints(1)?.iter().map(|&dim| Some(dim)).collect();
            Some(broadcast(first(0)?, &target))
        }
        "Transpose" => {
            let dims = first(0)?;
            let perm = &attribute(node, "perm")?.ints;
            perm.iter().map(|&axis| dims.get(usize::try_from(axis).ok()?).copied()).collect()
        }
        "Unsqueeze" => unsqueezed(first(0)?, ints(1)?),
        "Squeeze" => without(tensors, node, ints(1)?, false),
        "Tile" => {
            let dims = first(0)?.iter().zip(ints(1)?);
            Some(dims.map(|(dim, &times)| dim.and_then(|dim| dim.checked_mul(times))).collect())
        }
        "Concat" => {
            let axis = tensors.axis(input(node, 0)?, int_attribute(node, "axis", 0))?;
            let mut dims = first(0)?.clone();
            let mut sizes = (0..node.input.len()).map(|i| tensors.dim(input(node, i)?, axis));
            *dims.get_mut(axis)? = sizes.try_fold(0_i64, |sum, size| sum.checked_add(size?));
            Some(dims)
        }
        "Gather" => {
            let axis = tensors.axis(input(node, 0)?, int_attribute(node, "axis", 0))?;
            let dims = first(0)?;
            Some([dims.get(..axis)?, first(1)?, dims.get(axis + 1..)?].concat())
        }
        "GridSample" => {
            let grid = first(1)?;
            let places = grid.get(1..grid.len().checked_sub(1)?)?;
            Some([first(0)?.get(..2)?, places].concat())
        }
        "MatMul" => {
            let (a, b) = (first(0)?, first(1)?);
            // A list of numbers is a row on the left and a column on the right, and leaves no axis.
            Some(match (a.split_last_chunk(), b.split_last_chunk()) {
                (Some((a_rest, [rows, _])), Some((b_rest, [_, columns]))) => {
                    [broadcast(a_rest, b_rest), vec![*rows, *columns]].concat()
                }
                (Some((rest, [rows, _])), None) => [rest, &[*rows]].concat(),
                (None, Some((rest, [_, columns]))) => [rest, &[*columns]].concat(),
                (None, None) => Vec::new(),
            })
        }
        "Conv" => {
            let weights = first(1)?;
            windows(node, first(0)?, *weights.first()?, weights.get(2..)?)
        }
        "AveragePool" | "MaxPool" => {
            let window: Dims =
                attribute(node, "kernel_shape")?.ints.iter().map(|&side| Some(side)).collect();
            windows(node, first(0)?, *first(0)?.get(1)?, &window)
        }
        "DepthToSpace" => {
            let [batch, channels, height, width] = first(0)?[..] else { return None };
            let block = Some(int_attribute(node, "blocksize", 0)).filter(|&block| block > 0)?;
            let times = |side: Option<i64>| side.and_then(|side| side.checked_mul(block));
            let channels = channels.and_then(|n| Some(n / block.checked_mul(block)?));
            Some(vec![batch, channels, times(height), times(width)])
        }
        "Resize" => resized(node, tensors),
        kind if kind.starts_with("Reduce") => {
            let axes = match attribute(node, "axes") {
                Some(axes) => &axes.ints,
                None => ints(1)?,
            };
            without(tensors, node, axes, int_attribute(node, "keepdims", 1) != 0)
        }
        kind if KEEP_SHAPE.contains(&kind) => first(0).cloned(),
        _ => None,
    }
}

/// Shape of two tensors combined number by number.
fn broadcast(a: &[Option<i64>], b: &[Option<i64>]) -> Dims {
    let axes = a.len().max(b.len());
    let at = |dims: &[Option<i64>], axis: usize| {
        (axis + dims.len()).checked_sub(axes).map_or(Some(1), |index| dims[index])
    };
    let combined = |axis| match (at(a, axis), at(b, axis)) {
        (Some(1), other) | (other, Some(1)) => other,
        (Some(size), _) | (None, Some(size)) => Some(size),
        (None, None) => None,
    };
    (0..axes).map(combined).collect()
}

/// Shape after Reshape: 0 keeps an axis, -1 takes what is left.
fn reshaped(dims: Option<&Dims>, target: &[i64]) -> Dims {
    let mut result: Dims = target
        .iter()
        .enumerate()
        .map(|(axis, &size)| match size {
            0 => *dims?.get(axis)?,
            -1 => None,
            size => Some(size),
        })
        .collect();
    let product = |dims: &[Option<i64>]| {
        dims.iter().try_fold(1_i64, |product, dim| product.checked_mul((*dim)?))
    };
    if let Some(open) = target.iter().position(|&size| size == -1) {
        result[open] = Some(1);
        let whole = dims.and_then(|dims| product(dims));
        result[open] = product(&result).filter(|&n| n > 0).and_then(|n| Some(whole? / n));
    }
    result
}

fn unsqueezed(dims: &[Option<i64>], axes: &[i64]) -> Option<Dims> {
    let count = dims.len() + axes.len();
    let mut is_new = vec![false; count];
    for &axis in axes {
        let axis = if axis < 0 { axis.checked_add(count as i64)? } else { axis };
        *is_new.get_mut(usize::try_from(axis).ok()?)? = true;
    }
    let mut rest = dims.iter();
    is_new.into_iter().map(|new| if new { Some(Some(1)) } else { rest.next().copied() }).collect()
}

/// Shape of the first input without `axes`, or with a 1 there.
fn without(tensors: &Tensors, node: &NodeProto, axes: &[i64], keeps: bool) -> Option<Dims> {
    let name = input(node, 0)?;
    let axes: Option<Vec<usize>> = axes.iter().map(|&axis| tensors.axis(name, axis)).collect();
    let axes = axes.filter(|axes| !axes.is_empty())?;
    let dims = tensors.dims(name)?.iter().enumerate();
    let kept = dims.filter(|(axis, _)| keeps || !axes.contains(axis));
    Some(kept.map(|(axis, &dim)| if axes.contains(&axis) { Some(1) } else { dim }).collect())
}

/// Shape after windows of the size `window` have moved over all axes but batch and channels.
fn windows(
    node: &NodeProto,
    dims: &[Option<i64>],
    channels: Option<i64>,
    window: &[Option<i64>],
) -> Option<Dims> {
    let count = dims.len().checked_sub(2).filter(|&count| count == window.len())?;
    if !["", "NOTSET"].contains(&text_attribute(node, "auto_pad"))
        || int_attribute(node, "ceil_mode", 0) != 0
    {
        return None;
    }
    let numbers = |name, default| {
        move |axis: usize| {
            attribute(node, name).map_or(Some(default), |a| a.ints.get(axis).copied())
        }
    };
    let (stride, dilation, pad) =
        (numbers("strides", 1), numbers("dilations", 1), numbers("pads", 0));
    let side = |axis: usize| {
        let reach = window[axis]?.checked_sub(1)?.checked_mul(dilation(axis)?)?.checked_add(1)?;
        let padded = dims[axis + 2]?.checked_add(pad(axis)?)?.checked_add(pad(axis + count)?)?;
        let stride = stride(axis).filter(|&stride| stride > 0)?;
        (padded.checked_sub(reach)? / stride).checked_add(1)
    };
    Some([*dims.first()?, channels].into_iter().chain((0..count).map(side)).collect())
}

fn resized(node: &NodeProto, tensors: &Tensors) -> Option<Dims> {
    let dims = tensors.dims(input(node, 0)?)?;
    if attribute(node, "axes").is_some() {
        return None;
    }
    if let Some(sizes) = input(node, 3).and_then(|name| tensors.ints(name)) {
        return Some(sizes.iter().map(|&size| Some(size)).collect());
    }
    let scales = tensors.reals(input(node, 2)?)?;
    let scaled = |(dim, &scale): (&Option<i64>, &f32)| {
        dim.map(|dim| (dim as f64 * f64::from(scale)).floor() as i64)
    };
    (scales.len() == dims.len()).then(|| dims.iter().zip(scales).map(scaled).collect())
}
