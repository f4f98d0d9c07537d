//! Alpha planes as WebP stores them: a VP8L stream whose green channel is the alpha.
//!
//! libwebp's own alpha encoder needs 15 bytes a pixel, a gigabyte for a large sheet. Mattes are simple
//! pictures, so this one only predicts each pixel from its neighbours, looks for repeats of the pixel before, the row
//! above and the frame before, and needs no memory but its output.
//!
//! Format: WebP Lossless Bitstream Specification (RFC 9649, section 3) and its ALPH chunk (2.7.1.2).

use super::prefix_codes::{BitWriter, PrefixCode};

/// ALPH header: VP8L compression, no preprocessing; no filter, or the gradient filter.
const UNFILTERED: u8 = 1;
const GRADIENT_FILTERED: u8 = 1 | 3 << 2;
/// Longest repeat that VP8L can write.
const MAX_LENGTH: usize = 4096;
/// Shorter repeats cost more than the pixels themselves: of near pixels, and of the frame before.
const MIN_LENGTH: usize = 4;
const MIN_FAR_LENGTH: usize = 8;
/// Plane codes of the row above and of the pixel to the left.
const ABOVE: u32 = 1;
const LEFT: u32 = 2;
/// Added to distances that are written as such: smaller codes stand for neighbours in the plane.
const PLANE_CODES: usize = 120;

/// Symbols of the green channel: values, then lengths.
const GREENS: usize = 256 + 24;
const DISTANCES: usize = 40;

/// A step of the stream.
enum Token {
    Pixel(u8),
    /// `length` pixels repeated, by plane code or distance + 120.
    Repeat {
        length: u32,
        distance: u32,
    },
}

/// The payload of an ALPH chunk for `alpha`, `width` values a row, of frames `frame_width` wide: the
/// shorter of two. The plane is overwritten.
pub(super) fn encode(alpha: &mut [u8], width: usize, frame_width: usize) -> Vec<u8> {
    let plain = encode_stream(UNFILTERED, alpha, width, frame_width);
    filter_by_gradient(alpha, width);
    let filtered = encode_stream(GRADIENT_FILTERED, alpha, width, frame_width);
    if filtered.len() < plain.len() { filtered } else { plain }
}

/// Replaces each value by its difference from what its neighbours make likely.
fn filter_by_gradient(alpha: &mut [u8], width: usize) {
    // Backwards, so that the neighbours are still there.
    for at in (1..alpha.len()).rev() {
        let likely = if at < width {
            alpha[at - 1]
        } else if at % width == 0 {
            alpha[at - width]
        } else {
            let [left, top, corner] =
                [at - 1, at - width, at - width - 1].map(|at| i16::from(alpha[at]));
            (left + top - corner).clamp(0, 255) as u8
        };
        alpha[at] = alpha[at].wrapping_sub(likely);
    }
}

fn encode_stream(header: u8, values: &[u8], width: usize, frame_width: usize) -> Vec<u8> {
    let (mut greens, mut distances) = ([0u32; GREENS], [0u32; DISTANCES]);
    parse(values, width, frame_width, |token| match token {
        Token::Pixel(value) => greens[usize::from(value)] += 1,
        Token::Repeat { length, distance } => {
            greens[256 + prefix_of(length).symbol] += 1;
            distances[prefix_of(distance).symbol] += 1;
        }
    });
    let (green, distance) = (PrefixCode::new(&greens), PrefixCode::new(&distances));
    let mut bits = BitWriter::new(vec![header]);
    // No transform, no colour cache, one group of codes for the whole picture.
    bits.push(0, 3);
    green.write_to(&mut bits);
    for _red_blue_alpha in 0..3 {
        PrefixCode::new(&[]).write_to(&mut bits);
    }
    distance.write_to(&mut bits);
    parse(values, width, frame_width, |token| match token {
        Token::Pixel(value) => green.write_symbol(usize::from(value), &mut bits),
        Token::Repeat { length, distance: far } => {
            let (length, far) = (prefix_of(length), prefix_of(far));
            green.write_symbol(256 + length.symbol, &mut bits);
            bits.push(length.extra, length.extra_bits);
            distance.write_symbol(far.symbol, &mut bits);
            bits.push(far.extra, far.extra_bits);
        }
    });
    bits.finish()
}

