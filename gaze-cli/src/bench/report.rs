//! What was measured, for people, for machines, and as a line for an issue.

use gaze_core::liveportrait::{Arithmetic, Difference, Measurement, Outcome, Timed, Trial};
use serde_json::{Map, Value, json};

use super::sweep::SweepTimes;

/// All of it.
pub(super) struct Report {
    pub(super) measurement: Measurement,
    pub(super) sweep: Option<SweepTimes>,
}

impl Report {
    /// For people.
    pub(super) fn lines(&self) -> Vec<String> {
        let measurement = &self.measurement;
        let mut lines = vec![
            format!("{}: {}{}", measurement.device, measurement.device_name, self.driver()),
            format!("ONNX Runtime {}, decoder {}", measurement.library.version, self.decoder()),
        ];
        lines.extend(measurement.fallback.clone());
        lines.push(String::new());
        lines.push("   ms a frame  first call  of the peak    memory  off by".to_owned());
        lines.extend(measurement.trials.iter().map(|trial| self.row(trial)));
        lines.push(String::new());
        lines.extend(self.best());
        lines.push(match &measurement.kept {
            Ok(path) => format!("later runs use it: {}", path.display()),
            Err(why) => why.clone(),
        });
        lines.push(self.peaks());
        lines.extend(self.nodes());
        lines.extend(self.comparison());
        lines.extend(self.sweep.as_ref().map(sweep_in_words));
        if measurement.is_cancelled {
            lines.push("ended early".to_owned());
        }
        lines.push(String::new());
        lines.push("for an issue:".to_owned());
        lines.push(self.issue_line());
        lines
    }

    /// For machines.
    pub(super) fn to_json(&self) -> Value {
        let measurement = &self.measurement;
        let trials: Vec<Value> = measurement
            .trials
            .iter()
            .map(|trial| {
                let mut keys = keys_of(trial);
                keys["peakShare"] = measurement.peak_share(trial).into();
                keys
            })
            .collect();
        json!({
            "event": "complete",
            "device": measurement.device.to_string(),
            "deviceName": measurement.device_name,
            "driver": measurement.driver,
            "library": measurement.library.version,
            "decoder": measurement.decoder_digest,
            "decoderBytes": measurement.decoder_bytes,
            "fallback": measurement.fallback,
            "trials": trials,
            "best": measurement.best,
            "kept": measurement.kept.as_ref().ok().map(|path| path.to_string_lossy()),
            "keptNot": measurement.kept.as_ref().err(),
            "peaks": peak_keys(measurement),
            "cpu": measurement.cpu.map(|cpu| json!({
                "volume": cpu.volume, "points": cpu.points,
                "decoded": difference_keys(&cpu.decoded), "whole": difference_keys(&cpu.whole),
            })),
            "sweep": self.sweep.as_ref().map(|sweep| json!({
                "frames": sweep.frames,
                "width": sweep.frame_size.width, "height": sweep.frame_size.height,
                "openingSeconds": sweep.opening.as_secs_f64(),
                "preparingSeconds": sweep.preparing.as_secs_f64(),
                "sweepSeconds": sweep.sweep.as_secs_f64(),
                "networkSeconds": sweep.networks.as_secs_f64(),
                "seconds": sweep.whole.as_secs_f64(),
                "processBytes": sweep.process_bytes, "deviceBytes": sweep.device_bytes,
            })),
            "cores": cores(),
            "cancelled": measurement.is_cancelled,
            "line": self.issue_line(),
        })
    }

    /// Everything that matters in one line.
    fn issue_line(&self) -> String {
        let measurement = &self.measurement;
        let mut parts = vec![
            format!("gaze {} bench", env!("CARGO_PKG_VERSION")),
            format!("{} {}{}", measurement.device, measurement.device_name, self.driver()),
            format!("ONNX Runtime {}", measurement.library.version),
            format!("decoder {}", self.decoder()),
        ];
        if measurement.driver.is_some() {
            parts.push(format!("{} cores", cores()));
        }
        if let Some((trial, times)) = self.best_trial() {
            let share = measurement
                .peak_share(trial)
                .map_or(String::new(), |share| format!(", {:.0} % of the peak", share * 100.0));
            parts.push(format!("{}: {:.2} ms a frame{share}", trial.combination, times.frame_ms));
        }
        if let Some(cpu) = &measurement.cpu {
            parts.push(format!("off the CPU by {}", cpu.whole.max));
        }
        parts.extend(self.sweep.as_ref().map(sweep_in_words));
        parts.join(" | ")
    }

    fn row(&self, trial: &Trial) -> String {
        let combination = &trial.combination;
        match &trial.outcome {
            Outcome::Timed(timed) => {
                let share = self.measurement.peak_share(trial);
                let share = share.map_or("-".to_owned(), |share| format!("{:.1} %", share * 100.0));
                let memory = timed.device_bytes.map_or("-".to_owned(), gib);
                format!(
                    "{:>13.2}  {:>8.2} s  {share:>11}  {memory:>8}  {:>6}  {combination}",
                    timed.frame_ms,
                    timed.first_call.as_secs_f64(),
                    timed.difference.max
                )
            }
            Outcome::Failed(why) => format!("{:>13}  {combination}: {why}", "not possible"),
            Outcome::LeftOut(why) => format!("{:>13}  {combination}: {why}", "left out"),
            _ => String::new(),
        }
    }

    fn best_trial(&self) -> Option<(&Trial, &Timed)> {
        let best = self.measurement.best?;
        let trial = self.measurement.trials.iter().find(|trial| trial.combination == best)?;
        Some((trial, trial.outcome.timed()?))
    }

