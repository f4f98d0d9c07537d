//! Samples finer than the pixels of a frame, shrunk to these by Lanczos3: what pasting into a large frame and shrinking
//! that would give, of the one rectangle that matters, and without the large frame.
//!
//! In whole numbers, so that frames are the same on every machine. Both sums run over lines of numbers that lie one after the
//! other in memory, many at a time, which is why the picture is turned in between.

use gaze_rig::resample::{Taps, lanczos_taps};
use gaze_rig::{Rect, Size};

use crate::math::affine::{Affine, Origins};
use crate::math::texture::{LEVEL_BITS, Place, Texture};

/// Bits of the weights.
const WEIGHT_BITS: u32 = 15;
/// Bits that a number loses where the upper half of its product with a weight is taken.
const LOST_BITS: u32 = 16 - WEIGHT_BITS;
/// Numbers summed up at a time: they stay in registers.
const STRIP: usize = 64;
/// Lines turned at a time: what is written of them fills whole cache lines.
const BLOCK: usize = 8;

/// Where the samples of a rectangle of a frame come from, and how they are summed up. The same for every frame.
#[derive(Debug, Clone)]
pub(crate) struct Shrinking {
    /// Row by row.
    places: Vec<Place>,
    /// Samples of a row.
    samples: usize,
    columns: Vec<Weights>,
    rows: Vec<Weights>,
}

impl Shrinking {
    /// For the pixels of `rect` in frames of size `frame`, which are shrunk from `finer`; `to_finer` leads there from the
    /// picture of size `picture` that is sampled.
    pub(crate) fn new(
        picture: Size,
        to_finer: &Affine,
        finer: Size,
        frame: Size,
        rect: Rect,
    ) -> Self {
        let along = |finer: u32, frame: u32, start: u32, length: u32| {
            let mut taps = lanczos_taps(finer, frame, start..start + length);
            let first = taps.first().map_or(0, |taps| taps.first);
            taps.iter_mut().for_each(|taps| taps.first -= first);
            let count = taps.last().map_or(0, Taps::end);
            let weights: Vec<Weights> = taps.iter().map(Weights::of).collect();
            (weights, first as u32, count as u32)
        };
        let (columns, x, width) = along(finer.width, frame.width, rect.x, rect.width);
        let (rows, y, height) = along(finer.height, frame.height, rect.y, rect.height);
        let origins = Origins::new(to_finer, Rect { x, y, width, height });
        let places = origins.rows().flatten().map(|position| Place::within(picture, position));
        Self { places: places.collect(), samples: width as usize, columns, rows }
    }

    /// The rectangle's colours, row by row from the top, made of samples of `picture`.
    pub(crate) fn colors(&self, picture: &Texture) -> Vec<[u8; 3]> {
        let (width, height) = (self.columns.len(), self.rows.len());
        // First all columns of samples become shorter, and lie on their side; then all rows.
        let mut turned = vec![[0; 3]; self.samples * height];
        let mut ring = Ring::new(self.samples, &self.rows);
        let mut samples = self.places.chunks_exact(self.samples.max(1));
        let mut block = vec![[0; 3]; BLOCK * self.samples];
        for (index, rows) in self.rows.chunks(BLOCK).enumerate() {
            for (row, line) in rows.iter().zip(block.chunks_exact_mut(self.samples)) {
                while ring.end < row.end() {
                    let places = samples.next().expect("a row of samples for every weight");
                    let line = ring.next_line().iter_mut().zip(places);
                    line.for_each(|(sample, place)| *sample = picture.at(*place));
                }
                weigh(&ring, row, line.as_flattened_mut());
            }
            turn(&block, self.samples, rows.len(), &mut turned, height, index * BLOCK);
        }
        let mut colors = vec![[0; 3]; width * height];
        let lines = Ring::of(turned, height);
        let mut sums = vec![0; height * 3];
        let mut block = vec![[0; 3]; BLOCK * height];
        for (index, columns) in self.columns.chunks(BLOCK).enumerate() {
            for (column, line) in columns.iter().zip(block.chunks_exact_mut(height)) {
                weigh(&lines, column, &mut sums);
                line.as_flattened_mut().iter_mut().zip(&sums).for_each(|(v, sum)| *v = level(*sum));
            }
            turn(&block, height, columns.len(), &mut colors, width, index * BLOCK);
        }
        colors
    }
}

