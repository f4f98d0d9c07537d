//! How brows and lids move, and soft eyes.

use super::eye_shape::EyeShape;
use super::iris_fit::Iris;
use wide::f32x4;

use crate::matting::{Head, Plane, Segments};
use gaze_rig::interpolation::smoothstep;
use gaze_rig::rig::Warp;

/// Rise of the brows in IOD.
const BROW_RISE: f32 = 0.10;
/// Reach of a brow's motion in IOD: beside its middle line, above it and below. The skin of the forehead goes along.
const BROW_BESIDE: f32 = 0.32;
const BROW_ABOVE: f32 = 0.42;
const BROW_BELOW: f32 = 0.22;
/// Reach of the lids' motion in eye widths: above the upper one and below the lower one.
const LID_ABOVE: f32 = 0.45;
const LID_BELOW: f32 = 0.40;
/// Travel of soft eyes in iris radii, and the most in shares of the room between iris and corners: more would fold.
const SOFT_TRAVEL: f32 = 0.7;
const SOFT_ROOM: f32 = 0.37;
/// Where it begins to fall off beside the middle of the iris, in radii; it ends so far beyond the corners, in eye widths.
const SOFT_CORE: f32 = 0.7;
const SOFT_BEYOND: f32 = 0.12;
/// Radii from a spot at which nothing moves any more: there are no corners.
const SPOT_REACH: f32 = 2.4;
/// Radii between which it falls off above and below.
const SOFT_HEIGHT: [f32; 2] = [0.95, 2.2];
/// Spacing of the field's nodes in IOD.
const NODE_SPACING: f32 = 0.02;

/// Fields in the rig's order: brows, upper lids, lower lids, soft eyes right, soft eyes down.
pub(super) fn feature_warp(head: &Head, eyes: &[EyeShape; 2], soft: [Option<Iris>; 2]) -> Warp {
    let step = (NODE_SPACING * head.iod).round().clamp(1.0, 3.0) as u32;
    let spacing = step as f32;
    let (origin, cols, rows) = extent(head, spacing);
    let pixel = |node: usize| {
        [origin[0] + (node % cols) as f32 * spacing, origin[1] + (node / cols) as f32 * spacing]
    };
    let mut basis = vec![vec![[0.0; 2]; cols * rows]; 5];

    let brows = Brow::both(head);
    let brow = Plane::from_fn(cols, rows, |col, row| {
        let p = head.to_head(pixel(row * cols + col));
        brows.iter().map(|brow| brow.weight(p)).fold(0.0, f32::max)
    })
    .blurred(0.06 * head.iod / spacing);
    let rise = BROW_RISE * head.iod;
    for (shift, weight) in basis[0].iter_mut().zip(&brow.values) {
        *shift = seen([-head.down[0] * rise * weight, -head.down[1] * rise * weight]);
    }

    for (side, eye) in eyes.iter().enumerate() {
        let lids: Vec<[f32; 2]> = (0..cols * rows)
            .map(|node| lid_weights(eye, eye.frame.to_frame(pixel(node))))
            .collect();
        for lid in 0..2 {
            let weights =
                Plane { width: cols, height: rows, values: lids.iter().map(|l| l[lid]).collect() };
            let weights = weights.blurred((0.04 * eye.frame.width / spacing).max(0.5));
            let travel = eye.frame.width * eye.lid_share();
            for (shift, weight) in basis[1 + lid].iter_mut().zip(&weights.values) {
                let moved = seen([
                    eye.frame.across[0] * travel * weight,
                    eye.frame.across[1] * travel * weight,
                ]);
                *shift = [shift[0] + moved[0], shift[1] + moved[1]];
            }
        }
        let Some(iris) = soft[side].map(|iris| SoftIris::of(eye, &iris)) else { continue };
        #[expect(clippy::needless_range_loop, reason = "a node of two fields is set")]
        for node in 0..cols * rows {
            let travel = iris.travel(eye.frame.to_frame(pixel(node))) * eye.frame.width;
            for (field, axis) in [(3, eye.frame.along), (4, eye.frame.across)] {
                let moved = seen([axis[0] * travel, axis[1] * travel]);
                basis[field][node][0] += moved[0];
                basis[field][node][1] += moved[1];
            }
        }
    }
    Warp { origin: origin.map(|v| v as i32), spacing: step, cols, rows, basis }
}

