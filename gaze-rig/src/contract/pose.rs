//! What one frame of a sweep shows.

/// A direction of gaze with the head and brows that go with it.
///
/// All zero is the portrait at rest. Values beyond the sweep's ±15 are clamped by the engines. A sweep never blinks:
/// who plays one closes the eyes now and then.
///
/// ```
/// use gaze_rig::Pose;
///
/// let pose = Pose::default().with_pupils(-7.5, 3.0).with_head_yaw_deg(4.0);
/// assert_eq!((pose.pupil_x, pose.head_yaw_deg, pose.eyebrow), (-7.5, 4.0, 0.0));
/// ```
///
/// Axes may be added: their rest value is 0, so that poses made from [`Pose::default`] stay as they are. Engines read
/// a pose by [`axes`](Self::axes), whose fields are all there are, so that a new one is not forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct Pose {
    /// Eyes to the viewer's left (-15) or right (+15).
    pub pupil_x: f32,
    /// Eyes down (-15) or up (+15).
    pub pupil_y: f32,
    /// Head pitch in degrees, added to the portrait's own; positive nods down.
    pub head_pitch_deg: f32,
    /// Head yaw in degrees, added to the portrait's own; positive turns to the viewer's left.
    pub head_yaw_deg: f32,
    /// Raise of the brows, 0 to 15.
    pub eyebrow: f32,
    /// How far the eyes are closed, 0 (as in the portrait) to 1 (shut): the eye on the viewer's left first, as the head
    /// stands upright.
    pub blink: [f32; 2],
}

/// Every axis of a [`Pose`], for engines to take apart without `..`: a new axis is then an error of the compiler
/// wherever an engine would ignore it. Code outside of gaze should read a pose's fields instead, which stay.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoseAxes {
    pub pupil_x: f32,
    pub pupil_y: f32,
    pub head_pitch_deg: f32,
    pub head_yaw_deg: f32,
    pub eyebrow: f32,
    pub blink: [f32; 2],
}

impl Pose {
    /// The same pose with the eyes elsewhere: -15 to 15 to the viewer's right, -15 to 15 up.
    #[must_use]
    pub fn with_pupils(self, pupil_x: f32, pupil_y: f32) -> Self {
        Self { pupil_x, pupil_y, ..self }
    }

    /// The same pose with the head nodding down by so many degrees.
    #[must_use]
    pub fn with_head_pitch_deg(self, head_pitch_deg: f32) -> Self {
        Self { head_pitch_deg, ..self }
    }

    /// The same pose with the head turned to the viewer's left by so many degrees.
    #[must_use]
    pub fn with_head_yaw_deg(self, head_yaw_deg: f32) -> Self {
        Self { head_yaw_deg, ..self }
    }

    /// The same pose with the brows raised by 0 to 15.
    #[must_use]
    pub fn with_eyebrow(self, eyebrow: f32) -> Self {
        Self { eyebrow, ..self }
    }

    /// The same pose with both eyes closed so far: 0 (as in the portrait) to 1 (shut).
    #[must_use]
    pub fn with_blink(self, both: f32) -> Self {
        self.with_blinks([both; 2])
    }

    /// The same pose with each eye closed so far, 0 to 1: the one on the viewer's left first, as the head stands upright.
    ///
    /// ```
    /// # use gaze_rig::Pose;
    /// let wink = Pose::default().with_blinks([1.0, 0.0]);
    /// assert_eq!(wink.blink, [1.0, 0.0]);
    /// ```
    #[must_use]
    pub fn with_blinks(self, blink: [f32; 2]) -> Self {
        Self { blink, ..self }
    }

    /// Every axis, to be taken apart as a whole.
    #[doc(hidden)]
    pub fn axes(&self) -> PoseAxes {
        let Self { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow, blink } = *self;
        PoseAxes { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow, blink }
    }
}
