//! Chance that is the same for the same seed.

/// Marsaglia's xorshift64 with multiplied output; more than even enough for what moves by itself.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Any seed does, 0 and fractions as well.
    pub(crate) fn new(seed: f64) -> Self {
        // The state must not be 0.
        let mut random = Self(seed.to_bits() ^ 0x9e37_79b9_7f4a_7c15 | 1);
        // Seeds that are alike begin alike.
        for _ in 0..8 {
            random.next();
        }
        random
    }

    /// 0 to below 1.
    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From `low` to below `high`, evenly.
    pub(crate) fn between(&mut self, (low, high): (f64, f64)) -> f64 {
        low + (high - low) * self.next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn different_seeds_give_different_numbers(a: u32, b: u32) {
            prop_assume!(a != b);
            prop_assert_ne!(Random::new(a.into()).next(), Random::new(b.into()).next());
        }

        #[test]
        fn numbers_are_within_their_bounds(seed: f64, low in -10.0..10.0, width in 0.001..10.0) {
            let mut random = Random::new(seed);
            for _ in 0..100 {
                let number = random.between((low, low + width));
                prop_assert!((low..low + width).contains(&number));
            }
        }
    }
}
