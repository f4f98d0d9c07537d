//! Model files: what each must look like, reading them with care, and writing the graph that runs.

pub(crate) mod adapt;
pub(crate) mod catalog;
pub(crate) mod checksum_trailer;
mod element_types;
pub(crate) mod model_file;
pub(crate) mod model_graph;
mod protobuf_guard;
pub(crate) mod signature;
