//! What the networks see of a portrait, and where frames show it.

use std::borrow::Cow;

use gaze_face::faces::{Face, FaceModels};
use gaze_face::{Portrait, PrepareRequest};
use gaze_rig::{Rect, Result, Size};

use crate::math::affine::Affine;
use crate::math::crop::{CROP_SIDE, Crop};

/// Longer side of the picture that the crop is taken from, in pixels: the reference's limit.
pub(crate) const SOURCE_SIDE: u32 = 1280;

/// A face as the networks see it, and as frames show it. Where frames show a part of the source, the networks see as much
/// around the face as without, from the source itself.
pub(crate) struct Framing<'a> {
    /// What the networks' crop is taken from.
    pub(crate) seen: Cow<'a, Portrait>,
    /// In pixels of it.
    pub(crate) face: Face,
    /// What frames show.
    pub(crate) frame: Cow<'a, Portrait>,
    /// From pixels of what is seen to those of the frame.
    pub(crate) to_frame: Affine,
    /// The face in pixels of the frame.
    pub(crate) face_in_frame: Face,
    /// The part of the source that frames show.
    pub(crate) crop: Option<Rect>,
}

impl<'a> Framing<'a> {
    /// For a face in pixels of `seen`, which shows all of the source.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`](gaze_rig::ErrorKind::Engine) where a model fails.
    pub(crate) fn of(
        request: &'a PrepareRequest<'_>,
        models: &FaceModels,
        seen: &'a Portrait,
        face: &Face,
    ) -> Result<Self> {
        let source = request.source();
        let in_source = face.resized(seen.size(), source.size());
        let crop = request.options().crop.around(&in_source, source.size());
        let frame = request.framed(crop)?;
        let Some(part) = crop else {
            return Ok(Self {
                to_frame: Affine::resizing(seen.size(), frame.size()),
                face_in_frame: face.resized(seen.size(), frame.size()),
                seen: Cow::Borrowed(seen),
                face: face.clone(),
                frame,
                crop,
            });
        };
        let shown = surroundings(part, &Crop::from_face(&in_source)?, source.size());
        let seen = source.part(shown, SOURCE_SIDE)?;
        let [right, down] =
            [(shown.x, part.x), (shown.y, part.y)].map(|(of, to)| f64::from(of) - f64::from(to));
        let face = models.look_again(&seen, &in_source.in_part(shown, seen.size()))?;
        let to_frame = Affine::resizing(part.size(), frame.size())
            .after(&Affine([[1.0, 0.0, right], [0.0, 1.0, down]]))
            .after(&Affine::resizing(seen.size(), shown.size()));
        let face_in_frame = face.out_of_part(shown, seen.size()).in_part(part, frame.size());
        Ok(Self { seen: Cow::Owned(seen), face, frame, to_frame, face_in_frame, crop })
    }
}

impl Framing<'_> {
    /// Another face of `whole`, which shows all of the source, in pixels of the frame; it may lie outside.
    pub(crate) fn in_frame(&self, face: &Face, whole: &Portrait, source: &Portrait) -> Face {
        let Some(part) = self.crop else {
            return face.resized(whole.size(), self.frame.size());
        };
        face.resized(whole.size(), source.size()).in_part(part, self.frame.size())
    }
}

/// `part` and all that the networks' crop covers, within the picture.
fn surroundings(part: Rect, crop: &Crop, picture: Size) -> Rect {
    let side = f64::from(CROP_SIDE);
    let corners = [[0.0, 0.0], [side, 0.0], [0.0, side], [side, side]]
        .map(|corner| crop.from_crop.apply(corner));
    let range = |axis: usize, start: u32, length: u32, limit: u32| {
        let along = corners.map(|corner| corner[axis]);
        let low = along.into_iter().fold(f64::from(start), f64::min);
        let high = along.into_iter().fold(f64::from(start + length), f64::max);
        // Casts clamp at 0.
        let (start, end) = (low.floor() as u32, (high.ceil() as u32).min(limit));
        (start, end - start)
    };
    let (x, width) = range(0, part.x, part.width, picture.width);
    let (y, height) = range(1, part.y, part.height, picture.height);
    Rect { x, y, width, height }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_face::{Crop as PortraitCrop, Frame, PrepareOptions};

    #[test]
    fn the_networks_see_beyond_what_frames_show() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png");
        let astronaut = Portrait::open(path).unwrap();
        // In the middle of a picture of 1800 x 1300 pixels.
        let mut wide = Frame::new(Size { width: 1800, height: 1300 });
        wide.pixels_mut().fill(90);
        let stride = 1800 * 4;
        for (y, row) in astronaut.frame().view().rows().enumerate() {
            wide.pixels_mut()[(y + 400) * stride + 700 * 4..][..row.len()].copy_from_slice(row);
        }
        wide.pixels_mut().chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
        let source = Portrait::from_frame(wide).unwrap();
        let options = PrepareOptions::default().with_crop(PortraitCrop::Head);
        let request = PrepareRequest::new(&source, 128).with_options(options);
        let models = FaceModels::embedded().unwrap();
        let seen = source.resized(SOURCE_SIDE);
        let face = models.find_faces(&seen).unwrap().swap_remove(0);
        let framing = Framing::of(&request, &models, &seen, &face).unwrap();
        assert_eq!(framing.frame.size().width.max(framing.frame.size().height), 128);
        let part = framing.crop.unwrap();
        // More than the head, with the source's own pixels.
        assert!(framing.seen.size().width > part.width + 10, "{:?}", framing.seen.size());
        let width = |face: &Face| face.bounds()[2] - face.bounds()[0];
        let shrunk = seen.size().width as f32 / source.size().width as f32;
        assert!((width(&framing.face) * shrunk / width(&face) - 1.0).abs() < 0.05);
        // Where it lies in frames, by the models and by the map.
        let found = models.find_faces(&framing.frame).unwrap().swap_remove(0);
        let (nose, expected) = (found.mesh[1], framing.face_in_frame.mesh[1]);
        assert!(
            (nose[0] - expected[0]).hypot(nose[1] - expected[1]) < 1.5,
            "{nose:?} {expected:?}"
        );
        let [x, y, _] = framing.face.mesh[1].map(f64::from);
        let mapped = framing.to_frame.apply([x, y]);
        assert!((mapped[0] - f64::from(expected[0])).abs() < 0.01);
        assert!((mapped[1] - f64::from(expected[1])).abs() < 0.01);
    }
}
