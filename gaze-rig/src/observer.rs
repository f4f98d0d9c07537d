//! Progress and cancellation.

use crate::error::{Error, Result};

/// What a run is doing, in this order. The names are those of the existing progress service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// Checking options and files.
    Initializing,
    /// Loading models.
    Loading,
    /// Reading the portrait, finding the face, preparing the engine.
    Preparing,
    /// Rendering frames; sheets are encoded meanwhile.
    Generating,
    /// Everything but the person is transparent in all frames; only where the background is removed. Engines do it
    /// while they prepare or render, so this stage is told and over when the last frame is there.
    RemovingBackground,
    /// Encoding what is left after the last frame.
    Stitching,
    /// Everything is written and in place.
    Complete,
}

impl Stage {
    /// The stage's name in the progress service: `initializing`, `loading`, ...
    pub fn name(self) -> &'static str {
        match self {
            Stage::Initializing => "initializing",
            Stage::Loading => "loading",
            Stage::Preparing => "preparing",
            Stage::Generating => "generating",
            Stage::RemovingBackground => "removing_bg",
            Stage::Stitching => "stitching",
            Stage::Complete => "complete",
        }
    }
}

/// One piece of news about a run.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// Units of this stage done: frames while generating, sheets while stitching, megabytes of the activity while
    /// loading.
    pub current: u32,
    /// Units of this stage in all, 0 where it has none.
    pub total: u32,
    /// What is done at the moment within the stage, for people, where stages have several such parts: `adapting
    /// warping_spade.onnx` while loading. Units are counted anew for each.
    pub activity: Option<String>,
    /// The file whose encoding just began, for instance `q0.webp`; sheets begin while frames are still rendered.
    pub started: Option<String>,
    /// The file just finished.
    pub finished: Option<String>,
}

impl Progress {
    /// The start of a stage of `total` units.
    pub fn start(stage: Stage, total: u32) -> Self {
        Self { stage, current: 0, total, activity: None, started: None, finished: None }
    }

    /// The same stage after `current` units.
    #[must_use]
    pub fn with_current(mut self, current: u32) -> Self {
        self.current = current;
        self
    }

    /// The same with what is done at the moment.
    #[must_use]
    pub fn with_activity(mut self, activity: impl Into<String>) -> Self {
        self.activity = Some(activity.into());
        self
    }

    /// The same when the encoding of a file began.
    #[must_use]
    pub fn with_started(mut self, file: impl Into<String>) -> Self {
        self.started = Some(file.into());
        self
    }

    /// The same when a file was finished.
    #[must_use]
    pub fn with_finished(mut self, file: impl Into<String>) -> Self {
        self.finished = Some(file.into());
        self
    }
}

/// Hears of progress and may cancel. Called from several threads, often: keep it quick.
pub trait Observer: Send + Sync {
    /// A stage began or advanced.
    fn on_progress(&self, progress: &Progress) {
        let _ = progress;
    }

    /// Whether to stop as soon as possible. Asked at least once a frame.
    fn is_cancelled(&self) -> bool {
        false
    }

    /// Goes on unless the run is to stop.
    ///
    /// # Errors
    /// [`Cancelled`](crate::ErrorKind::Cancelled) where [`is_cancelled`](Self::is_cancelled) says so.
    fn check_cancelled(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }
}

// Ignores progress and never cancels.
impl Observer for () {}
