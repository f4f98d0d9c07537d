//! Affine warps of 8-bit pictures, bit for bit as OpenCV 4.10 does them.
//!
//! Coordinates count pixels, with the centres of pixels at whole numbers. Where a target pixel comes
//! from is rounded to 1/32 of a pixel.

use gaze_rig::{Frame, Rect, Size};

use crate::math::texture::{STEP_BITS, Texture};

/// Further bits while the parts of a position are added up.
const EXTRA_BITS: u32 = 5;
/// A position in that finer unit.
const UNITS: f64 = (1 << (STEP_BITS + EXTRA_BITS)) as f64;
/// Half a million pixels, where no picture reaches; two of them can be added.
const FARTHEST: f64 = (1 << 29) as f64;

/// An affine map of the plane: `[[a, b, c], [d, e, f]]` takes (x, y) to (ax + by + c, dx + ey + f).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Affine(pub(crate) [[f64; 3]; 2]);

impl Affine {
    /// From pixels of a picture of size `from` to pixels of the same picture resized to `to`.
    pub(crate) fn resizing(from: Size, to: Size) -> Self {
        let [x, y] = [(from.width, to.width), (from.height, to.height)]
            .map(|(from, to)| f64::from(to) / f64::from(from));
        // Pixels are resized by their edges, half a pixel before their centres.
        Self([[x, 0.0, (x - 1.0) / 2.0], [0.0, y, (y - 1.0) / 2.0]])
    }

    /// The map back; all zero where there is none. In OpenCV's order of operations.
    pub(crate) fn inverse(&self) -> Self {
        let [[a, b, c], [d, e, f]] = self.0;
        let determinant = self.determinant();
        let share = if determinant == 0.0 { 0.0 } else { 1.0 / determinant };
        let [[a, b], [d, e]] = [[e * share, b * -share], [d * -share, a * share]];
        Self([[a, b, -a * c - b * f], [d, e, -d * c - e * f]])
    }

    /// This map after `first`.
    pub(crate) fn after(&self, first: &Self) -> Self {
        let [right, down, origin] = [0, 1, 2].map(|i| [first.0[0][i], first.0[1][i]]);
        Self(self.0.map(|[a, b, c]| {
            let linear = |[x, y]: [f64; 2]| a * x + b * y;
            [linear(right), linear(down), linear(origin) + c]
        }))
    }

    /// Where a point goes.
    pub(crate) fn apply(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        self.0.map(|[a, b, c]| a * x + b * y + c)
    }

    /// The area that a unit of area becomes; negative where the map mirrors.
    pub(crate) fn determinant(&self) -> f64 {
        let [[a, b, _], [d, e, _]] = self.0;
        a * e - b * d
    }

    /// The same map as far as single precision tells it.
    pub(crate) fn to_single_precision(self) -> Self {
        Self(self.0.map(|row| row.map(|value| f64::from(value as f32))))
    }
}

/// Where the pixels of a rectangle of the target come from.
///
/// A position is the sum of what its row and its column say, so that nothing is multiplied for a
/// pixel.
#[derive(Debug, Clone)]
pub(crate) struct Origins {
    columns: Vec<[i32; 2]>,
    rows: Vec<[i32; 2]>,
}

impl Origins {
    /// For the pixels of `target`, under a map from the source to the target.
    pub(crate) fn new(to_target: &Affine, target: Rect) -> Self {
        let from_target = to_target.inverse().0;
        let units =
            |value: f64| (value * UNITS).round_ties_even().clamp(-FARTHEST, FARTHEST) as i32;
        let columns = (target.x..target.x + target.width)
            .map(|x| from_target.map(|[a, _, _]| units(a * f64::from(x))))
            .collect();
        // Half a step, so that dropping the extra bits rounds.
        let half = 1 << (EXTRA_BITS - 1);
        let rows = (target.y..target.y + target.height)
            .map(|y| from_target.map(|[_, b, c]| units(b * f64::from(y) + c) + half))
            .collect();
        Self { columns, rows }
    }

    /// Row by row from the top, the positions from left to right, for [`Texture::sample`].
    pub(crate) fn rows(&self) -> impl Iterator<Item = impl Iterator<Item = [i32; 2]>> {
        self.rows.iter().map(|&[x, y]| {
            let position = move |column: &[i32; 2]| {
                [(x + column[0]) >> EXTRA_BITS, (y + column[1]) >> EXTRA_BITS]
            };
            self.columns.iter().map(position)
        })
    }
}

/// The part `target` of a picture moved by `to_target`: RGB, rows without padding.
pub(crate) fn warp(picture: &Texture, to_target: &Affine, target: Rect) -> Vec<u8> {
    let size = Size { width: target.width, height: target.height };
    let mut warped = Vec::with_capacity(size.area() * 3);
    for row in Origins::new(to_target, target).rows() {
        for position in row {
            warped.extend_from_slice(&picture.sample(position));
        }
    }
    warped
}

/// A picture without alpha.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rgb {
    /// Width and height.
    pub(crate) size: Size,
    /// `width * height * 3` bytes, rows top to bottom.
    pub(crate) pixels: Vec<u8>,
}

impl Rgb {
    /// The colours of a frame, whatever its alpha.
    pub(crate) fn from_frame(frame: &Frame) -> Self {
        let pixels = frame.pixels().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        Self { size: frame.size(), pixels }
    }

