//! `gaze pack`: existing sheets become `frames.gaze`, and a live rig becomes sheets and frames.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use gaze_core::pack::{PACK_FILE, PackOptions, pack_sheets};
use gaze_core::rig_file::RIG_FILE;
use gaze_core::{
    Error, ErrorKind, GenerateOptions, Grid, PACK_QUALITY, Result, SHEET_QUALITY, SheetLayout,
    generate_from_rig,
};

use crate::console::{self, Console};
use crate::exit;

/// Make frames.gaze from the sheets in a folder, or sheets and frames.gaze from a live rig
#[derive(Args)]
pub(crate) struct Arguments {
    /// Folder with sheets, beside which the pack is written; or portrait.gaze, or a folder with nothing else of gaze's
    path: PathBuf,
    /// For a live rig: folder for the results, new or empty [default: portrait-gaze beside it]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// For a live rig: cells a side, an even number from 2 to 60 [default: 30]
    #[arg(long, value_name = "N", value_parser = crate::generate::parse_grid)]
    grid: Option<Grid>,
    /// For a live rig: quadrants or single, as for gaze generate [default: quadrants]
    #[arg(long, value_parser = crate::generate::parse_mode)]
    mode: Option<SheetLayout>,
    /// For a live rig: longer side of a frame at most, in pixels [default: that of the rig]
    #[arg(long, value_name = "PX")]
    max_size: Option<u32>,
    /// WebP quality, 0 to 100 [default: 75 for a pack of sheets, 70 for sheets of a rig]
    #[arg(long, value_name = "Q", value_parser = clap::value_parser!(u8).range(0..=100))]
    quality: Option<u8>,
    /// Threads that encode [default: one a core]
    #[arg(long, value_name = "N", value_parser = crate::generate::parse_threads)]
    threads: Option<usize>,
    /// Replace what is there already
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(arguments: &Arguments) -> u8 {
    console::cancel_on_interrupt();
    let console = Console::new(false);
    let done = match arguments.rig() {
        Some(rig) => arguments.unpack(&rig, &console),
        None => arguments.pack(&console),
    };
    match done {
        Ok(()) => exit::DONE,
        Err(error) => {
            console.fail(&error);
            exit::code_of(error.kind())
        }
    }
}

impl Arguments {
    /// The live rig that is named, by itself or by a folder.
    fn rig(&self) -> Option<PathBuf> {
        if self.path.is_file() {
            return Some(self.path.clone());
        }
        let has = |name: &str| self.path.join(name).exists();
        let has_sheets = ["metadata.json", "q0.webp", "sheet.webp"].into_iter().any(has);
        let is_meant = self.has_rig_options() || !has_sheets;
        (has(RIG_FILE) && is_meant).then(|| self.path.join(RIG_FILE))
    }

    /// Whether anything is asked for that only a live rig can give.
    fn has_rig_options(&self) -> bool {
        self.out.is_some() || self.grid.is_some() || self.mode.is_some() || self.max_size.is_some()
    }

    /// Sheets to a pack.
    fn pack(&self, console: &Console) -> Result<()> {
        if self.has_rig_options() {
            let message = "--out, --grid, --mode and --max-size are for a live rig, and there is none: \
                           leave them out, or name a portrait.gaze";
            return Err(Error::new(ErrorKind::InvalidOption, message).with_path(&self.path));
        }
        let options = PackOptions::default()
            .with_quality(self.quality.unwrap_or(PACK_QUALITY))
            .with_threads(self.threads.unwrap_or(0))
            .with_force(self.force);
        let target = self.path.join(PACK_FILE);
        let start = Instant::now();
        let header = pack_sheets(&self.path, &target, &options, console)?;
        console.finish(&format!(
            "{}: {} frames, {:.1} MB in {:.1} s",
            target.display(),
            header.grid.cells(),
            header.file_len() as f64 / 1e6,
            start.elapsed().as_secs_f64(),
        ));
        Ok(())
    }

    /// A rig to sheets and a pack.
    fn unpack(&self, rig: &Path, console: &Console) -> Result<()> {
        let mut options = GenerateOptions::default()
            .with_layout(self.mode.unwrap_or_default())
            .with_max_size(self.max_size.unwrap_or(u32::MAX))
            .with_quality(self.quality.unwrap_or(SHEET_QUALITY))
            .with_threads(self.threads.unwrap_or(0))
            .with_force(self.force);
        options.sweep.grid = self.grid.unwrap_or_default();
        let out = self.out.clone().unwrap_or_else(|| beside(rig));
        let outcome = generate_from_rig(rig, &out, &options, console)?;
        console.complete(&out, &outcome);
        Ok(())
    }
}

/// `face/portrait-gaze` for `face/portrait.gaze`.
fn beside(rig: &Path) -> PathBuf {
    let mut name = rig.file_stem().unwrap_or_default().to_owned();
    name.push("-gaze");
    rig.with_file_name(name)
}
