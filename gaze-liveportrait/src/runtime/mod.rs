//! ONNX Runtime: the library, the devices it runs on, and sessions on them.

pub(crate) mod device;
pub(crate) mod fixed_memory;
pub(crate) mod gpu_memory;
pub(crate) mod library;
pub(crate) mod placement;
pub(crate) mod precision;
pub(crate) mod provider;
pub(crate) mod sessions;
