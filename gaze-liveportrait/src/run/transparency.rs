//! How transparent frames are: as the portrait is, and as a removed background leaves them.

use std::borrow::Cow;
use std::sync::Arc;

use gaze_face::faces::{Face, FaceModels, PersonMask};
use gaze_face::matting::{Head, OwnAlpha, OwnPart, channels, cut_out, person_matte};
use gaze_face::portrait::flatten_over;
use gaze_face::{Portrait, PrepareOptions};
use gaze_rig::{Frame, Result};

use crate::math::paste::Paste;
use crate::run::cutout::Cutout;

/// What a portrait's own transparency is, found before anything is pasted.
pub(crate) struct OwnTransparency<'a> {
    portrait: &'a Portrait,
    own: OwnAlpha<'a>,
    /// In pixels of the portrait.
    face: Face,
    /// Who is not meant.
    others: &'a [Face],
    /// Where the frames' person is looked for.
    mask: Option<PersonMask>,
    is_cut_out: bool,
}

impl<'a> OwnTransparency<'a> {
    /// Of a portrait in the size of the frames; `face` and the `others`, who are not meant, in pixels of it.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`](gaze_rig::ErrorKind::Engine) where the mask model fails.
    pub(crate) fn of(
        models: &FaceModels,
        portrait: &'a Portrait,
        face: Face,
        others: &'a [Face],
        options: &PrepareOptions,
    ) -> Result<Self> {
        let own = OwnAlpha::of(portrait.frame());
        let is_needed = options.remove_background || own.alpha.is_some();
        let mask = is_needed.then(|| own.person_mask(models, portrait, &face)).transpose()?;
        let head = Head::of(&face);
        let is_cut_out = mask.as_ref().is_some_and(|mask| own.is_cut_out(&head, mask));
        Ok(Self { portrait, own, face, others, mask, is_cut_out })
    }

    /// A picture like the portrait, opaque, as the networks shall see it.
    pub(crate) fn seen<'b>(&self, picture: &'b Portrait) -> Cow<'b, Frame> {
        // A person who was cut out needs a plain background, a picture with corners none.
        if self.is_cut_out { picture.flattened() } else { OwnAlpha::of(picture.frame()).colors }
    }

    /// How frames are finished that `paste` made of [`seen`](Self::seen).
    ///
    /// # Errors
    /// [`ErrorKind::Engine`](gaze_rig::ErrorKind::Engine) where the mask model fails.
    pub(crate) fn finishing(
        self,
        models: Arc<FaceModels>,
        paste: &Paste,
        options: &PrepareOptions,
    ) -> Result<Transparency> {
        let Self { portrait, own, face, others, mask, is_cut_out } = self;
        let background = options.background;
        let shape =
            own.alpha.as_ref().filter(|_| !is_cut_out).map(|alpha| {
                alpha.values.iter().map(|alpha| (alpha * 255.0 + 0.5) as u8).collect()
            });
        let Some(mut mask) = mask.filter(|_| is_cut_out || options.remove_background) else {
            return Ok(Transparency { cutout: None, shape, background });
        };
        let head = Head::of(&face);
        let rgb = channels(&own.colors);
        let part = OwnPart::find(&face, others, &mask, &rgb);
        part.keep(&mut mask);
        let still = match &own.alpha {
            Some(alpha) if is_cut_out => {
                let person = own.person(&head, &mask).filter(|_| options.remove_background);
                own.with_alpha(person.as_ref().unwrap_or(alpha))
            }
            _ => cut_out(portrait.frame(), &rgb, &person_matte(&head, &mask, &rgb), &head),
        };
        let cutout = Some(Cutout::new(models, face, still, mask, &part, paste));
        Ok(Transparency { cutout, shape, background })
    }
}

/// Makes pasted frames as transparent as they are to be.
pub(crate) struct Transparency {
    cutout: Option<Cutout>,
    /// Alpha of every frame, where the portrait has another shape than a rectangle.
    shape: Option<Vec<u8>>,
    background: Option<[u8; 3]>,
}

impl Transparency {
    /// Whether frames have transparent pixels.
    pub(crate) fn is_seen(&self) -> bool {
        self.background.is_none() && (self.cutout.is_some() || self.shape.is_some())
    }

    /// Finishes a frame that was just pasted.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`](gaze_rig::ErrorKind::Engine) where the mask model fails.
    pub(crate) fn apply(&self, paste: &Paste, frame: &mut Frame) -> Result<()> {
        if let Some(cutout) = &self.cutout {
            cutout.cut(paste, frame)?;
        }
        if let Some(shape) = &self.shape {
            let (pixels, _) = frame.pixels_mut().as_chunks_mut::<4>();
            for (pixel, seen) in pixels.iter_mut().zip(shape) {
                match pixel[3].min(*seen) {
                    0 => *pixel = [0; 4],
                    alpha => pixel[3] = alpha,
                }
            }
        }
        if let Some(color) = self.background {
            flatten_over(frame, color);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::affine::Affine;
    use crate::math::crop::Crop;
    use gaze_rig::Size;

    #[test]
    fn frames_keep_the_shape_or_lie_on_the_colour() {
        let size = Size { width: 64, height: 64 };
        let pixels = (0..size.area()).flat_map(|_| [200, 100, 50, 255]).collect();
        let portrait = Frame::from_pixels(size, pixels).unwrap();
        let mut points = vec![[32.0, 32.0]; 478];
        (points[0], points[14]) = ([32.0, 20.0], [32.0, 44.0]);
        (points[468], points[473]) = ([28.0, 30.0], [36.0, 30.0]);
        let paste = Paste::new(
            portrait.clone(),
            &Affine::resizing(size, size),
            &Crop::from_landmarks(&points).unwrap(),
        );
        let shape: Vec<u8> = (0..size.area()).map(|i| (i % 256) as u8).collect();
        let finished = |background| {
            let mut frame = portrait.clone();
            let transparency =
                Transparency { cutout: None, shape: Some(shape.clone()), background };
            transparency.apply(&paste, &mut frame).unwrap();
            (transparency.is_seen(), frame)
        };
        let (is_seen, frame) = finished(None);
        assert!(is_seen);
        assert_eq!([frame.pixel(0, 0), frame.pixel(9, 0)], [[0; 4], [200, 100, 50, 9]]);
        let (is_seen, frame) = finished(Some([0, 0, 255]));
        assert!(!is_seen);
        assert_eq!(
            [frame.pixel(0, 0), frame.pixel(63, 3)],
            [[0, 0, 255, 255], [200, 100, 50, 255]]
        );
    }
}
