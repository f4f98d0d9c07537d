//! Which part of existing frames moves: what differs more from the rest frame the farther the face looks.
//!
//! Sheets are lossy, and the same pixels differ between two cells by as much as a slow motion does, since cells
//! lie differently in WebP's blocks. But that noise does not grow towards the corners of the sweep, and
//! averages over many cells are steady.

use gaze_rig::{Cell, Frame, Grid, Rect, Size};

/// Pixels a side of a tile, the unit of comparison.
const TILE: usize = 8;
/// How much more a moving tile differs from the rest frame in some corner of the sweep than around its middle:
/// mean absolute difference of luma, 0 to 255. Of the still tiles on sheets of quality 70, 99 % stay below 1.1 and
/// the rest below 2.7; tiles of the face reach 10 to 60. See `benches/encoder-settings.md`.
const LEAST_MOTION: f32 = 1.5;
/// Room around what moves, in pixels: motion fades out below the threshold.
const MARGIN: u32 = 16;

/// Parts of the sweep that are looked at: its four corners, and the middle to compare them with.
const MIDDLE: usize = 4;
const REGIONS: usize = 5;

/// Compares frames with the one at rest.
#[derive(Debug)]
pub(crate) struct MotionMap {
    grid: Grid,
    size: Size,
    rest: Vec<u8>,
    /// By region: differences added up, by tile, and how many frames that are.
    sums: [Vec<f32>; REGIONS],
    counts: [u32; REGIONS],
}

impl MotionMap {
    /// Nothing moves yet.
    pub(crate) fn new(grid: Grid, rest: &Frame) -> Self {
        let [cols, rows] = tile_counts(rest.size());
        Self {
            grid,
            size: rest.size(),
            rest: shades(rest),
            sums: std::array::from_fn(|_| vec![0.0; cols * rows]),
            counts: [0; REGIONS],
        }
    }

    /// Looks at the frame of a cell, which has the same size.
    pub(crate) fn add(&mut self, cell: Cell, frame: &Frame) {
        assert_eq!(frame.size(), self.size, "all frames of a sweep have one size");
        let Some(region) = region_of(self.grid, cell) else { return };
        self.counts[region] += 1;
        let [cols, _] = tile_counts(self.size);
        let width = self.size.width as usize;
        let shades = shades(frame);
        let mut line = vec![0u32; cols];
        for (row, sums) in self.sums[region].chunks_exact_mut(cols).enumerate() {
            line.fill(0);
            let lines = row * TILE..((row + 1) * TILE).min(self.size.height as usize);
            let height = lines.len();
            for y in lines {
                let here = shades[y * width..(y + 1) * width].chunks(TILE);
                let there = self.rest[y * width..(y + 1) * width].chunks(TILE);
                for ((sum, here), there) in line.iter_mut().zip(here).zip(there) {
                    let differences =
                        here.iter().zip(there).map(|(a, b)| u32::from(a.abs_diff(*b)));
                    *sum += differences.sum::<u32>();
                }
            }
            for (col, (sum, line)) in sums.iter_mut().zip(&line).enumerate() {
                let columns = TILE.min(width - col * TILE);
                *sum += *line as f32 / (columns * height) as f32;
            }
        }
    }

    /// How much a tile moves.
    fn motion(&self, tile: usize) -> f32 {
        let mean = |region: usize| self.sums[region][tile] / self.counts[region].max(1) as f32;
        (0..MIDDLE).map(mean).fold(0.0, f32::max) - mean(MIDDLE)
    }

    /// The rectangle around everything that moves; empty where nothing does.
    pub(crate) fn moving_rect(&self) -> Rect {
        let [cols, rows] = tile_counts(self.size);
        let (mut from, mut to) = ([cols, rows], [0, 0]);
        for at in (0..cols * rows).filter(|&at| self.motion(at) >= LEAST_MOTION) {
            for (axis, place) in [at % cols, at / cols].into_iter().enumerate() {
                from[axis] = from[axis].min(place);
                to[axis] = to[axis].max(place + 1);
            }
        }
        if to == [0, 0] {
            return Rect { x: 0, y: 0, width: 0, height: 0 };
        }
        let span = |axis: usize, limit: u32| {
            let start = ((from[axis] * TILE) as u32).saturating_sub(MARGIN);
            (start, ((to[axis] * TILE) as u32 + MARGIN).min(limit) - start)
        };
        let ((x, width), (y, height)) = (span(0, self.size.width), span(1, self.size.height));
        Rect { x, y, width, height }
    }
}

