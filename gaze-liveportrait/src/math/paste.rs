//! Decoded crops back into the portrait.

use gaze_rig::{Frame, Rect, Size};

use crate::math::affine::{Affine, Origins, warp};
use crate::math::crop::{CROP_SIDE, Crop};
use crate::math::texture::Texture;

/// The crop as it is decoded.
const DECODED_SIZE: Size = Size { width: CROP_SIDE, height: CROP_SIDE };
/// Pixels of the crop over which it fades into the portrait.
const FADE: f64 = 16.0;
/// Frame pixels a crop pixel: with fewer, bilinear samples would skip pixels of the crop.
const SHRINK_BELOW: f64 = 0.75;

/// All that pasting needs and that is the same for every frame.
#[derive(Debug, Clone)]
pub(crate) struct Paste {
    portrait: Frame,
    rect: Rect,
    /// Where the pixels of `rect` lie in the crop, once that is shrunk to `crop_size`.
    origins: Origins,
    /// How much of each pixel of `rect` is decoded: 0 to 255.
    mask: Vec<u8>,
    crop_size: Size,
}

impl Paste {
    /// Into frames like `portrait`; `to_frame` leads there from the pixels that `crop` counts.
    pub(crate) fn new(portrait: Frame, to_frame: &Affine, crop: &Crop) -> Self {
        let to_frame = to_frame.after(&crop.from_crop);
        let crop_size = crop_size(&to_frame);
        let to_frame = to_frame.after(&Affine::resizing(crop_size, DECODED_SIZE));

        let fading = Texture::new(crop_size, fading_mask(crop_size.width).map(|mask| [mask; 3]));
        let mask = |rect: Rect| -> Vec<u8> {
            warp(&fading, &to_frame, rect).into_iter().step_by(3).collect()
        };
        let within = bounds(&to_frame, crop_size, portrait.size());
        let rect = covered(within, &mask(within));
        let mask = mask(rect);
        Self { portrait, rect, origins: Origins::new(&to_frame, rect), mask, crop_size }
    }

    /// Outside of it every frame equals the portrait. Empty where the crop misses the picture.
    pub(crate) fn rect(&self) -> Rect {
        self.rect
    }

    /// How much of each pixel of [`rect`](Self::rect) is decoded: 0 to 255, rows top to bottom.
    pub(crate) fn mask(&self) -> &[u8] {
        &self.mask
    }

    /// Makes `frame` the portrait with the decoded crop in it: 512 x 512 x 3 bytes, RGB. The alpha stays
    /// the portrait's.
    ///
    /// # Panics
    /// Where `decoded` has another length or `frame` another size.
    pub(crate) fn paste(&self, decoded: &[u8], frame: &mut Frame) {
        assert_eq!(frame.size(), self.portrait.size(), "a frame of the portrait's size");
        assert_eq!(decoded.len(), DECODED_SIZE.area() * 3, "pixels of a decoded crop");
        frame.pixels_mut().copy_from_slice(self.portrait.pixels());
        let mut crop = Texture::new(DECODED_SIZE, decoded.as_chunks().0.iter().copied());
        if self.crop_size != DECODED_SIZE {
            crop = crop.shrunk(self.crop_size);
        }
        let (left, width) = (self.rect.x as usize, self.rect.width as usize);
        let lines = frame.pixels_mut().chunks_exact_mut(self.portrait.size().width as usize * 4);
        let lines = lines.skip(self.rect.y as usize);
        let masks = self.mask.chunks_exact(width.max(1));
        for ((line, mask), positions) in lines.zip(masks).zip(self.origins.rows()) {
            let pixels = &mut line.as_chunks_mut().0[left..left + width];
            for ((pixel, &mask), position) in pixels.iter_mut().zip(mask).zip(positions) {
                if mask > 0 {
                    *pixel = blended(*pixel, crop.sample(position), mask);
                }
            }
        }
    }
}

/// In single precision and truncated, as the reference does it.
#[inline]
fn blended(portrait: [u8; 4], decoded: [u8; 3], mask: u8) -> [u8; 4] {
    let [r, g, b, alpha] = portrait;
    if mask == u8::MAX {
        let [r, g, b] = decoded;
        return [r, g, b, alpha];
    }
    let share = f32::from(mask) / 255.0;
    let mix = |old: u8, new: u8| (share * f32::from(new) + (1.0 - share) * f32::from(old)) as u8;
    [mix(r, decoded[0]), mix(g, decoded[1]), mix(b, decoded[2]), alpha]
}

/// The size to sample the crop at: its own, or about the one it has in the frame.
fn crop_size(to_frame: &Affine) -> Size {
    let scale = to_frame.determinant().abs().sqrt();
    if scale >= SHRINK_BELOW {
        return DECODED_SIZE;
    }
    let side = ((f64::from(CROP_SIDE) * scale).round() as u32).max(1);
    Size { width: side, height: side }
}

