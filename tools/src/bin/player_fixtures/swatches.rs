//! Frames that tell their cell by a flat colour, within a border that never moves.

use gaze_core::rig::Rig;
use gaze_core::{AXIS_EXTENT, Pose, Rect, Size};

use super::made_up::Picture;

/// Swatches that say to be drawn by a rig, if there is one.
#[derive(Clone)]
pub(crate) struct Swatches(pub(crate) Option<Rig>);

impl Picture for Swatches {
    const NAME: &'static str = "swatches";
    const SIZE: Size = Size { width: 64, height: 80 };
    const MOVING: Rect = Rect { x: 16, y: 16, width: 32, height: 48 };

    fn rig(&self) -> Option<&Rig> {
        self.0.as_ref()
    }

    fn pixel(&self, pose: &Pose, x: u32, y: u32) -> [u8; 4] {
        let Rect { x: left, y: top, width, height } = Self::MOVING;
        if !(left..left + width).contains(&x) || !(top..top + height).contains(&y) {
            return [40, 80, 200, 0];
        }
        // Red from left to right, green from top to bottom, 8 to 248.
        let channel = |value: f32| (128.0 + value * 120.0 / AXIS_EXTENT).round() as u8;
        [channel(pose.pupil_x), channel(-pose.pupil_y), 128, 255]
    }
}
