//! The LivePortrait engine on small stand-ins for its models, which `scripts/stand_in_models.py` makes.
#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

mod background;
mod insightface;
mod interruption;
mod model_files;
#[path = "../../../gaze-liveportrait/tests/onnxruntime/mod.rs"]
mod onnxruntime;
mod opening;
mod setup;
mod sweeps;
