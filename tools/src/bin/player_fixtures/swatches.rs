//! An engine whose frames tell their cell by a flat colour, within a border that never moves.

use gaze_core::rig::Rig;
use gaze_core::{
    AXIS_EXTENT, Engine, EngineDescription, Frame, Observer, Pose, PrepareRequest,
    PreparedPortrait, Rect, Result, Size, Warning,
};

pub(crate) const SIZE: Size = Size { width: 64, height: 80 };
/// The part whose colour changes.
const MOVING: Rect = Rect { x: 16, y: 16, width: 32, height: 48 };

/// Swatches that say to be drawn by a rig, if there is one.
pub(crate) struct Swatches(pub(crate) Option<Rig>);

struct PreparedSwatches {
    has_alpha: bool,
    rig: Option<Rig>,
}

impl Engine for Swatches {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new("swatches")
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        _observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        let has_alpha = request.options().remove_background;
        Ok(Box::new(PreparedSwatches { has_alpha, rig: self.0.clone() }))
    }
}

impl PreparedPortrait for PreparedSwatches {
    fn frame_size(&self) -> Size {
        SIZE
    }

    fn has_alpha(&self) -> bool {
        self.has_alpha
    }

    fn moving_rect(&self) -> Rect {
        MOVING
    }

    fn warnings(&self) -> &[Warning] {
        &[]
    }

    fn rig(&self) -> Option<&Rig> {
        self.rig.as_ref()
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        // Red from left to right, green from top to bottom, 8 to 248.
        let channel = |value: f32| (128.0 + value * 120.0 / AXIS_EXTENT).round() as u8;
        let moving = [channel(pose.pupil_x), channel(-pose.pupil_y), 128, 255];
        let border = [40, 80, 200, if self.has_alpha { 0 } else { 255 }];
        for (at, pixel) in frame.pixels_mut().chunks_exact_mut(4).enumerate() {
            let (x, y) = (at as u32 % SIZE.width, at as u32 / SIZE.width);
            let moves = (MOVING.x..MOVING.x + MOVING.width).contains(&x)
                && (MOVING.y..MOVING.y + MOVING.height).contains(&y);
            pixel.copy_from_slice(if moves { &moving } else { &border });
        }
        Ok(())
    }
}
