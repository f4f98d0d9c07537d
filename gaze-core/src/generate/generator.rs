//! From a portrait to a folder of sheets.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::frames::Frames;
use super::options::GenerateOptions;
use super::originals::refuse_to_replace;
use super::outcome::Outcome;
use super::previews;
use crate::frame_source::{FrameSource, work_folder};
use crate::pack::PACK_FILE;
use crate::pack::PackHeader;
use crate::pack::writer::{PackShape, PackWriter};
use crate::quality::pack_quality;
use crate::sheets::{Extra, FrameSink, Sink, WorkerPool, cell_order};
use gaze_face::threads::thread_count;
use gaze_face::{Engine, FaceChoice, Portrait, PrepareRequest, PreparedPortrait};
use gaze_output::{OutputFolder, failed};
use gaze_rig::{
    Cell, Error, ErrorKind, Frame, Grid, Manifest, Observer, Progress, Result, SheetLayout,
    SheetSpec, Stage, Sweep,
};

/// Files beside the sheets and the pack, in the order of the documentation.
pub(crate) const COMPANIONS: [&str; 4] =
    ["metadata.json", "input.jpg", "contact.png", "preview.webp"];
/// Where frames wait for their place in the pack, in the temporary folder.
const SPOOL_FILE: &str = "frames.spool";

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

    /// Renders all poses on all threads and hands the frames out row by row, while rendering goes on. A bounded number of
    /// frames waits to be taken, so that memory does not grow with the grid. `observer` hears of the preparation and
    /// may cancel that; dropping the iterator ends the rendering.
    ///
    /// ```
    /// use gaze_core::{GazeGenerator, Grid, Portrait, embedded::EmbeddedEngine};
    ///
    /// # fn main() -> gaze_core::Result<()> {
    /// let portrait = Portrait::open("../examples/astronaut.png")?;
    /// let generator =
    ///     GazeGenerator::new(EmbeddedEngine::new()?).with_grid(Grid::from_side(4)?).with_max_size(128);
    /// for cell_and_frame in generator.frames(&portrait, &())? {
    ///     let (cell, frame) = cell_and_frame?;
    ///     println!("row {}, column {}: {} bytes", cell.row, cell.col, frame.pixels().len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare); the iterator gives the engine's first error as its last item.
    pub fn frames(&self, portrait: &Portrait, observer: &dyn Observer) -> Result<Frames> {
        let prepared = self.prepare(portrait, observer)?;
        Ok(Frames::begin(prepared, self.options.sweep, thread_count(self.options.threads)))
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
        self.make_sheets(&frames, &sheets, Vec::new(), &sink, None, observer)?;
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
        if self.options.pack && !PackHeader::holds_frames_of(resized.size()) {
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
        let writer = match self.options.pack {
            true => Some(self.pack_writer(prepared, &folder)?),
            false => None,
        };
        let to_pack = writer.as_ref().map(|writer| |cell, frame: &Frame| writer.add(cell, frame));
        let frame_sink = to_pack.as_ref().map(|add| add as &FrameSink<'_>);
        self.make_sheets(&frames, &sheets, extras, &sink, frame_sink, observer)?;
        let (sweep_time, network_time) = (sweeping.elapsed(), prepared.network_time());
        observer.check_cancelled()?;
        if let Some(writer) = writer {
            let mut rest = Frame::new(prepared.frame_size());
            frames.render_at(0.0, 0.0, &mut rest)?;
            writer.finish(&rest, &folder.part(PACK_FILE), observer)?;
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

    fn make_sheets(
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

    fn pack_writer(
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
