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
        let (right, below) = ((x & (STEPS - 1)) as u64, (y & (STEPS - 1)) as u64);
        let at = top as usize * self.stride() + left as usize;
        let (upper, lower) = (&self.texels[at..at + 2], &self.texels[at + self.stride()..][..2]);
        let upper = toward(upper[0], upper[1], right);
        let lower = toward(lower[0], lower[1], right);
        let sum = toward(upper, lower, below);
        let sum = rounded(sum, 2 * STEP_BITS);
        [sum as u8, (sum >> LANE_BITS) as u8, (sum >> (2 * LANE_BITS)) as u8]
    }

    /// A smaller copy: each of its texels is the mean of what it covers.
    pub(crate) fn shrunk(&self, size: Size) -> Self {
        /// Bits of the weights. Together with a byte they fit in a lane.
        const ACROSS_BITS: u32 = 7;
        const DOWN_BITS: u32 = 6;

        let columns = covers(self.size.width, size.width, ACROSS_BITS);
        let rows = covers(self.size.height, size.height, DOWN_BITS);
        let stride = self.stride();
        let mut sums = vec![0; stride];
        let mut shrunk = Self::black(size);
        for (out, cover) in shrunk.rows_mut().zip(rows) {
            sums.fill(0);
            let lines = self.texels[(cover.first + 1) * stride..].chunks_exact(stride);
            for (line, weight) in lines.zip(&cover.weights) {
                sums.iter_mut().zip(line).for_each(|(sum, texel)| *sum += texel * weight);
            }
            for (out, cover) in out.iter_mut().zip(&columns) {
                let sums = sums[cover.first + 1..].iter().zip(&cover.weights);
                let sum = sums.map(|(sum, weight)| sum * weight).sum();
                *out = rounded(sum, ACROSS_BITS + DOWN_BITS) & in_lanes([0xff; 3]);
            }
        }
        shrunk
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

/// The texels of a row or column that one of a smaller copy covers.
struct Cover {
    first: usize,
    /// Add up to the same for each.
    weights: Vec<u64>,
}

/// The covers of `to` texels out of `from`, with weights that add up to 2 to the power of `bits`.
fn covers(from: u32, to: u32, bits: u32) -> Vec<Cover> {
    let (length, total) = (f64::from(from) / f64::from(to), f64::from(1 << bits));
    (0..to)
        .map(|i| {
            let (start, end) = (f64::from(i) * length, f64::from(i + 1) * length);
            let (first, last) = (start as usize, (end.ceil() as usize).min(from as usize));
            // Differences of rounded sums, so that nothing is lost.
            let before = |x: usize| {
                let covered = (x as f64).clamp(start, end) - start;
                (covered / length * total).round() as u64
            };
            let weights = (first..last).map(|x| before(x + 1) - before(x)).collect();
            Cover { first, weights }
        })
        .collect()
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
    fn shrinking_averages_what_is_covered() {
        let columns = [[0, 0, 255], [90, 0, 255], [255, 255, 255]];
        let texture = Texture::new(size(3, 2), columns.into_iter().chain(columns));
        let half = texture.shrunk(size(2, 1));
        // A column and a half each: two thirds are 85 of 128 weights, and so 169.3 of 255.
        assert_eq!(half.sample([0, 0]), [30, 0, 255]);
        assert_eq!(half.sample([32, 0]), [200, 169, 255]);
        assert_eq!(texture.shrunk(size(3, 2)).texels, texture.texels);
    }

    #[test]
    fn even_colours_stay_at_any_size() {
        let texture = Texture::new(size(512, 512), std::iter::repeat([255, 0, 137]));
        for side in [511, 360, 257, 94, 7, 1] {
            let small = texture.shrunk(size(side, side));
            assert!((0..side as i32).all(|i| small.sample([32 * i, 32 * i]) == [255, 0, 137]));
        }
    }

    #[test]
    fn covers_add_up() {
        for to in 1..=512 {
            for cover in covers(512, to, 7) {
                assert_eq!(cover.weights.iter().sum::<u64>(), 128);
                assert!(cover.first + cover.weights.len() <= 512);
            }
        }
    }
}
