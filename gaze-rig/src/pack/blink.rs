//! What a face of frames looks like while it blinks: patches around its eyes, for some poses of the head and some stages of
//! closing, all in one picture. Laid over a frame they close its eyes, at any gaze between these poses.

use super::webp_header::webp_size;
use crate::bytes::{Bytes, damaged, invalid};
use crate::contract::WEBP_MAX_SIDE;
use crate::error::{Error, ErrorKind, Result};
use crate::frame::{Rect, Size};

const VERSION: u16 = 1;
/// Poses a side, stages and eyes at most.
const MAX_POSES: u16 = 9;
const MAX_STAGES: u16 = 8;
const MAX_EYES: u16 = 2;
/// Corners are stored in quarters of a pixel, so that those of the widest frames fit 16 bits.
const STEPS: f64 = 4.0;
/// Most pixels of the picture: more would fill a visitor's memory.
const STRIP_MAX_AREA: u64 = 1 << 24;
/// Most bytes of the section.
pub(super) const BLINK_MAX_BYTES: u64 = 16 << 20;

/// Where the patches of the section `BLNK` lie in its picture, and where they belong in a frame. `docs/pack-format.md`
/// specifies it. The player reads it by itself: `gaze-wasm/web/eyelids.ts`.
///
/// Poses are looked at from -1 to 1, x to the viewer's right and y down, in even steps: pose (row, column) of P x P at
/// -1 + 2 column / (P - 1) and -1 + 2 row / (P - 1). Stages are even, too: in the last of S the eyes are shut, in the first
/// closed by 1 / S. The picture has a row of patches for each pose, row by row; in it come the stages, the least closed first,
/// and of each the eyes. All patches are of one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlinkLayout {
    poses: u16,
    stages: u16,
    eyes: u16,
    patch: [u16; 2],
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
    /// A layout of `poses` x `poses` poses and of so many stages; `patch` is the size of all patches, in px; `corners` are the
    /// left top corners of each pose's patches, one an eye, in a frame of size `frame`, in px.
    ///
    /// # Errors
    /// [`ErrorKind::Output`] where the format allows no such layout.
    pub fn new(
        frame: Size,
        poses: u16,
        stages: u16,
        patch: Size,
        corners: &[Vec<[f32; 2]>],
    ) -> Result<Self> {
        let in_steps = |value: f32| (f64::from(value) * STEPS).round().max(0.0) as u16;
        let layout = Self {
            poses,
            stages,
            eyes: corners.first().map_or(0, Vec::len) as u16,
            patch: [patch.width, patch.height].map(|side| side as u16),
            corners: corners.iter().flatten().map(|corner| corner.map(in_steps)).collect(),
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
        let version = bytes.u16()?;
        if version != VERSION {
            return Err(invalid(format!(
                "holds a blink of version {version}, which this release cannot read: use a newer one"
            )));
        }
        let (poses, stages, eyes) = (bytes.u16()?, bytes.u16()?, bytes.u16()?);
        let mut pair = || Ok([bytes.u16()?, bytes.u16()?]);
        let patch = pair()?;
        // What is too many is refused below.
        let side = usize::from(poses.min(MAX_POSES));
        let count = side * side * usize::from(eyes.min(MAX_EYES));
        let corners = (0..count).map(|_| pair()).collect::<Result<_>>()?;
        let layout = Self { poses, stages, eyes, patch, corners };
        layout.check(frame).map_err(damaged)?;
        let picture = bytes.rest();
        if webp_size(picture) != Some(layout.strip_size()) {
            return Err(damaged("the picture of its blink is of another size than it says"));
        }
        Ok((layout, section.len() - picture.len()))
    }

    /// The bytes before the picture, as [`from_section`](Self::from_section) reads them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let counts = [[VERSION, self.poses], [self.stages, self.eyes], self.patch];
        let numbers = counts.iter().chain(&self.corners).flatten();
        numbers.copied().flat_map(u16::to_le_bytes).collect()
    }

    /// Poses a side.
    pub fn poses(&self) -> u16 {
        self.poses
    }

    /// Size of the picture that holds all patches.
    pub fn strip_size(&self) -> Size {
        let [poses, stages, eyes] = [self.poses, self.stages, self.eyes].map(u32::from);
        let [width, height] = self.patch.map(u32::from);
        Size { width: stages * eyes * width, height: poses * poses * height }
    }

    /// Where the patch of a pose, stage and eye lies in the picture, each counted from 0.
    pub fn place_of(&self, pose: usize, stage: usize, eye: usize) -> Rect {
        let [width, height] = self.patch.map(u32::from);
        let col = stage as u32 * u32::from(self.eyes) + eye as u32;
        Rect { x: col * width, y: pose as u32 * height, width, height }
    }

    /// How much of the frame the patches cover where the eyes are closed by `closing`, 0 to 1: they appear before the
    /// first stage, so that nothing jumps.
    pub fn cover(&self, closing: f64) -> f64 {
        (closing * f64::from(self.stages)).clamp(0.0, 1.0)
    }

    /// The patches that close the eyes of a face that looks at `x`, `y`, -1 to 1, by `closing`, 0 to 1: one an eye. The
    /// poses around are mixed, each where its eyes are.
    pub fn patches(&self, x: f64, y: f64, closing: f64) -> Vec<BlinkPatch> {
        let (side, eyes) = (usize::from(self.poses), usize::from(self.eyes));
        let [col, row] = [x, y].map(|at| (at.clamp(-1.0, 1.0) + 1.0) / 2.0 * (side - 1) as f64);
        let stage = (closing.min(1.0) * f64::from(self.stages) - 1.0).max(0.0);
        // The share that what is at a whole number has of what lies between.
        let share = |number: usize, at: f64| (1.0 - (number as f64 - at).abs()).max(0.0);
        let patch_of = |eye: usize| {
            let ([mut left, mut top], mut layers) = ([0.0; 2], Vec::new());
            for pose in 0..side * side {
                let weight = share(pose % side, col) * share(pose / side, row);
                let corner = self.corners[pose * eyes + eye].map(f64::from);
                left += weight * corner[0] / STEPS;
                top += weight * corner[1] / STEPS;
                let stages = (0..usize::from(self.stages)).map(|s| (s, weight * share(s, stage)));
                let stages = stages.filter(|(_, weight)| *weight > 0.0);
                layers.extend(stages.map(|(s, weight)| (self.place_of(pose, s, eye), weight)));
            }
            let [width, height] = self.patch.map(u32::from);
            BlinkPatch { left, top, size: Size { width, height }, layers }
        };
        (0..eyes).map(patch_of).collect()
    }

    /// What holds for every layout, read or to be written; else what is wrong.
    fn check(&self, frame: Size) -> Result<(), String> {
        let count = usize::from(self.poses) * usize::from(self.poses) * usize::from(self.eyes);
        if !(1..=MAX_POSES).contains(&self.poses)
            || !(1..=MAX_STAGES).contains(&self.stages)
            || !(1..=MAX_EYES).contains(&self.eyes)
            || self.corners.len() != count
        {
            return Err("its blink has too many poses, stages or eyes, or none".to_owned());
        }
        let [patch_width, patch_height] = self.patch.map(u32::from);
        let is_inside = |corner: &[u16; 2]| {
            let [left, top] = corner.map(|step| u32::from(step).div_ceil(STEPS as u32));
            left + patch_width <= frame.width && top + patch_height <= frame.height
        };
        if self.patch.contains(&0) || !self.corners.iter().all(is_inside) {
            return Err("a patch of its blink is empty or leaves the frame".to_owned());
        }
        let Size { width, height } = self.strip_size();
        let area = u64::from(width) * u64::from(height);
        if width.max(height) > WEBP_MAX_SIDE || area > STRIP_MAX_AREA {
            return Err(format!("the picture of its blink has {width} x {height} px"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRAME: Size = Size { width: 200, height: 150 };
    const PATCH: Size = Size { width: 48, height: 32 };

    /// Three poses a side; the eyes move by 10 px from one to the next.
    fn layout() -> BlinkLayout {
        let corner =
            |pose: usize, x: f32| [x + 10.0 * (pose % 3) as f32, 50.0 + 10.25 * (pose / 3) as f32];
        let corners: Vec<_> =
            (0..9).map(|pose| vec![corner(pose, 20.0), corner(pose, 100.5)]).collect();
        BlinkLayout::new(FRAME, 3, 4, PATCH, &corners).unwrap()
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
        assert_eq!(head.len(), 12 + 72);
        assert_eq!(layout.strip_size(), Size { width: 384, height: 288 });
        let section = [head.clone(), webp(layout.strip_size())].concat();
        let (read, length) = BlinkLayout::from_section(&section, FRAME).unwrap();
        assert_eq!((&read, length), (&layout, head.len()));
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
        for (at, byte) in [(2, 0), (4, 0), (4, 9), (6, 0), (6, 3)] {
            assert!(refused(at, byte).contains("too many poses, stages or eyes, or none"), "{at}");
        }
        for (at, byte) in [(2, 10), (3, 1)] {
            assert!(refused(at, byte).contains("cut short"), "{at}");
        }
        // The patches: empty; then the corner of the last one, beyond the frame.
        assert!(refused(8, 0).contains("empty or leaves"));
        assert!(refused(12 + 71, 9).contains("empty or leaves"));
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
        let patches = layout.patches(1.0, -1.0, 0.5);
        assert_eq!(patches.len(), 2);
        assert_eq!(patches[0].layers, [(layout.place_of(2, 1, 0), 1.0)]);
        assert_eq!((patches[0].left, patches[0].top), (40.0, 50.0));
        assert_eq!(patches[1].layers, [(layout.place_of(2, 1, 1), 1.0)]);
        assert_eq!((patches[1].left, patches[1].size), (120.5, PATCH));
        assert_eq!(layout.place_of(2, 1, 1), Rect { x: 144, y: 64, width: 48, height: 32 });
        assert_eq!(layout.patches(0.5, 0.0, 1.0)[0].left, 35.0);
    }

    #[test]
    fn one_pose_serves_all_gazes() {
        let layout = BlinkLayout::new(FRAME, 1, 1, PATCH, &[vec![[8.0, 9.0]]]).unwrap();
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
