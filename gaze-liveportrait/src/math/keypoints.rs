//! Key points: from what the motion network says to what drives the decoder.
//!
//! LivePortrait's own formulas. Axes are x to the right, y down, z into the picture; about the size of
//! the face, -1 to 1. Sums are taken in double precision and kept in single.

use gaze_rig::{Error, ErrorKind, PoseAxes, Result};

use crate::lids::Lids;

/// How many key points there are.
pub(crate) const KEY_POINTS: usize = 21;
/// Numbers that the stitching network gives for a frame: a shift of each key point in x, y and z, and one
/// of all in x and y.
pub(crate) const STITCHING_DELTAS: usize = KEY_POINTS * 3 + 2;
/// Classes of an angle, three degrees each.
const ANGLE_CLASSES: usize = 66;
/// Ten thousand: no face is that large, and single precision still tells positions apart.
const LARGEST: f32 = 1e4;

/// One set of key points: x, y and z of each.
pub(crate) type KeyPoints = [[f32; 3]; KEY_POINTS];

type Rotation = [[f64; 3]; 3];

/// What the motion network gave, each output flattened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MotionOutputs<'a> {
    /// 66 logits.
    pub(crate) pitch: &'a [f32],
    /// 66 logits.
    pub(crate) yaw: &'a [f32],
    /// 66 logits.
    pub(crate) roll: &'a [f32],
    /// Where the head is: x, y, z.
    pub(crate) t: &'a [f32],
    /// What the expression adds to the key points: 21 times x, y, z.
    pub(crate) exp: &'a [f32],
    /// One number.
    pub(crate) scale: &'a [f32],
    /// The face's own key points, frontal and at rest: 21 times x, y, z.
    pub(crate) kp: &'a [f32],
}

/// How the head of the portrait is posed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SourceMotion {
    pitch_deg: f64,
    yaw_deg: f64,
    roll_deg: f64,
    t: [f32; 3],
    exp: KeyPoints,
    scale: f32,
    kp: KeyPoints,
}

impl SourceMotion {
    /// # Errors
    /// [`ErrorKind::Engine`] where an output has another length, holds what is no number or what no
    /// face has.
    pub(crate) fn from_outputs(outputs: &MotionOutputs<'_>) -> Result<Self> {
        let [scale] = checked("scale", outputs.scale)?;
        if scale <= 0.0 {
            return Err(implausible("scale", scale));
        }
        Ok(Self {
            pitch_deg: angle_deg(&checked("pitch", outputs.pitch)?),
            yaw_deg: angle_deg(&checked("yaw", outputs.yaw)?),
            roll_deg: angle_deg(&checked("roll", outputs.roll)?),
            t: checked("t", outputs.t)?,
            exp: in_threes(&checked("exp", outputs.exp)?),
            scale,
            kp: in_threes(&checked("kp", outputs.kp)?),
        })
    }

    /// Key points of the portrait as it is.
    pub(crate) fn source_points(&self) -> KeyPoints {
        let rotation = rotation(self.pitch_deg, self.yaw_deg, self.roll_deg);
        // The reference leaves out the depth here, and only here.
        let [x, y, _] = self.t;
        self.placed(&rotation, &self.exp, [x, y, 0.0])
    }

    /// Key points of the portrait in a pose, before stitching.
    pub(crate) fn driving_points(&self, pose: &PoseAxes, lids: Lids) -> KeyPoints {
        let PoseAxes { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow, blink } = *pose;
        let rotation = rotation(
            self.pitch_deg + f64::from(head_pitch_deg),
            self.yaw_deg + f64::from(head_yaw_deg),
            self.roll_deg,
        );
        let expression = self.expression([pupil_x, pupil_y], eyebrow, blink, lids);
        self.placed(&rotation, &expression, self.t)
    }

