//! Choosing an engine, and saying which ones there are.

use gaze_face::Engine;
use gaze_face::embedded::EmbeddedEngine;
#[cfg(feature = "liveportrait")]
use gaze_liveportrait::{LivePortraitEngine, LivePortraitOptions};
use gaze_rig::Result;
#[cfg(not(feature = "liveportrait"))]
use gaze_rig::{Error, ErrorKind};

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
    /// Name on the command line: `auto`, `embedded` or `liveportrait`.
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
    /// [`ErrorKind::InvalidOption`](gaze_rig::ErrorKind::InvalidOption) for options out of range, whichever engine is
    /// chosen; [`ErrorKind::Engine`](gaze_rig::ErrorKind::Engine) where it is not available, saying why. `Auto` takes the embedded engine only where
    /// LivePortrait's models or library are missing, not where they are there and fail.
    pub fn open(self, options: &EngineOptions) -> Result<OpenedEngine> {
        options.check()?;
        match self {
            EngineChoice::Embedded => open_embedded("as asked for".to_owned()),
            EngineChoice::LivePortrait => open_liveportrait(options),
            EngineChoice::Auto => match lacks_of_liveportrait(options) {
                None => open_liveportrait(options),
                Some(lack) => open_embedded(format!("for LivePortrait {lack}")),
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
    /// Checks every range that does not depend on the machine.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`](gaze_rig::ErrorKind::InvalidOption) naming the option.
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
}

fn open_embedded(why: String) -> Result<OpenedEngine> {
    Ok(OpenedEngine { engine: Box::new(EmbeddedEngine::new()?), note: format!("embedded, {why}") })
}

#[cfg(feature = "liveportrait")]
fn open_liveportrait(options: &EngineOptions) -> Result<OpenedEngine> {
    let engine = LivePortraitEngine::open(&options.liveportrait)?;
    let note = engine.to_string();
    Ok(OpenedEngine { engine: Box::new(engine), note })
}

#[cfg(not(feature = "liveportrait"))]
fn open_liveportrait(_options: &EngineOptions) -> Result<OpenedEngine> {
    Err(Error::new(
        ErrorKind::Engine,
        format!("the liveportrait engine {NOT_BUILT_IN}: use the embedded one"),
    ))
}

#[cfg(feature = "liveportrait")]
fn lacks_of_liveportrait(options: &EngineOptions) -> Option<String> {
    LivePortraitEngine::lacks(&options.liveportrait)
}

#[cfg(not(feature = "liveportrait"))]
fn lacks_of_liveportrait(_options: &EngineOptions) -> Option<String> {
    Some(NOT_BUILT_IN.to_owned())
}

#[cfg(not(feature = "liveportrait"))]
const NOT_BUILT_IN: &str = "is not built into this program (feature `liveportrait`)";

/// Whether an engine can be used, and what to do where it cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineStatus {
    /// Which engine.
    pub choice: EngineChoice,
    /// Whether it can be used now.
    pub is_available: bool,
    /// What was found, a line each: libraries, models, versions.
    pub found: Vec<String>,
    /// What to do to make it available; none where it is or nothing can be done.
    pub advice: Option<String>,
}

/// Looks for every engine, loading its models to be sure.
pub fn survey_engines(options: &EngineOptions) -> Vec<EngineStatus> {
    let embedded = match open_embedded(String::new()) {
        Ok(_) => EngineStatus {
            choice: EngineChoice::Embedded,
            is_available: true,
            found: vec!["its four models are part of gaze and load".to_owned()],
            advice: None,
        },
        Err(e) => EngineStatus {
            choice: EngineChoice::Embedded,
            is_available: false,
            found: vec![e.to_string()],
            advice: Some("install gaze again: its models are part of the program".to_owned()),
        },
    };
    vec![embedded, survey_liveportrait(options)]
}

#[cfg(feature = "liveportrait")]
fn survey_liveportrait(options: &EngineOptions) -> EngineStatus {
    let survey = gaze_liveportrait::diagnose(&options.liveportrait);
    EngineStatus {
        choice: EngineChoice::LivePortrait,
        is_available: survey.problem.is_none(),
        found: survey.found,
        advice: survey.problem,
    }
}

#[cfg(not(feature = "liveportrait"))]
fn survey_liveportrait(_options: &EngineOptions) -> EngineStatus {
    EngineStatus {
        choice: EngineChoice::LivePortrait,
        is_available: false,
        found: vec![NOT_BUILT_IN.to_owned()],
        advice: Some(
            "use the embedded engine, or build gaze with the feature `liveportrait`".to_owned(),
        ),
    }
}

/// Version of the libwebp that encodes the sheets; it is built in.
pub fn libwebp_version() -> String {
    crate::webp::version()
}
