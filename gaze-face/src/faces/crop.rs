//! What of a picture is kept around a face.

use std::f32::consts::FRAC_PI_2;

use super::Face;
use gaze_rig::resample::fitted;
use gaze_rig::{Rect, Size};

/// What of a portrait frames show.
///
/// A part lies around the chosen face, in proportion to it, with room for its motion and for hair. At the picture's
/// border it is shifted, and clipped where the picture is smaller; then its shape gives way before the head does. A
/// head that lies on its side, or upside down, is kept as it lies.
///
/// ```
/// # #[cfg(all(feature = "bundled-models", feature = "picture-files"))] {
/// use gaze_face::faces::FaceModels;
/// use gaze_face::{Crop, Portrait};
///
/// let portrait = Portrait::open("../examples/astronaut.png")?;
/// let face = FaceModels::embedded()?.find_faces(&portrait)?.swap_remove(0);
/// let part = Crop::Head.around(&face, portrait.size()).expect("there is more than her head");
/// assert_eq!(part.width, part.height);
/// assert_eq!(Crop::None.around(&face, portrait.size()), None);
/// # }
/// # Ok::<(), gaze_face::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Crop {
    /// All of it. The default.
    #[default]
    None,
    /// Head, shoulders and chest, 4 wide and 5 high: the picture of a profile or a team page.
    Bust,
    /// The head with its hair, square: an avatar.
    Head,
}

/// What the mesh does not cover of a head: above brow and below chin, and on each side, in the longer side of the mesh.
const HAIR_ABOVE: f32 = 0.4;
const BELOW_CHIN: f32 = 0.05;
const BESIDE: f32 = 0.15;
/// Room around the head: motion fades within 0.5 IOD of the border, which is a fifth of the mesh's longer side, and the
/// head moves by half of that.
const ROOM: f32 = 0.38;
/// What a bust shows below the head.
const CHEST: f32 = 1.92;
/// Shortest side of a part in pixels, where the picture has as many: less is no picture.
const LEAST_SIDE: f32 = 128.0;

impl Crop {
    /// Short name: `none`, `bust` or `head`.
    pub fn name(self) -> &'static str {
        match self {
            Crop::None => "none",
            Crop::Bust => "bust",
            Crop::Head => "head",
        }
    }

    /// The crop of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Crop::None, Crop::Bust, Crop::Head].into_iter().find(|crop| crop.name() == name)
    }

    /// The part of a picture of this size that is kept around a face in it, in whole pixels; none where that is all
    /// of the picture.
    pub fn around(self, face: &Face, picture: Size) -> Option<Rect> {
        let (ratio, below) = match self {
            Crop::None => return None,
            Crop::Bust => (0.8, CHEST),
            Crop::Head => (1.0, ROOM),
        };
        let head = Head::of(face);
        let room = ROOM * head.unit;
        let needed = head.half.map(|half| 2.0 * (half + room));
        let wanted = shaped([needed[0], needed[1] + (below - ROOM) * head.unit], ratio);
        let grown = (LEAST_SIDE / wanted[0].min(wanted[1])).max(1.0);
        let wanted = wanted.map(|side| side * grown);

        let lies = head.quarter_turns % 2 != 0;
        let (width, height) = (picture.width as f32, picture.height as f32);
        let [across, down] = if lies { [height, width] } else { [width, height] };
        let sides = clipped(wanted, needed, [across, down], ratio);
        // What is more than head and chest need lies evenly above and below.
        let above = (wanted[1] - needed[1] - (below - ROOM) * head.unit).max(0.0) / 2.0;
        let top = -head.half[1] - room - above.min((sides[1] - needed[1]).max(0.0));
        let corners = [[-sides[0] / 2.0, top], [sides[0] / 2.0, top + sides[1]]];
        let [a, b] = corners.map(|corner| head.to_picture(corner));
        let place = |axis: usize, length: u32| {
            let (low, high) = (a[axis].min(b[axis]), a[axis].max(b[axis]));
            let side = ((high - low).round() as u32).clamp(1, length);
            // Pixels begin half a pixel before their centres.
            let start = ((low + 0.5).round().max(0.0) as u32).min(length - side);
            (start, side)
        };
        let ((x, width), (y, height)) = (place(0, picture.width), place(1, picture.height));
        let part = Rect { x, y, width, height };
        (part != Rect::covering(picture)).then_some(part)
    }

    /// How many times as large frames would show a `face` of a frame that shows all of a source of this size, their longer
    /// side at most `max_size` pixels.
    pub fn magnification(self, face: &Face, frame: Size, source: Size, max_size: u32) -> f32 {
        let Some(part) = self.around(&face.resized(frame, source), source) else { return 1.0 };
        let part = part.size();
        let scale = |from: Size, to: Size| to.width as f32 / from.width as f32;
        scale(part, fitted(part, max_size)) / scale(source, frame)
    }
}

