//! Writes the decoder graph that the engine runs.
//!
//! The public decoder is exported for one frame, with a GridSample that CUDA refuses, and gives floats. The adapted
//! one takes any number of frames, samples in a way that the provider can, and gives bytes:
//!
//! | | name | type | shape |
//! | --- | --- | --- | --- |
//! | input | `feature_3d` | f32 | 1 x 32 x 16 x 64 x 64, for all frames |
//! | input | `kp_source` | f32 | 1 x 21 x 3, for all frames |
//! | input | `kp_driving` | f32 | batch x 21 x 3 |
//! | output | `pixels` | u8 | batch x 512 x 512 x 3, RGB |
//! | output | `not_finite` | u8 | batch; 1 where a frame holds NaN |
//!
//! Whatever is not rewritten stays as it is, fields that this crate doesn't know included.

mod batch;
mod ends;
mod forms;
mod graph;
mod grid_samples;
mod inference;
mod mixed_precision;
mod opset;
mod prune;
mod rewrite;
mod shapes;
mod slices;
mod tensors;
#[cfg(test)]
mod tests;

pub use forms::{BatchForm, DecoderForm, GridSampleForm};
pub use rewrite::{adapt_decoder, adapt_decoder_bytes, adapt_grid_samples};
