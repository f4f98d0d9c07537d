//! Where LivePortrait's model files lie.

use std::path::{Path, PathBuf};

use clap::Args;
use gaze_core::{Error, ErrorKind, Result};

/// The option of every command that uses model files.
#[derive(Args, Clone)]
pub(crate) struct ModelsOption {
    /// Folder with LivePortrait's model files [env: LIVEPORTRAIT_PATH] [default: gaze/models in the user's cache folder]
    #[arg(long = "models", value_name = "DIR")]
    models: Option<PathBuf>,
}

impl ModelsOption {
    /// The folder that was asked for, or the default one. It need not exist.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`] where the user has no cache folder and named none.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        models_folder(self.models.as_deref())
    }
}

/// The folder that an option names, or else `LIVEPORTRAIT_PATH`, or else the one that `gaze models pull` fills:
/// `gaze/models` in the user's cache folder. It need not exist.
///
/// # Errors
/// [`ErrorKind::InvalidOption`] where the user has no cache folder and named none.
pub fn models_folder(option: Option<&Path>) -> Result<PathBuf> {
    if let Some(folder) = option {
        return Ok(folder.to_owned());
    }
    // An empty variable counts as unset.
    if let Some(folder) = std::env::var_os("LIVEPORTRAIT_PATH").filter(|path| !path.is_empty()) {
        return Ok(folder.into());
    }
    let cache = dirs::cache_dir().ok_or_else(|| {
        let message = "no cache folder is known for this user: name a folder with --models DIR";
        Error::new(ErrorKind::InvalidOption, message)
    })?;
    Ok(cache.join("gaze").join("models"))
}
