//! Inner steps of the sheet writer for this repository's benches; no part of the public interface.

use crate::canvas::{Canvas, FramePlanes, Parity};
use crate::codec::codec_of;
use gaze_rig::{Frame, Result, SheetFormat, SheetSpec};

/// One opaque sheet in the making.
pub struct SheetKernel {
    canvas: Canvas,
    planes: FramePlanes,
}

impl SheetKernel {
    /// An empty sheet.
    pub fn new(spec: &SheetSpec) -> Self {
        let planes = FramePlanes::new(spec.frame_size(), false);
        Self { canvas: Canvas::new(spec, false), planes }
    }

    /// Converts a frame and puts it at (`x`, `y`), a multiple of the frame size.
    pub fn place(&mut self, frame: &Frame, x: u32, y: u32) {
        self.planes.load(frame);
        self.planes.align(frame, Parity::of(x, y));
        self.canvas.place(&self.planes, x, y);
    }

    /// Encodes the sheet, quality 0 to 100.
    ///
    /// # Errors
    /// [`ErrorKind::Output`](gaze_rig::ErrorKind::Output) where libwebp fails.
    pub fn encode(&mut self, quality: u8) -> Result<Vec<u8>> {
        codec_of(SheetFormat::default()).encode_sheet(&mut self.canvas, quality, &|| false)
    }
}
