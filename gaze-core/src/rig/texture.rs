//! The person as a texture at twice the portrait's resolution.

use wide::f32x4;

use crate::{Rect, Size};

/// Lanczos-3 weights half-way between two samples: outermost first, mirrored.
const HALF_WAY: [f32; 3] = [0.024_456_5, -0.135_869_6, 0.611_413_1];

/// Four floats a texel, sampled between texels: colour (0 to 255, may overshoot) and coverage (0 to 1).
///
/// Texel (2x, 2y) is the portrait's pixel (x, y) unchanged, the ones between are interpolated. So
/// bilinear sampling keeps most of the portrait's detail at any offset, and all of it at none.
#[derive(Debug, Clone)]
pub struct Texture {
    origin: [f32; 2],
    width: usize,
    height: usize,
    texels: Vec<[f32; 4]>,
}

impl Texture {
    /// Doubles the part `rect` of a picture of `size`.
    ///
    /// # Panics
    /// Where `pixels` has not `size.area()` entries or `rect` is empty or not inside.
    pub fn from_pixels(size: Size, pixels: &[[f32; 4]], rect: Rect) -> Self {
        assert_eq!(pixels.len(), size.area());
        let (w, h) = (rect.width as usize, rect.height as usize);
        let (width, height) = (2 * w, 2 * h);
        let mut texels = vec![[0.0; 4]; width * height];
        let last = (size.width as i64 - 1, size.height as i64 - 1);
        for y in 0..h {
            let line =
                &pixels[(rect.y as usize + y) * size.width as usize..][..size.width as usize];
            for x in 0..w {
                let center = rect.x as i64 + x as i64;
                let tap = |step: i64| line[(center + step).clamp(0, last.0) as usize];
                texels[2 * y * width + 2 * x] = line[center as usize];
                texels[2 * y * width + 2 * x + 1] =
                    half_way([tap(-2), tap(-1), tap(0), tap(1), tap(2), tap(3)]);
            }
        }
        for y in 0..h {
            for x in 0..width {
                let tap = |step: i64| {
                    let line = (y as i64 + step).clamp(0, h as i64 - 1) as usize;
                    texels[2 * line * width + x]
                };
                texels[(2 * y + 1) * width + x] =
                    half_way([tap(-2), tap(-1), tap(0), tap(1), tap(2), tap(3)]);
            }
        }
        Self { origin: [rect.x as f32, rect.y as f32], width, height, texels }
    }

    /// Texture at a point in portrait pixels; the border is repeated outside.
    #[inline]
    pub fn at(&self, x: f32, y: f32) -> f32x4 {
        let tx = ((x - self.origin[0]) * 2.0).clamp(0.0, (self.width - 2) as f32);
        let ty = ((y - self.origin[1]) * 2.0).clamp(0.0, (self.height - 2) as f32);
        let (col, row) = (tx as i32 as usize, ty as i32 as usize);
        let (fx, fy) = (f32x4::splat(tx - col as f32), f32x4::splat(ty - row as f32));
        let top = &self.texels[row * self.width + col..][..2];
        let bottom = &self.texels[(row + 1) * self.width + col..][..2];
        let (a, b) = (f32x4::from(top[0]), f32x4::from(top[1]));
        let (c, d) = (f32x4::from(bottom[0]), f32x4::from(bottom[1]));
        let upper = a + (b - a) * fx;
        let lower = c + (d - c) * fx;
        upper + (lower - upper) * fy
    }
}

fn half_way(taps: [[f32; 4]; 6]) -> [f32; 4] {
    std::array::from_fn(|c| {
        HALF_WAY[0] * (taps[0][c] + taps[5][c])
            + HALF_WAY[1] * (taps[1][c] + taps[4][c])
            + HALF_WAY[2] * (taps[2][c] + taps[3][c])
    })
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
                assert_eq!(texture.at(x as f32, y as f32).to_array(), expected);
            }
        }
    }

    #[test]
    fn half_way_weights_keep_constants() {
        let sum: f32 = 2.0 * HALF_WAY.iter().sum::<f32>();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
    }
}
