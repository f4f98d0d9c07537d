//! The engine of this process, and how a picture becomes a folder of results by it.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use gaze_core::{
    Crop, Engine, EngineChoice, EngineOptions, Error, ErrorKind, FaceChoice, GazeGenerator,
    GenerateOptions, Grid, Observer, Outcome, Portrait, Progress, Result,
};
use tokio_util::sync::CancellationToken;

use super::progress::JobProgress;

/// How much less a rendering thread is worth than one that answers requests: its niceness.
const NICENESS: i32 = 10;

/// An engine with its models, ready to render.
pub struct Renderer {
    engine: Box<dyn Engine>,
    /// Short name: `embedded` or `liveportrait`.
    name: &'static str,
    note: String,
    threads: usize,
}

/// A picture that is to become a folder of results.
#[derive(Debug, Clone)]
pub(crate) struct RenderOrder {
    /// The picture's file.
    pub(crate) picture: PathBuf,
    /// The folder of results; appears whole.
    pub(crate) out: PathBuf,
    pub(crate) grid: Grid,
    pub(crate) face: FaceChoice,
    pub(crate) crop: Crop,
    pub(crate) remove_background: bool,
    /// Longer side of the frames at most.
    pub(crate) max_size: u32,
}

impl Renderer {
    /// Loads the engine.
    ///
    /// # Errors
    /// Those of [`EngineChoice::open`].
    pub fn open(choice: EngineChoice, options: &EngineOptions) -> Result<Self> {
        let opened = choice.open(options)?;
        Ok(Self::new(opened.engine, opened.note))
    }

    /// One that renders with an engine that is open; `note` says which one and why.
    pub fn new(engine: Box<dyn Engine>, note: String) -> Self {
        let name = engine.describe().name;
        Self { engine, name, note, threads: 0 }
    }

    /// Renders with this many threads; 0 for one a core, the default.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Short name of the engine: `embedded` or `liveportrait`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Which engine it is, where it runs and why.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Whether a neural network draws the frames.
    pub fn is_neural(&self) -> bool {
        self.name == "liveportrait"
    }

    /// Renders, and replaces what an interrupted run left.
    pub(crate) fn render(&self, order: &RenderOrder, observer: &dyn Observer) -> Result<Outcome> {
        let portrait = Portrait::open(&order.picture)?;
        let options = GenerateOptions::default()
            .with_grid(order.grid)
            .with_face(order.face)
            .with_crop(order.crop)
            .with_background_removed(order.remove_background)
            .with_max_size(order.max_size)
            .with_threads(self.threads)
            .with_force(true);
        let generator = GazeGenerator::new(&*self.engine).with_options(options);
        generator.generate(&portrait, &order.out, observer)
    }
}

/// Renders on a thread of its own, one that gives way to those that answer requests. `tell` hears how far it is; the token
/// cancels it.
///
/// # Errors
/// Those of [`GazeGenerator::generate`]; [`ErrorKind::Engine`] where the thread panicked.
pub(crate) async fn render_in_background(
    renderer: Arc<Renderer>,
    order: RenderOrder,
    tell: impl Fn(JobProgress) + Send + Sync + 'static,
    cancel: CancellationToken,
) -> Result<Outcome> {
    let run = move || {
        give_way();
        let teller =
            Teller { progress: Mutex::new(JobProgress::waiting("Starting")), tell, cancel };
        renderer.render(&order, &teller)
    };
    // Not one of the runtime's threads, which would keep the niceness.
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new()
        .name("render".to_owned())
        .spawn(move || drop(sender.send(run())));
    thread.map_err(|e| {
        Error::new(ErrorKind::Engine, format!("no thread can be started: {e}")).with_source(e)
    })?;
    receiver.await.unwrap_or_else(|_| {
        Err(Error::new(
            ErrorKind::Engine,
            "the engine broke off over this portrait: try another one",
        ))
    })
}

/// Lowers the priority of this thread and of those that it starts.
fn give_way() {
    #[cfg(target_os = "linux")]
    // SAFETY: takes numbers and touches no memory; Linux takes 0 for the calling thread.
    unsafe {
        libc::setpriority(libc::PRIO_PROCESS, 0, NICENESS);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = NICENESS;
}

/// Passes on what is worth telling.
struct Teller<F> {
    progress: Mutex<JobProgress>,
    tell: F,
    cancel: CancellationToken,
}

impl<F: Fn(JobProgress) + Send + Sync> Observer for Teller<F> {
    fn on_progress(&self, news: &Progress) {
        // Held while it is told: in order.
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = progress.after(news) {
            *progress = next.clone();
            (self.tell)(next);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}
