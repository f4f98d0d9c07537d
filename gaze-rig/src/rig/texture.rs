//! The person as a texture at twice the portrait's resolution.

use wide::{f32x4, i16x8, u8x16};

use super::doubling::doubled;
use crate::frame::{Rect, Size};

/// Steps of a texel to one grey level: overshoot of a quarter still fits twice into 16 bits.
pub(super) const STEPS: f32 = 32.0;
/// Full coverage in texel steps: 255 levels, so that coverage comes out as a byte like the colours.
pub(super) const COVERED: f32 = 255.0 * STEPS;

/// Four numbers a texel, sampled between texels: colour (0 to 255, may overshoot) and coverage (0 to 1).
///
/// Texel (2x, 2y) is the portrait's pixel (x, y) unchanged, the ones between are interpolated. So
/// bilinear sampling keeps most of the portrait's detail at any offset, and all of it at none. Texels
/// are kept in 16-bit fixed point: reading them is what drawing spends its time on.
#[derive(Debug, Clone)]
pub struct Texture {
    origin: [f32; 2],
    /// Texels a picture pixel, and where the picture's pixel (0, 0) lies.
    per_pixel: [f32; 2],
    zero: [f32; 2],
    width: usize,
    last: [f32; 2],
    texels: Vec<i16>,
}

/// Between which texels a sample lies.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// The upper left one.
    texel: u32,
    /// Shares of the way to the next ones, in 1/32768.
    across: i16,
    down: i16,
}

/// A sample of a [`Texture`], in fixed point.
#[derive(Debug, Clone, Copy)]
pub struct Sample(i16x8);

impl Sample {
    /// The four numbers, rounded and clipped to bytes; coverage from 0 to 255.
    #[inline]
    pub fn to_bytes(self) -> [u8; 4] {
        // Half a level, and the mean of what the two truncating multiplications lose.
        let rounded: i16x8 = (self.0 + i16x8::splat(18)) >> 5;
        let [r, g, b, a, ..] = u8x16::narrow_i16x8(rounded, rounded).to_array();
        [r, g, b, a]
    }

    /// Colour in grey levels, and coverage from 0 to 1.
    #[inline]
    pub fn to_floats(self) -> [f32; 4] {
        self.to_lanes().to_array()
    }

    /// [`to_floats`](Self::to_floats) for arithmetic on all four.
    #[inline]
    pub(super) fn to_lanes(self) -> f32x4 {
        let [r, g, b, coverage, ..] = self.0.to_array().map(f32::from);
        f32x4::from([r, g, b, coverage / 255.0]) * f32x4::splat(1.0 / STEPS)
    }

    /// Whether nothing shows through.
    #[inline]
    pub fn is_opaque(self) -> bool {
        self.0.to_array()[3] >= (0.998 * COVERED) as i16
    }
}

impl Texture {
    /// Doubles the part `rect` of a picture of `size`.
    ///
    /// # Panics
    /// Where `pixels` has not `size.area()` entries or `rect` is empty or not inside.
    pub fn from_pixels(size: Size, pixels: &[[f32; 4]], rect: Rect) -> Self {
        let (width, height) = (2 * rect.width as usize, 2 * rect.height as usize);
        Self {
            origin: [rect.x as f32, rect.y as f32],
            per_pixel: [2.0; 2],
            zero: [-2.0 * rect.x as f32, -2.0 * rect.y as f32],
            width,
            last: [(width - 2) as f32, (height - 2) as f32],
            texels: doubled(size, pixels, rect),
        }
    }

    /// The same texture of a picture with so many pixels for each of the portrait's along each axis: points stay those
    /// of the portrait.
    pub(super) fn scaled_by(mut self, scale: [f32; 2]) -> Self {
        self.per_pixel = scale.map(|scale| 2.0 * scale);
        self.zero = std::array::from_fn(|i| 2.0 * (0.5 * scale[i] - 0.5 - self.origin[i]));
        self
    }

