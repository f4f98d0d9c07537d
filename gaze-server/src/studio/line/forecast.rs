//! How long it will take, judged by how long it took.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Less than this share of a run says little about the rest, in a hundred.
const TELLING_PERCENT: u32 = 10;

/// What is known of the last runs and of the one that runs.
#[derive(Debug, Default, Clone)]
pub(super) struct Forecast(Arc<Mutex<Known>>);

#[derive(Debug, Default, Clone, Copy)]
struct Known {
    usual: Option<f64>,
    /// Of the job that runs: since when, and what is left of it.
    began: Option<Instant>,
    left: Option<f64>,
}

impl Forecast {
    /// Takes the mean of the last runs, in seconds.
    pub(super) fn learn(&self, recent: &[f64]) {
        let mean = recent.iter().sum::<f64>() / recent.len().max(1) as f64;
        let mut known = self.lock();
        *known = Known { usual: (!recent.is_empty()).then_some(mean), began: None, left: None };
    }

    /// A run begins.
    pub(super) fn begin(&self) {
        let mut known = self.lock();
        (known.began, known.left) = (Some(Instant::now()), known.usual);
    }

    /// What is left of the run, in whole seconds, when so many hundredths of it are done.
    pub(super) fn of_running(&self, percent: u32) -> Option<u32> {
        let mut known = self.lock();
        let elapsed = known.began.map_or(Duration::ZERO, |began| began.elapsed()).as_secs_f64();
        known.left = if percent >= TELLING_PERCENT {
            Some(elapsed * f64::from(100 - percent.min(100)) / f64::from(percent))
        } else {
            known.usual.map(|usual| (usual - elapsed).max(0.0))
        };
        known.left.map(whole)
    }

    /// Until a job with so many before it is done, in whole seconds.
    pub(super) fn of_waiting(&self, before: u32) -> Option<u32> {
        let known = *self.lock();
        let usual = known.usual?;
        let runs = known.began.is_some();
        let full = f64::from(before + 1) - if runs && before > 0 { 1.0 } else { 0.0 };
        Some(whole(full * usual + if runs { known.left.unwrap_or(usual) } else { 0.0 }))
    }

    pub(super) fn usual_seconds(&self) -> Option<f64> {
        self.lock().usual
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn whole(seconds: f64) -> u32 {
    // Saturates; never negative.
    seconds.ceil() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_takes_what_those_before_take() {
        let forecast = Forecast::default();
        assert_eq!(forecast.of_waiting(3), None);
        forecast.learn(&[10.0, 20.0]);
        assert_eq!(forecast.of_waiting(0), Some(15));
        assert_eq!(forecast.of_waiting(2), Some(45));
        forecast.begin();
        // One runs and has not begun to tell.
        assert_eq!(forecast.of_waiting(1), Some(30));
        assert!(forecast.of_running(50).unwrap() <= 1);
        assert!(forecast.of_waiting(1).unwrap() <= 16);
    }
}
