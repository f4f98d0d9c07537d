//! How picture files are read.

/// How a picture file is read.
///
/// ```
/// # #[cfg(feature = "picture-files")] {
/// use gaze_face::Portrait;
/// use gaze_face::portrait::ReadOptions;
///
/// let options = ReadOptions::default().with_stored_colors(true);
/// let portrait = Portrait::open_with("../examples/astronaut.png", options)?;
/// # assert_eq!(portrait.size().width, 512);
/// # }
/// # Ok::<(), gaze_face::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Take red, green and blue as they are stored, whatever a colour profile in the file says they mean: for
    /// comparisons with programs that ignore profiles. Default: false, they are converted to sRGB.
    pub stored_colors: bool,
}

impl ReadOptions {
    /// Sets whether colours are taken as they are stored.
    #[must_use]
    pub fn with_stored_colors(mut self, stored_colors: bool) -> Self {
        self.stored_colors = stored_colors;
        self
    }
}
