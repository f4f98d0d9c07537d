//! Small rigs that no engine made: a striped disc before a ramp, with eyes.

use gaze_rig::interpolation::smoothstep;
use gaze_rig::layers::Plane;
use gaze_rig::rig::{
    EyeFrame, EyePatch, IrisLayer, LidCurve, PictureFormat, Rig, RigEye, RigParts, RigVersion,
    StoredPicture, Warp,
};
use gaze_rig::{Frame, Rect, Size};

const SIZE: Size = Size { width: 96, height: 120 };
const CENTER: [f32; 2] = [48.0, 58.0];

fn from_center(x: f32, y: f32) -> f32 {
    ((x - CENTER[0]).powi(2) + (y - CENTER[1]).powi(2)).sqrt()
}

fn picture() -> Frame {
    let pixel = |x: f32, y: f32| {
        if from_center(x, y) < 32.0 {
            let stripe = 40.0 * (x * 0.35).sin() + 30.0 * (y * 0.28).cos();
            [170.0 + stripe, 130.0 + stripe, 110.0, 255.0].map(|v| v as u8)
        } else {
            [40 + x as u8, 60 + y as u8, 90, 255]
        }
    };
    let pixels = (0..SIZE.area() as u32)
        .flat_map(|i| pixel((i % SIZE.width) as f32, (i / SIZE.width) as f32));
    Frame::from_pixels(SIZE, pixels.collect()).expect("four bytes a pixel")
}

fn matte() -> Plane {
    Plane::from_fn(96, 120, |x, y| smoothstep(34.0, 30.0, from_center(x as f32, y as f32)))
}

/// Fields of bumps that end within the picture.
fn warp(spacing: u32, bumps: &[([f32; 2], f32)]) -> Warp {
    let cols = SIZE.width.div_ceil(spacing) as usize + 2;
    let rows = SIZE.height.div_ceil(spacing) as usize + 2;
    let field = |&([right, down], radius): &([f32; 2], f32)| {
        (0..cols * rows)
            .map(|i| {
                let (x, y) = ((i % cols) as f32, (i / cols) as f32);
                let share =
                    smoothstep(radius, 0.0, from_center(x * spacing as f32, y * spacing as f32));
                [right * share, down * share]
            })
            .collect()
    };
    Warp { origin: [0, 0], spacing, cols, rows, basis: bumps.iter().map(field).collect() }
}

fn parts(picture: Frame, soft: f32) -> RigParts {
    let head = warp(4, &[([50.0, 0.0], 44.0), ([0.0, 50.0], 44.0)]);
    let features = warp(
        2,
        &[
            ([0.0, -3.0], 30.0),
            ([0.0, 14.0], 16.0),
            ([0.0, 14.0], 16.0),
            ([soft, 0.0], 12.0),
            ([0.0, soft], 12.0),
        ],
    );
    RigParts::new(picture, head, features).with_moving(Rect { x: 2, y: 8, width: 92, height: 100 })
}

fn eye(x: f32) -> RigEye {
    let frame = EyeFrame { corner: [x, 54.0], along: [1.0, 0.0], across: [0.0, 1.0], width: 18.0 };
    let (cols, rows) = (52, 36);
    let origin = [x - 4.0, 46.0];
    let iris = [x + 9.0, 54.0];
    let place =
        |i: usize| [origin[0] + (i % cols) as f32 / 2.0, origin[1] + (i / cols) as f32 / 2.0];
    let cover = (0..cols * rows).map(|i| {
        let [px, py] = place(i);
        smoothstep(1.1, 0.9, ((px - iris[0]) / 9.0).hypot((py - iris[1]) / 4.0))
    });
    let sclera = (0..cols * rows).map(|i| {
        let [px, py] = place(i);
        let from = (px - iris[0]).hypot(py - iris[1]) / 4.0;
        [220.0 - px * 0.2, 215.0, 210.0 + py * 0.1, 1.0 - smoothstep(1.0, 1.5, from)]
    });
    RigEye {
        frame,
        upper: LidCurve::through(&[[0.0, 0.0], [0.5, -0.22], [1.0, 0.0]]),
        lower: LidCurve::through(&[[0.0, 0.0], [0.5, 0.2], [1.0, 0.0]]),
        strength: 0.9,
        lid_skin: 0.3,
        iris: Some(IrisLayer {
            center: frame.to_frame(iris),
            radius: 4.0 / 18.0,
            patch: EyePatch {
                origin,
                per_pixel: 2.0,
                width: cols,
                height: rows,
                cover: cover.collect(),
                sclera: sclera.collect(),
            },
        }),
    }
}

/// Opaque, with both eyes in layers.
pub(crate) fn layered_rig() -> Rig {
    let parts = parts(picture(), 0.0)
        .with_background(matte(), 3.0)
        .with_eyes(vec![eye(26.0), eye(54.0)], [-0.16, 0.2]);
    Rig::from_parts(parts).expect("the parts fit")
}

/// As the first version has it: nothing is known of the soft eye.
pub(crate) fn first_version_rig() -> Rig {
    let parts = parts(picture(), 3.0)
        .with_version(RigVersion::V1)
        .with_background(matte(), 3.0)
        .with_eyes(vec![RigEye { lid_skin: 0.2, ..eye(26.0) }], [-0.16, 0.2]);
    Rig::from_parts(parts).expect("the parts fit")
}

/// Opaque, one eye in layers, the other soft, the head lying on its side.
pub(crate) fn soft_rig() -> Rig {
    let soft = RigEye { iris: None, ..eye(54.0) };
    let parts = parts(picture(), 3.0)
        .with_background(matte(), 3.0)
        .with_eyes(vec![eye(26.0), soft], [-0.16, 0.2])
        .with_quarter_turns(1);
    Rig::from_parts(parts).expect("the parts fit")
}

/// Without a background.
pub(crate) fn transparent_rig() -> Rig {
    let mut picture = picture();
    for (pixel, coverage) in
        picture.pixels_mut().as_chunks_mut::<4>().0.iter_mut().zip(matte().values)
    {
        pixel[3] = (coverage * 255.0).round() as u8;
        if pixel[3] == 0 {
            *pixel = [0; 4];
        }
    }
    let parts =
        parts(picture, 0.0).with_alpha().with_eyes(vec![eye(26.0), eye(54.0)], [-0.16, 0.2]);
    Rig::from_parts(parts).expect("the parts fit")
}

/// A picture that no one decodes.
pub(crate) fn picture_of(rig: &Rig) -> StoredPicture {
    let bytes = rig.picture_to_store().pixels()[..64].to_vec();
    StoredPicture { format: PictureFormat::Webp, bytes }
}

/// Writes the checksums of the parts anew, so that what reads them is reached.
pub(crate) fn checksums_mended(section: &mut [u8]) {
    let number = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("four bytes")) as usize;
    let count = usize::from(section[10]).min(16);
    let mut offset = 12 + count * 16;
    for part in 0..count {
        let entry = 12 + part * 16;
        if entry + 16 > section.len() {
            return;
        }
        let length = number(&section[entry + 8..entry + 12]);
        let Some(bytes) = section.get(offset..offset.saturating_add(length)) else { return };
        let crc = !bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
            })
        });
        section[entry + 12..entry + 16].copy_from_slice(&crc.to_le_bytes());
        offset += length;
    }
}
