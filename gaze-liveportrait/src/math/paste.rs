//! Decoded crops back into the portrait.

use gaze_rig::{Frame, Rect, Size};

use crate::math::affine::{Affine, Origins, warp};
use crate::math::crop::{CROP_SIDE, Crop};
use crate::math::shrinking::Shrinking;
use crate::math::texture::Texture;

/// The crop as it is decoded.
const DECODED_SIZE: Size = Size { width: CROP_SIDE, height: CROP_SIDE };
/// Pixels of the crop over which it fades into the portrait.
const FADE: f64 = 16.0;
/// Frame pixels a crop pixel: with fewer, bilinear samples skip pixels of the crop.
const SKIPPING_BELOW: f64 = 0.75;
/// Samples a frame pixel, along each axis, of a frame that is shrunk: with fewer it gets harsher than what LivePortrait pastes
/// large.
const FINER: f64 = 1.15;
/// Samples a crop pixel at least. With one each, all samples of an upright crop would lie between its pixels or on them, and
/// be softer or harsher than others.
const LEAST_SAMPLES: f64 = 1.08;

/// All that pasting needs and that is the same for every frame.
#[derive(Debug, Clone)]
pub(crate) struct Paste {
    portrait: Frame,
    rect: Rect,
    sampling: Sampling,
    /// How much of each pixel of `rect` is decoded: 0 to 255.
    mask: Vec<u8>,
}

/// How the pixels of a rectangle of the frame come from the crop.
#[derive(Debug, Clone)]
enum Sampling {
    /// Each is a sample, as in the reference.
    Direct(Origins),
    /// Each is made of several: as if the reference had pasted into a larger frame, and that were shrunk.
    Finer(Shrinking),
}

impl Paste {
    /// Into frames like `portrait`; `to_frame` leads there from the pixels that `crop` counts.
    pub(crate) fn new(portrait: Frame, to_frame: &Affine, crop: &Crop) -> Self {
        let size = portrait.size();
        let finer = finer_size(&crop.from_crop, to_frame, size);
        let to_frame = to_frame.after(&crop.from_crop);
        let sampling = |rect: Rect| match finer {
            None => Sampling::Direct(Origins::new(&to_frame, rect)),
            Some(finer) => {
                let to_finer = Affine::resizing(size, finer).after(&to_frame);
                Sampling::Finer(Shrinking::new(DECODED_SIZE, &to_finer, finer, size, rect))
            }
        };
        let fading = fading(finer.is_none(), scale(&to_frame));
        let mask = |rect: Rect| -> Vec<u8> {
            warp(&fading, &to_frame, rect).into_iter().step_by(3).collect()
        };
        let within = bounds(&to_frame, size);
        let rect = covered(within, &mask(within));
        Self { portrait, rect, sampling: sampling(rect), mask: mask(rect) }
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
        let crop = Texture::new(DECODED_SIZE, decoded.as_chunks().0.iter().copied());
        let (left, width) = (self.rect.x as usize, self.rect.width as usize);
        let lines = frame.pixels_mut().chunks_exact_mut(self.portrait.size().width as usize * 4);
        let lines = lines.skip(self.rect.y as usize);
        let masks = self.mask.chunks_exact(width.max(1));
        let rows = lines.zip(masks).map(|(line, mask)| {
            let pixels = &mut line.as_chunks_mut().0[left..left + width];
            (pixels, mask)
        });
        match &self.sampling {
            Sampling::Direct(origins) => {
                for ((pixels, mask), positions) in rows.zip(origins.rows()) {
                    blend(pixels, mask, positions.map(|position| crop.sample(position)));
                }
            }
            Sampling::Finer(shrinking) => {
                let colors = shrinking.colors(&crop);
                for ((pixels, mask), colors) in rows.zip(colors.chunks_exact(width.max(1))) {
                    blend(pixels, mask, colors.iter().copied());
                }
            }
        }
    }
}

/// Puts decoded colours over a row of the portrait.
#[inline]
fn blend(pixels: &mut [[u8; 4]], mask: &[u8], colors: impl Iterator<Item = [u8; 3]>) {
    for ((pixel, &mask), color) in pixels.iter_mut().zip(mask).zip(colors) {
        if mask > 0 {
            *pixel = blended(*pixel, color, mask);
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

/// Pixels along a side for each there was.
fn scale(map: &Affine) -> f64 {
    map.determinant().abs().sqrt()
}

/// The size of the frame that is pasted into before it is shrunk to `frame`, or none where it is pasted into as it is.
///
/// LivePortrait pastes into the picture that the crop is cut from, and whoever wants less shrinks that. A frame of that
/// size is pasted into directly, bit for bit as LivePortrait does it; one that is smaller is shrunk from it. A size a
/// little above the frame's and the crop's own shows the same detail, and is taken where the picture is larger. Where the
/// crop would lose pixels even in the picture, it is pasted in about its own size.
fn finer_size(from_crop: &Affine, to_frame: &Affine, frame: Size) -> Option<Size> {
    let in_picture = scale(from_crop);
    let in_frame = in_picture * scale(to_frame);
    let most = if in_picture < SKIPPING_BELOW { LEAST_SAMPLES } else { in_picture };
    let pasted = most.min((FINER * in_frame).max(LEAST_SAMPLES));
    // Rounding makes neighbours of sizes that are the same.
    if in_frame >= pasted * 0.9999 || in_frame == 0.0 {
        return None;
    }
    let [[across, ..], [_, down, _]] = to_frame.0;
    let side = |side: u32, shrunk: f64| {
        ((f64::from(side) * pasted / (in_picture * shrunk)).round() as u32).max(side)
    };
    Some(Size { width: side(frame.width, across), height: side(frame.height, down) })
}

/// How much of each pixel of the crop is pasted, for sampling at every pixel of a frame, of which there are so many a crop
/// pixel: bit for bit as the reference has it, or evenly on all sides.
fn fading(is_references: bool, frame_pixels: f64) -> Texture {
    let (fade, last) = if is_references {
        // The reference counts one pixel more than there is, so that its last samples are a shade too dark.
        (FADE, CROP_SIDE)
    } else {
        // Over a pixel of the frame at least, or its edge would be jagged.
        (FADE.max(1.0 / frame_pixels), CROP_SIDE - 1)
    };
    Texture::new(DECODED_SIZE, fading_mask(fade, last).map(|mask| [mask; 3]))
}

/// 255 inside, falling to 0 over `fade` pixels at the first pixels and at `last`.
fn fading_mask(fade: f64, last: u32) -> impl Iterator<Item = u8> {
    let (first, last) = (fade, f64::from(last) - fade);
    let beyond = move |v: u32| (first - f64::from(v)).max(f64::from(v) - last).max(0.0);
    (0..CROP_SIDE)
        .flat_map(move |y| (0..CROP_SIDE).map(move |x| beyond(x).hypot(beyond(y))))
        .map(move |distance| (255.0 * (1.0 - distance / fade).clamp(0.0, 1.0)) as u8)
}

/// The part of a frame that a crop can reach.
fn bounds(to_frame: &Affine, frame: Size) -> Rect {
    let end = f64::from(CROP_SIDE);
    let corners =
        [[-1.0, -1.0], [end, -1.0], [-1.0, end], [end, end]].map(|corner| to_frame.apply(corner));
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
        let mask: Vec<u8> = fading_mask(FADE, CROP_SIDE).collect();
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