/// How far the middle of a soft iris would move to either side if its eye were wide open, in eye widths.
pub(super) fn soft_travel(eye: &EyeShape, iris: &Iris) -> f32 {
    SoftIris::of(eye, iris).most
}

/// An iris that moves with what is around it. In the eye's frame.
struct SoftIris {
    center: [f32; 2],
    radius: f32,
    /// Travel of its middle where the eye is open, and how far it is.
    most: f32,
    gate: f32,
    /// Where nothing moves any more, to the left and to the right of its middle.
    ends: [f32; 2],
}

impl SoftIris {
    fn of(eye: &EyeShape, iris: &Iris) -> Self {
        let center = eye.frame.to_frame(iris.center);
        let radius = iris.whole_radius / eye.frame.width;
        let core = SOFT_CORE * radius;
        // Wherever the middle is thought to be, there is some room on either side.
        let ends = [center[0], 1.0 - center[0]].map(|to_corner| match iris.is_spot {
            true => SPOT_REACH * radius,
            false => (to_corner + SOFT_BEYOND).max(1.6 * radius),
        });
        let room = ends[0].min(ends[1]) - core;
        let most = (SOFT_TRAVEL * radius).min(SOFT_ROOM * room);
        Self { center, radius, most, gate: eye.gate(), ends }
    }

    /// How far a point moves for the middle to move in full, in eye widths.
    fn travel(&self, [t, h]: [f32; 2]) -> f32 {
        let (right, down) = (t - self.center[0], h - self.center[1]);
        let end = self.ends[usize::from(right > 0.0)];
        let beside = 1.0 - smoothstep(SOFT_CORE * self.radius, end, right.abs());
        let [from, to] = SOFT_HEIGHT.map(|radii| radii * self.radius);
        self.most * self.gate * beside * (1.0 - smoothstep(from, to, down.abs()))
    }
}

/// Motion too small to see becomes zero.
fn seen(shift: [f32; 2]) -> [f32; 2] {
    if shift[0].abs().max(shift[1].abs()) < 0.02 { [0.0; 2] } else { shift }
}

/// Grid over brows and eyes with room around them, in pixels.
fn extent(head: &Head, spacing: f32) -> ([f32; 2], usize, usize) {
    let corners =
        [[-1.45, -1.2], [1.45, -1.2], [1.45, 0.6], [-1.45, 0.6]].map(|[x, y]: [f32; 2]| {
            std::array::from_fn::<f32, 2, _>(|i| {
                head.origin[i] + head.iod * (x * head.right[i] + y * head.down[i])
            })
        });
    let bound = |axis: usize, pick: fn(f32, f32) -> f32| {
        corners.iter().map(|c| c[axis]).reduce(pick).expect("four corners")
    };
    let origin = [bound(0, f32::min).floor(), bound(1, f32::min).floor()];
    let nodes =
        |axis: usize| ((bound(axis, f32::max) - origin[axis]) / spacing).ceil() as usize + 2;
    (origin, nodes(0), nodes(1))
}

/// What a brow takes along when it rises. In the head's frame.
struct Brow {
    /// Its middle line.
    middle: Segments,
    /// Its lower edge and the edge of the lid below it, from left to right.
    lower_edge: Vec<[f32; 2]>,
    lid: Vec<[f32; 2]>,
}

impl Brow {
    fn both(head: &Head) -> [Self; 2] {
        let topology = head.topology;
        let sorted = |points: &[usize]| {
            let mut line: Vec<[f32; 2]> = points.iter().map(|i| head.mesh_xy(*i)).collect();
            line.sort_by(|a, b| a[0].total_cmp(&b[0]));
            line
        };
        std::array::from_fn(|side| {
            let brow = &topology.brows[side];
            let edges = [brow.upper_edge, brow.lower_edge];
            let middle: [[f32; 2]; 5] = std::array::from_fn(|i| {
                let [a, b] = edges.map(|edge| head.mesh_xy(edge[i]));
                [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]
            });
            Self {
                middle: Segments::open(&middle),
                lower_edge: sorted(&brow.lower_edge),
                lid: sorted(&topology.eyes[side].upper_lid),
            }
        })
    }

