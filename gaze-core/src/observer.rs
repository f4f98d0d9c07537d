//! Progress and cancellation.

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
    /// Units of this stage done: frames while generating, sheets while stitching.
    pub current: u32,
    /// Units of this stage in all, 0 where it has none.
    pub total: u32,
    /// The file just finished, for instance `q0.webp`.
    pub finished: Option<String>,
}

impl Progress {
    /// The start of a stage of `total` units.
    pub fn start(stage: Stage, total: u32) -> Self {
        Self { stage, current: 0, total, finished: None }
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
}

// Ignores progress and never cancels.
impl Observer for () {}
