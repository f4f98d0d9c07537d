//! How much of each pixel is person.

use super::Face;
use super::network::{Network, Signature};
use super::pyramid::{Border, Pyramid, Sampling};
use super::region::Region;
use crate::network::Memory;
use gaze_rig::{Result, Size};
use std::f32::consts::FRAC_PI_2;

const SIGNATURE: Signature<1> = Signature {
    name: "person mask",
    file: "selfie_segmentation.onnx",
    input: [1, 256, 256, 3],
    outputs: [("activation_10", &[1, SIDE, SIDE, 1])],
};
const SIDE: usize = 256;
/// Side of the close-up against the face, and how far below the face its middle lies.
const CLOSE_UP_FACES: f32 = 4.0;
const CLOSE_UP_DROP: f32 = 0.6;
/// A close-up must be smaller than this share of the longer side to show more.
const CLOSE_UP_WORTH: f32 = 0.75;
/// Share of its side over which the close-up fades into the mask of the whole picture.
const CLOSE_UP_FADE: f32 = 0.12;

/// How much of each pixel is person, 0 to 1, the size of the portrait.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonMask {
    /// Width and height.
    pub size: Size,
    /// `width * height` values, rows top to bottom.
    pub values: Vec<f32>,
}

pub(super) struct PersonMaskModel {
    network: Network<1>,
}

impl PersonMaskModel {
    pub(super) fn from_onnx(onnx: &[u8], memory: Memory) -> Result<Self> {
        Ok(Self { network: Network::from_onnx(onnx, SIGNATURE, memory)? })
    }

    /// The mask of the person with this face: of the whole picture and, where the face is small in
    /// it, of a closer crop, which knows the head's outline better.
    pub(super) fn person_mask(&self, pyramid: &Pyramid<'_>, face: &Face) -> Result<PersonMask> {
        let size = pyramid.size();
        let mut mask = PersonMask { size, values: vec![0.0; size.area()] };
        for look in Look::all(face, size) {
            self.paint(pyramid, look, MaskGrid::of_pixels(size), &mut mask.values)?;
        }
        Ok(mask)
    }

    /// Brings a mask up to date where the head has moved: paints the closest look over it.
    pub(super) fn repaint(
        &self,
        pyramid: &Pyramid<'_>,
        face: &Face,
        grid: MaskGrid,
        mask: &mut [f32],
    ) -> Result<()> {
        let closest = Look::all(face, pyramid.size()).last();
        self.paint(pyramid, closest.expect("there is one at least"), grid, mask)
    }

    /// Puts the mask that a look sees into `mask`, faded in from the look's border.
    fn paint(
        &self,
        pyramid: &Pyramid<'_>,
        Look { region, fade }: Look,
        grid: MaskGrid,
        mask: &mut [f32],
    ) -> Result<()> {
        let input = pyramid.sample(
            region,
            &Sampling {
                size: self.network.input_size(),
                border: Border::Replicate,
                range: (0.0, 1.0),
                mirrored: false,
            },
        );
        let [coarse] = self.network.run(input)?;
        paint_mask(coarse, Look { region, fade }, grid, mask);
        Ok(())
    }
}

/// Puts what the model gave for a look into `mask`. Looks are turned by quarters: each axis of the region runs along one
/// of the picture, and the two are resampled one after the other.
fn paint_mask(coarse: Vec<f32>, Look { region, fade }: Look, grid: MaskGrid, mask: &mut [f32]) {
    let to_region = region.inverse();
    let is_sideways = region.angle.sin().abs() > 0.5;
    let coarse = if is_sideways { transposed(&coarse) } else { coarse };
    let [x, y] = grid.origin;
    let columns = grid.along(0).map(|x| to_region(x, y)[usize::from(is_sideways)]);
    let rows = grid.along(1).map(|y| to_region(x, y)[usize::from(!is_sideways)]);
    let [columns, rows] = [columns.collect::<Vec<_>>(), rows.collect::<Vec<_>>()];
    let width = columns.len();
    let taps: Vec<Taps> = columns.iter().map(|u| Taps::at(*u)).collect();
    let wide: Vec<f32> = coarse
        .chunks_exact(SIDE)
        .flat_map(|line| taps.iter().map(|taps| taps.apply(|i| line[i])))
        .collect();
    let inset = |t: &f32| t.min(1.0 - t);
    let mut sampled = vec![0.0; width];
    for (row, v) in mask.chunks_exact_mut(width).zip(&rows) {
        let taps = Taps::at(*v);
        let lines = taps.places.map(|i| &wide[i * width..][..width]);
        for (x, sampled) in sampled.iter_mut().enumerate() {
            let four: [f32; 4] = std::array::from_fn(|i| lines[i][x] * taps.weights[i]);
            *sampled = (four[0] + four[1] + four[2] + four[3]).clamp(0.0, 1.0);
        }
        if fade <= 0.0 {
            // The region is the whole picture.
            row.copy_from_slice(&sampled);
            continue;
        }
        for ((value, sampled), u) in row.iter_mut().zip(&sampled).zip(&columns) {
            let share = (inset(u).min(inset(v)) / fade).clamp(0.0, 1.0);
            let smooth = share * share * (3.0 - 2.0 * share);
            *value += (sampled - *value) * smooth;
        }
    }
}

