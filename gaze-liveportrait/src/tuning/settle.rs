//! What a run does where its caller asks for one thing and another was measured.

use crate::options::LivePortraitOptions;
use crate::runtime::precision::PrecisionChoice;
use crate::runtime::provider::ProviderOptions;

use super::combination::{Arithmetic, Combination};
use super::tuning_file::Tuned;

/// How the decoder will run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settled {
    pub(crate) precision: PrecisionChoice,
    pub(crate) provider: ProviderOptions,
    /// Frames at a time; none where neither caller nor measurements say.
    pub(crate) batch: Option<usize>,
    /// Whether that many were measured, and their frames compared with single ones.
    pub(crate) is_measured: bool,
    /// Threads on the CPU; 0 for one a core.
    pub(crate) threads: usize,
    /// Which measurement is used, or why none, as a sentence.
    pub(crate) note: Option<String>,
}

impl Settled {
    /// A combination as it is, whatever was kept.
    pub(crate) fn as_given(combination: &Combination) -> Self {
        Self {
            precision: combination.precision(),
            provider: combination.provider(),
            batch: Some(combination.batch),
            is_measured: true,
            threads: combination.threads,
            note: None,
        }
    }

    /// What the caller asks for, and nothing more.
    fn as_asked(options: &LivePortraitOptions) -> Self {
        Self {
            precision: options.precision,
            provider: ProviderOptions {
                cuda_graph: options.cuda_graph,
                tf32: options.tf32,
                ..ProviderOptions::default()
            },
            batch: options.batch,
            is_measured: false,
            threads: options.threads,
            note: None,
        }
    }
}

/// What the caller asks for; where that leaves a thing open, the fastest of `tuned` that agrees and for which the device
/// has `free` bytes of memory.
pub(crate) fn settle(
    options: &LivePortraitOptions,
    tuned: Option<&Tuned>,
    free: Option<u64>,
) -> Settled {
    let asked = Settled::as_asked(options);
    let Some(tuned) = tuned else { return asked };
    let wanted = wanted_arithmetic(options);
    let mut agreeing = tuned
        .combinations
        .iter()
        .filter(|kept| wanted.is_none_or(|wanted| kept.combination.arithmetic == wanted))
        .peekable();
    let first_bytes = agreeing.peek().and_then(|kept| kept.device_bytes);
    let fits = |needed: Option<u64>| needed.zip(free).is_none_or(|(needed, free)| needed <= free);
    let Some(kept) = agreeing.find(|kept| fits(kept.device_bytes)) else {
        let note = first_bytes.zip(free).map(|(needed, free)| {
            let [needed, free] = [needed, free].map(|bytes| bytes as f64 / f64::from(1 << 30));
            format!(
                "what was measured on {} needs {needed:.1} GiB of the card's memory, and {free:.1} are free: not used",
                tuned.measured
            )
        });
        return Settled { note, ..asked };
    };
    let combination = Combination {
        batch: options.batch.unwrap_or(kept.combination.batch),
        cuda_graph: options.cuda_graph || kept.combination.cuda_graph,
        threads: if options.threads == 0 { kept.combination.threads } else { options.threads },
        ..kept.combination
    };
    let mut settled = Settled::as_given(&combination);
    settled.provider.tf32 |= options.tf32;
    settled.is_measured = combination == kept.combination;
    settled.note = Some(format!("tuned on {}: {combination}", tuned.measured));
    settled
}

/// The arithmetic that the caller names; none where the fastest will do.
fn wanted_arithmetic(options: &LivePortraitOptions) -> Option<Arithmetic> {
    match (options.precision, options.tf32) {
        (PrecisionChoice::Auto, _) => None,
        (PrecisionChoice::Float16, _) => Some(Arithmetic::Fp16),
        (PrecisionChoice::Float32, true) => Some(Arithmetic::Tf32),
        (PrecisionChoice::Float32, false) => Some(Arithmetic::Fp32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tuning::combination::KeptCombination;

    const GIB: u64 = 1 << 30;

    fn tuned() -> Tuned {
        let kept = |arithmetic, batch, gib: u64| KeptCombination {
            combination: Combination {
                arithmetic,
                batch,
                prefer_nhwc: true,
                threads: 3,
                ..Combination::default()
            },
            frame_ms: 1.0,
            device_bytes: Some(gib * GIB),
        };
        let place = serde_json::json!({
            "provider": "cuda", "device": "a", "driver": null, "library": "1.32.0", "decoder": "1f", "measured": "2026-11-30",
            "combinations": [
                kept(Arithmetic::Fp16, 8, 9), kept(Arithmetic::Tf32, 4, 6), kept(Arithmetic::Fp32, 2, 3),
            ],
        });
        serde_json::from_value(place).unwrap()
    }

    #[test]
    fn the_fastest_that_fits_is_taken_and_named() {
        let options = LivePortraitOptions::default();
        let settled = |gib: Option<u64>| settle(&options, Some(&tuned()), gib.map(|n| n * GIB));
        let fastest = settled(Some(9));
        assert_eq!((fastest.precision, fastest.batch), (PrecisionChoice::Float16, Some(8)));
        assert!(fastest.provider.prefer_nhwc && !fastest.provider.tf32);
        assert_eq!(fastest.threads, 3);
        assert_eq!(
            fastest.note.as_deref(),
            Some("tuned on 2026-11-30: fp16, batch 8, NHWC, 3 threads")
        );
        assert_eq!(settled(None), fastest);
        assert!(fastest.is_measured);
        let smaller = settled(Some(8));
        assert_eq!(smaller.precision, PrecisionChoice::Float32);
        assert!(smaller.provider.tf32);
        let full = settled(Some(2));
        assert_eq!((full.precision, full.batch, full.threads), (PrecisionChoice::Auto, None, 0));
        assert_eq!(full.provider, ProviderOptions::default());
        assert!(
            full.note.unwrap().contains("needs 9.0 GiB of the card's memory, and 2.0 are free")
        );
    }

    #[test]
    fn what_the_caller_asks_for_wins() {
        let options = LivePortraitOptions::default()
            .with_batch(5)
            .with_threads(2)
            .with_tf32(true)
            .with_cuda_graph(true);
        let settled = settle(&options, Some(&tuned()), None);
        assert_eq!(
            (settled.precision, settled.batch, settled.threads),
            (PrecisionChoice::Float16, Some(5), 2)
        );
        assert!(settled.provider.tf32 && settled.provider.cuda_graph);
        assert!(settled.provider.prefer_nhwc && !settled.is_measured);
    }

    #[test]
    fn the_precision_that_is_named_decides() {
        let settled = |precision, tf32| {
            let options = LivePortraitOptions::default().with_precision(precision).with_tf32(tf32);
            let settled = settle(&options, Some(&tuned()), None);
            (settled.precision, settled.batch, settled.provider.tf32)
        };
        let (full, half) = (PrecisionChoice::Float32, PrecisionChoice::Float16);
        assert_eq!(settled(full, false), (full, Some(2), false));
        assert_eq!(settled(full, true), (full, Some(4), true));
        assert_eq!(settled(half, false), (half, Some(8), false));
    }

    #[test]
    fn without_measurements_it_is_what_was_asked_for() {
        let options = LivePortraitOptions::default().with_batch(5).with_tf32(true);
        let settled = settle(&options, None, Some(GIB));
        assert_eq!((settled.precision, settled.batch), (PrecisionChoice::Auto, Some(5)));
        assert_eq!(settled.provider, ProviderOptions { tf32: true, ..ProviderOptions::default() });
        assert_eq!(settled.note, None);
    }
}