    fn best(&self) -> Option<String> {
        let (trial, times) = self.best_trial()?;
        Some(format!(
            "best: {}: {:.1} s inside the decoder for 900 frames",
            trial.combination,
            times.sweep_seconds(trial.combination.batch)
        ))
    }

    /// Which peak shares are of.
    fn peaks(&self) -> String {
        let known: Vec<String> = peaks_of(&self.measurement)
            .map(|(arithmetic, peak)| format!("{} {peak} TFLOP/s", arithmetic.name()))
            .collect();
        if known.is_empty() {
            return "the peak of this device is not known".to_owned();
        }
        let share = match self
            .measurement
            .trials
            .iter()
            .any(|t| self.measurement.peak_share(t).is_some())
        {
            true => "",
            false => {
                "; shares are told of the published decoder only, which takes 1.23 TFLOP a frame"
            }
        };
        format!("peaks by the data sheet, dense: {}{share}", known.join(", "))
    }

    /// Nodes on the CPU, of the best combination.
    fn nodes(&self) -> Option<String> {
        let (_, times) = self.best_trial()?;
        // On the CPU all are there.
        self.measurement.device.to_string().contains(':').then(|| {
            let counts: Vec<String> =
                times.nodes_on_cpu.iter().map(|(name, count)| format!("{count} {name}")).collect();
            match counts.is_empty() {
                true => "no node of the decoder is left to the CPU".to_owned(),
                false => format!("left to the CPU, arithmetic of shapes: {}", counts.join(", ")),
            }
        })
    }

    fn comparison(&self) -> Option<String> {
        let cpu = self.measurement.cpu?;
        Some(format!(
            "beside the CPU with 32-bit floats: a frame is {} grey levels off at worst ({:.4} on average), from the same \
             volume and points {}; volume {:.1e}, points {:.1e}",
            cpu.whole.max, cpu.whole.mean, cpu.decoded.max, cpu.volume, cpu.points
        ))
    }

    fn driver(&self) -> String {
        let driver = self.measurement.driver.as_ref();
        driver.map_or(String::new(), |driver| format!(", driver {driver}"))
    }

    fn decoder(&self) -> String {
        let digest = self.measurement.decoder_digest.get(..8).unwrap_or_default();
        let kilobytes = self.measurement.decoder_bytes as f64 / 1e3;
        match kilobytes < 1e3 {
            true => format!("{digest} of {kilobytes:.1} kB"),
            false => format!("{digest} of {:.0} MB", kilobytes / 1e3),
        }
    }
}

fn sweep_in_words(sweep: &SweepTimes) -> String {
    let memory = |what: &str, bytes: Option<u64>| {
        bytes.map_or(String::new(), |bytes| format!(", {what} {}", gib(bytes)))
    };
    format!(
        "{} frames of {} x {} px in {:.1} s after {:.1} s of opening: sweep {:.2} s, inside the decoder {:.2} s, ratio \
         {:.3}{}{}",
        sweep.frames,
        sweep.frame_size.width,
        sweep.frame_size.height,
        sweep.whole.as_secs_f64(),
        sweep.opening.as_secs_f64(),
        sweep.sweep.as_secs_f64(),
        sweep.networks.as_secs_f64(),
        sweep.sweep.as_secs_f64() / sweep.networks.as_secs_f64().max(1e-9),
        memory("process at most", sweep.process_bytes),
        memory("card", sweep.device_bytes),
    )
}

/// A trial for machines.
pub(super) fn keys_of(trial: &Trial) -> Value {
    let mut keys =
        json!({ "combination": trial.combination, "words": trial.combination.to_string() });
    match &trial.outcome {
        Outcome::Timed(timed) => {
            let nodes: Map<String, Value> = timed
                .nodes_on_cpu
                .iter()
                .map(|(operator, count)| (operator.clone(), Value::from(*count)))
                .collect();
            keys["outcome"] = "timed".into();
            keys["frameMs"] = timed.frame_ms.into();
            keys["calls"] = timed.calls.into();
            keys["firstCallSeconds"] = timed.first_call.as_secs_f64().into();
            keys["openingSeconds"] = timed.opening.as_secs_f64().into();
            keys["deviceBytes"] = timed.device_bytes.into();
            keys["nodesOnCpu"] = nodes.into();
            keys["difference"] = difference_keys(&timed.difference);
        }
        Outcome::Failed(why) => {
            keys["outcome"] = "failed".into();
            keys["message"] = why.as_str().into();
        }
        Outcome::LeftOut(why) => {
            keys["outcome"] = "left-out".into();
            keys["message"] = why.as_str().into();
        }
        _ => {}
    }
    keys
}

fn difference_keys(difference: &Difference) -> Value {
    json!({ "max": difference.max, "mean": difference.mean, "shareOff": difference.share_off })
}

fn peak_keys(measurement: &Measurement) -> Value {
    let peaks = peaks_of(measurement)
        .map(|(arithmetic, peak)| (arithmetic.name().to_owned(), Value::from(peak * 1e12)));
    Value::Object(peaks.collect())
}

fn peaks_of(measurement: &Measurement) -> impl Iterator<Item = (Arithmetic, f64)> {
    [Arithmetic::Fp32, Arithmetic::Tf32, Arithmetic::Fp16]
        .into_iter()
        .filter_map(|arithmetic| Some((arithmetic, measurement.peak(arithmetic)?)))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn gib(bytes: u64) -> String {
    format!("{:.2} GiB", bytes as f64 / f64::from(1 << 30))
}