/// A grey level of what was summed up twice.
#[inline]
fn level(sum: i16) -> u8 {
    const BITS: u32 = LEVEL_BITS - 2 * LOST_BITS;
    ((sum + (1 << (BITS - 1))) >> BITS).clamp(0, 255) as u8
}

/// Lines of numbers, the latest of which are kept.
struct Ring {
    numbers: Vec<[i16; 3]>,
    width: usize,
    depth: usize,
    /// Behind the latest line.
    end: usize,
}

impl Ring {
    /// As many lines as any of these weights take.
    fn new(width: usize, weights: &[Weights]) -> Self {
        let depth = weights.iter().map(|weights| weights.weights.len()).max().unwrap_or(0);
        Self { numbers: vec![[0; 3]; width * depth], width, depth, end: 0 }
    }

    /// All lines there are.
    fn of(numbers: Vec<[i16; 3]>, width: usize) -> Self {
        let depth = numbers.len() / width.max(1);
        Self { numbers, width, depth, end: depth }
    }

    fn line(&self, index: usize) -> &[[i16; 3]] {
        &self.numbers[index % self.depth * self.width..][..self.width]
    }

    /// The next one, in the place of the oldest.
    fn next_line(&mut self) -> &mut [[i16; 3]] {
        let at = self.end % self.depth * self.width;
        self.end += 1;
        &mut self.numbers[at..][..self.width]
    }
}

/// Weights of lines from `first` on; they add up to 2 to the power of [`WEIGHT_BITS`].
#[derive(Debug, Clone)]
struct Weights {
    first: usize,
    weights: Vec<i16>,
}

impl Weights {
    fn of(taps: &Taps) -> Self {
        let (mut sum, mut before) = (0.0, 0);
        // Differences of rounded sums, so that nothing is lost.
        let weights = taps.weights.iter().map(|weight| {
            sum += f64::from(*weight) * f64::from(1 << WEIGHT_BITS);
            let so_far = sum.round() as i32;
            let weight = so_far - before;
            before = so_far;
            weight.min(i16::MAX.into()) as i16
        });
        Self { first: taps.first, weights: weights.collect() }
    }

    fn end(&self) -> usize {
        self.first + self.weights.len()
    }
}

/// The weighted sum of lines, which loses [`LOST_BITS`].
fn weigh(lines: &Ring, weights: &Weights, sums: &mut [i16]) {
    // The upper half of a product is rounded down: half of its last bit is lost each time.
    let half = weights.weights.len() as i16 / 2;
    let taken = || {
        let lines = (weights.first..).map(|index| lines.line(index).as_flattened());
        lines.zip(&weights.weights)
    };
    let (strips, rest) = sums.as_chunks_mut::<STRIP>();
    let strips_end = strips.len() * STRIP;
    for (index, out) in strips.iter_mut().enumerate() {
        let mut strip = [half; STRIP];
        for (line, weight) in taken() {
            let line: &[i16; STRIP] =
                line[index * STRIP..].first_chunk().expect("strips of a line lie in it");
            strip.iter_mut().zip(line).for_each(|(sum, v)| *sum += upper_half(*v, *weight));
        }
        *out = strip;
    }
    rest.fill(half);
    for (line, weight) in taken() {
        let line = &line[strips_end..];
        rest.iter_mut().zip(line).for_each(|(sum, v)| *sum += upper_half(*v, *weight));
    }
}

/// The upper 16 bits of a product.
#[inline]
fn upper_half(value: i16, weight: i16) -> i16 {
    ((i32::from(value) * i32::from(weight)) >> 16) as i16
}

/// Makes the first `count` lines of a block, of `length` each, columns of `turned`, whose lines are `width` long, from column
/// `at` on.
fn turn<T: Copy>(
    block: &[[T; 3]],
    length: usize,
    count: usize,
    turned: &mut [[T; 3]],
    width: usize,
    at: usize,
) {
    for (x, out) in turned.chunks_exact_mut(width).enumerate() {
        for (y, out) in out[at..at + count].iter_mut().enumerate() {
            *out = block[y * length + x];
        }
    }
}
