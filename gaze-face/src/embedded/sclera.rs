//! What the eye would look like without its iris.

use super::eye_shape::EyeShape;
use super::iris_fit::Iris;
use crate::matting::{Plane, length};
use gaze_rig::interpolation::{mix, smoothstep};
use gaze_rig::rig::EyePatch;

/// Samples of the sclera along the eye and from lid to lid.
const COLS: usize = 64;
const ROWS: usize = 16;
/// The part of the height between the lids that is sampled: their edges are lashes and shadow.
const FROM_LID: f32 = 0.12;
/// Share of the clean, evenly shaded colour; the rest is what is seen beside the iris, row by row.
const CLEAN_SHARE: f32 = 0.6;
/// Distance from the middle of the iris in its radii from which on what is seen is sclera.
const BESIDE_IRIS: f32 = 1.14;
/// The iris at the lower lid is drawn over by so much more, in eye widths: it shines through the lid's soft edge.
const BELOW_IRIS: f32 = 0.035;
/// Samples a portrait pixel of the maps that are drawn from.
const PER_PIXEL: f32 = 2.0;
/// Room around the eye, in eye widths.
const MARGIN: f32 = 0.35;

type Rgb = [f32; 3];

/// The maps of an eye's surroundings.
pub(super) fn eye_patch(eye: &EyeShape, iris: &Iris, rgb: &[Plane; 3]) -> EyePatch {
    let sclera = Sclera::of(eye, iris, rgb);
    let (origin, width, height) = extent(eye, iris, rgb);
    let soft = (0.045 * eye.frame.width).max(0.8);
    let [left, top, right, bottom] = eye.bounds();
    let below = BELOW_IRIS * eye.frame.width;
    let from_iris =
        |p: [f32; 2]| length([p[0] - iris.center[0], p[1] - iris.center[1]]) / iris.radius;
    let cover_at = |p: [f32; 2]| {
        // Most of the surroundings are not worth measuring.
        let is_beside = p[0] < left || p[0] > right || p[1] < top || p[1] > bottom + below;
        if is_beside {
            return 0.0;
        }
        let [t, h] = eye.frame.to_frame(p);
        let is_low = smoothstep(
            0.2,
            0.8,
            (h - eye.upper.at(t)) / (eye.lower.at(t) - eye.upper.at(t)).max(0.03),
        );
        let more = below * is_low * (1.0 - smoothstep(0.9, 1.3, from_iris(p)));
        smoothstep(0.0, 1.0, (eye.inside_distance(p) + more - 0.1 * soft) / soft)
    };
    let samples = (0..width * height).map(|i| {
        let p = [
            origin[0] + (i % width) as f32 / PER_PIXEL,
            origin[1] + (i / width) as f32 / PER_PIXEL,
        ];
        let [r, g, b] = sclera.at(eye, p);
        (cover_at(p), [r, g, b, 1.0 - smoothstep(1.0, 1.5, from_iris(p))])
    });
    let (cover, sclera) = samples.unzip();
    EyePatch { origin, per_pixel: PER_PIXEL, width, height, cover, sclera }
}

/// Whole pixels around lids and iris.
fn extent(eye: &EyeShape, iris: &Iris, rgb: &[Plane; 3]) -> ([f32; 2], usize, usize) {
    let mut points = vec![
        [iris.center[0] - iris.radius, iris.center[1] - iris.radius],
        [iris.center[0] + iris.radius, iris.center[1] + iris.radius],
    ];
    for i in 0..=8 {
        let t = i as f32 / 8.0;
        points.push(eye.frame.to_pixels([t, eye.upper.at(t)]));
        points.push(eye.frame.to_pixels([t, eye.lower.at(t)]));
    }
    let span = |axis: usize, limit: usize| {
        let values = points.iter().map(|p| p[axis]);
        let from = values.clone().fold(f32::MAX, f32::min) - MARGIN * eye.frame.width;
        let to = values.fold(f32::MIN, f32::max) + MARGIN * eye.frame.width;
        let last = limit as f32 - 1.0;
        let from = from.floor().clamp(0.0, last);
        (from, ((to.ceil().clamp(from, last) - from) * PER_PIXEL) as usize + 1)
    };
    let ((x, width), (y, height)) = (span(0, rgb[0].width), span(1, rgb[0].height));
    ([x, y], width, height)
}

/// A small picture of the sclera in lid coordinates: along the eye, and from lid to lid.
struct Sclera {
    colors: Vec<Rgb>,
}

