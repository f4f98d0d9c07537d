//! Choosing an engine, and saying which ones there are.

#[cfg(feature = "embedded")]
use gaze_face::embedded::EmbeddedEngine;
use gaze_face::portrait::ReadOptions;
use gaze_face::{Engine, EngineDescription};
#[cfg(feature = "liveportrait")]
use gaze_liveportrait::{LivePortraitEngine, LivePortraitOptions};
use gaze_rig::{Error, ErrorKind, Finding, Hint, Observer, Result};

/// Which engine renders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EngineChoice {
    /// The best that is available. The default.
    #[default]
    Auto,
    /// The geometric one, which needs nothing but this crate.
    Embedded,
    /// LivePortrait, by its model files.
    LivePortrait,
}

impl EngineChoice {
    /// Short name: `auto`, `embedded` or `liveportrait`.
    pub fn name(self) -> &'static str {
        match self {
            EngineChoice::Auto => "auto",
            EngineChoice::Embedded => "embedded",
            EngineChoice::LivePortrait => "liveportrait",
        }
    }

    /// The choice of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [EngineChoice::Auto, EngineChoice::Embedded, EngineChoice::LivePortrait]
            .into_iter()
            .find(|choice| choice.name() == name)
    }

    /// Loads the engine and its models.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] for options out of range, whichever engine is
    /// chosen; [`ErrorKind::Engine`] where it is not available, saying why. `Auto` takes
    /// the embedded engine only where LivePortrait's models or library are missing, not where they are there and fail or
    /// where [`reference_preprocessing`](EngineOptions::read_options) is asked for.
    pub fn open(self, options: &EngineOptions) -> Result<OpenedEngine> {
        self.open_observed(options, &())
    }

    /// The same; the observer hears what goes on as [`Stage::Loading`](gaze_rig::Stage::Loading), with an activity where
    /// it takes long, and may cancel.
    ///
    /// # Errors
    /// Those of [`open`](Self::open), and [`ErrorKind::Cancelled`].
    pub fn open_observed(
        self,
        options: &EngineOptions,
        observer: &dyn Observer,
    ) -> Result<OpenedEngine> {
        options.check()?;
        match self {
            EngineChoice::Embedded => open_embedded(None),
            EngineChoice::LivePortrait => open_liveportrait(options, observer),
            EngineChoice::Auto if options.compares_with_the_reference() => {
                open_liveportrait(options, observer)
            }
            EngineChoice::Auto => match lacks_of_liveportrait(options) {
                None => open_liveportrait(options, observer),
                Some(lack) => open_embedded(Some(lack)),
            },
        }
    }
}

/// What engines need to know to be opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineOptions {
    /// For LivePortrait. Default: no models.
    #[cfg(feature = "liveportrait")]
    pub liveportrait: LivePortraitOptions,
}

impl EngineOptions {
    /// Sets the options of LivePortrait.
    #[cfg(feature = "liveportrait")]
    #[must_use]
    pub fn with_liveportrait(mut self, options: LivePortraitOptions) -> Self {
        self.liveportrait = options;
        self
    }

    /// How portraits are to be read for the engine of this choice: with their colours as stored where LivePortrait's
    /// `reference_preprocessing` is asked for, else as they are seen.
    pub fn read_options(&self, choice: EngineChoice) -> ReadOptions {
        let is_compared = self.compares_with_the_reference() && choice != EngineChoice::Embedded;
        ReadOptions::default().with_stored_colors(is_compared)
    }

    fn compares_with_the_reference(&self) -> bool {
        #[cfg(feature = "liveportrait")]
        return self.liveportrait.reference_preprocessing;
        #[cfg(not(feature = "liveportrait"))]
        return false;
    }

    /// Checks every range that does not depend on the machine.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] naming the option.
    pub fn check(&self) -> Result<()> {
        #[cfg(feature = "liveportrait")]
        self.liveportrait.check()?;
        Ok(())
    }
}

/// An engine that can render.
#[non_exhaustive]
pub struct OpenedEngine {
    /// The engine.
    pub engine: Box<dyn Engine>,
    /// Which one it is, where it runs, and why, for instance `liveportrait on cpu, ONNX Runtime 1.32.0`.
    pub note: String,
    /// What LivePortrait lacks, where the embedded engine was taken for that.
    pub lack: Option<Finding>,
}

impl OpenedEngine {
    /// What the engine says of itself.
    pub fn description(&self) -> EngineDescription {
        self.engine.describe()
    }

    /// The note in the words of a front end, as by [`Error::worded`].
    pub fn worded_note(&self, word: impl Fn(&Hint) -> String) -> String {
        match &self.lack {
            Some(lack) => note_of_lack(&lack.worded(word)),
            None => self.note.clone(),
        }
    }
}

