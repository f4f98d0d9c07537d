//! Pixels of one frame.

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