/// The same with one side longer, so that it is `ratio` times as wide as high.
fn shaped([width, height]: [f32; 2], ratio: f32) -> [f32; 2] {
    [width.max(height * ratio), height.max(width / ratio)]
}

/// What there is room for: in the same shape where what is needed still fits.
fn clipped(wanted: [f32; 2], needed: [f32; 2], room: [f32; 2], ratio: f32) -> [f32; 2] {
    let [width, height] = [wanted[0].min(room[0]), wanted[1].min(room[1])];
    [width.min((height * ratio).max(needed[0])), height.min((width / ratio).max(needed[1]))]
}

/// A head with its hair as an ellipse, in axes that are turned by quarters so that it is nearly upright.
struct Head {
    /// Its middle, in pixels of the picture.
    center: [f32; 2],
    /// Half of its width and height along those axes.
    half: [f32; 2],
    /// The longer side of the mesh.
    unit: f32,
    /// Clockwise.
    quarter_turns: i32,
}

impl Head {
    fn of(face: &Face) -> Self {
        let roll = face.roll_deg().to_radians();
        let (sin, cos) = roll.sin_cos();
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for [x, y, _] in &face.mesh {
            for (i, value) in [x * cos + y * sin, y * cos - x * sin].into_iter().enumerate() {
                low[i] = low[i].min(value);
                high[i] = high[i].max(value);
            }
        }
        let [width, height] = [high[0] - low[0], high[1] - low[1]];
        let unit = width.max(height);
        let radii =
            [width / 2.0 + BESIDE * unit, (height + (HAIR_ABOVE + BELOW_CHIN) * unit) / 2.0];
        let across = (low[0] + high[0]) / 2.0;
        let down = (low[1] + high[1] + (BELOW_CHIN - HAIR_ABOVE) * unit) / 2.0;
        let quarter_turns = (roll / FRAC_PI_2).round();
        let (sin_rest, cos_rest) = (roll - quarter_turns * FRAC_PI_2).sin_cos();
        Self {
            center: [across * cos - down * sin, across * sin + down * cos],
            half: [
                (radii[0] * cos_rest).hypot(radii[1] * sin_rest),
                (radii[0] * sin_rest).hypot(radii[1] * cos_rest),
            ],
            unit,
            quarter_turns: quarter_turns as i32,
        }
    }

