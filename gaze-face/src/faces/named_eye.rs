//! An eye around a point that somebody has named, by the picture alone: a dark or coloured disc, and what is around and
//! within it.
//!
//! People's eyes are a disc in white, cats' a disc with a pupil in it that fills the opening, dogs' and those of many
//! drawings a plain dark spot. Which of them it is decides how it can look round.

use super::EyeLandmarks;
use super::generic_head::EyeAxes;
use super::topology::{CONTOUR_POINTS, LOWER_LID, UPPER_LID};
use gaze_rig::Frame;
use gaze_rig::layers::Plane;

/// Rays from the middle of a circle.
const RAYS: usize = 32;
/// Radii tried, in distances between the eyes, and the step from one to the next.
const RADII: [f32; 2] = [0.035, 0.33];
const RADIUS_STEP: f32 = 1.09;
/// How far the middle may lie from the named point, and the step between middles tried, in distances between the eyes.
const OFF_CENTER: f32 = 0.10;
const CENTER_STEP: f32 = 0.02;
/// A circle with this share of the best one's score may still be the outline around it.
const OUTER_SHARE: f32 = 0.92;
/// Steps from dark to light below which there is no edge, in grey levels.
const LEAST_STEP: f32 = 7.0;
/// Radii of an inner disc, in those of the outer one.
const INNER_RADII: [f32; 2] = [0.25, 0.75];
/// Step from light to dark of a pupil that glows: reflections have less.
const GLOWING_STEP: f32 = 30.0;
/// Grey level of an iris that can be told from its pupil.
const LEAST_IRIS: f32 = 50.0;
/// The edge lies on the outer side of the rim, which belongs to the lids.
const RIM: f32 = 0.9;
/// Height of an eye against its width.
const SHAPES: std::ops::RangeInclusive<f32> = 0.5..=1.6;

/// What kind of eye it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EyeKind {
    /// A disc with white on both sides.
    White,
    /// A disc that fills the opening, with a pupil in it.
    Filled,
    /// A plain spot.
    Spot,
}

/// An eye as it was found. Pixels of the portrait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NamedEye {
    /// What kind it is.
    pub kind: EyeKind,
    /// The point that was named.
    pub named: [f32; 2],
    /// Middle of what moves: an iris, the pupil of a filled eye, or a spot.
    pub center: [f32; 2],
    /// Radius of what moves.
    pub radius: f32,
    /// Middle of the opening between the lids.
    pub opening: [f32; 2],
    /// Half of the opening's width and height, along the eyes and across.
    pub half: [f32; 2],
    /// How clear its edge is: the step from dark to light, in grey levels.
    pub clearness: f32,
}

impl NamedEye {
    /// The same as the models' landmarks: an opening like an ellipse.
    pub(super) fn landmarks(&self, axes: EyeAxes) -> EyeLandmarks {
        let [a, b] = self.half;
        let place = |x: f32, y: f32| -> [f32; 2] {
            std::array::from_fn(|i| self.opening[i] + x * axes.right[i] + y * axes.down[i])
        };
        // The outer corner of the eye on the left is on its left.
        let (x, y) = (self.named[0] - axes.origin[0], self.named[1] - axes.origin[1]);
        let outwards = if x * axes.right[0] + y * axes.right[1] < 0.0 { -1.0 } else { 1.0 };
        let mut contour = [self.center; CONTOUR_POINTS];
        for i in 0..LOWER_LID.len() {
            let (sin, cos) = (std::f32::consts::PI * i as f32 / 8.0).sin_cos();
            contour[LOWER_LID[i]] = place(outwards * a * cos, b * sin);
            contour[UPPER_LID[i]] = place(outwards * a * cos, -b * sin);
        }
        EyeLandmarks {
            contour,
            iris_center: self.center,
            iris_radius: self.radius,
            openness: b / a.max(f32::MIN_POSITIVE),
        }
    }

    /// This eye in the place of another, seen in a mirror.
    fn mirrored(&self, other: &NamedEye, axes: EyeAxes) -> NamedEye {
        let offset = [self.opening[0] - self.center[0], self.opening[1] - self.center[1]];
        let along = offset[0] * axes.right[0] + offset[1] * axes.right[1];
        let opening =
            std::array::from_fn(|i| other.center[i] + offset[i] - 2.0 * along * axes.right[i]);
        NamedEye { kind: self.kind, opening, half: self.half, radius: self.radius, ..*other }
    }
}

