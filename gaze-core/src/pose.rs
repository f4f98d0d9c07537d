//! What one frame of a sweep shows.

/// A direction of gaze with the head and brows that go with it.
///
/// All zero is the portrait at rest. Values beyond the sweep's ±15 are clamped by the engines.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
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
}
