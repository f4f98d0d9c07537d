//! A rig that was made, and its file.

use gaze_face::Warning;
use gaze_rig::rig::Rig;
use wasm_bindgen::prelude::*;

/// A rig that was made.
#[wasm_bindgen]
pub struct Made {
    rig: Rig,
    warnings: Vec<Warning>,
}

impl Made {
    pub(crate) fn new(rig: Rig, warnings: Vec<Warning>) -> Self {
        Self { rig, warnings }
    }
}

#[wasm_bindgen]
impl Made {
    /// What may look wrong, in kebab case: `closed-eyes` for instance.
    #[wasm_bindgen(getter, js_name = warningKinds)]
    pub fn warning_kinds(&self) -> Vec<String> {
        self.warnings.iter().map(|warning| warning.kind.name().to_owned()).collect()
    }

    /// A sentence for each of them.
    #[wasm_bindgen(getter, js_name = warningMessages)]
    pub fn warning_messages(&self) -> Vec<String> {
        self.warnings.iter().map(|warning| warning.message.clone()).collect()
    }

    /// Width of the frames in pixels.
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> u32 {
        self.rig.frame_size().width
    }

    /// Height of the frames in pixels.
    #[wasm_bindgen(getter)]
    pub fn height(&self) -> u32 {
        self.rig.frame_size().height
    }
}
