//! An adaptive binary range coder: whole numbers in about as few bits as they carry surprise.
//!
//! Martin's range coding (1979) with carries held back as in LZMA; a bit's probability is the mean of a quick and a
//! slow estimate, both kept in 16 bits. Encoder and decoder count in whole numbers only, so that every machine reads
//! the same. Nothing is looked up, reserved or repeated by what a file says: whoever calls knows how many numbers come.

/// Range below which a byte is due.
const RENORMALIZE_BELOW: u32 = 1 << 24;
/// Shares of the way to what was seen: 1/16 and 1/128.
const QUICK_SHIFT: u32 = 4;
const SLOW_SHIFT: u32 = 7;
/// Even odds.
const EVEN: u16 = 1 << 15;

/// How probable it is that a bit is 0, learnt from those before it.
#[derive(Clone, Copy)]
pub(super) struct BitModel {
    quick: u16,
    slow: u16,
}

impl Default for BitModel {
    fn default() -> Self {
        Self { quick: EVEN, slow: EVEN }
    }
}

impl BitModel {
    /// Probability of 0 in 1/65536, never 0 or 1.
    fn zero(self) -> u32 {
        ((u32::from(self.quick) + u32::from(self.slow)) >> 1).clamp(1 << 5, (1 << 16) - (1 << 5))
    }

    fn learn(&mut self, bit: bool) {
        for (estimate, shift) in [(&mut self.quick, QUICK_SHIFT), (&mut self.slow, SLOW_SHIFT)] {
            if bit {
                *estimate -= *estimate >> shift;
            } else {
                *estimate += (u16::MAX - *estimate) >> shift;
            }
        }
    }
}

/// Writes bits.
pub(super) struct Encoder {
    low: u64,
    range: u32,
    /// The last byte, and how many of 255 follow it, until it is known whether a carry comes.
    held: u8,
    held_count: u64,
    bytes: Vec<u8>,
}

impl Encoder {
    pub(super) fn new() -> Self {
        Self { low: 0, range: u32::MAX, held: 0, held_count: 0, bytes: Vec::new() }
    }

    pub(super) fn bit(&mut self, model: &mut BitModel, bit: bool) {
        let bound = (self.range >> 16) * model.zero();
        if bit {
            self.low += u64::from(bound);
            self.range -= bound;
        } else {
            self.range = bound;
        }
        model.learn(bit);
        while self.range < RENORMALIZE_BELOW {
            self.range <<= 8;
            self.shift();
        }
    }

    fn shift(&mut self) {
        let carry = (self.low >> 32) as u8;
        if self.low < 0xff00_0000 || carry > 0 {
            self.bytes.push(self.held.wrapping_add(carry));
            for _ in 0..self.held_count {
                self.bytes.push(0xff_u8.wrapping_add(carry));
            }
            self.held_count = 0;
            self.held = (self.low >> 24) as u8;
        } else {
            self.held_count += 1;
        }
        self.low = (self.low & 0x00ff_ffff) << 8;
    }

    /// The bytes. The first is always 0 and left out.
    pub(super) fn finish(mut self) -> Vec<u8> {
        for _ in 0..5 {
            self.shift();
        }
        self.bytes.remove(0);
        self.bytes
    }
}

/// Reads bits.
pub(super) struct Decoder<'a> {
    code: u32,
    range: u32,
    rest: &'a [u8],
    /// Whether more bytes were needed than there are.
    is_short: bool,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self { code: 0, range: u32::MAX, rest: bytes, is_short: false };
        for _ in 0..4 {
            decoder.shift();
        }
        decoder
    }

    pub(super) fn bit(&mut self, model: &mut BitModel) -> bool {
        let bound = (self.range >> 16) * model.zero();
        let bit = self.code >= bound;
        if bit {
            self.code -= bound;
            self.range -= bound;
        } else {
            self.range = bound;
        }
        model.learn(bit);
        while self.range < RENORMALIZE_BELOW {
            self.range <<= 8;
            self.shift();
        }
        bit
    }

    fn shift(&mut self) {
        let byte = match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => {
                self.is_short = true;
                0
            }
        };
        self.code = self.code << 8 | u32::from(byte);
    }

    /// Whether more bytes were needed than there are.
    pub(super) fn is_short(&self) -> bool {
        self.is_short
    }

    /// Whether exactly the bytes that there are were needed.
    pub(super) fn is_finished(&self) -> bool {
        !self.is_short && self.rest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bits_come_back(bits in proptest::collection::vec((0usize..3, any::<bool>()), 0..3000), skew in any::<bool>()) {
            let bits: Vec<(usize, bool)> = bits.into_iter().map(|(i, bit)| (i, bit && !skew || i == 2)).collect();
            let mut models = [BitModel::default(); 3];
            let mut encoder = Encoder::new();
            for (i, bit) in &bits {
                encoder.bit(&mut models[*i], *bit);
            }
            let bytes = encoder.finish();
            let mut models = [BitModel::default(); 3];
            let mut decoder = Decoder::new(&bytes);
            for (i, bit) in &bits {
                prop_assert_eq!(decoder.bit(&mut models[*i]), *bit);
            }
            prop_assert!(decoder.is_finished());
        }
    }

    #[test]
    fn what_is_certain_costs_nothing() {
        let mut model = BitModel::default();
        let mut encoder = Encoder::new();
        (0..10_000).for_each(|_| encoder.bit(&mut model, false));
        assert!(encoder.finish().len() < 24);
    }

    #[test]
    fn missing_and_spare_bytes_are_noticed() {
        let mut model = BitModel::default();
        let mut encoder = Encoder::new();
        (0..200).for_each(|i| encoder.bit(&mut model, i % 3 == 0));
        let bytes = encoder.finish();
        let read = |bytes: &[u8]| {
            let mut model = BitModel::default();
            let mut decoder = Decoder::new(bytes);
            (0..200).for_each(|_| {
                decoder.bit(&mut model);
            });
            decoder.is_finished()
        };
        assert!(read(&bytes));
        assert!(!read(&bytes[..bytes.len() - 1]));
        assert!(!read(&[&bytes[..], &[0]].concat()));
    }
}
