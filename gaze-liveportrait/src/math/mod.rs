//! Pixels and numbers, without any model: cropping the face, moving its key points, pasting it back.

pub(crate) mod affine;
pub(crate) mod crop;
#[cfg(test)]
mod golden;
pub(crate) mod keypoints;
pub(crate) mod linear_resize;
pub(crate) mod paste;
#[cfg(test)]
mod sharpness_tests;
pub(crate) mod shrinking;
pub(crate) mod texture;
