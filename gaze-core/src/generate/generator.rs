//! From a portrait to a folder of sheets.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::frame_source::{FrameSource, work_folder};
use super::originals::refuse_to_replace;
use super::previews;
use crate::pack::PACK_FILE;
use crate::pack::PackHead;
use crate::pack::writer::{PackShape, PackWriter};
use crate::quality::{SHEET_QUALITY, check_quality, pack_quality};
use crate::sheets::{Extra, FrameSink, Sink, WorkerPool, cell_order};
use gaze_face::threads::{check_threads, thread_count};
use gaze_face::{
    Engine, EyeStyle, FaceChoice, Portrait, PrepareOptions, PrepareRequest, PreparedPortrait,
    Warning,
};
use gaze_output::{OutputFolder, failed};
use gaze_rig::{
    Cell, Error, ErrorKind, Frame, Grid, Manifest, Observer, Progress, Result, SheetLayout,
    SheetSpec, Stage, Sweep,
};

/// Smallest [`GenerateOptions::max_size`], in pixels: less shows no face.
const MIN_MAX_SIZE: u32 = 32;
/// Files beside the sheets and the pack, in the order of the documentation.
pub(crate) const COMPANIONS: [&str; 4] =
    ["metadata.json", "input.jpg", "contact.png", "preview.webp"];
/// Where frames wait for their place in the pack, in the temporary folder.
const SPOOL_FILE: &str = "frames.spool";

/// How sheets are generated.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GenerateOptions {
    /// Which poses are rendered. Default: the contract's 30 x 30.
    pub sweep: Sweep,
    /// How the cells are spread over files. Default: quadrants.
    pub layout: SheetLayout,
    /// WebP quality of the sheets, 0 to 100. Default: 70.
    pub quality: u8,
    /// Longer side of a frame at most, in pixels; smaller portraits keep their size. Default: 512.
    pub max_size: u32,
    /// Threads that render and encode, at most 256; 0 for one a core. Default: 0.
    pub threads: usize,
    /// Which face to animate. Default: the largest.
    pub face: FaceChoice,
    /// Make everything but the person transparent. Default: false.
    pub remove_background: bool,
    /// How eyes are drawn. Default: [`EyeStyle::Auto`].
    pub eyes: EyeStyle,
    /// Write `frames.gaze` beside the sheets: the same frames in one file, for the player. Default: true.
    pub pack: bool,
    /// Continue where an interrupted run of the same frames stopped, and leave what is finished for the next run
    /// if this one is. For engines that take long; they keep it beside the output folder. Default: true.
    pub resume: bool,
    /// Replace an output folder that is not empty. Files in it that are not gaze's are kept, and a run that would replace
    /// the portrait's own file is refused.
    /// Default: false.
    pub force: bool,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self {
            sweep: Sweep::default(),
            layout: SheetLayout::default(),
            quality: SHEET_QUALITY,
            max_size: 512,
            threads: 0,
            face: FaceChoice::default(),
            remove_background: false,
            eyes: EyeStyle::default(),
            pack: true,
            resume: true,
            force: false,
        }
    }
}

impl GenerateOptions {
    /// Checks every range that does not depend on the portrait.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] naming the option.
    pub fn check(&self) -> Result<()> {
        self.sweep.check()?;
        check_quality(self.quality)?;
        check_threads(self.threads)?;
        if self.max_size < MIN_MAX_SIZE {
            let message =
                format!("the maximum size is {} px: use {MIN_MAX_SIZE} or more", self.max_size);
            return Err(Error::new(ErrorKind::InvalidOption, message));
        }
        Ok(())
    }

    /// What an engine needs to know.
    fn prepare_options(&self) -> PrepareOptions {
        PrepareOptions::default()
            .with_face(self.face)
            .with_background_removed(self.remove_background)
            .with_eyes(self.eyes)
    }
}

