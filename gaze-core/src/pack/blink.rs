//! The section `BLNK`: patches around the eyes as they close, cut from frames that are rendered for it.

use super::moving_part::{crop, lay_over};
use crate::canvas::Canvas;
use crate::codecs::codec_of;
use gaze_face::PreparedPortrait;
use gaze_rig::pack::BlinkLayout;
use gaze_rig::{AXIS_EXTENT, Frame, Observer, Pose, Rect, Result, SheetFormat, Size, Sweep};

/// Poses a side: at the ends and in the middle of each axis. The eyes' places between them are nearly linear, and closed eyes
/// look alike in all.
const POSES: u16 = 3;
/// Stages of closing: a third, two thirds and shut. What comes before the first is mixed of it and the open eye.
const STAGES: u16 = 3;
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
    let changed: Vec<Rect> =
        closed.iter().filter_map(|closed| changed_between(&open, closed)).collect();
    let eyes = Eye::all(&changed, size);
    let Some(Eye { patch: Rect { width, height, .. }, .. }) = eyes.first() else { return Ok(None) };
    let patch = Size { width: *width, height: *height };
    let shut = Scaled::of(Shades::of(&render(3)?));
    let mut patches = Vec::new();
    let mut corners = Vec::new();
    for pose in 0..usize::from(POSES) * usize::from(POSES) {
        // In order, for engines that work ahead.
        let from = measured + pose * usize::from(STAGES);
        let stages = (from..from + usize::from(STAGES)).map(&render).collect::<Result<Vec<_>>>()?;
        // The last stage tells where the eyes are: shut, they look the same everywhere.
        let shut_here = Scaled::of(Shades::of(&stages[stages.len() - 1]));
        let places: Vec<Rect> = eyes.iter().map(|eye| eye.find(&shut, &shut_here)).collect();
        corners.push(places.iter().map(|place| [place.x as f32, place.y as f32]).collect());
        for (stage, frame) in stages.iter().enumerate() {
            PatchPlaces { eyes: &eyes, places: &places, pose }.cut(frame, stage, &mut patches);
        }
    }
    // Of frames so large that a player would have no room for the patches there are none.
    let Ok(layout) = BlinkLayout::new(size, POSES, STAGES, patch, &corners) else {
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
    let axis = move |index: u16| AXIS_EXTENT * (2.0 * f32::from(index) / end - 1.0);
    let gazes = (0..POSES).flat_map(move |row| (0..POSES).map(move |col| (axis(col), axis(row))));
    gazes.flat_map(move |(x, y)| {
        (1..=STAGES)
            .map(move |stage| sweep.pose_at(x, y).with_blink(f32::from(stage) / f32::from(STAGES)))
    })
}

/// What a blink of one eye changes at rest.
struct Eye {
    /// What changes, and the patch around it, which fades out between the two.
    changed: Rect,
    patch: Rect,
}

/// What differs between an open and a closed eye; none where that is next to nothing.
fn changed_between(open: &Frame, closed: &Frame) -> Option<Rect> {
    let changes = Shades::of(open).differences(&Shades::of(closed));
    let most = changes.iter().copied().max().unwrap_or_default();
    let least = LEAST_CHANGE.max((most as f32 * SHARE_OF_CHANGE) as u32);
    let strongest = changes.iter().position(|change| *change == most)?;
    let bounds = bounds_around(&changes, open.size(), least, strongest)?;
    let [x, y, right, bottom] = bounds.map(|side| side as u32);
    Some(Rect { x, y, width: right - x + 1, height: bottom - y + 1 })
}

