//! A whole sweep with the best way of running, as `gaze generate` does it: decoded, pasted, encoded, written.

use std::fs;
use std::time::{Duration, Instant};

use gaze_core::liveportrait::{
    Combination, Device, LivePortraitEngine, LivePortraitOptions, used_device_memory,
};
use gaze_core::{Error, ErrorKind, GazeGenerator, Grid, Observer, Portrait, Result, Size};

/// What a whole sweep takes.
pub(super) struct SweepTimes {
    pub(super) frames: u32,
    pub(super) frame_size: Size,
    /// Opening the engine.
    pub(super) opening: Duration,
    /// Preparing the portrait.
    pub(super) preparing: Duration,
    /// From the first frame's beginning to the last sheet's end.
    pub(super) sweep: Duration,
    /// Within that, inside the decoder.
    pub(super) networks: Duration,
    /// All but the opening.
    pub(super) whole: Duration,
    /// Most memory of this process, in bytes, where Linux tells.
    pub(super) process_bytes: Option<u64>,
    /// What the engine took of the device's memory, in bytes.
    pub(super) device_bytes: Option<u64>,
}

/// The largest grid, at most `wanted`, whose frames are decoded within the time; at least 2 x 2.
pub(super) fn fitting(wanted: Grid, frame_ms: f64, within: Duration) -> Grid {
    let fits = |grid: &Grid| f64::from(grid.cells()) * frame_ms / 1000.0 <= within.as_secs_f64();
    let smaller =
        (2..=wanted.side()).rev().step_by(2).filter_map(|side| Grid::from_side(side).ok());
    let mut grids = smaller.filter(|grid| fits(grid) || grid.side() == 2);
    grids.next().unwrap_or(wanted)
}

/// Generates into a temporary folder.
///
/// # Errors
/// Those of the engine and the generator.
pub(super) fn measure_sweep(
    options: &LivePortraitOptions,
    device: Device,
    combination: &Combination,
    portrait: &Portrait,
    grid: Grid,
    observer: &dyn Observer,
) -> Result<SweepTimes> {
    let folder = tempfile::tempdir().map_err(|e| {
        Error::new(ErrorKind::Output, format!("there is no room for temporary files: {e}"))
            .with_source(e)
    })?;
    forget_peak();
    let before = used_device_memory(device);
    let begun = Instant::now();
    let engine = LivePortraitEngine::open_with(options, combination, observer)?;
    let opening = begun.elapsed();
    let generator = GazeGenerator::new(engine).with_grid(grid);
    let outcome = generator.generate(portrait, folder.path().join("sweep"), observer)?;
    Ok(SweepTimes {
        frames: outcome.manifest.grid.cells(),
        frame_size: outcome.manifest.frame_size,
        opening,
        preparing: outcome.prepare_time,
        sweep: outcome.sweep_time,
        networks: outcome.network_time.unwrap_or_default(),
        whole: outcome.total_time,
        process_bytes: peak(),
        device_bytes: used_device_memory(device)
            .zip(before)
            .map(|(after, before)| after.saturating_sub(before)),
    })
}

/// Has Linux count the most memory anew.
fn forget_peak() {
    // Where it may not, the most that the process ever had is told.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most memory that this process had, in bytes.
fn peak() -> Option<u64> {
    peak_in(&fs::read_to_string("/proc/self/status").ok()?)
}

fn peak_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_shrink_until_they_fit() {
        let grid = |side| Grid::from_side(side).unwrap();
        let within = Duration::from_secs(180);
        assert_eq!(fitting(grid(30), 7.0, within), grid(30));
        assert_eq!(fitting(grid(30), 400.0, within), grid(20));
        assert_eq!(fitting(grid(30), 30_000.0, within), grid(2));
        assert_eq!(fitting(grid(30), 1e9, within), grid(2));
        assert_eq!(fitting(grid(4), 1.0, within), grid(4));
    }

    #[test]
    fn the_peak_is_read_from_what_linux_tells() {
        let status = "Name:\tgaze\nVmPeak:\t 9999 kB\nVmHWM:\t  2048 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(peak_in(status), Some(2 << 20));
        assert_eq!(peak_in("Name:\tgaze\n"), None);
    }
}
