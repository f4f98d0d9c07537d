//! Which of several faces is meant.

use super::{Face, FaceChoice};
use crate::{Error, ErrorKind, Portrait, Result};

/// The face that `choice` names among `faces`, the result of
/// [`find_faces`](super::FaceModels::find_faces) for `portrait`.
///
/// # Errors
/// [`NoFace`](ErrorKind::NoFace) where there is no face, or none with the index asked for.
pub fn choose_face<'a>(
    faces: &'a [Face],
    choice: FaceChoice,
    portrait: &Portrait,
) -> Result<&'a Face> {
    let none = |message: String| Error::new(ErrorKind::NoFace, message);
    let largest = faces.first().ok_or_else(|| {
        none("no human face was found: use a portrait with a face that looks at the camera".into())
    })?;
    match choice {
        FaceChoice::Largest => Ok(largest),
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
            // Of several boxes around the point the one whose middle is nearest.
            let key = |face: &Face| (face.distance_to(point), face.distance_to_center(point));
            let nearest = faces.iter().min_by(|a, b| {
                let (a, b) = (key(a), key(b));
                a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
            });
            Ok(nearest.expect("not empty: there is a largest"))
        }
    }
}