    /// `scale * (kp @ rotation + exp) + t`.
    fn placed(&self, rotation: &Rotation, exp: &KeyPoints, t: [f32; 3]) -> KeyPoints {
        std::array::from_fn(|i| {
            std::array::from_fn(|axis| {
                let turned: f64 =
                    (0..3).map(|row| f64::from(self.kp[i][row]) * rotation[row][axis]).sum();
                let shaped = turned + f64::from(exp[i][axis]);
                (f64::from(self.scale) * shaped + f64::from(t[axis])) as f32
            })
        })
    }

    /// The portrait's expression, with eyes and brows moved: pupils to the right and up, brows up, eyes closed from 0
    /// to 1, left and right in the picture.
    fn expression(&self, pupils: [f32; 2], eyebrow: f32, blink: [f32; 2], lids: Lids) -> KeyPoints {
        /// The pupils, left and right in the picture.
        const PUPILS: [usize; 2] = [11, 15];
        const BROWS: [usize; 2] = [1, 2];
        /// What a degree of gaze moves a pupil by, and a pupil that turns towards the nose or away
        /// moves less.
        const STEP: f64 = 0.001;
        const SMALL_STEP: f64 = 0.0007;
        /// The lower lids of the same eyes, and what a shut eye moves its pupil's point and this one by: the public
        /// expression editors' slider for blinking at its end.
        const LOWER_LIDS: [usize; 2] = [13, 16];
        const SHUT: [f64; 2] = [0.02, -0.006];

        /// What a degree of gaze upwards moves a pupil's point and its lower lid by.
        const UP: [f64; 2] = [-STEP, 0.0];
        /// The same where the lids follow: the slider stands at minus half the degrees, and opens the eye by as much.
        const UP_WITH_LIDS: [f64; 2] = [-0.0005, -0.00015];

        let up = match lids {
            Lids::Still => UP,
            Lids::Follow => UP_WITH_LIDS,
        };
        let mut exp = self.exp;
        let mut add = |point: usize, axis: usize, value: f64| {
            exp[point][axis] = (f64::from(exp[point][axis]) + value) as f32;
        };
        let [x, y] = pupils.map(f64::from);
        let across = if x > 0.0 { [SMALL_STEP, STEP] } else { [STEP, SMALL_STEP] };
        for (eye, step) in across.into_iter().enumerate() {
            let closed = f64::from(blink[eye]);
            add(PUPILS[eye], 0, step * x);
            // The same point opens and closes the eye: wherever it looks, it shuts.
            let [pupil, lid] = [0, 1].map(|i| up[i] * y * (1.0 - closed) + SHUT[i] * closed);
            add(PUPILS[eye], 1, pupil);
            add(LOWER_LIDS[eye], 1, lid);
        }
        let raise = f64::from(eyebrow.max(0.0));
        add(BROWS[0], 1, STEP * raise);
        add(BROWS[1], 1, -STEP * raise);
        exp
    }
}

/// Driving key points moved by what the stitching network gave for them.
///
/// # Errors
/// [`ErrorKind::Engine`] where a number is none, or is one that no face has.
pub(crate) fn stitched(driving: &KeyPoints, deltas: &[f32; STITCHING_DELTAS]) -> Result<KeyPoints> {
    let deltas: [f32; STITCHING_DELTAS] = checked("stitching", deltas)?;
    let (own, all) = deltas.split_at(KEY_POINTS * 3);
    let mut points = *driving;
    for (point, own) in points.iter_mut().zip(own.chunks_exact(3)) {
        for (axis, value) in point.iter_mut().enumerate() {
            *value += own[axis] + all.get(axis).unwrap_or(&0.0);
        }
    }
    Ok(points)
}

/// The mean of the classes' angles, weighed by their probabilities. Degrees, -97.5 to 97.5.
fn angle_deg(logits: &[f32; ANGLE_CLASSES]) -> f64 {
    let highest = f64::from(logits.iter().copied().fold(f32::MIN, f32::max));
    let (mut sum, mut total) = (0.0, 0.0);
    for (class, logit) in logits.iter().enumerate() {
        let weight = (f64::from(*logit) - highest).exp();
        sum += weight * class as f64;
        total += weight;
    }
    sum / total * 3.0 - 97.5
}

