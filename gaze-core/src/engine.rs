//! What an engine is: something that prepares a portrait once and renders it in any pose.

use crate::portrait::Portrait;
use crate::{FaceChoice, Frame, Observer, Pose, Rect, Result, Size, Warning};

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
    /// How eyes are drawn. Default: [`EyeStyle::Auto`].
    pub eyes: EyeStyle,
}

/// Renders portraits in poses.
pub trait Engine: Send + Sync {
    /// Short lower-case name, for instance `embedded`.
    fn name(&self) -> &'static str;

    /// Does everything that is done once for a portrait.
    ///
    /// # Errors
    /// [`NoFace`](crate::ErrorKind::NoFace) where no face can be used,
    /// [`Engine`](crate::ErrorKind::Engine) where a model fails,
    /// [`Cancelled`](crate::ErrorKind::Cancelled) when the observer says so.
    fn prepare(
        &self,
        portrait: &Portrait,
        options: &PrepareOptions,
        observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>>;
}

impl<E: Engine + ?Sized> Engine for Box<E> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn prepare(
        &self,
        portrait: &Portrait,
        options: &PrepareOptions,
        observer: &dyn Observer,
    ) -> Result<Box<dyn PreparedPortrait>> {
        (**self).prepare(portrait, options, observer)
    }
}

/// A portrait ready to be rendered, from many threads at once.
pub trait PreparedPortrait: Send + Sync {
    /// Size of every frame.
    fn frame_size(&self) -> Size;

    /// Whether frames have transparent pixels.
    fn has_alpha(&self) -> bool;

    /// The part of the frame that any pose changes; pixels outside equal those of the rest pose.
    fn moving_rect(&self) -> Rect {
        Rect::covering(self.frame_size())
    }

    /// What may look wrong in the result, and why.
    fn warnings(&self) -> &[Warning];

    /// Renders one pose into `frame`, every pixel of it. The same pose gives the same bytes always.
    ///
    /// # Errors
    /// [`Engine`](crate::ErrorKind::Engine) where a model fails or `frame` has another size.
    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()>;
}
