//! Choosing one of several faces.

use super::{Face, named_eyes};
use crate::portrait::Portrait;
use gaze_rig::{Error, ErrorKind, Hint, Result};

/// Which face of a portrait to animate.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum FaceChoice {
    /// The largest.
    #[default]
    Largest,
    /// By size: 0 is the largest.
    Index(usize),
    /// The face at, or else nearest to, a point in pixels of the oriented source picture.
    At {
        /// To the right.
        x: f32,
        /// Downwards.
        y: f32,
    },
    /// The face with these eyes, found or not: that of an animal, a drawing, a doll. The middle of each eye, to the right
    /// and downwards in pixels of the oriented source picture, in either order. The embedded engine moves any such face.
    Eyes([[f32; 2]; 2]),
}

impl FaceChoice {
    /// The same choice in a picture whose width and height are so many times as large.
    #[must_use]
    pub fn scaled(self, [across, down]: [f32; 2]) -> Self {
        match self {
            FaceChoice::At { x, y } => FaceChoice::At { x: x * across, y: y * down },
            FaceChoice::Eyes(eyes) => FaceChoice::Eyes(eyes.map(|[x, y]| [x * across, y * down])),
            same => same,
        }
    }
}

/// The face that `choice` names among `faces`, the result of
/// [`find_faces`](super::FaceModels::find_faces) for `portrait`: of named eyes the one nearest to them, see
/// [`named_face`](super::FaceModels::named_face) for one that nothing need have found.
///
/// # Errors
/// [`NoFace`](ErrorKind::NoFace) where there is no face, or none with the index asked for;
/// [`InvalidOption`](ErrorKind::InvalidOption) where named eyes are none.
pub fn choose_face<'a>(
    faces: &'a [Face],
    choice: FaceChoice,
    portrait: &Portrait,
) -> Result<&'a Face> {
    let none = |message: String| Error::new(ErrorKind::NoFace, message);
    let largest = faces.first().ok_or_else(|| {
        none("no human face was found: use a portrait with a face that looks at the camera".into())
            .with_hint(Hint::NameEyes)
    })?;
    let nearest_to = |point: [f32; 2]| {
        // Of several boxes around the point the one whose middle is nearest.
        let key = |face: &Face| (face.distance_to(point), face.distance_to_center(point));
        let nearest = faces.iter().min_by(|a, b| {
            let (a, b) = (key(a), key(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        Ok(nearest.expect("not empty: there is a largest"))
    };
    match choice {
        FaceChoice::Largest => Ok(largest),
        FaceChoice::Eyes(eyes) => {
            let [a, b] = named_eyes(eyes, portrait)?;
            nearest_to([a[0].midpoint(b[0]), a[1].midpoint(b[1])])
        }
        FaceChoice::Index(index) => faces.get(index).ok_or_else(|| {
            none(match faces.len() {
                1 => format!("there is no face {index}: one face was found, choose 0"),
                n => format!(
                    "there is no face {index}: {n} faces were found, choose 0 (the largest) to {}",
                    n - 1
                ),
            })
        }),
        FaceChoice::At { x, y } => {
            let (size, source) = (portrait.size(), portrait.source_size());
            // Pixel centres of both pictures are at whole numbers.
            let scaled =
                |at: f32, size: u32, source: u32| (at + 0.5) * size as f32 / source as f32 - 0.5;
            let point =
                [scaled(x, size.width, source.width), scaled(y, size.height, source.height)];
            nearest_to(point)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faces::fake::face_at;
    use gaze_rig::{Frame, Size};

    fn portrait() -> Portrait {
        let frame = Frame::new(Size { width: 400, height: 200 });
        Portrait::from_frame(frame).unwrap().resized(200)
    }

    #[test]
    fn a_point_counts_in_pixels_of_the_source() {
        let faces = [face_at(40.0, 50.0, 30.0), face_at(150.0, 50.0, 20.0)];
        let at = |x, y| {
            let chosen = choose_face(&faces, FaceChoice::At { x, y }, &portrait()).unwrap();
            faces.iter().position(|face| std::ptr::eq(face, chosen)).unwrap()
        };
        assert_eq!(at(80.0, 100.0), 0, "inside the first");
        assert_eq!(at(300.0, 100.0), 1, "inside the second");
        assert_eq!(at(399.0, 0.0), 1, "nearer to the second");
        assert_eq!(at(0.0, 199.0), 0);
    }

    #[test]
    fn inside_beats_near_and_the_nearer_middle_wins() {
        let faces = [face_at(100.0, 50.0, 80.0), face_at(140.0, 50.0, 20.0)];
        let choice = FaceChoice::At { x: 290.0, y: 100.0 };
        let chosen = choose_face(&faces, choice, &portrait()).unwrap();
        assert!(std::ptr::eq(chosen, &faces[1]));
    }

    #[test]
    fn indices_out_of_range_say_what_there_is() {
        let message = |faces: &[Face], index| {
            let error = choose_face(faces, FaceChoice::Index(index), &portrait()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoFace);
            error.to_string()
        };
        assert!(message(&[], 0).contains("no human face was found"));
        let one = [face_at(100.0, 50.0, 30.0)];
        assert!(message(&one, 1).contains("one face was found"));
        let two = [one[0].clone(), face_at(30.0, 30.0, 20.0)];
        assert!(message(&two, 7).contains("2 faces were found, choose 0 (the largest) to 1"));
        assert!(choose_face(&two, FaceChoice::Index(1), &portrait()).is_ok());
    }
}