/// Which part of the sweep a cell is in: a corner, thirds of a side long, or the middle third. Small grids have
/// no middle, and what differs at all counts as motion.
fn region_of(grid: Grid, cell: Cell) -> Option<usize> {
    let side = grid.side();
    let third = side.div_ceil(3).min(side / 2);
    let zone = |at: u32| match at {
        _ if at < third => 0,
        _ if at >= side - third => 1,
        _ => 2,
    };
    match (zone(cell.row), zone(cell.col)) {
        (2, 2) => Some(MIDDLE),
        (2, _) | (_, 2) => None,
        (down, right) => Some(down * 2 + right),
    }
}

fn tile_counts(size: Size) -> [usize; 2] {
    [size.width, size.height].map(|side| side.div_ceil(TILE as u32) as usize)
}

/// Luma over grey, so that differences of colour behind transparent pixels do not count and those of alpha do.
fn shades(frame: &Frame) -> Vec<u8> {
    let shade = |p: &[u8]| {
        let luma = (77 * u32::from(p[0]) + 150 * u32::from(p[1]) + 29 * u32::from(p[2])) >> 8;
        let alpha = u32::from(p[3]);
        ((luma * alpha + 128 * (255 - alpha)) / 255) as u8
    };
    frame.pixels().chunks_exact(4).map(shade).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_rig::Sweep;

    const SIZE: Size = Size { width: 90, height: 70 };

    /// Grey with noise that differs from cell to cell, and a square that is brighter by `brighter`.
    fn frame(cell: Cell, brighter: u8) -> Frame {
        let mut frame = Frame::new(SIZE);
        let mut state = cell.row * 977 + cell.col * 31 + 1;
        for (i, pixel) in frame.pixels_mut().chunks_exact_mut(4).enumerate() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (x, y) = (i % SIZE.width as usize, i / SIZE.width as usize);
            let square = (40..52).contains(&x) && (30..44).contains(&y);
            let value = 120 + (state >> 29) as u8 + if square { brighter } else { 0 };
            pixel.copy_from_slice(&[value, value, value, 255]);
        }
        frame
    }

    fn moving_rect(side: u32, look: impl Fn(Cell) -> Frame) -> Rect {
        let grid = Grid::from_side(side).unwrap();
        let mut map = MotionMap::new(grid, &look(Cell { row: side / 2, col: side / 2 }));
        for cell in Sweep::default().with_grid(grid).cells() {
            map.add(cell, &look(cell));
        }
        map.moving_rect()
    }

    #[test]
    fn noise_is_no_motion() {
        assert_eq!(moving_rect(30, |cell| frame(cell, 0)).width, 0);
    }

    #[test]
    fn what_moves_in_one_corner_only_lies_inside_with_room() {
        let rect =
            moving_rect(30, |cell| frame(cell, 18u32.saturating_sub(cell.row + cell.col) as u8));
        assert_eq!(rect, Rect { x: 24, y: 8, width: 48, height: 56 });
    }

    #[test]
    fn grids_without_a_middle_count_every_difference() {
        let look = |cell: Cell| {
            let mut still = frame(Cell { row: 0, col: 0 }, 0);
            for value in &mut still.pixels_mut()[..3] {
                *value += (cell.row + cell.col) as u8 * 60;
            }
            still
        };
        assert_eq!(moving_rect(2, look), Rect { x: 0, y: 0, width: 24, height: 24 });
    }

    #[test]
    fn colours_behind_transparent_pixels_do_not_count() {
        let clear = |value: u8, alpha: u8| {
            let mut frame = Frame::new(SIZE);
            frame.pixels_mut().chunks_exact_mut(4).for_each(|p| p.fill(value));
            frame.pixels_mut().chunks_exact_mut(4).for_each(|p| p[3] = alpha);
            frame
        };
        assert_eq!(moving_rect(6, |cell| clear(cell.row as u8 * 40, 0)).width, 0);
        assert_eq!(moving_rect(6, |cell| clear(255, cell.row as u8 * 40)), Rect::covering(SIZE));
    }
}
