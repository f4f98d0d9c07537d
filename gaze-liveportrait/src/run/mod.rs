//! A run: a folder of models and a portrait in, frames out.

pub(crate) mod adapted_files;
pub(crate) mod crop_store;
mod cutout;
pub(crate) mod decode_ahead;
pub(crate) mod decoder;
mod decoder_precision;
mod detections;
pub(crate) mod framing;
mod insightface;
pub(crate) mod liveportrait_engine;
pub(crate) mod loading;
pub(crate) mod misplaced_models;
pub(crate) mod model_folder;
pub(crate) mod networks;
pub(crate) mod open_decoder;
mod prepared;
mod reference_picture;
#[cfg(test)]
mod reference_tests;
mod stitching;
mod transparency;