/// How much of each pixel of a square crop is pasted: 255 inside, falling to 0 towards the edges.
fn fading_mask(side: u32) -> impl Iterator<Item = u8> {
    let fade = (FADE * f64::from(side) / f64::from(CROP_SIDE)).max(1.0);
    // The reference counts its last pixel as inside the fade, so that the last samples are a shade
    // too dark. In a shrunk crop that would show: there the last pixel is 0, like the first.
    let edge = if side == CROP_SIDE { 0.0 } else { 1.0 };
    let (first, last) = (fade, f64::from(side) - edge - fade);
    let beyond = move |v: u32| (first - f64::from(v)).max(f64::from(v) - last).max(0.0);
    (0..side)
        .flat_map(move |y| (0..side).map(move |x| beyond(x).hypot(beyond(y))))
        .map(move |distance| (255.0 * (1.0 - distance / fade).clamp(0.0, 1.0)) as u8)
}

/// The part of a frame that a crop can reach.
fn bounds(to_frame: &Affine, crop: Size, frame: Size) -> Rect {
    let (right, bottom) = (f64::from(crop.width), f64::from(crop.height));
    let corners = [[-1.0, -1.0], [right, -1.0], [-1.0, bottom], [right, bottom]]
        .map(|corner| to_frame.apply(corner));
    let range = |axis: usize, side: u32| {
        let along = corners.map(|corner| corner[axis]);
        let low = along.into_iter().fold(f64::MAX, f64::min);
        let high = along.into_iter().fold(f64::MIN, f64::max);
        // A pixel more on each side: positions are rounded. Casts clamp at 0.
        let end = ((high + 2.0) as u32).min(side);
        let start = ((low - 1.0) as u32).min(end);
        (start, end - start)
    };
    let ((x, width), (y, height)) = (range(0, frame.width), range(1, frame.height));
    Rect { x, y, width, height }
}

