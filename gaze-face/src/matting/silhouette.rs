//! Where the person ends: a soft mask, the face that is person for certain, and the picture's own edges.

use super::Plane;
use super::guided_filter::LinearMask;
use super::head::Head;
use crate::faces::PersonMask;
use gaze_rig::interpolation::smoothstep;
use gaze_rig::layers::distance_within;

/// Radius of the guided filter, in IOD.
const MATTE_RADIUS: f32 = 0.10;
/// Growth of the face oval that is person for certain, in IOD.
const FACE_MARGIN: f32 = 0.08;
/// Distances from the model's edge between which the filter loses its say, in IOD.
const EDGE: [f32; 2] = [0.10, 0.22];

/// Where the person ends, found once and asked for any pixel.
pub struct Silhouette {
    mask: LinearMask,
    to_outside: Plane,
    to_inside: Plane,
    iod: f32,
}

impl Silhouette {
    /// Puts the edge of `certain`, a soft mask, onto the picture's edges. `iod` in pixels of the planes.
    pub fn fit(certain: &Plane, rgb: &[Plane; 3], iod: f32) -> Self {
        let radius = (MATTE_RADIUS * iod).round().max(2.0) as usize;
        let (width, height) = (certain.width, certain.height);
        // Beyond it, and one pixel nearer, the coverage is plain.
        let far = EDGE[1] * iod + 4.0;
        Self {
            mask: LinearMask::fit(certain, rgb, radius),
            to_outside: distance_within(width, height, far, |i| certain.values[i] < 0.5),
            to_inside: distance_within(width, height, far, |i| certain.values[i] >= 0.5),
            iod,
        }
    }

    /// The coverage everywhere around a pixel of the planes, less than one away along each axis, where it is 0 or 1
    /// whatever colours are there.
    pub fn plain_coverage(&self, index: usize) -> Option<f32> {
        // Distances change by no more than what lies between.
        let is_far = |plane: &Plane| plane.values[index] > EDGE[1] * self.iod + 1.5;
        match (is_far(&self.to_outside), is_far(&self.to_inside)) {
            (true, _) => Some(1.0),
            (_, true) => Some(0.0),
            _ => None,
        }
    }

    /// Coverage, 0 to 1, of a pixel of this colour (0 to 255) at a place in the planes.
    pub fn coverage(&self, at: [f32; 2], color: [f32; 3]) -> f32 {
        let distances = [&self.to_outside, &self.to_inside].map(|plane| plane.at(at[0], at[1]));
        self.covered(distances, || self.mask.value(at, color))
    }

    /// The coverage at distances to outside and inside of the edge, where the filter says `mask`.
    fn covered(&self, distances: [f32; 2], mask: impl FnOnce() -> f32) -> f32 {
        // The filter may only move the edge: well inside is person and well outside is not, whatever
        // colours are there.
        let [inside, outside] = distances.map(|d| smoothstep(EDGE[0], EDGE[1], d / self.iod));
        if inside >= 1.0 {
            return 1.0;
        }
        if outside >= 1.0 {
            return 0.0;
        }
        smoothstep(0.08, 0.92, mask()).max(inside).min(1.0 - outside)
    }

    /// The coverage of every pixel, 0 to 1.
    pub fn matte(&self, rgb: &[Plane; 3]) -> Plane {
        let far = EDGE[1] * self.iod + 0.01;
        let distances = self.to_outside.values.iter().zip(&self.to_inside.values);
        let coverage = distances.enumerate().map(|(i, (outside, inside))| {
            if outside.max(*inside) > far {
                return if outside > inside { 1.0 } else { 0.0 };
            }
            let color = || rgb.each_ref().map(|plane| plane.values[i]);
            self.covered([*outside, *inside], || self.mask.value_of_pixel(i, color()))
        });
        Plane { values: coverage.collect(), ..self.to_inside }
    }
}

/// How certain a point of the picture is face, which is person whatever a model says: 1 where it is less than
/// `range[0]` outside the oval, 0 where it is more than `range[1]`. In IOD, negative inside.
pub fn face_share(head: &Head, point: [f32; 2], range: [f32; 2]) -> f32 {
    /// Against rounding, in IOD.
    const SLACK: f32 = 0.01;
    let point = head.to_head(point);
    // Most pixels are far outside or, where that is enough to know, inside.
    if head.least_distance(point) > range[1] + SLACK {
        return 0.0;
    }
    if range[0] >= 0.0 && head.is_on_face(point) {
        return 1.0;
    }
    1.0 - smoothstep(range[0], range[1], head.nearest_on_oval(point).signed)
}

