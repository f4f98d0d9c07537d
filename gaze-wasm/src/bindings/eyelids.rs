//! Closed eyes of faces that are played from frames.

use gaze_rig::Size;
use gaze_rig::pack::BlinkLayout;
use wasm_bindgen::prelude::*;

/// Bytes before the picture in the section of a pack that says what closed eyes look like, for frames of this size; 0 where
/// it is damaged or of a later version.
#[wasm_bindgen(js_name = blinkLayoutLength)]
pub fn blink_layout_length(section: &[u8], width: u32, height: u32) -> usize {
    BlinkLayout::from_section(section, Size { width, height }).map_or(0, |(_, length)| length)
}

/// How to close the eyes of a picture that looks at `x`, `y`, by `closing`, 0 to 1: how much of the picture the patches
/// cover, then for each eye left, top, width and height of its patch in the frame, and eight times left and top of a layer in
/// the stored picture and its weight, 0 where there are fewer. `layout` is what comes before that picture.
#[wasm_bindgen(js_name = blinkPatches)]
pub fn blink_patches(layout: &[u8], x: f64, y: f64, closing: f64) -> Vec<f64> {
    let Ok(layout) = BlinkLayout::from_checked(layout) else { return Vec::new() };
    let mut numbers = vec![layout.cover(closing)];
    for patch in layout.patches(x, y, closing) {
        let end = numbers.len() + 4 + 8 * 3;
        numbers.extend([patch.left, patch.top, patch.size.width.into(), patch.size.height.into()]);
        for (place, weight) in patch.layers {
            numbers.extend([place.x.into(), place.y.into(), weight]);
        }
        numbers.resize(end, 0.0);
    }
    numbers
}
