//! How the head moves: a solid that turns about an axis behind the eyes, falling off over neck,
//! shoulders and background.
//!
//! Lengths are in IOD. The arms and distances were measured on sweeps rendered by LivePortrait.

use wide::f32x4;

use super::depth::Depth;
use crate::matting::Head;
use crate::matting::Plane;
use gaze_rig::Size;
use gaze_rig::interpolation::{mix, smoothstep};
use gaze_rig::rig::Warp;

/// Yaw arm at the inner eye corners; it changes with height and depth by the two slopes. By depth, a solid head would have
/// -1: a mesh that is fitted to frames, as those that were measured are, makes more of a nose that moves than it does.
const YAW_PIVOT: f32 = 1.68;
const YAW_BY_HEIGHT: f32 = -0.12;
const YAW_BY_DEPTH: f32 = -0.20;
/// Pitch arm at the eyes; it changes with height and depth by the two slopes.
const PITCH_PIVOT: f32 = 1.55;
const PITCH_BY_HEIGHT: f32 = -0.10;
const PITCH_BY_DEPTH: f32 = -0.89;
/// Loss of motion, of yaw and of pitch, towards the chin, which the neck holds, and towards the ears, and where they set
/// in: heights and widths in IOD.
const CHIN_LOSS: [f32; 2] = [0.56, 0.38];
const CHIN: [f32; 2] = [0.95, 1.5];
const EAR_LOSS: [f32; 2] = [0.57, 0.18];
const EARS: [f32; 2] = [0.6, 1.05];
/// At both ends of a turn eyes and ears lie so far to the left of where the turn alone takes them, in IOD, as LivePortrait's
/// do. It falls off above and below a height.
const EYES_ASIDE: f32 = 0.030;
const EARS_ASIDE: f32 = 0.036;
const ASIDE_HEIGHT: f32 = 0.05;
const ASIDE_REACH: f32 = 0.25;
/// Arms of hair and ears far from the oval, and the distance over which the face's relax to them.
const OUTER_YAW_ARM: f32 = 0.7;
const OUTER_PITCH_ARM: f32 = 0.85;
const ARM_RELAXATION: f32 = 0.35;
/// Distance from the oval at which motion ends: beside it, below the jaw, and above the hair.
const REACH_BESIDE: f32 = 1.7;
const REACH_BELOW: f32 = 0.5;
const REACH_ABOVE: f32 = 3.0;
/// Width of the border of the picture over which motion fades.
const BORDER: f32 = 0.5;
/// Blur of the finished fields.
const SOFTNESS: f32 = 0.06;
/// Smallest allowed Jacobian of the forward motion: below it the picture would fold.
const LEAST_JACOBIAN: f32 = 0.35;
/// Extra blurs at most.
const GUARD_ROUNDS: usize = 6;
/// Spacing of the field's nodes.
const NODE_SPACING: f32 = 0.045;
/// The most the head turns: sine of 7.5 degrees.
const FULL_SINE: f32 = 0.130_5;

