//! What the background behind the person is made of: texture of places beside it.

use super::background::Known;
use crate::interpolation::{mix, smoothstep};

/// Part of the way between two nodes over which the texture of one gives way to that of the next.
const SEAM: [f32; 2] = [0.25, 0.75];
/// The fringe of a background that is trusted, as a share of the other.
pub(super) const TRUSTED_FRINGE: f32 = 0.25;

/// One place of a [`Filling`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FillNode {
    /// How far away the texture is taken from, right and down, in pixels of the picture; none where both are 0.
    pub from: [i16; 2],
    /// How far the background beside the person is trusted there, from 0 to [`Filling::MOST_TRUST`].
    pub trust: u8,
}

/// Where the background behind the person takes its texture from, and where the background beside the person is its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filling {
    /// Pixels of the picture from node to node; the first lies on the picture's upper left corner.
    pub spacing: u32,
    /// Nodes a row.
    pub cols: usize,
    /// [`sides`](Self::sides) of them, rows from top to bottom.
    pub nodes: Vec<FillNode>,
}

/// Pixels of a frame along one axis that a node reaches: where they are, where their texture is, and their share.
type Span = Vec<(usize, usize, f32)>;

impl Filling {
    /// The highest trust.
    pub const MOST_TRUST: u8 = 4;

    /// Columns and rows of nodes that a picture of these sides needs.
    pub fn sides(spacing: u32, [width, height]: [usize; 2]) -> [usize; 2] {
        [width, height].map(|side| side / spacing.max(1) as usize + 2)
    }

    /// Whether it is one of a picture of these sides, and takes nothing from beyond it.
    pub(crate) fn fits(&self, sides: [usize; 2]) -> bool {
        let [cols, rows] = Self::sides(self.spacing, sides);
        let is_near = |node: &FillNode| {
            node.trust <= Self::MOST_TRUST
                && (0..2).all(|axis| usize::from(node.from[axis].unsigned_abs()) <= sides[axis])
        };
        self.spacing > 0
            && self.cols == cols
            && self.nodes.len() == cols * rows
            && self.nodes.iter().all(is_near)
    }

    /// The share of the fringe that is not trusted at a pixel of a frame with `scale` pixels for each of the picture's.
    pub(super) fn distrust(&self, [x, y]: [usize; 2], scale: [f32; 2]) -> f32 {
        let place = |at: usize, axis: usize| {
            let place = (at as f32 + 0.5) / (scale[axis] * self.spacing as f32);
            (place as usize, place.fract())
        };
        let ((col, across), (row, down)) = (place(x, 0), place(y, 1));
        let trust = |col: usize, row: usize| {
            let node = self.nodes.get(row * self.cols + col.min(self.cols - 1));
            f32::from(node.map_or(0, |node| node.trust)) / f32::from(Self::MOST_TRUST)
        };
        let line = |row| mix(trust(col, row), trust(col + 1, row), across);
        mix(1.0, TRUSTED_FRINGE, mix(line(row), line(row + 1), down))
    }

    /// Adds `share` of the texture, whose mean is 0 at every node, to those pixels of a frame that are known well enough.
    /// `picture` and `pixels` have so many pixels a row, and `scale` for each of the picture's.
    pub(super) fn weave(
        &self,
        share: f32,
        least_known: f32,
        scale: [f32; 2],
        (picture, width): (&[[u8; 4]], usize),
        pixels: &mut [Known],
    ) {
        let sides = [width, pixels.len() / width];
        for (i, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.from != [0; 2]) {
            let [across, down]: [Span; 2] = [i % self.cols, i / self.cols]
                .into_iter()
                .enumerate()
                .map(|(axis, at)| self.span(at, node.from[axis], scale[axis], sides[axis]))
                .collect::<Vec<_>>()
                .try_into()
                .expect("two axes");
            let texture = |from_x: usize, from_y: usize| {
                let [r, g, b, _] = picture[from_y * width + from_x];
                [r, g, b].map(f32::from)
            };
            let (mut sum, mut total) = ([0.0; 3], 0.0);
            for &(_, from_y, part) in &down {
                for &(_, from_x, beside) in &across {
                    let color = texture(from_x, from_y);
                    total += part * beside;
                    sum = std::array::from_fn(|c| sum[c] + part * beside * color[c]);
                }
            }
            let mean = sum.map(|sum| sum / total);
            for &(y, from_y, part) in &down {
                for &(x, from_x, beside) in &across {
                    let pixel = &mut pixels[y * width + x];
                    if pixel[3] >= least_known {
                        let color = texture(from_x, from_y);
                        (0..3)
                            .for_each(|c| pixel[c] += share * part * beside * (color[c] - mean[c]));
                    }
                }
            }
        }
    }

