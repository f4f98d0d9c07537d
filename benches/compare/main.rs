//! Runs `gaze generate` and a Python peer in turn on one portrait and prints what each takes.
//!
//! `scripts/bench.sh` calls it with everything in place. Writes CSV files and `table.md` to the results
//! folder, and a plot where matplotlib is installed.

mod child;
mod portrait;
mod render;
mod report;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser;
use gaze_core::{Grid, Size};
use serde_json::Value;

use crate::child::{Usage, measure};
use crate::portrait::{LARGE, SIZE, write_portrait};
use crate::report::{GridRow, Quality, Report};

/// Measure gaze against its Python peer
#[derive(Parser)]
struct Arguments {
    /// The gaze program [default: beside this one]
    #[arg(long)]
    gaze: Option<PathBuf>,
    /// A Python with numpy, OpenCV, Pillow, scikit-image and matplotlib
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// The peer
    #[arg(long, default_value = "benches/peer/peer.py")]
    peer: PathBuf,
    /// Cells a side
    #[arg(long, default_value = "30")]
    grid: u32,
    /// Runs of each program
    #[arg(long, default_value = "3")]
    rounds: u32,
    /// Grids of the table of times a frame
    #[arg(long, value_delimiter = ',', default_value = "10,20,30,40")]
    grids: Vec<u32>,
    /// Where results go
    #[arg(long, default_value = "benches/results")]
    results: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let gaze = match &arguments.gaze {
        Some(path) => path.clone(),
        None => std::env::current_exe()?.with_file_name("gaze"),
    };
    if !gaze.exists() {
        return Err(format!("{} is missing: cargo build --release", gaze.display()).into());
    }
    let bench = Bench { arguments, gaze, dir: tempfile::tempdir()? };
    let report = bench.run()?;
    fs::create_dir_all(&bench.arguments.results)?;
    report.write(&bench.arguments.results)?;
    bench.plot();
    print!("{}", report.to_markdown());
    Ok(())
}

struct Bench {
    arguments: Arguments,
    gaze: PathBuf,
    dir: tempfile::TempDir,
}

impl Bench {
    /// Programs first, while this process is small (see [`measure`]); then what is measured within it.
    fn run(&self) -> Result<Report, Box<dyn Error>> {
        let portrait = write_portrait(self.dir.path(), SIZE)?;
        let large = write_portrait(self.dir.path(), LARGE)?;
        let (ours, theirs) = (self.dir.path().join("gaze"), self.dir.path().join("peer"));
        let grid = self.arguments.grid;

        let mut report = Report::new(grid, SIZE);
        for round in 0..self.arguments.rounds {
            eprintln!("round {} of {}", round + 1, self.arguments.rounds);
            report.peer.push(self.run_peer(&portrait, &theirs)?);
            report.gaze.push(self.run_gaze(&portrait, &ours, grid, SIZE)?);
        }
        report.peer_bytes = peer_bytes(&report.peer[0].stdout)?;
        report.gaze_bytes = sheet_bytes(&ours)?;
        eprintln!("peak memory at {} x {}", LARGE.width, LARGE.height);
        report.large = Some(self.run_gaze(&large, &self.dir.path().join("large"), grid, LARGE)?);
        for &grid in &self.arguments.grids {
            eprintln!("grid {grid}");
            let run = self.run_gaze(&portrait, &self.dir.path().join("grid"), grid, SIZE)?;
            report.grids.push(GridRow { grid, run, render_ms: 0.0 });
        }
        for row in &mut report.grids {
            row.render_ms = render::frame_millis(&portrait, Grid::from_side(row.grid)?)?;
        }
        report.render_ms = render::frame_millis(&portrait, Grid::from_side(grid)?)?;
        eprintln!("quality");
        report.quality = Some(self.judge(&portrait, &ours)?);
        Ok(report)
    }

    fn run_gaze(
        &self,
        portrait: &Path,
        out: &Path,
        grid: u32,
        size: Size,
    ) -> Result<Usage, Box<dyn Error>> {
        let mut command = Command::new(&self.gaze);
        command.arg("generate").arg(portrait).arg("--out").arg(out).arg("--force").arg("--json");
        // The peer makes sheets only.
        command.arg("--no-pack");
        command.args(["--grid", &grid.to_string()]);
        command.args(["--max-size", &size.width.max(size.height).to_string()]);
        Ok(measure(&mut command)?)
    }

    fn run_peer(&self, portrait: &Path, out: &Path) -> Result<Usage, Box<dyn Error>> {
        let mut command = Command::new(&self.arguments.python);
        command.arg(&self.arguments.peer).arg(portrait).arg(out);
        let numbers = [self.arguments.grid, SIZE.width, SIZE.height];
        command.args(numbers.map(|number| number.to_string()));
        Ok(measure(&mut command)?)
    }

    /// Hands the same uncompressed frames to Pillow and compares both with them.
    fn judge(&self, portrait: &Path, sheets: &Path) -> Result<Quality, Box<dyn Error>> {
        let frames = self.dir.path().join("frames.rgb");
        render::write_frames(portrait, Grid::from_side(self.arguments.grid)?, &frames)?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/quality.py");
        let mut command = Command::new(&self.arguments.python);
        command.arg(script).arg(&frames).arg(sheets);
        let run = measure(&mut command)?;
        fs::remove_file(&frames)?;
        Ok(Quality::from_json(&serde_json::from_str(&run.stdout)?)?)
    }

    fn plot(&self) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/plot.py");
        let status =
            Command::new(&self.arguments.python).arg(script).arg(&self.arguments.results).status();
        if !status.is_ok_and(|status| status.success()) {
            eprintln!("no plot: {} needs matplotlib", self.arguments.python.display());
        }
    }
}

/// Bytes of the sheets that a run of gaze left.
fn sheet_bytes(dir: &Path) -> Result<u64, Box<dyn Error>> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('q') && name.ends_with(".webp") {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}

fn peer_bytes(stdout: &str) -> Result<u64, Box<dyn Error>> {
    let value: Value = serde_json::from_str(stdout)?;
    value["bytes"].as_u64().ok_or_else(|| "the peer says no bytes".into())
}
