//! Progress of a download: a bar on a terminal, plain lines otherwise, JSON lines on request.

use std::cell::Cell;

use serde_json::json;

use crate::console::{Console, print_json, print_stderr, style};

/// How many times plain and JSON output report progress, a file.
const PLAIN_STEPS: u64 = 10;
const JSON_STEPS: u64 = 100;

/// Shows how much of a file has been downloaded.
pub(super) struct DownloadProgress<'a> {
    console: &'a Console,
    name: &'static str,
    total: u64,
    reported: Cell<Option<u64>>,
}

impl<'a> DownloadProgress<'a> {
    /// Begins a file of `total` bytes, of which `there` were downloaded by an earlier run.
    pub(super) fn new(console: &'a Console, name: &'static str, there: u64, total: u64) -> Self {
        if let Console::Bar(bar) = console {
            bar.set_style(style(
                "{msg} [{bar:30}] {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}",
            ));
            bar.set_length(total);
            bar.set_position(there);
            bar.set_message(name);
            // Those bytes say nothing about the network's speed.
            bar.reset_eta();
        }
        Self { console, name, total, reported: Cell::new(None) }
    }

    /// Says that `current` bytes are there.
    pub(super) fn show(&self, current: u64) {
        let (name, total) = (self.name, self.total);
        match self.console {
            Console::Bar(bar) => bar.set_position(current),
            Console::Json if self.is_step(current, JSON_STEPS) => print_json(&json!({
                "event": "progress", "name": name, "current": current, "total": total,
            })),
            Console::Plain(_) if self.is_step(current, PLAIN_STEPS) => {
                print_stderr(&format!("{name} {} of {}", size_text(current), size_text(total)));
            }
            _ => {}
        }
    }

    /// Whether `current` is in another of `steps` equal steps than the last report.
    fn is_step(&self, current: u64, steps: u64) -> bool {
        let step = Some(current * steps / self.total.max(1));
        self.reported.replace(step) != step
    }
}

/// Bytes for people.
pub(super) fn size_text(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000.. => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let texts = [0, 999, 1_500, 12_345_678, 4 << 30].map(size_text);
        assert_eq!(texts, ["0 bytes", "999 bytes", "1.5 kB", "12.3 MB", "4295.0 MB"]);
    }

    #[test]
    fn each_step_is_reported_once() {
        let console = Console::Json;
        let progress = DownloadProgress::new(&console, "m", 0, 1000);
        let reported = [0, 5, 10, 10, 500, 1000].map(|current| progress.is_step(current, 100));
        assert_eq!(reported, [true, false, true, false, true, true]);
    }
}
