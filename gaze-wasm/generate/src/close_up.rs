//! Where a face is seen better.

use gaze_face::faces::CloseUp as Look;
use gaze_rig::Rect;
use wasm_bindgen::prelude::*;

/// The part of a photograph that shows details of a face which is small in the picture that it is made of.
#[wasm_bindgen]
pub struct CloseUp(pub(crate) Look);

#[wasm_bindgen]
impl CloseUp {
    /// x, y, width and height in pixels of the photograph.
    pub fn part(&self) -> Vec<u32> {
        let Rect { x, y, width, height } = self.0.part;
        vec![x, y, width, height]
    }

    /// Longer side of the part at most that anything can be made of, in pixels.
    #[wasm_bindgen(getter, js_name = maxSide)]
    pub fn max_side(&self) -> u32 {
        self.0.max_side
    }
}