/// The smallest rectangle of `within` where its mask is above 0.
fn covered(within: Rect, mask: &[u8]) -> Rect {
    let (mut low, mut high) = ([u32::MAX; 2], [0; 2]);
    let rows = mask.chunks_exact(within.width.max(1) as usize);
    for (y, row) in (within.y..).zip(rows) {
        for (x, _) in (within.x..).zip(row).filter(|(_, mask)| **mask > 0) {
            for (i, v) in [x, y].into_iter().enumerate() {
                low[i] = low[i].min(v);
                high[i] = high[i].max(v + 1);
            }
        }
    }
    if high[0] == 0 {
        return Rect { x: within.x, y: within.y, width: 0, height: 0 };
    }
    Rect { x: low[0], y: low[1], width: high[0] - low[0], height: high[1] - low[1] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::affine::Rgb;
    use crate::math::golden::{self, cut_out};
    use gaze_face::Portrait;

    /// An opaque frame.
    fn frame_of(picture: &Rgb) -> Frame {
        let mut frame = Frame::new(picture.size);
        for (out, pixel) in
            frame.pixels_mut().chunks_exact_mut(4).zip(picture.pixels.chunks_exact(3))
        {
            out[..3].copy_from_slice(pixel);
            out[3] = 255;
        }
        frame
    }

    fn pixels(size: Size, pixel: impl Fn(f32, f32) -> [u8; 3]) -> Rgb {
        let at =
            |i: usize| pixel((i % size.width as usize) as f32, (i / size.width as usize) as f32);
        Rgb { size, pixels: (0..size.area()).flat_map(at).collect() }
    }

    /// 512 px of a picture of 1280 x 1024 around (`x`, `y`), turned, `side` pixels wide.
    fn crop_at(x: f32, y: f32, side: f32) -> Crop {
        // What `crop` makes of the landmarks' height, the wrong way round.
        let reach = side / 2.3;
        let y = y + side * 0.125;
        let mut points = vec![[x, y]; 478];
        (points[0], points[14]) = ([x, y - reach / 2.0], [x, y + reach / 2.0]);
        (points[468], points[473]) = ([x - 9.0, y - 11.0], [x + 9.0, y - 9.0]);
        Crop::from_landmarks(&points).unwrap()
    }

    const SOURCE: Size = Size { width: 1280, height: 1024 };

    /// Smooth, and different everywhere.
    fn hills() -> Rgb {
        let wave = |v: f32| (127.0 + 120.0 * v.sin()) as u8;
        pixels(SOURCE, |x, y| [wave(x / 90.0), wave(y / 70.0), wave((x + y) / 110.0)])
    }

    /// Into frames that show the whole picture of size `source`.
    fn onto(portrait: Frame, source: Size, crop: &Crop) -> Paste {
        let to_frame = Affine::resizing(source, portrait.size());
        Paste::new(portrait, &to_frame, crop)
    }

    #[test]
    fn a_frame_is_the_references() {
        for golden in golden::sets() {
            let source = golden.picture("source.png");
            let array = golden.array("source.npz", "M_c2o");
            let from_crop = Affine([0, 1].map(|row| [0, 1, 2].map(|i| array[row * 3 + i])));
            let mut crop = crop_at(300.0, 300.0, 300.0);
            crop.from_crop = from_crop;
            let paste = onto(frame_of(&source), source.size, &crop);
            let mut frame = Frame::new(source.size);
            paste.paste(&golden.picture("decoded_r14_c15.png").pixels, &mut frame);

            let part = golden.part("frame_part", source.size);
            let (actual, expected) = (Rgb::from_frame(&frame), golden.picture("frame_r14_c15.png"));
            assert!(cut_out(&actual, part) == cut_out(&expected, part));
        }
    }

    #[test]
    fn only_the_rectangle_and_never_the_alpha_changes() {
        let mut portrait = frame_of(&hills());
        for (i, pixel) in portrait.pixels_mut().chunks_exact_mut(4).enumerate() {
            pixel[3] = (i % 251) as u8;
        }
        let paste = onto(portrait.clone(), SOURCE, &crop_at(1100.0, 300.0, 500.0));
        let rect = paste.rect();
        assert!(rect.x > 800 && rect.x + rect.width == 1280, "{rect:?}");
        let mut frame = Frame::new(SOURCE);
        paste.paste(&vec![0; DECODED_SIZE.area() * 3], &mut frame);

        let inside = |x: u32, y: u32| {
            (rect.x..rect.x + rect.width).contains(&x)
                && (rect.y..rect.y + rect.height).contains(&y)
        };
        let (mut first, mut last) = (u32::MAX, 0);
        for (x, y) in (0..SOURCE.height).flat_map(|y| (0..SOURCE.width).map(move |x| (x, y))) {
            let (actual, before) = (frame.pixel(x, y), portrait.pixel(x, y));
            assert_eq!(actual[3], before[3]);
            if actual != before {
                assert!(inside(x, y), "({x}, {y}) changed outside of {rect:?}");
                (first, last) = (first.min(y), last.max(y));
            }
        }
        // Rows where the mask is below 1/255 of a change show nothing.
        assert!(first <= rect.y + 2 && last + 3 >= rect.y + rect.height);
        assert_eq!(frame.pixel(1100, 300)[..3], [0; 3], "the middle is all decoded");
    }

    #[test]
    fn a_crop_of_the_portrait_changes_nothing_at_any_size() {
        let source = hills();
        let full = Portrait::from_frame(frame_of(&source)).unwrap();
        let crop = crop_at(700.0, 420.0, 600.0);
        let decoded = crop.cut(&source).pixels;
        // The last two are shrunk before they are pasted.
        for side in [1280, 1100, 640, 200] {
            let portrait = full.resized(side);
            let paste = onto(portrait.frame().clone(), SOURCE, &crop);
            let mut frame = Frame::new(portrait.size());
            paste.paste(&decoded, &mut frame);
            assert!(paste.rect().width * 3 > side, "{:?}", paste.rect());
            let differences = frame.pixels().iter().zip(portrait.frame().pixels());
            let most = differences.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            // The reference's fade ends a shade too dark on the right and at the bottom.
            let allowed = if side > 1000 { 4 } else { 1 };
            assert!(most <= allowed, "{most} grey levels at {side} px");
        }
    }

    #[test]
    fn small_frames_do_not_alias() {
        let checkers = pixels(DECODED_SIZE, |x, y| [255 * ((x + y) as u32 % 2) as u8; 3]);
        let size = Size { width: 320, height: 256 };
        let portrait = frame_of(&pixels(size, |_, _| [128; 3]));
        let paste = onto(portrait, SOURCE, &crop_at(640.0, 512.0, 700.0));
        let mut frame = Frame::new(size);
        paste.paste(&checkers.pixels, &mut frame);
        let levels = frame.pixels().chunks_exact(4).map(|pixel| pixel[0]);
        let (low, high) = levels.fold((255, 0), |(low, high), v| (v.min(low), v.max(high)));
        assert!(low > 90 && high < 165, "{low} to {high}");
    }

    #[test]
    fn a_crop_beside_the_picture_changes_nothing() {
        let portrait = frame_of(&hills());
        for (x, y) in [(-3000.0, 500.0), (500.0, 5000.0), (9000.0, -9000.0)] {
            let paste = onto(portrait.clone(), SOURCE, &crop_at(x, y, 500.0));
            assert_eq!((paste.rect().width, paste.rect().height), (0, 0));
            let mut frame = Frame::new(SOURCE);
            paste.paste(&vec![7; DECODED_SIZE.area() * 3], &mut frame);
            assert!(frame == portrait);
        }
    }

    #[test]
    fn the_mask_fades_over_sixteen_pixels() {
        let mask: Vec<u8> = fading_mask(CROP_SIDE).collect();
        let row = |y: usize| &mask[y * 512..(y + 1) * 512];
        assert_eq!(
            row(256)[..18],
            [0, 15, 31, 47, 63, 79, 95, 111, 127, 143, 159, 175, 191, 207, 223, 239, 255, 255]
        );
        assert_eq!(row(256)[495..498], [255, 255, 239]);
        assert_eq!(row(256)[511], 15);
        assert_eq!(row(4)[4], 0, "corners are round");
    }
}
