//! Portraits made smaller as LivePortrait's own program does it, for those who compare with it.

use gaze_face::{Portrait, PrepareRequest};
use gaze_rig::{Rect, Result, Size};

use crate::math::linear_resize::resize_linear;
use crate::run::framing::SOURCE_SIDE;

/// What LivePortrait's own program makes of a picture before it looks for a face: its longer side at most 1280 pixels and
/// the other in proportion, rounded down; then the last column and row left out where their number is odd.
pub(crate) struct ReferencePicture {
    portrait: Portrait,
    /// Before anything was left out.
    resized: Size,
    source: Size,
}

impl ReferencePicture {
    /// Of the picture that is to be prepared.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidInput`](gaze_rig::ErrorKind::InvalidInput) where its shorter side gets too short.
    pub(crate) fn of(request: &PrepareRequest<'_>) -> Result<Self> {
        let picture = request.source();
        let (source, resized) = (picture.size(), limited(picture.size()));
        let even = Size { width: resized.width & !1, height: resized.height & !1 };
        let smaller = (resized != source).then(|| resize_linear(picture.frame(), resized));
        let whole = smaller.as_ref().unwrap_or(picture.frame());
        let portrait = Portrait::from_frame(whole.view().part(Rect::covering(even))?.to_frame())?;
        Ok(Self { portrait, resized, source })
    }

    /// To prepare this picture instead of that of `request`.
    pub(crate) fn request(&self, request: &PrepareRequest<'_>) -> PrepareRequest<'_> {
        let share = |to: u32, from: u32| to as f32 / from as f32;
        let face = request.options().face.scaled([
            share(self.resized.width, self.source.width),
            share(self.resized.height, self.source.height),
        ]);
        PrepareRequest::new(&self.portrait, request.max_size())
            .with_options(request.options().with_face(face))
    }

    /// A part of this picture in pixels of the source, rounded outwards.
    pub(crate) fn in_source(&self, part: Rect) -> Rect {
        let span = |start: u32, length: u32, from: u32, to: u32| {
            let scaled = |v: u32| u64::from(v) * u64::from(to);
            let first = scaled(start) / u64::from(from);
            let end = scaled(start + length).div_ceil(u64::from(from));
            (first as u32, (end - first) as u32)
        };
        let (resized, source) = (self.resized, self.source);
        let (x, width) = span(part.x, part.width, resized.width, source.width);
        let (y, height) = span(part.y, part.height, resized.height, source.height);
        Rect { x, y, width, height }
    }
}

fn limited(size: Size) -> Size {
    let longer = size.width.max(size.height);
    if longer <= SOURCE_SIDE {
        return size;
    }
    let side = |side: u32| (u64::from(side) * u64::from(SOURCE_SIDE) / u64::from(longer)) as u32;
    Size { width: side(size.width), height: side(size.height) }
}

#[cfg(test)]
mod tests {
    use gaze_face::{FaceChoice, PrepareOptions};
    use gaze_rig::Frame;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::math::affine::Rgb;

    fn astronaut() -> Portrait {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/astronaut.png");
        Portrait::open(path).unwrap()
    }

    /// The astronaut side by side as often as it takes.
    fn tiled(width: u32, height: u32) -> Portrait {
        let tile = astronaut();
        let pixel = |i: u32| tile.frame().pixel(i % width % 512, i / width % 512);
        let pixels = (0..width * height).flat_map(pixel).collect();
        Portrait::from_frame(Frame::from_pixels(Size { width, height }, pixels).unwrap()).unwrap()
    }

    fn digest(picture: &Portrait) -> String {
        format!("{:x}", Sha256::digest(Rgb::from_frame(picture.frame()).pixels))
    }

    #[test]
    fn pictures_are_the_references() {
        // By cv2.resize of OpenCV 4.10.0 and NumPy's slices: 1713 x 1391 become 1280 x 1039, of which the last row goes.
        let source = tiled(1713, 1391);
        let picture = ReferencePicture::of(&PrepareRequest::new(&source, 512)).unwrap();
        assert_eq!(picture.portrait.size(), Size { width: 1280, height: 1038 });
        assert_eq!(
            digest(&picture.portrait),
            "ab2a4640f4371a8ec2745171b131727531c131c0fb6d71e1c7920e4d66ba37f2"
        );
        // Small ones are cut only.
        let source = tiled(333, 501);
        let picture = ReferencePicture::of(&PrepareRequest::new(&source, 512)).unwrap();
        assert_eq!(picture.portrait.size(), Size { width: 332, height: 500 });
        assert_eq!(
            digest(&picture.portrait),
            "ac1e4812611bce61a83c0ac18d20fae74833c650f09c0fda5ef03b34780137e7"
        );
    }

    #[test]
    fn the_other_side_is_rounded_down() {
        let limited = |width, height| {
            let size = limited(Size { width, height });
            (size.width, size.height)
        };
        assert_eq!(limited(3024, 4032), (960, 1280));
        assert_eq!(limited(4000, 2251), (1280, 720));
        assert_eq!(limited(2251, 4000), (720, 1280));
        assert_eq!(limited(1280, 1279), (1280, 1279));
    }

    #[test]
    fn faces_and_parts_are_named_in_pixels_of_the_source() {
        let source = tiled(2561, 1281);
        let face = FaceChoice::At { x: 2000.0, y: 1000.0 };
        let request = PrepareRequest::new(&source, 400)
            .with_options(PrepareOptions::default().with_face(face));
        let picture = ReferencePicture::of(&request).unwrap();
        let inner = picture.request(&request);
        assert_eq!(inner.source().size(), Size { width: 1280, height: 640 });
        assert_eq!(inner.portrait().size(), Size { width: 400, height: 200 });
        let FaceChoice::At { x, y } = inner.options().face else { panic!("another face") };
        assert!((x - 999.6).abs() < 0.01 && (y - 499.6).abs() < 0.01, "{x}, {y}");
        let part = picture.in_source(Rect { x: 100, y: 50, width: 1180, height: 590 });
        assert_eq!(part, Rect { x: 200, y: 100, width: 2361, height: 1181 });
        assert!(part.is_within(source.size()));
    }
}
