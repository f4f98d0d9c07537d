//! The iris's true edge.
//!
//! The model's circle is close but not close enough: a disc cut a little too small leaves a ghost
//! of the rim behind when it moves. The circle with the strongest step from dark to light is sought
//! around it, in both eyes together: irises are of one size, and of nearly the same in all people
//! against the distance of their eyes, while dark lids, lashes and shadows come in any.

use super::eye_shape::EyeShape;
use crate::faces::{EyeLandmarks, Face};
use crate::matting::Plane;

/// Rays of the circle.
const RAYS: usize = 48;
/// Radii compared, in those of the circle tried.
const INNER: [f32; 3] = [0.90, 0.80, 0.70];
const OUTER: [f32; 3] = [1.08, 1.18, 1.28];
/// Radius of a human iris against the distance between the eyes' centres: 11.7 mm across, where eyes are 62 mm apart.
const HUMAN_RADIUS: f32 = 0.094;
/// Radii tried, in steps of the logarithm around the expected one, and the step.
const SIZES: std::ops::RangeInclusive<i32> = -3..=6;
const SIZE_STEP: f32 = 0.06;
/// How far irises stray from what is expected: logarithm of the size of both, of one against the other, and places in
/// radii of the model's circle.
const SIZE_SPREAD: f32 = 0.06;
const PAIR_SPREAD: f32 = 0.05;
const PLACE_SPREAD: f32 = 0.20;
/// Steps that the two eyes' sizes may differ by.
const MOST_APART: i32 = 2;
/// What straying that far costs, in percent of the eye's brightness.
const COST: f32 = 0.8;

/// Room around iris and lids that is looked at, in radii of the model's circle: what the largest circle tried needs for
/// its second edge.
const ROOM: f32 = 4.5;
/// Radii at which a second edge is looked for, in those of the fitted circle.
const SECOND_EDGE: [f32; 7] = [1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9];

/// Above this the fitted circle is only a part of the iris.
pub(super) const MOST_SECOND_EDGE: f32 = 18.0;

/// A fitted iris, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Iris {
    pub(super) center: [f32; 2],
    pub(super) radius: f32,
    /// The radius of all of the iris, where the circle is a part of it.
    pub(super) whole_radius: f32,
    /// Whether nothing of an eye is around it: a dot in a drawing, which moves over the face.
    pub(super) is_spot: bool,
    /// The radius in those that were expected.
    pub(super) scale: f32,
    /// How much lighter the sclera is than the iris on the left and on the right, in percent of the
    /// eye's brightness. There is none on the side to which an eye looks.
    pub(super) contrast: [f32; 2],
    /// The strongest further edge from dark to light between the circle and the corners, in percent
    /// of the eye's brightness: where there is one the circle is a pupil or a part of a larger iris,
    /// as in cartoons (32 and more; 7 at most in photographs and paintings).
    pub(super) second_edge: f32,
}

/// A circle's ray: direction on screen, and whether it points sideways.
struct Ray {
    direction: [f32; 2],
    to_right: bool,
    sideways: bool,
}

impl Ray {
    fn at(&self, center: [f32; 2], radius: f32) -> [f32; 2] {
        [center[0] + radius * self.direction[0], center[1] + radius * self.direction[1]]
    }
}

struct Fit<'a> {
    eye: &'a EyeShape,
    lightness: &'a Lightness,
    rays: Vec<Ray>,
    /// Lightness of the eye's bright parts.
    bright: f32,
}

/// Fits the irises of a face's eyes, which are `iod` pixels apart in space; `rgb` from 0 to 255.
pub(super) fn fit_irises(
    eyes: &[EyeShape; 2],
    face: &Face,
    iod: f32,
    rgb: &[Plane; 3],
) -> [Iris; 2] {
    let lightness: [Lightness; 2] =
        std::array::from_fn(|side| Lightness::around(&eyes[side], &face.eyes[side], rgb));
    fit_pair(eyes, &face.eyes, iod, &lightness)
}