impl Eye {
    /// The eyes that change these parts of a frame, with patches of one size; none where the frame is too small for them.
    fn all(changed: &[Rect], frame: Size) -> Vec<Self> {
        let margin = |eye: &Rect| (eye.height as f32 * MARGIN).ceil().max(2.0) as u32;
        // Whole steps, as far as the frame goes.
        let side = |length: fn(&Rect) -> u32, limit: u32| {
            let wanted = changed.iter().map(|eye| length(eye) + 2 * margin(eye)).max();
            wanted.unwrap_or_default().next_multiple_of(STEP).min(limit / STEP * STEP)
        };
        let width = side(|eye| eye.width, frame.width);
        let height = side(|eye| eye.height, frame.height);
        if width == 0 || height == 0 {
            return Vec::new();
        }
        let around = |from: u32, length: u32, patch: u32, limit: u32| {
            (2 * from + length).saturating_sub(patch).div_euclid(2).min(limit - patch)
        };
        let eye_of = |changed: &Rect| {
            let x = around(changed.x, changed.width, width, frame.width);
            let y = around(changed.y, changed.height, height, frame.height);
            Self { changed: *changed, patch: Rect { x, y, width, height } }
        };
        changed.iter().map(eye_of).collect()
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
    fn find(&self, rest: &Scaled, frame: &Scaled) -> Rect {
        let reach = (self.changed.width as f32 * REACH) as i32;
        let Rect { x, y, width, height } = self.patch;
        let half = Rect { x: x / 2, y: y / 2, width: width / 2, height: height / 2 };
        // At half the size first, whose shades are means: a line of lashes is as thin as a pixel.
        let (dx, dy) = nearest(half, &rest.half, &frame.half, (0, 0), reach / 2);
        let (dx, dy) = nearest(self.patch, &rest.whole, &frame.whole, (2 * dx, 2 * dy), 2);
        moved(self.patch, dx, dy, frame.whole.size).unwrap_or(self.patch)
    }
}

/// By how much the part `patch` of `rest` has moved in `frame`, up to `reach` from a guess: where both look most alike, of
/// equals the nearest to rest.
fn nearest(
    patch: Rect,
    rest: &Shades,
    frame: &Shades,
    guess: (i32, i32),
    reach: i32,
) -> (i32, i32) {
    let around = |guess: i32| guess - reach..=guess + reach;
    let shifts = around(guess.1).flat_map(|dy| around(guess.0).map(move |dx| (dx, dy)));
    let likeness = |&(dx, dy): &(i32, i32)| {
        let place = moved(patch, dx, dy, frame.size)?;
        Some((rest.compared(patch, frame, place), dx * dx + dy * dy))
    };
    shifts
        .filter_map(|shift| Some((likeness(&shift)?, shift)))
        .min()
        .map_or(guess, |(_, shift)| shift)
}

/// A part of a frame moved by so many pixels; none where that leaves the frame.
fn moved(part: Rect, dx: i32, dy: i32, frame: Size) -> Option<Rect> {
    let (x, y) = (part.x.checked_add_signed(dx)?, part.y.checked_add_signed(dy)?);
    let moved = Rect { x, y, ..part };
    moved.is_within(frame).then_some(moved)
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

/// The shades of a frame as they are and at half the size.
struct Scaled {
    whole: Shades,
    half: Shades,
}

impl Scaled {
    fn of(whole: Shades) -> Self {
        let Size { width, height } = whole.size;
        let size = Size { width: width / 2, height: height / 2 };
        let mean = |at: u32| {
            let first = (at / size.width * 2 * width + at % size.width * 2) as usize;
            let below = first + width as usize;
            let four = [first, first + 1, below, below + 1];
            (four.iter().map(|at| u32::from(whole.rows[*at])).sum::<u32>() / 4) as u8
        };
        let rows = (0..size.area() as u32).map(mean).collect();
        Self { half: Shades { size, rows }, whole }
    }
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

    /// How much `part` differs from a part of `other` that is as large.
    fn compared(&self, part: Rect, other: &Self, there: Rect) -> u64 {
        let row = |shades: &'_ Self, part: Rect, y: u32| {
            let at = ((part.y + y) * shades.size.width + part.x) as usize;
            at..at + part.width as usize
        };
        let in_row = |y: u32| {
            let here = &self.rows[row(self, part, y)];
            let there = &other.rows[row(other, there, y)];
            here.iter().zip(there).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>()
        };
        (0..part.height).map(|y| u64::from(in_row(y))).sum()
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
