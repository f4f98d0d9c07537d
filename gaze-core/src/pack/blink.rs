//! The section `BLNK`: patches around the eyes as they close, cut from frames that are rendered for it.

use super::moving_part::{crop, lay_over};
use crate::canvas::Canvas;
use crate::codec::codec_of;
use gaze_face::PreparedPortrait;
use gaze_rig::pack::BlinkLayout;
use gaze_rig::{AXIS_EXTENT, Frame, Observer, Pose, Rect, Result, SheetFormat, Size, Sweep};

/// Poses a side: at the ends and in the middle of each axis. The eyes' places between them are nearly linear, and closed eyes
/// look alike in all.
const POSES: u8 = 3;
/// How far the eyes are closed in each stage, in 1/255. What comes before the first is mixed of it and the open eye.
const STAGES: [u8; 3] = [100, 180, 255];
/// Patches are multiples of this many pixels wide and high, so that none shares a block of the codec with another.
const STEP: u32 = 16;
/// A pixel belongs to an eye where a blink changes its shade, 0 to 255, and that of those around it, by more than this, and
/// by more than this share of the most that any changes, in one piece with that: all else an engine may change a little.
const LEAST_CHANGE: u32 = 6;
const SHARE_OF_CHANGE: f32 = 0.15;
/// Pixels a side of the tiles in which pieces are found.
const TILE: usize = 4;
/// Room around what changes in which the patch fades out, in heights of what changes.
const MARGIN: f32 = 0.35;
/// How far eyes may move from rest to the ends of the sweep, in widths of what changes.
const REACH: f32 = 0.9;

/// The section of a pack of this portrait's frames; none where the engine does not close its eyes. `quality` is that of
/// the frames, 0 to 100.
///
/// # Errors
/// The engine's and the codec's; [`Cancelled`](gaze_rig::ErrorKind::Cancelled) when the observer says so.
pub(crate) fn blink_section(
    prepared: &dyn PreparedPortrait,
    sweep: &Sweep,
    quality: u8,
    observer: &dyn Observer,
) -> Result<Option<Vec<u8>>> {
    let rest = sweep.pose_at(0.0, 0.0);
    let mut poses = vec![rest, rest.with_blinks([1.0, 0.0]), rest.with_blinks([0.0, 1.0])];
    poses.push(rest.with_blink(1.0));
    let measured = poses.len();
    poses.extend(blink_poses(sweep));
    let sequence = prepared.begin(poses, None)?;
    let size = prepared.frame_size();
    let render = |index: usize| {
        observer.check_cancelled()?;
        let mut frame = Frame::new(size);
        sequence.render(index, &mut frame)?;
        Ok(frame)
    };
    let (open, closed) = (render(0)?, [render(1)?, render(2)?]);
    let eyes: Vec<Eye> = closed.iter().filter_map(|closed| Eye::between(&open, closed)).collect();
    let shut = Shades::of(&render(3)?);
    if eyes.is_empty() {
        return Ok(None);
    }
    let sizes: Vec<Size> = eyes.iter().map(Eye::size).collect();
    let mut patches = Vec::new();
    let mut corners = Vec::new();
    for pose in 0..usize::from(POSES) * usize::from(POSES) {
        let index = |stage: usize| measured + pose * STAGES.len() + stage;
        // In order, for engines that work ahead.
        let stages =
            (0..STAGES.len()).map(|stage| render(index(stage))).collect::<Result<Vec<_>>>()?;
        // The last stage tells where the eyes are: shut, they look the same everywhere.
        let shut_here = Shades::of(&stages[STAGES.len() - 1]);
        let places: Vec<Rect> = eyes.iter().map(|eye| eye.find(&shut, &shut_here)).collect();
        corners.extend(places.iter().map(|place| [place.x as f32, place.y as f32]));
        for (stage, frame) in stages.iter().enumerate() {
            PatchPlaces { eyes: &eyes, places: &places, pose }.cut(frame, stage, &mut patches);
        }
    }
    // Of frames so large that a player would have no room for the patches there are none.
    let Ok(layout) = BlinkLayout::new(size, POSES, &STAGES, &sizes, &corners) else {
        return Ok(None);
    };
    let mut section = layout.to_bytes();
    let mut strip = Frame::new(layout.strip_size());
    for Patch { pose, stage, eye, pixels } in &patches {
        let place = layout.place_of(*pose, *stage, *eye);
        lay_over(&mut strip, pixels, place.x, place.y);
    }
    let mut canvas = Canvas::of_frame(&strip, true);
    section.extend(codec_of(SheetFormat::WebP).encode_frame(&mut canvas, quality)?);
    Ok(Some(section))
}