/// What a finished run says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// What `metadata.json` holds.
    pub manifest: Manifest,
    /// What may look wrong in the result, and why.
    pub warnings: Vec<Warning>,
    /// Name and bytes of every file: sheets first, in the layout's order, then the pack and the rest.
    pub files: Vec<(String, u64)>,
    /// Time the engine took to prepare the portrait.
    pub prepare_time: Duration,
    /// Time from the first frame's beginning to the last sheet's end.
    pub sweep_time: Duration,
    /// Time within that in which the engine's networks ran, for engines that have such.
    pub network_time: Option<Duration>,
    /// Frames that an interrupted run had left, so that they were not rendered again.
    pub resumed_frames: u32,
    /// Time for everything.
    pub total_time: Duration,
}

/// Turns portraits into folders of sheets with one engine.
#[derive(Debug, Clone, Default)]
pub struct GazeGenerator<E> {
    engine: E,
    options: GenerateOptions,
}

impl<E: Engine> GazeGenerator<E> {
    /// A generator with the default options.
    pub fn new(engine: E) -> Self {
        Self { engine, options: GenerateOptions::default() }
    }

    /// Takes all options at once.
    #[must_use]
    pub fn with_options(mut self, options: GenerateOptions) -> Self {
        self.options = options;
        self
    }

    /// Renders another sweep.
    #[must_use]
    pub fn with_sweep(mut self, sweep: Sweep) -> Self {
        self.options.sweep = sweep;
        self
    }

    /// Renders the contract's sweep on another grid.
    #[must_use]
    pub fn with_grid(mut self, grid: Grid) -> Self {
        self.options.sweep.grid = grid;
        self
    }

    /// Spreads the cells over files in another way.
    #[must_use]
    pub fn with_layout(mut self, layout: SheetLayout) -> Self {
        self.options.layout = layout;
        self
    }

    /// Makes frames larger or smaller.
    #[must_use]
    pub fn with_max_size(mut self, max_size: u32) -> Self {
        self.options.max_size = max_size;
        self
    }

    /// Animates another face than the largest.
    #[must_use]
    pub fn with_face(mut self, face: FaceChoice) -> Self {
        self.options.face = face;
        self
    }

    /// Makes everything but the person transparent.
    #[must_use]
    pub fn with_background_removed(mut self) -> Self {
        self.options.remove_background = true;
        self
    }

