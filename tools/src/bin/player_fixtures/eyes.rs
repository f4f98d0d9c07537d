//! An engine without a rig whose face has two dark eyes that follow the gaze and blink.

use gaze_core::{
    AXIS_EXTENT, Engine, EngineDescription, Frame, Observer, Pose, PrepareRequest,
    PreparedPortrait, Rect, Result, Size, Warning,
};

pub(crate) const SIZE: Size = Size { width: 128, height: 160 };
const MOVING: Rect = Rect { x: 8, y: 24, width: 112, height: 80 };
/// Middles of the eyes at rest, and how far they go to the ends of the sweep, in px.
const EYES: [[f32; 2]; 2] = [[40.0, 64.0], [88.0, 64.0]];
const TRAVEL: f32 = 12.0;
/// Half an eye's width and height, in px.
const HALF: [f32; 2] = [10.0, 6.0];
const SKIN: [f32; 3] = [220.0, 180.0, 160.0];
const EYE: [f32; 3] = [20.0, 20.0, 40.0];

pub(crate) struct Eyes;

struct PreparedEyes {
    has_alpha: bool,
}

impl Engine for Eyes {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new("eyes")
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        _observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        Ok(Box::new(PreparedEyes { has_alpha: request.options().remove_background }))
    }
}

impl PreparedPortrait for PreparedEyes {
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

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        let shift = [pose.pupil_x, -pose.pupil_y].map(|axis| axis / AXIS_EXTENT * TRAVEL);
        for (at, pixel) in frame.pixels_mut().chunks_exact_mut(4).enumerate() {
            let place = [at as u32 % SIZE.width, at as u32 / SIZE.width].map(|side| side as f32);
            let mut dark = 0.0_f32;
            for (eye, closed) in EYES.iter().zip(pose.blink) {
                let [x, y] = [0, 1].map(|axis| place[axis] - eye[axis] - shift[axis]);
                // The upper lid comes down to the lower one, of which a line remains.
                let lid = -1.0 + 1.7 * closed;
                let inside = (1.0 - (x / HALF[0]).hypot(y / HALF[1])) * HALF[1];
                let below = (y / HALF[1] - lid) * HALF[1];
                dark = dark.max(inside.min(below).clamp(0.0, 1.0));
            }
            for (channel, (skin, eye)) in pixel.iter_mut().zip(SKIN.iter().zip(EYE)) {
                *channel = (skin + (eye - skin) * dark).round() as u8;
            }
            pixel[3] = if self.has_alpha && place[1] < 16.0 { 0 } else { 255 };
        }
        Ok(())
    }
}
