//! Shapes of what flows between steps.

use rten_simd::ops::BitOps;
use rten_simd::{Isa, SimdOp};

/// Most numbers of a constant and of anything that flows between two steps, and of all that flows: they bound the memory
/// that a damaged file can ask for. The face models have up to 0.4, 1 and 12 million.
pub(super) const MOST_NUMBERS: usize = 1 << 22;
pub(super) const MOST_NUMBERS_IN_ALL: usize = 1 << 26;

/// A picture of several channels, rows top to bottom, the channels of a pixel side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
    /// Numbers a pixel: the channels, and more to fill the machine's vectors.
    pub(super) stride: usize,
}

impl Image {
    /// A picture whose pixels fill vectors; nothing where it would be empty or too large.
    pub(super) fn new(height: usize, width: usize, channels: usize) -> Option<Self> {
        let stride = channels.checked_next_multiple_of(lanes())?;
        let numbers = height.checked_mul(width)?.checked_mul(stride)?;
        (1..=MOST_NUMBERS).contains(&numbers).then_some(Self { height, width, channels, stride })
    }

    pub(super) fn numbers(self) -> usize {
        self.height * self.width * self.stride
    }

    pub(super) fn pixels(self) -> usize {
        self.height * self.width
    }
}

/// Numbers of one of the machine's vectors.
pub(super) fn lanes() -> usize {
    struct Lanes;
    impl SimdOp for Lanes {
        type Output = usize;
        #[inline(always)]
        fn eval<I: Isa>(self, isa: I) -> usize {
            isa.f32().len()
        }
    }
    Lanes.dispatch()
}

/// How a window walks over a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// Rows and columns of the window.
    pub(super) size: [usize; 2],
    pub(super) step: [usize; 2],
    /// Rows above and columns left of the picture that count as zero.
    pub(super) before: [usize; 2],
    /// Rows below and columns right of it.
    pub(super) after: [usize; 2],
}

impl Window {
    /// Places that the window takes in a picture; nothing where it takes none.
    pub(super) fn places(&self, image: Image) -> Option<[usize; 2]> {
        let along = |axis: usize, length: usize| {
            let all = length.checked_add(self.before[axis])?.checked_add(self.after[axis])?;
            let room = all.checked_sub(self.size[axis])?;
            room.checked_div(self.step[axis])?.checked_add(1)
        };
        Some([along(0, image.height)?, along(1, image.width)?])
    }

    pub(super) fn taps(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// The place of the picture that a tap reads, if it lies inside.
    #[inline]
    pub(super) fn source(
        &self,
        axis: usize,
        place: usize,
        tap: usize,
        length: usize,
    ) -> Option<usize> {
        (place * self.step[axis] + tap).checked_sub(self.before[axis]).filter(|at| *at < length)
    }
}
