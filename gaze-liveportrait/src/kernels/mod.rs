//! Steps of the engine for this repository's benches; no part of the public interface.

mod pasting;
mod sleeping_engine;

pub use pasting::PasteKernel;
pub use sleeping_engine::{CropKernel, SleepingEngine, ahead};
