//! Alpha planes as WebP stores them: a VP8L stream whose green channel is the alpha.
//!
//! libwebp's own alpha encoder needs some fourteen bytes a pixel, a gigabyte for a large sheet. Mattes are
//! simple pictures, so this one only looks for repeats of the pixel before, the row above and the cell
//! before, and needs no memory but its output.
//!
//! Format: WebP Lossless Bitstream Specification (RFC 9649, section 3) and its ALPH chunk (2.7.1.2).

use super::prefix_code::{BitWriter, PrefixCode};
use crate::Size;

/// ALPH header: VP8L compression, no filter, no preprocessing.
const HEADER: u8 = 1;
/// Longest repeat that VP8L can write.
const MAX_LENGTH: usize = 4096;
/// Shorter repeats cost more than the pixels themselves.
const MIN_LENGTH: usize = 4;

/// Plane code of the row above and of the pixel to the left.
const ABOVE: u32 = 1;
const LEFT: u32 = 2;

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

/// The payload of an ALPH chunk for `alpha`, `size.area()` values.
pub(super) fn encode(alpha: &[u8], size: Size) -> Vec<u8> {
    let (mut greens, mut distances) = ([0u32; GREENS], [0u32; DISTANCES]);
    parse(alpha, size, |token| match token {
        Token::Pixel(value) => greens[usize::from(value)] += 1,
        Token::Repeat { length, distance } => {
            greens[256 + prefix_of(length).symbol] += 1;
            distances[prefix_of(distance).symbol] += 1;
        }
    });
    let (green, distance) = (PrefixCode::new(&greens), PrefixCode::new(&distances));
    let mut bits = BitWriter::new(vec![HEADER]);
    // No transform, no colour cache, one group of codes for the whole picture.
    bits.push(0, 3);
    green.write_to(&mut bits);
    for _red_blue_alpha in 0..3 {
        PrefixCode::new(&[]).write_to(&mut bits);
    }
    distance.write_to(&mut bits);
    parse(alpha, size, |token| match token {
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
fn parse(alpha: &[u8], size: Size, mut emit: impl FnMut(Token)) {
    let width = size.width as usize;
    let candidates = [(1, LEFT), (width, ABOVE)];
    let mut at = 0;
    while at < alpha.len() {
        let best = candidates
            .iter()
            .map(|&(back, code)| (repeat_length(alpha, at, back), code))
            .max_by_key(|&(length, code)| (length, code))
            .filter(|&(length, _)| length >= MIN_LENGTH);
        if let Some((length, distance)) = best {
            emit(Token::Repeat { length: length as u32, distance });
            at += length;
        } else {
            emit(Token::Pixel(alpha[at]));
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
    use proptest::prelude::*;

    fn decoded(alpha: &[u8], size: Size) -> Vec<u8> {
        // A lossless picture is the same stream behind a header of its own.
        let chunk = encode(alpha, size);
        let mut payload = vec![0x2f];
        let head = (size.width - 1) | (size.height - 1) << 14;
        payload.extend_from_slice(&head.to_le_bytes());
        payload.extend_from_slice(&chunk[1..]);
        let mut file = b"RIFF\0\0\0\0WEBPVP8L".to_vec();
        file.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        file.extend_from_slice(&payload);
        file.resize(file.len().next_multiple_of(2), 0);
        let riff_size = (file.len() - 8) as u32;
        file[4..8].copy_from_slice(&riff_size.to_le_bytes());
        let picture = image::load_from_memory(&file).unwrap().to_rgba8();
        assert_eq!(picture.dimensions(), (size.width, size.height));
        picture.pixels().map(|p| p.0[1]).collect()
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

    #[test]
    fn plain_planes_take_a_few_bytes() {
        let size = Size { width: 640, height: 480 };
        for value in [0, 255] {
            let alpha = vec![value; size.area()];
            assert_eq!(decoded(&alpha, size), alpha);
            assert!(encode(&alpha, size).len() < 600);
        }
    }

    proptest! {
        #[test]
        fn planes_survive(width in 1u32..60, height in 1u32..60, levels in 1u32..=256, seed: u32) {
            let size = Size { width, height };
            let mut state = seed;
            let mut value = 0;
            let alpha: Vec<u8> = (0..size.area()).map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if state >> 28 < 6 { value = ((state >> 8) % levels) as u8; }
                value
            }).collect();
            prop_assert_eq!(decoded(&alpha, size), alpha);
        }
    }
}
