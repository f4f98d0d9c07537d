//! What a face of frames looks like while it blinks: patches around its eyes, for some poses of the head and some stages of
//! closing, all in one picture. Laid over a frame they close its eyes, at any gaze between these poses.

use super::webp_header::webp_size;
use crate::bytes::{Bytes, damaged, invalid};
use crate::contract::WEBP_MAX_SIDE;
use crate::error::{Error, ErrorKind, Result};
use crate::frame::{Rect, Size};

const VERSION: u8 = 1;
/// Poses a side, stages and eyes at most.
const MAX_POSES: u8 = 9;
const MAX_STAGES: u8 = 8;
const MAX_EYES: u8 = 2;
/// Corners are stored in quarters of a pixel, so that those of the widest frames fit 16 bits.
const STEPS: f64 = 4.0;
/// Most pixels of the picture: more would fill a visitor's memory.
const STRIP_MAX_AREA: u32 = 1 << 24;
/// Most bytes of the section.
pub(super) const BLINK_MAX_BYTES: u64 = 16 << 20;

/// Where the patches of the section `BLNK` lie in its picture, and where they belong in a frame. `docs/pack-format.md`
/// specifies it.
///
/// Poses are looked at from -1 to 1, x to the viewer's right and y down, in even steps: pose (row, column) of P x P at
/// -1 + 2 column / (P - 1) and -1 + 2 row / (P - 1). The picture has a row of patches for each pose, row by row; in it
/// come the stages, the least closed first, and of each the eyes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlinkLayout {
    poses: u8,
    stages: Vec<u8>,
    eyes: Vec<Size>,
    /// Left top corners in a frame, in quarters of a pixel: by pose, then by eye.
    corners: Vec<[u16; 2]>,
}

/// A patch as it is to be drawn over a frame: a mixture of some of the picture.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BlinkPatch {
    /// Its left edge in the frame, in px.
    pub left: f64,
    /// Its top edge in the frame, in px.
    pub top: f64,
    /// Its size, and that of its layers.
    pub size: Size,
    /// Where its layers lie in the picture, and their weights, which sum to 1: 8 at most.
    pub layers: Vec<(Rect, f64)>,
}

impl BlinkLayout {
    /// A layout of `poses` x `poses` poses; `stages` says how far the eyes are closed, in 1/255, rising to 255; `eyes` the
    /// size of each eye's patches, in px; `corners` the left top corner of each pose's patches in a frame of size `frame`,
    /// in px, by pose, then by eye.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where the format allows no such layout.
    pub fn new(
        frame: Size,
        poses: u8,
        stages: &[u8],
        eyes: &[Size],
        corners: &[[f32; 2]],
    ) -> Result<Self> {
        let in_steps = |value: f32| (f64::from(value) * STEPS).round().max(0.0) as u16;
        let layout = Self {
            poses,
            stages: stages.to_vec(),
            eyes: eyes.to_vec(),
            corners: corners.iter().map(|corner| corner.map(in_steps)).collect(),
        };
        layout.check(frame).map_err(|why| {
            Error::new(ErrorKind::Output, format!("no blink can be stored: {why}"))
        })?;
        Ok(layout)
    }

    /// Reads the section of a pack whose frames have that size, and the number of bytes before its picture. The picture's
    /// size is checked, not its content.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFormat`] that says what is wrong.
    pub fn from_section(section: &[u8], frame: Size) -> Result<(Self, usize)> {
        let mut bytes = Bytes::new(section, "blink");
        let version = bytes.u8()?;
        if version != VERSION {
            return Err(invalid(format!(
                "holds a blink of version {version}, which this release cannot read: use a newer one"
            )));
        }
        let layout = Self::read(&mut bytes)?;
        layout.check(frame).map_err(damaged)?;
        let picture = bytes.rest();
        if webp_size(picture) != Some(layout.strip_size()) {
            return Err(damaged("the picture of its blink is of another size than it says"));
        }
        Ok((layout, section.len() - picture.len()))
    }

    /// Reads what [`from_section`](Self::from_section) has checked: the bytes before the picture.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFormat`] where they are others.
    pub fn from_checked(layout: &[u8]) -> Result<Self> {
        let mut bytes = Bytes::new(layout, "blink");
        bytes.u8()?;
        Self::read(&mut bytes)
    }

