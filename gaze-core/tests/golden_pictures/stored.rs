//! Rigs that were stored once and for all: what is drawn of them stays.

use gaze_core::rig::{Rig, RigParts};
use gaze_core::rig_file::rig_from_bytes;
use gaze_core::{Frame, Pose, Rect, Size};
use image::RgbImage;

use crate::scene::part_of;

/// 197 x 240 px, layered eyes, as the first release that wrote rigs stored it. Never made again.
const OPAQUE: &[u8] = include_bytes!("../golden/version_1_opaque.gaze");
/// 131 x 160 px, soft eyes, without a background; the same holds for it.
const CLEAR: &[u8] = include_bytes!("../golden/version_1_clear.gaze");
const FACE: Rect = Rect { x: 58, y: 50, width: 80, height: 76 };
const SMALL: Size = Size { width: 80, height: 97 };

/// The face.
pub(crate) fn opaque(pose: &Pose) -> RgbImage {
    draw(&open(OPAQUE, true), pose, FACE)
}

/// All of it, drawn smaller.
pub(crate) fn opaque_and_small(pose: &Pose) -> RgbImage {
    draw(&open(OPAQUE, true).resized(SMALL).unwrap(), pose, Rect::covering(SMALL))
}

/// All of it, over the backdrop, drawn smaller.
pub(crate) fn clear_and_small(pose: &Pose) -> RgbImage {
    draw(&open(CLEAR, false).resized(SMALL).unwrap(), pose, Rect::covering(SMALL))
}

fn open(file: &[u8], has_layers: bool) -> Rig {
    let rig = rig_from_bytes(file).unwrap();
    let RigParts { features, .. } = rig.parts();
    let soft = &features.basis[3];
    assert_eq!((rig.has_layered_eyes(), rig.has_alpha()), (has_layers, !has_layers));
    assert_eq!(soft.iter().any(|shift| *shift != [0.0; 2]), !has_layers);
    rig
}

fn draw(rig: &Rig, pose: &Pose, part: Rect) -> RgbImage {
    let mut frame = Frame::new(rig.frame_size());
    rig.draw(pose, &mut frame).unwrap();
    part_of(&frame, part)
}
