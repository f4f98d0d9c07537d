//! Where the person can get to.

use std::ops::Range;

use super::surface::Scale;
use super::{RigVersion, Texture, Warp};
use crate::frame::Rect;

/// Pixels a side of a tile.
const TILE: u32 = 8;

/// Tiles of the moving rectangle that any pose can show a part of the person in. The others stay as
/// they are at rest and need not be looked at.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    cols: usize,
    tiles: Vec<bool>,
}

impl Reach {
    pub(super) fn of(
        person: &Texture,
        version: RigVersion,
        warps: [&Warp; 2],
        moving: Rect,
        scale: Scale,
    ) -> Self {
        let Rect { x, y, width, height } = moving;
        let (cols, rows) = (width.div_ceil(TILE) as usize, height.div_ceil(TILE) as usize);
        let mut tiles = vec![false; cols * rows];
        for i in 0..cols * rows {
            let (left, top) = ((i % cols) as u32 * TILE, (i / cols) as u32 * TILE);
            let tile = Rect {
                x: x + left,
                y: y + top,
                width: TILE.min(width - left),
                height: TILE.min(height - top),
            };
            if person.is_empty(tile) {
                continue;
            }
            let [across, down] = farthest(version, warps, tile, scale);
            let spread = |at: u32, shift: f32, length: usize| {
                // No further than to the other end.
                let tiles = (shift / TILE as f32).ceil().min(length as f32) as usize + 1;
                let at = (at / TILE) as usize;
                at.saturating_sub(tiles)..(at + tiles + 1).min(length)
            };
            for row in spread(top, down, rows) {
                tiles[row * cols..][spread(left, across, cols)].fill(true);
            }
        }
        Self { cols, tiles }
    }

    /// Where in a row of `width` pixels the person can come to.
    pub(super) fn spans(&self, y: usize, width: usize) -> impl Iterator<Item = Range<usize>> {
        const SIDE: usize = TILE as usize;
        let row = y / SIDE * self.cols;
        let tiles = &self.tiles[row..row + self.cols];
        let mut at = 0;
        std::iter::from_fn(move || {
            let start = at + tiles[at..].iter().position(|reached| *reached)?;
            at = tiles[start..]
                .iter()
                .position(|reached| !reached)
                .map_or(tiles.len(), |n| start + n);
            Some(start * SIDE..(at * SIDE).min(width))
        })
    }
}

/// The farthest that the middle of a tile is moved along each axis, in pixels of the frame. Fields change so
/// little within a tile that one tile more covers the rest of it.
fn farthest(
    version: RigVersion,
    [head, features]: [&Warp; 2],
    tile: Rect,
    scale: Scale,
) -> [f32; 2] {
    let x = scale.to_picture(0, tile.x + TILE / 2);
    let y = scale.to_picture(1, tile.y + TILE / 2);
    let mut farthest = [0.0; 2];
    for (warp, fields) in [(head, version.head_fields()), (features, version.feature_fields())] {
        for (shift, field) in warp.basis_at(x, y).zip(fields) {
            for axis in 0..2 {
                farthest[axis] += field.most * shift[axis].abs() * scale.0[axis];
            }
        }
    }
    farthest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_runs_of_tiles() {
        let tiles = [true, true, false, true, false, false, false, true].to_vec();
        let reach = Reach { cols: 4, tiles };
        assert_eq!(reach.spans(3, 30).collect::<Vec<_>>(), [0..16, 24..30]);
        assert_eq!(reach.spans(8, 30).next(), Some(24..30));
        let nothing = Reach { cols: 2, tiles: vec![false; 2] };
        assert_eq!(nothing.spans(0, 16).next(), None);
    }
}
