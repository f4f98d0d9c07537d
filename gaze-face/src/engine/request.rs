//! What an engine is asked to prepare.

use crate::faces::FaceChoice;
use crate::portrait::Portrait;

/// How the eyes are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EyeStyle {
    /// Layered eyes where the portrait allows them, else soft ones. The default.
    #[default]
    Auto,
    /// Move the eye's own pixels smoothly, with no layers: for cartoons and odd eyes.
    Soft,
}

/// What an engine needs to know besides the portrait.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct PrepareOptions {
    /// Which face to animate. Default: the largest.
    pub face: FaceChoice,
    /// Make everything but the person transparent. Default: false.
    pub remove_background: bool,
    /// What is seen through whatever is transparent, in sRGB: frames are opaque then. Default: none, transparent
    /// portraits and people whose background was removed stay so.
    pub background: Option<[u8; 3]>,
    /// How eyes are drawn. Default: [`EyeStyle::Auto`].
    pub eyes: EyeStyle,
}

impl PrepareOptions {
    /// Animates another face than the largest.
    #[must_use]
    pub fn with_face(mut self, face: FaceChoice) -> Self {
        self.face = face;
        self
    }

    /// Makes everything but the person transparent, or not.
    #[must_use]
    pub fn with_background_removed(mut self, remove_background: bool) -> Self {
        self.remove_background = remove_background;
        self
    }

    /// Puts a colour behind whatever is transparent, or nothing.
    #[must_use]
    pub fn with_background(mut self, background: Option<[u8; 3]>) -> Self {
        self.background = background;
        self
    }

    /// Draws eyes in another way.
    #[must_use]
    pub fn with_eyes(mut self, eyes: EyeStyle) -> Self {
        self.eyes = eyes;
        self
    }
}

/// A portrait to be prepared: in the size of the frames, as large as it was read, and how.
///
/// ```
/// use gaze_face::{EyeStyle, Frame, Portrait, PrepareOptions, PrepareRequest, Size};
///
/// # fn main() -> gaze_face::Result<()> {
/// let portrait = Portrait::from_frame(Frame::new(Size { width: 512, height: 512 }))?;
/// let request = PrepareRequest::new(&portrait, 128)
///     .with_options(PrepareOptions::default().with_eyes(EyeStyle::Soft));
/// assert_eq!((request.portrait().size().width, request.source().size().width), (128, 512));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PrepareRequest<'a> {
    portrait: Portrait,
    source: &'a Portrait,
    options: PrepareOptions,
}

impl<'a> PrepareRequest<'a> {
    /// Frames whose longer side is at most `max_size` pixels, with the default options. See
    /// [`Portrait::resized`].
    pub fn new(source: &'a Portrait, max_size: u32) -> Self {
        Self { portrait: source.resized(max_size), source, options: PrepareOptions::default() }
    }

    /// The same with other options.
    #[must_use]
    pub fn with_options(mut self, options: PrepareOptions) -> Self {
        self.options = options;
        self
    }

    /// The picture in the size of the frames.
    pub fn portrait(&self) -> &Portrait {
        &self.portrait
    }

    /// The same picture as large as it was read, for engines that see more in it.
    pub fn source(&self) -> &'a Portrait {
        self.source
    }

    /// How it is prepared.
    pub fn options(&self) -> &PrepareOptions {
        &self.options
    }
}