/// The matrix that turns key points as rows: `point @ rotation`.
fn rotation(pitch_deg: f64, yaw_deg: f64, roll_deg: f64) -> Rotation {
    let [(sin_a, cos_a), (sin_b, cos_b), (sin_c, cos_c)] =
        [pitch_deg, yaw_deg, roll_deg].map(|angle| angle.to_radians().sin_cos());
    [
        [cos_c * cos_b, sin_c * cos_b, -sin_b],
        [
            cos_c * sin_b * sin_a - sin_c * cos_a,
            sin_c * sin_b * sin_a + cos_c * cos_a,
            cos_b * sin_a,
        ],
        [
            cos_c * sin_b * cos_a + sin_c * sin_a,
            sin_c * sin_b * cos_a - cos_c * sin_a,
            cos_b * cos_a,
        ],
    ]
}

/// The numbers of an output, if they are as many as they should be and such as a face can have.
fn checked<const COUNT: usize>(name: &str, values: &[f32]) -> Result<[f32; COUNT]> {
    let values: [f32; COUNT] = values.try_into().map_err(|_| {
        let message = format!(
            "the output `{name}` of a LivePortrait model has {} values instead of {COUNT}; replace \
             its file",
            values.len()
        );
        Error::new(ErrorKind::Engine, message)
    })?;
    let sound = |value: &&f32| value.abs() <= LARGEST;
    match values.iter().find(|value| !sound(value)) {
        Some(value) => Err(implausible(name, *value)),
        None => Ok(values),
    }
}

fn implausible(name: &str, value: f32) -> Error {
    let message = format!(
        "the output `{name}` of a LivePortrait model holds {value}, which no face gives; replace its \
         file, or use one in float32"
    );
    Error::new(ErrorKind::Engine, message)
}

