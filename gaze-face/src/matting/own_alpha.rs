//! A portrait's own transparency: a person who was cut out, or a picture of another shape than a rectangle.

use std::borrow::Cow;

use super::polygon::convex_hull;
use super::{Head, Plane};
use crate::Portrait;
use crate::faces::{Face, FaceModels, PersonMask};
use gaze_rig::interpolation::smoothstep;
use gaze_rig::layers::{channels, distance_within, fill_unknown};
use gaze_rig::{Frame, Result, Size};

/// Where it is looked whether a background is there, around the person, in IOD.
const AROUND: [f32; 2] = [0.1, 0.4];
/// How far below the eyes that goes, in IOD: shoulders end where the picture does.
const CHIN: f32 = 1.3;
/// A cut-out is transparent around the person in a larger share than this.
const CUT_SHARE: f32 = 0.5;
/// Disks, rounded rectangles and the like fill more than this of their convex hull; heads have a neck.
const CONVEX: f32 = 0.975;
/// How far from the model's person something opaque belongs to the person too, in IOD: hair that it misses.
const BELONGS: [f32; 2] = [0.3, 0.5];

/// A portrait taken apart into colours and alpha.
pub struct OwnAlpha<'a> {
    /// The portrait, opaque: where it is transparent, in colours made up from what is around. What was hidden under alpha
    /// 0 has no say in them.
    pub colors: Cow<'a, Frame>,
    /// The portrait's alpha, 0 to 1; none where all of it is opaque.
    pub alpha: Option<Plane>,
}

impl<'a> OwnAlpha<'a> {
    /// Takes a portrait apart.
    pub fn of(portrait: &'a Frame) -> Self {
        let pixels = portrait.pixels().as_chunks::<4>().0;
        if pixels.iter().all(|pixel| pixel[3] == 255) {
            return Self { colors: Cow::Borrowed(portrait), alpha: None };
        }
        let alpha = alpha_of(portrait);
        // Colours at low alpha are coarse.
        let filled = fill_unknown(&channels(portrait), &alpha.map(|alpha| (4.0 * alpha).min(1.0)));
        let mut colors = portrait.clone();
        for (i, pixel) in colors.pixels_mut().as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let [r, g, b] = filled.each_ref().map(|plane| (plane.values[i] + 0.5) as u8);
            *pixel = [r, g, b, 255];
        }
        Self { colors: Cow::Owned(colors), alpha: Some(alpha) }
    }

    /// The mask of the person with this face in the portrait that this is of. Who was cut out is looked at over white, which
    /// tells them from what is around; a picture of another shape in the colours made up, whose edge would be somebody's.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`](gaze_rig::ErrorKind::Engine) where the model fails.
    pub fn person_mask(
        &self,
        models: &FaceModels,
        portrait: &Portrait,
        face: &Face,
    ) -> Result<PersonMask> {
        let mask = models.person_mask(portrait, face)?;
        if self.alpha.is_none() || self.is_cut_out(&Head::of(face), &mask) {
            return Ok(mask);
        }
        models.person_mask_in(&self.colors, face)
    }

    /// Whether what is opaque is the person, cut out of a background. Otherwise a background is there, and the picture
    /// has holes, round corners or another shape.
    pub fn is_cut_out(&self, head: &Head, mask: &PersonMask) -> bool {
        let Some(alpha) = &self.alpha else { return false };
        let far = AROUND[1] * head.iod + 2.0;
        let distance = distance_within(alpha.width, alpha.height, far, |i| mask.values[i] > 0.5);
        let (mut all, mut clear) = (0u32, 0u32);
        for (i, distance) in distance.values.iter().enumerate() {
            let at = [(i % alpha.width) as f32, (i / alpha.width) as f32];
            let is_around = (AROUND[0]..AROUND[1]).contains(&(distance / head.iod));
            if is_around && head.to_head(at)[1] < CHIN {
                all += 1;
                clear += u32::from(alpha.values[i] < 0.5);
            }
        }
        clear as f32 > CUT_SHARE * all as f32 && convexity(alpha) < CONVEX
    }

    /// The alpha as a mask of whoever was cut out, a doll or a drawing that no model knows for instance; none where a
    /// background is there.
    pub fn as_mask(&self, head: &Head) -> Option<PersonMask> {
        let Plane { width, height, values } = self.alpha.clone()?;
        let size = Size { width: width as u32, height: height as u32 };
        Some(PersonMask { size, values }).filter(|mask| self.is_cut_out(head, mask))
    }

    /// How much of each pixel of a cut-out is the person: all that is opaque near the model's person, whose edge is not
    /// as good as the portrait's own.
    pub fn person(&self, head: &Head, mask: &PersonMask) -> Option<Plane> {
        let alpha = self.alpha.as_ref()?;
        let far = BELONGS[1] * head.iod + 2.0;
        let distance = distance_within(alpha.width, alpha.height, far, |i| mask.values[i] > 0.5);
        let near = |distance: f32| 1.0 - smoothstep(BELONGS[0], BELONGS[1], distance / head.iod);
        Some(alpha.zip(&distance, |alpha, distance| alpha * near(distance)))
    }

    /// The colours with another alpha, 0 to 1; nothing where that is 0.
    pub fn with_alpha(&self, alpha: &Plane) -> Frame {
        let mut frame = self.colors.clone().into_owned();
        let (pixels, _) = frame.pixels_mut().as_chunks_mut::<4>();
        for (pixel, alpha) in pixels.iter_mut().zip(&alpha.values) {
            match (alpha * 255.0 + 0.5) as u8 {
                0 => *pixel = [0; 4],
                alpha => pixel[3] = alpha,
            }
        }
        frame
    }
}

