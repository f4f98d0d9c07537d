//! Engines whose frames are drawn by a few lines, so that what a player shows tells what it plays.

use gaze_core::rig::Rig;
use gaze_core::{
    Engine, EngineDescription, Frame, Observer, Pose, PrepareRequest, PreparedPortrait, Rect,
    Result, Size, Warning,
};

/// What such an engine draws.
pub(crate) trait Picture: Clone + Send + Sync + 'static {
    const NAME: &'static str;
    /// Size of frames, and the part of them that changes.
    const SIZE: Size;
    const MOVING: Rect;

    /// The rig that says to be drawn instead, if there is one.
    fn rig(&self) -> Option<&Rig> {
        None
    }

    /// Colour of a pixel at a pose; alpha counts only where the background is removed.
    fn pixel(&self, pose: &Pose, x: u32, y: u32) -> [u8; 4];
}

/// The engine of a picture.
pub(crate) struct MadeUp<P>(pub(crate) P);

struct Prepared<P> {
    picture: P,
    has_alpha: bool,
}

impl<P: Picture> Engine for MadeUp<P> {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new(P::NAME)
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        _observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        let has_alpha = request.options().remove_background;
        Ok(Box::new(Prepared { picture: self.0.clone(), has_alpha }))
    }
}

impl<P: Picture> PreparedPortrait for Prepared<P> {
    fn frame_size(&self) -> Size {
        P::SIZE
    }

    fn has_alpha(&self) -> bool {
        self.has_alpha
    }

    fn moving_rect(&self) -> Rect {
        P::MOVING
    }

    fn warnings(&self) -> &[Warning] {
        &[]
    }

    fn rig(&self) -> Option<&Rig> {
        self.picture.rig()
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        for (at, pixel) in (0..).zip(frame.pixels_mut().as_chunks_mut::<4>().0) {
            *pixel = self.picture.pixel(pose, at % P::SIZE.width, at / P::SIZE.width);
            if !self.has_alpha {
                pixel[3] = 255;
            }
        }
        Ok(())
    }
}