/// Finds both eyes, which are of one kind.
pub(super) fn fit_eyes(picture: &Frame, named: [[f32; 2]; 2], axes: EyeAxes) -> [NamedEye; 2] {
    let [a, b] = named.map(|point| Surroundings::of(picture, point, axes).fit(point));
    if a.kind == b.kind {
        return [a, b];
    }
    // Reflections and fur hide a pupil or the white of one eye more easily than they make one up.
    let richness = |eye: &NamedEye| match eye.kind {
        EyeKind::Spot => 0,
        EyeKind::Filled => 1,
        EyeKind::White => 2,
    };
    let a_leads = (richness(&a), a.clearness) > (richness(&b), b.clearness);
    if a_leads { [a, a.mirrored(&b, axes)] } else { [b.mirrored(&a, axes), b] }
}

/// The picture around an eye.
struct Surroundings {
    axes: EyeAxes,
    /// Pixel of the portrait that comes first.
    origin: [f32; 2],
    /// Red, green, blue and the darkness that irises have and skin has not, all 0 to 255.
    rgb: [Plane; 3],
    lightness: Plane,
}

/// A circle and how clear its edge is.
#[derive(Debug, Clone, Copy)]
struct Circle {
    center: [f32; 2],
    radius: f32,
    score: f32,
}

/// Which side of an edge is the dark one.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Edge {
    DarkInside,
    LightInside,
}

impl Surroundings {
    fn of(picture: &Frame, [x, y]: [f32; 2], axes: EyeAxes) -> Self {
        let size = picture.size();
        let room = 0.62 * axes.distance + 3.0;
        let span = |at: f32, length: u32| {
            let first = (at - room).clamp(0.0, length as f32 - 1.0) as usize;
            first..((at + room).max(0.0) as usize + 2).clamp(first + 1, length as usize)
        };
        let (cols, rows) = (span(x, size.width), span(y, size.height));
        let blur = (0.012 * axes.distance).max(0.4);
        let channel = |pick: &dyn Fn([f32; 3]) -> f32| {
            Plane::from_fn(cols.len(), rows.len(), |x, y| {
                let at = ((rows.start + y) * size.width as usize + cols.start + x) * 4;
                let pixel = &picture.pixels()[at..at + 3];
                pick([pixel[0], pixel[1], pixel[2]].map(f32::from))
            })
            .blurred(blur)
        };
        Self {
            axes,
            origin: [cols.start as f32, rows.start as f32],
            rgb: std::array::from_fn(|c| channel(&|pixel| pixel[c])),
            lightness: channel(&|[r, g, b]| {
                0.5 * (0.299 * r + 0.587 * g + 0.114 * b + r.min(g).min(b))
            }),
        }
    }

    fn light(&self, [x, y]: [f32; 2]) -> f32 {
        self.lightness.at(x - self.origin[0], y - self.origin[1])
    }

    fn color(&self, [x, y]: [f32; 2]) -> [f32; 3] {
        self.rgb.each_ref().map(|plane| plane.at(x - self.origin[0], y - self.origin[1]))
    }

    /// A point seen from `center`: along the eyes and across, in pixels.
    fn place(&self, center: [f32; 2], [x, y]: [f32; 2]) -> [f32; 2] {
        std::array::from_fn(|i| center[i] + x * self.axes.right[i] + y * self.axes.down[i])
    }

    /// The eye around a point.
    fn fit(&self, named: [f32; 2]) -> NamedEye {
        let disc = self.disc(named);
        let spot = NamedEye {
            kind: EyeKind::Spot,
            named,
            center: disc.center,
            radius: disc.radius,
            opening: disc.center,
            half: [disc.radius; 2],
            clearness: disc.score,
        };
        if disc.score < LEAST_STEP {
            // Nothing to go by: an eye of an ordinary size where it was named.
            let radius = 0.12 * self.axes.distance;
            let half = [radius; 2];
            return NamedEye {
                center: named,
                radius,
                opening: named,
                half,
                clearness: 0.0,
                ..spot
            };
        }
        let inner = self.inner_disc(disc);
        let (opening, half) = self.ellipse(disc);
        let white = |center, radius, (opening, half)| NamedEye {
            kind: EyeKind::White,
            center,
            radius,
            opening,
            half,
            ..spot
        };
        match inner {
            Some(iris) if is_white(self.ring_around(iris, disc)) => {
                white(iris.center, iris.radius, (opening, half))
            }
            inner => match (self.white_beside(disc), inner) {
                (Some(around), _) => white(disc.center, disc.radius, around),
                (None, Some(pupil)) => NamedEye {
                    kind: EyeKind::Filled,
                    // Reflections draw the circle towards them.
                    center: [0, 1].map(|i| pupil.center[i].midpoint(opening[i])),
                    radius: pupil.radius,
                    opening,
                    half,
                    ..spot
                },
                (None, None) => NamedEye { opening, half, radius: half[0].max(half[1]), ..spot },
            },
        }
    }

