//! A run: a folder of models and a portrait in, frames out.

mod crop_store;
mod cutout;
mod decode_ahead;
pub(crate) mod decoder;
mod decoder_precision;
mod detections;
pub(crate) mod framing;
mod insightface;
pub(crate) mod liveportrait_engine;
pub(crate) mod model_folder;
pub(crate) mod networks;
pub(crate) mod open_decoder;
mod prepared;
#[cfg(test)]
mod reference_tests;
mod transparency;