impl Sclera {
    fn of(eye: &EyeShape, iris: &Iris, rgb: &[Plane; 3]) -> Self {
        let along = |col: usize| (col as f32 + 0.5) / COLS as f32;
        let down = |row: usize| (row as f32 + 0.5) / ROWS as f32;
        let center = eye.frame.to_frame(iris.center)[0];
        let mut seen = Vec::with_capacity(COLS * ROWS);
        let mut luma = Vec::with_capacity(COLS * ROWS);
        let mut clear = Vec::with_capacity(COLS * ROWS);
        for row in 0..ROWS {
            for col in 0..COLS {
                let t = along(col);
                let (upper, lower) = (eye.upper.at(t), eye.lower.at(t));
                let h = mix(upper, lower, FROM_LID + (1.0 - 2.0 * FROM_LID) * down(row));
                let p = eye.frame.to_pixels([t, h]);
                let color: Rgb = std::array::from_fn(|c| rgb[c].at(p[0], p[1]));
                let from_iris =
                    length([p[0] - iris.center[0], p[1] - iris.center[1]]) / iris.radius;
                seen.push(color);
                luma.push(0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]);
                clear.push(from_iris >= BESIDE_IRIS && (0.10..0.90).contains(&t));
            }
        }
        let bright = bright_luma(&luma, &clear);
        // Brightness tells sclera from lashes, pink corners and shadow.
        let weight = |i: usize, dark: f32, range: f32, least: f32| {
            let lit = ((luma[i] - dark * bright) / (range * bright)).clamp(least, 1.0);
            if clear[i] { lit } else { 0.0 }
        };
        let sides = [true, false].map(|left| {
            side_colors(&seen, |row, col| {
                let t = along(col);
                let near = (-(t - center).abs() / 0.25).exp();
                if (t < center) == left {
                    weight(row * COLS + col, 0.45, 0.4, 0.02) * near
                } else {
                    0.0
                }
            })
        });
        let [left, right] = pull_together(sides);
        let clean = clean_color(&seen, |i| weight(i, 0.80, 0.20, 0.0) + 1e-4);
        let mut colors = Vec::with_capacity(COLS * ROWS);
        for row in 0..ROWS {
            for col in 0..COLS {
                let (t, v) = (along(col), down(row));
                let to_right = smoothstep(-0.25, 0.25, t - center);
                let shade = 1.0
                    - 0.22 * (1.0 - smoothstep(0.0, 0.45, v))
                    - 0.08 * smoothstep(0.7, 1.0, v)
                    - 0.12 * (2.0 * t - 1.0).abs().powi(3);
                colors.push(std::array::from_fn(|c| {
                    let beside = mix(left[row][c], right[row][c], to_right);
                    mix(beside, clean[c] * shade, CLEAN_SHARE)
                }));
            }
        }
        Self { colors }
    }

    fn at(&self, eye: &EyeShape, p: [f32; 2]) -> Rgb {
        let [t, h] = eye.frame.to_frame(p);
        let (upper, lower) = (eye.upper.at(t), eye.lower.at(t));
        let v = (h - upper) / (lower - upper).max(0.03);
        let v = ((v - FROM_LID) / (1.0 - 2.0 * FROM_LID)).clamp(0.0, 1.0);
        let x = (t.clamp(0.0, 1.0) * COLS as f32 - 0.5).clamp(0.0, (COLS - 1) as f32);
        let y = (v * ROWS as f32 - 0.5).clamp(0.0, (ROWS - 1) as f32);
        let (col, row) = (x as usize, y as usize);
        let (right, below) = ((col + 1).min(COLS - 1), (row + 1).min(ROWS - 1));
        std::array::from_fn(|c| {
            let at = |row: usize, col: usize| self.colors[row * COLS + col][c];
            let upper = mix(at(row, col), at(row, right), x - col as f32);
            let lower = mix(at(below, col), at(below, right), x - col as f32);
            mix(upper, lower, y - row as f32)
        })
    }
}

/// 85th percentile of the luma where the sclera can be seen, or of all where it hardly can.
fn bright_luma(luma: &[f32], clear: &[bool]) -> f32 {
    let mut values: Vec<f32> =
        luma.iter().zip(clear).filter(|(_, clear)| **clear).map(|(luma, _)| *luma).collect();
    if values.len() <= 8 {
        values = luma.to_vec();
    }
    values.sort_by(f32::total_cmp);
    values[values.len() * 17 / 20].max(1.0)
}

/// Weighted colour of every row, neighbouring rows helping, and how much weight it has.
fn side_colors(seen: &[Rgb], weight: impl Fn(usize, usize) -> f32) -> [(Rgb, f32); ROWS] {
    let rows: [(Rgb, f32); ROWS] = std::array::from_fn(|row| {
        let mut sum = ([0.0; 3], 0.0);
        for col in 0..COLS {
            let weight = weight(row, col);
            let color = seen[row * COLS + col];
            sum.1 += weight;
            sum.0.iter_mut().zip(color).for_each(|(sum, value)| *sum += weight * value);
        }
        sum
    });
    std::array::from_fn(|row| {
        let (mut color, mut total) = ([0.0; 3], 0.0);
        for (other, (sum, weight)) in rows.iter().enumerate() {
            let near = (-(other as f32 - row as f32).powi(2) / 8.0).exp();
            total += near * weight;
            color.iter_mut().zip(sum).for_each(|(color, value)| *color += near * value);
        }
        (color.map(|value| value / total.max(1e-4)), total)
    })
}

/// Draws a side that is hardly seen towards the colour of both.
fn pull_together(sides: [[(Rgb, f32); ROWS]; 2]) -> [[Rgb; ROWS]; 2] {
    let mean = |side: &[(Rgb, f32); ROWS]| side.iter().map(|s| s.1).sum::<f32>() / ROWS as f32;
    let pull = 0.30 * mean(&sides[0]).max(mean(&sides[1])) + 1e-4;
    let pooled: [Rgb; ROWS] = std::array::from_fn(|row| {
        let ((a, na), (b, nb)) = (sides[0][row], sides[1][row]);
        std::array::from_fn(|c| (a[c] * na + b[c] * nb) / (na + nb).max(1e-4))
    });
    sides.map(|side| {
        std::array::from_fn(|row| {
            let (color, weight) = side[row];
            std::array::from_fn(|c| (color[c] * weight + pooled[row][c] * pull) / (weight + pull))
        })
    })
}

fn clean_color(seen: &[Rgb], weight: impl Fn(usize) -> f32) -> Rgb {
    let (mut color, mut total) = ([0.0; 3], 0.0);
    for (i, value) in seen.iter().enumerate() {
        let weight = weight(i);
        total += weight;
        color.iter_mut().zip(value).for_each(|(sum, value)| *sum += weight * value);
    }
    color.map(|sum| sum / total)
}