    /// Mean step from one side of an ellipse to the other, less where parts of it have none.
    fn edge(&self, center: [f32; 2], half: [f32; 2], edge: Edge) -> f32 {
        let mut steps = [0.0f32; RAYS];
        let mean = half[0].midpoint(half[1]);
        let gap = (0.12 * mean).max(0.8) / mean;
        for (i, step) in steps.iter_mut().enumerate() {
            let (sin, cos) = (i as f32 * std::f32::consts::TAU / RAYS as f32).sin_cos();
            let at = |scale: f32| {
                self.light(self.place(center, [cos * half[0] * scale, sin * half[1] * scale]))
            };
            let lighter = at(1.0 + gap) - at(1.0 - gap);
            *step = if edge == Edge::DarkInside { lighter } else { -lighter }.clamp(-30.0, 110.0);
        }
        let mean = steps.iter().sum::<f32>() / RAYS as f32;
        steps.sort_by(f32::total_cmp);
        // A quarter of an eye may be hidden by lid, fur or a reflection.
        let weak = steps[RAYS / 4..RAYS / 2].iter().sum::<f32>() / (RAYS / 4) as f32;
        0.5 * mean + 0.5 * weak
    }

    /// The outermost of the clear circles around a point.
    fn disc(&self, named: [f32; 2]) -> Circle {
        let distance = self.axes.distance;
        let mut best: Vec<Circle> = Vec::new();
        let mut radius = (RADII[0] * distance).max(1.6);
        while radius < RADII[1] * distance {
            let step = (CENTER_STEP * distance).max(0.7);
            let room = OFF_CENTER * distance;
            best.push(self.best_center(named, radius, room, step, Edge::DarkInside));
            radius *= RADIUS_STEP;
        }
        let top = best.iter().map(|circle| circle.score).fold(f32::MIN, f32::max);
        let is_peak = |i: usize| {
            let score = best[i].score;
            (i == 0 || best[i - 1].score <= score)
                && best.get(i + 1).is_none_or(|next| next.score <= score)
        };
        let outermost = (0..best.len())
            .rev()
            .find(|&i| is_peak(i) && best[i].score >= OUTER_SHARE * top)
            .unwrap_or(0);
        // Once more, closer.
        let rough = best[outermost];
        let fine = (0.25 * CENTER_STEP * distance).max(0.35);
        (-3..=3)
            .map(|i| rough.radius * (1.0 + 0.025 * i as f32))
            .map(|radius| {
                self.best_center(rough.center, radius, 3.0 * fine, fine, Edge::DarkInside)
            })
            .max_by(|a, b| a.score.total_cmp(&b.score))
            .unwrap_or(rough)
    }

    /// The circle of a radius with the clearest edge.
    fn best_center(
        &self,
        around: [f32; 2],
        radius: f32,
        room: f32,
        step: f32,
        edge: Edge,
    ) -> Circle {
        let steps = (room / step).ceil() as i32;
        let mut best = Circle { center: around, radius, score: f32::MIN };
        for down in -steps..=steps {
            for right in -steps..=steps {
                let off = [right as f32 * step, down as f32 * step];
                let center = self.place(around, off);
                // Whoever names a point means it.
                let strayed = (off[0] * off[0] + off[1] * off[1]) / (room * room);
                let score = self.edge(center, [radius; 2], edge) - 6.0 * strayed;
                if score > best.score {
                    best = Circle { center, radius, score };
                }
            }
        }
        best
    }

    /// A disc in the disc: a pupil, or an iris in its white.
    fn inner_disc(&self, disc: Circle) -> Option<Circle> {
        let mut radius = (INNER_RADII[0] * disc.radius).max(1.3);
        let (mut dark, mut glowing): (Option<Circle>, Option<Circle>) = (None, None);
        while radius <= INNER_RADII[1] * disc.radius {
            let room = (0.8 * disc.radius - radius).clamp(0.1, 0.3 * disc.radius.max(0.4));
            for (best, edge) in [(&mut dark, Edge::DarkInside), (&mut glowing, Edge::LightInside)] {
                let step = (room / 3.0).max(0.5);
                let circle = self.best_center(disc.center, radius, room, step, edge);
                if best.is_none_or(|best| circle.score > best.score) {
                    *best = Some(circle);
                }
            }
            radius *= RADIUS_STEP;
        }
        let least = LEAST_STEP.max(0.12 * disc.score);
        let dark = dark.filter(|pupil| {
            pupil.score >= least && luma(self.ring_around(*pupil, disc)) >= LEAST_IRIS
        });
        let glowing = glowing.filter(|pupil| pupil.score >= GLOWING_STEP);
        let of = |circle: &Option<Circle>| circle.map_or(f32::MIN, |circle| circle.score);
        if of(&glowing) > of(&dark) { glowing } else { dark }
    }

