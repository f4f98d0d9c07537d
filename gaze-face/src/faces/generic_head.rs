//! The head of a creature that no landmark model knows: an egg with a snout, placed by its two eyes.
//!
//! The points of the mesh are put where their names say: eyes where they are, brows above them, the oval on the egg's
//! outline, nose and lips on the snout, and the rest spread evenly. What moves a head needs no more than that.

use super::EyeLandmarks;
use super::topology::Topology;

/// Points of the outline around the head, in distances between the eyes from the middle between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadExtent {
    /// To the left and to the right of an upright picture.
    pub sides: [f32; 2],
    /// Upwards.
    pub top: f32,
    /// Downwards, to the chin.
    pub bottom: f32,
}

impl HeadExtent {
    /// What most heads are like: between people, whose eyes are high and near, and cats, whose eyes are low.
    pub const TYPICAL: Self = Self { sides: [1.25; 2], top: 1.05, bottom: 1.4 };
}

/// Axes of a head by its eyes. Pixels of the portrait.
#[derive(Debug, Clone, Copy)]
pub(super) struct EyeAxes {
    /// Between the eyes.
    pub(super) origin: [f32; 2],
    /// Unit vectors along the eyes and down the face.
    pub(super) right: [f32; 2],
    pub(super) down: [f32; 2],
    /// Between the eyes.
    pub(super) distance: f32,
}

impl EyeAxes {
    /// Of the subject's right eye, on the left of an upright picture, and the left one.
    pub(super) fn of([a, b]: [[f32; 2]; 2]) -> Self {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let distance = dx.hypot(dy).max(1.0);
        let right = [dx / distance, dy / distance];
        Self {
            origin: [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0],
            right,
            down: [-right[1], right[0]],
            distance,
        }
    }

    /// A place in distances between the eyes as a pixel.
    pub(super) fn to_pixels(self, [x, y]: [f32; 2]) -> [f32; 2] {
        std::array::from_fn(|i| {
            self.origin[i] + self.distance * (x * self.right[i] + y * self.down[i])
        })
    }
}

/// Depth of the egg at its outline behind its front, and of the snout before it.
const EGG_DEPTH: f32 = 0.6;
const SNOUT_DEPTH: f32 = 0.35;
/// Middle of the snout, as a share of the way to the chin, and its reach across and down.
const SNOUT_HEIGHT: f32 = 0.5;
const SNOUT_REACH: [f32; 2] = [0.35, 0.4];
/// How much less the egg is curved from top to bottom than from side to side.
const UPRIGHT_CURVE: f32 = 0.35;
/// Least height of the brows above the upper lids, in distances between the eyes; and theirs in eye widths.
const BROW_ABOVE_LID: f32 = 0.18;
const BROW_ABOVE_EYE: f32 = 0.35;

/// The points of a mesh.
pub(super) fn generic_mesh(
    topology: &Topology,
    axes: EyeAxes,
    extent: HeadExtent,
    eyes: &[EyeLandmarks; 2],
) -> Vec<[f32; 3]> {
    let HeadExtent { sides: [left, right], top, bottom } = extent;
    let on_egg = |angle: f32, share: f32| {
        let (sin, cos) = angle.sin_cos();
        let across = if sin < 0.0 { left } else { right };
        let along = if cos > 0.0 { top } else { bottom };
        [across * sin * share, -along * cos * share]
    };
    let depth = |[x, y]: [f32; 2]| {
        let across = x / if x < 0.0 { left } else { right };
        let down = y / if y < 0.0 { top } else { bottom };
        let out = (across * across + UPRIGHT_CURVE * down * down).min(1.0);
        let snout = [x / SNOUT_REACH[0], (y - SNOUT_HEIGHT * bottom) / SNOUT_REACH[1]];
        let bump = (-(snout[0] * snout[0] + snout[1] * snout[1])).exp();
        EGG_DEPTH * (1.0 - (1.0 - out).sqrt()) - SNOUT_DEPTH * bump
    };
    // Spread evenly, as seeds in a sunflower are.
    let golden = std::f32::consts::PI * (3.0 - 5.0f32.sqrt());
    let count = topology.points as f32;
    let mut places: Vec<[f32; 2]> = (0..topology.points)
        .map(|i| on_egg(i as f32 * golden, 0.97 * ((i as f32 + 0.5) / count).sqrt()))
        .collect();
    for (i, &point) in topology.oval.iter().enumerate() {
        let angle = std::f32::consts::TAU * i as f32 / topology.oval.len() as f32;
        places[point] = on_egg(angle, 1.0);
    }
    topology.nose_tip.iter().for_each(|&point| places[point] = [0.0, SNOUT_HEIGHT * bottom]);
    let mouth = 0.72 * bottom;
    let lips = [[-0.25, mouth], [0.25, mouth], [0.0, mouth - 0.06], [0.0, mouth + 0.06]];
    topology.lips.iter().zip(lips).for_each(|(&point, place)| places[point] = place);

    let to_egg = |p: [f32; 2]| {
        let (x, y) = (p[0] - axes.origin[0], p[1] - axes.origin[1]);
        [
            (x * axes.right[0] + y * axes.right[1]) / axes.distance,
            (x * axes.down[0] + y * axes.down[1]) / axes.distance,
        ]
    };
    for ((eye, points), brow) in eyes.iter().zip(&topology.eyes).zip(&topology.brows) {
        let lid = eye.upper_lid().map(to_egg);
        for (&point, place) in points.upper_lid.iter().zip(lid) {
            places[point] = place;
        }
        let width = eye.width() / axes.distance;
        let highest = lid.iter().map(|place| place[1]).fold(f32::MAX, f32::min);
        let above = highest - BROW_ABOVE_LID.max(BROW_ABOVE_EYE * width);
        for i in 0..5 {
            let share = i as f32 / 4.0;
            let x = lid[0][0] + (lid[8][0] - lid[0][0]) * share;
            let arch = 0.04 * (std::f32::consts::PI * share).sin();
            places[brow.lower_edge[i]] = [x, above - arch];
            places[brow.upper_edge[i]] = [x, above - arch - 0.08];
        }
    }
    places
        .into_iter()
        .map(|place| {
            let [x, y] = axes.to_pixels(place);
            [x, y, depth(place) * axes.distance]
        })
        .collect()
}
