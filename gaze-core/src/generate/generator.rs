//! From a portrait to a folder of sheets.

use std::path::Path;
use std::time::Instant;

use super::folder_run::{FolderRun, check_frame_size, is_own_file, manifest_of, worker_pool};
use super::frames::Frames;
use super::options::GenerateOptions;
use super::originals::refuse_to_replace;
use super::outcome::{Outcome, RigInMemory, RigOutcome};
use super::rig_target::RigTarget;
use crate::frame_source::FrameSource;
use crate::marking::Mark;
use crate::rig_file::{RIG_FILE, RigFileOptions, encode_section, rig_to_bytes};
use crate::sheets::{cell_order, first_rows};
use gaze_face::threads::thread_count;
use gaze_face::{Crop, Engine, FaceChoice, Portrait, PrepareRequest, PreparedPortrait};
use gaze_output::OutputFolder;
use gaze_rig::rig::{RIG_MAX_AREA, Rig};
use gaze_rig::{
    Cell, Error, ErrorKind, Frame, Grid, Hint, Manifest, Observer, Progress, Provenance, Result,
    SheetLayout, SheetSpec, Stage, Sweep,
};

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

    /// Keeps a part of the portrait around the face.
    #[must_use]
    pub fn with_crop(mut self, crop: Crop) -> Self {
        self.options.crop = crop;
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
        let manifest = manifest_of(prepared.as_ref(), &self.options);
        let sheets = manifest.sheets()?;
        let order = cell_order(&sheets, &first_rows(&sheets, false, manifest.has_alpha));
        let frames = FrameSource::begin(prepared.as_ref(), &self.options.sweep, &order, None)?;
        let mark = Mark::new(&self.provenance());
        let pool = worker_pool(&frames, &sheets, &self.options, &mark, observer);
        pool.run(Vec::new(), &sink)?;
        Ok(manifest)
    }

    /// Generates a folder of sheets with `frames.gaze`, `metadata.json`, `input.jpg`, `contact.png` and
    /// `preview.webp`, and `portrait.gaze` where the engine makes a rig. The folder appears when all of it is done; nothing is left of a run that failed
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
        if self.options.crop == Crop::None {
            check_frame_size(&self.options, request.portrait().size())?;
        }
        refuse_to_replace(portrait, out_dir.as_ref())?;
        let folder = OutputFolder::create(out_dir.as_ref(), self.options.force)?;

        observer.on_progress(&Progress::start(Stage::Preparing, 0));
        let preparing = Instant::now();
        let prepared = self.engine.prepare(&request, observer)?;
        check_frame_size(&self.options, prepared.frame_size())?;
        let frame = request.framed(prepared.crop())?;
        let prepare_time = preparing.elapsed();
        let run = FolderRun {
            options: &self.options,
            prepared: prepared.as_ref(),
            portrait: frame.frame(),
            rig: self.rig_section(prepared.as_ref(), &frame)?,
            provenance: self.provenance(),
            prepare_time,
            start,
            observer,
        };
        // The portrait may have been moved there meanwhile.
        let target = folder.target().to_owned();
        run.write(folder, is_own_file, || refuse_to_replace(portrait, &target))
    }

    /// Generates the live rig and nothing else: the file `target` where its name ends in `.gaze`, else `portrait.gaze` in the
    /// folder `target`. It appears when all of it is done. Takes a second or so; see [`rig_file`](crate::rig_file) for what
    /// can be done with it.
    ///
    /// # Errors
    /// As [`generate`](Self::generate), and [`ErrorKind::Engine`] where the engine makes no rig.
    pub fn generate_rig(
        &self,
        portrait: &Portrait,
        target: impl AsRef<Path>,
        observer: &dyn Observer,
    ) -> Result<RigOutcome> {
        let start = Instant::now();
        observer.on_progress(&Progress::start(Stage::Initializing, 0));
        self.options.check()?;
        let out = RigTarget::create(target.as_ref(), portrait, self.options.force)?;
        let RigInMemory { bytes, frame_size, has_alpha, crop, warnings, prepare_time } =
            self.rig(portrait, observer)?;
        let file = out.write(&bytes)?;
        observer.on_progress(
            &Progress::start(Stage::Stitching, 1).with_current(1).with_finished(RIG_FILE),
        );
        observer.on_progress(&Progress::start(Stage::Complete, 0));
        Ok(RigOutcome {
            file,
            bytes: bytes.len() as u64,
            frame_size,
            has_alpha,
            crop,
            warnings,
            prepare_time,
            total_time: start.elapsed(),
        })
    }

    /// Makes the live rig in memory: the bytes of `portrait.gaze`. Takes a fraction of a second.
    ///
    /// ```
    /// use gaze_core::{GazeGenerator, Portrait, embedded::EmbeddedEngine};
    ///
    /// # fn main() -> gaze_core::Result<()> {
    /// let portrait = Portrait::open("../examples/astronaut.png")?;
    /// let generator = GazeGenerator::new(EmbeddedEngine::new()?).with_max_size(256);
    /// let rig = generator.rig(&portrait, &())?;
    /// assert!(rig.bytes.len() < 30_000);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`prepare`](Self::prepare), and [`ErrorKind::Engine`] where the engine makes no rig.
    pub fn rig(&self, portrait: &Portrait, observer: &dyn Observer) -> Result<RigInMemory> {
        let start = Instant::now();
        self.options.check()?;
        observer.on_progress(&Progress::start(Stage::Preparing, 0));
        let request = self.request(portrait);
        let prepared = self.engine.prepare(&request, observer)?;
        let rig = prepared.rig().ok_or_else(|| {
            let name = self.engine.describe().name;
            Error::new(ErrorKind::Engine, format!("the engine {name} makes no live rig"))
                .with_hint(Hint::UseEmbedded)
        })?;
        let prepare_time = start.elapsed();
        observer.on_progress(&Progress::start(Stage::Stitching, 1).with_started(RIG_FILE));
        let frame = request.framed(prepared.crop())?;
        let bytes = rig_to_bytes(rig, &self.rig_options(&frame))?;
        observer.check_cancelled()?;
        Ok(RigInMemory {
            bytes,
            frame_size: rig.frame_size(),
            has_alpha: rig.has_alpha(),
            crop: prepared.crop(),
            warnings: prepared.warnings().to_vec(),
            prepare_time,
        })
    }

    /// The live rig, where one is asked for and there can be one.
    fn rig_section(
        &self,
        prepared: &dyn PreparedPortrait,
        portrait: &Portrait,
    ) -> Result<Option<Vec<u8>>> {
        let can_be_stored = |rig: &&Rig| {
            let size = rig.frame_size();
            size == rig.parts().picture.size() && size.area() <= RIG_MAX_AREA
        };
        let rig = prepared.rig().filter(can_be_stored).filter(|_| self.options.rig);
        rig.map(|rig| encode_section(rig, &self.rig_options(portrait))).transpose()
    }

    fn provenance(&self) -> Provenance {
        Provenance::by_engine(self.engine.describe().name)
    }

    fn rig_options<'a>(&self, portrait: &'a Portrait) -> RigFileOptions<'a> {
        let jpeg = portrait.source_jpeg();
        RigFileOptions::default()
            .with_quality(self.options.rig_quality)
            .with_jpeg(jpeg)
            .with_engine(self.engine.describe().name)
    }

    fn request<'a>(&self, portrait: &'a Portrait) -> PrepareRequest<'a> {
        PrepareRequest::new(portrait, self.options.max_size)
            .with_options(self.options.prepare_options())
    }
}