/// Every stage of every pose, row by row.
fn blink_poses(sweep: &Sweep) -> impl Iterator<Item = Pose> {
    let end = f32::from(POSES - 1);
    let axis = move |index: u8| AXIS_EXTENT * (2.0 * f32::from(index) / end - 1.0);
    let gazes = (0..POSES).flat_map(move |row| (0..POSES).map(move |col| (axis(col), axis(row))));
    gazes.flat_map(move |(x, y)| {
        STAGES.map(|stage| sweep.pose_at(x, y).with_blink(f32::from(stage) / 255.0))
    })
}

/// What a blink of one eye changes at rest.
struct Eye {
    /// What changes, and the patch around it, which fades out between the two.
    changed: Rect,
    patch: Rect,
}

impl Eye {
    /// What differs between an open and a closed eye; none where that is next to nothing.
    fn between(open: &Frame, closed: &Frame) -> Option<Self> {
        let size = open.size();
        let changes = Shades::of(open).differences(&Shades::of(closed));
        let most = changes.iter().copied().max().unwrap_or_default();
        let least = LEAST_CHANGE.max((most as f32 * SHARE_OF_CHANGE) as u32);
        let strongest = changes.iter().position(|change| *change == most)?;
        let [left, top, right, bottom] = bounds_around(&changes, size, least, strongest)?;
        let margin = ((bottom - top + 1) as f32 * MARGIN).ceil().max(2.0) as usize;
        // Grown to whole steps on both sides alike, as far as the frame goes.
        let grown = |from: usize, to: usize, limit: usize| {
            let wanted = (to + 1 - from + 2 * margin).next_multiple_of(STEP as usize);
            let length = wanted.min(limit / STEP as usize * STEP as usize);
            let start = (from + to + 1).saturating_sub(length) / 2;
            (start.min(limit - length) as u32, length as u32)
        };
        let ((x, patch_width), (y, patch_height)) =
            (grown(left, right, size.width as usize), grown(top, bottom, size.height as usize));
        let patch = Rect { x, y, width: patch_width, height: patch_height };
        if patch.width == 0 || patch.height == 0 {
            return None;
        }
        let changed = Rect {
            x: left as u32,
            y: top as u32,
            width: (right - left + 1) as u32,
            height: (bottom - top + 1) as u32,
        };
        Some(Self { changed, patch })
    }

    fn size(&self) -> Size {
        self.patch.size()
    }

    /// How much of the patch covers the frame at a pixel of it, 0 to 1.
    fn cover(&self, x: u32, y: u32) -> f32 {
        let axis = |at: u32, from: u32, length: u32, patch_from: u32, patch_length: u32| {
            let at = patch_from as f32 + at as f32;
            let (low, high) = (from as f32, (from + length) as f32 - 1.0);
            let before = (at - patch_from as f32 + 0.5) / (low - patch_from as f32).max(1.0);
            let end = (patch_from + patch_length) as f32;
            let after = (end - at - 0.5) / (end - 1.0 - high).max(1.0);
            let t = before.min(after).clamp(0.0, 1.0);
            t * t * (3.0 - 2.0 * t)
        };
        let Self { changed, patch } = self;
        axis(x, changed.x, changed.width, patch.x, patch.width)
            * axis(y, changed.y, changed.height, patch.y, patch.height)
    }

    /// Where the patch is in a frame whose eyes are shut as they are in `rest`: where it looks most like that.
    fn find(&self, rest: &Shades, frame: &Shades) -> Rect {
        let reach = (self.changed.width as f32 * REACH) as i32;
        let mut best = (u64::MAX, 0, 0);
        // Coarse first, on every other pixel; of equals the nearest to rest.
        let mut search = |center: (i32, i32), reach: i32, step: i32| {
            let mut found = best;
            for dy in (-reach..=reach).step_by(step as usize) {
                for dx in (-reach..=reach).step_by(step as usize) {
                    let (dx, dy) = (center.0 + dx, center.1 + dy);
                    let Some(place) = self.moved(dx, dy, frame.size) else { continue };
                    let differences = rest.compared(self.patch, frame, place, step as usize);
                    let is_nearer = (dx * dx + dy * dy) < found.1 * found.1 + found.2 * found.2;
                    if differences < found.0 || differences == found.0 && is_nearer {
                        found = (differences, dx, dy);
                    }
                }
            }
            best = (u64::MAX, found.1, found.2);
            (found.1, found.2)
        };
        let coarse = search((0, 0), reach, 2);
        let (dx, dy) = search(coarse, 2, 1);
        self.moved(dx, dy, frame.size).unwrap_or(self.patch)
    }