    /// Uses a fixed number of threads.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.options.threads = threads;
        self
    }

    /// The options in use.
    pub fn options(&self) -> &GenerateOptions {
        &self.options
    }

    /// The engine in use.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// Resizes the portrait and prepares it for rendering single poses.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for options out of range, [`ErrorKind::NoFace`],
    /// [`ErrorKind::Engine`] and [`ErrorKind::Cancelled`] as the engine says.
    pub fn prepare(
        &self,
        portrait: &Portrait,
        observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        self.options.check()?;
        self.engine.prepare(&self.request(portrait), observer)
    }

    /// Renders all poses, one after the other, row by row, without encoding them.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare), and whatever `each` returns, at once.
    pub fn render_frames(
        &self,
        portrait: &Portrait,
        observer: &dyn Observer,
        mut each: impl FnMut(Cell, &Frame) -> Result<()>,
    ) -> Result<()> {
        let prepared = self.prepare(portrait, observer)?;
        let order: Vec<Cell> = self.options.sweep.cells().collect();
        let frames = FrameSource::begin(prepared.as_ref(), &self.options.sweep, &order, None)?;
        let mut frame = Frame::new(prepared.frame_size());
        for cell in order {
            observer.check_cancelled()?;
            frames.render(cell, &mut frame)?;
            each(cell, &frame)?;
        }
        Ok(())
    }

    /// Generates all sheets and hands each one, encoded, to `sink`, from several threads and in the
    /// order in which they are finished. Writes no file.
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare), and whatever `sink` returns.
    pub fn generate_sheets(
        &self,
        portrait: &Portrait,
        observer: &dyn Observer,
        sink: impl Fn(&SheetSpec, &[u8]) -> Result<()> + Sync,
    ) -> Result<Manifest> {
        let prepared = self.prepare(portrait, observer)?;
        let manifest = self.manifest_of(prepared.as_ref());
        let sheets = manifest.sheets()?;
        let order = cell_order(&sheets);
        let frames = FrameSource::begin(prepared.as_ref(), &self.options.sweep, &order, None)?;
        self.pack(&frames, &sheets, Vec::new(), &sink, None, observer)?;
        Ok(manifest)
    }

    /// Generates a folder of sheets with `frames.gaze`, `metadata.json`, `input.jpg`, `contact.png` and
    /// `preview.webp`. The folder appears when all of it is done; nothing is left of a run that failed
    /// or was cancelled.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for options out of range or sheets that WebP cannot hold,
    /// [`ErrorKind::Output`] where the folder cannot be written, is not empty or holds the portrait under the name of
    /// a result, which would replace it, [`ErrorKind::NoFace`]
    /// and [`ErrorKind::Engine`] as the engine says, [`ErrorKind::Cancelled`].
    pub fn generate(
        &self,
        portrait: &Portrait,
        out_dir: impl AsRef<Path>,
        observer: &dyn Observer,
    ) -> Result<Outcome> {
        let start = Instant::now();
        observer.on_progress(&Progress::start(Stage::Initializing, 0));
        self.options.check()?;
        let request = self.request(portrait);
        let resized = request.portrait();
        // Fails early, before the slow part, where WebP cannot hold the sheets.
        self.options.layout.sheets(self.options.sweep.grid, resized.size())?;
        if self.options.pack && !PackHead::holds_frames_of(resized.size()) {
            return Err(Error::new(
                ErrorKind::InvalidOption,
                format!(
                    "frames of {} x {} px are too large for a pack: use a smaller maximum size, or sheets alone",
                    resized.size().width,
                    resized.size().height
                ),
            ));
        }
        refuse_to_replace(portrait, out_dir.as_ref())?;
        let folder = OutputFolder::create(out_dir.as_ref(), self.options.force)?;

        observer.on_progress(&Progress::start(Stage::Preparing, 0));
        let preparing = Instant::now();
        let prepared = self.engine.prepare(&request, observer)?;
        let prepare_time = preparing.elapsed();
        let prepared = prepared.as_ref();
        let manifest = self.manifest_of(prepared);
        let sheets = manifest.sheets()?;

        let sweep = &self.options.sweep;
        let sweeping = Instant::now();
        let order = cell_order(&sheets);
        let work = work_folder(prepared, sweep, &order, &folder, self.options.resume);
        let frames = FrameSource::begin(prepared, sweep, &order, work.as_deref())?;
        let extras: Vec<Extra<'_>> = vec![
            Box::new(|| folder.write("preview.webp", &previews::preview_webp(&frames, observer)?)),
            Box::new(|| folder.write("contact.png", &previews::contact_png(&frames, observer)?)),
            Box::new(|| folder.write("input.jpg", &previews::portrait_jpeg(resized.frame())?)),
        ];
        let sink = |spec: &SheetSpec, webp: &[u8]| folder.write(spec.file_name(), webp);
        let draft = match self.options.pack {
            true => Some(self.draft_pack(prepared, &folder)?),
            false => None,
        };
        let to_draft = draft.as_ref().map(|draft| |cell, frame: &Frame| draft.add(cell, frame));
        let frame_sink = to_draft.as_ref().map(|add| add as &FrameSink<'_>);
        self.pack(&frames, &sheets, extras, &sink, frame_sink, observer)?;
        let (sweep_time, network_time) = (sweeping.elapsed(), prepared.network_time());
        observer.check_cancelled()?;
        if let Some(draft) = draft {
            let mut rest = Frame::new(prepared.frame_size());
            frames.render_at(0.0, 0.0, &mut rest)?;
            draft.finish(&rest, &folder.part(PACK_FILE), observer)?;
        }
        folder.write(COMPANIONS[0], manifest.to_json().as_bytes())?;
        let files = self.list_files(&folder, &manifest)?;
        // Kept until the results are in place, unless it lies among them.
        let (outside, inside) = if self.options.resume { (work, None) } else { (None, work) };
        remove_work(inside)?;
        // The portrait may have been moved there meanwhile.
        refuse_to_replace(portrait, folder.target())?;
        folder.commit(is_own_file)?;
        remove_work(outside)?;
        // Until then the work is locked, so that no run begins with what is about to be removed.
        let resumed_frames = frames.resumed();
        drop(frames);
        observer.on_progress(&Progress::start(Stage::Complete, 0));
        Ok(Outcome {
            manifest,
            warnings: prepared.warnings().to_vec(),
            files,
            prepare_time,
            sweep_time,
            network_time,
            resumed_frames,
            total_time: start.elapsed(),
        })
    }

    fn request<'a>(&self, portrait: &'a Portrait) -> PrepareRequest<'a> {
        PrepareRequest::new(portrait, self.options.max_size)
            .with_options(self.options.prepare_options())
    }

    fn manifest_of(&self, prepared: &dyn PreparedPortrait) -> Manifest {
        Manifest::new(
            self.options.sweep.grid,
            self.options.layout,
            prepared.frame_size(),
            prepared.has_alpha(),
        )
    }

    fn pack(
        &self,
        frames: &FrameSource<'_>,
        sheets: &[SheetSpec],
        extras: Vec<Extra<'_>>,
        sink: &Sink<'_>,
        frame_sink: Option<&FrameSink<'_>>,
        observer: &dyn Observer,
    ) -> Result<()> {
        let pool = WorkerPool {
            frames,
            sheets,
            quality: self.options.quality,
            threads: thread_count(self.options.threads),
            observer,
            frame_sink,
        };
        pool.run(extras, sink)
    }

    fn draft_pack(
        &self,
        prepared: &dyn PreparedPortrait,
        folder: &OutputFolder,
    ) -> Result<PackWriter> {
        let shape = PackShape {
            grid: self.options.sweep.grid,
            frame_size: prepared.frame_size(),
            has_alpha: prepared.has_alpha(),
            moving: prepared.moving_rect(),
        };
        let quality = pack_quality(self.options.quality);
        PackWriter::create(shape, quality, folder.part(SPOOL_FILE), folder.target_of(PACK_FILE))
    }

    fn list_files(&self, folder: &OutputFolder, manifest: &Manifest) -> Result<Vec<(String, u64)>> {
        let sheets = manifest.sheets()?;
        let pack = self.options.pack.then_some(PACK_FILE);
        let names = sheets.iter().map(SheetSpec::file_name).chain(pack).chain(COMPANIONS);
        names.map(|name| Ok((name.to_owned(), folder.size_of(name)?))).collect()
    }
}

/// Whether a file of this name in an output folder is one that gaze writes.
pub(crate) fn is_own_file(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        COMPANIONS.contains(&name) || name == PACK_FILE || SheetSpec::is_file_name(name)
    })
}

fn remove_work(folder: Option<PathBuf>) -> Result<()> {
    let Some(folder) = folder.filter(|folder| folder.exists()) else { return Ok(()) };
    std::fs::remove_dir_all(&folder).map_err(|e| {
        failed("the folder of unfinished work cannot be removed: remove it", &folder, e)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_range_are_named() {
        let check = |change: fn(&mut GenerateOptions)| {
            let mut options = GenerateOptions::default();
            change(&mut options);
            options.check().unwrap_err().to_string()
        };
        assert!(check(|o| o.quality = 101).contains("quality"));
        assert!(check(|o| o.max_size = 1).contains("maximum size"));
        assert!(check(|o| o.threads = 1000).contains("threads"));
        assert!(check(|o| o.sweep.eyebrow = f32::NAN).contains("eyebrow"));
    }
}