/// Splits the plane into tokens, the longest repeat first. The same every time it is called.
fn parse(values: &[u8], width: usize, frame_width: usize, mut emit: impl FnMut(Token)) {
    let candidates = [
        (frame_width, (frame_width + PLANE_CODES) as u32, MIN_FAR_LENGTH),
        (width, ABOVE, MIN_LENGTH),
        (1, LEFT, MIN_LENGTH),
    ];
    let mut at = 0;
    while at < values.len() {
        // The later, cheaper ones win where repeats are equally long.
        let best = candidates
            .iter()
            .map(|&(back, code, least)| (repeat_length(values, at, back), code, least))
            .filter(|&(length, _, least)| length >= least)
            .max_by_key(|&(length, ..)| length);
        if let Some((length, distance, _)) = best {
            emit(Token::Repeat { length: length as u32, distance });
            at += length;
        } else {
            emit(Token::Pixel(values[at]));
            at += 1;
        }
    }
}

/// How many values from `at` on equal those `back` places before.
fn repeat_length(alpha: &[u8], at: usize, back: usize) -> usize {
    const WORD: usize = 16;
    if back > at {
        return 0;
    }
    let here = &alpha[at..alpha.len().min(at + MAX_LENGTH)];
    let there = &alpha[at - back..];
    let words = here.chunks_exact(WORD).zip(there.chunks_exact(WORD));
    let mut length = words.take_while(|(a, b)| a == b).count() * WORD;
    while length < here.len() && here[length] == there[length] {
        length += 1;
    }
    length
}

/// A length or distance as VP8L writes it: a symbol and some extra bits.
struct Prefixed {
    symbol: usize,
    extra: u32,
    extra_bits: u32,
}

fn prefix_of(value: u32) -> Prefixed {
    let value = value - 1;
    if value < 4 {
        return Prefixed { symbol: value as usize, extra: 0, extra_bits: 0 };
    }
    let highest = value.ilog2();
    let second = (value >> (highest - 1)) & 1;
    let extra_bits = highest - 1;
    Prefixed {
        symbol: (2 * highest + second) as usize,
        extra: value & ((1 << extra_bits) - 1),
        extra_bits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_rig::Size;
    use proptest::prelude::*;

    /// Decodes by a reader of whole files: the pixels of an otherwise black picture.
    fn decoded(alpha: &[u8], size: Size, frame_width: u32) -> Vec<u8> {
        let sheet = gaze_rig::Grid::from_side(2).unwrap();
        let half = Size { width: 8, height: 8 };
        let spec = &gaze_rig::SheetLayout::Single.sheets(sheet, half).unwrap()[0];
        let mut canvas = crate::canvas::Canvas::new(spec, false);
        let lossy = crate::webp::encoder::encode_sheet(&mut canvas, 10, &|| false).unwrap();
        assert_eq!(size, spec.size(), "planes as large as the sheet");
        let mut plane = alpha.to_vec();
        let file =
            crate::webp::container::with_alpha(&lossy, &mut plane, size, frame_width).unwrap();
        let picture = image::load_from_memory(&file).unwrap().to_rgba8();
        picture.pixels().map(|p| p.0[3]).collect()
    }

    #[test]
    fn prefixes_are_those_of_the_specification() {
        let coded = |value| {
            let prefix = prefix_of(value);
            (prefix.symbol, prefix.extra_bits, prefix.extra)
        };
        assert_eq!(coded(4), (3, 0, 0));
        assert_eq!(coded(5), (4, 1, 0));
        assert_eq!(coded(7), (5, 1, 0));
        assert_eq!(coded(4096), (23, 10, 1023));
    }

    const SIZE: Size = Size { width: 16, height: 16 };

    #[test]
    fn plain_planes_take_a_few_bytes() {
        for value in [0, 255] {
            let alpha = vec![value; SIZE.area()];
            assert_eq!(decoded(&alpha, SIZE, 8), alpha);
            assert!(encode(&mut vec![value; 640 * 480], 640, 320).len() < 600);
        }
    }

    #[test]
    fn soft_edges_are_predicted() {
        let soft: Vec<u8> = (0..256 * 256).map(|i| ((i % 256 + i / 256) / 2) as u8).collect();
        assert_eq!(encode(&mut soft.clone(), 256, 256)[0], GRADIENT_FILTERED);
        assert!(encode(&mut soft.clone(), 256, 256).len() < soft.len() / 4);
    }

    proptest! {
        #[test]
        fn planes_survive(levels in 1u32..=256, calm in 0u32..16, smooth: bool, seed: u32, frame in 1u32..=16) {
            let mut state = seed;
            let mut value = 0u8;
            let alpha: Vec<u8> = (0..SIZE.area()).map(|at| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if state >> 28 >= calm { value = ((state >> 8) % levels) as u8; }
                if smooth { (at % 16 * 9 + at / 16 * 5) as u8 ^ (value & 1) } else { value }
            }).collect();
            prop_assert_eq!(decoded(&alpha, SIZE, frame), alpha);
        }
    }
}