    /// The patch moved by so many pixels; none where that leaves the frame.
    fn moved(&self, dx: i32, dy: i32, frame: Size) -> Option<Rect> {
        let (x, y) = (self.patch.x.checked_add_signed(dx)?, self.patch.y.checked_add_signed(dy)?);
        let moved = Rect { x, y, ..self.patch };
        moved.is_within(frame).then_some(moved)
    }
}

/// Left, top, right and bottom of what is more than `least` in one piece with the pixel `start`, gaps of a few pixels
/// aside; none where that is not.
fn bounds_around(changes: &[u32], size: Size, least: u32, start: usize) -> Option<[usize; 4]> {
    let (width, height) = (size.width as usize, size.height as usize);
    let (cols, rows) = (width.div_ceil(TILE), height.div_ceil(TILE));
    let tile_of = |at: usize| (at / width / TILE) * cols + at % width / TILE;
    let mut bounds: Vec<Option<[usize; 4]>> = vec![None; cols * rows];
    for (at, _) in changes.iter().enumerate().filter(|(_, change)| **change > least) {
        let (x, y) = (at % width, at / width);
        let [left, top, right, bottom] = bounds[tile_of(at)].unwrap_or([x, y, x, y]);
        bounds[tile_of(at)] = Some([left.min(x), top.min(y), right.max(x), bottom.max(y)]);
    }
    let mut whole = bounds[tile_of(start)].take()?;
    let mut reached = vec![tile_of(start)];
    while let Some(tile) = reached.pop() {
        let (col, row) = (tile % cols, tile / cols);
        for row in row.saturating_sub(1)..=(row + 1).min(rows - 1) {
            for col in col.saturating_sub(1)..=(col + 1).min(cols - 1) {
                let Some(other) = bounds[row * cols + col].take() else { continue };
                reached.push(row * cols + col);
                let [left, top, right, bottom] = whole;
                whole = [
                    left.min(other[0]),
                    top.min(other[1]),
                    right.max(other[2]),
                    bottom.max(other[3]),
                ];
            }
        }
    }
    Some(whole)
}

/// The shades of a frame, 0 to 255.
struct Shades {
    size: Size,
    rows: Vec<u8>,
}

impl Shades {
    fn of(frame: &Frame) -> Self {
        let shade = |pixel: &[u8]| {
            let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
            ((r + 2 * g + b) * u32::from(pixel[3]) / (4 * 255)) as u8
        };
        Self { size: frame.size(), rows: frame.pixels().chunks_exact(4).map(shade).collect() }
    }

    /// How much each pixel differs, on average with the eight around it; 0 at the border.
    fn differences(&self, other: &Self) -> Vec<u32> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let single: Vec<u32> =
            self.rows.iter().zip(&other.rows).map(|(a, b)| a.abs_diff(*b).into()).collect();
        let mut mean = vec![0; single.len()];
        for y in 1..height.saturating_sub(1) {
            for x in 1..width.saturating_sub(1) {
                let around =
                    (y - 1..=y + 1).flat_map(|y| &single[y * width + x - 1..=y * width + x + 1]);
                mean[y * width + x] = around.sum::<u32>() / 9;
            }
        }
        mean
    }

    /// How much `part` differs from a part of `other` that is as large: every `step`-th pixel of every `step`-th row.
    fn compared(&self, part: Rect, other: &Self, there: Rect, step: usize) -> u64 {
        let rows = (0..part.height).step_by(step);
        rows.map(|y| {
            let row = |shades: &'_ Self, part: Rect| {
                let at = ((part.y + y) * shades.size.width + part.x) as usize;
                at..at + part.width as usize
            };
            let here = self.rows[row(self, part)].iter().step_by(step);
            let there = other.rows[row(other, there)].iter().step_by(step);
            here.zip(there).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>()
        })
        .sum()
    }
}

/// One eye in one stage of one pose.
struct Patch {
    pose: usize,
    stage: usize,
    eye: usize,
    pixels: Frame,
}

/// Where the patches of a pose lie in its frames.
struct PatchPlaces<'a> {
    eyes: &'a [Eye],
    places: &'a [Rect],
    pose: usize,
}

impl PatchPlaces<'_> {
    /// Cuts the patches of a stage out of its frame.
    fn cut(&self, frame: &Frame, stage: usize, patches: &mut Vec<Patch>) {
        for (index, (eye, place)) in self.eyes.iter().zip(self.places).enumerate() {
            let mut pixels = crop(frame, *place);
            for (at, pixel) in (0..).zip(pixels.pixels_mut().chunks_exact_mut(4)) {
                let cover = eye.cover(at % place.width, at / place.width);
                pixel[3] = (f32::from(pixel[3]) * cover).round() as u8;
            }
            patches.push(Patch { pose: self.pose, stage, eye: index, pixels });
        }
    }
}
