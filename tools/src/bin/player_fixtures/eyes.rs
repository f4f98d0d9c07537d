//! A face without a rig whose two dark eyes follow the gaze and blink.

use gaze_core::{AXIS_EXTENT, Pose, Rect, Size};

use super::made_up::Picture;

/// Middles of the eyes at rest, and how far they go to the ends of the sweep, in px.
const EYES: [[f32; 2]; 2] = [[40.0, 64.0], [88.0, 64.0]];
const TRAVEL: f32 = 12.0;
/// Half an eye's width and height, in px.
const HALF: [f32; 2] = [10.0, 6.0];
const SKIN: [f32; 3] = [220.0, 180.0, 160.0];
const EYE: [f32; 3] = [20.0, 20.0, 40.0];
/// So many rows are transparent.
const CLEAR: u32 = 16;

#[derive(Clone)]
pub(crate) struct Eyes;

impl Picture for Eyes {
    const NAME: &'static str = "eyes";
    const SIZE: Size = Size { width: 128, height: 160 };
    const MOVING: Rect = Rect { x: 8, y: 24, width: 112, height: 80 };

    fn pixel(&self, pose: &Pose, x: u32, y: u32) -> [u8; 4] {
        let shift = [pose.pupil_x, -pose.pupil_y].map(|axis| axis / AXIS_EXTENT * TRAVEL);
        let place = [x, y].map(|side| side as f32);
        let mut dark = 0.0_f32;
        for (eye, closed) in EYES.iter().zip(pose.blink) {
            let [x, y] = [0, 1].map(|axis| place[axis] - eye[axis] - shift[axis]);
            // The upper lid comes down to the lower one, of which a line remains.
            let lid = -1.0 + 1.7 * closed;
            let inside = (1.0 - (x / HALF[0]).hypot(y / HALF[1])) * HALF[1];
            let below = (y / HALF[1] - lid) * HALF[1];
            dark = dark.max(inside.min(below).clamp(0.0, 1.0));
        }
        let mix = |channel: usize| SKIN[channel] + (EYE[channel] - SKIN[channel]) * dark;
        let [r, g, b] = [0, 1, 2].map(|channel| mix(channel).round() as u8);
        [r, g, b, if y < CLEAR { 0 } else { 255 }]
    }
}
