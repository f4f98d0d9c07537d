//! Resizing 8-bit pictures, bit for bit as OpenCV's `resize` does with `INTER_LINEAR`: between the two closest pixels along
//! each axis and no more, so that detail is lost or aliases where a picture gets much smaller.

use gaze_rig::{Frame, Size};

/// Bits of the weights of two neighbours.
const WEIGHT_BITS: u32 = 11;

/// Two neighbours along one axis, and their weights, which add up to 2 to the power of [`WEIGHT_BITS`], or one more or less.
struct Pair {
    at: [usize; 2],
    weights: [i32; 2],
}

/// The neighbours of each of `to` pixels among `from`.
fn pairs(from: u32, to: u32, is_row: bool) -> Vec<Pair> {
    let step = 1.0 / (f64::from(to) / f64::from(from));
    let last = i64::from(from) - 1;
    let pair = |i: u32| {
        let center = ((f64::from(i) + 0.5) * step - 0.5) as f32;
        let first = center.floor();
        let (index, mut share) = (first as i64, center - first);
        // Beyond the outermost columns weights say that there is one pixel, beyond the outermost rows that it stands twice.
        if !is_row && (index < 0 || index >= last) {
            share = 0.0;
        }
        let weight = |share: f32| (share * (1 << WEIGHT_BITS) as f32).round_ties_even() as i32;
        let within = |index: i64| index.clamp(0, last) as usize;
        Pair {
            at: [within(index), within(index + 1)],
            weights: [weight(1.0 - share), weight(share)],
        }
    };
    (0..to).map(pair).collect()
}

/// `picture` in another size; red, green, blue and alpha each by itself.
pub(crate) fn resize_linear(picture: &Frame, size: Size) -> Frame {
    let from = picture.size();
    let columns = pairs(from.width, size.width, false);
    let stride = from.width as usize * 4;
    let narrowed = |y: usize| {
        let line = picture.pixels()[y * stride..][..stride].as_chunks::<4>().0;
        columns.iter().flat_map(move |Pair { at: [a, b], weights: [v, w] }| {
            let (a, b) = (line[*a], line[*b]);
            [0, 1, 2, 3].map(|i| i32::from(a[i]) * v + i32::from(b[i]) * w)
        })
    };
    let mut resized = Frame::new(size);
    let width = size.width as usize * 4;
    let mut lines = [(usize::MAX, vec![0; width]), (usize::MAX, vec![0; width])];
    let rows = pairs(from.height, size.height, true);
    for (out, Pair { at, weights: [v, w] }) in
        resized.pixels_mut().chunks_exact_mut(width).zip(rows)
    {
        if at[0] == lines[1].0 {
            lines.swap(0, 1);
        }
        for (line, y) in lines.iter_mut().zip(at) {
            if line.0 != y {
                line.0 = y;
                line.1.iter_mut().zip(narrowed(y)).for_each(|(out, sum)| *out = sum);
            }
        }
        let [(_, upper), (_, lower)] = &lines;
        for (out, (a, b)) in out.iter_mut().zip(upper.iter().zip(lower)) {
            let share = |sum: i32, weight: i32| (weight * (sum >> 4)) >> 16;
            *out = ((share(*a, v) + share(*b, w) + 2) >> 2) as u8;
        }
    }
    resized
}

#[cfg(test)]
mod tests {
    use gaze_face::Portrait;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::math::affine::Rgb;

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    // All numbers here: cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR), OpenCV 4.10.0; 5.0.0 gives the
    // same.

    #[test]
    fn pixels_are_those_of_opencv() {
        let cases = [
            (size(300, 200), "4d40a5df865046b5d055466ba54c80bd9e939ce8e9c2a4b00fc54d201073819b"),
            (size(256, 256), "04dfc661f6b4ea61d6f5fd16fbf5a22a46e7bb1917b03df287a6d283152ab954"),
            (size(511, 409), "badedb3a16f8e6373719f1291e4caaa8e9e2239e3253b192ca354043c89ce51d"),
            (size(128, 77), "06ba035373081349b500a06f674041807550d441825c7deebfaf20bb26969753"),
            (size(37, 500), "f62108d24d5078b5eb1fb21a3eafc9ae39bb5feb5d8d38334773ebddda1c279d"),
            (size(700, 900), "f1a6b8511fa3e7cc1d2a98d4f298ee80596f8d63363377668c69279e2be5761f"),
        ];
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png");
        let picture = Portrait::open(path).unwrap();
        for (size, digest) in cases {
            let resized = Rgb::from_frame(&resize_linear(picture.frame(), size));
            assert_eq!(format!("{:x}", Sha256::digest(resized.pixels)), digest, "{size:?}");
        }
    }

    #[test]
    fn few_pixels_are_those_of_opencv() {
        const PICTURE: [[[u8; 3]; 5]; 3] = [
            [[10, 200, 0], [0, 255, 3], [90, 7, 77], [255, 0, 128], [31, 64, 250]],
            [[250, 3, 9], [77, 91, 13], [128, 255, 254], [1, 2, 3], [99, 50, 25]],
            [[5, 6, 7], [200, 150, 100], [60, 61, 62], [254, 1, 127], [33, 44, 55]],
        ];
        const SMALLER: [[[u8; 3]; 3]; 2] = [
            [[53, 172, 3], [100, 69, 121], [96, 40, 161]],
            [[101, 49, 31], [77, 110, 110], [97, 30, 64]],
        ];
        const SECOND_OF_LARGER: [[u8; 3]; 7] = [
            [160, 77, 6],
            [96, 120, 8],
            [67, 155, 60],
            [114, 162, 188],
            [101, 47, 89],
            [86, 24, 75],
            [73, 55, 109],
        ];
        let rgba = PICTURE.as_flattened().iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect();
        let picture = Frame::from_pixels(size(5, 3), rgba).unwrap();
        let smaller = resize_linear(&picture, size(3, 2));
        assert_eq!(Rgb::from_frame(&smaller).pixels, SMALLER.as_flattened().as_flattened());
        let larger = resize_linear(&picture, size(7, 4));
        assert_eq!(Rgb::from_frame(&larger).pixels[21..42], *SECOND_OF_LARGER.as_flattened());
        assert!(
            [smaller, larger].iter().all(|f| f
                .pixels()
                .iter()
                .skip(3)
                .step_by(4)
                .all(|a| *a == 255))
        );
    }
}
