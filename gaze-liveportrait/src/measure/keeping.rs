//! What of a measurement is kept for later runs.

use std::path::PathBuf;

use crate::measure::measurement::{Measurement, Outcome, Timed, Trial};
use crate::run::model_folder::ModelFolder;
use crate::tuning::{Combination, KeptCombination, Place, TuningFile};

/// The best of each arithmetic, the fastest first.
fn best_of_each(measurement: &Measurement) -> Vec<KeptCombination> {
    let mut timed: Vec<(Combination, &Timed)> = measurement
        .trials
        .iter()
        .filter_map(|trial| Some((trial.combination, trial.outcome.timed()?)))
        .collect();
    // What the plan took goes before what is faster by less than noise.
    timed.sort_by(|(a, of_a), (b, of_b)| {
        let is_other = |c: &Combination| Some(*c) != measurement.best;
        let seconds = of_a.sweep_seconds(a.batch).total_cmp(&of_b.sweep_seconds(b.batch));
        is_other(a).cmp(&is_other(b)).then(seconds)
    });
    let mut kept: Vec<KeptCombination> = Vec::new();
    for (combination, times) in timed {
        let is_known =
            |kept: &KeptCombination| kept.combination.arithmetic == combination.arithmetic;
        if !kept.iter().any(is_known) {
            kept.push(KeptCombination {
                combination,
                frame_ms: times.frame_ms,
                device_bytes: times.device_bytes,
            });
        }
    }
    kept
}

/// Keeps the best of each arithmetic; what an earlier measurement kept stays where this one lacks something and is no better.
pub(super) fn keep(
    folder: &ModelFolder,
    place: Place,
    measurement: &Measurement,
) -> Result<PathBuf, String> {
    let best = best_of_each(measurement);
    let Some(fastest) = best.first() else { return Err("nothing was measured".to_owned()) };
    let lacks = |trial: &Trial| matches!(trial.outcome, Outcome::LeftOut(_));
    if (measurement.is_cancelled || measurement.trials.iter().any(lacks))
        && let Ok(file) = TuningFile::read(folder.path())
        && let Some(earlier) = file.at(&place).and_then(|tuned| tuned.combinations.first())
        && earlier.frame_ms <= fastest.frame_ms
    {
        return Err("what was kept before is better and stays".to_owned());
    }
    TuningFile::keep(folder.path(), place, best)
        .map_err(|error| format!("the best is not kept for later runs: {}", error.without_hints()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::measure::difference::Difference;
    use crate::runtime::device::Device;
    use crate::runtime::library::{LibraryOrigin, RuntimeLibrary};
    use crate::tuning::Arithmetic;

    fn trial(arithmetic: Arithmetic, batch: usize, frame_ms: f64) -> Trial {
        let combination = Combination { arithmetic, batch, ..Combination::default() };
        let outcome = Outcome::Timed(Timed {
            frame_ms,
            calls: 3,
            first_call: Duration::ZERO,
            opening: Duration::ZERO,
            device_bytes: Some(7),
            nodes_on_cpu: Vec::new(),
            difference: Difference::default(),
        });
        Trial { combination, outcome }
    }

    fn measurement(trials: Vec<Trial>, best: Option<Combination>) -> Measurement {
        Measurement {
            device: Device::Cuda(0),
            device_name: "a card".to_owned(),
            driver: None,
            library: RuntimeLibrary {
                path: PathBuf::new(),
                origin: LibraryOrigin::Option,
                version: "1.32.0".to_owned(),
            },
            decoder_digest: String::new(),
            decoder_bytes: 0,
            fallback: None,
            trials,
            best,
            kept: Err(String::new()),
            cpu: None,
            is_cancelled: false,
        }
    }

    #[test]
    fn the_best_of_each_arithmetic_is_kept_and_the_fastest_comes_first() {
        let failed = Trial {
            combination: Combination { batch: 8, ..Combination::default() },
            outcome: Outcome::Failed("no memory".to_owned()),
        };
        let trials = vec![
            trial(Arithmetic::Fp32, 1, 40.0),
            trial(Arithmetic::Fp16, 1, 12.0),
            trial(Arithmetic::Fp16, 4, 10.0),
            trial(Arithmetic::Fp16, 8, 9.9),
            trial(Arithmetic::Fp32, 4, 30.0),
            failed,
        ];
        // The plan took batch 4: 8 is not enough faster.
        let best = Some(trials[2].combination);
        let kept = best_of_each(&measurement(trials, best));
        let told: Vec<_> =
            kept.iter().map(|k| (k.combination.arithmetic, k.combination.batch)).collect();
        assert_eq!(told, [(Arithmetic::Fp16, 4), (Arithmetic::Fp32, 4)]);
        assert_eq!((kept[0].frame_ms, kept[0].device_bytes), (10.0, Some(7)));
    }
}
