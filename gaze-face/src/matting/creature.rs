//! What belongs to a creature that the person mask may not know.
//!
//! It knows cats and dogs as well as people. Most drawings it does not see at all, but those stand on a plain ground, which
//! can be followed inwards from the picture's border up to their outline.

use super::{Head, Plane};
use crate::faces::PersonMask;

/// Share of the face that a mask must cover to be of this creature.
const LEAST_COVERED: f32 = 0.6;
/// How much neighbouring pixels of a plain ground differ at most, in grey levels.
const PLAIN_STEP: f32 = 7.0;
/// Share of the picture that a plain ground has at least.
const LEAST_GROUND: f32 = 0.05;
/// Share of the left and the right border, from above, that is ground: bodies leave the picture below.
const GROUND_BORDER: f32 = 0.6;
/// Distances around the face within which an unknown creature ends, in IOD.
const VIGNETTE: [f32; 2] = [0.25, 0.7];

/// Which pixels are the creature's.
#[derive(Debug, Clone)]
pub struct Creature {
    /// 0 to 1 a pixel.
    pub mask: PersonMask,
    /// Whether the mask has an outline that was seen: else it only ends softly somewhere around the face.
    pub has_outline: bool,
}

impl Creature {
    /// The creature with this head: as the person mask has it, or what stands on a plain ground, or whatever is near
    /// the face.
    pub fn around(head: &Head, mask: PersonMask, rgb: &[Plane; 3]) -> Self {
        if share_of_face(head, &mask) >= LEAST_COVERED {
            return Self { mask, has_outline: true };
        }
        let size = mask.size;
        match on_plain_ground(head, rgb) {
            Some(values) => Self { mask: PersonMask { size, values }, has_outline: true },
            None => {
                let width = size.width as usize;
                let at = |i: usize| [(i % width) as f32, (i / width) as f32];
                let values = (0..size.area()).map(|i| super::face_share(head, at(i), VIGNETTE));
                let values = values.collect();
                Self { mask: PersonMask { size, values }, has_outline: false }
            }
        }
    }
}

/// Pixels of the face, by their place in a plane of this size.
fn face_pixels(head: &Head, width: usize, height: usize) -> impl Iterator<Item = usize> {
    (0..height).flat_map(move |y| {
        let row = head.row_on_face(y as f32, 0.0);
        let from = row.start.max(0.0).ceil() as usize;
        let to = (row.end.clamp(0.0, width as f32)) as usize;
        (from.min(to)..to).map(move |x| y * width + x)
    })
}

fn share_of_face(head: &Head, mask: &PersonMask) -> f32 {
    let (mut covered, mut all) = (0.0, 0.0f32);
    for i in face_pixels(head, mask.size.width as usize, mask.size.height as usize) {
        covered += mask.values[i];
        all += 1.0;
    }
    covered / all.max(1.0)
}

/// What stands on a plain ground, if there is such.
fn on_plain_ground(head: &Head, rgb: &[Plane; 3]) -> Option<Vec<f32>> {
    let (width, height) = (rgb[0].width, rgb[0].height);
    let sides = (GROUND_BORDER * height as f32) as usize;
    let border = (0..width).chain((1..sides).flat_map(|y| [y * width, (y + 1) * width - 1]));
    let is_plain = |a: usize, b: usize| {
        rgb.iter().all(|plane| (plane.values[a] - plane.values[b]).abs() <= PLAIN_STEP)
    };
    let ground = spread(width, height, border, is_plain);
    let ground_pixels = ground.iter().filter(|is_ground| **is_ground).count();
    let face: Vec<usize> = face_pixels(head, width, height).collect();
    let lost = face.iter().filter(|&&i| ground[i]).count();
    let is_told = ground_pixels as f32 >= LEAST_GROUND * ground.len() as f32
        && (lost as f32) < (1.0 - LEAST_COVERED) * face.len() as f32;
    if !is_told {
        return None;
    }
    // Other things on the same ground are none of it.
    let starts = face.into_iter().filter(|&i| !ground[i]);
    let creature = spread(width, height, starts, |_, to| !ground[to]);
    Some(creature.into_iter().map(|is_creature| f32::from(u8::from(is_creature))).collect())
}

/// All that can be reached from somewhere by steps from pixel to pixel.
fn spread(
    width: usize,
    height: usize,
    from: impl Iterator<Item = usize>,
    may_step: impl Fn(usize, usize) -> bool,
) -> Vec<bool> {
    let mut reached = vec![false; width * height];
    let mut next: Vec<usize> = from.collect();
    next.iter().for_each(|&i| reached[i] = true);
    while let Some(i) = next.pop() {
        let (x, y) = (i % width, i / width);
        let around = [
            (x > 0).then(|| i - 1),
            (x + 1 < width).then(|| i + 1),
            (y > 0).then(|| i - width),
            (y + 1 < height).then(|| i + width),
        ];
        for to in around.into_iter().flatten() {
            if !reached[to] && may_step(i, to) {
                reached[to] = true;
                next.push(to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::face_at;
    use gaze_rig::Size;

    const SIZE: Size = Size { width: 200, height: 180 };

    fn nobody() -> PersonMask {
        PersonMask { size: SIZE, values: vec![0.0; SIZE.area()] }
    }

    /// A disc with a shaded ground around it, another disc beside, and a body that leaves the picture below.
    fn drawing(noise: usize) -> [Plane; 3] {
        std::array::from_fn(|_| {
            Plane::from_fn(200, 180, |x, y| {
                let from = |cx: f32, cy: f32| (x as f32 - cx).hypot(y as f32 - cy);
                let is_drawn = from(100.0, 90.0) < 50.0
                    || from(20.0, 30.0) < 12.0
                    || (y > 130 && (90..110).contains(&x));
                let shade = x / 4 + (x * 31 + y * 17) % (noise + 1);
                if is_drawn { 240.0 } else { shade as f32 }
            })
        })
    }

    #[test]
    fn drawings_are_told_from_their_ground() {
        let head = Head::of(&face_at(100.0, 90.0, 40.0));
        let creature = Creature::around(&head, nobody(), &drawing(0));
        assert!(creature.has_outline);
        let at = |x: usize, y: usize| creature.mask.values[y * 200 + x];
        assert_eq!([at(100, 90), at(100, 42), at(100, 178)], [1.0; 3], "head and body");
        assert_eq!(
            [at(100, 38), at(20, 30), at(5, 175)],
            [0.0; 3],
            "the ground and what else is on it"
        );
    }

    #[test]
    fn without_a_plain_ground_it_ends_softly() {
        let head = Head::of(&face_at(100.0, 90.0, 40.0));
        let creature = Creature::around(&head, nobody(), &drawing(120));
        assert!(!creature.has_outline);
        let at = |x: usize, y: usize| creature.mask.values[y * 200 + x];
        assert_eq!([at(100, 90), at(2, 2)], [1.0, 0.0]);
    }

    #[test]
    fn a_mask_that_covers_the_face_is_kept() {
        let head = Head::of(&face_at(100.0, 90.0, 40.0));
        let mut mask = nobody();
        mask.values.fill(0.9);
        assert_eq!(Creature::around(&head, mask.clone(), &drawing(0)).mask, mask);
    }
}
