//! Choosing an engine, and saying which ones there are.

use crate::embedded::EmbeddedEngine;
use crate::{Engine, Error, ErrorKind, Result};

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
    /// [`ErrorKind::Engine`] where it is not available, saying why.
    pub fn open(self) -> Result<Box<dyn Engine>> {
        match self {
            EngineChoice::Auto | EngineChoice::Embedded => open_embedded(),
            EngineChoice::LivePortrait => Err(Error::new(ErrorKind::Engine, NO_LIVEPORTRAIT)),
        }
    }
}

const NO_LIVEPORTRAIT: &str =
    "the liveportrait engine is not part of this release yet: use --engine embedded";

fn open_embedded() -> Result<Box<dyn Engine>> {
    Ok(Box::new(EmbeddedEngine::new()?))
}

/// Whether an engine can be used, and what to do where it cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineStatus {
    /// Which engine.
    pub choice: EngineChoice,
    /// Whether it can be used now.
    pub is_available: bool,
    /// What was found: libraries, models, versions.
    pub found: String,
    /// What to do to make it available; none where it is or nothing can be done.
    pub advice: Option<String>,
}

/// Looks for every engine, loading its models to be sure.
///
/// `liveportrait_path` is where LivePortrait's model files are, if anyone said so.
pub fn survey_engines(liveportrait_path: Option<&std::path::Path>) -> Vec<EngineStatus> {
    let embedded = match open_embedded() {
        Ok(_) => EngineStatus {
            choice: EngineChoice::Embedded,
            is_available: true,
            found: "its four models are part of gaze and load".to_owned(),
            advice: None,
        },
        Err(e) => EngineStatus {
            choice: EngineChoice::Embedded,
            is_available: false,
            found: e.to_string(),
            advice: Some("install gaze again: its models are part of the program".to_owned()),
        },
    };
    let liveportrait = EngineStatus {
        choice: EngineChoice::LivePortrait,
        is_available: false,
        found: format!(
            "not part of this release yet; {}",
            match liveportrait_path {
                Some(path) if path.is_dir() => format!("model folder {} is there", path.display()),
                Some(path) => format!("model folder {} does not exist", path.display()),
                None => "no model folder is given".to_owned(),
            }
        ),
        advice: Some(
            "use the embedded engine; a release with LivePortrait will look for its model files in the \
             folder that LIVEPORTRAIT_PATH names"
                .to_owned(),
        ),
    };
    vec![embedded, liveportrait]
}

/// Version of the libwebp that encodes the sheets; it is built in.
pub fn libwebp_version() -> String {
    crate::sheets::webp::version()
}
