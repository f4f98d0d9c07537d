//! A portrait that an engine has prepared, and the poses that it renders.

use std::path::Path;
use std::time::Duration;

use gaze_rig::rig::Rig;
use gaze_rig::{Error, ErrorKind, Frame, Pose, Rect, Result, Size};

use crate::faces::Warning;

/// A portrait ready to be rendered, from many threads at once.
pub trait PreparedPortrait: Send + Sync {
    /// Size of every frame.
    fn frame_size(&self) -> Size;

    /// Whether frames have transparent pixels.
    fn has_alpha(&self) -> bool;

    /// The part of the source picture that frames show, in its pixels; none where they show all of it. Default: none.
    fn crop(&self) -> Option<Rect> {
        None
    }

    /// The part of the frame that any pose changes; pixels outside equal those of the rest pose.
    fn moving_rect(&self) -> Rect {
        Rect::covering(self.frame_size())
    }

    /// What may look wrong in the result, and why.
    fn warnings(&self) -> &[Warning];

    /// Renders one pose into `frame`, every pixel of it. The same pose gives the same bytes always.
    ///
    /// # Errors
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where a model fails or `frame` has another size.
    fn render(&self, pose: &Pose, frame: &mut Frame) -> Result<()>;

    /// The portrait as a rig that players draw by themselves, for engines that make one. Default: none.
    fn rig(&self) -> Option<&Rig> {
        None
    }

    /// Begins to render poses that will be asked for about in this order, for engines that work ahead.
    /// Default: each is rendered when it is asked for.
    ///
    /// `work` is a folder for what is finished; a run that finds it there goes on.
    ///
    /// # Errors
    /// [`Output`](gaze_rig::ErrorKind::Output) where the folder cannot be used; the engine's as in
    /// [`render`](Self::render).
    fn begin<'a>(
        &'a self,
        poses: Vec<Pose>,
        work: Option<&Path>,
    ) -> Result<Box<dyn PoseSequence + 'a>> {
        let _ = work;
        Ok(Box::new(EachWhenAsked { prepared: self, poses }))
    }

    /// Time spent so far inside the networks that render, for engines that have such; what is beyond it is overhead.
    fn network_time(&self) -> Option<Duration> {
        None
    }

    /// Names all that the frames of these poses depend on, in characters that a file name may have, so that those
    /// of an interrupted run are only used where they fit. None, the default, for engines that are so fast that they
    /// begin anew.
    fn work_key(&self, poses: &[Pose]) -> Option<String> {
        let _ = poses;
        None
    }
}

/// Poses that are being rendered, by index.
pub trait PoseSequence: Send + Sync {
    /// Renders the pose of this index into `frame`, every pixel of it. Every index is asked for once, about in
    /// order, from any thread; more often where the sequence has a folder for its work.
    ///
    /// # Errors
    /// [`Engine`](gaze_rig::ErrorKind::Engine) where a model fails, `frame` has another size or there is no such
    /// pose.
    fn render(&self, index: usize, frame: &mut Frame) -> Result<()>;

    /// Poses among those asked for so far that an earlier run had finished. Default: none.
    fn resumed(&self) -> u32 {
        0
    }
}

struct EachWhenAsked<'a, P: ?Sized> {
    prepared: &'a P,
    poses: Vec<Pose>,
}

impl<P: PreparedPortrait + ?Sized> PoseSequence for EachWhenAsked<'_, P> {
    fn render(&self, index: usize, frame: &mut Frame) -> Result<()> {
        let pose = self.poses.get(index).ok_or_else(|| {
            let many = self.poses.len();
            Error::new(ErrorKind::Engine, format!("pose {index} of {many} was asked for"))
        })?;
        self.prepared.render(pose, frame)
    }
}
