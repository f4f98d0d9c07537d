//! Portraits: pictures read, oriented, converted to sRGB and bounded in size.

use crate::{Frame, Result, Size};

/// A picture to animate: 8-bit sRGB with straight alpha, oriented as it is to be seen.
#[derive(Debug, Clone)]
pub struct Portrait {
    pixels: Frame,
    source_size: Size,
}

impl Portrait {
    /// A portrait from pixels that are in memory.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where the picture is too small or too large.
    pub fn from_frame(pixels: Frame) -> Result<Self> {
        let source_size = pixels.size();
        Ok(Self { pixels, source_size })
    }

    /// The pixels: RGBA, straight alpha.
    pub fn frame(&self) -> &Frame {
        &self.pixels
    }

    /// Width and height of [`frame`](Self::frame).
    pub fn size(&self) -> Size {
        self.pixels.size()
    }

    /// Width and height of the picture as it was read and oriented, before any resizing.
    pub fn source_size(&self) -> Size {
        self.source_size
    }
}