/// Coverage of the person, 0 to 1, its edge on the picture's edges.
pub fn person_matte(head: &Head, mask: &PersonMask, rgb: &[Plane; 3]) -> Plane {
    let size = mask.size;
    let mut certain = Plane { values: mask.values.clone(), ..Plane::of_size(size) };
    for (y, row) in certain.values.chunks_exact_mut(certain.width).enumerate() {
        let [face, near] = [0.0, FACE_MARGIN].map(|grown| head.row_on_face(y as f32, grown));
        let first = near.start.max(0.0) as usize;
        for (x, value) in row.iter_mut().enumerate().skip(first) {
            if x as f32 > near.end {
                break;
            }
            let share = if face.contains(&(x as f32)) {
                1.0
            } else {
                face_share(head, [x as f32, y as f32], [0.0, FACE_MARGIN])
            };
            *value = value.max(share);
        }
    }
    Silhouette::fit(&certain, rgb, head.iod).matte(rgb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::face_at;

    #[test]
    fn shortcuts_change_no_share() {
        let head = Head::of(&face_at(60.3, 50.7, 31.0));
        let mut kinds = [0; 3];
        for range in [[0.0, 0.08], [-0.3, -0.15], [0.1, 0.5]] {
            for (x, y) in (0..200).flat_map(|y| (0..240).map(move |x| (x as f32, y as f32))) {
                let point = [x / 2.0, y / 2.0];
                let near = head.nearest_on_oval(head.to_head(point));
                let share = face_share(&head, point, range);
                assert_eq!(share, 1.0 - smoothstep(range[0], range[1], near.signed), "{point:?}");
                kinds[if share == 0.0 { 0 } else { 1 + usize::from(share == 1.0) }] += 1;
            }
        }
        assert!(kinds.iter().all(|&count| count > 100), "{kinds:?}");
    }

    #[test]
    fn the_matte_is_the_coverage_of_every_pixel() {
        let certain = Plane::from_fn(90, 70, |x, y| if x + y / 3 > 50 { 1.0 } else { 0.1 });
        let rgb = [1, 3, 7]
            .map(|seed| Plane::from_fn(90, 70, |x, y| ((x * 31 + y * 17 * seed) % 256) as f32));
        let silhouette = Silhouette::fit(&certain, &rgb, 50.0);
        for (i, found) in silhouette.matte(&rgb).values.into_iter().enumerate() {
            let at = [(i % 90) as f32, (i / 90) as f32];
            let color = rgb.each_ref().map(|plane| plane.values[i]);
            assert_eq!(found, silhouette.coverage(at, color), "{at:?}");
        }
    }

    #[test]
    fn far_from_the_edge_colours_change_nothing() {
        let disc = |x: f32, y: f32| if (x - 60.0).hypot(y - 50.0) < 34.0 { 1.0 } else { 0.0 };
        let certain = Plane::from_fn(120, 100, |x, y| disc(x as f32, y as f32));
        let rgb = [1, 3, 7]
            .map(|seed| Plane::from_fn(120, 100, |x, y| ((x * 31 + y * 17 * seed) % 256) as f32));
        let silhouette = Silhouette::fit(&certain, &rgb, 40.0);
        let (mut inside, mut outside) = (0, 0);
        for (x, y) in (1..99).flat_map(|y| (1..119).map(move |x| (x, y))) {
            let Some(plain) = silhouette.plain_coverage(y * 120 + x) else { continue };
            *if plain == 1.0 { &mut inside } else { &mut outside } += 1;
            for [dx, dy] in [[-0.99, -0.99], [0.0, 0.0], [0.99, -0.5]] {
                let at = [x as f32 + dx, y as f32 + dy];
                assert_eq!(silhouette.coverage(at, [255.0, 0.0, 90.0]), plain, "{at:?}");
                assert_eq!(disc(at[0], at[1]), plain);
            }
        }
        assert!(inside > 1000 && outside > 4000, "{inside} {outside}");
    }
}
