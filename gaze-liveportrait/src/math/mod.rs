//! Pixels and numbers, without any model: where the face lies, how it moves, how it is put back.

pub(crate) mod affine;
pub(crate) mod crop;
#[cfg(test)]
mod golden;
pub(crate) mod keypoints;
pub(crate) mod paste;
pub(crate) mod texture;