    /// The ellipse whose edge is clearest, near a circle: its middle and its half axes.
    fn ellipse(&self, disc: Circle) -> ([f32; 2], [f32; 2]) {
        let mut best = (disc.score - 1.0, disc.center, [disc.radius; 2]);
        for _ in 0..3 {
            let (_, center, half) = best;
            for wide in -3..=3 {
                for high in -3..=3 {
                    for [right, down] in
                        [[0.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]]
                    {
                        let half = [
                            half[0] * (1.0 + 0.06 * wide as f32),
                            half[1] * (1.0 + 0.06 * high as f32),
                        ];
                        let off = 0.06 * disc.radius;
                        let center = self.place(center, [right * off, down * off]);
                        let score = self.edge(center, half, Edge::DarkInside);
                        let is_eye = SHAPES.contains(&(half[1] / half[0]));
                        if is_eye && score > best.0 {
                            best = (score, center, half);
                        }
                    }
                }
            }
        }
        (best.1, best.2.map(|half| half * RIM))
    }

    /// Mean colour between an inner disc and the edge of the outer one.
    fn ring_around(&self, inner: Circle, outer: Circle) -> [f32; 3] {
        let from = 1.15 * inner.radius;
        self.ring(inner.center, from.midpoint((0.85 * outer.radius).max(1.05 * from)))
    }

    /// Mean colour along a circle.
    fn ring(&self, center: [f32; 2], radius: f32) -> [f32; 3] {
        let mut sum = [0.0f32; 3];
        for i in 0..RAYS {
            let (sin, cos) = (i as f32 * std::f32::consts::TAU / RAYS as f32).sin_cos();
            let color = self.color(self.place(center, [cos * radius, sin * radius]));
            sum.iter_mut().zip(color).for_each(|(sum, value)| *sum += value / RAYS as f32);
        }
        sum
    }

    /// The opening around a disc that has white on both sides, and an end to it: its middle and its half axes.
    fn white_beside(&self, disc: Circle) -> Option<([f32; 2], [f32; 2])> {
        let inside = self.ring(disc.center, 0.6 * disc.radius);
        // Right, left, down, up: the middle of a narrow fan each.
        use std::f32::consts::{FRAC_PI_2, PI};
        let ends = [0.0, PI, FRAC_PI_2, -FRAC_PI_2].map(|angle: f32| {
            let is_sideways = angle.sin().abs() < 0.5;
            let mut reaches: Vec<f32> = [-0.3, -0.15, 0.0, 0.15, 0.3]
                .into_iter()
                .map(|turn: f32| {
                    let (sin, cos) = (angle + turn).sin_cos();
                    let at = |r: f32| self.color(self.place(disc.center, [cos * r, sin * r]));
                    let white = at(1.25 * disc.radius);
                    if is_sideways && !(is_white(white) && luma(white) > luma(inside) + 40.0) {
                        return 0.0;
                    }
                    let tolerance = 0.35 * (luma(white) - luma(inside)).abs().max(40.0);
                    let steps = (0..60).map(|i| disc.radius * (1.15 + 0.04 * i as f32));
                    steps
                        .take_while(|&r| gap(at(r), white) < tolerance)
                        .last()
                        .unwrap_or(1.1 * disc.radius)
                })
                .collect();
            reaches.sort_by(f32::total_cmp);
            reaches[2]
        });
        let most = 3.3 * disc.radius;
        let [right, left, down, up] = ends;
        let is_closed = right.max(left) < most && down.max(up) < most;
        // White fur goes on above and below.
        let is_eye = down.max(up) < 1.2 * right.max(left);
        let has_white = right.min(left) > 1.15 * disc.radius;
        if !is_closed || !is_eye || !has_white || right + left > 0.9 * self.axes.distance {
            return None;
        }
        let opening = self.place(disc.center, [(right - left) / 2.0, (down - up) / 2.0]);
        Some((opening, [(right + left) / 2.0 * 1.04, (down + up) / 2.0 * 1.04]))
    }
}

fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// Distance between two colours in grey levels.
fn gap(a: [f32; 3], b: [f32; 3]) -> f32 {
    (0..3).map(|c| (a[c] - b[c]).abs()).fold(0.0, f32::max)
}

/// Bright, and hardly coloured.
fn is_white([r, g, b]: [f32; 3]) -> bool {
    let (low, high) = (r.min(g).min(b), r.max(g).max(b));
    high > 130.0 && (high - low) / high < 0.28
}
