//! Pixels of one frame.

use crate::error::{Error, ErrorKind, Result};

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

impl Size {
    /// Pixels in all.
    pub fn area(self) -> usize {
        self.width as usize * self.height as usize
    }
}

/// A rectangle of whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rect {
    /// Left edge.
    pub x: u32,
    /// Top edge.
    pub y: u32,
    /// Width, may be 0.
    pub width: u32,
    /// Height, may be 0.
    pub height: u32,
}

impl Rect {
    /// The rectangle that covers a picture of `size`.
    pub fn covering(size: Size) -> Self {
        Self { x: 0, y: 0, width: size.width, height: size.height }
    }

    /// Its width and height.
    pub fn size(self) -> Size {
        Size { width: self.width, height: self.height }
    }

    /// Whether it lies within a picture of `size`; an empty one may begin at its edge.
    pub fn is_within(self, size: Size) -> bool {
        let ends_within = |from: u32, length: u32, limit: u32| {
            from.checked_add(length).is_some_and(|end| end <= limit)
        };
        ends_within(self.x, self.width, size.width) && ends_within(self.y, self.height, size.height)
    }
}

/// One rendered frame: 8-bit RGBA, sRGB, straight alpha, rows top to bottom without padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    size: Size,
    pixels: Vec<u8>,
}

impl Frame {
    /// A transparent black frame.
    pub fn new(size: Size) -> Self {
        Self { size, pixels: vec![0; size.area() * 4] }
    }

    /// A frame of these pixels: `width * height * 4` bytes, RGBA. Not copied.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where there are more or fewer.
    pub fn from_pixels(size: Size, pixels: Vec<u8>) -> Result<Self> {
        check_length(size, &pixels)?;
        Ok(Self { size, pixels })
    }

    /// The pixels themselves: `width * height * 4` bytes. Not copied.
    pub fn into_pixels(self) -> Vec<u8> {
        self.pixels
    }

    /// All of it, without copying.
    pub fn view(&self) -> FrameView<'_> {
        FrameView { pixels: &self.pixels, stride: self.size.width as usize * 4, size: self.size }
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// `width * height * 4` bytes.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// `width * height * 4` bytes to write to.
    pub fn pixels_mut(&mut self) -> &mut [u8] {
        &mut self.pixels
    }

    /// The four bytes at (`x`, `y`).
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 4] {
        let at = (y as usize * self.size.width as usize + x as usize) * 4;
        self.pixels[at..at + 4].try_into().expect("four bytes a pixel")
    }
}

/// Pixels that somebody else owns: a part of a [`Frame`], or memory of another program. RGBA as in a frame, rows
/// `stride` bytes apart.
///
/// ```
/// use gaze_rig::{Frame, FrameView, Rect, Size};
///
/// # fn main() -> gaze_rig::Result<()> {
/// let pixels: Vec<u8> = (0..4 * 3 * 4).collect();
/// let whole = FrameView::from_pixels(Size { width: 4, height: 3 }, &pixels)?;
/// let part = whole.part(Rect { x: 1, y: 1, width: 2, height: 2 })?;
/// assert_eq!(part.rows().next(), Some(&pixels[20..28]));
/// let copy: Frame = part.to_frame();
/// assert_eq!(copy.pixel(0, 1), [36, 37, 38, 39]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FrameView<'a> {
    /// From the first pixel on.
    pixels: &'a [u8],
    /// Bytes from one row to the next.
    stride: usize,
    size: Size,
}

impl<'a> FrameView<'a> {
    /// Pixels without padding: `width * height * 4` bytes.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`] where there are more or fewer.
    pub fn from_pixels(size: Size, pixels: &'a [u8]) -> Result<Self> {
        check_length(size, pixels)?;
        Ok(Self { pixels, stride: size.width as usize * 4, size })
    }

    /// Width and height.
    pub fn size(&self) -> Size {
        self.size
    }

    /// A rectangle of it.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] where the rectangle is not inside.
    pub fn part(&self, rect: Rect) -> Result<FrameView<'a>> {
        let Rect { x, y, width, height } = rect;
        if !rect.is_within(self.size) {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!("{rect:?} is not inside of {:?}: use a smaller part", self.size),
            ));
        }
        // An empty rectangle may begin behind the last pixel.
        let from = (y as usize * self.stride + x as usize * 4).min(self.pixels.len());
        Ok(Self { pixels: &self.pixels[from..], stride: self.stride, size: Size { width, height } })
    }

    /// Its rows from top to bottom, `width * 4` bytes each.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &'a [u8]> + use<'a> {
        let (pixels, stride, length) = (self.pixels, self.stride, self.size.width as usize * 4);
        (0..self.size.height as usize).map(move |row| &pixels[row * stride..][..length])
    }

    /// A frame of its own.
    pub fn to_frame(&self) -> Frame {
        let mut pixels = Vec::with_capacity(self.size.area() * 4);
        self.rows().for_each(|row| pixels.extend_from_slice(row));
        Frame { size: self.size, pixels }
    }
}

fn check_length(size: Size, pixels: &[u8]) -> Result<()> {
    let Size { width, height } = size;
    let expected = u64::from(width) * u64::from(height) * 4;
    if pixels.len() as u64 == expected {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidInput,
        format!(
            "{} bytes for {width} x {height} pixels: give {expected}, RGBA without padding",
            pixels.len()
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_take_and_give_their_pixels_without_copying() {
        let size = Size { width: 3, height: 2 };
        let pixels = vec![7; 24];
        let address = pixels.as_ptr();
        let frame = Frame::from_pixels(size, pixels).unwrap();
        assert_eq!(frame.view().rows().len(), 2);
        let pixels = frame.into_pixels();
        assert_eq!(pixels.as_ptr(), address);
        for wrong in [0, 23, 25] {
            assert_eq!(
                Frame::from_pixels(size, vec![0; wrong]).unwrap_err().kind(),
                ErrorKind::InvalidInput
            );
        }
    }

    #[test]
    fn parts_outside_are_refused() {
        let frame = Frame::new(Size { width: 3, height: 2 });
        let part = |x, y, width, height| frame.view().part(Rect { x, y, width, height });
        assert_eq!(part(3, 2, 0, 0).unwrap().rows().len(), 0);
        assert_eq!(part(1, 1, 2, 1).unwrap().to_frame().size(), Size { width: 2, height: 1 });
        assert!(part(2, 0, 2, 1).is_err() && part(u32::MAX, 0, 2, 1).is_err());
    }
}