    fn read(bytes: &mut Bytes<'_>) -> Result<Self> {
        let (poses, stages, eyes) = (bytes.u8()?, bytes.u8()?, bytes.u8()?);
        if !(1..=MAX_POSES).contains(&poses)
            || !(1..=MAX_STAGES).contains(&stages)
            || !(1..=MAX_EYES).contains(&eyes)
        {
            return Err(damaged("its blink has too many poses, stages or eyes, or none"));
        }
        let stages = bytes.take(usize::from(stages))?.to_vec();
        let mut pair = || Ok([bytes.u16()?, bytes.u16()?]);
        let sizes: Vec<[u16; 2]> = (0..eyes).map(|_| pair()).collect::<Result<_>>()?;
        let count = usize::from(poses) * usize::from(poses) * usize::from(eyes);
        let corners = (0..count).map(|_| pair()).collect::<Result<_>>()?;
        let size_of =
            |[width, height]: [u16; 2]| Size { width: width.into(), height: height.into() };
        Ok(Self { poses, stages, eyes: sizes.into_iter().map(size_of).collect(), corners })
    }

    /// The bytes before the picture, as [`from_section`](Self::from_section) reads them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let counts = [VERSION, self.poses, self.stages.len() as u8, self.eyes.len() as u8];
        let sizes = self.eyes.iter().map(|eye| [eye.width as u16, eye.height as u16]);
        let numbers = sizes.chain(self.corners.iter().copied()).flatten();
        let mut bytes = counts.to_vec();
        bytes.extend_from_slice(&self.stages);
        bytes.extend(numbers.flat_map(u16::to_le_bytes));
        bytes
    }

    /// Poses a side.
    pub fn poses(&self) -> u8 {
        self.poses
    }

    /// Size of the picture that holds all patches.
    pub fn strip_size(&self) -> Size {
        let rows = u32::from(self.poses) * u32::from(self.poses);
        Size {
            width: self.stages.len() as u32 * self.stage_width(),
            height: rows * self.row_height(),
        }
    }

    /// Where the patch of a pose, stage and eye lies in the picture, each counted from 0.
    pub fn place_of(&self, pose: usize, stage: usize, eye: usize) -> Rect {
        let before: u32 = self.eyes[..eye].iter().map(|other| other.width).sum();
        let Size { width, height } = self.eyes[eye];
        let x = stage as u32 * self.stage_width() + before;
        Rect { x, y: pose as u32 * self.row_height(), width, height }
    }

    /// How much of the frame the patches cover where the eyes are closed by `closing`, 0 to 1: they appear before the
    /// first stage, so that nothing jumps.
    pub fn cover(&self, closing: f64) -> f64 {
        (closing * 255.0 / f64::from(self.stages[0].max(1))).clamp(0.0, 1.0)
    }

    /// The patches that close the eyes of a face that looks at `x`, `y`, -1 to 1, by `closing`, 0 to 1: one an eye. The
    /// poses around are mixed, each where its eyes are.
    pub fn patches(&self, x: f64, y: f64, closing: f64) -> Vec<BlinkPatch> {
        let side = usize::from(self.poses);
        let (cols, rows) = (between(x, side), between(y, side));
        let stages = self.stages_at(closing);
        let mut poses: Vec<(usize, f64)> = Vec::with_capacity(4);
        for (row, row_weight) in rows {
            for (col, col_weight) in cols {
                poses.push((row * side + col, row_weight * col_weight));
            }
        }
        let patch_of = |(eye, size): (usize, &Size)| {
            let place = |axis: usize| {
                let corner = |pose: usize| self.corners[pose * self.eyes.len() + eye][axis];
                poses.iter().map(|(pose, w)| w * f64::from(corner(*pose))).sum::<f64>() / STEPS
            };
            let mut layers = Vec::with_capacity(8);
            for (pose, pose_weight) in &poses {
                for (stage, stage_weight) in stages {
                    let weight = pose_weight * stage_weight;
                    if weight > 0.0 {
                        layers.push((self.place_of(*pose, stage, eye), weight));
                    }
                }
            }
            BlinkPatch { left: place(0), top: place(1), size: *size, layers }
        };
        self.eyes.iter().enumerate().map(patch_of).collect()
    }

    /// The stages before and after `closing`, with their weights.
    fn stages_at(&self, closing: f64) -> [(usize, f64); 2] {
        let wanted = closing * 255.0;
        let last = self.stages.len() - 1;
        let after = self.stages.iter().position(|s| f64::from(*s) >= wanted).unwrap_or(last);
        let before = after.saturating_sub(1);
        let (low, high) = (f64::from(self.stages[before]), f64::from(self.stages[after]));
        let t = if after == before { 0.0 } else { ((wanted - low) / (high - low)).clamp(0.0, 1.0) };
        [(before, 1.0 - t), (after, t)]
    }

    fn stage_width(&self) -> u32 {
        self.eyes.iter().map(|eye| eye.width).sum()
    }

    fn row_height(&self) -> u32 {
        self.eyes.iter().map(|eye| eye.height).max().unwrap_or_default()
    }

    /// What holds for every layout, read or to be written; else what is wrong.
    fn check(&self, frame: Size) -> Result<(), String> {
        let count = usize::from(self.poses) * usize::from(self.poses) * self.eyes.len();
        let counts = [self.poses, self.stages.len() as u8, self.eyes.len() as u8];
        if counts.contains(&0) || self.corners.len() != count {
            return Err("its blink has no poses, stages or eyes".to_owned());
        }
        if self.stages[0] == 0
            || self.stages.last() != Some(&255)
            || self.stages.windows(2).any(|pair| pair[0] >= pair[1])
        {
            return Err("the eyes of its blink close and open again".to_owned());
        }
        for (corners, eye) in
            self.corners.chunks(self.eyes.len()).flat_map(|c| c.iter().zip(&self.eyes))
        {
            let [left, top] = corners.map(|step| u32::from(step).div_ceil(STEPS as u32));
            let is_inside = left + eye.width <= frame.width && top + eye.height <= frame.height;
            if eye.width == 0 || eye.height == 0 || !is_inside {
                return Err("a patch of its blink is empty or leaves the frame".to_owned());
            }
        }
        let Size { width, height } = self.strip_size();
        if width.max(height) > WEBP_MAX_SIDE || width * height > STRIP_MAX_AREA {
            return Err(format!("the picture of its blink has {width} x {height} px"));
        }
        Ok(())
    }
}

