//! Pictures to take samples of.

use gaze_rig::Size;

/// Fractions of a pixel that positions are kept in.
const STEPS: i32 = 1 << STEP_BITS;
/// Bits of those fractions: OpenCV's.
pub(crate) const STEP_BITS: u32 = 5;
/// Bits between the colours of a texel: room for a byte times [`STEPS`] squared, rounded.
const LANE_BITS: u32 = 21;

/// An 8-bit picture without alpha; black lies around it.
///
/// Red, green and blue of a texel stand in one word, far enough apart for weighted sums of them: so the
/// three are computed at once, and exactly.
#[derive(Debug, Clone)]
pub(crate) struct Texture {
    size: Size,
    /// Rows of `width + 2` texels, one more above and below: the picture within a border of zeros.
    texels: Vec<u64>,
}

impl Texture {
    /// From `size.area()` colours, rows top to bottom.
    pub(crate) fn new(size: Size, colors: impl IntoIterator<Item = [u8; 3]>) -> Self {
        let mut texture = Self::black(size);
        let mut colors = colors.into_iter();
        for row in texture.rows_mut() {
            for (texel, color) in row.iter_mut().zip(&mut colors) {
                *texel = in_lanes(color.map(u64::from));
            }
        }
        texture
    }

    fn black(size: Size) -> Self {
        Self { size, texels: vec![0; (size.width as usize + 2) * (size.height as usize + 2)] }
    }

    /// Texels of a row and their border.
    fn stride(&self) -> usize {
        self.size.width as usize + 2
    }

    /// The rows without the border.
    fn rows_mut(&mut self) -> impl Iterator<Item = &mut [u64]> {
        let (stride, height) = (self.stride(), self.size.height as usize);
        let rows = self.texels.chunks_exact_mut(stride).skip(1).take(height);
        rows.map(move |row| &mut row[1..stride - 1])
    }

    /// The colour at (`x`, `y`), in [`STEPS`] of a pixel: bilinear, rounded.
    #[inline]
    pub(crate) fn sample(&self, [x, y]: [i32; 2]) -> [u8; 3] {
        // In texels, whose border comes before the first pixel. Negative ones become huge.
        let (left, top) = (((x >> STEP_BITS) + 1) as u32, ((y >> STEP_BITS) + 1) as u32);
        if left > self.size.width || top > self.size.height {
            return [0; 3];
        }
        let at = top as usize * self.stride() + left as usize;
        let [right, below] = [x, y].map(|v| (v & (STEPS - 1)) as u64);
        let sum = rounded(self.between(at, right, below), 2 * STEP_BITS);
        [sum as u8, (sum >> LANE_BITS) as u8, (sum >> (2 * LANE_BITS)) as u8]
    }

    /// The colour at a place, with [`LEVEL_BITS`] of fractions of a grey level.
    ///
    /// # Panics
    /// Where the place is one of a larger picture.
    #[inline]
    pub(crate) fn at(&self, Place(place): Place) -> [i16; 3] {
        const DROPPED: u32 = 2 * STEP_BITS - LEVEL_BITS;
        let (right, below) = (place & (STEPS as u32 - 1), place >> STEP_BITS & (STEPS as u32 - 1));
        let sum = self.between((place >> (2 * STEP_BITS)) as usize, right.into(), below.into());
        // The lanes' last bits do not matter: sixteenths of a grey level are told apart.
        [0, 1, 2].map(|lane| (sum >> (lane * LANE_BITS + DROPPED)) as i16)
    }

    /// Between a texel, counted with the border, and the next ones, times [`STEPS`] squared.
    #[inline]
    fn between(&self, at: usize, right: u64, below: u64) -> u64 {
        let stride = self.stride();
        let texels = &self.texels[at..at + stride + 2];
        let upper = toward(texels[0], texels[1], right);
        let lower = toward(texels[stride], texels[stride + 1], right);
        toward(upper, lower, below)
    }
}

/// Bits of fractions of a grey level that [`Texture::at`] gives.
pub(crate) const LEVEL_BITS: u32 = 6;

/// Where a sample lies in a picture of some size: a texel, and the fractions down and to the right, from the last bit on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place(u32);

