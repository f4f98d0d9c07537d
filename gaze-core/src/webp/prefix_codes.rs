//! Prefix codes and bits in the order of VP8L.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Longest code word of VP8L, in bits.
const MAX_BITS: u32 = 15;
/// The order in which the lengths of the code for lengths are written.
const LENGTH_SYMBOLS: usize = 19;
/// The first so many of those nineteen in the file's order that are not literal lengths, by position.
const REPEAT_POSITIONS: [usize; 3] = [0, 1, 8];

/// Appends bits, the lowest first.
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl BitWriter {
    /// Appends to `bytes`.
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, pending: 0, count: 0 }
    }

    /// The lowest `count` bits of `value`, at most 32.
    pub(super) fn push(&mut self, value: u32, count: u32) {
        self.pending |= u64::from(value) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// All bytes, the last filled up with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.bytes.push(self.pending as u8);
        }
        self.bytes
    }
}

/// A canonical prefix code.
pub(super) struct PrefixCode {
    lengths: Vec<u32>,
    /// Code words, first bit lowest.
    words: Vec<u32>,
    /// The symbol, where no more than one occurs: it takes no bits.
    only: Option<u8>,
}

impl PrefixCode {
    /// The best code for symbols that occur this often. A lone symbol must be below 256.
    pub(super) fn new(counts: &[u32]) -> Self {
        let mut used = (0..counts.len()).filter(|&symbol| counts[symbol] > 0);
        let first = used.next().unwrap_or(0);
        if used.next().is_none() {
            let only = Some(u8::try_from(first).expect("a lone symbol is a value, not a length"));
            return Self { lengths: Vec::new(), words: Vec::new(), only };
        }
        let lengths = code_lengths(counts);
        let words = canonical_words(&lengths);
        Self { lengths, words, only: None }
    }

    /// Describes the code to the reader.
    pub(super) fn write_to(&self, bits: &mut BitWriter) {
        if let Some(symbol) = self.only {
            // Simple code of one symbol, given in eight bits.
            bits.push(0b101, 3);
            bits.push(u32::from(symbol), 8);
            return;
        }
        // Code for the code's lengths: the 16 literal ones in four bits each, no repeats.
        bits.push(0, 1);
        bits.push(LENGTH_SYMBOLS as u32 - 4, 4);
        for position in 0..LENGTH_SYMBOLS {
            bits.push(if REPEAT_POSITIONS.contains(&position) { 0 } else { 4 }, 3);
        }
        bits.push(0, 1);
        for &length in &self.lengths {
            bits.push(reversed(length, 4), 4);
        }
    }

    /// Writes one symbol.
    pub(super) fn write_symbol(&self, symbol: usize, bits: &mut BitWriter) {
        if self.only.is_none() {
            bits.push(self.words[symbol], self.lengths[symbol]);
        }
    }
}

/// Huffman's code lengths, none above 15: rare symbols are counted more often until that holds.
fn code_lengths(counts: &[u32]) -> Vec<u32> {
    let mut least = 1u64;
    loop {
        let lengths = huffman_lengths(counts, least);
        if lengths.iter().all(|&length| length <= MAX_BITS) {
            return lengths;
        }
        least *= 2;
    }
}

fn huffman_lengths(counts: &[u32], least: u64) -> Vec<u32> {
    // Nodes 0.. are the symbols, then the joints in order of making: parents come after children.
    let mut parents = vec![usize::MAX; counts.len()];
    let mut heap: BinaryHeap<Reverse<(u64, usize)>> = (0..counts.len())
        .filter(|&symbol| counts[symbol] > 0)
        .map(|symbol| Reverse((u64::from(counts[symbol]).max(least), symbol)))
        .collect();
    while let Some(Reverse((weight, node))) = heap.pop() {
        let Some(Reverse((other_weight, other))) = heap.pop() else { break };
        let joint = parents.len();
        parents.push(usize::MAX);
        (parents[node], parents[other]) = (joint, joint);
        heap.push(Reverse((weight + other_weight, joint)));
    }
    let mut depths = vec![0u32; parents.len()];
    for node in (0..parents.len()).rev() {
        if parents[node] != usize::MAX {
            depths[node] = depths[parents[node]] + 1;
        }
    }
    depths.truncate(counts.len());
    depths
}

fn canonical_words(lengths: &[u32]) -> Vec<u32> {
    let mut words = vec![0; lengths.len()];
    let mut next = 0u32;
    for length in 1..=MAX_BITS {
        for (symbol, _) in lengths.iter().enumerate().filter(|(_, l)| **l == length) {
            words[symbol] = reversed(next, length);
            next += 1;
        }
        next <<= 1;
    }
    words
}

/// The lowest `count` bits of `word` in reverse order.
fn reversed(word: u32, count: u32) -> u32 {
    word.reverse_bits() >> (32 - count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_stay_within_fifteen_bits_and_fill_the_code() {
        let mut counts = vec![1u32, 1];
        while counts.len() < 40 {
            counts.push(counts[counts.len() - 1].saturating_add(counts[counts.len() - 2]));
        }
        let lengths = code_lengths(&counts);
        let kraft: f64 = lengths.iter().map(|&l| 0.5f64.powi(l as i32)).sum();
        assert!(lengths.iter().all(|&l| (1..=MAX_BITS).contains(&l)));
        assert!((kraft - 1.0).abs() < 1e-9, "{kraft}");
    }
}
