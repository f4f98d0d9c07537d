//! A pack from sheets that exist already.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::motion::MotionMap;
use super::moving_part::crop;
use super::writer::{PackSections, PackShape, PackWriter};
use super::{PackFile, PackHeader};
use crate::codecs::codec_of;
use crate::quality::{PACK_QUALITY, check_quality};
use crate::sheets::reading::{CUT_SHORT, SHEET_MAX_BYTES, read_at_most, read_manifest, read_sheet};
use gaze_face::threads::{check_threads, lock, thread_count};
use gaze_output::OutputFile;
use gaze_rig::pack::RIG_FILE;
use gaze_rig::{
    Cell, Error, ErrorKind, Frame, Grid, Manifest, Observer, Placement, Progress, Provenance, Rect,
    Result, SheetFormat, SheetLayout, SheetSpec, Size, Stage,
};

/// How sheets become a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PackOptions {
    /// WebP quality of the frames, 0 to 100. Default: 75.
    pub quality: u8,
    /// Threads that encode, at most 256; 0 for one a core. Default: 0.
    pub threads: usize,
    /// Replace a pack that is there already. Default: false.
    pub force: bool,
}

impl Default for PackOptions {
    fn default() -> Self {
        Self { quality: PACK_QUALITY, threads: 0, force: false }
    }
}

impl PackOptions {
    /// Checks every range.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] naming the option.
    pub fn check(&self) -> Result<()> {
        check_quality(self.quality)?;
        check_threads(self.threads)
    }

    /// Encodes frames better or smaller: 0 to 100.
    #[must_use]
    pub fn with_quality(mut self, quality: u8) -> Self {
        self.quality = quality;
        self
    }

    /// Uses a fixed number of threads; 0 for one a core.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Replaces a pack that is there already, or not.
    #[must_use]
    pub fn with_force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }
}

/// Makes the pack `target` from the sheets in `dir`, which stay as they are; those for phones are not needed.
/// Reads one sheet at a time, each of them twice: first to find what moves. Folders without
/// `metadata.json` are taken for quadrants of the default grid. A live rig that lies beside the sheets and has the size of
/// their frames goes into the pack.
///
/// # Errors
/// [`ErrorKind::InvalidOption`] for options out of range, [`ErrorKind::InvalidInput`] where `dir` cannot be read,
/// [`ErrorKind::InvalidFormat`] where a sheet is missing or wrong, [`ErrorKind::Output`] where `target` is there
/// already or cannot be written, [`ErrorKind::Cancelled`]. Nothing is left of a run that failed.
pub fn pack_sheets(
    dir: impl AsRef<Path>,
    target: impl AsRef<Path>,
    options: &PackOptions,
    observer: &dyn Observer,
) -> Result<PackHeader> {
    options.check()?;
    observer.on_progress(&Progress::start(Stage::Initializing, 0));
    let mut sheets = Sheets::open(dir.as_ref())?;
    let out = OutputFile::create_from(target, options.force, &sheets.inputs())?;
    let rig = sheets.rig()?;
    let motion = sheets.find_motion(observer)?;
    let shape = PackShape {
        grid: sheets.manifest.grid,
        frame_size: sheets.manifest.frame_size,
        has_alpha: sheets.manifest.has_alpha,
        moving: motion.rect,
    };
    let spool = out.scratch("frames.spool");
    let writer = PackWriter::create(shape, options.quality, spool, out.target().to_owned())?;
    sheets.add_frames(&writer, options, observer)?;
    let sections = PackSections { rig: rig.as_deref(), blink: None };
    let provenance = &sheets.provenance;
    let header = writer.finish(&motion.rest, sections, provenance, &out.part(), observer)?;
    out.commit()?;
    observer.on_progress(&Progress::start(Stage::Complete, 0));
    Ok(header)
}

/// The full-size sheets of a folder, decoded one at a time.
struct Sheets {
    dir: PathBuf,
    manifest: Manifest,
    provenance: Provenance,
    specs: Vec<SheetSpec>,
    /// The sheet decoded last, which is the first that the second pass needs.
    decoded: Option<(usize, Frame)>,
}

struct Motion {
    rest: Frame,
    rect: Rect,
}

impl Sheets {
    fn open(dir: &Path) -> Result<Self> {
        let folder = fs::metadata(dir).map_err(|e| {
            let message = format!("the folder cannot be read: {e}");
            Error::new(ErrorKind::InvalidInput, message).with_path(dir).with_source(e)
        })?;
        if !folder.is_dir() {
            let message = "is no folder: name one with sheets";
            return Err(Error::new(ErrorKind::InvalidInput, message).with_path(dir));
        }
        let path = dir.join("metadata.json");
        let (manifest, provenance) = if path.exists() {
            read_manifest(&path).map_err(|e| invalid(format!("the metadata {e}"), &path))?
        } else {
            (guess_manifest(dir)?, Provenance::unknown())
        };
        let mut specs = manifest.sheets()?;
        // Those for phones show the same frames again.
        specs.truncate(if manifest.layout == SheetLayout::Single { 1 } else { 4 });
        Ok(Self { dir: dir.to_owned(), manifest, provenance, specs, decoded: None })
    }

    /// The files that the pack is made of.
    fn inputs(&self) -> Vec<PathBuf> {
        let sheets = self.specs.iter().map(SheetSpec::file_name);
        sheets.chain(["metadata.json", RIG_FILE]).map(|name| self.dir.join(name)).collect()
    }

