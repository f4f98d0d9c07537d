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

/// Sine of how far a sweep turns the head: 7.5 degrees.
const FULL_TURN: f32 = 0.130_526;
/// Yaw, pitch, and from the second version on what goes aside at both ends of a turn. Any pose turns by 10 degrees at most.
const HEAD: [Field; 3] =
    [Field::of(FULL_TURN, 0.174), Field::of(FULL_TURN, 0.174), Field::of(1.0, 1.0)];
/// How far LivePortrait's head is ahead half way to the right and down, and behind half way to the left and up, in full
/// turns, and how far its irises are ahead half way to either side, in full travels: measured on a finished sweep.
const AHEAD: [f32; 2] = [0.09, 0.045];
const IRIS_AHEAD: f32 = 0.1;
/// Makes way^2 (1 - way^2)^2 1 half way.
const HALF_WAY: f32 = 64.0 / 9.0;
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
/// The same from the second version on: brows that rise open the eyes, too.
const UPPER_LID_V2: [f32; 2] = [-0.015, 0.095];
const LOWER_LID_V2: [f32; 2] = [-0.005, 0.035];
/// Travel of the iris in eye widths at the ends of the vertical axis: [up, down].
const IRIS_VERTICAL: [f32; 2] = [-0.09, 0.07];
/// Share of the soft eye's horizontal travel that it makes vertically.
const SOFT_VERTICAL: f32 = 0.35;

/// A pose as weights of the rig's fields, 0 for those that its version does not have.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weights {
    pub(super) head: [f32; 3],
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
            Self::V1 => &HEAD[..2],
            Self::V2 => &HEAD,
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
        let head = match self {
            Self::V1 => [head[0], head[1], 0.0],
            Self::V2 => lopsided(head),
        };
        let [mut right, down] = turn([unit(pupil_x), unit(-pupil_y)]);
        if self > Self::V1 {
            right += IRIS_AHEAD * HALF_WAY / 2.0 * right * short_of(right).powi(2);
        }
        let by_end = |ends: [f32; 2]| if down < 0.0 { -down * ends[0] } else { down * ends[1] };
        // Quadratic through both ends and 0: smooth at rest even where the ends differ.
        let across =
            right * (right_end - left_end) / 2.0 + right * right * (right_end + left_end) / 2.0;
        let [upper_lid, lower_lid] = match self {
            Self::V1 => [by_end(UPPER_LID), by_end(LOWER_LID)],
            Self::V2 => {
                // LivePortrait's do not close before the head is well on its way down.
                let late = if down < 0.0 { 1.0 } else { down };
                [by_end(UPPER_LID_V2) * late, by_end(LOWER_LID_V2) * late]
            }
        };
        let features = [
            (eyebrow / AXIS_EXTENT).clamp(0.0, 1.0),
            upper_lid,
            lower_lid,
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

/// Weights of the second version's head for the sines of its turn. All are smooth; yaw and pitch rise all the way, and
/// beyond a sweep's ends they are the sines.
fn lopsided(sines: [f32; 2]) -> [f32; 3] {
    let [yaw, pitch] = [0, 1].map(|axis| {
        let short = short_of(sines[axis] / FULL_TURN);
        sines[axis] + AHEAD[axis] * FULL_TURN * HALF_WAY * (1.0 - short) * short * short
    });
    [yaw, pitch, 1.0 - short_of(sines[0] / FULL_TURN).powi(6)]
}

/// 1 at rest, 0 at both ends of the way and beyond.
fn short_of(way: f32) -> f32 {
    (1.0 - way * way).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pose;

    #[test]
    fn turns_rise_smoothly_and_end_where_a_plain_turn_ends() {
        let way = |i: i32| i as f32 / 1000.0;
        let of = |i: i32| lopsided([way(i) * FULL_TURN; 2]).map(|weight| weight / FULL_TURN);
        for i in -1330..1330 {
            let ([yaw, pitch, _], [next_yaw, next_pitch, _]) = (of(i), of(i + 1));
            for slope in [next_yaw - yaw, next_pitch - pitch].map(|step| step * 1000.0) {
                assert!((0.6..1.4).contains(&slope), "{slope} at {i}");
            }
        }
        for i in [-1200, -1000, 0, 1000, 1200] {
            let [yaw, pitch, _] = of(i);
            assert!((yaw - way(i)).abs() < 1e-5 && (pitch - way(i)).abs() < 1e-5, "{i}");
        }
        let [left, right] = [-500, 500].map(|i| of(i)[0]);
        assert!((left + 0.41).abs() < 1e-3 && (right - 0.59).abs() < 1e-3, "{left} {right}");
    }

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
                    assert!(weights[fields.len()..].iter().all(|&weight| weight == 0.0));
                    assert!(weights.iter().zip(fields).all(|(w, f)| w.abs() <= f.most));
                }
            }
        }
        assert_eq!(RigVersion::of_number(3), None);
    }
}