    /// To take samples of.
    pub(crate) fn texture(&self) -> Texture {
        Texture::new(self.size, self.pixels.as_chunks().0.iter().copied())
    }

    /// Means of 2 x 2 pixels, halves rounded up. An odd last row or column is left out.
    pub(crate) fn halved(&self) -> Self {
        let size = Size { width: self.size.width / 2, height: self.size.height / 2 };
        let stride = self.size.width as usize * 3;
        let mut pixels = Vec::with_capacity(size.area() * 3);
        for y in 0..size.height as usize {
            let (upper, lower) = self.pixels[2 * y * stride..][..2 * stride].split_at(stride);
            for (upper, lower) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
                pixels.extend([0, 1, 2].map(|c| {
                    let sum = [upper[c], upper[c + 3], lower[c], lower[c + 3]].map(u16::from);
                    ((sum.iter().sum::<u16>() + 2) >> 2) as u8
                }));
            }
        }
        Self { size, pixels }
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::math::golden::largest_difference;
    use gaze_face::Portrait;

    fn astronaut() -> Rgb {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png");
        Rgb::from_frame(Portrait::open(path).unwrap().frame())
    }

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn pixels_are_those_of_opencv() {
        // cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR), OpenCV 4.10.0.
        let cases = [
            (
                [[0.81, -0.37, 120.25], [0.42, 0.77, -60.5]],
                size(400, 300),
                "09bc0d8a2f4513273de0b1550e75ee27c7609e753b95d9627c09d1d3b5f4a616",
            ),
            (
                [[2.6, 0.9, -1500.7], [-0.8, 2.4, -90.3]],
                size(320, 512),
                "10cd9548dc673f9165dd2508b5f18363ba6e4bcb43a1578b26b414da5fef7941",
            ),
            (
                [[-0.31, 0.04, 300.1], [0.02, 0.29, 11.9]],
                size(333, 257),
                "c5bdc979f5fa3ee55667c2afed31f3a4f33db6b62ad32c50cfd8db4a8ffe01b0",
            ),
            (
                [[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]],
                size(512, 512),
                "cd43da897b98d780cb2a5e4291c0ed20cb2bca91959b73b7629d1274ea754242",
            ),
        ];
        let picture = astronaut();
        for (matrix, size, digest) in cases {
            let warped = warp(&picture.texture(), &Affine(matrix), Rect::covering(size));
            assert_eq!(format!("{:x}", Sha256::digest(warped)), digest, "{matrix:?}");
        }
    }

    #[test]
    fn a_part_has_the_pixels_of_the_whole() {
        let (picture, map) = (astronaut(), Affine([[0.81, -0.37, 120.25], [0.42, 0.77, -60.5]]));
        let whole = warp(&picture.texture(), &map, Rect::covering(size(400, 300)));
        let part = Rect { x: 310, y: 7, width: 55, height: 80 };
        let lines = whole.chunks_exact(400 * 3).skip(7).take(80);
        let expected: Vec<u8> = lines.flat_map(|line| &line[310 * 3..365 * 3]).copied().collect();
        assert!(warp(&picture.texture(), &map, part) == expected);
    }

    #[test]
    fn maps_go_there_and_back() {
        let map = Affine([[2.6, 0.9, -1500.7], [-0.8, 2.4, -90.3]]);
        let both = map.inverse().after(&map);
        assert!(largest_difference(both.0.as_flattened(), &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]) < 1e-9);
        let point = [31.0, -7.5];
        assert!(largest_difference(&map.inverse().apply(map.apply(point)), &point) < 1e-9);
        assert_eq!(Affine([[1.0, 2.0, 3.0], [2.0, 4.0, 9.0]]).inverse().determinant(), 0.0);
    }

    #[test]
    fn resizing_keeps_the_edges() {
        let map = Affine::resizing(size(100, 60), size(50, 180));
        assert_eq!(map.apply([-0.5, -0.5]), [-0.5, -0.5]);
        assert_eq!(map.apply([99.5, 59.5]), [49.5, 179.5]);
        let same = Affine([[0.81, -0.37, 120.25], [0.42, 0.77, -60.5]]);
        assert_eq!(Affine::resizing(size(640, 480), size(640, 480)).after(&same), same);
    }

    #[test]
    fn halves_are_rounded_means() {
        let pixels = [[0, 255, 1], [1, 255, 1], [9, 9, 9], [0, 255, 1], [1, 255, 2], [9, 9, 9]];
        let picture = Rgb { size: size(3, 2), pixels: pixels.as_flattened().to_vec() };
        // 2/4, 255, 5/4; the third column has no partner.
        assert_eq!(picture.halved(), Rgb { size: size(1, 1), pixels: vec![1, 255, 1] });
    }

    #[test]
    fn absurd_maps_and_tiny_pictures_are_sampled_without_panic() {
        let target = Rect { x: 60_000, y: 0, width: 20, height: 20 };
        for side in [0, 1, 2] {
            let picture = Texture::new(size(side, side), std::iter::repeat([255; 3]));
            for value in [0.0, 1e-30, -1e30, f64::INFINITY, f64::NAN] {
                let map = Affine([[value, 0.0, -1e9], [1.0, value, -value]]);
                assert_eq!(warp(&picture, &map, target).len(), 1200);
                let map = Affine([[1e-9, value, -1e9], [value, 1e-9, -1e9]]);
                assert_eq!(warp(&picture, &map, target).len(), 1200);
            }
        }
    }
}
