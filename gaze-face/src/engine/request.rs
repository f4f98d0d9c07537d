//! What an engine is asked to prepare.

use std::borrow::Cow;

use crate::faces::{Crop, Face, FaceChoice, Warning, advise_crop};
use crate::portrait::Portrait;
use crate::resample::fitted;
use gaze_rig::{Rect, Result};

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
    /// What of the portrait is kept around that face. Default: all of it.
    pub crop: Crop,
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

    /// Keeps a part of the portrait around the face.
    #[must_use]
    pub fn with_crop(mut self, crop: Crop) -> Self {
        self.crop = crop;
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
    portrait: Cow<'a, Portrait>,
    source: &'a Portrait,
    max_size: u32,
    options: PrepareOptions,
}

impl<'a> PrepareRequest<'a> {
    /// Frames whose longer side is at most `max_size` pixels, with the default options. See
    /// [`Portrait::resized`].
    pub fn new(source: &'a Portrait, max_size: u32) -> Self {
        let is_small = fitted(source.size(), max_size) == source.size();
        let portrait = match is_small {
            true => Cow::Borrowed(source),
            false => Cow::Owned(source.resized(max_size)),
        };
        Self { portrait, source, max_size, options: PrepareOptions::default() }
    }

    /// The same with other options.
    #[must_use]
    pub fn with_options(mut self, options: PrepareOptions) -> Self {
        self.options = options;
        self
    }

    /// The whole picture, with its longer side in the size of the frames: what they show where nothing is cropped, and
    /// what faces are chosen in.
    pub fn portrait(&self) -> &Portrait {
        &self.portrait
    }

    /// The same picture as large as it was read, for engines that see more in it.
    pub fn source(&self) -> &'a Portrait {
        self.source
    }

    /// Longer side of the frames at most, in pixels.
    pub fn max_size(&self) -> u32 {
        self.max_size
    }

    /// How it is prepared.
    pub fn options(&self) -> &PrepareOptions {
        &self.options
    }

    /// The part of the source that is kept around a face in pixels of [`portrait`](Self::portrait), as the options say;
    /// none where that is all of it.
    pub fn crop_around(&self, face: &Face) -> Option<Rect> {
        let (portrait, source) = (self.portrait.size(), self.source.size());
        self.options.crop.around(&face.resized(portrait, source), source)
    }

    /// What frames show: this part of the source in their size, made from the source itself; without a part
    /// [`portrait`](Self::portrait).
    ///
    /// # Errors
    /// [`InvalidOption`](gaze_rig::ErrorKind::InvalidOption) where the part is not inside the source.
    pub fn framed(&self, part: Option<Rect>) -> Result<Cow<'_, Portrait>> {
        match part {
            None => Ok(Cow::Borrowed(&self.portrait)),
            Some(part) => Ok(Cow::Owned(self.source.part(part, self.max_size)?)),
        }
    }

    /// The same `warnings` about a face in pixels of [`portrait`](Self::portrait), with the advice to crop where nothing is
    /// cropped and that would help.
    pub fn advise_crop(&self, warnings: Vec<Warning>, face: &Face) -> Vec<Warning> {
        if self.options.crop != Crop::None {
            return warnings;
        }
        let (frame, source) = (self.portrait.size(), self.source.size());
        advise_crop(warnings, face, Crop::Bust.magnification(face, frame, source, self.max_size))
    }
}
