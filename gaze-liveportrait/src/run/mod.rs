//! A run: a folder of models and a portrait in, frames out.

mod crop_store;
mod cutout;
mod decode_ahead;
mod decoder;
mod decoder_precision;
mod detections;
mod framing;
mod insightface;
pub(crate) mod liveportrait_engine;
pub(crate) mod model_folder;
mod networks;
mod open_decoder;
mod prepared;
#[cfg(test)]
mod reference_tests;
mod transparency;
