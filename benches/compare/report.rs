//! Numbers as a table and as files.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

use gaze_core::Size;
use serde_json::Value;

use crate::child::Usage;

/// A run at one grid.
pub(crate) struct GridRow {
    pub(crate) grid: u32,
    pub(crate) run: Usage,
    /// Rendering alone, on one thread.
    pub(crate) render_ms: f64,
}

/// Both encoders on the same frames.
pub(crate) struct Quality {
    pub(crate) pillow_bytes: u64,
    pub(crate) gaze_bytes: u64,
    /// Mean SSIM of luma over the frames looked at.
    pub(crate) pillow_ssim: f64,
    pub(crate) gaze_ssim: f64,
}

impl Quality {
    /// What `quality.py` prints.
    pub(crate) fn from_json(value: &Value) -> Result<Self, &'static str> {
        let number = |key: &str| value[key].as_f64().ok_or("quality.py printed something else");
        Ok(Self {
            pillow_bytes: number("pillow_bytes")? as u64,
            gaze_bytes: number("gaze_bytes")? as u64,
            pillow_ssim: number("pillow_ssim")?,
            gaze_ssim: number("gaze_ssim")?,
        })
    }
}

/// Everything that was measured.
pub(crate) struct Report {
    grid: u32,
    size: Size,
    cores: usize,
    pub(crate) gaze: Vec<Usage>,
    pub(crate) peer: Vec<Usage>,
    pub(crate) gaze_bytes: u64,
    pub(crate) peer_bytes: u64,
    pub(crate) large: Option<Usage>,
    pub(crate) grids: Vec<GridRow>,
    pub(crate) render_ms: f64,
    pub(crate) quality: Option<Quality>,
}

impl Report {
    pub(crate) fn new(grid: u32, size: Size) -> Self {
        Self {
            grid,
            size,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            gaze: Vec::new(),
            peer: Vec::new(),
            gaze_bytes: 0,
            peer_bytes: 0,
            large: None,
            grids: Vec::new(),
            render_ms: 0.0,
            quality: None,
        }
    }

    /// Share of the cores that a run kept busy.
    fn busy(&self, run: &Usage) -> f64 {
        run.cpu_s / (run.wall_s * self.cores as f64)
    }

    pub(crate) fn to_markdown(&self) -> String {
        let mut text = String::new();
        let (gaze, peer) = (median(&self.gaze), median(&self.peer));
        let cores = self.cores;
        // Writing to a string does not fail.
        let mut line = |args: std::fmt::Arguments<'_>| {
            let _ = text.write_fmt(args);
            text.push('\n');
        };
        line(format_args!(
            "{} x {} px, grid {}, {cores} cores, median of {} runs in turn\n",
            self.size.width,
            self.size.height,
            self.grid,
            self.gaze.len()
        ));
        line(format_args!("| | gaze | Python peer | ratio |"));
        line(format_args!("| --- | --- | --- | --- |"));
        let (g, p) = (gaze.wall_s, peer.wall_s);
        line(format_args!("| wall, s | {g:.2} | {p:.2} | {:.2} times faster |", p / g));
        let (g, p) = (gaze.cpu_s, peer.cpu_s);
        line(format_args!("| CPU, s | {g:.2} | {p:.2} | {:.2} times less |", p / g));
        let (g, p) = (self.busy(gaze), self.busy(peer));
        line(format_args!("| CPU / (wall x cores) | {g:.2} | {p:.2} | |"));
        let (g, p) = (gaze.peak_mib, peer.peak_mib);
        line(format_args!("| peak memory, MiB | {g:.0} | {p:.0} | {:.2} |", g / p));
        let (g, p) = (self.gaze_bytes as f64 / 1e6, self.peer_bytes as f64 / 1e6);
        line(format_args!("| sheets of its own frames, MB | {g:.2} | {p:.2} | |"));
        if let Some(q) = &self.quality {
            let (g, p) = (q.gaze_bytes as f64 / 1e6, q.pillow_bytes as f64 / 1e6);
            line(format_args!("| sheets of gaze's frames, MB | {g:.2} | {p:.2} | {:.3} |", g / p));
            let (g, p) = (q.gaze_ssim, q.pillow_ssim);
            line(format_args!(
                "| SSIM to gaze's frames (luma) | {g:.4} | {p:.4} | {:+.4} |",
                g - p
            ));
        }
        line(format_args!("| render, ms a frame and core | {:.2} | | |", self.render_ms));
        if let Some(large) = &self.large {
            let peak = large.peak_mib;
            line(format_args!("| peak memory at 512 x 640, MiB | {peak:.0} | | |"));
        }
        line(format_args!(
            "\n| grid | frames | wall, s | CPU ms a frame | render ms a frame | peak, MiB |"
        ));
        line(format_args!("| --- | --- | --- | --- | --- | --- |"));
        for row in &self.grids {
            let frames = f64::from(row.grid * row.grid);
            line(format_args!(
                "| {} | {frames} | {:.2} | {:.2} | {:.2} | {:.0} |",
                row.grid,
                row.run.wall_s,
                row.run.cpu_s * 1e3 / frames,
                row.render_ms,
                row.run.peak_mib
            ));
        }
        text
    }

    /// `runs.csv`, `grids.csv`, `quality.csv` and `table.md`.
    pub(crate) fn write(&self, dir: &Path) -> io::Result<()> {
        let mut runs = String::from("program,round,wall_s,cpu_s,busy,peak_mib,sheet_bytes\n");
        let programs =
            [("gaze", &self.gaze, self.gaze_bytes), ("peer", &self.peer, self.peer_bytes)];
        for (program, usages, bytes) in programs {
            for (round, run) in usages.iter().enumerate() {
                runs += &format!(
                    "{program},{round},{:.3},{:.3},{:.3},{:.1},{bytes}\n",
                    run.wall_s,
                    run.cpu_s,
                    self.busy(run),
                    run.peak_mib
                );
            }
        }
        fs::write(dir.join("runs.csv"), runs)?;
        let mut grids = String::from("grid,wall_s,cpu_s,peak_mib,render_ms\n");
        for row in &self.grids {
            grids += &format!(
                "{},{:.3},{:.3},{:.1},{:.3}\n",
                row.grid, row.run.wall_s, row.run.cpu_s, row.run.peak_mib, row.render_ms
            );
        }
        fs::write(dir.join("grids.csv"), grids)?;
        if let Some(q) = &self.quality {
            let rows = format!(
                "encoder,bytes,ssim_luma\ngaze,{},{:.5}\npillow,{},{:.5}\n",
                q.gaze_bytes, q.gaze_ssim, q.pillow_bytes, q.pillow_ssim
            );
            fs::write(dir.join("quality.csv"), rows)?;
        }
        fs::write(dir.join("table.md"), self.to_markdown())
    }
}

/// The run with the middle wall time.
fn median(runs: &[Usage]) -> &Usage {
    let mut order: Vec<&Usage> = runs.iter().collect();
    order.sort_by(|a, b| a.wall_s.total_cmp(&b.wall_s));
    order[order.len() / 2]
}
