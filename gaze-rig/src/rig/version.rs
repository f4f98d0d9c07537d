//! Versions of a rig: which fields it has, and what a pose makes of them.

use super::eye::EyeLook;
use super::parts::unit;
use crate::contract::{AXIS_EXTENT, PoseAxes};
use crate::interpolation::sine;

/// How a rig is stored and drawn.
///
/// What one version looks like never changes, so that a stored rig shows the same in every later player. A rig is
/// written as the version that it is of; new ones are of the [`LATEST`](Self::LATEST).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum RigVersion {
    /// Only eyes with an iris of their own are known.
    V1,
    /// Both eyes are known by their outlines, which blink; each may have an iris of its own.
    #[default]
    V2,
}

/// A field that a pose gives a weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Field {
    /// Its weight at the end of a sweep: what is stored of the field is what it does there.
    pub(super) full: f32,
    /// The most that any pose gives it.
    pub(super) most: f32,
}

impl Field {
    const fn of(full: f32, most: f32) -> Self {
        Self { full, most }
    }
}

/// Yaw and pitch: a sweep turns by 7.5 degrees, any pose by 10.
const HEAD: [Field; 2] = [Field::of(0.130_526, 0.174); 2];
/// Brow raise, upper lid, lower lid, soft eyes right, soft eyes down.
const FEATURES: [Field; 5] = [
    Field::of(1.0, 1.0),
    Field::of(0.095, 1.0),
    Field::of(0.035, 1.0),
    Field::of(1.0, 1.0),
    Field::of(0.35, 1.0),
];

/// Rise and fall of the lids in eye widths at the ends of the vertical axis: [up, down], downwards
/// positive. The upper lid follows the iris down, as a real one does.
const UPPER_LID: [f32; 2] = [-0.035, 0.095];
const LOWER_LID: [f32; 2] = [-0.01, 0.035];
/// Travel of the iris in eye widths at the ends of the vertical axis: [up, down].
const IRIS_VERTICAL: [f32; 2] = [-0.09, 0.07];
/// Share of the soft eye's horizontal travel that it makes vertically.
const SOFT_VERTICAL: f32 = 0.35;

/// A pose as weights of the rig's fields.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    pub(super) head: [f32; 2],
    pub(super) features: [f32; 5],
    /// Shift of the irises in eye widths, along the eye and across it.
    pub(super) iris: [f32; 2],
    /// How far each eye is closed, 0 to 1.
    pub(super) blink: [f32; 2],
}

impl RigVersion {
    /// What new rigs are.
    pub const LATEST: Self = Self::V2;

    /// The number that it is stored as.
    pub fn number(self) -> u16 {
        match self {
            Self::V1 => 1,
            Self::V2 => 2,
        }
    }

    /// The version of this number, if there is one.
    pub(super) fn of_number(number: u16) -> Option<Self> {
        [Self::V1, Self::V2].into_iter().find(|version| version.number() == number)
    }

    /// The fields of the head.
    pub(super) fn head_fields(self) -> &'static [Field] {
        match self {
            Self::V1 | Self::V2 => &HEAD,
        }
    }

    /// The fields of brows, lids and soft eyes.
    pub(super) fn feature_fields(self) -> &'static [Field] {
        match self {
            Self::V1 | Self::V2 => &FEATURES,
        }
    }

    /// How what lies beside a moved iris is drawn.
    pub(super) fn eye_look(self) -> EyeLook {
        match self {
            Self::V1 => EyeLook { covered_zone: 0.55, fill_share: 0.6 },
            Self::V2 => EyeLook { covered_zone: 0.8, fill_share: 0.85 },
        }
    }

    /// Weights of the fields in a pose of a head that stands upright after so many quarter turns clockwise.
    pub(super) fn weights(
        self,
        axes: PoseAxes,
        quarter_turns: u8,
        [left_end, right_end]: [f32; 2],
    ) -> Weights {
        let PoseAxes { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow, blink } = axes;
        let sine_of = |degrees: f32| sine(degrees.clamp(-10.0, 10.0).to_radians());
        // Screen directions in the head's own axes.
        let turn = |[right, down]: [f32; 2]| match quarter_turns % 4 {
            0 => [right, down],
            1 => [-down, right],
            2 => [-right, -down],
            _ => [down, -right],
        };
        let head = turn([sine_of(-head_yaw_deg), sine_of(head_pitch_deg)]);
        let [right, down] = turn([unit(pupil_x), unit(-pupil_y)]);
        let by_end = |ends: [f32; 2]| if down < 0.0 { -down * ends[0] } else { down * ends[1] };
        // Quadratic through both ends and 0: smooth at rest even where the ends differ.
        let across =
            right * (right_end - left_end) / 2.0 + right * right * (right_end + left_end) / 2.0;
        let features = [
            (eyebrow / AXIS_EXTENT).clamp(0.0, 1.0),
            by_end(UPPER_LID),
            by_end(LOWER_LID),
            right,
            down * SOFT_VERTICAL,
        ];
        Weights {
            head,
            features,
            iris: [across, by_end(IRIS_VERTICAL)],
            // What is no number closes nothing.
            blink: blink.map(|closed| if closed > 0.0 { closed.min(1.0) } else { 0.0 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pose;

    #[test]
    fn every_field_has_a_weight() {
        let pose = Pose::default().with_pupils(9.0, -7.0).with_head_yaw_deg(3.0).with_eyebrow(4.0);
        for version in [RigVersion::V1, RigVersion::V2] {
            assert_eq!(RigVersion::of_number(version.number()), Some(version));
            for quarter_turns in 0..4 {
                let weights = version.weights(pose.axes(), quarter_turns, [-0.16, 0.2]);
                let fields = [version.head_fields(), version.feature_fields()];
                let weights: [&[f32]; 2] = [&weights.head, &weights.features];
                for (weights, fields) in weights.iter().zip(fields) {
                    assert_eq!(weights.len(), fields.len());
                    assert!(weights.iter().zip(fields).all(|(w, f)| w.abs() <= f.most));
                }
            }
        }
        assert_eq!(RigVersion::of_number(3), None);
    }
}
