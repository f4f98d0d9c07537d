//! Pasting by itself.

use gaze_rig::{Frame, Size};

use crate::math::affine::Affine;
use crate::math::crop::{CROP_SIDE, Crop};
use crate::math::paste::Paste;

/// Decoded crops into frames.
pub struct PasteKernel(Paste);

impl PasteKernel {
    /// Into frames like `portrait`, which are shrunk from a picture of size `picture`. The crop lies in the middle, turned by
    /// three degrees; a pixel of it is `scale` pixels of a frame.
    pub fn new(portrait: Frame, picture: Size, scale: f64) -> Self {
        let to_frame = Affine::resizing(picture, portrait.size());
        let scale = scale * f64::from(picture.width) / f64::from(portrait.size().width);
        let (sin, cos) = 3f64.to_radians().sin_cos();
        let (a, b, half) = (scale * cos, scale * sin, f64::from(CROP_SIDE) / 2.0);
        let [x, y] = [picture.width, picture.height].map(|side| f64::from(side) / 2.0);
        let from_crop = Affine([[a, -b, x - half * (a - b)], [b, a, y - half * (a + b)]]);
        Self(Paste::new(portrait, &to_frame, &Crop { to_crop: from_crop.inverse(), from_crop }))
    }

    /// Makes `frame` the portrait with the decoded crop in it: 512 x 512 x 3 bytes.
    pub fn paste(&self, decoded: &[u8], frame: &mut Frame) {
        self.0.paste(decoded, frame);
    }
}