    /// Share of the rise that a point takes part in.
    fn weight(&self, p: [f32; 2]) -> f32 {
        // Nothing at the lid's line, all at the brow's lower edge: the lids stay where they are.
        let lid_line = height_at(p[0], &self.lid) - 0.02;
        let brow_line = height_at(p[0], &self.lower_edge);
        let above_lid = (lid_line - p[1]) / (lid_line - brow_line).max(0.08);
        if above_lid <= 0.0 {
            return 0.0;
        }
        let mut squared = f32x4::splat(f32::MAX);
        for [dx, dy] in self.middle.offsets(p) {
            let is_above = dy.simd_lt(f32x4::ZERO);
            let down =
                is_above.select(f32x4::splat(1.0 / BROW_ABOVE), f32x4::splat(1.0 / BROW_BELOW));
            let (dx, dy) = (dx * f32x4::splat(1.0 / BROW_BESIDE), dy * down);
            squared = squared.min(dx * dx + dy * dy);
        }
        let squared = squared.to_array().into_iter().fold(f32::MAX, f32::min);
        (-squared).exp() * smoothstep(0.0, 1.0, above_lid)
    }
}

/// Height of a line of points, sorted from left to right, at `x`; that of the nearer end outside.
fn height_at(x: f32, points: &[[f32; 2]]) -> f32 {
    let right = points.partition_point(|p| p[0] < x);
    if right == 0 || right == points.len() {
        return points[right.saturating_sub(1).min(points.len() - 1)][1];
    }
    let ([x0, y0], [x1, y1]) = (points[right - 1], points[right]);
    y0 + (y1 - y0) * (x - x0) / (x1 - x0).max(1e-6)
}

/// Share of the upper and the lower lid's travel at a point of the eye's frame.
fn lid_weights(eye: &EyeShape, [t, h]: [f32; 2]) -> [f32; 2] {
    if !(0.0..=1.0).contains(&t) {
        return [0.0; 2];
    }
    let (upper, lower) = (eye.upper.at(t), eye.lower.at(t));
    let down = ((h - upper) / (lower - upper).max(0.02)).clamp(0.0, 1.0);
    let up = if h < upper { 1.0 - smoothstep(0.0, LID_ABOVE, upper - h) } else { 1.0 - down };
    let low = if h > lower { 1.0 - smoothstep(0.0, LID_BELOW, h - lower) } else { down };
    if up <= 0.0 && low <= 0.0 {
        return [0.0; 2];
    }
    let bell = (std::f32::consts::PI * t).sin().max(0.0).powf(0.8);
    [up * bell, low * bell]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::face_at;
    use crate::faces::{Face, Topology};

    /// MediaPipe's points counted from the end.
    static BACKWARDS: std::sync::LazyLock<Topology> =
        std::sync::LazyLock::new(|| Topology::MEDIAPIPE.backwards());

    #[test]
    fn another_order_of_the_points_changes_nothing() {
        let mut face = face_at(200.0, 220.0, 90.0);
        // Lids, brows and oval all lie elsewhere.
        for (i, point) in face.mesh.iter_mut().enumerate() {
            let angle = i as f32 * 2.4;
            point[0] += 30.0 * angle.sin();
            point[1] += 40.0 * angle.cos();
        }
        let mesh = face.mesh.iter().rev().copied().collect();
        let other = Face { mesh, topology: &BACKWARDS, ..face.clone() };
        let [warp, other_warp] = [face, other].map(|face| {
            let head = Head::of(&face);
            let eyes = std::array::from_fn(|side| EyeShape::of(&face.eyes[side], side));
            feature_warp(&head, &eyes, [None; 2])
        });
        assert_eq!(warp.origin, other_warp.origin);
        assert!(warp.basis[0].iter().any(|shift| *shift != [0.0; 2]), "the brows rise");
        assert_eq!(warp.basis, other_warp.basis);
    }
}
