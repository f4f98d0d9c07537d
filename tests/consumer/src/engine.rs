//! An engine of one's own.

use gaze_core::{
    AXIS_EXTENT, Engine, EngineDescription, Frame, Observer, Pose, PrepareRequest,
    PreparedPortrait, Result, Size, Warning,
};

/// Paints each frame in one colour that tells its pose.
#[derive(Debug, Default)]
pub struct SwatchEngine;

struct PreparedSwatch {
    size: Size,
}

impl Engine for SwatchEngine {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new("swatch").with_device("nowhere").with_note("for tests")
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        observer.check_cancelled()?;
        Ok(Box::new(PreparedSwatch { size: request.portrait().size() }))
    }
}

impl PreparedPortrait for PreparedSwatch {
    fn frame_size(&self) -> Size {
        self.size
    }

    fn has_alpha(&self) -> bool {
        false
    }

    fn warnings(&self) -> &[Warning] {
        &[]
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        let level = |value: f32| (127.5 + value / AXIS_EXTENT * 127.5).round() as u8;
        let color = [level(pose.pupil_x), level(pose.pupil_y), 0, 255];
        for pixel in frame.pixels_mut().as_chunks_mut::<4>().0 {
            *pixel = color;
        }
        Ok(())
    }
}
