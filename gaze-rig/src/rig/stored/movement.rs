//! How the face moves: the fields of head and features, and the few numbers beside them.

use super::plane_coder::{PlaneModels, read_plane, write_plane};
use super::range_coder::{Decoder, Encoder};
use super::thinned::{thicken, thin, thinned_side};
use super::{steps, too_large};
use crate::bytes::{Bytes, damaged};
use crate::error::Result;
use crate::frame::{Rect, Size};
use crate::rig::parts::Backdrop;
use crate::rig::version::Field;
use crate::rig::{RigParts, RigVersion, Shift, Warp};

/// Pixels a step of a displacement at full pose.
const SHIFT_STEP: f32 = 1.0 / 32.0;
/// Every how many nodes one is stored.
const EVERY: usize = 2;
const FRINGE_STEP: f32 = 1.0 / 16.0;
const TRAVEL_STEP: f32 = 1.0 / 16384.0;
/// Most nodes of a field: one every second pixel of the largest picture, whatever its shape, and two beyond.
const MAX_NODES: usize = (1 << 20) + (1 << 15);
/// Most nodes that one may stand for.
const MAX_EVERY: usize = 16;

/// All of a rig's numbers but those of matte and eyes.
#[derive(Debug, Clone)]
pub(super) struct Movement {
    pub(super) head: Warp,
    pub(super) features: Warp,
    pub(super) iris_travel: [f32; 2],
    pub(super) quarter_turns: u8,
    pub(super) moving: Rect,
    pub(super) fringe: f32,
}

/// Where the nodes of a warp lie, and which of its fields move anything.
struct Grid {
    origin: [i32; 2],
    spacing: u32,
    cols: usize,
    rows: usize,
    every: usize,
    moved: u8,
}

pub(super) fn write(parts: &RigParts) -> Result<Vec<u8>> {
    let fringe = match &parts.backdrop {
        Backdrop::Kept { fringe, .. } => *fringe,
        Backdrop::Removed => 0.0,
    };
    let mut bytes = vec![parts.quarter_turns];
    let mut put = |number: i32| bytes.extend_from_slice(&(number as i16).to_le_bytes());
    put(steps(fringe, FRINGE_STEP));
    parts.iris_travel.iter().for_each(|travel| put(steps(*travel, TRAVEL_STEP)));
    let Rect { x, y, width, height } = parts.moving;
    [x, y, width, height].iter().for_each(|side| put(*side as i32));
    let mut encoder = Encoder::new();
    for (warp, fields) in warps(parts) {
        let [left, top] = warp.origin;
        let moved = warp.basis.iter().enumerate().fold(0u8, |bits, (i, field)| {
            let moves = field.iter().any(|shift| *shift != [0.0; 2]);
            bits | u8::from(moves) << i
        });
        let fits = i16::try_from(left).is_ok()
            && i16::try_from(top).is_ok()
            && warp.spacing <= u32::from(u16::MAX)
            && is_sound(parts.picture.size(), warp.spacing as usize, warp.cols, warp.rows);
        if !fits {
            return Err(too_large(format!("a field has {} x {} nodes", warp.cols, warp.rows)));
        }
        for number in [left, top, warp.spacing as i32, warp.cols as i32, warp.rows as i32] {
            bytes.extend_from_slice(&(number as i16).to_le_bytes());
        }
        bytes.extend([EVERY as u8, moved]);
        let mut models = PlaneModels::default();
        for (field, Field { full, .. }) in warp.basis.iter().zip(fields) {
            if field.iter().all(|shift| *shift == [0.0; 2]) {
                continue;
            }
            for axis in 0..2 {
                let values: Vec<f32> = field.iter().map(|shift| shift[axis] * full).collect();
                let nodes = thin(&values, warp.cols, EVERY);
                let nodes: Vec<i32> = nodes.iter().map(|v| steps(*v, SHIFT_STEP)).collect();
                let cols = thinned_side(warp.cols, EVERY);
                write_plane(&mut encoder, &mut models, cols, &nodes);
            }
        }
    }
    bytes.extend(encoder.finish());
    Ok(bytes)
}

