//! What both ways of resampling share: along each axis a target pixel is a weighted sum of neighbouring source pixels.

/// What one target pixel takes along one axis: a weight for each source pixel from `first` on.
#[derive(Debug, Clone, PartialEq)]
pub struct Taps {
    /// The first source pixel that is taken.
    pub first: usize,
    /// Weights of that one and those behind it.
    pub weights: Vec<f32>,
}

impl Taps {
    /// The first source pixel behind those that are taken.
    pub fn end(&self) -> usize {
        self.first + self.weights.len()
    }

    /// The weight of a source pixel, where it is taken at all.
    pub(super) fn weight_of(&self, index: usize) -> Option<f32> {
        self.weights.get(index.checked_sub(self.first)?).copied()
    }

    /// The weighted sum along a line of pixels.
    pub(super) fn gather(&self, line: &[[f32; 4]]) -> [f32; 4] {
        let mut sum = [0.0; 4];
        for (weight, pixel) in self.weights.iter().zip(&line[self.first..]) {
            for (sum, value) in sum.iter_mut().zip(pixel) {
                *sum += weight * value;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_outside_have_no_weight() {
        let taps = Taps { first: 2, weights: vec![0.25, 0.75] };
        assert_eq!([1, 2, 3, 4].map(|i| taps.weight_of(i)), [None, Some(0.25), Some(0.75), None]);
        let line = [[9.0; 4], [9.0; 4], [4.0, 8.0, 0.0, 1.0], [8.0, 0.0, 4.0, 1.0], [9.0; 4]];
        assert_eq!((taps.gather(&line), taps.end()), ([7.0, 2.0, 3.0, 1.0], 4));
    }
}
