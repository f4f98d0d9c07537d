//! What cards can do at best.

use crate::tuning::Arithmetic;

/// Operations a frame takes in the published decoder, additions and multiplications counted apart.
const FRAME_OPERATIONS: f64 = 1.23e12;
/// Bytes of the smallest file that the published decoder may be: halved weights.
const SMALLEST_DECODER: u64 = 150 << 20;

/// A card's words and its peaks in 10^12 operations a second: 32-bit floats outside of tensor cores, TF32 and 16-bit floats
/// with 32-bit sums on tensor cores, dense. By NVIDIA's data sheets of the cards; those of the GeForce cards by the appendices
/// of the white papers on Turing, Ampere (GA102), Ada and Blackwell. No TF32 before Ampere: 0.
const PEAKS: &[(&str, [f64; 3])] = &[
    ("V100", [15.7, 0.0, 125.0]),
    ("T4", [8.1, 0.0, 65.0]),
    ("A100", [19.5, 156.0, 312.0]),
    ("A30", [10.3, 82.0, 165.0]),
    ("A10", [31.2, 62.5, 125.0]),
    ("A10G", [31.5, 35.0, 70.0]),
    ("A40", [37.4, 74.8, 149.7]),
    ("RTX A6000", [38.7, 77.4, 154.8]),
    ("L4", [30.3, 60.0, 121.0]),
    ("L40", [90.5, 90.5, 181.0]),
    ("L40S", [91.6, 183.0, 362.0]),
    ("RTX 6000 Ada", [91.1, 182.1, 364.2]),
    ("H100", [67.0, 494.7, 989.4]),
    ("H100 PCIe", [51.2, 378.0, 756.0]),
    ("H100 NVL", [60.0, 417.5, 835.5]),
    ("H200", [67.0, 494.7, 989.4]),
    ("GH200", [67.0, 494.7, 989.4]),
    ("RTX 2060", [6.5, 0.0, 25.8]),
    ("RTX 2070", [7.5, 0.0, 29.9]),
    ("RTX 2080", [10.1, 0.0, 40.3]),
    ("RTX 2080 Ti", [13.4, 0.0, 53.8]),
    ("RTX 3060", [12.7, 12.7, 25.5]),
    ("RTX 3070", [20.3, 20.3, 40.6]),
    ("RTX 3080", [29.8, 29.8, 59.5]),
    ("RTX 3090", [35.6, 35.6, 71.2]),
    ("RTX 4060", [15.1, 15.1, 30.2]),
    ("RTX 4070", [29.1, 29.1, 58.3]),
    ("RTX 4080", [48.7, 48.7, 97.5]),
    ("RTX 4090", [82.6, 82.6, 165.2]),
    ("RTX 5070", [30.9, 30.9, 61.7]),
    ("RTX 5080", [56.3, 56.3, 112.6]),
    ("RTX 5090", [104.8, 104.8, 209.5]),
];
/// Words of cards that share a name with another that can do more.
const LESSER: [&str; 6] = ["Laptop", "Mobile", "MIG", "Max", "D", "GRID"];

/// The card's peak in 10^12 operations a second with this arithmetic; none where it is not known.
pub(super) fn peak(card: &str, arithmetic: Arithmetic) -> Option<f64> {
    let words = words_of(card);
    if words.iter().any(|word| LESSER.contains(word)) {
        return None;
    }
    let is_part =
        |name: &str| words.windows(words_of(name).len()).any(|part| part == words_of(name));
    // "RTX 3080 Ti" and "RTX 4070 SUPER" are other cards than those without.
    let is_whole = |name: &str| {
        let extra = words.iter().filter(|word| ["Ti", "SUPER"].contains(word)).count();
        extra == words_of(name).iter().filter(|word| ["Ti", "SUPER"].contains(word)).count()
    };
    let (_, [fp32, tf32, fp16]) = PEAKS
        .iter()
        .filter(|(name, _)| is_part(name) && is_whole(name))
        .max_by_key(|(name, _)| words_of(name).len())?;
    let peak = match arithmetic {
        Arithmetic::Fp32 => *fp32,
        Arithmetic::Tf32 => *tf32,
        Arithmetic::Fp16 => *fp16,
    };
    (peak > 0.0).then_some(peak)
}

/// Share of a peak that frames of so many milliseconds reach, with a decoder whose file has so many bytes; none for a decoder
/// that is not the published one.
pub(super) fn share_of(peak: f64, frame_ms: f64, decoder_bytes: u64) -> Option<f64> {
    (decoder_bytes >= SMALLEST_DECODER)
        .then(|| FRAME_OPERATIONS / (frame_ms / 1000.0) / (peak * 1e12))
}

fn words_of(name: &str) -> Vec<&str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_told_apart_by_their_words() {
        let fp16 = |card| peak(card, Arithmetic::Fp16);
        for (card, expected) in [
            ("NVIDIA H100 80GB HBM3", Some(989.4)),
            ("NVIDIA H100 PCIe", Some(756.0)),
            ("NVIDIA H200", Some(989.4)),
            ("NVIDIA A100-SXM4-80GB", Some(312.0)),
            ("NVIDIA A10", Some(125.0)),
            ("NVIDIA A10G", Some(70.0)),
            ("NVIDIA L4", Some(121.0)),
            ("NVIDIA L40S", Some(362.0)),
            ("Tesla T4", Some(65.0)),
            ("Tesla V100-SXM2-16GB", Some(125.0)),
            ("NVIDIA GeForce RTX 4090", Some(165.2)),
            ("NVIDIA GeForce RTX 4090 Laptop GPU", None),
            ("NVIDIA GeForce RTX 4090 D", None),
            ("NVIDIA GeForce RTX 2080 Ti", Some(53.8)),
            ("NVIDIA GeForce RTX 2080", Some(40.3)),
            ("NVIDIA GeForce RTX 2080 SUPER", None),
            ("NVIDIA GeForce RTX 3080 Ti", None),
            ("NVIDIA RTX 6000 Ada Generation", Some(364.2)),
            ("Quadro RTX 6000", None),
            ("NVIDIA H100 80GB HBM3 MIG 1g.10gb", None),
            ("Some CPU, 8 cores", None),
            ("", None),
        ] {
            assert_eq!(fp16(card), expected, "{card}");
        }
        assert_eq!(peak("Tesla T4", Arithmetic::Tf32), None);
        assert_eq!(peak("Tesla T4", Arithmetic::Fp32), Some(8.1));
    }

    #[test]
    fn shares_are_of_the_published_network_only() {
        // 7.5 ms a frame are all that an RTX 4090 can do.
        let share = share_of(165.2, 7.5, 500 << 20).unwrap();
        assert!((share - 0.993).abs() < 1e-3, "{share}");
        assert_eq!(share_of(165.2, 7.5, 8 << 10), None);
    }
}