/// The fields of a head: yaw, pitch, and what lies aside at both ends of a turn. `keep` tells how much of the motion a
/// pixel takes part in.
pub(super) fn head_warp(head: &Head, size: Size, keep: impl Fn([f32; 2]) -> f32) -> Warp {
    let step = (NODE_SPACING * head.iod).round().clamp(2.0, 6.0) as u32;
    let spacing = step as f32;
    let cols = (size.width as f32 / spacing).ceil() as usize + 2;
    let rows = (size.height as f32 / spacing).ceil() as usize + 2;
    let pixel = |col: usize, row: usize| [col as f32 * spacing, row as f32 * spacing];

    // What does not move for certain need not be measured; a hundredth against rounding.
    let is_still = |p: [f32; 2]| head.least_distance(p) > REACH_ABOVE + 0.01;
    // Depth is smooth: every other node is enough, and only of those that something asks for.
    let depth = Depth::of(head);
    let mut coarse = Plane::new(cols.div_ceil(2) + 1, rows.div_ceil(2) + 1).map(|_| f32::NAN);
    let measure = |col: usize, row: usize| {
        let near = head.nearest_on_oval(head.to_head(pixel(2 * col, 2 * row)));
        if near.distance > REACH_ABOVE { 0.0 } else { depth.at(near.point) }
    };
    let mut yaw = Plane::new(cols, rows);
    let mut pitch = Plane::new(cols, rows);
    let mut aside = Plane::new(cols, rows);
    for row in 0..rows {
        for col in 0..cols {
            let p = pixel(col, row);
            let on_head = head.to_head(p);
            if is_still(on_head) {
                continue;
            }
            let kept = keep(p);
            if kept <= 0.0 {
                continue;
            }
            let near = head.nearest_on_oval(on_head);
            let share = reach(near.distance, near.downward) * kept;
            if share <= 0.0 {
                continue;
            }
            for (c, r) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let node = (row / 2 + r) * coarse.width + col / 2 + c;
                if coarse.values[node].is_nan() {
                    coarse.values[node] = measure(col / 2 + c, row / 2 + r);
                }
            }
            let z = coarse.at(col as f32 / 2.0, row as f32 / 2.0);
            let height = near.point[1].clamp(-0.6, 2.0);
            let face_yaw = YAW_PIVOT * head.frontal + YAW_BY_HEIGHT * height + YAW_BY_DEPTH * z;
            let face_pitch = PITCH_PIVOT + PITCH_BY_HEIGHT * height + PITCH_BY_DEPTH * z;
            let chin = smoothstep(CHIN[0], CHIN[1], near.point[1]);
            let ears = smoothstep(EARS[0], EARS[1], near.point[0].abs());
            let held = |axis: usize| (1.0 - CHIN_LOSS[axis] * chin) * (1.0 - EAR_LOSS[axis] * ears);
            let on_face = (-near.distance / ARM_RELAXATION).exp();
            yaw.values[row * cols + col] = mix(OUTER_YAW_ARM, face_yaw * held(0), on_face) * share;
            pitch.values[row * cols + col] =
                mix(OUTER_PITCH_ARM, face_pitch * held(1), on_face) * share;
            aside.values[row * cols + col] = eyes_aside(near.point) * on_face * share;
        }
    }
    let blur = SOFTNESS * head.iod / spacing;
    let mut planes = [yaw, pitch, aside].map(|plane| plane.blurred(blur));
    let mut warp = fields(head, size, step, &planes);
    for _ in 0..GUARD_ROUNDS {
        if least_jacobian(&warp) >= LEAST_JACOBIAN {
            break;
        }
        planes = planes.map(|plane| plane.blurred(blur));
        warp = fields(head, size, step, &planes);
    }
    warp
}

/// How far motion reaches at a distance from the oval in a direction, 1 to 0.
fn reach(distance: f32, downward: f32) -> f32 {
    let end = if downward > 0.0 {
        mix(REACH_BESIDE, REACH_BELOW, smoothstep(0.0, 0.85, downward))
    } else {
        mix(REACH_BESIDE, REACH_ABOVE, -downward)
    };
    1.0 - smoothstep(0.0, 1.0, distance / end)
}

/// How far to the left a point of the face goes at either end of a turn, beside what the turn itself does.
fn eyes_aside([right, down]: [f32; 2]) -> f32 {
    let off = (down - ASIDE_HEIGHT) / ASIDE_REACH;
    let ears = smoothstep(EARS[0], EARS[1], right.abs());
    -mix(EYES_ASIDE, EARS_ASIDE, ears) * (-off * off).exp()
}

/// Arms of yaw, pitch and what goes aside as displacement fields in pixels per unit of their weight, faded at the
/// picture's borders.
fn fields(head: &Head, size: Size, spacing: u32, planes: &[Plane; 3]) -> Warp {
    let [yaw, pitch, aside] = planes;
    let (cols, rows) = (yaw.width, yaw.height);
    let fades = |nodes: usize, length: u32| -> Vec<f32> {
        let inside = |node: usize| {
            let at = node as f32 * spacing as f32;
            at.min(length as f32 - 1.0 - at) / head.iod
        };
        (0..nodes).map(|node| smoothstep(0.0, BORDER, inside(node))).collect()
    };
    let (across, down) = (fades(cols, size.width), fades(rows, size.height));
    let field = |arms: &Plane, axis: [f32; 2], full: f32| {
        let nodes = down.iter().flat_map(|down| across.iter().map(move |across| [*across, *down]));
        arms.values
            .iter()
            .zip(nodes)
            .map(|(arm, [across, down])| {
                let arm = arm * head.iod;
                // Motion too small to see becomes zero, so that the background stays untouched.
                let still = |shift: f32| if shift.abs() * full < 0.01 { 0.0 } else { shift };
                [still(arm * axis[0] * across), still(arm * axis[1] * down)]
            })
            .collect()
    };
    Warp {
        origin: [0, 0],
        spacing,
        cols,
        rows,
        basis: vec![
            field(yaw, head.right, FULL_SINE),
            field(pitch, head.down, FULL_SINE),
            field(aside, head.right, 1.0),
        ],
    }
}

