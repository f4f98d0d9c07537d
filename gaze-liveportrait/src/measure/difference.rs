//! How far crops are from those of the first combination.

/// Grey levels that kernels may differ by.
const TOLERANCE: u8 = 2;
/// Share of the pixels that arithmetic with ten bits of mantissa may put further off.
const REDUCED_SHARE: f64 = 0.01;

/// How far two decoded crops are apart.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// In grey levels, at worst.
    pub max: u8,
    /// In grey levels, on average.
    pub mean: f64,
    /// Share of the pixels, 0 to 1, of which a channel is off by more than two levels.
    pub share_off: f64,
}

impl Difference {
    /// Between crops of the same size, red, green and blue.
    pub(super) fn between(a: &[u8], b: &[u8]) -> Self {
        let pixels = a.as_chunks::<3>().0.iter().zip(b.as_chunks::<3>().0);
        let (mut max, mut sum, mut off, mut count) = (0, 0_u64, 0_u64, 0_u64);
        for (a, b) in pixels {
            let apart: [u8; 3] = std::array::from_fn(|channel| a[channel].abs_diff(b[channel]));
            let worst = apart.into_iter().max().unwrap_or_default();
            max = max.max(worst);
            sum += apart.into_iter().map(u64::from).sum::<u64>();
            off += u64::from(worst > TOLERANCE);
            count += 1;
        }
        let count = count.max(1) as f64;
        Self { max, mean: sum as f64 / (3.0 * count), share_off: off as f64 / count }
    }

    /// The larger of each.
    pub(super) fn or_worse(self, other: Self) -> Self {
        Self {
            max: self.max.max(other.max),
            mean: self.mean.max(other.mean),
            share_off: self.share_off.max(other.share_off),
        }
    }

    /// Why frames that are so far off are wrong; none where they are right. `is_reduced` where the arithmetic has ten bits of
    /// mantissa and the one it is compared with has more.
    pub(super) fn refusal(&self, is_reduced: bool) -> Option<String> {
        let off = format!(
            "frames are wrong: {} grey levels off at worst, {:.1} % of the pixels by more than {TOLERANCE}",
            self.max,
            self.share_off * 100.0
        );
        let is_wrong = match is_reduced {
            true => self.share_off > REDUCED_SHARE,
            false => self.max > TOLERANCE,
        };
        is_wrong.then_some(off)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn off_by(levels: u8, pixels: usize) -> Difference {
        let a = vec![100_u8; 300 * 3];
        let mut b = a.clone();
        for pixel in b.chunks_exact_mut(3).take(pixels) {
            pixel[1] += levels;
        }
        Difference::between(&a, &b)
    }

    #[test]
    fn pixels_are_counted_by_their_worst_channel() {
        let difference = off_by(6, 30);
        assert_eq!(difference.max, 6);
        assert!((difference.share_off - 0.1).abs() < 1e-12);
        assert!((difference.mean - 0.2).abs() < 1e-12);
        assert_eq!(off_by(2, 300).share_off, 0.0);
        let both = off_by(9, 1).or_worse(off_by(3, 60));
        assert_eq!((both.max, both.share_off), (9, 0.2));
    }

    #[test]
    fn tolerances_follow_the_arithmetic() {
        assert_eq!(off_by(2, 300).refusal(false), None);
        assert!(off_by(3, 1).refusal(false).unwrap().contains("3 grey levels"));
        assert_eq!(off_by(30, 3).refusal(true), None);
        assert!(off_by(3, 4).refusal(true).unwrap().contains("1.3 %"));
    }
}
