//! How a rig is stored.

use crate::quality::{RIG_QUALITY, check_quality};
use gaze_rig::Result;

/// How a rig is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RigFileOptions<'a> {
    /// WebP quality of the picture, 0 to 100. Default: 85.
    pub quality: u8,
    /// The portrait's own JPEG file, which is stored in place of a WebP where it shows the rig's picture exactly and takes at
    /// most half as many bytes more: see [`Portrait::source_jpeg`](crate::Portrait::source_jpeg). What is not picture in it
    /// is left out: places, dates, previews, profiles. Default: none.
    pub jpeg: Option<&'a [u8]>,
    /// The engine that made the rig. Default: `embedded`.
    pub engine: &'a str,
    /// Replace a file that is there already. Default: false.
    pub force: bool,
}

impl Default for RigFileOptions<'_> {
    fn default() -> Self {
        Self { quality: RIG_QUALITY, jpeg: None, engine: "embedded", force: false }
    }
}

impl<'a> RigFileOptions<'a> {
    /// Checks every range.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOption`](gaze_rig::ErrorKind::InvalidOption) naming the option.
    pub fn check(&self) -> Result<()> {
        check_quality(self.quality)
    }

    /// Stores the picture better or smaller: 0 to 100.
    #[must_use]
    pub fn with_quality(mut self, quality: u8) -> Self {
        self.quality = quality;
        self
    }

    /// Stores the portrait's own JPEG where that is as good as the picture and not much larger.
    #[must_use]
    pub fn with_jpeg(mut self, jpeg: Option<&'a [u8]>) -> Self {
        self.jpeg = jpeg;
        self
    }

    /// Names another engine that made the rig.
    #[must_use]
    pub fn with_engine(mut self, engine: &'a str) -> Self {
        self.engine = engine;
        self
    }

    /// Replaces a file that is there already, or not.
    #[must_use]
    pub fn with_force(mut self, force: bool) -> Self {
        self.force = force;
        self
    }
}
