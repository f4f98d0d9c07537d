//! The pictures that a rig draws from, at one size of its frames.

use std::borrow::Cow;

use super::parts::{Backdrop, RigParts};
use super::reach::Reach;
use super::{Texture, Warp};
use crate::frame::{Frame, Rect, Size};
use crate::layers::{Layers, Plane};
use crate::resample;

/// The least room around the person whose background is not trusted, in pixels of a frame.
const LEAST_FRINGE: f32 = 1.0;
/// Most nodes of a field that one is taken for where frames are small.
const MOST_THINNED: usize = 8;

/// A rig's pictures and fields, fit for frames of one size.
#[derive(Debug, Clone)]
pub(super) struct Surface {
    pub(super) size: Size,
    /// Which frame pixel shows which part of the picture.
    pub(super) scale: Scale,
    /// The frame at rest; none where that is the picture itself.
    rest: Option<Frame>,
    /// What shows behind the person; none where frames are transparent.
    pub(super) background: Option<Frame>,
    pub(super) person: Texture,
    /// What any pose may change, in pixels of the frame.
    pub(super) moving: Rect,
    pub(super) reach: Reach,
    /// The fields, as dense as these frames need, where they move anything.
    pub(super) head: Warp,
    pub(super) features: Warp,
    /// How much of each pixel is seen, in bytes; none where all is.
    mask: Option<Vec<u8>>,
}

/// Frame pixels a picture pixel, along each axis. Centres of pixels lie at whole numbers in both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale(pub(super) [f32; 2]);

impl Scale {
    fn between(picture: Size, frame: Size) -> Self {
        Self([
            frame.width as f32 / picture.width as f32,
            frame.height as f32 / picture.height as f32,
        ])
    }

    /// Place in the picture of a frame's column (`axis` 0) or line (1).
    #[inline]
    pub(super) fn to_picture(self, axis: usize, at: u32) -> f32 {
        (at as f32 + 0.5) / self.0[axis] - 0.5
    }

    /// Place in the frame of a place in the picture.
    pub(super) fn to_frame(self, axis: usize, at: f32) -> f32 {
        (at + 0.5) * self.0[axis] - 0.5
    }

    /// Picture pixels from one frame pixel to the next.
    pub(super) fn step(self, axis: usize) -> f32 {
        1.0 / self.0[axis]
    }

    fn smaller(self) -> f32 {
        self.0[0].min(self.0[1])
    }
}

impl Surface {
    /// What frames of `size` are drawn from.
    pub(super) fn new(parts: &RigParts, size: Size) -> Self {
        let scale = Scale::between(parts.picture.size(), size);
        let is_whole = size == parts.picture.size();
        let mut rest = (!is_whole).then(|| resample::resize(&parts.picture, size));
        let picture = rest.as_ref().unwrap_or(&parts.picture);
        let layers = match &parts.backdrop {
            Backdrop::Removed => Layers::without_background(picture),
            Backdrop::Kept { matte, fringe, filling } => {
                let matte =
                    if is_whole { Cow::Borrowed(matte) } else { Cow::Owned(resized(matte, size)) };
                let fringe =
                    if is_whole { *fringe } else { (fringe * scale.smaller()).max(LEAST_FRINGE) };
                let filling = filling.as_ref().map(|filling| (filling, scale.0));
                Layers::over_background(picture, &matte, fringe, filling)
            }
        };
        let moving = scaled(parts.moving, scale, size);
        let person = Texture::from_pixels(size, &layers.person, moving).scaled_by(scale.0);
        // As many nodes a frame pixel as the picture has.
        let every = (scale.step(0).min(scale.step(1)) as usize).clamp(1, MOST_THINNED);
        let fit = |warp: &Warp| warp.thinned(every).trimmed();
        let (head, features) = (fit(&parts.head), fit(&parts.features));
        let reach = Reach::of(&person, parts.version, [&head, &features], moving, scale);
        let background = layers.background;
        let mask = parts.mask.as_ref().map(|mask| {
            let mask = if is_whole { Cow::Borrowed(mask) } else { Cow::Owned(resized(mask, size)) };
            mask.values.iter().map(|seen| (seen * 255.0 + 0.5) as u8).collect::<Vec<u8>>()
        });
        if let Some(mask) = &mask {
            let rest = rest.get_or_insert_with(|| parts.picture.clone());
            let (pixels, _) = rest.pixels_mut().as_chunks_mut::<4>();
            pixels.iter_mut().zip(mask).for_each(|(pixel, seen)| mask_pixel(pixel, *seen));
        }
        Self { size, scale, rest, background, person, moving, reach, head, features, mask }
    }

    /// Makes the moving part of a drawn frame as transparent as it is to be.
    pub(super) fn apply_mask(&self, frame: &mut Frame) {
        let Some(mask) = &self.mask else { return };
        let Rect { x, y, width, height } = self.moving;
        let (pixels, _) = frame.pixels_mut().as_chunks_mut::<4>();
        for line in y as usize..(y + height) as usize {
            let from = line * self.size.width as usize + x as usize;
            let row = from..from + width as usize;
            let seen = mask[row.clone()].iter();
            pixels[row].iter_mut().zip(seen).for_each(|(pixel, seen)| mask_pixel(pixel, *seen));
        }
    }

    /// The frame at rest.
    pub(super) fn rest<'a>(&'a self, parts: &'a RigParts) -> &'a Frame {
        self.rest.as_ref().unwrap_or(&parts.picture)
    }
}

/// What is not seen at all has no colour either.
fn mask_pixel(pixel: &mut [u8; 4], seen: u8) {
    match seen {
        0 => *pixel = [0; 4],
        seen => pixel[3] = seen,
    }
}

/// A rectangle of the picture in pixels of the frame, all that it touches.
fn scaled(rect: Rect, scale: Scale, limit: Size) -> Rect {
    let span = |from: u32, length: u32, axis: usize, limit: u32| {
        let start = (from as f32 * scale.0[axis]).floor().clamp(0.0, (limit - 1) as f32) as u32;
        let end = ((from + length) as f32 * scale.0[axis]).ceil() as u32;
        (start, end.clamp(start + 1, limit) - start)
    };
    let (x, width) = span(rect.x, rect.width, 0, limit.width);
    let (y, height) = span(rect.y, rect.height, 1, limit.height);
    Rect { x, y, width, height }
}

fn resized(matte: &Plane, size: Size) -> Plane {
    let grey = |value: f32| [(value * 255.0 + 0.5) as u8, 0, 0, 255];
    let mut frame = Frame::new(Size { width: matte.width as u32, height: matte.height as u32 });
    for (pixel, value) in frame.pixels_mut().as_chunks_mut::<4>().0.iter_mut().zip(&matte.values) {
        *pixel = grey(*value);
    }
    let frame = resample::resize(&frame, size);
    let values = frame.pixels().as_chunks::<4>().0.iter().map(|p| f32::from(p[0]) / 255.0);
    Plane { values: values.collect(), ..Plane::of_size(size) }
}
