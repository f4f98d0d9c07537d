//! Portraits: pictures read, oriented, converted to sRGB and bounded in size.

use std::path::Path;

use crate::{Error, ErrorKind, Frame, Result, Size};

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

    // Placeholder until the real reader: no orientation, no colour profiles, no limits.
    /// Reads a picture.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where it cannot be read.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let picture = image::open(path).map_err(|e| {
            Error::new(ErrorKind::InvalidInput, format!("the portrait cannot be read: {e}"))
                .with_path(path)
        })?;
        let rgba = picture.to_rgba8();
        let mut frame = Frame::new(Size { width: rgba.width(), height: rgba.height() });
        frame.pixels_mut().copy_from_slice(&rgba);
        Self::from_frame(frame)
    }

    // Placeholder until the real one.
    /// The portrait with its longer side at most `max_side` pixels.
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where nothing would be left of it.
    pub fn resized(&self, max_side: u32) -> Result<Self> {
        let pixels = crate::shrink::shrink_to_side(&self.pixels, max_side);
        Ok(Self { pixels, source_size: self.source_size })
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