    /// From the turned axes, seen from the middle, to pixels of the picture.
    fn to_picture(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let [dx, dy] = match self.quarter_turns.rem_euclid(4) {
            0 => [x, y],
            1 => [-y, x],
            2 => [-x, -y],
            _ => [y, -x],
        };
        [self.center[0] + dx, self.center[1] + dy]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::face_at;

    const WIDE: Size = Size { width: 4000, height: 3000 };

    fn part(crop: Crop, face: &Face, picture: Size) -> Rect {
        crop.around(face, picture).unwrap()
    }

    /// Room beside the mesh on each side of a part, in its longer side: left, above, right, below.
    fn room(part: Rect, face: &Face) -> [f32; 4] {
        let [left, top, right, bottom] = face.bounds();
        let unit = (right - left).max(bottom - top);
        [
            left - part.x as f32,
            top - part.y as f32,
            (part.x + part.width) as f32 - right,
            (part.y + part.height) as f32 - bottom,
        ]
        .map(|room| room / unit)
    }

    /// A face turned clockwise by quarters around a point.
    fn turned(face: &Face, about: f32, quarters: u32) -> Face {
        let mut face = face.clone();
        for _ in 0..quarters {
            face.mesh.iter_mut().for_each(|p| *p = [2.0 * about - p[1], p[0], p[2]]);
        }
        face
    }

    #[test]
    fn a_head_is_square_and_a_bust_four_by_five_with_room_for_hair() {
        let face = face_at(2000.0, 1500.0, 100.0);
        let head = part(Crop::Head, &face, WIDE);
        assert_eq!(head.width, head.height);
        let [left, above, right, below] = room(head, &face);
        assert!((0.75..0.85).contains(&above) && (0.4..0.5).contains(&below), "{above} {below}");
        assert!((left - right).abs() < 0.02 && left > 0.5, "{left} {right}");

        let bust = part(Crop::Bust, &face, WIDE);
        assert!((bust.width as f32 / bust.height as f32 - 0.8).abs() < 0.005, "{bust:?}");
        let [left, above, right, below] = room(bust, &face);
        assert!((0.75..0.85).contains(&above) && (1.9..2.1).contains(&below), "{above} {below}");
        assert!((left - right).abs() < 0.02 && left > 0.9, "{left} {right}");
    }

    #[test]
    fn at_the_border_a_part_is_shifted_and_keeps_its_shape() {
        for (x, y) in [(110.0, 110.0), (3890.0, 110.0), (110.0, 2890.0), (3890.0, 2890.0)] {
            let face = face_at(x, y, 100.0);
            for (crop, ratio) in [(Crop::Head, 1.0), (Crop::Bust, 0.8)] {
                let kept = part(crop, &face, WIDE);
                assert!(kept.is_within(WIDE), "{kept:?}");
                let shape = kept.width as f32 / kept.height as f32;
                assert!((shape - ratio).abs() < 0.005, "{kept:?}");
            }
        }
    }

    #[test]
    fn a_picture_that_is_too_small_clips_and_the_head_stays_whole() {
        // A wide strip: of a bust there is only the head's height, and shoulders are given up for its shape.
        let strip = Size { width: 2000, height: 460 };
        let face = face_at(900.0, 240.0, 100.0);
        let bust = part(Crop::Bust, &face, strip);
        assert_eq!((bust.y, bust.height), (0, 460));
        assert!((405..420).contains(&bust.width), "{bust:?}");
        // A narrow one: as high as its shape allows, from the hair down.
        let narrow = Size { width: 420, height: 2000 };
        let face = face_at(210.0, 900.0, 100.0);
        let bust = part(Crop::Bust, &face, narrow);
        assert_eq!((bust.x, bust.width, bust.height), (0, 420, 525));
        assert!((0.75..0.85).contains(&room(bust, &face)[1]));
        // Nothing is left out of a picture that is the head.
        let small = Size { width: 400, height: 400 };
        assert_eq!(Crop::Head.around(&face_at(200.0, 200.0, 100.0), small), None);
        assert_eq!(Crop::None.around(&face, WIDE), None);
    }

    #[test]
    fn a_face_that_lies_is_kept_as_it_lies() {
        let square = Size { width: 3000, height: 3000 };
        let upright = face_at(1400.0, 1450.0, 100.0);
        for crop in [Crop::Bust, Crop::Head] {
            let [left, above, right, below] = room(part(crop, &upright, square), &upright);
            for quarters in 1..4 {
                let lying = turned(&upright, 1500.0, quarters as u32);
                let mut expected = [left, above, right, below];
                expected.rotate_right(quarters);
                let found = room(part(crop, &lying, square), &lying);
                for (found, expected) in found.into_iter().zip(expected) {
                    assert!((found - expected).abs() < 0.02, "{quarters}: {found} {expected}");
                }
            }
        }
    }

    #[test]
    fn a_tilted_head_has_room_where_its_hair_is() {
        let upright = face_at(1500.0, 1500.0, 100.0);
        let (sin, cos) = 0.5f32.sin_cos();
        let mut tilted = upright.clone();
        for p in &mut tilted.mesh {
            let (x, y) = (p[0] - 1500.0, p[1] - 1500.0);
            *p = [1500.0 + x * cos - y * sin, 1500.0 + x * sin + y * cos, p[2]];
        }
        let kept = part(Crop::Head, &tilted, WIDE);
        // The top of the head lies to the right of the face.
        let middle = kept.x as f32 + kept.width as f32 / 2.0;
        assert!((1505.0..1540.0).contains(&middle), "{middle}");
    }

    #[test]
    fn a_tiny_face_keeps_a_picture_around_it() {
        let face = face_at(300.0, 200.0, 12.0);
        let wide = part(Crop::Head, &face, Size { width: 600, height: 400 });
        assert_eq!((wide.width, wide.height), (128, 128));
        let low = part(Crop::Head, &face_at(50.0, 45.0, 12.0), Size { width: 100, height: 90 });
        assert_eq!((low.width, low.height), (90, 90));
    }

    #[test]
    fn a_crop_shows_a_face_larger_as_far_as_the_picture_has_pixels() {
        let (frame, source) = (Size { width: 512, height: 384 }, WIDE);
        let face = face_at(200.0, 150.0, 9.0);
        let times = |max_size| Crop::Bust.magnification(&face, frame, source, max_size);
        // The bust is some 530 pixels high.
        assert!((times(4000) - 4000.0 / 512.0).abs() < 0.01, "{}", times(4000));
        assert!((times(256) - 4000.0 / 512.0 * 256.0 / 527.0).abs() < 0.05, "{}", times(256));
        assert_eq!(Crop::Bust.magnification(&face_at(200.0, 190.0, 150.0), frame, frame, 512), 1.0);
    }

    #[test]
    fn names_are_told_apart() {
        for crop in [Crop::None, Crop::Bust, Crop::Head] {
            assert_eq!(Crop::from_name(crop.name()), Some(crop));
        }
        assert_eq!(Crop::from_name("Head"), None);
    }
}