    /// The section of the live rig beside the sheets, where it draws frames of their size.
    fn rig(&self) -> Result<Option<Vec<u8>>> {
        let path = self.dir.join(RIG_FILE);
        if !path.exists() {
            return Ok(None);
        }
        let mut pack = PackFile::open(path)?;
        let frames = (self.manifest.frame_size, self.manifest.has_alpha);
        match pack.stored_rig()? {
            Some(rig) if (rig.frame_size(), rig.has_alpha()) == frames => pack.rig_section(),
            _ => Ok(None),
        }
    }

    /// Compares every cell with the one next to rest, which the first sheet shows.
    fn find_motion(&mut self, observer: &dyn Observer) -> Result<Motion> {
        let grid = self.manifest.grid;
        let middle = (grid.side() - 1) / 2;
        let centre = Cell { row: middle, col: middle };
        let mut rest = None;
        let mut map = None;
        let total = self.specs.len() as u32;
        for index in 0..self.specs.len() {
            let current = index as u32;
            observer.on_progress(&Progress::start(Stage::Preparing, total).with_current(current));
            let spec = self.specs[index].clone();
            let sheet = self.sheet(index)?;
            if let Some(place) = spec.placement_of(centre) {
                let frame = cut_cell(sheet, &place, spec.frame_size());
                map = Some(MotionMap::new(grid, &frame));
                rest = Some(frame);
            }
            let Some(map) = &mut map else { continue };
            for place in spec.placements() {
                observer.check_cancelled()?;
                map.add(place.cell, &cut_cell(sheet, &place, spec.frame_size()));
            }
        }
        match (rest, map) {
            (Some(rest), Some(map)) => Ok(Motion { rest, rect: map.moving_rect() }),
            _ => Err(invalid("the sheets lack the middle cell".to_owned(), &self.dir)),
        }
    }

    /// Hands every cell to the writer. Starts with the sheet that is decoded already.
    fn add_frames(
        &mut self,
        writer: &PackWriter,
        options: &PackOptions,
        observer: &dyn Observer,
    ) -> Result<()> {
        let total = self.manifest.grid.cells();
        let threads = thread_count(options.threads);
        let done = Mutex::new(0);
        for index in (0..self.specs.len()).rev() {
            let spec = self.specs[index].clone();
            let places: Vec<Placement> = spec.placements().collect();
            let sheet = self.sheet(index)?;
            let next = AtomicUsize::new(0);
            let work = || -> Result<()> {
                while let Some(place) = places.get(next.fetch_add(1, Ordering::Relaxed)) {
                    observer.check_cancelled()?;
                    writer.add(place.cell, &cut_cell(sheet, place, spec.frame_size()))?;
                    // Held while the observer is told, so that the count only rises.
                    let mut done = lock(&done);
                    *done += 1;
                    let progress = Progress::start(Stage::Generating, total);
                    observer.on_progress(&progress.with_current(*done));
                }
                Ok(())
            };
            thread::scope(|scope| {
                let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                threads.into_iter().try_for_each(|thread| {
                    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
            })?;
        }
        Ok(())
    }

    fn sheet(&mut self, index: usize) -> Result<&Frame> {
        if self.decoded.as_ref().is_none_or(|(decoded, _)| *decoded != index) {
            // Gone before the next one is decoded.
            self.decoded = None;
            let spec = &self.specs[index];
            let path = self.dir.join(spec.file_name());
            let sheet = read_sheet(&path, spec, self.manifest.has_alpha)
                .and_then(|webp| {
                    codec_of(spec.format())
                        .decode(&webp, spec.size())
                        .ok_or_else(|| CUT_SHORT.to_owned())
                })
                .map_err(|e| invalid(format!("the sheet {e}"), &path))?;
            self.decoded = Some((index, sheet));
        }
        Ok(&self.decoded.as_ref().expect("decoded above").1)
    }
}

fn cut_cell(sheet: &Frame, place: &Placement, size: Size) -> Frame {
    crop(sheet, Rect { x: place.x, y: place.y, width: size.width, height: size.height })
}

/// What a folder of quadrants without metadata holds, as the player takes it.
fn guess_manifest(dir: &Path) -> Result<Manifest> {
    let format = SheetFormat::default();
    let name = SheetSpec::quadrant_name(0, format);
    let path = dir.join(&name);
    if !path.exists() {
        let message =
            format!("the folder has neither metadata.json nor {name}: name one with sheets");
        return Err(invalid(message, dir));
    }
    let file = read_at_most(&path, SHEET_MAX_BYTES)
        .map_err(|e| invalid(format!("the sheet {e}"), &path))?;
    let header = codec_of(format)
        .read_header(&file)
        .ok_or_else(|| invalid(format!("the sheet is no {} file", format.name()), &path))?;
    let (grid, side) = (Grid::DEFAULT, Grid::DEFAULT.side() / 2);
    let Size { width, height } = header.size;
    if !width.is_multiple_of(side) || !height.is_multiple_of(side) {
        let message = format!(
            "without metadata.json a sheet must show {side} x {side} frames, this one of {width} x {height} px \
             does not: write a metadata.json"
        );
        return Err(invalid(message, &path));
    }
    let frame = Size { width: width / side, height: height / side };
    Ok(Manifest::new(grid, SheetLayout::Quadrants, frame, header.has_alpha))
}

fn invalid(message: String, path: &Path) -> Error {
    Error::new(ErrorKind::InvalidFormat, message).with_path(path)
}
