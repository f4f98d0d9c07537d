//! Planes of whole numbers, predicted from what is above and to the left; what is left over goes through the range
//! coder.

use super::range_coder::{BitModel, Decoder, Encoder};

/// Kinds of surroundings: how far off the predictions beside and above were.
const CONTEXTS: usize = 8;
/// Bits of the largest number that is left over.
const MOST_BITS: usize = 17;

/// What a coder has learnt of the numbers of a plane. Planes alike share it.
pub(super) struct PlaneModels {
    contexts: [Residuals; CONTEXTS],
}

/// What is left over after prediction: whether anything, its sign, how many bits it has, and these bits.
#[derive(Clone, Copy, Default)]
struct Residuals {
    any: BitModel,
    negative: BitModel,
    longer: [BitModel; MOST_BITS],
    /// The highest bit below the leading one, and the others, by the number of bits.
    high: [BitModel; MOST_BITS],
    low: [BitModel; MOST_BITS],
}

impl Default for PlaneModels {
    fn default() -> Self {
        Self { contexts: [Residuals::default(); CONTEXTS] }
    }
}

/// Either direction of a coder.
trait Bits {
    /// Passes a bit: writes `bit`, or reads what is returned.
    fn pass(&mut self, model: &mut BitModel, bit: bool) -> bool;

    /// Whether nothing sensible can be read any more.
    fn is_over(&self) -> bool {
        false
    }
}

impl Bits for Encoder {
    fn pass(&mut self, model: &mut BitModel, bit: bool) -> bool {
        self.bit(model, bit);
        bit
    }
}

impl Bits for Decoder<'_> {
    fn pass(&mut self, model: &mut BitModel, _: bool) -> bool {
        self.bit(model)
    }

    fn is_over(&self) -> bool {
        self.is_short()
    }
}

impl Residuals {
    /// Passes a number of less than [`MOST_BITS`] bits: writes `value`, or reads what is returned.
    fn pass(&mut self, bits: &mut impl Bits, value: i32) -> i32 {
        if !bits.pass(&mut self.any, value != 0) {
            return 0;
        }
        let negative = bits.pass(&mut self.negative, value < 0);
        // 1, 2 to 3, 4 to 7: a number of so many bits, its leading one left out.
        let size = value.unsigned_abs();
        let length = (u32::BITS - size.leading_zeros()).clamp(1, MOST_BITS as u32) as usize;
        let mut read = 1;
        while read < MOST_BITS && bits.pass(&mut self.longer[read], read < length) {
            read += 1;
        }
        let mut passed = 1u32;
        for place in (0..read - 1).rev() {
            let models = if place + 2 == read { &mut self.high } else { &mut self.low };
            let bit = bits.pass(&mut models[read - 1], size >> place & 1 == 1);
            passed = passed << 1 | u32::from(bit);
        }
        if negative { -(passed as i32) } else { passed as i32 }
    }
}

/// Writes a plane of `cols` values a row, none beyond 16 bits.
pub(super) fn write_plane(
    encoder: &mut Encoder,
    models: &mut PlaneModels,
    cols: usize,
    values: &[i32],
) {
    let mut values = values.to_vec();
    pass_plane(encoder, models, cols, &mut values);
}

/// Reads a plane of `cols` times `rows` values. Whatever the bytes are, values stay within 20 bits. Where the bytes end too
/// early, what is left stays 0, so that few bytes that claim a large plane take no time; the decoder knows.
pub(super) fn read_plane(
    decoder: &mut Decoder<'_>,
    models: &mut PlaneModels,
    cols: usize,
    rows: usize,
) -> Vec<i32> {
    let mut values = vec![0; cols * rows];
    pass_plane(decoder, models, cols, &mut values);
    values
}

fn pass_plane(bits: &mut impl Bits, models: &mut PlaneModels, cols: usize, values: &mut [i32]) {
    const MOST: i32 = 1 << 19;
    // How far off the predictions of the row above were, then of this one.
    let mut off = vec![0u32; cols];
    for at in 0..values.len() {
        let col = at % cols;
        if col == 0 && bits.is_over() {
            return;
        }
        let beside = if col > 0 { off[col - 1] } else { 0 };
        let next = off[(col + 1).min(cols - 1)];
        let surprise = 2 * beside + 2 * off[col] + next;
        let context = (u32::BITS - surprise.leading_zeros()).min(CONTEXTS as u32 - 1);
        let predicted = predict(values, cols, at);
        let left_over = models.contexts[context as usize].pass(bits, values[at] - predicted);
        values[at] = (predicted + left_over).clamp(-MOST, MOST);
        off[col] = left_over.unsigned_abs();
    }
}

/// The median edge predictor of JPEG-LS: the lower or higher neighbour at an edge, else a plane through three.
fn predict(values: &[i32], cols: usize, at: usize) -> i32 {
    match (at % cols, at / cols) {
        (0, 0) => 0,
        (_, 0) => values[at - 1],
        (0, _) => values[at - cols],
        _ => {
            let (left, up, corner) = (values[at - 1], values[at - cols], values[at - cols - 1]);
            (left + up - corner).clamp(left.min(up), left.max(up))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round_trip(cols: usize, planes: &[Vec<i32>]) -> usize {
        let (mut encoder, mut models) = (Encoder::new(), PlaneModels::default());
        planes.iter().for_each(|plane| write_plane(&mut encoder, &mut models, cols, plane));
        let bytes = encoder.finish();
        let (mut decoder, mut models) = (Decoder::new(&bytes), PlaneModels::default());
        for plane in planes {
            assert_eq!(&read_plane(&mut decoder, &mut models, cols, plane.len() / cols), plane);
        }
        assert!(decoder.is_finished());
        bytes.len()
    }

    proptest! {
        #[test]
        fn planes_come_back(cols in 1usize..9, values in proptest::collection::vec(-32768i32..32768, 0..200)) {
            let whole = values.len() / cols * cols;
            round_trip(cols, &[values[..whole].to_vec(), values[..whole].to_vec()]);
        }

        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut decoder = Decoder::new(&bytes);
            let values = read_plane(&mut decoder, &mut PlaneModels::default(), 40, 30);
            prop_assert!(values.iter().all(|value| value.abs() <= 1 << 19));
        }
    }

    #[test]
    fn bytes_that_end_too_early_are_not_read_on() {
        let noise: Vec<i32> =
            (0..3000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 20) as i32).collect();
        let (mut encoder, mut models) = (Encoder::new(), PlaneModels::default());
        write_plane(&mut encoder, &mut models, 30, &noise);
        let bytes = encoder.finish();
        let mut decoder = Decoder::new(&bytes[..bytes.len() / 2]);
        let values = read_plane(&mut decoder, &mut PlaneModels::default(), 30, 100);
        assert_eq!(values[..30 * 40], noise[..30 * 40]);
        assert!(values[30 * 60..].iter().all(|value| *value == 0));
        assert!(!decoder.is_finished());
    }

    #[test]
    fn smooth_planes_are_small() {
        let bump = |x: i32, y: i32| 2000 * 400 / (400 + (x - 50).pow(2) + (y - 40).pow(2));
        let plane: Vec<i32> = (0..8000).map(|i| bump(i % 100, i / 100)).collect();
        assert!(round_trip(100, &[plane]) < 3700);
        assert!(round_trip(100, &[vec![0; 8000]]) < 24);
    }
}