/// A circle and how well it fits.
#[derive(Debug, Clone, Copy)]
struct Circle {
    score: f32,
    center: [f32; 2],
    radius: f32,
}

fn fit_pair(
    eyes: &[EyeShape; 2],
    models: &[EyeLandmarks; 2],
    iod: f32,
    lightness: &[Lightness; 2],
) -> [Iris; 2] {
    let [a, b] = models.each_ref().map(|model| model.iris_radius);
    let expected = (a * b * HUMAN_RADIUS * iod).cbrt();
    let fits: [Fit<'_>; 2] = std::array::from_fn(|i| Fit::new(&eyes[i], &lightness[i]));
    let circles: [Vec<(i32, Circle)>; 2] = std::array::from_fn(|i| {
        let at = |size: i32| expected * (size as f32 * SIZE_STEP).exp();
        SIZES.map(|size| (size, fits[i].best_of(&models[i], at(size)))).collect()
    });
    let mut best = (f32::MIN, [circles[0][0].1, circles[1][0].1]);
    for (size, one) in &circles[0] {
        for (other_size, other) in &circles[1] {
            if (size - other_size).abs() > MOST_APART {
                continue;
            }
            let both = (size + other_size) as f32 / 2.0 * SIZE_STEP;
            let apart = (size - other_size) as f32 * SIZE_STEP;
            let strayed = 2.0 * (both / SIZE_SPREAD).powi(2) + (apart / PAIR_SPREAD).powi(2);
            let score = one.score + other.score - COST * strayed;
            if score > best.0 {
                best = (score, [*one, *other]);
            }
        }
    }
    std::array::from_fn(|side| {
        let Circle { center, radius, .. } = best.1[side];
        let (second_edge, place) = fits[side].second_edge(center, radius);
        let whole_radius = if second_edge > MOST_SECOND_EDGE { place * radius } else { radius };
        Iris {
            center,
            radius,
            whole_radius,
            is_spot: false,
            scale: radius / expected,
            contrast: fits[side].contrast(center, radius),
            second_edge,
        }
    })
}

/// Darkness that irises share and skin does not: mean of luma and the smallest channel; around one eye.
struct Lightness {
    /// Pixel of the portrait that comes first.
    origin: [f32; 2],
    plane: Plane,
}

impl Lightness {
    fn around(eye: &EyeShape, model: &EyeLandmarks, rgb: &[Plane; 3]) -> Self {
        let blur = (0.06 * model.iris_radius).max(0.3);
        let [left, top, right, bottom] = eye.bounds();
        let room = ROOM * model.iris_radius + 3.0 * blur + 2.0;
        let [x, y] = model.iris_center;
        let span = |from: f32, to: f32, center: f32, length: usize| {
            let (from, to) = (from.min(center) - room, to.max(center) + room);
            let first = (from.max(0.0) as usize).min(length - 1);
            first..(to.max(0.0).ceil() as usize + 1).clamp(first + 1, length)
        };
        let cols = span(left, right, x, rgb[0].width);
        let rows = span(top, bottom, y, rgb[0].height);
        let lightness = Plane::from_fn(cols.len(), rows.len(), |x, y| {
            let i = (rows.start + y) * rgb[0].width + cols.start + x;
            let [r, g, b] = rgb.each_ref().map(|plane| plane.values[i]);
            0.5 * (0.299 * r + 0.587 * g + 0.114 * b + r.min(g).min(b))
        });
        Self { origin: [cols.start as f32, rows.start as f32], plane: lightness.blurred(blur) }
    }

    fn at(&self, [x, y]: [f32; 2]) -> f32 {
        self.plane.at(x - self.origin[0], y - self.origin[1])
    }
}

impl<'a> Fit<'a> {
    fn new(eye: &'a EyeShape, lightness: &'a Lightness) -> Self {
        let rays = (0..RAYS)
            .map(|i| {
                let (sin, cos) = (i as f32 * std::f32::consts::TAU / RAYS as f32).sin_cos();
                Ray {
                    direction: std::array::from_fn(|k| {
                        cos * eye.frame.along[k] + sin * eye.frame.across[k]
                    }),
                    to_right: cos > 0.0,
                    sideways: (sin - 0.08).abs() < 0.42,
                }
            })
            .collect();
        let mut fit = Fit { eye, lightness, rays, bright: 0.0 };
        fit.bright = fit.brightness();
        fit
    }

    /// The best circle of a radius around the model's middle.
    fn best_of(&self, model: &EyeLandmarks, radius: f32) -> Circle {
        let mut best = Circle { score: f32::MIN, center: model.iris_center, radius };
        for right in -4..=4 {
            for down in -3..=3 {
                let (right, down) = (right as f32 * 0.1, down as f32 * 0.1);
                let center = std::array::from_fn(|k| {
                    model.iris_center[k]
                        + (right * self.eye.frame.along[k] + down * self.eye.frame.across[k])
                            * model.iris_radius
                });
                let strayed = (right / PLACE_SPREAD).powi(2) + (down / PLACE_SPREAD).powi(2);
                let score = self.score(center, radius) - COST * strayed;
                if score > best.score {
                    best = Circle { score, center, radius };
                }
            }
        }
        best
    }

    fn ring(&self, ray: &Ray, center: [f32; 2], radius: f32) -> f32 {
        self.lightness.at(ray.at(center, radius))
    }

    /// 80th percentile of the lightness between the lids.
    fn brightness(&self) -> f32 {
        let mut values = Vec::new();
        for row in 0..12 {
            for col in 0..40 {
                let t = 0.12 + 0.76 * col as f32 / 39.0;
                let down = 0.15 + 0.70 * row as f32 / 11.0;
                let (upper, lower) = (self.eye.upper.at(t), self.eye.lower.at(t));
                let p = self.eye.frame.to_pixels([t, upper + (lower - upper) * down]);
                values.push(self.lightness.at(p));
            }
        }
        values.sort_by(f32::total_cmp);
        values[values.len() * 4 / 5]
    }

    fn is_visible(&self, p: [f32; 2]) -> bool {
        let [t, h] = self.eye.frame.to_frame(p);
        (0.04..0.96).contains(&t)
            && h > self.eye.upper.at(t) + 0.03
            && h < self.eye.lower.at(t) - 0.02
    }

    /// Step from dark inside to light outside, where the circle's edge can be seen. Both sides must
    /// have it: a circle that touches the edge on one side only is none.
    fn score(&self, center: [f32; 2], radius: f32) -> f32 {
        let (mut lacking, mut inside) = (0.0, Vec::with_capacity(RAYS));
        let (mut steps, mut sides) = (0.0, [[0.0, 0.0]; 2]);
        for ray in &self.rays {
            // Most are hidden from the outside in.
            let is_seen = |r: &f32| self.is_visible(ray.at(center, r * radius));
            if !ray.sideways && !OUTER.iter().rev().all(is_seen) {
                continue;
            }
            let mean = |radii: [f32; 3]| {
                radii.map(|r| self.ring(ray, center, r * radius)).iter().sum::<f32>() / 3.0
            };
            let (outer, inner) = (mean(OUTER), mean(INNER));
            let step = (outer - inner).clamp(-60.0, 120.0);
            steps += step;
            lacking += (self.bright - outer).max(0.0);
            inside.push(inner);
            if ray.sideways {
                let [sum, count] = &mut sides[usize::from(ray.to_right)];
                (*sum, *count) = (*sum + step, *count + 1.0);
            }
        }
        let count = inside.len() as f32;
        if count < 6.0 {
            return -9.0;
        }
        let weaker = sides.map(|[sum, count]| sum / count).into_iter().fold(f32::MAX, f32::min);
        inside.sort_by(f32::total_cmp);
        let spread = inside[inside.len() * 3 / 4] - inside[inside.len() / 4];
        let seen = (count / 14.0).min(1.0).sqrt();
        let step = 0.5 * (steps / count + weaker) - lacking / count;
        (step * seen - 0.15 * spread) / self.bright.max(20.0) * 100.0
    }

    /// The strongest further step from dark to light beyond the circle, on either side, as far as it
    /// lies between the lids: in percent of the eye's brightness, and where, in radii of the circle.
    fn second_edge(&self, center: [f32; 2], radius: f32) -> (f32, f32) {
        let mut strongest = (0.0, 1.0);
        for to_right in [false, true] {
            let rays: Vec<&Ray> =
                self.rays.iter().filter(|r| r.sideways && r.to_right == to_right).collect();
            for place in SECOND_EDGE {
                let outer = (place + 0.12) * radius;
                let is_seen = |ray: &&&Ray| self.is_visible(ray.at(center, outer));
                if rays.iter().filter(is_seen).count() * 2 < rays.len() {
                    break;
                }
                let mean = |r: f32| {
                    let values = rays.iter().map(|ray| self.ring(ray, center, r * radius));
                    values.sum::<f32>() / rays.len() as f32
                };
                let step = mean(place + 0.12) - mean(place - 0.12);
                if step > strongest.0 {
                    strongest = (step, place);
                }
            }
        }
        (strongest.0 / self.bright.max(20.0) * 100.0, strongest.1)
    }

    /// Step from iris to sclera on the left and on the right, in percent of the eye's brightness.
    fn contrast(&self, center: [f32; 2], radius: f32) -> [f32; 2] {
        [false, true].map(|to_right| {
            let rays = self.rays.iter().filter(|r| r.sideways && r.to_right == to_right);
            let steps: Vec<f32> = rays
                .map(|ray| {
                    let mean = |radii: [f32; 2]| {
                        radii.map(|r| self.ring(ray, center, r * radius)).iter().sum::<f32>() / 2.0
                    };
                    mean([1.15, 1.25]) - mean([0.75, 0.85])
                })
                .collect();
            steps.iter().sum::<f32>() / steps.len() as f32 / self.bright.max(20.0) * 100.0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::eye_between;

    /// An eye of 60 px drawn on skin: white, an iris of `iris` px and a pupil of `pupil` px.
    fn drawn_eye(iris: f32, pupil: f32, model_radius: f32) -> (EyeShape, EyeLandmarks, Plane) {
        let center = [60.0, 40.0];
        let outline = |t: f32| 15.0 * (std::f32::consts::PI * t).sin();
        let lid = |sign: f32| {
            std::array::from_fn(|i| {
                let t = i as f32 / 8.0;
                [30.0 + 60.0 * t, center[1] + sign * outline(t)]
            })
        };
        let model = eye_between(lid(1.0), lid(-1.0), [center[0] + 1.5, center[1]], model_radius);
        let lightness = Plane::from_fn(120, 80, |x, y| {
            let (dx, dy) = (x as f32 - center[0], y as f32 - center[1]);
            let t = (x as f32 - 30.0) / 60.0;
            let inside = (0.0..=1.0).contains(&t) && dy.abs() < outline(t);
            match dx.hypot(dy) {
                _ if !inside => 150.0,
                d if d < pupil => 20.0,
                d if d < iris => 90.0,
                _ => 215.0,
            }
        });
        (EyeShape::of(&model, 0), model, lightness)
    }

    /// Fits a pair of two equal eyes, which are as far apart as those of people.
    fn fit_twice(eye: &EyeShape, model: &EyeLandmarks, lightness: Lightness) -> Iris {
        let other = Lightness { origin: lightness.origin, plane: lightness.plane.clone() };
        let pair = [model.clone(), model.clone()];
        let iod = model.iris_radius / HUMAN_RADIUS;
        fit_pair(&[eye.clone(), eye.clone()], &pair, iod, &[lightness, other])[0]
    }

    fn grey(lightness: &Plane) -> [Plane; 3] {
        std::array::from_fn(|_| lightness.clone())
    }

    #[test]
    fn what_is_left_out_is_never_looked_at() {
        let (eye, model, lightness) = drawn_eye(14.0, 5.0, 12.5);
        let rgb = grey(&lightness);
        let near = Lightness::around(&eye, &model, &rgb);
        assert!(near.origin[0] == 0.0 && near.plane.width == 120, "the eye fills the picture");
        let whole = fit_twice(&eye, &model, near);
        // The same in the middle of a picture of noise.
        let (dx, dy) = (200, 150);
        let wide = rgb.map(|plane| {
            Plane::from_fn(520, 380, |x, y| match (x.checked_sub(dx), y.checked_sub(dy)) {
                (Some(x), Some(y)) if x < 120 && y < 80 => plane.values[y * 120 + x],
                _ => ((x * 7919 + y * 104_729) % 256) as f32,
            })
        });
        let moved = |p: [f32; 2]| [p[0] + dx as f32, p[1] + dy as f32];
        let mut model = model.clone();
        model.iris_center = moved(model.iris_center);
        model.contour = model.contour.map(moved);
        let eye = EyeShape::of(&model, 0);
        let around = Lightness::around(&eye, &model, &wide);
        assert!(around.plane.width < 260 && around.plane.height < 240);
        let iris = fit_twice(&eye, &model, around);
        assert!((iris.center[0] - whole.center[0] - dx as f32).abs() < 1e-2, "{iris:?} {whole:?}");
        assert!((iris.radius - whole.radius).abs() < 1e-2, "{iris:?} {whole:?}");
    }

    #[test]
    fn the_circle_comes_to_lie_on_the_edge() {
        let (eye, model, lightness) = drawn_eye(14.0, 5.0, 12.5);
        let iris = fit_twice(&eye, &model, Lightness::around(&eye, &model, &grey(&lightness)));
        let off = (iris.center[0] - 60.0).hypot(iris.center[1] - 40.0);
        assert!(off < 1.5 && (iris.radius - 14.0).abs() < 1.2, "{iris:?}");
        assert!(
            iris.contrast[0].min(iris.contrast[1]) > 30.0 && iris.second_edge < 5.0,
            "{iris:?}"
        );
    }

    #[test]
    fn a_dark_lid_on_one_side_leaves_the_iris_its_size() {
        // The second eye lies in a shadow that would make a larger circle of its iris.
        let (eye, model, lightness) = drawn_eye(14.0, 5.0, 13.0);
        let shaded = Plane::from_fn(120, 80, |x, y| {
            let from = (x as f32 - 52.0).hypot(y as f32 - 42.0);
            lightness.values[y * 120 + x] * if from < 22.0 { 0.45 } else { 1.0 }
        });
        let planes = [&lightness, &shaded];
        let around = planes.map(|plane| Lightness::around(&eye, &model, &grey(plane)));
        let eyes = [eye.clone(), eye.clone()];
        let irises = fit_pair(&eyes, &[model.clone(), model], 13.0 / HUMAN_RADIUS, &around);
        for iris in irises {
            let off = (iris.center[0] - 60.0).hypot(iris.center[1] - 40.0);
            assert!((iris.radius - 14.0).abs() < 1.2 && off < 3.0, "{irises:?}");
        }
    }

    #[test]
    fn a_circle_on_the_pupil_leaves_a_second_edge() {
        let (eye, model, lightness) = drawn_eye(17.0, 9.0, 9.0);
        let lightness = Lightness::around(&eye, &model, &grey(&lightness));
        let fit = Fit::new(&eye, &lightness);
        let (edge, place) = fit.second_edge([60.0, 40.0], 9.0);
        assert!(edge > 30.0 && (place * 9.0 - 17.0).abs() < 1.5, "{edge} {place}");
        assert!(fit.second_edge([60.0, 40.0], 17.0).0 < 5.0);
    }
}