/// The alpha of every pixel, 0 to 1.
pub fn alpha_of(frame: &Frame) -> Plane {
    let alpha = frame.pixels().as_chunks::<4>().0.iter().map(|pixel| f32::from(pixel[3]) / 255.0);
    Plane { values: alpha.collect(), ..Plane::of_size(frame.size()) }
}

/// The opaque area as a share of its convex hull's.
fn convexity(alpha: &Plane) -> f32 {
    let mut corners = Vec::new();
    let mut area = 0;
    for (y, row) in alpha.values.chunks_exact(alpha.width).enumerate() {
        let is_opaque = |value: &f32| *value >= 0.5;
        area += row.iter().filter(|value| is_opaque(value)).count();
        let ends = (row.iter().position(is_opaque), row.iter().rposition(is_opaque));
        if let (Some(first), Some(last)) = ends {
            for y in [y, y + 1] {
                corners.extend([first, last + 1].map(|x| [x as f32, y as f32]));
            }
        }
    }
    let hull = convex_hull(corners);
    let next = hull.iter().cycle().skip(1);
    let twice: f32 = hull.iter().zip(next).map(|(a, b)| a[0] * b[1] - a[1] * b[0]).sum();
    area as f32 / (twice.abs() / 2.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::face_at;
    use gaze_rig::Size;

    const SIZE: usize = 200;

    fn portrait(alpha: impl Fn(f32, f32) -> bool) -> Frame {
        let at = |i: usize| ((i % SIZE) as f32, (i / SIZE) as f32);
        let pixel = |i: usize| match at(i) {
            (x, y) if alpha(x, y) => [200, 100, 50, 255],
            // Hidden, and not to be seen.
            _ => [0, 255, 0, 0],
        };
        let size = Size { width: SIZE as u32, height: SIZE as u32 };
        Frame::from_pixels(size, (0..SIZE * SIZE).flat_map(pixel).collect()).unwrap()
    }

    /// A head on shoulders.
    fn is_person(x: f32, y: f32) -> bool {
        (x - 100.0).hypot((y - 90.0) / 1.3) < 42.0 || y > 150.0 && (x - 100.0).abs() < 70.0
    }

    fn kind_of(portrait: &Frame) -> bool {
        let head = Head::of(&face_at(100.0, 85.0, 38.0));
        let values = (0..SIZE * SIZE)
            .map(|i| f32::from(u8::from(is_person((i % SIZE) as f32, (i / SIZE) as f32))));
        let mask = PersonMask { size: portrait.size(), values: values.collect() };
        OwnAlpha::of(portrait).is_cut_out(&head, &mask)
    }

    #[test]
    fn people_cut_out_are_told_from_pictures_of_other_shapes() {
        assert!(kind_of(&portrait(is_person)));
        assert!(kind_of(&portrait(|x, y| is_person(x, y) || (x - 180.0).hypot(y - 30.0) < 15.0)));
        // Round, round and tight, with a hole.
        assert!(!kind_of(&portrait(|x, y| (x - 100.0).hypot(y - 100.0) < 99.0)));
        assert!(!kind_of(&portrait(|x, y| (x - 100.0).hypot(y - 90.0) < 45.0)));
        assert!(!kind_of(&portrait(|x, y| (x - 170.0).hypot(y - 30.0) > 20.0)));
        assert!(!kind_of(&portrait(|_, _| true)));
    }

    #[test]
    fn hidden_colours_are_replaced_by_those_around() {
        let portrait = portrait(is_person);
        let own = OwnAlpha::of(&portrait);
        assert!(own.colors.pixels().as_chunks::<4>().0.iter().all(|p| *p == [200, 100, 50, 255]));
        let seen = own.with_alpha(&alpha_of(&portrait));
        assert_eq!((seen.pixel(0, 0), seen.pixel(100, 90)), ([0; 4], [200, 100, 50, 255]));
    }
}
