//! What one frame shows.

use gaze_core::Sweep;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::errors::invalid_option;

/// A direction of gaze with the head and brows that go with it. All zero is the portrait at rest.
///
/// Args:
///     pupil_x: eyes to the viewer's left (-15) or right (15).
///     pupil_y: eyes down (-15) or up (15).
///     head_pitch_deg: degrees that the head nods down, -10 to 10.
///     head_yaw_deg: degrees that the head turns to the viewer's left, -10 to 10.
///     eyebrow: raise of the brows, 0 to 15.
///     blink: how far the eyes are closed, 0 (as in the portrait) to 1 (shut): one number for both, or one for each, the
///         eye on the viewer's left first.
///
/// Raises:
///     InvalidOptionError: a value is not finite. Values beyond what a face can do are clamped when it is rendered.
///
/// >>> from gaze_generator import Pose
/// >>> Pose(pupil_x=5, head_yaw_deg=-3)
/// Pose(pupil_x=5.0, pupil_y=0.0, head_pitch_deg=0.0, head_yaw_deg=-3.0, eyebrow=0.0, blink=(0.0, 0.0))
/// >>> Pose(blink=1).blink
/// (1.0, 1.0)
#[pyclass(frozen, eq, get_all, module = "gaze_generator")]
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Pose {
    /// float: eyes to the viewer's left (-15) or right (15).
    pupil_x: f32,
    /// float: eyes down (-15) or up (15).
    pupil_y: f32,
    /// float: degrees that the head nods down.
    head_pitch_deg: f32,
    /// float: degrees that the head turns to the viewer's left.
    head_yaw_deg: f32,
    /// float: raise of the brows, 0 to 15.
    eyebrow: f32,
    /// tuple[float, float]: how far each eye is closed, 0 to 1, the one on the viewer's left first.
    blink: (f32, f32),
}

/// A blink as it is given.
#[derive(FromPyObject)]
enum Blink {
    Both(f32),
    Each(f32, f32),
}

#[pymethods]
impl Pose {
    #[new]
    #[pyo3(
        signature = (
            pupil_x=0.0, pupil_y=0.0, head_pitch_deg=0.0, head_yaw_deg=0.0, eyebrow=0.0, blink=Blink::Both(0.0)
        ),
        text_signature = "(pupil_x=0.0, pupil_y=0.0, head_pitch_deg=0.0, head_yaw_deg=0.0, eyebrow=0.0, blink=0.0)"
    )]
    fn new(
        py: Python<'_>,
        pupil_x: f32,
        pupil_y: f32,
        head_pitch_deg: f32,
        head_yaw_deg: f32,
        eyebrow: f32,
        blink: Blink,
    ) -> PyResult<Self> {
        let blink = match blink {
            Blink::Both(both) => (both, both),
            Blink::Each(left, right) => (left, right),
        };
        let pose = Self { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow, blink };
        if pose.values().iter().all(|value| value.is_finite()) {
            return Ok(pose);
        }
        Err(invalid_option(py, format!("a pose has finite values only: {}", pose.__repr__())))
    }

    /// The pose that a sweep has at a point, which is where the face looks.
    ///
    /// Args:
    ///     x: -1 (the viewer's left) to 1 (right).
    ///     y: -1 (up) to 1 (down).
    ///
    /// Returns:
    ///     Pose: pupils, head and brows as in the default sweep.
    ///
    /// Raises:
    ///     InvalidOptionError: a value is outside of -1 to 1.
    ///
    /// >>> from gaze_generator import Pose
    /// >>> Pose.looking_at(1, 0)
    /// Pose(pupil_x=15.0, pupil_y=0.0, head_pitch_deg=0.0, head_yaw_deg=-7.5, eyebrow=0.0, blink=(0.0, 0.0))
    #[staticmethod]
    fn looking_at(py: Python<'_>, x: f32, y: f32) -> PyResult<Self> {
        if ![x, y].iter().all(|value| (-1.0..=1.0).contains(value)) {
            let message = format!("a face cannot look at ({x}, {y}): use -1 to 1 for both");
            return Err(invalid_option(py, message));
        }
        let extent = gaze_core::AXIS_EXTENT;
        let pose = Sweep::default().pose_at(x * extent, y * extent);
        // No negative zeros for readers.
        let plain = |value: f32| value + 0.0;
        Ok(Self {
            pupil_x: plain(pose.pupil_x),
            pupil_y: plain(pose.pupil_y),
            head_pitch_deg: plain(pose.head_pitch_deg),
            head_yaw_deg: plain(pose.head_yaw_deg),
            eyebrow: plain(pose.eyebrow),
            blink: (plain(pose.blink[0]), plain(pose.blink[1])),
        })
    }

    fn __repr__(&self) -> String {
        let Self { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow, blink } = self;
        format!(
            "Pose(pupil_x={pupil_x:?}, pupil_y={pupil_y:?}, head_pitch_deg={head_pitch_deg:?}, \
             head_yaw_deg={head_yaw_deg:?}, eyebrow={eyebrow:?}, blink={blink:?})"
        )
    }

    fn __hash__(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        // Equal zeros have equal hashes.
        self.values().map(|value| (value + 0.0).to_bits()).hash(&mut hasher);
        hasher.finish()
    }

    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let [pupil_x, pupil_y, pitch, yaw, eyebrow, left, right] = self.values();
        let arguments = (pupil_x, pupil_y, pitch, yaw, eyebrow, (left, right)).into_pyobject(py)?;
        Ok((py.get_type::<Self>().into_any(), arguments))
    }
}

impl Pose {
    fn values(&self) -> [f32; 7] {
        let Self { pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow, blink } = *self;
        [pupil_x, pupil_y, head_pitch_deg, head_yaw_deg, eyebrow, blink.0, blink.1]
    }

    pub(crate) fn to_core(self) -> gaze_core::Pose {
        gaze_core::Pose::default()
            .with_pupils(self.pupil_x, self.pupil_y)
            .with_head_pitch_deg(self.head_pitch_deg)
            .with_head_yaw_deg(self.head_yaw_deg)
            .with_eyebrow(self.eyebrow)
            .with_blinks([self.blink.0, self.blink.1])
    }
}