fn transposed(mask: &[f32]) -> Vec<f32> {
    (0..SIDE * SIDE).map(|i| mask[i % SIDE * SIDE + i / SIDE]).collect()
}

/// Points of a picture at which a mask is wanted, evenly spaced.
#[derive(Debug, Clone, Copy)]
pub struct MaskGrid {
    /// The first point, in pixels of the picture.
    pub origin: [f32; 2],
    /// From one point to the next, in pixels.
    pub step: f32,
    /// Points across and down.
    pub size: Size,
}

impl MaskGrid {
    fn of_pixels(size: Size) -> Self {
        Self { origin: [0.0; 2], step: 1.0, size }
    }

    fn along(&self, axis: usize) -> impl Iterator<Item = f32> {
        let (origin, step) = (self.origin[axis], self.step);
        let count = [self.size.width, self.size.height][axis];
        (0..count).map(move |i| origin + step * i as f32)
    }
}

/// What the model is shown at once.
#[derive(Debug, Clone, Copy)]
struct Look {
    region: Region,
    /// Share of the region's side over which its mask fades in; 0 for all of it.
    fade: f32,
}

impl Look {
    /// Wide ones first.
    fn all(face: &Face, size: Size) -> impl Iterator<Item = Look> {
        // The model knows people who stand upright.
        let turn = (face.roll_deg() / 90.0).round() * FRAC_PI_2;
        let close_up = close_up(face, turn, size);
        let is_worth = close_up.size[0] < CLOSE_UP_WORTH * size.width.max(size.height) as f32;
        let wide = Look { region: whole(size, turn), fade: 0.0 };
        let closer = is_worth.then_some(Look { region: close_up, fade: CLOSE_UP_FADE });
        std::iter::once(wide).chain(closer)
    }
}

/// The whole picture, turned by a multiple of 90 degrees.
fn whole(size: Size, turn: f32) -> Region {
    let upright = Region::covering(size);
    let sideways = turn.sin().abs() > 0.5;
    let [width, height] = upright.size;
    Region {
        size: if sideways { [height, width] } else { [width, height] },
        angle: turn,
        ..upright
    }
}

/// A square with the face at a quarter of its height and the shoulders below, as in the pictures
/// the model was trained on; moved into the picture as far as it fits.
fn close_up(face: &Face, turn: f32, size: Size) -> Region {
    let [left, top, right, bottom] = face.bounds();
    let face_side = (right - left).max(bottom - top);
    let side = face_side * CLOSE_UP_FACES;
    let down = face_side * CLOSE_UP_DROP;
    let (sin, cos) = turn.sin_cos();
    let inside = |center: f32, length: u32| {
        let (low, high) = ((side - 1.0) / 2.0, length as f32 - (side + 1.0) / 2.0);
        if low <= high { center.clamp(low, high) } else { (length as f32 - 1.0) / 2.0 }
    };
    let center = [
        inside((left + right) / 2.0 - sin * down, size.width),
        inside((top + bottom) / 2.0 + cos * down, size.height),
    ];
    Region::square(center, side, turn)
}

/// Four values along an axis of the model's mask, and what each weighs.
struct Taps {
    places: [usize; 4],
    weights: [f32; 4],
}

