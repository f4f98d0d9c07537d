//! An engine that draws a moving pattern: fast, deterministic, and every pose differs.

use std::sync::atomic::{AtomicU32, Ordering};

use gaze_core::{
    Engine, EngineDescription, Error, ErrorKind, Frame, Observer, Pose, PrepareRequest,
    PreparedPortrait, Result, Size, Warning,
};

#[derive(Debug, Clone, Default)]
pub(crate) struct PatternEngine {
    pub(crate) warnings: Vec<Warning>,
    /// Frames until rendering fails.
    pub(crate) fails_after: Option<u32>,
    /// Whether it fails by a panic.
    pub(crate) panics: bool,
    /// Counts rendered frames.
    pub(crate) counter: Option<&'static AtomicU32>,
}

struct PreparedPattern {
    size: Size,
    has_alpha: bool,
    engine: PatternEngine,
    rendered: AtomicU32,
}

impl Engine for PatternEngine {
    fn describe(&self) -> EngineDescription {
        EngineDescription::new("pattern")
    }

    fn prepare(
        &self,
        request: &PrepareRequest<'_>,
        _observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        Ok(Box::new(PreparedPattern {
            size: request.portrait().size(),
            has_alpha: request.options().remove_background,
            engine: self.clone(),
            rendered: AtomicU32::new(0),
        }))
    }
}

/// Colour of the middle of a frame.
pub(crate) fn flat_color(pose: &Pose) -> [u8; 3] {
    let channel = |value: f32| (128.0 + value * 6.0) as u8;
    [channel(pose.pupil_x), channel(pose.pupil_y), channel(pose.eyebrow / 2.0)]
}

/// Alpha of a pixel: a soft disc.
pub(crate) fn alpha_at(x: u32, y: u32, size: Size) -> u8 {
    let (dx, dy) = (x as f32 / size.width as f32 - 0.5, y as f32 / size.height as f32 - 0.5);
    ((0.45 - dx.hypot(dy)) * 1500.0).clamp(0.0, 255.0) as u8
}

impl PreparedPortrait for PreparedPattern {
    fn frame_size(&self) -> Size {
        self.size
    }

    fn has_alpha(&self) -> bool {
        self.has_alpha
    }

    fn warnings(&self) -> &[Warning] {
        &self.engine.warnings
    }

    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()> {
        let rendered = self.rendered.fetch_add(1, Ordering::Relaxed);
        if let Some(counter) = self.engine.counter {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        if self.engine.fails_after.is_some_and(|after| rendered >= after) {
            assert!(!self.engine.panics, "pattern torn");
            return Err(Error::new(ErrorKind::Engine, "pattern torn"));
        }
        let (size, [r, g, b]) = (self.size, flat_color(pose));
        for (at, pixel) in frame.pixels_mut().chunks_exact_mut(4).enumerate() {
            let (x, y) = (at as u32 % size.width, at as u32 / size.width);
            let edge = x.min(size.width - 1 - x).min(y.min(size.height - 1 - y)) < 4;
            let alpha = if self.has_alpha { alpha_at(x, y, size) } else { 255 };
            let shade = if edge { 40 } else { 0 };
            pixel.copy_from_slice(&[r.saturating_sub(shade), g.saturating_sub(shade), b, alpha]);
        }
        Ok(())
    }
}
