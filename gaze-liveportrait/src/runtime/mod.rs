//! ONNX Runtime: the library, the devices it runs on, and sessions on them.

pub(crate) mod device;
pub(crate) mod fixed_memory;
pub(crate) mod gpu_memory;
pub(crate) mod library;
pub(crate) mod placement;
mod precision;
pub(crate) mod sessions;