impl Place {
    /// For the colour at (`x`, `y`), in [`STEPS`] of a pixel; of a position outside of the picture, the closest one inside. The
    /// picture has at least a pixel and at most two thousand a side.
    pub(crate) fn within(size: Size, [x, y]: [i32; 2]) -> Self {
        let within = |v: i32, side: u32| v.clamp(0, (side as i32 - 1) << STEP_BITS) as u32;
        let [x, y] = [within(x, size.width), within(y, size.height)];
        let texel = ((y >> STEP_BITS) + 1) * (size.width + 2) + (x >> STEP_BITS) + 1;
        let fraction = |v: u32| v & (STEPS as u32 - 1);
        Self(texel << (2 * STEP_BITS) | fraction(y) << STEP_BITS | fraction(x))
    }
}

/// Three numbers in one word.
const fn in_lanes([r, g, b]: [u64; 3]) -> u64 {
    r | g << LANE_BITS | b << (2 * LANE_BITS)
}

/// A sum in lanes without its last `bits`, half a grey level up. What is above a byte in each lane of the
/// result belongs to the next.
#[inline]
fn rounded(sum: u64, bits: u32) -> u64 {
    (sum + in_lanes([1 << (bits - 1); 3])) >> bits
}

/// So many of [`STEPS`] from one texel or sum to another, times [`STEPS`].
///
/// The difference may be negative in a lane and borrow from the next; what comes out never is.
#[inline]
fn toward(from: u64, to: u64, steps: u64) -> u64 {
    (from << STEP_BITS).wrapping_add(to.wrapping_sub(from).wrapping_mul(steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn samples_are_bilinear_and_black_lies_around() {
        let texture =
            Texture::new(size(2, 2), [[0, 255, 10], [64, 255, 20], [0, 255, 30], [64, 255, 40]]);
        assert_eq!(texture.sample([0, 0]), [0, 255, 10]);
        assert_eq!(texture.sample([32, 32]), [64, 255, 40]);
        assert_eq!(texture.sample([16, 16]), [32, 255, 25]);
        // A quarter and three: 64 / 4, and 10 + 10 / 4 + 20 * 3 / 4 = 27.5, rounded up.
        assert_eq!(texture.sample([8, 24]), [16, 255, 28]);
        assert_eq!(texture.sample([-16, 0]), [0, 128, 5]);
        assert_eq!(texture.sample([48, 48]), [16, 64, 10]);
        for outside in [[-32, 0], [64, 0], [0, 64], [i32::MIN, 5], [i32::MAX, i32::MAX]] {
            assert_eq!(texture.sample(outside), [0; 3], "{outside:?}");
        }
    }

    #[test]
    fn colours_do_not_reach_into_each_other() {
        // The largest differences there are, both ways, at every fraction.
        for colors in [[[255, 0, 255], [0, 255, 0]], [[0, 255, 0], [255, 0, 255]]] {
            let texture = Texture::new(size(2, 2), [colors[0], colors[1], colors[1], colors[0]]);
            for (x, y) in (0..32).flat_map(|y| (0..32).map(move |x| (x, y))) {
                let other = (x * (32 - y) + y * (32 - x)) as u32;
                let expected: [u8; 3] = std::array::from_fn(|i| {
                    let [a, b] = colors.map(|color| u32::from(color[i]));
                    ((a * (1024 - other) + b * other + 512) / 1024) as u8
                });
                assert_eq!(texture.sample([x, y]), expected);
            }
        }
    }

    #[test]
    fn outside_lies_the_closest_pixel_where_that_is_asked_for() {
        let colors = [[9, 255, 0], [41, 0, 255], [73, 64, 1], [105, 3, 200]];
        let texture = Texture::new(size(2, 2), colors);
        let at = |position| {
            let color = texture.at(Place::within(size(2, 2), position));
            color.map(|v| ((v + (1 << (LEVEL_BITS - 1))) >> LEVEL_BITS) as u8)
        };
        for (position, expected) in
            [([-500, -1], 0), ([i32::MAX, i32::MIN], 1), ([0, 33], 2), ([32, i32::MAX], 3)]
        {
            assert_eq!(at(position), colors[expected]);
        }
        // Inside there is no difference.
        for (x, y) in (0..=32).flat_map(|y| (0..=32).map(move |x| (x, y))) {
            assert_eq!(at([x, y]), texture.sample([x, y]));
        }
    }
}
