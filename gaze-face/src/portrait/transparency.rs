//! Transparency that is none: a few stray pixels, or alpha that nobody sees.

use gaze_rig::Frame;

/// From this on a pixel looks opaque: less than two hundredths of what is behind it show.
const OPAQUE: u8 = 250;
/// A picture is opaque where fewer of its pixels than one in so many are not.
const STRAY: usize = 10_000;
/// How far around a stray pixel its colour is looked for, in pixels.
const REACH: u32 = 4;

/// Whether any pixel is not quite opaque.
pub(super) fn has_alpha(frame: &Frame) -> bool {
    frame.pixels().as_chunks::<4>().0.iter().any(|pixel| pixel[3] != 255)
}

/// Makes a picture opaque whose transparency nobody would see: a transparent face is larger and is seen over whatever
/// is behind it. Stray pixels take the mean colour of what is around them.
pub(super) fn settle(frame: &mut Frame) {
    if !has_alpha(frame) {
        return;
    }
    let pixels = frame.pixels().as_chunks::<4>().0.iter().enumerate();
    let stray = pixels.filter(|(_, pixel)| pixel[3] < OPAQUE).map(|(at, _)| at);
    let most = frame.size().area() / STRAY;
    let stray: Vec<usize> = stray.take(most + 1).collect();
    if stray.len() > most {
        return;
    }
    let colors: Vec<[u8; 3]> = stray.iter().map(|at| color_around(frame, *at)).collect();
    let (pixels, _) = frame.pixels_mut().as_chunks_mut::<4>();
    for (at, [r, g, b]) in stray.into_iter().zip(colors) {
        pixels[at] = [r, g, b, 255];
    }
    pixels.iter_mut().for_each(|pixel| pixel[3] = 255);
}

/// The mean colour of the opaque pixels around one.
fn color_around(frame: &Frame, at: usize) -> [u8; 3] {
    let size = frame.size();
    let [x, y] = [at as u32 % size.width, at as u32 / size.width];
    let range = |at: u32, end: u32| at.saturating_sub(REACH)..(at + REACH + 1).min(end);
    let (mut sum, mut count) = ([0u32; 3], 0);
    for (x, y) in range(y, size.height).flat_map(|y| range(x, size.width).map(move |x| (x, y))) {
        let [r, g, b, alpha] = frame.pixel(x, y);
        if alpha >= OPAQUE {
            (0..3).for_each(|i| sum[i] += u32::from([r, g, b][i]));
            count += 1;
        }
    }
    if count == 0 {
        let [r, g, b, _] = frame.pixel(x, y);
        return [r, g, b];
    }
    sum.map(|sum| ((sum + count / 2) / count) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaze_rig::Size;

    const SIZE: Size = Size { width: 200, height: 200 };

    fn grey(alpha: impl Fn(usize) -> u8) -> Frame {
        let pixels = (0..SIZE.area()).flat_map(|i| [90, 90, 90, alpha(i)]).collect();
        Frame::from_pixels(SIZE, pixels).unwrap()
    }

    #[test]
    fn alpha_that_nobody_sees_is_none() {
        let mut frame = grey(|i| 250 + (i % 6) as u8);
        settle(&mut frame);
        assert!(!has_alpha(&frame));
    }

    #[test]
    fn stray_pixels_take_the_colour_around_them() {
        let mut frame = grey(|i| if i % 10_100 == 7 { 0 } else { 255 });
        (0..4).for_each(|i| frame.pixels_mut()[(i * 10_100 + 7) * 4] = 255);
        settle(&mut frame);
        assert_eq!(frame, grey(|_| 255));
    }

    #[test]
    fn a_hole_that_is_seen_stays() {
        let holed = grey(|i| if i < 5 { 0 } else { 255 });
        let mut frame = holed.clone();
        settle(&mut frame);
        assert_eq!(frame, holed);
    }
}
