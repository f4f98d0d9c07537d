//! Lets a decoder of 32-bit floats compute in 16 bits where that costs no picture.
//!
//! Convolutions are nearly all of a frame's arithmetic, and GPUs multiply 16-bit floats several times as fast, adding
//! the products up in 32. What is 16-bit, and what is not:
//!
//! | nodes | floats | why |
//! | --- | --- | --- |
//! | convolutions with constant weights | 16 bits | that is what it is for; weights take half the room |
//! | what lies between them and works on each value by itself, moves, pools or resizes values | 16 bits | memory is what these take |
//! | `InstanceNormalization` between them | 16 bits in and out | providers keep its mean and variance in 32 bits, whatever comes in |
//! | `GridSample` and what its grid is made of | 32 bits | a coordinate in 16 bits is off by a 60th of a voxel; CUDA samples volumes of 32-bit floats only |
//! | `Softmax`, `Exp`, sums, means, powers, roots, quotients | 32 bits | their errors add up, and small differences between large numbers are what they work with |
//! | what follows the last convolution, and all that sees no convolution before it | 32 bits | pixels have 256 levels; key points and coordinates are exact |
//!
//! A node that takes anything in 32 bits besides constants stays in 32. So does one whose constants 16 bits cannot
//! hold: beyond 65504, or so small that they would lose more than a 512th.

mod casts;
mod choice;
mod constants;
mod halves;
#[cfg(test)]
mod small_decoder;
#[cfg(test)]
mod tests;

use gaze_rig::{Error, ErrorKind, Result};
use onnx_protobuf::GraphProto;

/// Rewrites `graph`, whose inputs and outputs stay as they are.
///
/// # Errors
/// [`ErrorKind::Engine`] where not one convolution can be computed in 16 bits.
pub(super) fn halve(graph: &mut GraphProto) -> Result<()> {
    constants::compute_weights(graph);
    let is_half = choice::half_nodes(graph);
    if !graph.node.iter().zip(&is_half).any(|(node, &is_half)| is_half && choice::is_layer(node)) {
        let message = "the model cannot be adapted to 16-bit floats: none of its convolutions has weights that they can \
                       hold; use 32-bit floats";
        return Err(Error::new(ErrorKind::Engine, message));
    }
    casts::write_halves(graph, &is_half);
    Ok(())
}