fn note_of_lack(lack: &str) -> String {
    format!("embedded, for LivePortrait {lack}")
}

/// The embedded engine, as asked for or for something that LivePortrait lacks.
#[cfg(feature = "embedded")]
fn open_embedded(lack: Option<Finding>) -> Result<OpenedEngine> {
    let note = match &lack {
        Some(lack) => note_of_lack(&lack.to_string()),
        None => "embedded, as asked for".to_owned(),
    };
    Ok(OpenedEngine { engine: Box::new(EmbeddedEngine::new()?), note, lack })
}

#[cfg(not(feature = "embedded"))]
fn open_embedded(_lack: Option<Finding>) -> Result<OpenedEngine> {
    let message = "the embedded engine is not built into this program (feature `embedded`)";
    Err(Error::new(ErrorKind::Engine, message))
}

#[cfg(feature = "liveportrait")]
fn open_liveportrait(options: &EngineOptions, observer: &dyn Observer) -> Result<OpenedEngine> {
    let engine = LivePortraitEngine::open_observed(&options.liveportrait, observer)?;
    let note = engine.to_string();
    Ok(OpenedEngine { engine: Box::new(engine), note, lack: None })
}

#[cfg(not(feature = "liveportrait"))]
fn open_liveportrait(_options: &EngineOptions, _observer: &dyn Observer) -> Result<OpenedEngine> {
    Err(not_built_in())
}

#[cfg(feature = "liveportrait")]
fn lacks_of_liveportrait(options: &EngineOptions) -> Option<Finding> {
    LivePortraitEngine::lacks(&options.liveportrait)
}

#[cfg(not(feature = "liveportrait"))]
fn lacks_of_liveportrait(_options: &EngineOptions) -> Option<Finding> {
    Some(Finding::new(NOT_BUILT_IN))
}

#[cfg(not(feature = "liveportrait"))]
fn not_built_in() -> Error {
    Error::new(ErrorKind::Engine, format!("the liveportrait engine {NOT_BUILT_IN}"))
        .with_hint(Hint::UseEmbedded)
}

#[cfg(not(feature = "liveportrait"))]
const NOT_BUILT_IN: &str = "is not built into this program (feature `liveportrait`)";

/// Whether an engine can be used, and what to do where it cannot.
#[derive(Debug)]
#[non_exhaustive]
pub struct EngineStatus {
    /// Which engine.
    pub choice: EngineChoice,
    /// What was found, a line each: libraries, models, versions.
    pub found: Vec<Finding>,
    /// Why it cannot be used, with what to do about it; none where it can.
    pub problem: Option<Error>,
}

impl EngineStatus {
    /// Whether it can be used now.
    pub fn is_available(&self) -> bool {
        self.problem.is_none()
    }
}

/// Looks for every engine, loading its models to be sure.
pub fn survey_engines(options: &EngineOptions) -> Vec<EngineStatus> {
    survey_engines_observed(options, &())
}

/// The same; the observer hears of what takes long, and may cancel, which is then the problem of the engine at hand.
pub fn survey_engines_observed(
    options: &EngineOptions,
    observer: &dyn Observer,
) -> Vec<EngineStatus> {
    let (found, problem) = match open_embedded(None) {
        Ok(_) => (vec![Finding::new("its four models are part of gaze and load")], None),
        Err(e) if cfg!(feature = "embedded") => {
            let message = "install gaze again: its models are part of the program";
            (vec![e.into()], Some(Error::new(ErrorKind::Engine, message)))
        }
        Err(e) => (Vec::new(), Some(e)),
    };
    let embedded = EngineStatus { choice: EngineChoice::Embedded, found, problem };
    vec![embedded, survey_liveportrait(options, observer)]
}

#[cfg(feature = "liveportrait")]
fn survey_liveportrait(options: &EngineOptions, observer: &dyn Observer) -> EngineStatus {
    let diagnostics = gaze_liveportrait::diagnose_observed(&options.liveportrait, observer);
    EngineStatus {
        choice: EngineChoice::LivePortrait,
        found: diagnostics.found,
        problem: diagnostics.problem,
    }
}

#[cfg(not(feature = "liveportrait"))]
fn survey_liveportrait(_options: &EngineOptions, _observer: &dyn Observer) -> EngineStatus {
    EngineStatus {
        choice: EngineChoice::LivePortrait,
        found: vec![Finding::new(NOT_BUILT_IN)],
        problem: Some(not_built_in()),
    }
}

/// Version of the libwebp that encodes the sheets; it is built in.
pub fn libwebp_version() -> String {
    crate::webp::version()
}