/// Smallest Jacobian of the forward motion over the four corner poses, 1 where nothing moves.
fn least_jacobian(warp: &Warp) -> f32 {
    // A pose a lane.
    let yaw = f32x4::from([-FULL_SINE, -FULL_SINE, FULL_SINE, FULL_SINE]);
    let pitch = f32x4::from([-FULL_SINE, FULL_SINE, -FULL_SINE, FULL_SINE]);
    let per_pixel = f32x4::splat(0.5 / warp.spacing as f32);
    let fields = [&warp.basis[0], &warp.basis[1]];
    let mut least = f32x4::ONE;
    for row in 1..warp.rows - 1 {
        for col in 1..warp.cols - 1 {
            let node = row * warp.cols + col;
            let around = [node - 1, node + 1, node - warp.cols, node + warp.cols];
            let around = fields.map(|field| around.map(|node| field[node]));
            if around == [[[0.0; 2]; 4]; 2] {
                continue;
            }
            let slope = |axis: usize, before: usize, behind: usize| {
                let [by_yaw, by_pitch] =
                    around.map(|shifts| f32x4::splat(shifts[behind][axis] - shifts[before][axis]));
                (yaw * by_yaw + pitch * by_pitch) * per_pixel
            };
            let (one, across, down) = (f32x4::ONE, (0, 1), (2, 3));
            let jacobian = (one + slope(0, across.0, across.1)) * (one + slope(1, down.0, down.1))
                - slope(0, down.0, down.1) * slope(1, across.0, across.1);
            least = least.min(jacobian);
        }
    }
    least.to_array().into_iter().fold(1.0, f32::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::face_at;

    /// The same by its definition: every node, one pose after the other.
    fn defined(warp: &Warp) -> f32 {
        let mut least = 1.0f32;
        for (x, y) in [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)] {
            let shift = |col: usize, row: usize, axis: usize| {
                let node = row * warp.cols + col;
                FULL_SINE * (x * warp.basis[0][node][axis] + y * warp.basis[1][node][axis])
            };
            for (row, col) in
                (1..warp.rows - 1).flat_map(|row| (1..warp.cols - 1).map(move |col| (row, col)))
            {
                let across = |axis| (shift(col + 1, row, axis) - shift(col - 1, row, axis)) / 2.0;
                let down = |axis| (shift(col, row + 1, axis) - shift(col, row - 1, axis)) / 2.0;
                let spacing = warp.spacing as f32;
                let [ax, ay, dx, dy] =
                    [across(0), across(1), down(0), down(1)].map(|slope| slope / spacing);
                least = least.min((1.0 + ax) * (1.0 + dy) - dx * ay);
            }
        }
        least
    }

    #[test]
    fn folds_are_found_wherever_they_are() {
        for (at, steepness) in [(0, 3.0), (27, 10.0), (50, 90.0), (97, 400.0)] {
            let field = |turn: f32| {
                (0..99)
                    .map(|node| {
                        let (x, y) = ((node % 11) as f32, (node / 11) as f32);
                        let far = (x - (at % 11) as f32).hypot(y - (at / 11) as f32);
                        if far > 3.0 { [0.0; 2] } else { [steepness * far, turn * steepness * y] }
                    })
                    .collect()
            };
            let basis = vec![field(0.7), field(-1.3)];
            let warp = Warp { origin: [0, 0], spacing: 3, cols: 11, rows: 9, basis };
            let (found, expected) = (least_jacobian(&warp), defined(&warp));
            assert!(expected < 0.99, "{at}: {expected}");
            assert!(
                (found - expected).abs() < 1e-3 * expected.abs().max(1.0),
                "{found} {expected}"
            );
        }
    }

    #[test]
    fn only_what_is_kept_moves_and_the_face_more_than_what_is_around() {
        let head = Head::of(&face_at(100.0, 90.0, 40.0));
        let size = Size { width: 200, height: 180 };
        let warp = head_warp(&head, size, |p| if p[0] < 150.0 { 1.0 } else { 0.0 });
        let shift = |x: usize, y: usize| {
            let node = y / warp.spacing as usize * warp.cols + x / warp.spacing as usize;
            warp.basis[0][node][0]
        };
        assert!(shift(100, 90) > shift(100, 40) && shift(100, 40) > 0.0);
        assert_eq!((shift(196, 90), shift(100, 176)), (0.0, 0.0));
        assert!(least_jacobian(&warp) > LEAST_JACOBIAN);
    }
}
