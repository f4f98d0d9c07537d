//! Small convolutional networks from ONNX files.
//!
//! The face models are MobileNets: most of what they do is depthwise convolutions, which general runtimes are slow at, and
//! products of matrices too small to be worth packing. So they are run here, on [`rten_simd`], which chooses the
//! machine's instructions when they run; the files are read by [`rten_onnx`]. Pictures are kept with the channels of a
//! pixel side by side, as the models were trained.
//!
//! - `graph`: the file, its constants as numbers; `attributes`: what its nodes say of themselves;
//! - `plan`: which steps to take; `builder`, `convolutions`: what each node becomes, neighbours as one;
//! - `step`: what each does; `dense`, `depthwise`: the convolutions; `finish`: what follows one while it is still warm;
//! - [`Program`]: a plan that runs.

#[cfg(test)]
mod against_rten;
mod attributes;
mod builder;
mod convolutions;
mod dense;
mod depthwise;
mod finish;
mod graph;
mod plan;
mod program;
mod step;
mod tensor;

pub(crate) use program::{Memory, Program};
