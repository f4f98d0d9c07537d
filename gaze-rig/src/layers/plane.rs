//! One channel of floats.

use crate::frame::{Frame, Size};

/// A picture of one float a pixel, rows top to bottom.
#[derive(Debug, Clone)]
pub struct Plane {
    /// Values a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height` of them.
    pub values: Vec<f32>,
}

impl Plane {
    /// All zero.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, values: vec![0.0; width * height] }
    }

    /// All zero, a value a pixel.
    pub fn of_size(size: Size) -> Self {
        Self::new(size.width as usize, size.height as usize)
    }

    /// Values by column and row.
    pub fn from_fn(
        width: usize,
        height: usize,
        mut value: impl FnMut(usize, usize) -> f32,
    ) -> Self {
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            values.extend((0..width).map(|x| value(x, y)));
        }
        Self { width, height, values }
    }

    /// The same shape with every value replaced.
    pub fn map(&self, value: impl Fn(f32) -> f32) -> Self {
        Self { values: self.values.iter().map(|&v| value(v)).collect(), ..*self }
    }

    /// Two planes of one shape, combined.
    pub fn zip(&self, other: &Plane, value: impl Fn(f32, f32) -> f32) -> Self {
        let values = self.values.iter().zip(&other.values).map(|(&a, &b)| value(a, b)).collect();
        Self { values, ..*self }
    }

    /// Bilinear sample, the border repeated outside.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let x = x.clamp(0.0, (self.width - 1) as f32);
        let y = y.clamp(0.0, (self.height - 1) as f32);
        let (col, row) = (x as usize, y as usize);
        let (right, below) = ((col + 1).min(self.width - 1), (row + 1).min(self.height - 1));
        let (fx, fy) = (x - col as f32, y - row as f32);
        let line = |row: usize| {
            let (a, b) =
                (self.values[row * self.width + col], self.values[row * self.width + right]);
            a + (b - a) * fx
        };
        let (upper, lower) = (line(row), line(below));
        upper + (lower - upper) * fy
    }
}

/// The portrait's channels, 0 to 255.
pub fn channels(portrait: &Frame) -> [Plane; 3] {
    let mut planes = std::array::from_fn(|_| Plane::of_size(portrait.size()));
    let [red, green, blue] = planes.each_mut().map(|plane: &mut Plane| plane.values.iter_mut());
    let pixels = portrait.pixels().as_chunks::<4>().0.iter();
    for (((pixel, red), green), blue) in pixels.zip(red).zip(green).zip(blue) {
        [*red, *green, *blue] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
    }
    planes
}
