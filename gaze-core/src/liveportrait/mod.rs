//! The LivePortrait engine: ONNX models through ONNX Runtime.

// Pixels and numbers, without any model.
mod affine;
mod crop;
#[cfg(test)]
mod golden;
mod keypoints;
mod paste;
mod texture;

// Model files and their graphs.
mod adapt;
mod catalog;
mod signature;

// The library that runs them.
mod device;
mod runtime;

// A run.
mod decoder;
mod engine;
mod networks;
mod sequence;
mod store;
