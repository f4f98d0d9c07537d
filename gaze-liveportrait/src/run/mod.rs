//! A run: a folder of models and a portrait in, frames out.

pub(crate) mod adapted_files;
mod crop_store;
mod cutout;
mod decode_ahead;
mod decoder;
mod detections;
mod framing;
mod insightface;
pub(crate) mod liveportrait_engine;
mod loading;
pub(crate) mod misplaced_models;
mod model_folder;
mod networks;
mod open_decoder;
mod prepared;
mod reference_picture;
#[cfg(test)]
mod reference_tests;
mod stitching;
mod transparency;