    fn span(&self, node: usize, from: i16, scale: f32, side: usize) -> Span {
        let reach = self.spacing as f32 * scale;
        let middle = node as f32 * reach - 0.5;
        let shift = (f32::from(from) * scale).round() as isize;
        let first = (middle - reach).ceil().max(0.0) as usize;
        let end = ((middle + reach).floor() as usize + 1).min(side);
        let pixel = |at: usize| {
            let share = smoothstep(SEAM[0], SEAM[1], 1.0 - (at as f32 - middle).abs() / reach);
            (at, at.saturating_add_signed(shift).min(side - 1), share)
        };
        (first..end).map(pixel).filter(|(.., share)| *share > 0.0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Frame, Size};
    use crate::layers::{Layers, Plane};

    fn ground(x: usize, y: usize) -> f32 {
        120.0 + y as f32 / 2.0 + if x % 8 < 4 { 30.0 } else { -30.0 }
    }

    fn from_middle(x: usize, y: usize) -> f32 {
        (x as f32 - 96.0).hypot(y as f32 - 40.0)
    }

    /// A disc before stripes that are 8 px wide, and how far what is behind it is from the stripes, on average.
    fn off_behind(filling: Option<&Filling>, enlarged: usize) -> f32 {
        let size = Size { width: 192 * enlarged as u32, height: 80 * enlarged as u32 };
        let places =
            || (0..size.area()).map(|i| (i % size.width as usize, i / size.width as usize));
        let places = || places().map(|(x, y)| (x / enlarged, y / enlarged));
        let pixels = places().flat_map(|(x, y)| {
            let value = if from_middle(x, y) < 16.0 { 10 } else { ground(x, y) as u8 };
            [value, value, value, 255]
        });
        let picture = Frame::from_pixels(size, pixels.collect()).unwrap();
        let covered = |(x, y)| if from_middle(x, y) < 16.0 { 1.0 } else { 0.0 };
        let matte = Plane { values: places().map(covered).collect(), ..Plane::of_size(size) };
        let scale = [enlarged as f32; 2];
        let filling = filling.map(|filling| (filling, scale));
        let layers = Layers::over_background(&picture, &matte, 2.0 * enlarged as f32, filling);
        let background = layers.background.unwrap();
        let off = places().zip(background.pixels().as_chunks::<4>().0);
        let off: Vec<f32> = off
            .filter(|((x, y), _)| from_middle(*x, *y) < 14.0)
            .map(|((x, y), pixel)| (f32::from(pixel[0]) - ground(x, y)).abs())
            .collect();
        off.iter().sum::<f32>() / off.len() as f32
    }

    fn filling() -> Filling {
        let [cols, rows] = Filling::sides(8, [192, 80]);
        let node = |i: usize| {
            let is_behind = from_middle(8 * (i % cols), 8 * (i / cols)) < 30.0;
            FillNode { from: if is_behind { [64, 0] } else { [0; 2] }, trust: 2 }
        };
        Filling { spacing: 8, cols, nodes: (0..cols * rows).map(node).collect() }
    }

    #[test]
    fn texture_goes_on_behind_the_person() {
        for enlarged in [1, 2] {
            let (smooth, woven) =
                (off_behind(None, enlarged), off_behind(Some(&filling()), enlarged));
            assert!(smooth > 20.0 && woven < 6.0, "{smooth} {woven}");
        }
    }

    #[test]
    fn trust_narrows_the_fringe_between_nodes() {
        let mut filling = filling();
        filling.nodes.iter_mut().for_each(|node| node.trust = 0);
        assert_eq!(filling.distrust([20, 20], [1.0; 2]), 1.0);
        filling.nodes[2 * filling.cols + 2].trust = Filling::MOST_TRUST;
        let shares = [8, 12, 15].map(|x| filling.distrust([x, 15], [1.0; 2]));
        assert!(shares[0] > shares[1] && shares[1] > shares[2], "{shares:?}");
        // Twice as large, the same place is twice as far away.
        assert!((filling.distrust([31, 31], [2.0; 2]) - TRUSTED_FRINGE).abs() < 0.1);
    }

    #[test]
    fn fillings_of_other_pictures_do_not_fit() {
        let sides = [192, 80];
        assert!(filling().fits(sides));
        assert!(!filling().fits([80, 192]) && !Filling { spacing: 0, ..filling() }.fits(sides));
        let changes: [fn(&mut FillNode); 3] = [
            |node| node.from = [193, 0],
            |node| node.from = [0, -81],
            |node| node.trust = Filling::MOST_TRUST + 1,
        ];
        for change in changes {
            let mut odd = filling();
            change(&mut odd.nodes[7]);
            assert!(!odd.fits(sides));
        }
    }
}
