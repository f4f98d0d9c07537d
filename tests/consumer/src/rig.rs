//! A rig that no engine prepared.

use gaze_core::rig::{Rig, RigParts, Warp};
use gaze_core::{Frame, Result, Size};

/// Pixels between the nodes of the fields.
const SPACING: u32 = 8;

/// A picture whose whole surface slides to the right by `reach` pixels a unit sine of yaw.
///
/// # Errors
/// [`Engine`](gaze_core::ErrorKind::Engine) where the parts do not fit together.
pub fn sliding_rig(picture: Frame, reach: f32) -> Result<Rig> {
    let size = picture.size();
    let head = even_fields(size, &[[reach, 0.0], [0.0, reach]]);
    let features = even_fields(size, &[[0.0; 2]; 5]);
    Rig::from_parts(RigParts::new(picture, head, features))
}

/// Fields that have one value everywhere.
fn even_fields(size: Size, shifts: &[[f32; 2]]) -> Warp {
    let [cols, rows] = [size.width, size.height].map(|side| side.div_ceil(SPACING) as usize + 1);
    Warp {
        origin: [0, 0],
        spacing: SPACING,
        cols,
        rows,
        basis: shifts.iter().map(|shift| vec![*shift; cols * rows]).collect(),
    }
}
