//! A run: a folder of models and a portrait in, frames out.

pub(crate) mod crop_store;
mod cutout;
pub(crate) mod decode_ahead;
pub(crate) mod decoder;
mod detections;
pub(crate) mod framing;
mod insightface;
pub(crate) mod liveportrait_engine;
pub(crate) mod model_folder;
mod networks;
mod open_decoder;
mod prepared;
#[cfg(test)]
mod reference_tests;
mod transparency;