impl Taps {
    /// Catmull-Rom, edges replicated; 0 is the mask's first edge, 1 its last.
    fn at(t: f32) -> Self {
        let at = (t * SIDE as f32 - 0.5).clamp(0.0, (SIDE - 1) as f32);
        let second = at as usize;
        Self {
            places: std::array::from_fn(|i| (second + i).saturating_sub(1).min(SIDE - 1)),
            weights: cubic_weights(at - second as f32),
        }
    }

    fn apply(&self, value: impl Fn(usize) -> f32) -> f32 {
        self.places.iter().zip(self.weights).map(|(i, weight)| value(*i) * weight).sum()
    }
}

/// Catmull-Rom weights of the four values around a point, `t` past the second.
fn cubic_weights(t: f32) -> [f32; 4] {
    [
        ((2.0 - t) * t - 1.0) * t / 2.0,
        ((3.0 * t - 5.0) * t * t + 2.0) / 2.0,
        ((4.0 - 3.0 * t) * t + 1.0) * t / 2.0,
        (t - 1.0) * t * t / 2.0,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One point of the model's mask.
    fn sample_mask(mask: &[f32], u: f32, v: f32) -> f32 {
        let (across, down) = (Taps::at(u), Taps::at(v));
        down.apply(|row| across.apply(|column| mask[row * SIDE + column])).clamp(0.0, 1.0)
    }

    #[test]
    fn the_mask_is_resampled_smoothly_within_its_range() {
        let ramp: Vec<f32> = (0..SIDE * SIDE).map(|i| (i % SIDE) as f32 / 255.0).collect();
        for u in [0.1, 0.33, 0.5, 0.9] {
            let expected = (u * 256.0 - 0.5) / 255.0;
            assert!((sample_mask(&ramp, u, 0.4) - expected).abs() < 1e-4);
        }
        let edge: Vec<f32> = (0..SIDE * SIDE).map(|i| f32::from(i % SIDE > 128)).collect();
        for u in 0..1000 {
            assert!((0.0..=1.0).contains(&sample_mask(&edge, u as f32 / 999.0, 1.0)));
        }
        for t in [0.0, 0.25, 0.8] {
            assert!((cubic_weights(t).iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn masks_are_painted_point_by_point_whichever_way_the_picture_lies() {
        let coarse: Vec<f32> = (0..SIDE * SIDE)
            .map(|i| ((i % SIDE) * 3 + (i / SIDE) * 7) as f32 % 64.0 / 63.0)
            .collect();
        let size = Size { width: 53, height: 41 };
        let grids = [
            MaskGrid::of_pixels(size),
            MaskGrid { origin: [7.25, -3.5], step: 0.5, size: Size { width: 60, height: 70 } },
        ];
        for (turn, grid) in (-1..3).flat_map(|turn| grids.map(|grid| (turn, grid))) {
            let turn = turn as f32 * FRAC_PI_2;
            let close = Region::square([24.0, 20.5], 30.0, turn);
            for (region, fade) in [(whole(size, turn), 0.0), (close, 0.12)] {
                let mut mask = vec![0.375; grid.size.area()];
                paint_mask(coarse.clone(), Look { region, fade }, grid, &mut mask);
                let to_region = region.inverse();
                let points = grid.along(1).flat_map(|y| grid.along(0).map(move |x| [x, y]));
                for ([x, y], found) in points.zip(mask) {
                    let [u, v] = to_region(x, y);
                    let inset = u.min(v).min(1.0 - u).min(1.0 - v);
                    let share = if fade > 0.0 { (inset / fade).clamp(0.0, 1.0) } else { 1.0 };
                    let smooth = share * share * (3.0 - 2.0 * share);
                    let expected = 0.375 + (sample_mask(&coarse, u, v) - 0.375) * smooth;
                    assert!(
                        (found - expected).abs() < 1e-3,
                        "{turn}, {x}, {y}: {found} {expected}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_sideways_picture_is_looked_at_upright() {
        let size = Size { width: 300, height: 200 };
        assert_eq!(whole(size, 0.0).size, [300.0, 200.0]);
        let turned = whole(size, FRAC_PI_2);
        assert_eq!(turned.size, [200.0, 300.0]);
        // Its corners are the picture's.
        let [x, y] = turned.to_portrait(0.0, 0.0);
        assert!((x - 299.5).abs() < 1e-3 && (y + 0.5).abs() < 1e-3, "({x}, {y})");
    }
}