/// Whether the nodes of a grid are so many as a picture of this size may need: none needs more than it has pixels, and
/// two beyond.
fn is_sound(size: Size, spacing: usize, cols: usize, rows: usize) -> bool {
    spacing > 0
        && (2..=size.width as usize + 4).contains(&cols)
        && (2..=size.height as usize + 4).contains(&rows)
        && cols * rows <= MAX_NODES
}

/// Both warps, with what their fields are.
fn warps(parts: &RigParts) -> [(&Warp, &'static [Field]); 2] {
    let RigParts { version, head, features, .. } = parts;
    [(head, version.head_fields()), (features, version.feature_fields())]
}

impl Movement {
    pub(super) fn read(bytes: &[u8], version: RigVersion, size: Size) -> Result<Self> {
        let mut bytes = Bytes::new(bytes, "rig's movement");
        let quarter_turns = bytes.u8()?;
        let fringe = f32::from(bytes.u16()?) * FRINGE_STEP;
        let iris_travel = [bytes.i16()?, bytes.i16()?].map(|v| f32::from(v) * TRAVEL_STEP);
        let [x, y, width, height] =
            [bytes.u16()?, bytes.u16()?, bytes.u16()?, bytes.u16()?].map(u32::from);
        let moving = Rect { x, y, width, height };
        if width == 0 || height == 0 || !moving.is_within(size) {
            return Err(damaged("the moving rectangle of its rig leaves the picture"));
        }
        if quarter_turns > 3 || iris_travel.iter().any(|travel| travel.abs() > 1.0) {
            return Err(damaged("its rig turns or looks further than any face"));
        }
        let grids = [Grid::read(&mut bytes, size)?, Grid::read(&mut bytes, size)?];
        let mut decoder = Decoder::new(bytes.rest());
        let [head, features] = grids;
        let head = head.read_warp(&mut decoder, version.head_fields());
        let features = features.read_warp(&mut decoder, version.feature_fields());
        if !decoder.is_finished() {
            return Err(damaged("the fields of its rig end too early or too late"));
        }
        Ok(Self { head, features, iris_travel, quarter_turns, moving, fringe })
    }
}

impl Grid {
    fn read(bytes: &mut Bytes<'_>, size: Size) -> Result<Self> {
        let origin = [i32::from(bytes.i16()?), i32::from(bytes.i16()?)];
        let [spacing, cols, rows] = [bytes.u16()?, bytes.u16()?, bytes.u16()?].map(usize::from);
        let (every, moved) = (usize::from(bytes.u8()?), bytes.u8()?);
        if !is_sound(size, spacing, cols, rows) || !(1..=MAX_EVERY).contains(&every) {
            return Err(damaged(format!(
                "a field of its rig claims {cols} x {rows} nodes, {spacing} px apart, of which every {every}. is stored"
            )));
        }
        Ok(Self { origin, spacing: spacing as u32, cols, rows, every, moved })
    }

    fn read_warp(self, decoder: &mut Decoder<'_>, fields: &[Field]) -> Warp {
        let Self { origin, spacing, cols, rows, every, moved } = self;
        let mut models = PlaneModels::default();
        let basis = fields.iter().enumerate().map(|(i, Field { full, .. })| {
            let mut field: Vec<Shift> = vec![[0.0; 2]; cols * rows];
            if moved >> i & 1 == 0 {
                return field;
            }
            for axis in 0..2 {
                let [thin_cols, thin_rows] = [cols, rows].map(|side| thinned_side(side, every));
                let nodes = read_plane(decoder, &mut models, thin_cols, thin_rows);
                let nodes: Vec<f32> = nodes.iter().map(|v| *v as f32 * SHIFT_STEP).collect();
                for (shift, value) in field.iter_mut().zip(thicken(&nodes, cols, rows, every)) {
                    // Motion too small to see is none, so that what rests stays untouched.
                    shift[axis] = if value.abs() < 0.5 * SHIFT_STEP { 0.0 } else { value / full };
                }
            }
            field
        });
        Warp { origin, spacing, cols, rows, basis: basis.collect() }
    }
}