/// The poses before and after `value`, -1 to 1, of so many in even steps, with their weights.
fn between(value: f64, side: usize) -> [(usize, f64); 2] {
    let at = (value.clamp(-1.0, 1.0) + 1.0) / 2.0 * (side - 1) as f64;
    let before = (at.floor() as usize).min(side.saturating_sub(2));
    let t = at - before as f64;
    [(before, 1.0 - t), ((before + 1).min(side - 1), t)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRAME: Size = Size { width: 200, height: 150 };
    const EYES: [Size; 2] = [Size { width: 32, height: 16 }, Size { width: 48, height: 32 }];

    /// Three poses a side; the eyes move by 10 px from one to the next.
    fn layout() -> BlinkLayout {
        let corner =
            |pose: usize, x: f32| [x + 10.0 * (pose % 3) as f32, 50.0 + 10.25 * (pose / 3) as f32];
        let corners: Vec<[f32; 2]> =
            (0..9).flat_map(|pose| [corner(pose, 20.0), corner(pose, 100.5)]).collect();
        BlinkLayout::new(FRAME, 3, &[90, 180, 255], &EYES, &corners).unwrap()
    }

    /// The first bytes of a WebP of that size.
    fn webp(Size { width, height }: Size) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0".to_vec();
        file.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
        file.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
        file
    }

    #[test]
    fn what_is_written_is_read() {
        let layout = layout();
        let head = layout.to_bytes();
        assert_eq!(head.len(), 4 + 3 + 8 + 72);
        assert_eq!(layout.strip_size(), Size { width: 240, height: 288 });
        let section = [head.clone(), webp(layout.strip_size())].concat();
        let (read, length) = BlinkLayout::from_section(&section, FRAME).unwrap();
        assert_eq!((&read, length), (&layout, head.len()));
        assert_eq!(BlinkLayout::from_checked(&section[..length]).unwrap(), layout);
    }

    #[test]
    fn what_is_cut_or_changed_is_refused() {
        let layout = layout();
        let section = [layout.to_bytes(), webp(layout.strip_size())].concat();
        for length in 0..section.len() {
            assert!(BlinkLayout::from_section(&section[..length], FRAME).is_err(), "{length}");
        }
        let refused = |at: usize, byte: u8| {
            let mut other = section.clone();
            other[at] = byte;
            BlinkLayout::from_section(&other, FRAME).unwrap_err().message().to_owned()
        };
        assert!(refused(0, 2).contains("version 2"));
        assert!(refused(1, 0).contains("or none"));
        assert!(refused(3, 3).contains("too many"));
        assert!(refused(4, 0).contains("close and open"));
        assert!(refused(5, 90).contains("close and open"));
        assert!(refused(6, 254).contains("close and open"));
        // The first patch: empty; then the corner of the last one, beyond the frame.
        assert!(refused(7, 0).contains("empty or leaves"));
        assert!(refused(4 + 3 + 8 + 71, 9).contains("empty or leaves"));
        let small = Size { width: 100, height: 100 };
        assert!(BlinkLayout::from_section(&section, small).is_err());
        let other = [layout.to_bytes(), webp(FRAME)].concat();
        assert!(
            BlinkLayout::from_section(&other, FRAME)
                .unwrap_err()
                .message()
                .contains("another size")
        );
    }

    #[test]
    fn at_a_pose_and_a_stage_it_is_one_patch() {
        let layout = layout();
        let patches = layout.patches(1.0, -1.0, 180.0 / 255.0);
        assert_eq!(patches.len(), 2);
        assert_eq!(patches[0].layers, [(layout.place_of(2, 1, 0), 1.0)]);
        assert_eq!((patches[0].left, patches[0].top), (40.0, 50.0));
        assert_eq!(patches[1].layers, [(layout.place_of(2, 1, 1), 1.0)]);
        assert_eq!((patches[1].left, patches[1].size), (120.5, EYES[1]));
        assert_eq!(layout.place_of(2, 1, 1), Rect { x: 112, y: 64, width: 48, height: 32 });
        assert_eq!(layout.patches(0.5, 0.0, 1.0)[0].left, 35.0);
    }

    #[test]
    fn one_pose_serves_all_gazes() {
        let layout = BlinkLayout::new(FRAME, 1, &[255], &EYES[..1], &[[8.0, 9.0]]).unwrap();
        let patches = layout.patches(0.7, -0.2, 0.5);
        assert_eq!(patches[0].layers, [(layout.place_of(0, 0, 0), 1.0)]);
        assert_eq!((patches[0].left, patches[0].top, layout.cover(0.5)), (8.0, 9.0, 0.5));
    }

    proptest! {
        #[test]
        fn nothing_jumps(x in -1.1..1.1f64, y in -1.1..1.1, closing in 0.0..=1.0f64, dx in -0.001..0.001, dc in -0.001..0.001) {
            let layout = layout();
            let other = f64::clamp(closing + dc, 0.0, 1.0);
            prop_assert!((layout.cover(closing) - layout.cover(other)).abs() < 0.01);
            let (here, there) = (layout.patches(x, y, closing), layout.patches(x + dx, y, other));
            for (here, there) in here.iter().zip(&there) {
                prop_assert!(here.layers.len() <= 8);
                let sum: f64 = here.layers.iter().map(|(_, weight)| weight).sum();
                prop_assert!((sum - 1.0).abs() < 1e-9);
                prop_assert!((here.left - there.left).abs() < 0.02 && (here.top - there.top).abs() < 1e-9);
                let weight_of = |patch: &BlinkPatch, place: Rect| {
                    patch.layers.iter().filter(|(at, _)| *at == place).map(|(_, w)| w).sum::<f64>()
                };
                for (place, weight) in &here.layers {
                    prop_assert!((weight - weight_of(there, *place)).abs() < 0.01);
                }
            }
        }

        #[test]
        fn strangers_bytes_are_read_or_refused(section: Vec<u8>) {
            if let Ok((layout, length)) = BlinkLayout::from_section(&section, FRAME) {
                prop_assert_eq!(&section[..length], layout.to_bytes());
            }
        }
    }
}