    /// Whether a rectangle of portrait pixels has any colour or coverage in it.
    pub(super) fn is_empty(&self, rect: Rect) -> bool {
        let height = self.texels.len() / 4 / self.width;
        let from = |at: u32, origin: f32| (2 * at as usize).saturating_sub(2 * origin as usize);
        let (x, y) = (from(rect.x, self.origin[0]), from(rect.y, self.origin[1]));
        let end_x = (x + 2 * rect.width as usize).min(self.width);
        let end_y = (y + 2 * rect.height as usize).min(height);
        (y..end_y).all(|row| {
            let line = &self.texels[row * self.width * 4..][..self.width * 4];
            line[(x * 4).min(end_x * 4)..end_x * 4].iter().all(|&v| v == 0)
        })
    }

    /// Texture at a point in portrait pixels; the border is repeated outside.
    #[inline]
    pub fn at(&self, x: f32, y: f32) -> Sample {
        self.sample(self.place(x, y))
    }

    /// Finds the texels at points in portrait pixels, many at a time.
    pub(super) fn locate(&self, points: &[[f32; 2]], places: &mut [Place]) {
        for (place, &[x, y]) in places.iter_mut().zip(points) {
            *place = self.place(x, y);
        }
    }

    #[inline]
    fn place(&self, x: f32, y: f32) -> Place {
        let tx = (x * self.per_pixel[0] + self.zero[0]).clamp(0.0, self.last[0]);
        let ty = (y * self.per_pixel[1] + self.zero[1]).clamp(0.0, self.last[1]);
        let (col, row) = (tx as i32, ty as i32);
        // Fractions of 2^15.
        let fraction = |part: f32| (part * 32767.0) as i32 as i16;
        Place {
            texel: row as u32 * self.width as u32 + col as u32,
            across: fraction(tx - col as f32),
            down: fraction(ty - row as f32),
        }
    }

    /// The texture at a place.
    #[inline]
    pub(super) fn sample(&self, place: Place) -> Sample {
        let at = place.texel as usize * 4;
        let pair = |at: usize| -> i16x8 {
            let eight: [i16; 8] = self.texels[at..at + 8].try_into().expect("eight numbers");
            i16x8::from(eight)
        };
        let (top, bottom) = (pair(at), pair(at + self.width * 4));
        // The multiplication keeps the high half, hence the doubling.
        let down = (bottom - top).mul_keep_high(i16x8::splat(place.down));
        let left = top + down + down;
        let [_, _, _, _, r, g, b, a] = left.to_array();
        let right = i16x8::from([r, g, b, a, 0, 0, 0, 0]);
        let across = (right - left).mul_keep_high(i16x8::splat(place.across));
        Sample(left + across + across)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_pixels_come_back_exactly() {
        let size = Size { width: 9, height: 7 };
        let pixels: Vec<[f32; 4]> = (0..size.area())
            .map(|i| [(i * 37 % 256) as f32, (i * 11 % 256) as f32, 3.0, 1.0])
            .collect();
        let rect = Rect { x: 2, y: 1, width: 5, height: 6 };
        let texture = Texture::from_pixels(size, &pixels, rect);
        for y in 1..7u32 {
            for x in 2..7u32 {
                let expected = pixels[(y * size.width + x) as usize];
                assert_eq!(texture.at(x as f32, y as f32).to_floats(), expected);
            }
        }
    }

    #[test]
    fn between_pixels_a_ramp_stays_a_ramp() {
        let size = Size { width: 32, height: 32 };
        let pixels: Vec<[f32; 4]> = (0..size.area())
            .map(|i| [(i % 32 * 5) as f32, (i / 32 * 7) as f32, 100.0, 1.0])
            .collect();
        let texture = Texture::from_pixels(size, &pixels, Rect::covering(size));
        for i in 0..200 {
            let (x, y) = (4.0 + 0.113 * i as f32, 5.0 + 0.097 * i as f32);
            let [r, g, b, coverage] = texture.at(x, y).to_floats();
            assert!((r - 5.0 * x).abs() < 0.2 && (g - 7.0 * y).abs() < 0.2, "{x},{y}: {r} {g}");
            assert!((b - 100.0).abs() < 0.1 && (coverage - 1.0).abs() < 1e-3);
            assert_eq!(texture.at(x, y).to_bytes()[2..], [100, 255]);
        }
    }
}
