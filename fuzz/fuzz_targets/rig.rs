//! A stranger's bytes as a live rig: an error, or a rig that draws any pose; never a panic. And numbers as the parts of one:
//! what is taken can be drawn, and what can be stored can be read.
#![no_main]

use gaze_core::layers::Plane;
use gaze_core::rig::{
    EyeFrame, EyePatch, IrisLayer, LidCurve, PictureFormat, Rig, RigEye, RigParts, RigVersion, StoredPicture, StoredRig,
    Warp,
};
use gaze_core::rig_file::rig_from_bytes;
use gaze_core::{Frame, Rect, Size, Sweep};
use libfuzzer_sys::fuzz_target;

/// Larger pictures are left out: a few bytes may claim them, and drawing takes its time.
const MAX_PIXELS: usize = 1 << 14;
const POSES: [(f32, f32); 4] = [(0.0, 0.0), (-15.0, -15.0), (15.0, 4.0), (3.0, 15.0)];

fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    match kind % 3 {
        0 => drop(rig_from_bytes(bytes)),
        1 => {
            let mut section = bytes.to_vec();
            mend(&mut section);
            if let Ok(stored) = StoredRig::from_section(&section) {
                open(stored);
            }
        }
        _ => {
            let Ok(rig) = Rig::from_parts(Numbers(bytes).parts()) else { return };
            draw(&rig);
            let picture = StoredPicture { format: PictureFormat::Webp, bytes: vec![1] };
            if let Ok(section) = rig.to_section(&picture) {
                open(StoredRig::from_section(&section).expect("what is stored can be read"));
            }
        }
    }
});

fn open(stored: StoredRig) {
    let size = stored.frame_size();
    if size.area() <= MAX_PIXELS {
        draw(&stored.open(Frame::new(size)).expect("what is read makes a rig"));
    }
}

/// Draws poses, of which none changes anything outside of the moving rectangle.
fn draw(rig: &Rig) {
    let half = Size { width: rig.frame_size().width.div_ceil(2), height: 40 };
    for rig in [rig, &rig.resized(half).expect("frames may have that size")] {
        let mut frame = Frame::new(rig.frame_size());
        let Rect { x, y, width, height } = rig.moving_rect();
        for (x_axis, y_axis) in POSES {
            let pose = Sweep::default().pose_at(x_axis, y_axis).with_blinks([x_axis / 15.0, y_axis.abs() / 15.0]);
            rig.draw(&pose, &mut frame).expect("the frame has its size");
            assert_eq!(frame.pixels().len(), rig.frame_size().area() * 4);
        }
        assert!(x + width <= rig.frame_size().width && y + height <= rig.frame_size().height);
    }
}

/// Makes the last part as long as there are bytes and writes all checksums anew, so that what reads the parts is reached.
fn mend(section: &mut [u8]) {
    const HEADER: usize = 12;
    const ENTRY: usize = 16;
    let Some(count) = section.get(10).map(|count| usize::from(*count)) else { return };
    let mut offset = HEADER + count * ENTRY;
    for part in 0..count {
        let entry = HEADER + part * ENTRY;
        let Some(rest) = section.len().checked_sub(offset) else { return };
        let claimed = u32::from_le_bytes(section[entry + 8..entry + 12].try_into().expect("four bytes"));
        let length = if part + 1 == count { rest } else { rest.min(claimed as usize) };
        let crc = crc32(&section[offset..offset + length]);
        section[entry + 8..entry + 12].copy_from_slice(&(length as u32).to_le_bytes());
        section[entry + 12..entry + 16].copy_from_slice(&crc.to_le_bytes());
        offset += length;
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

/// Bytes as numbers; zeros where they end.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn below(&mut self, limit: u32) -> u32 {
        u32::from(self.byte()) % limit
    }

    /// Mostly of the size that places and shifts have; now and then any float.
    fn float(&mut self) -> f32 {
        match self.byte() {
            255 => f32::from_bits(u32::from_le_bytes(std::array::from_fn(|_| self.byte()))),
            254 => f32::from(self.byte()) * 1e4,
            small => (f32::from(small) - 100.0) * 0.37,
        }
    }

    fn pair(&mut self) -> [f32; 2] {
        [self.float(), self.float()]
    }

    fn warp(&mut self, fields: usize) -> Warp {
        let (cols, rows) = (self.below(12) as usize + 1, self.below(12) as usize + 1);
        let spacing = self.below(20);
        let origin = [self.below(40) as i32 - 20, self.below(40) as i32 - 20];
        // Only some nodes move, so that few bytes make a field.
        let basis = (0..fields).map(|_| {
            let mut field = vec![[0.0; 2]; cols * rows];
            for _ in 0..self.below(6) {
                let at = self.below((cols * rows) as u32) as usize;
                field[at] = self.pair();
            }
            field
        });
        Warp { origin, spacing, cols, rows, basis: basis.collect() }
    }

    fn eye(&mut self) -> RigEye {
        let (width, height) = (self.below(24) as usize, self.below(24) as usize);
        let along = if self.byte() > 20 { [1.0, 0.0] } else { self.pair() };
        let heights: [f32; 4] = std::array::from_fn(|_| self.float() / 100.0);
        let lid = |a: f32, b: f32| LidCurve::through(&[[0.0, 0.0], [0.5, a], [1.0, b]]);
        let (cover, color) = (self.float(), self.float());
        RigEye {
            frame: EyeFrame { corner: self.pair(), along, across: [-along[1], along[0]], width: self.float() },
            upper: lid(heights[0], heights[1]),
            lower: lid(heights[2], heights[3]),
            strength: self.float() / 30.0,
            lid_skin: self.float() / 60.0,
            iris: (self.byte() > 60).then(|| IrisLayer {
                center: self.pair(),
                radius: self.float() / 10.0,
                patch: EyePatch {
                    origin: self.pair(),
                    per_pixel: self.float() / 4.0,
                    width,
                    height,
                    cover: vec![cover; width * height],
                    sclera: vec![[color; 4]; width * height],
                },
            }),
        }
    }

    fn parts(&mut self) -> RigParts {
        let size = Size { width: self.below(60) + 1, height: self.below(60) + 1 };
        let pixels = (0..size.area() * 4).map(|i| (i * 37 % 251) as u8).collect();
        let picture = Frame::from_pixels(size, pixels).expect("four bytes a pixel");
        let (head, features) = (self.warp(2), self.warp(5));
        let mut parts = RigParts::new(picture, head, features).with_quarter_turns(self.byte() % 5);
        if self.byte() > 128 {
            parts = parts.with_version(RigVersion::V1);
        }
        let matte = self.float();
        parts = match self.byte() % 3 {
            0 => parts.with_alpha(),
            1 => parts.with_background(Plane::of_size(size).map(|_| matte), self.float()),
            _ => parts,
        };
        let eyes = (0..self.below(4)).map(|_| self.eye()).collect();
        let travel = self.pair().map(|v| v / 30.0);
        parts = parts.with_eyes(eyes, travel);
        if self.byte() > 128 {
            let [x, y, width, height] = std::array::from_fn(|_| self.below(64));
            parts = parts.with_moving(Rect { x, y, width, height });
        }
        parts
    }
}
