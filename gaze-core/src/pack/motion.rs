//! Which part of existing frames moves: what differs from the rest frame by more than lossy coding does.

use crate::{Frame, Rect, Size};

/// Pixels a side of a tile, the unit of comparison.
const TILE: usize = 8;
/// Mean absolute difference of luma within a tile, 0 to 255, from which on it moves. Between the same pixels of
/// two cells of a sheet of quality 70, which lie differently in WebP's blocks, it is below; see
/// `benches/encoder-settings.md`.
const LEAST_MOTION: f32 = 6.0;
/// Room around what moves, in pixels: motion fades out below the threshold.
const MARGIN: u32 = 16;

/// Compares frames with the one at rest.
#[derive(Debug)]
pub(crate) struct MotionMap {
    size: Size,
    rest: Vec<u8>,
    /// The largest difference seen, by tile.
    most: Vec<f32>,
}

impl MotionMap {
    /// Nothing moves yet.
    pub(crate) fn new(rest: &Frame) -> Self {
        let tiles = tile_counts(rest.size());
        Self { size: rest.size(), rest: shades(rest), most: vec![0.0; tiles[0] * tiles[1]] }
    }

    /// Looks at another frame of the same size.
    pub(crate) fn add(&mut self, frame: &Frame) {
        assert_eq!(frame.size(), self.size, "all frames of a sweep have one size");
        let [cols, _] = tile_counts(self.size);
        let width = self.size.width as usize;
        let shades = shades(frame);
        let mut sums = vec![0u32; cols];
        for (row, most) in self.most.chunks_exact_mut(cols).enumerate() {
            sums.fill(0);
            let lines = row * TILE..((row + 1) * TILE).min(self.size.height as usize);
            let height = lines.len();
            for y in lines {
                let here = shades[y * width..(y + 1) * width].chunks(TILE);
                let there = self.rest[y * width..(y + 1) * width].chunks(TILE);
                for ((sum, here), there) in sums.iter_mut().zip(here).zip(there) {
                    *sum +=
                        here.iter().zip(there).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
                }
            }
            for (col, (most, sum)) in most.iter_mut().zip(&sums).enumerate() {
                let columns = TILE.min(width - col * TILE);
                *most = most.max(*sum as f32 / (columns * height) as f32);
            }
        }
    }

    /// The rectangle around everything that moves; empty where nothing does.
    pub(crate) fn moving_rect(&self) -> Rect {
        let [cols, rows] = tile_counts(self.size);
        let (mut from, mut to) = ([cols, rows], [0, 0]);
        for at in (0..self.most.len()).filter(|&at| self.most[at] >= LEAST_MOTION) {
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

    const SIZE: Size = Size { width: 90, height: 70 };

    fn grey(noise: u8) -> Frame {
        let mut frame = Frame::new(SIZE);
        for (i, pixel) in frame.pixels_mut().chunks_exact_mut(4).enumerate() {
            let value = 120 + (i * 7 % 11) as u8 % (noise + 1);
            pixel.copy_from_slice(&[value, value, value, 255]);
        }
        frame
    }

    #[test]
    fn noise_is_no_motion() {
        let mut map = MotionMap::new(&grey(0));
        map.add(&grey(5));
        assert_eq!(map.moving_rect().width, 0);
    }

    #[test]
    fn what_moves_lies_inside_with_room() {
        let mut map = MotionMap::new(&grey(3));
        let mut frame = grey(3);
        for y in 30..44 {
            for x in 40..52 {
                let at = (y * SIZE.width as usize + x) * 4;
                frame.pixels_mut()[at..at + 3].fill(200);
            }
        }
        map.add(&frame);
        assert_eq!(map.moving_rect(), Rect { x: 24, y: 8, width: 48, height: 56 });
    }

    #[test]
    fn colours_behind_transparent_pixels_do_not_count() {
        let mut map = MotionMap::new(&Frame::new(SIZE));
        let mut frame = Frame::new(SIZE);
        frame.pixels_mut().chunks_exact_mut(4).for_each(|p| p[..3].fill(255));
        map.add(&frame);
        assert_eq!(map.moving_rect().width, 0);
        frame.pixels_mut()[3] = 255;
        map.add(&grey(0));
        assert_eq!(map.moving_rect().width, 0, "grey looks like nothing");
        frame.pixels_mut().fill(255);
        map.add(&frame);
        assert_eq!(map.moving_rect(), Rect::covering(SIZE));
    }
}