fn in_threes(values: &[f32; KEY_POINTS * 3]) -> KeyPoints {
    std::array::from_fn(|i| [values[3 * i], values[3 * i + 1], values[3 * i + 2]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::golden::{self, Golden, largest_difference};

    const OUTPUTS: [&str; 7] =
        ["raw_pitch", "raw_yaw", "raw_roll", "raw_t", "raw_exp", "raw_scale", "raw_kp"];

    fn outputs(values: &[Vec<f32>; 7]) -> MotionOutputs<'_> {
        let [pitch, yaw, roll, t, exp, scale, kp] = values;
        MotionOutputs { pitch, yaw, roll, t, exp, scale, kp }
    }

    fn raw(golden: &Golden) -> [Vec<f32>; 7] {
        OUTPUTS.map(|name| golden.singles("source.npz", name))
    }

    fn source(golden: &Golden) -> SourceMotion {
        SourceMotion::from_outputs(&outputs(&raw(golden))).unwrap()
    }

    fn flat(rotation: &Rotation) -> &[f64] {
        rotation.as_flattened()
    }

    fn poses(golden: &Golden) -> Vec<PoseAxes> {
        let params = golden.singles("sweep900.npz", "params");
        let pose = |row: &[f32]| PoseAxes {
            pupil_x: row[2],
            pupil_y: row[3],
            head_pitch_deg: row[4],
            head_yaw_deg: row[5],
            eyebrow: row[6],
            blink: [0.0; 2],
        };
        params.chunks_exact(7).map(pose).collect()
    }

    /// A face at the origin, whose points are what is added to them.
    fn plain() -> SourceMotion {
        SourceMotion {
            pitch_deg: 0.0,
            yaw_deg: 0.0,
            roll_deg: 0.0,
            t: [0.0; 3],
            exp: [[0.0; 3]; KEY_POINTS],
            scale: 1.0,
            kp: [[0.0; 3]; KEY_POINTS],
        }
    }

    #[test]
    fn a_blink_shuts_each_eye_wherever_it_looks() {
        for lids in [Lids::Still, Lids::Follow] {
            let points = |pupil_y, blink| {
                let pose = gaze_rig::Pose::default().with_pupils(0.0, pupil_y).with_blinks(blink);
                plain().driving_points(&pose.axes(), lids)
            };
            for pupil_y in [-15.0, 0.0, 15.0] {
                let (open, left) = (points(pupil_y, [0.0; 2]), points(pupil_y, [1.0, 0.0]));
                let both = points(pupil_y, [1.0; 2]);
                assert_eq!((left[11][1], left[13][1]), (0.02, -0.006));
                assert_eq!((left[15], left[16]), (open[15], open[16]));
                assert_eq!((both[11][1], both[15][1], both[16][1]), (0.02, 0.02, -0.006));
                let half = points(pupil_y, [0.5, 0.0])[11][1];
                assert!(open[11][1] < half && half < 0.02, "{pupil_y}: {half}");
            }
        }
    }

    #[test]
    fn lids_stay_or_follow_the_gaze() {
        let moved = |pupil_y, lids| {
            let pose = gaze_rig::Pose::default().with_pupils(0.0, pupil_y);
            let points = plain().driving_points(&pose.axes(), lids);
            let others = (0..KEY_POINTS).filter(|i| ![11, 13, 15, 16].contains(i));
            assert!(others.into_iter().all(|i| points[i][1] == 0.0), "only eyes and lids move");
            [11, 15, 13, 16].map(|i: usize| points[i][1])
        };
        for (pupil_y, still, follow) in [
            (10.0, [-0.01, -0.01, 0.0, 0.0], [-0.005, -0.005, -0.0015, -0.0015]),
            (-12.0, [0.012, 0.012, 0.0, 0.0], [0.006, 0.006, 0.0018, 0.0018]),
        ] {
            assert_eq!(moved(pupil_y, Lids::Still), still);
            assert_eq!(moved(pupil_y, Lids::Follow), follow);
        }
    }

    #[test]
    fn logits_and_angles_become_degrees_and_rotations() {
        for golden in golden::sets() {
            let array = |name| golden.singles("pose_cases.npz", name);
            let degrees: Vec<f64> = array("logits")
                .chunks_exact(ANGLE_CLASSES)
                .map(|logits| angle_deg(logits.try_into().unwrap()))
                .collect();
            assert_eq!(degrees.len(), 16);
            assert!(largest_difference(&degrees, &array("degree")) < 1e-4);

            let rotations: Vec<f64> = array("pitch_yaw_roll")
                .chunks_exact(3)
                .flat_map(|a| flat(&rotation(a[0].into(), a[1].into(), a[2].into())).to_vec())
                .collect();
            assert!(largest_difference(&rotations, &array("R")) < 1e-6);
        }
    }

    #[test]
    fn the_portraits_own_points_are_the_references() {
        for golden in golden::sets() {
            let (motion, array) = (source(&golden), |name| golden.array("source.npz", name));
            let angles = [motion.pitch_deg, motion.yaw_deg, motion.roll_deg];
            let expected = ["info_pitch", "info_yaw", "info_roll"].map(|name| array(name)[0]);
            assert!(largest_difference(&angles, &expected) < 1e-4);
            let rotation = rotation(motion.pitch_deg, motion.yaw_deg, motion.roll_deg);
            assert!(largest_difference(flat(&rotation), &array("R_s")) < 1e-6);
            assert!(
                largest_difference(motion.source_points().as_flattened(), &array("x_s")) < 1e-6
            );
        }
    }

    #[test]
    fn a_sweeps_points_are_the_references() {
        for golden in golden::sets() {
            let motion = source(&golden);
            let array = |name| golden.array("sweep900.npz", name);
            let (pitch, yaw, roll) = (array("pitch"), array("yaw"), array("roll"));
            let (deltas, rotations) = (array("delta"), array("R_d"));
            let (before, after) = (array("x_d_pre"), array("x_d"));
            let poses = poses(&golden);
            assert!(poses.len() > 100);
            for (i, pose) in poses.iter().enumerate() {
                let row = |values: &[f64], size: usize| values[i * size..(i + 1) * size].to_vec();
                let pitch_deg = motion.pitch_deg + f64::from(pose.head_pitch_deg);
                let yaw_deg = motion.yaw_deg + f64::from(pose.head_yaw_deg);
                let angles = [pitch_deg, yaw_deg, motion.roll_deg];
                assert!(largest_difference(&angles, &[pitch[i], yaw[i], roll[i]]) < 1e-4);
                let rotation = rotation(pitch_deg, yaw_deg, motion.roll_deg);
                assert!(largest_difference(flat(&rotation), &row(&rotations, 9)) < 1e-6);
                let pupils = [pose.pupil_x, pose.pupil_y];
                let expression = motion.expression(pupils, pose.eyebrow, pose.blink, Lids::Still);
                assert!(largest_difference(expression.as_flattened(), &row(&deltas, 63)) < 1e-6);

                let points = motion.driving_points(pose, Lids::Still);
                let (before, after) = (row(&before, 63), row(&after, 63));
                assert!(largest_difference(points.as_flattened(), &before) < 1e-6, "pose {i}");
                let mut deltas = [0.0; STITCHING_DELTAS];
                for (delta, (after, before)) in deltas.iter_mut().zip(after.iter().zip(&before)) {
                    *delta = (after - before) as f32;
                }
                let points = stitched(&points, &deltas).unwrap();
                assert!(largest_difference(points.as_flattened(), &after) < 1e-6, "pose {i}");
            }
        }
    }

    #[test]
    fn stitching_moves_each_point_and_all_of_them() {
        let mut deltas = [0.0; STITCHING_DELTAS];
        deltas[5] = 0.5;
        deltas[63..].copy_from_slice(&[0.25, -2.0]);
        let points = stitched(&[[1.0, 2.0, 3.0]; KEY_POINTS], &deltas).unwrap();
        assert_eq!(points[0], [1.25, 0.0, 3.0]);
        assert_eq!(points[1], [1.25, 0.0, 3.5]);
        assert!(points[2..].iter().all(|point| *point == points[0]));

        deltas[64] = f32::NAN;
        let error = stitched(&points, &deltas).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Engine);
        assert!(error.to_string().contains("`stitching`"), "{error}");
    }

    #[test]
    fn what_no_face_has_is_an_error() {
        let golden = golden::sets().remove(0);
        let sound = raw(&golden);
        for (i, name) in OUTPUTS.iter().enumerate() {
            let name = name.trim_start_matches("raw_");
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30] {
                let mut values = sound.clone();
                *values[i].last_mut().unwrap() = bad;
                let error = SourceMotion::from_outputs(&outputs(&values)).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Engine);
                assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
            }
            for length in [0, sound[i].len() - 1, sound[i].len() + 1] {
                let mut values = sound.clone();
                values[i].resize(length, 0.0);
                let error = SourceMotion::from_outputs(&outputs(&values)).unwrap_err();
                assert!(error.to_string().contains(&format!("has {length} values")), "{error}");
            }
        }
        for scale in [0.0, -1.4] {
            let mut values = sound.clone();
            values[5][0] = scale;
            assert!(SourceMotion::from_outputs(&outputs(&values)).is_err());
        }
    }

    #[test]
    fn logits_of_any_size_give_degrees() {
        let mut logits = [-1e4; ANGLE_CLASSES];
        logits[65] = 1e4;
        assert_eq!(angle_deg(&logits), 97.5);
        assert!(angle_deg(&[1e4; ANGLE_CLASSES]).abs() < 1e-9);
    }
}
